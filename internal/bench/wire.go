package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// wire is one connection to the server. It does as little as a client can, because the load generator runs on
// the cores that it measures.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	body []byte
}

func dialWire(address string) (*wire, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}, nil
}

// do sends one request and reads the answer, whose body is good until the next. It fails unless it succeeds.
func (w *wire) do(method, path, token, key, body string) ([]byte, error) {
	w.out = append(w.out[:0], method...)
	w.out = append(append(w.out, ' '), path...)
	w.out = append(w.out, " HTTP/1.1\r\nHost: bench\r\n"...)
	for _, h := range [][2]string{{"Authorization: Bearer ", token}, {"Idempotency-Key: ", key}} {
		if h[1] != "" {
			w.out = append(append(append(w.out, h[0]...), h[1]...), "\r\n"...)
		}
	}
	if body != "" {
		w.out = append(w.out, "Content-Type: application/json\r\nContent-Length: "...)
		w.out = append(strconv.AppendInt(w.out, int64(len(body)), 10), "\r\n"...)
	} else if method != "GET" {
		w.out = append(w.out, "Content-Length: 0\r\n"...)
	}
	w.out = append(append(w.out, "\r\n"...), body...)
	if _, err := w.conn.Write(w.out); err != nil {
		return nil, err
	}
	return w.read(method + " " + path)
}

func (w *wire) read(what string) ([]byte, error) {
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 12 {
		return nil, fmt.Errorf("%s: %q", what, line)
	}
	status, length, chunked := string(line[9:12]), 0, false
	for {
		line, err = w.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
		}
		chunked = chunked || bytes.HasPrefix(line, []byte("Transfer-Encoding: chunked"))
	}
	w.body = w.body[:0]
	if chunked {
		err = w.chunks()
	} else {
		err = w.take(length)
	}
	if err == nil && status[0] != '2' {
		err = fmt.Errorf("%s: %s %s", what, status, w.body)
	}
	return w.body, err
}

func (w *wire) take(n int) error {
	at := len(w.body)
	w.body = append(w.body, make([]byte, n)...)
	_, err := io.ReadFull(w.in, w.body[at:])
	return err
}

func (w *wire) chunks() error {
	for {
		line, err := w.in.ReadString('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return err
		}
		if err := w.take(int(n)); err != nil {
			return err
		}
		if _, err := w.in.Discard(2); err != nil || n == 0 {
			return err
		}
	}
}

// wires are the connections of the callers of one load.
type wires []*wire

func (b *bench) connect(n int) (wires, error) {
	all := make(wires, n)
	for i := range all {
		var err error
		if all[i], err = dialWire(b.address); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (w wires) close() {
	for _, one := range w {
		_ = one.conn.Close()
	}
}

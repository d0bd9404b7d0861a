package api_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWhoSendsTooMuchIsTold sends a whole body, and not at once, before it looks for an answer, as simple
// clients do; with its length told before, and without.
func TestWhoSendsTooMuchIsTold(t *testing.T) {
	s := givenStall(t)
	body := strings.Repeat("x", 2<<20)
	for name, c := range map[string]struct{ token, text string }{
		"with a length":   {token(s.Resident(0)), fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)},
		"in chunks":       {token(s.Resident(0)), fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)},
		"without a token": {"x", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			text := "POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + c.token + "\r\n" + c.text
			for at, half := range []string{text[:len(text)/2+1<<19], text[len(text)/2+1<<19:]} {
				time.Sleep(time.Duration(at) * time.Second)
				if _, err := conn.Write([]byte(half)); err != nil {
					t.Fatalf("hung up: %v", err)
				}
			}
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatalf("no answer: %v", err)
			}
			defer func() { _ = answer.Body.Close() }()
			if answer.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("got %d", answer.StatusCode)
			}
		})
	}
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linbanglin/model"
	"linbanglin/service/notify"
)

const (
	mediaEvents = "text/event-stream"
	// writePatience is how long one event may take to be written; the stream itself may live longer.
	writePatience = 30 * time.Second
	// retryEvents is after how long a client connects again.
	retryEvents = 3 * time.Second
	// heartbeat is after how much silence a comment is sent, so that nothing in between hangs up.
	heartbeat = 15 * time.Second
	// eventsTime is how long a stream lives, so that who has lost the right to it loses it.
	eventsTime = 10 * time.Minute
)

// Events registers the stream of a member's own changes.
func Events(s *notify.Streams) Noun { return eventsEvery(s, heartbeat) }

func eventsEvery(s *notify.Streams, silence time.Duration) Noun {
	return func(on *Operations) {
		get(on, "/events", "watch-events", "notices", "我的通知的事件流（SSE）", watchEvents(s, silence), media(mediaEvents), streams,
			describes("新的通知即为事件：id 是通知编号，event 是通知类别，data 是通知的 JSON（与 GET /notices 相同）。"+
				"断线后带 Last-Event-ID（或 last_event_id）重新连接，从那里继续；不带时只发送新的通知。"+
				"每个事件至少送达一次：重新连接时，此前一分钟内的事件会再次发送，请按 id 去重。"+
				"安静时每 15 秒发送一行注释；每 10 分钟断开一次，请自动重连。每人最多同时 3 个，再开时最早的断开。"), own)
	}
}

type watchEventsInput struct {
	Header string `header:"Last-Event-ID" maxLength:"20" doc:"收到的最后一个事件的 id"`
	Query  string `query:"last_event_id" maxLength:"20" doc:"同 Last-Event-ID，供不能设置请求头的客户端使用"`
}

func (in *watchEventsInput) last() (model.ID, error) {
	text := in.Header
	if text == "" {
		text = in.Query
	}
	if text == "" {
		return 0, nil
	}
	id, err := model.ParseID(text)
	if err != nil {
		return 0, model.ErrEventID
	}
	return id, nil
}

func watchEvents(s *notify.Streams, silence time.Duration) handler[watchEventsInput, huma.StreamResponse] {
	return func(ctx context.Context, who model.Actor, in *watchEventsInput) (*huma.StreamResponse, error) {
		last, err := in.last()
		if err != nil {
			return nil, err
		}
		stream, err := s.Listen(ctx, who, last)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			defer stream.Close()
			ctx, cancel := context.WithTimeout(ctx, eventsTime)
			defer cancel()
			send(ctx, stream, openEvents(h), silence)
		}}, nil
	}
}

// send writes what a stream says until it ends.
func send(ctx context.Context, stream *notify.Stream, out *events, silence time.Duration) {
	if out.write("retry: %d\n\n", retryEvents.Milliseconds()) != nil {
		return
	}
	for {
		notices, on := stream.Next(ctx, silence)
		if !on {
			return
		}
		for _, n := range notices {
			if out.event(n.ID, n.Kind, n) != nil {
				return
			}
		}
		if len(notices) == 0 && out.write(":\n\n") != nil {
			return
		}
	}
}

// events is an answer that is written event by event (SSE).
type events struct {
	out  io.Writer
	conn *http.ResponseController
}

// openEvents begins an answer that goes on for longer than others may.
func openEvents(h huma.Context) *events {
	h.SetHeader("Content-Type", mediaEvents)
	h.SetHeader("X-Accel-Buffering", "no") // a proxy is not to wait for more
	e := &events{out: h.BodyWriter()}
	if w, ok := e.out.(http.ResponseWriter); ok {
		e.conn = http.NewResponseController(w)
		_ = e.conn.SetReadDeadline(time.Time{}) // the server's would end it
	}
	return e
}

// event writes one event.
func (e *events) event(id, kind, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return e.write("id: %v\nevent: %v\ndata: %s\n\n", id, kind, text)
}

// write writes something and sends it off.
func (e *events) write(format string, args ...any) error {
	if e.conn == nil {
		_, err := fmt.Fprintf(e.out, format, args...)
		return err
	}
	if err := e.conn.SetWriteDeadline(time.Now().Add(writePatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := fmt.Fprintf(e.out, format, args...); err != nil {
		return err
	}
	return e.conn.Flush()
}

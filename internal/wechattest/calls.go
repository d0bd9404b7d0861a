package wechattest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sent is a message that was sent.
type Sent struct {
	ID       string
	OpenID   string
	Template string
	Page     string
	Data     map[string]string
}

// Trace is a picture whose check was asked for.
type Trace struct {
	ID, OpenID, URL string
}

// Sent returns the messages that were sent.
func (s *Server) Sent() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Traces returns the pictures whose check was asked for.
func (s *Server) Traces() []Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.traces)
}

// Texts returns the texts that were checked.
func (s *Server) Texts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// send refuses "tmpl-refuse" as a user does, "tmpl-gone" as no template, and what is too long for its field.
func (s *Server) send(w http.ResponseWriter, body []byte) {
	var in struct {
		OpenID   string `json:"touser"`
		Template string `json:"template_id"`
		Page     string `json:"page"`
		Data     map[string]struct {
			Value string `json:"value"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &in) != nil || len(in.Data) == 0 {
		refuse(w, 47001, "data format error")
		return
	}
	sent := Sent{fmt.Sprint(9000000000 + len(s.sent)), in.OpenID, in.Template, in.Page, map[string]string{}}
	for field, v := range in.Data {
		if strings.HasPrefix(field, "thing") && (v.Value == "" || utf8.RuneCountInString(v.Value) > 20 || strings.Contains(v.Value, "\n")) {
			refuse(w, 47003, "argument invalid! data."+field+".value invalid rid: 6655aa00-12345678-0badcafe")
			return
		}
		sent.Data[field] = v.Value
	}
	switch {
	case in.OpenID == "":
		refuse(w, 40003, "invalid openid")
	case in.Template == "tmpl-gone":
		refuse(w, 40037, "invalid template_id")
	case in.Template == "tmpl-refuse":
		refuse(w, 43101, "user refuse to accept the msg")
	default:
		s.sent = append(s.sent, sent)
		answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "msgid": 9000000000 + len(s.sent) - 1})
	}
}

// checkText finds what is marked: [[risky]], [[review]], [[err]]; "away" is the openid of who was not here for two hours.
func (s *Server) checkText(w http.ResponseWriter, body []byte) {
	var in struct {
		Version int    `json:"version"`
		Scene   int    `json:"scene"`
		OpenID  string `json:"openid"`
		Content string `json:"content"`
	}
	if json.Unmarshal(body, &in) != nil || in.Version != 2 {
		refuse(w, 47001, "data format error")
		return
	}
	suggest, label := "pass", 100
	switch {
	case in.Content == "" || utf8.RuneCountInString(in.Content) > 2500:
		refuse(w, 44002, "empty content")
		return
	case in.Scene < 1 || in.Scene > 4:
		refuse(w, 40129, "invalid scene")
		return
	case in.OpenID == "" || strings.HasPrefix(in.OpenID, "away"):
		refuse(w, 61010, "code is expired")
		return
	case strings.Contains(in.Content, "[[err]]"):
		refuse(w, -1, "system error")
		return
	case strings.Contains(in.Content, "[[risky]]"):
		suggest, label = "risky", 20002
	case strings.Contains(in.Content, "[[review]]"):
		suggest, label = "review", 20012
	}
	s.texts = append(s.texts, in.Content)
	answer(w, map[string]any{
		"errcode": 0, "errmsg": "ok", "trace_id": fmt.Sprint("text-", len(s.texts)),
		"result": map[string]any{"suggest": suggest, "label": label},
		"detail": []any{map[string]any{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}},
	})
}

func (s *Server) checkMedia(w http.ResponseWriter, body []byte) {
	var in struct {
		Version int    `json:"version"`
		Type    int    `json:"media_type"`
		URL     string `json:"media_url"`
		OpenID  string `json:"openid"`
	}
	switch {
	case json.Unmarshal(body, &in) != nil || in.Version != 2 || in.Type != 2 || !strings.HasPrefix(in.URL, "http"):
		refuse(w, 47001, "data format error")
	case in.OpenID == "":
		refuse(w, 40003, "invalid openid")
	default:
		s.traces = append(s.traces, Trace{fmt.Sprint("media-", len(s.traces)+1), in.OpenID, in.URL})
		answer(w, map[string]any{"errcode": 0, "errmsg": "ok", "trace_id": s.traces[len(s.traces)-1].ID})
	}
}

// dot is a picture of one dot.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func (s *Server) code(w http.ResponseWriter, body []byte) {
	var in struct {
		Scene string `json:"scene"`
		Page  string `json:"page"`
	}
	switch {
	case json.Unmarshal(body, &in) != nil || utf8.RuneCountInString(in.Scene) > 32 || in.Scene == "":
		refuse(w, 40169, "invalid length for scene, or the data is not json string")
	case strings.ContainsAny(in.Scene, "&@%"):
		refuse(w, 40129, "invalid scene")
	case in.Page == "pages/gone" || strings.HasPrefix(in.Page, "/"):
		refuse(w, 41030, "invalid page")
	default:
		picture, _ := base64.StdEncoding.DecodeString(dot)
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(picture)
	}
}

func (s *Server) link(field, prefix string) func(http.ResponseWriter, []byte) {
	return func(w http.ResponseWriter, body []byte) {
		var in struct {
			Days int `json:"expire_interval"`
		}
		if json.Unmarshal(body, &in) != nil || in.Days < 1 || in.Days > 30 {
			refuse(w, 85401, "time limit between 1min and 1year")
			return
		}
		answer(w, map[string]any{"errcode": 0, field: prefix + "abc"})
	}
}

package api

import (
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// appender is an answer that is read so often that it writes its own JSON, as encoding/json would.
type appender interface{ AppendJSON(b []byte) []byte }

// write writes an answer. One that writes itself is told its length, and goes out in one piece.
func write(w io.Writer, v any) error {
	a, ok := v.(appender)
	if !ok {
		return huma.DefaultJSONFormat.Marshal(w, v)
	}
	text := append(a.AppendJSON(nil), '\n')
	if answer, ok := w.(http.ResponseWriter); ok {
		answer.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	_, err := w.Write(text)
	return err
}

package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"linbanglin/model"
)

// bodies is how JSON is written and read. Huma reads a body twice: into what its schema is held against, and
// into the operation's input; what the schema cannot say is refused the second time.
var bodies = huma.Format{Marshal: write, Unmarshal: read}

func read(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if _, raw := v.(*any); raw {
		if err == nil && ambiguous(data) {
			err = errAmbiguous
		}
		return err
	}
	if err != nil {
		return misfit("body", data, reflect.TypeOf(v))
	}
	if utf8.Valid(data) && !bytes.Contains(data, []byte(`\u`)) && !bytes.ContainsRune(data, utf8.RuneError) {
		return nil
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return err
	}
	if path := broken("body", tree); path != "" {
		return fmt.Errorf("%s: %s", path, messageBroken)
	}
	return nil
}

// maxDepth is how deep a body is nested at most, far more than any operation takes.
const maxDepth = 32

var errAmbiguous = errors.New("a name comes twice in an object, or there is too much in each other")

// ambiguous reports whether JSON that can be read has an object with a name twice, of which others on the way may take the
// other, or is nested deeper than maxDepth.
func ambiguous(data []byte) bool {
	type level struct {
		names map[string]bool // nil in an array
		value bool            // a name was read, its value is next
	}
	var levels []level
	in := json.NewDecoder(bytes.NewReader(data))
	for {
		token, err := in.Token()
		if err != nil {
			return false
		}
		top := len(levels) - 1
		if top >= 0 && levels[top].names != nil && !levels[top].value {
			if name, ok := token.(string); ok {
				if levels[top].names[name] {
					return true
				}
				levels[top].names[name], levels[top].value = true, true
				continue
			}
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if top >= 0 {
				levels[top].value = false
			}
			if len(levels) == maxDepth {
				return true
			}
			next := level{}
			if token == json.Delim('{') {
				next.names = map[string]bool{}
			}
			levels = append(levels, next)
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:top]
		default:
			if top >= 0 {
				levels[top].value = false
			}
		}
	}
}

// The messages about what fits the schema of a field and yet not the field.
const (
	messageBroken = "expected text without NUL and broken characters"
	messageID     = "expected an id"
	messageTime   = "expected RFC 3339 date-time with offset"
)

// broken returns the path of a string with a NUL, or with the mark that stands where something was no
// character; empty when there is none.
func broken(path string, v any) string {
	switch v := v.(type) {
	case string:
		if strings.ContainsAny(v, "\x00\uFFFD") {
			return path
		}
	case []any:
		for i, item := range v {
			if found := broken(fmt.Sprintf("%s[%d]", path, i), item); found != "" {
				return found
			}
		}
	case map[string]any:
		for name, item := range v {
			if found := broken(path+"."+name, item); found != "" {
				return found
			}
		}
	}
	return ""
}

// misfit tells which part of a body its type cannot take, as "path: message". A decoder's own error tells
// the path of some and the type of all.
func misfit(path string, data []byte, t reflect.Type) error {
	switch {
	case t.Kind() == reflect.Pointer:
		return misfit(path, data, t.Elem())
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		// It has no parts.
	case t.Kind() == reflect.Struct:
		var parts map[string]json.RawMessage
		_ = json.Unmarshal(data, &parts) // an object, or it had not fitted the schema
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if part, ok := parts[name]; ok && json.Unmarshal(part, reflect.New(f.Type).Interface()) != nil {
				return misfit(path+"."+name, part, f.Type)
			}
		}
	case t.Kind() == reflect.Slice:
		var parts []json.RawMessage
		_ = json.Unmarshal(data, &parts)
		for i, part := range parts {
			if json.Unmarshal(part, reflect.New(t.Elem()).Interface()) != nil {
				return misfit(fmt.Sprintf("%s[%d]", path, i), part, t.Elem())
			}
		}
	}
	return fmt.Errorf("%s: %s", path, expected(t))
}

func expected(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[model.ID]():
		return messageID
	case reflect.TypeFor[model.Instant]():
		return messageTime
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "expected integer"
	default:
		return "expected another value"
	}
}

// located takes the path out of a message of read's, and says of a parameter that is no id what a body's is told.
func located(d huma.ErrorDetail) huma.ErrorDetail {
	if d.Message == "invalid value: "+model.ErrNotFound.Code {
		d.Message = messageID
	}
	if path, message, ok := strings.Cut(d.Message, ": "); ok && d.Location == "body" && strings.HasPrefix(path, "body") {
		d.Location, d.Message = path, message
	}
	return d
}

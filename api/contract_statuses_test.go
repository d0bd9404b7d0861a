package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"linbanglin/model"
)

// successes are the statuses of success in the document, by method and the parts of a path. It is read once.
var successes struct {
	once sync.Once
	of   map[string][]documented
}

type documented struct {
	parts    []string
	statuses []int
}

// fits reports whether a path is of the operation, and how many of its parts are names and not parameters.
func (d documented) fits(parts []string) (names int, ok bool) {
	if len(parts) != len(d.parts) {
		return 0, false
	}
	for i, p := range d.parts {
		switch {
		case p == parts[i]:
			names++
		case !strings.HasPrefix(p, "{"):
			return 0, false
		}
	}
	return names, true
}

// wantDocumented wants a success to be one that the document names.
func (s *stall) wantDocumented(method, path string, status int) {
	s.t.Helper()
	if status >= http.StatusBadRequest {
		return
	}
	successes.once.Do(s.readSuccesses)
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	most, nearest := -1, documented{}
	for _, d := range successes.of[method] {
		if names, ok := d.fits(parts); ok && names > most {
			most, nearest = names, d
		}
	}
	if !slices.Contains(nearest.statuses, status) {
		s.t.Errorf("%s %s: %d, documented are %d", method, path, status, nearest.statuses)
	}
}

func (s *stall) readSuccesses() {
	s.t.Helper()
	_, text := s.fetch(model.Actor{}, "/openapi.json", "*/*")
	var document struct {
		Paths map[string]map[string]struct{ Responses map[string]any }
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		s.t.Fatal(err)
	}
	successes.of = map[string][]documented{}
	for path, methods := range document.Paths {
		for method, o := range methods {
			d := documented{parts: strings.Split(strings.TrimPrefix(path, "/api/v1"), "/")}
			for text := range o.Responses {
				if status, err := strconv.Atoi(text); err == nil && status < http.StatusBadRequest {
					d.statuses = append(d.statuses, status)
				}
			}
			method = strings.ToUpper(method)
			successes.of[method] = append(successes.of[method], d)
		}
	}
}

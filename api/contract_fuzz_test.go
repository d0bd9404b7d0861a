package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
)

// called is an operation of the document as the fuzzer calls it.
type called struct {
	method, template string
	parameters       []schema
	body             schema // nil without one
	media            string // of the body
	answers          map[string]*jsonschema.Schema
	medias           map[string][]string // of the answers, by status
	streams          bool
}

// fuzzer calls operations with made up values, as everybody there is.
type fuzzer struct {
	*gallery
	values
	operations []*called
	readers    []string
	foreign    []string            // what only another community has
	written    map[string]bool     // of that, what somebody has written here
	things     map[string][]string // ids by the collection that they are of
	succeeded  map[string]int
	told       map[string]bool // what was wrong, once each
}

// fuzzSeed is that of the short run; LBL_FUZZ sets how long to go on with another.
const (
	fuzzSeed  = 20261126
	fuzzCalls = 4000 // about ten an operation
)

// TestEveryAnswerIsInTheContract calls all operations of the document by all roles with values that are valid, at the edge
// and hostile. No answer may be a failure of ours, of a status or a shape that is not documented, or have anything of
// another community.
func TestEveryAnswerIsInTheContract(t *testing.T) {
	text := os.Getenv("LBL_FUZZ")
	if text == "" {
		fuzz(t, testdb.SQLite, fuzzSeed, func(done int) bool { return done < fuzzCalls })
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	seed := testworld.Seed(t)
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		until := time.Now().Add(d / 2)
		t.Run(string(engine), func(t *testing.T) { fuzz(t, engine, seed, func(int) bool { return time.Now().Before(until) }) })
	}
}

// fuzz calls one operation after the other as long as it goes on.
func fuzz(t *testing.T, engine testdb.Engine, seed uint64, goOn func(done int) bool) {
	t.Helper()
	f := givenFuzzer(t, givenStallOn(t, testdb.Open(t, engine)), seed)
	done := 0
	for ; goOn(done); done++ {
		f.call(f.operations[done%len(f.operations)])
	}
	if t.Failed() {
		t.Logf("LBL_TEST_SEED=%d LBL_FUZZ=10m plays this again", seed)
	}
	if succeeded := len(f.succeeded); succeeded < len(f.operations)/4 {
		t.Errorf("only %d of %d operations ever succeeded", succeeded, len(f.operations))
	}
	t.Logf("seed %d: %d calls, %d of %d operations succeeded at least once", seed, done, len(f.succeeded), len(f.operations))
}

func givenFuzzer(t *testing.T, s *stall, seed uint64) *fuzzer {
	t.Helper()
	g := givenGallery(t, s)
	g.history()
	f := &fuzzer{gallery: g, values: values{Rand: rand.New(rand.NewPCG(seed, 1))}, things: map[string][]string{}, succeeded: map[string]int{}, told: map[string]bool{}, written: map[string]bool{}}
	f.readers = slices.Sorted(maps.Keys(g.readers))
	for _, name := range slices.Sorted(maps.Keys(g.ids)) {
		if _, err := model.ParseID(g.ids[name]); err == nil {
			f.known = append(f.known, g.ids[name])
		}
	}
	for _, name := range f.readers {
		f.known = append(f.known, g.readers[name].MemberID.String())
		f.things["members"] = append(f.things["members"], g.readers[name].MemberID.String())
	}
	for name, collection := range map[string]string{
		"campaign": "campaigns", "contest": "campaigns", "confirmed": "requests", "held": "requests", "disputed": "requests", "free": "requests", "offer": "offers",
		"proposal": "proposals", "undertaking": "undertakings", "point": "service-points", "group": "family-groups", "post": "pioneer-posts", "organisation": "organisations",
		"batch": "batches", "declaration": "declarations", "publication": "publications", "appeal": "appeals", "item": "items", "order": "orders", "visit": "visits",
	} {
		f.things[collection] = append(f.things[collection], g.ids[name])
	}
	for _, n := range []model.Node{g.Community, g.Areas[0], g.Grids[0], g.Grids[1], g.Branch, g.Doors[0]} {
		f.known = append(f.known, n.ID.String())
	}
	f.known = append(f.known, g.Others.Members[0].ID.String(), g.Others.Community.ID.String(), g.Others.Grids[0].ID.String(), "1")
	f.foreign = []string{"安康"}
	for _, m := range g.Others.Members {
		f.foreign = append(f.foreign, m.ID.String(), m.Phone)
	}
	f.read()
	return f
}

// read takes the operations from the document.
func (f *fuzzer) read() {
	f.t.Helper()
	_, text := f.fetch(model.Actor{}, http.MethodGet, "/openapi.json", "")
	var document struct {
		Paths      map[string]map[string]schema
		Components struct{ Schemas map[string]any }
	}
	f.must(json.Unmarshal([]byte(text), &document))
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	f.must(err)
	compiler := jsonschema.NewCompiler()
	f.must(compiler.AddResource("contract.json", whole))
	f.schemas = document.Components.Schemas
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			f.operations = append(f.operations, f.operation(compiler, path, method, document.Paths[path][method]))
		}
	}
	if len(f.operations) < 200 {
		f.t.Fatalf("only %d operations", len(f.operations))
	}
}

func (f *fuzzer) operation(compiler *jsonschema.Compiler, path, method string, o schema) *called {
	c := &called{method: strings.ToUpper(method), template: strings.TrimPrefix(path, "/api/v1"), answers: map[string]*jsonschema.Schema{}, medias: map[string][]string{}}
	parameters, _ := o["parameters"].([]any)
	for _, p := range parameters {
		p, _ := p.(schema)
		c.parameters = append(c.parameters, p)
	}
	if body, ok := o["requestBody"].(schema); ok {
		content, _ := body["content"].(schema)
		for media, in := range content {
			in, _ := in.(schema)
			c.media = media
			c.body, _ = in["schema"].(schema)
		}
	}
	responses, _ := o["responses"].(schema)
	for status, response := range responses {
		response, _ := response.(schema)
		content, _ := response["content"].(schema)
		c.medias[status] = slices.Collect(maps.Keys(content))
		for media := range content {
			c.streams = c.streams || media == "text/event-stream"
			if strings.HasSuffix(media, "json") {
				pointer := strings.NewReplacer("~", "~0", "/", "~1")
				at := fmt.Sprintf("contract.json#/paths/%s/%s/responses/%s/content/%s/schema", pointer.Replace(path), method, status, pointer.Replace(media))
				compiled, err := compiler.Compile(at)
				f.must(err)
				c.answers[status] = compiled
			}
		}
	}
	return c
}

// call calls an operation once.
func (f *fuzzer) call(c *called) {
	f.t.Helper()
	path, query := c.template, url.Values{}
	head := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {fmt.Sprint("f", f.Uint64())}}
	for _, p := range c.parameters {
		name, _ := p["name"].(string)
		of, _ := p["schema"].(schema)
		switch {
		case p["in"] == "path":
			value := f.texts(of)
			if ids := f.things[collection(c.template, name)]; len(ids) > 0 && f.IntN(5) > 0 {
				value = ids[f.IntN(len(ids))]
			}
			if value == "" || value == "." || value == ".." {
				value = "x"
			}
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
		case p["in"] == "query" && (p["required"] == true || f.IntN(3) == 0):
			query.Set(name, f.texts(of))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body []byte
	if c.body != nil && f.IntN(30) > 0 {
		text, err := json.Marshal(f.of(c.body))
		f.must(err)
		if body = text; c.media != "application/json" {
			head.Set("Content-Type", c.media+"; boundary=x")
		}
	}
	reader := f.readers[f.IntN(len(f.readers))]
	if f.IntN(3) == 0 {
		reader = "office"
	}
	f.judge(c, reader, path, body, f.send(f.gallery.readers[reader], c, path, body, head))
}

// collection returns the part of a path before a parameter: /shop/items/{id} is of items.
func collection(template, parameter string) string {
	before, _, _ := strings.Cut(template, "/{"+parameter+"}")
	return before[strings.LastIndex(before, "/")+1:]
}

// heard is an answer as it came.
type heard struct {
	status int
	media  string
	body   []byte
}

func (f *fuzzer) send(who model.Actor, c *called, path string, body []byte, head http.Header) heard {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, c.method, f.server.URL+"/api/v1"+path, bytes.NewReader(body))
	f.must(err)
	request.Header = head
	if who.MemberID != 0 {
		request.Header.Set("Authorization", "Bearer "+token(who))
	}
	answer, err := http.DefaultClient.Do(request)
	f.must(err)
	defer func() { _ = answer.Body.Close() }()
	media, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	if media == "text/event-stream" {
		defer time.AfterFunc(20*time.Millisecond, cancel).Stop()
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil && !errors.Is(err, context.Canceled) {
		f.t.Fatal(err)
	}
	return heard{answer.StatusCode, media, text}
}

func status(h heard) string { return strconv.Itoa(h.status) }

// judge fails the test for an answer that is not in the contract.
func (f *fuzzer) judge(c *called, reader, path string, body []byte, got heard) {
	f.t.Helper()
	wrong := func(format string, args ...any) {
		if why := c.method + c.template + status(got) + strings.SplitN(fmt.Sprintf(format, args...), "\n", 2)[0]; f.told[why] {
			return
		} else {
			f.told[why] = true
		}
		if !strings.HasSuffix(got.media, "json") {
			got.body = nil
		}
		f.t.Errorf("%s %s by %s with %.500s: %d %.500s: %s", c.method, path, reader, body, got.status, got.body, fmt.Sprintf(format, args...))
	}
	medias, documented := c.medias[status(got)]
	ours := got.status >= http.StatusInternalServerError && (bytes.Contains(got.body, []byte(`"code":"internal"`)) || bytes.Contains(got.body, []byte(`"code":"unavailable"`)))
	switch {
	case ours:
		wrong("a failure")
	case !documented:
		wrong("the status is not documented")
	case len(got.body) > 0 && len(medias) > 0 && !slices.Contains(medias, got.media) && !slices.ContainsFunc(medias, func(m string) bool { return strings.HasPrefix(m, got.media+";") }):
		wrong("%s is not documented, but %v", got.media, medias)
	}
	if of := c.answers[status(got)]; of != nil && strings.HasSuffix(got.media, "json") {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
		if err == nil {
			err = of.Validate(value)
		}
		if err != nil {
			wrong("%v", err)
		}
	}
	if got.status >= http.StatusBadRequest {
		return
	}
	f.succeeded[c.method+" "+c.template]++
	var made struct{ ID string }
	if json.Unmarshal(got.body, &made) == nil && made.ID != "" && c.method == http.MethodPost && !strings.Contains(c.template, "{") {
		name := c.template[strings.LastIndex(c.template, "/")+1:]
		f.things[name] = append(f.things[name], made.ID)
	}
	if reader == "admin of another community" {
		return
	}
	for _, word := range f.foreign {
		if c.method != http.MethodGet && bytes.Contains(body, []byte(word)) {
			f.written[word] = true // where people write they may write an id
		}
		if !f.written[word] && bytes.Contains(got.body, []byte(word)) && !strings.Contains(path, word) && !bytes.Contains(body, []byte(word)) {
			wrong("it has %s of another community", word)
		}
	}
}

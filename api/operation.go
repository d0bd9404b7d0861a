package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"linbanglin/middleware"
	"linbanglin/model"
)

// Noun registers the operations of one noun.
type Noun func(*Operations)

// Operations registers operations below /api/v1 and remembers what they ask of their callers.
type Operations struct {
	api    huma.API
	root   gin.IRoutes
	routes map[string]middleware.Route
}

// page registers a page at the root of the server, for anyone. Strangers may try it only so often.
func (on *Operations) page(path string, show gin.HandlerFunc) {
	on.routes[http.MethodGet+" "+path] = middleware.Route{Public: true, Guessable: true}
	on.root.GET(path, show)
}

// operation is what an operation's file says about it. The tag is the noun, the summary Chinese.
type operation struct {
	method, path, id, summary, tag string
	status, orStatus               int // of a success
	public, keyRequired, keyless   bool
	either, signed                 bool
	media                          string // of an answer that is no JSON
	doc                            string // more than the summary
	streams                        bool
	unasked, own                   bool
	most                           int64 // bytes of a body, 0 for what is usual
}

// option changes an operation from what its method makes it.
type option func(*operation)

// public lets anyone call the operation.
func public(o *operation) { o.public = true }

// either has a public operation know a caller who comes with a token.
func either(o *operation) { o.either = true }

// signed is for callers who sign the body, which is read as it was sent.
func signed(o *operation) { o.signed = true }

// keyed refuses calls without an Idempotency-Key.
func keyed(o *operation) { o.keyRequired = true }

// keyless lets the operation know nothing of an Idempotency-Key, because its answer is a secret that is
// kept nowhere, or because to do it twice is to do it once.
func keyless(o *operation) { o.keyless = true }

// answers sets the status of a success.
func answers(status int) option { return func(o *operation) { o.status = status } }

// answersEither sets the statuses that a success may have.
func answersEither(status, other int) option {
	return func(o *operation) { o.status, o.orStatus = status, other }
}

// upTo lets a body have so many bytes.
func upTo(bytes int64) option { return func(o *operation) { o.most = bytes } }

// unasked leaves the operation open to who has not agreed to the privacy policy: what a login and a choice need, what
// ends a duty that stands in the way of erasure (47), and help in an emergency (13(4)).
func unasked(o *operation) { o.unasked = true }

// own reads what is the caller's own, which stays open to who takes their consent back.
func own(o *operation) { o.own = true }

// streams lets the answer go on for as long as it likes.
func streams(o *operation) { o.streams = true }

// describes says more of the operation than its summary.
func describes(text string) option { return func(o *operation) { o.doc = text } }

// media sets what an answer that is a file is.
func media(kind string) option { return func(o *operation) { o.media = kind } }

// handler is an operation's work, for a caller who is known unless the operation is public.
type handler[I, O any] func(ctx context.Context, who model.Actor, in *I) (*O, error)

func get[I, O any](on *Operations, path, id, tag, summary string, h handler[I, O], options ...option) {
	register(on, operation{method: http.MethodGet, path: path, id: id, tag: tag, summary: summary, status: http.StatusOK}, h, options)
}

func post[I, O any](on *Operations, path, id, tag, summary string, h handler[I, O], options ...option) {
	register(on, operation{method: http.MethodPost, path: path, id: id, tag: tag, summary: summary, status: http.StatusOK}, h, options)
}

func put[I, O any](on *Operations, path, id, tag, summary string, h handler[I, O], options ...option) {
	register(on, operation{method: http.MethodPut, path: path, id: id, tag: tag, summary: summary, status: http.StatusOK}, h, options)
}

func del[I, O any](on *Operations, path, id, tag, summary string, h handler[I, O], options ...option) {
	register(on, operation{method: http.MethodDelete, path: path, id: id, tag: tag, summary: summary, status: http.StatusNoContent}, h, options)
}

func register[I, O any](on *Operations, o operation, h handler[I, O], options []option) {
	for _, change := range options {
		change(&o)
	}
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, Description: o.doc, Tags: []string{o.tag}, DefaultStatus: o.status,
		MaxBodyBytes: -1, // the middleware has the limit
		Errors: []int{
			http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable,
		},
	}
	if !o.public {
		op.Security = []map[string][]string{{"bearer": {}}}
	}
	op.Responses = map[string]*huma.Response{}
	if o.media != "" {
		binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
		op.Responses[strconv.Itoa(o.status)] = &huma.Response{Content: map[string]*huma.MediaType{o.media: {Schema: binary}}}
	}
	if o.method == http.MethodPost && !o.public && !o.keyless {
		op.Parameters = append(op.Parameters, keyParameter(o.keyRequired))
	}
	if o.signed {
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
		defer delete(op.RequestBody.Content, "application/octet-stream") // as which huma documents that a body is read raw
	}
	on.routes[o.method+" "+ginPath(basePath+o.path)] = middleware.Route{Public: o.public, Either: o.either, Signed: o.signed, KeyRequired: o.keyRequired, Keyless: o.keyless, Streams: o.streams, Unasked: o.unasked, Own: o.own, Files: o.media != "" && !o.streams, MaxBody: o.most}
	huma.Register(on.api, op, func(ctx context.Context, in *I) (*O, error) {
		who, _ := middleware.ActorOf(ctx)
		return h(ctx, who, in)
	})
	if o.orStatus != 0 {
		other := *op.Responses[strconv.Itoa(o.status)]
		other.Description = http.StatusText(o.orStatus)
		op.Responses[strconv.Itoa(o.orStatus)] = &other
	}
}

// ginPath writes a pattern as gin does: /requests/{id} is /requests/:id.
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

func keyParameter(required bool) *huma.Param {
	one, most := 1, 80
	return &huma.Param{
		Name: "Idempotency-Key", In: "header", Required: required,
		Description: "幂等键：同一个键和同样的内容只生效一次，重复请求得到第一次的回答（响应头 Idempotent-Replayed: true）",
		Schema:      &huma.Schema{Type: huma.TypeString, MinLength: &one, MaxLength: &most},
	}
}

// body is an answer with a body.
type body[T any] struct {
	Body T
}

// file is an answer that is saved or shown as it is.
type file struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

// What files are.
const (
	mediaHTML = "text/html; charset=utf-8"
	mediaPDF  = "application/pdf"
	mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// pagePolicy lets a page show itself and load nothing.
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// save answers with a file of a name, a page or a picture with one to look at.
func save(content []byte, err error, kind, name string) (*file, error) {
	if err != nil {
		return nil, err
	}
	show := "attachment"
	if kind == mediaHTML || kind == mediaPNG {
		show = "inline"
	}
	return &file{kind, show + `; filename="` + name + `"`, pagePolicy, content}, nil
}

// created is an answer about something new.
type created[T any] struct {
	Location string `header:"Location"`
	Body     T
}

// items is a whole list, without pages.
type items[T any] struct {
	Items []T `json:"items"`
}

// none is an input without anything.
type none struct{}

// PathID is an id in a path or a query. It is a struct because huma reads a number otherwise.
type PathID struct{ model.ID }

// ByID names one thing. It is exported, as all that inputs embed, because huma reads only such fields.
type ByID struct {
	Path PathID `path:"id" doc:"编号"`
}

func (b ByID) id() model.ID { return b.Path.ID }

// Paging asks for one page of a list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"上一页的 next_cursor"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"每页条数"`
}

func (p Paging) page() model.Page { return model.Page{Cursor: p.Cursor, Limit: p.Limit} }

// answer wraps a result for huma.
func answer[T any](result T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{result}, nil
}

// several reads a comma-separated filter whose values must be known. It fails with ErrInvalid.
func several[T ~string](name, text string, known ...T) ([]T, error) {
	var values []T
	for _, part := range strings.Split(text, ",") {
		if part == "" {
			continue
		}
		if !slices.Contains(known, T(part)) {
			return nil, model.ErrInvalid.Saying("参数 "+name+" 的取值不正确", "The value of "+name+" is not known.")
		}
		values = append(values, T(part))
	}
	return values, nil
}

package stories

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"linbanglin/model"
)

// person is somebody of the demo's community with a client: a mini-program, as it were.
type person struct {
	t     *testing.T
	s     *server
	token string

	ID   string // of the member
	Name string // as neighbours see it
	Home string // the community's id
}

// object is an answer of which a story looks at a few fields.
type object map[string]any

// at returns a text within an answer, "" where there is none: o.at("member", "id").
func (o object) at(path ...string) string {
	var here any = map[string]any(o)
	for _, name := range path {
		fields, ok := here.(map[string]any)
		if !ok {
			return ""
		}
		here = fields[name]
	}
	if here == nil {
		return ""
	}
	return fmt.Sprint(here)
}

// list returns the items of an answer that is a list.
func (o object) list() []object {
	var all []object
	items, _ := o["items"].([]any)
	for _, item := range items {
		fields, _ := item.(map[string]any)
		all = append(all, fields)
	}
	return all
}

// login makes someone by a handle of the demo: resident-1..40, party-1..20, gridworker-1..6, organizer-1, admin-1, street-1,
// auditor-1.
func (s *server) login(t *testing.T, handle string) *person {
	t.Helper()
	p := &person{t: t, s: s}
	session := p.post("/auth/wechat/login", object{"code": "demo:" + handle})
	p.token, p.ID = session.at("access_token"), session.at("member", "id")
	p.Name, p.Home = session.at("member", "display_name"), session.at("member", "community_id")
	return p
}

var client = &http.Client{Timeout: 30 * time.Second}

// call does one request, and returns the status, the head and the body of its answer.
func (p *person) call(method, path string, body any, head ...string) (int, http.Header, []byte) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+p.s.address+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(head); i += 2 {
		request.Header.Set(head[i], head[i+1])
	}
	answer, err := client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, content
}

// upload posts a photo of one shade as a form, which must succeed.
func (p *person) upload(path, kind string, gray uint8) object {
	p.t.Helper()
	var form, photo bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = gray
	}
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "photo.jpg")
	if err = errors.Join(err, jpeg.Encode(&photo, img, nil)); err == nil {
		_, err = part.Write(photo.Bytes())
	}
	if err = errors.Join(err, w.WriteField("kind", kind), w.Close()); err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.s.address+"/api/v1"+path, &form)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", w.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	made := object{}
	if err := json.NewDecoder(answer.Body).Decode(&made); err != nil || answer.StatusCode != http.StatusCreated {
		p.t.Fatalf("%s: %d %v, %v", path, answer.StatusCode, made, err)
	}
	return made
}

// want does a request that must succeed, and reads its answer.
func (p *person) want(method, path string, body any) object {
	p.t.Helper()
	status, _, text := p.call(method, path, body, "Idempotency-Key", newKey())
	if status >= http.StatusBadRequest {
		p.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	answer := object{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return answer
}

func (p *person) get(path string) object {
	p.t.Helper()
	return p.want(http.MethodGet, path, nil)
}

func (p *person) post(path string, body object) object {
	p.t.Helper()
	if body == nil {
		body = object{}
	}
	return p.want(http.MethodPost, path, body)
}

func (p *person) put(path string, body object) object {
	p.t.Helper()
	return p.want(http.MethodPut, path, body)
}

// refused does a request that must be refused with a status and a code.
func (p *person) refused(method, path string, body object, status int, code string) {
	p.t.Helper()
	got, _, text := p.call(method, path, body, "Idempotency-Key", newKey())
	problem := object{}
	if err := json.Unmarshal(text, &problem); err != nil || got != status || problem.at("code") != code {
		p.t.Errorf("%s %s: got %d %s, want %d %s", method, path, got, text, status, code)
	}
}

// newKey makes an idempotency key that no other call has.
func newKey() string { return fmt.Sprintf("story-%d", time.Now().UnixNano()) }

// hence tells an instant from now on as the API reads it.
func hence(d time.Duration) string {
	return model.InstantOf(time.Now().Add(d)).Time().Format(time.RFC3339)
}

// eventually waits until something holds, as what is done beside requests takes its time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after 15 seconds", what)
		}
	}
}

package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"linbanglin/model"
)

// upload posts a file as a form, with names and values of other fields.
func (s *stall) upload(who model.Actor, path, name string, content []byte, fields ...string) *reply {
	s.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			s.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		s.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.server.URL+"/api/v1"+path, &form)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token(who))
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	got := &reply{status: answer.StatusCode, head: answer.Header, text: string(text)}
	if err := json.Unmarshal(text, got); err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	return got
}

// shade is a small photo of one gray.
func shade(gray uint8) []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = gray
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, img, nil)
	return out.Bytes()
}

// photo adds a photo and returns the id and the link of it, below the base path.
func (s *stall) photo(who model.Actor, campaign, name string, gray uint8) (p struct{ ID, URL string }) {
	s.t.Helper()
	got := s.upload(who, campaign+"/photos", name, shade(gray))
	if got.status != http.StatusCreated {
		s.t.Fatalf("%d %s", got.status, got.text)
	}
	if err := json.Unmarshal([]byte(got.text), &p); err != nil {
		s.t.Fatal(err)
	}
	p.URL = strings.TrimPrefix(p.URL, "/api/v1")
	return p
}

func TestPhotosOverHTTP(t *testing.T) {
	s := givenStall(t)
	door, admin := s.givenDoor(100), s.Holder(model.RoleCommunityAdmin)
	big := append(shade(1), make([]byte, 12<<20)...)
	for name, c := range map[string]struct {
		who     model.Actor
		content []byte
		status  int
		code    string
	}{
		"by who was not there": {s.Resident(0), shade(1), 403, "auth.forbidden"},
		"not an image":         {admin, []byte("%PDF-1.4 this is no image"), 422, "photo.type"},
		"a broken image":       {admin, shade(1)[:200], 422, "photo.unreadable"},
		"12 MB":                {admin, big, 413, "body.too_large"},
		"a little over 10 MB":  {admin, big[:10<<20+100], 413, "photo.too_large"},
	} {
		if got := s.upload(c.who, door+"/photos", "photo.jpg", c.content); got.status != c.status || got.Code != c.code {
			t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.text, c.status, c.code)
		}
	}
	s.want(s.call(s.Resident(0), "POST", door+"/checkins", fmt.Sprintf(`{"code":%q}`, s.doorCode(door))), 200, "")
	p := s.photo(s.Resident(0), door, "../../etc/passwd", 7)
	again := s.photo(admin, door, "x.png", 7)
	if again.ID != p.ID {
		t.Errorf("the same photo is %s and %s", p.ID, again.ID)
	}
	opened := s.raw(model.Actor{}, p.URL) // by the link alone
	if opened.status != 200 || opened.head.Get("Content-Type") != "image/jpeg" || opened.head.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got %d %v", opened.status, opened.head)
	}
	if _, err := jpeg.Decode(strings.NewReader(opened.text)); err != nil {
		t.Error(err)
	}
	if got := s.raw(model.Actor{}, strings.Replace(p.URL, "signature=", "signature=x", 1)); got.status != 403 {
		t.Errorf("got %d %s", got.status, got.text)
	}
	s.want(s.call(s.Resident(0), "POST", "/photos/"+p.ID+"/choose", ""), 403, "auth.forbidden")
	if got := s.want(s.call(admin, "POST", "/photos/"+p.ID+"/choose", ""), 200, ""); got.Status != "chosen" {
		t.Errorf("got %s", got.text)
	}
	if got := s.want(s.call(admin, "POST", "/photos/"+p.ID+"/drop", ""), 200, ""); got.Status != "dropped" {
		t.Errorf("got %s", got.text)
	}
	if got := s.want(s.call(admin, "GET", door+"/photos", ""), 200, ""); len(got.Items) != 0 {
		t.Errorf("got %s", got.text)
	}
}

func TestAnUploadLeavesNoFileAndAnAnswerIsGivenAgain(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	s := givenStall(t)
	office := s.Holder(model.RoleOrganizer)
	path := s.givenDoor(10)
	large := image.NewGray(image.Rect(0, 0, 700, 700))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range large.Pix {
		large.Pix[i] = uint8(random.Uint32())
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, large, nil); err != nil {
		t.Fatal(err)
	}
	got := s.upload(office, path+"/photos", "大图.jpg", file.Bytes())
	if got.status != http.StatusCreated || file.Len() < 100_000 {
		t.Fatalf("%d bytes: %d %s", file.Len(), got.status, got.text)
	}
	s.upload(office, path+"/photos", "坏图.jpg", bytes.Repeat([]byte("x"), 200_000))
	if left, err := filepath.Glob(temporary + "/multipart-*"); err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
	var answers []string
	for range 2 {
		again := s.want(s.call(office, "POST", "/photos/"+got.ID+"/choose", "", "Idempotency-Key", "choose"), http.StatusOK, "")
		answers = append(answers, again.text)
	}
	if answers[0] != answers[1] || !strings.Contains(answers[0], `"sha256":"`) || strings.Contains(answers[0], `"sha256":""`) {
		t.Errorf("got %s", answers)
	}
}

func TestPhotosOfMattersOverHTTP(t *testing.T) {
	s := givenStall(t)
	reporter, worker, admin := s.Resident(0), s.Holder(model.RoleGridWorker), s.Holder(model.RoleCommunityAdmin)
	made := s.want(s.call(reporter, "POST", "/matters", `{"category":"other","title":"路灯不亮"}`), http.StatusCreated, "")
	path := "/matters/" + made.ID + "/photos"
	big := append(shade(1), make([]byte, 10<<20)...)
	for name, c := range map[string]struct {
		who     model.Actor
		content []byte
		kind    string
		status  int
		code    string
	}{
		"a stranger":             {s.Resident(1), shade(1), "report", 404, "not_found"},
		"another community":      {s.Others.Holder(model.RoleCommunityAdmin), shade(1), "report", 404, "not_found"},
		"not an image":           {reporter, []byte("%PDF-1.4 this is no image"), "report", 422, "photo.type"},
		"a little over 10 MB":    {reporter, big, "report", 413, "photo.too_large"},
		"no kind that is":        {reporter, shade(1), "cats", 422, "validation"},
		"a result by a reporter": {reporter, shade(1), "result", 403, "auth.forbidden"},
	} {
		if got := s.upload(c.who, path, "photo.jpg", c.content, "kind", c.kind); got.status != c.status || got.Code != c.code {
			t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.text, c.status, c.code)
		}
	}
	first := s.upload(reporter, path, "lamp.jpg", shade(1)) // the report, if nothing is said
	if first.status != http.StatusCreated || !strings.Contains(first.text, `"kind":"report"`) || strings.Contains(first.text, "campaign_id") {
		t.Fatalf("got %d %s", first.status, first.text)
	}
	if result := s.upload(worker, path, "mended.jpg", shade(2), "kind", "result"); result.status != http.StatusCreated {
		t.Errorf("got %d %s", result.status, result.text)
	}
	for i := range model.MaxMatterPhotos {
		got := s.upload(reporter, path, "lamp.jpg", shade(uint8(10+i)))
		if want := map[bool]int{true: 409, false: 201}[i == model.MaxMatterPhotos-1]; got.status != want {
			t.Errorf("photo %d: got %d %s", i+2, got.status, got.text)
		}
	}
	list := s.want(s.call(admin, "GET", path, ""), 200, "")
	if len(list.Items) != model.MaxMatterPhotos+1 {
		t.Errorf("got %s", list.text)
	}
	var photos struct{ Items []struct{ URL string } }
	if err := json.Unmarshal([]byte(list.text), &photos); err != nil {
		t.Fatal(err)
	}
	if opened := s.raw(model.Actor{}, strings.TrimPrefix(photos.Items[0].URL, "/api/v1")); opened.status != 200 || opened.head.Get("Content-Type") != "image/jpeg" {
		t.Errorf("got %d %v", opened.status, opened.head)
	}
	s.want(s.call(worker, "DELETE", path+"/"+first.ID, ""), 403, "auth.forbidden")
	s.want(s.call(reporter, "DELETE", path+"/"+first.ID, ""), 204, "")
	s.want(s.call(reporter, "DELETE", path+"/"+first.ID, ""), 404, "not_found")
	s.want(s.call(reporter, "POST", "/matters/"+made.ID+"/withdraw", `{"reason":"修好了"}`), 200, "")
	if got := s.upload(reporter, path, "late.jpg", shade(99)); got.status != 409 || got.Code != "matter.state" {
		t.Errorf("after the end: %d %s", got.status, got.text)
	}
}

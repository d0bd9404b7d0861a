package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

func TestBatchOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin, member := s.Holder(model.RoleCommunityAdmin), s.Resident(0)
	line := fmt.Sprintf(`{"member_id":"%d","amount":2}`, member.MemberID)
	body := func(lines int) string {
		return `{"code":"ADJUST","memo":"值勤","lines":[` + strings.Repeat(line+",", lines-1) + line + `]}`
	}
	s.want(s.call(admin, "POST", "/points/batches", body(1)), 400, "idempotency.key_required")
	s.want(s.call(admin, "POST", "/points/batches", `{"code":"ADJUST","lines":[]}`, "Idempotency-Key", "e"), 422, "batch.empty")
	s.want(s.call(s.Resident(1), "POST", "/points/batches", body(1), "Idempotency-Key", "f"), 403, "auth.forbidden")
	small := s.want(s.call(admin, "POST", "/points/batches", body(3), "Idempotency-Key", "a"), 201, "ADJUST")
	if small.Status != "done" || small.head.Get("Location") != "/api/v1/points/batches/"+small.ID {
		t.Errorf("got %s", small.text)
	}
	if again := s.call(admin, "POST", "/points/batches", body(3), "Idempotency-Key", "a"); again.ID != small.ID || again.head.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same again: %d %s", again.status, again.text)
	}
	large := s.want(s.call(admin, "POST", "/points/batches", body(1000), "Idempotency-Key", "b"), 202, "ADJUST")
	if large.Status != "running" {
		t.Errorf("got %s", large.text)
	}
	path := "/points/batches/" + large.ID
	if last := s.watch(admin, path+"/events"); !strings.Contains(last, `"percent":100`) || !strings.Contains(last, `"status":"done"`) {
		t.Errorf("the last event is %s", last)
	}
	if lines := s.want(s.call(admin, "GET", path+"/lines?limit=100", ""), 200, ""); len(lines.Items) != 100 || lines.Next == "" {
		t.Errorf("%d lines", len(lines.Items))
	}
	s.want(s.call(s.Resident(1), "GET", path, ""), 404, "not_found")
	answer := s.download(admin, path+"/report.xlsx")
	book, err := excelize.OpenReader(bytes.NewReader(answer))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := book.GetRows("发放结果"); err != nil || len(rows) != 1001 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// watch reads an event stream to its end and returns its last event.
func (s *stall) watch(who model.Actor, path string) (last string) {
	s.t.Helper()
	answer := s.send(who, http.MethodGet, path, nil, "")
	defer func() { _ = answer.Body.Close() }()
	if answer.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Errorf("got %v", answer.Header)
	}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			last = data
		}
	}
	return last
}

func (s *stall) download(who model.Actor, path string) []byte {
	s.t.Helper()
	answer := s.send(who, http.MethodGet, path, nil, "")
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") {
		s.t.Fatalf("%d %v %v", answer.StatusCode, answer.Header, err)
	}
	return text
}

// send does a request whose answer is no JSON.
func (s *stall) send(who model.Actor, method, path string, body io.Reader, kind string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+"/api/v1"+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token(who))
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Idempotency-Key", path)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

func TestBatchFromASheetOverHTTP(t *testing.T) {
	s := givenStall(t)
	admin := s.Holder(model.RoleCommunityAdmin)
	book, err := excelize.OpenReader(bytes.NewReader(s.download(admin, "/points/batches/template.xlsx")))
	if err != nil {
		t.Fatal(err)
	}
	if err := book.SetSheetRow("批量发放", "A2", &[]any{s.Resident(0).MemberID.String(), "", "", 5, "值勤"}); err != nil {
		t.Fatal(err)
	}
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, err := parts.CreateFormFile("file", "积分.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if err := book.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := parts.WriteField("code", "ADJUST"); err != nil {
		t.Fatal(err)
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	answer := s.send(admin, http.MethodPost, "/points/batches/xlsx", &form, parts.FormDataContentType())
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusCreated || !strings.Contains(string(text), `"granted":5`) {
		t.Errorf("%d %s %v", answer.StatusCode, text, err)
	}
}

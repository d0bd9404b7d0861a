package stories

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestStory_Rights has somebody fetch a copy of all that is known of them, ask what a neighbour's is not, think again about
// closing their account, and close it: the ledger is clean after that, and a neighbour sees nobody.
func TestStory_Rights(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		one, other, admin := s.login(t, "resident-37"), s.login(t, "resident-38"), s.login(t, "admin-1")
		one.put("/me", object{"nickname": "走了的人", "anonymous": false, "skills": []string{"修伞"}, "version": json.Number(one.get("/me").at("version"))})
		admin.post("/points/awards", object{"member_id": one.ID, "amount": 30, "code": "MINUTES", "memo": "帮忙"})
		admin.post("/points/awards", object{"member_id": one.ID, "amount": 5, "code": "ADJUST", "memo": "帮忙"})
		certificate := one.post("/certificates", object{"from": hence(0)[:10], "to": hence(0)[:10]}).at("number")
		request := one.post("/requests", object{"category": "errand", "title": "取一把伞"}).at("id")
		other.post("/requests", object{"category": "errand", "title": "别人的求助"})

		copyOfOne(t, one, other)
		answered(t, one, admin)
		one.refused("POST", "/me/erasure", nil, 409, "erasure.duties")
		one.post("/requests/"+request+"/cancel", object{"reason": "不用了"})
		thinksAgain(t, one)

		one.post("/me/erasure", nil)
		s.due(t, one.ID)
		eventually(t, "the account is closed", func() bool {
			status, _, _ := one.call("GET", "/me", nil)
			return status == http.StatusUnauthorized
		})
		if admin.get("/certificates/"+certificate).at("number") != certificate {
			t.Error("the certificate cannot be checked any more")
		}
		s.due(t, one.ID) // what goes on when no process trusts a token of theirs
		eventually(t, "what they wrote is gone", func() bool {
			seen := admin.get("/requests/" + request)
			return !strings.Contains(seen.at("title"), "伞") && seen.at("requester", "display_name") == "已注销成员"
		})
		if listed := admin.get("/members?limit=100"); strings.Contains(listedText(listed), one.ID) {
			t.Error("the member is still listed")
		}
		s.verified(t)
	})
}

func listedText(o object) string {
	text, _ := json.Marshal(o)
	return string(text)
}

// copyOfOne fetches a copy, which is nobody else's.
func copyOfOne(t *testing.T, one, other *person) {
	t.Helper()
	asked := one.post("/me/data-exports", nil)
	path := "/me/data-exports/" + asked.at("id")
	var made object
	eventually(t, "the copy is made", func() bool {
		made = one.get(path)
		return made.at("status") == "ready"
	})
	other.refused("GET", path, nil, 404, "not_found")
	link := strings.TrimPrefix(made.at("url"), "/api/v1")
	other.refused("GET", link, nil, 404, "not_found")
	(&person{t: t, s: one.s}).refused("GET", link, nil, 401, "auth.token_missing")
	one.refused("GET", link+"x", nil, 403, "data_export.link_expired")
	status, _, file := one.call("GET", link, nil)
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if status != http.StatusOK || err != nil {
		t.Fatalf("the copy: %d %v", status, err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name], _ = io.ReadAll(r)
	}
	var data object
	if err := json.Unmarshal(parts["data.json"], &data); err != nil {
		t.Fatal(err)
	}
	text := string(parts["data.json"])
	for _, mine := range []string{"走了的人", "修伞", "取一把伞", `"posted_delta": 5`} {
		if !strings.Contains(text, mine) {
			t.Errorf("the copy has no %s", mine)
		}
	}
	if data.at("member_id") != one.ID || strings.Contains(text, "别人的求助") || strings.Contains(text, other.ID) {
		t.Error("the copy has what is somebody else's")
	}
	book, err := excelize.OpenReader(bytes.NewReader(parts["data.xlsx"]))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := book.GetRows("求助"); err != nil || len(rows) != 2 || rows[0][2] != "标题" || rows[1][2] != "取一把伞" {
		t.Errorf("the sheet has %v %v", rows, err)
	}
}

// answered asks for a right, which an officer refuses with a reason.
func answered(t *testing.T, one, admin *person) {
	t.Helper()
	asked := one.post("/me/rights-requests", object{"kind": "correct", "text": "出生年份写错了"})
	one.refused("POST", "/rights-requests/"+asked.at("id")+"/answer", object{"text": "好"}, 403, "auth.forbidden")
	admin.post("/rights-requests/"+asked.at("id")+"/answer", object{"text": "请带身份证到居委会核对", "refuse": true})
	if mine := one.get("/me/rights-requests").list(); len(mine) != 1 || mine[0].at("status") != "refused" || mine[0].at("answer") == "" {
		t.Errorf("the answer is %v", mine)
	}
	if rules := admin.get("/privacy/retention").list(); len(rules) < 5 || rules[0].at("basis") == "" {
		t.Errorf("the rules are %v", rules)
	}
	one.refused("GET", "/privacy/retention", nil, 403, "auth.forbidden")
}

// thinksAgain asks for the account to be closed, and takes it back.
func thinksAgain(t *testing.T, one *person) {
	t.Helper()
	one.refused("POST", "/me/erasure/cancel", nil, 404, "not_found")
	if asked := one.post("/me/erasure", nil); asked.at("status") != "waiting" {
		t.Errorf("asked: %v", asked)
	}
	one.refused("POST", "/me/erasure", nil, 409, "erasure.asked")
	if kept, _ := one.get("/me/erasure")["kept"].([]any); len(kept) == 0 {
		t.Error("nobody is told what stays")
	}
	one.post("/me/erasure/cancel", nil)
	one.refused("POST", "/me/erasure/cancel", nil, 409, "erasure.state")
}

// due has the time to think again be over.
func (s *server) due(t *testing.T, member string) {
	t.Helper()
	db := s.database(t)
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "UPDATE erasure SET due_at = 1, next_at = 1 WHERE member_id = ? AND closed = 0", member); err != nil {
		t.Fatal(err)
	}
}

// database opens the database of the program beside it.
func (s *server) database(t *testing.T) *sql.DB {
	t.Helper()
	for _, line := range s.env {
		address, found := strings.CutPrefix(line, "LBL_DATABASE_URL=")
		if !found {
			continue
		}
		driver, source := "sqlite", "file:"+strings.TrimPrefix(address, "sqlite:")+"?_pragma=busy_timeout(10000)"
		if u, err := url.Parse(address); err == nil && u.Scheme == "mysql" {
			password, _ := u.User.Password()
			driver, source = "mysql", u.User.Username()+":"+password+"@tcp("+u.Host+")"+u.Path
		}
		db, err := sql.Open(driver, source)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	t.Fatal("the server has no database")
	return nil
}

// verified has the program check the ledger and all else.
func (s *server) verified(t *testing.T) {
	t.Helper()
	command := exec.Command(program, "verify")
	command.Env = s.env
	if text, err := command.CombinedOutput(); err != nil || bytes.Contains(text, []byte("处差异")) {
		t.Errorf("verify: %v %s", err, text)
	}
}

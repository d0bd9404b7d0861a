package stories

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/wechattest"
)

// TestStory_WeChat is row 17 (小程序): neighbours log in by WeChat, are told by it what they allowed, and what they write is
// looked at before others see it. WeChat is a stub; the server is one that knows it.
func TestStory_WeChat(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			stub := wechattest.New()
			defer stub.Close()
			s := makeServer(t, engine, "LBL_WECHAT_APPID="+wechattest.AppID, "LBL_WECHAT_SECRET="+wechattest.Secret, "LBL_WECHAT_API_BASE="+stub.URL,
				"LBL_WECHAT_PUSH_TOKEN="+wechattest.PushToken, "LBL_WECHAT_PUSH_KEY="+wechattest.PushKey)
			if err := s.start(); err != nil {
				t.Fatal(err)
			}
			defer s.kill()
			admin := s.login(t, "admin-1")
			asker, helper := s.byWeChat(t, admin, "o-asker"), s.byWeChat(t, admin, "o-helper")
			stranger := &person{t: t, s: s}
			stranger.refused("POST", "/auth/wechat/login", object{"code": "ok-o-asker"}, http.StatusUnauthorized, "auth.code_invalid") // used before
			stranger.refused("POST", "/auth/wechat/login", object{"code": "blocked"}, http.StatusForbidden, "auth.blocked")

			tellOfClaims(t, s, stub, admin, asker, helper)
			lookBefore(t, stub, admin, asker, helper)
			checkIn(t, admin, helper)
			for _, secret := range []string{wechattest.Secret, wechattest.SessionKey, wechattest.PushKey, "token-0", "o-asker", "risky"} {
				if strings.Contains(s.log.String(), secret) {
					t.Errorf("the log has %s", secret)
				}
			}
		})
	}
}

// membersApart is how far people of the roster lie apart who do not live together.
const membersApart = 10

// byWeChat logs somebody of the community's in by WeChat, bound by a code that an admin hands out for a person of the roster
// whom nobody is yet.
func (s *server) byWeChat(t *testing.T, admin *person, openID string) *person {
	t.Helper()
	p := &person{t: t, s: s}
	p.token = p.post("/auth/wechat/login", object{"code": "ok-" + openID}).at("access_token")
	members := admin.get("/members?limit=100").list()
	for i := 0; i < len(members); i += membersApart {
		member := members[i]
		status, _, text := admin.call("POST", "/members/"+member.at("id")+"/bind-codes", object{})
		code := object{}
		if json.Unmarshal(text, &code) != nil || status != http.StatusCreated {
			continue
		}
		session := p.post("/me/bind/code", object{"code": code.at("code")})
		p.token, p.ID = session.at("access_token"), session.at("member", "id")
		return p
	}
	t.Fatal("everybody is bound")
	return p
}

// push posts a message of WeChat's to the server, and wants a status.
func (s *server) push(t *testing.T, p *wechattest.Push, want int) {
	t.Helper()
	status, text, err := p.Post("http://" + s.address + "/wechat/push")
	if err != nil || status != want {
		t.Errorf("the push got %d %s, %v, want %d", status, text, err, want)
	}
}

// tellOfClaims has a message go out on a claim, to who allowed one.
func tellOfClaims(t *testing.T, s *server, stub *wechattest.Server, admin, asker, helper *person) {
	t.Helper()
	admin.put("/message-templates/request", object{
		"template_id": "TMPL_claimed", "page": "pages/request?id={id}", "fields": object{"thing1": "title", "thing2": "body", "phrase3": "=已认领"}, "version": 0,
	})
	asker.put("/me/quiet-hours", object{}) // the story may be told at night
	asker.refused("POST", "/me/subscriptions", object{"template": "another"}, http.StatusUnprocessableEntity, "message.template_unknown")
	asker.post("/me/subscriptions", object{"template": "TMPL_claimed", "result": "accept"})
	popup := wechattest.Popup("o-asker", "TMPL_claimed", "accept", time.Now())
	good := wechattest.NewPush(popup, time.Now())
	s.push(t, good, http.StatusOK)
	s.push(t, good, http.StatusOK) // WeChat may repeat itself
	forged := wechattest.NewPush(strings.Replace(popup, "accept", "reject", 1), time.Now())
	forged.Query.Set("msg_signature", forged.Query.Get("signature"))
	s.push(t, forged, http.StatusForbidden)
	plain := wechattest.NewPush(popup, time.Now())
	plain.Body = []byte(popup)
	s.push(t, plain, http.StatusForbidden)
	if left := asker.get("/me/subscriptions").list()[0].at("left"); left != "1" {
		t.Errorf("%s messages are allowed, want 1", left)
	}
	for range 2 {
		request := asker.post("/requests", object{"category": "errand", "title": "取快递"}).at("id")
		helper.post("/requests/"+request+"/claim", nil)
	}
	eventually(t, "a message on the claim", func() bool { return len(stub.Sent()) > 0 })
	sent := stub.Sent()[0]
	if sent.OpenID != "o-asker" || sent.Data["thing1"] != "有邻居认领了您的求助" || !strings.HasPrefix(sent.Page, "pages/request?id=") {
		t.Errorf("sent is %+v", sent)
	}
	unread := 0
	for _, n := range asker.get("/notices").list() {
		if n.at("title") == "有邻居认领了您的求助" {
			unread++
		}
	}
	if unread != 2 { // the inbox has what was not allowed as well
		t.Errorf("the inbox has %d notices, want 2", unread)
	}
}

// lookBefore has texts refused and held.
func lookBefore(t *testing.T, stub *wechattest.Server, admin, asker, helper *person) {
	t.Helper()
	asker.refused("POST", "/requests", object{"category": "errand", "title": "[[risky]]"}, http.StatusUnprocessableEntity, "content.risky")
	stub.Fail("/wxa/msg_sec_check", 45009) // over the limit of a minute: nobody knows, so a human looks
	for _, title := range []string{"代买", "代买[[review]]"} {
		held := asker.post("/requests", object{"category": "errand", "title": title})
		if held.at("status") != "pending_review" {
			t.Errorf("%s is %s", title, held.at("status"))
		}
		helper.refused("GET", "/requests/"+held.at("id"), nil, http.StatusNotFound, "not_found")
		queue := admin.get("/moderation/queue").list()
		if len(queue) != 1 || queue[0].at("request", "id") != held.at("id") {
			t.Errorf("%v wait", queue)
		}
		admin.post("/requests/"+held.at("id")+"/approve", nil)
		helper.get("/requests/" + held.at("id"))
	}
	me := asker.get("/me")
	asker.put("/me", object{"nickname": "热心人[[review]]", "anonymous": false, "version": me["version"]})
	if name := asker.get("/me").at("nickname"); strings.Contains(name, "热心人") {
		t.Errorf("the nickname is %s", name)
	}
	wait := admin.get("/moderation/queue").list()[0]
	admin.post("/moderation/content/"+wait.at("content", "id")+"/approve", nil)
	if name := asker.get("/me").at("nickname"); name != "热心人[[review]]" {
		t.Errorf("the nickname is %s", name)
	}
}

// checkIn has a helper check in at a campaign by the code that its organizer shows, which the mini-program scans.
func checkIn(t *testing.T, admin, helper *person) {
	t.Helper()
	campaign := "/campaigns/" + admin.post("/campaigns", object{
		"theme": "lao", "title": "助老", "starts_at": hence(-time.Minute), "ends_at": hence(time.Hour), "scope_unit_id": admin.Home, "budget": 0,
		"rules": object{"points_per_checkin": 0},
	}).at("id")
	admin.post(campaign+"/publish", nil)
	status, head, picture := admin.call("GET", campaign+"/mini-code.png", nil)
	if status != http.StatusOK || head.Get("Content-Type") != "image/png" || !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("the mini-program code is %d %s", status, picture)
	}
	helper.refused("GET", campaign+"/mini-code.png", nil, http.StatusForbidden, "auth.forbidden")
	code := admin.get(campaign + "/checkin-code").at("code")
	admin.post(campaign+"/budget", object{"budget": 50, "reason": "街道追加"})
	helper.refused("POST", campaign+"/budget", object{"budget": 60, "reason": "多发"}, http.StatusForbidden, "auth.forbidden")
	helper.post(campaign+"/checkins", object{"code": code})
	helper.refused("POST", campaign+"/checkins", object{"code": "forged"}, http.StatusConflict, "campaign.code_invalid")
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/demo"
	"linbanglin/internal/testdb"
	"linbanglin/internal/wechattest"
	"linbanglin/service/community/roster"
)

// secrets of the configuration, none of which may be found anywhere.
const (
	leakJWT     = "5ec2e7a0000102030405060708090a0b0c0d0e0f101112131415161718191a1b10"
	leakLedger  = "5eed00000102030405060708090a0b0c0d0e0f10111213141516171819200001"
	leakWebhook = "webhook-secret-of-the-test"
	openID      = "o-leak-resident"
)

// day is the demo's day at a server that writes all that it can write to a log, with WeChat and a gateway of alarms that are
// stubs, and what went over the wire.
type day struct {
	t       *testing.T
	address string // of the database
	server  string // which tells its metrics to nobody that a proxy speaks for
	base    string // of the proxy that listens to the wire
	wechat  *wechattest.Server
	gateway *httptest.Server // of alarms

	mu       sync.Mutex
	log      bytes.Buffer
	problems bytes.Buffer // bodies that told of a failure
	alarms   bytes.Buffer // what the gateway got
	tokens   []string
}

// Write implements io.Writer for the log.
func (d *day) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.Write(line)
}

// TestTheDemoLeaksNothing plays the demo's day, some of WeChat and an alarm, and calls that are wrong in many ways, and wants
// no name, phone, door, openid, token or secret in the log, the metrics, the problems and the rows of what is on its way out.
func TestTheDemoLeaksNothing(t *testing.T) {
	t.Parallel()
	d := givenDay(t)
	stop := d.serve(Config{})
	if err := demo.Play(t.Context(), d.base, io.Discard); err != nil {
		t.Fatal(err)
	}
	metrics := d.metrics()
	stop()
	stop = d.serve(d.connected()) // without WeChat first, as nobody of the demo has an openid by which a text is checked
	d.outside()
	d.mistakes()
	metrics += d.metrics()
	stop()
	private := d.private()
	for name, text := range d.places(metrics) {
		lines := strings.Count(text, "\n")
		t.Logf("%s: %d lines, %d bytes", name, lines, len(text))
		if lines < 5 {
			t.Errorf("%s has only %d lines to search", name, lines)
		}
		for kind, values := range private {
			for _, value := range values {
				if at := strings.Index(text, value); at >= 0 && !known(name, kind) {
					t.Errorf("%s has a %s: %s", name, kind, strings.ToValidUTF8(text[max(0, at-120):min(len(text), at+len(value)+40)], ""))
					break
				}
			}
		}
		if found := doorWords().FindString(text); found != "" && !known(name, "door") {
			t.Errorf("%s has a door: %s", name, found)
		}
	}
	d.wantSealed(private["phone"])
	for kind, values := range private {
		t.Logf("searched for %d of %s", len(values), kind)
		if len(values) == 0 {
			t.Errorf("no %s was searched for", kind)
		}
	}
}

// wantSealed wants no phone in any row of the database.
func (d *day) wantSealed(phones []string) {
	d.t.Helper()
	theirs, rows := map[string]bool{}, 0
	for _, phone := range phones {
		theirs[phone] = true
	}
	for table, texts := range testdb.Rows(d.t, d.address)() {
		for _, text := range texts {
			rows++
			for _, number := range phoneDigits().FindAllStringSubmatch(text, -1) {
				if theirs[number[1]] {
					d.t.Fatalf("a row of %s has a phone in clear: %s", table, number[1])
				}
			}
		}
	}
	if rows < 10_000 {
		d.t.Errorf("only %d rows were searched for phones", rows)
	}
}

func phoneDigits() *regexp.Regexp { return regexp.MustCompile(`\b(?:86)?(1\d{10})\b`) }

// doorWords is a door in words, however it is written.
func doorWords() *regexp.Regexp {
	return regexp.MustCompile(`\d+(幢|栋|号楼)\d+单元\d+|\b\d{1,2}-[12]-[1-5]0[12]\b|\d0[12]室`)
}

// known says which place may have what, and why: to the gateway of alarms a phone is what it is asked to call.
func known(place, kind string) bool { return place == "gateway of alarms" && kind == "phone" }

func givenDay(t *testing.T) *day {
	t.Helper()
	folder := t.TempDir()
	d := &day{t: t, address: "sqlite:" + filepath.Join(folder, "demo.db"), wechat: wechattest.New()}
	t.Cleanup(d.wechat.Close)
	d.gateway = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.alarms.Write(append(text, '\n'))
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	t.Cleanup(d.gateway.Close)
	return d
}

// connected is a configuration with WeChat and the gateway.
func (d *day) connected() Config {
	return Config{
		WeChatAppID: wechattest.AppID, WeChatSecret: wechattest.Secret, WeChatAPIBase: d.wechat.URL,
		WeChatPushToken: wechattest.PushToken, WeChatPushKey: wechattest.PushKey, AlarmWebhookURL: d.gateway.URL, AlarmWebhookKey: leakWebhook,
	}
}

// serve serves the demo's community with a log of everything until it is stopped.
func (d *day) serve(c Config) (stop func()) {
	d.t.Helper()
	must := func(err error) {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
	}
	c.Listen, c.DatabaseURL, c.Mode, c.PioneerPercent = "127.0.0.1:0", d.address, modeDemo, 5
	c.JWTKeys, c.LedgerKey = "k1:"+leakJWT, "k1:"+leakLedger
	keys, err := c.keys()
	must(err)
	h, err := open(d.t.Context(), &c)
	must(err)
	must(h.wantDemo(d.t.Context(), demo.CommunityName, h.importDemo))
	listener, err := net.Listen("tcp", c.Listen)
	must(err)
	log := slog.New(slog.NewJSONHandler(d, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	press, err := h.furnish(d.t.Context(), &c, log, listener)
	must(err)
	ctx, cancel := context.WithCancel(d.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.serve(ctx, h.accounts(&c, keys), press, log, listener) }()
	d.server = "http://" + listener.Addr().String()
	front := d.listen(d.server)
	return func() {
		d.t.Helper()
		front.Close()
		cancel()
		must(<-ended)
	}
}

// metrics reads them from the server itself.
func (d *day) metrics() string {
	d.t.Helper()
	_, text := d.ask(d.server, "", http.MethodGet, "/metrics", "")
	return text
}

// listen puts a proxy before the server, which keeps tokens and problems.
func (d *day) listen(server string) *httptest.Server {
	target, err := url.Parse(server)
	if err != nil {
		d.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(answer *http.Response) error {
		if !strings.Contains(answer.Header.Get("Content-Type"), "json") {
			return nil
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(bytes.NewReader(text))
		var session struct {
			Access  string `json:"access_token"`
			Refresh string `json:"refresh_token"`
		}
		_ = json.Unmarshal(text, &session)
		d.mu.Lock()
		defer d.mu.Unlock()
		if session.Access != "" {
			d.tokens = append(d.tokens, session.Access, session.Refresh)
		}
		if answer.StatusCode >= http.StatusBadRequest {
			d.problems.Write(append(text, '\n'))
		}
		return err
	}
	front := httptest.NewServer(proxy)
	d.base = front.URL
	return front
}

// call does one request by the proxy and returns its status and answer.
func (d *day) call(token, method, path, body string) (int, string) {
	d.t.Helper()
	return d.ask(d.base, token, method, path, body)
}

func (d *day) ask(base, token, method, path, body string) (int, string) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", fmt.Sprintf("leak-%d", time.Now().UnixNano()))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// made does a request that must succeed, and returns its answer.
func (d *day) made(token, method, path, body string) (got struct {
	ID     string `json:"id"`
	Access string `json:"access_token"`
	Code   string `json:"code"`
	Member struct {
		ID string `json:"id"`
	} `json:"member"`
},
) {
	d.t.Helper()
	status, text := d.call(token, method, "/api/v1"+path, body)
	if status >= http.StatusBadRequest {
		d.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			d.t.Fatal(err)
		}
	}
	return got
}

// outside has a message go out to WeChat and an alarm to the gateway.
func (d *day) outside() {
	d.t.Helper()
	admin := d.made("", "POST", "/auth/wechat/login", `{"code":"demo:admin-1"}`)
	helper := d.made("", "POST", "/auth/wechat/login", `{"code":"demo:resident-2"}`)
	stranger := d.made("", "POST", "/auth/wechat/login", `{"code":"ok-`+openID+`"}`)
	asker := stranger.Access
	for _, member := range d.members(admin.Access) {
		if status, text := d.call(admin.Access, "POST", "/api/v1/members/"+member+"/bind-codes", "{}"); status == http.StatusCreated {
			var code struct{ Code string }
			if err := json.Unmarshal([]byte(text), &code); err != nil {
				d.t.Fatal(err)
			}
			asker = d.made(asker, "POST", "/me/bind/code", `{"code":"`+code.Code+`"}`).Access
			break
		}
	}
	d.made(admin.Access, "PUT", "/message-templates/request", `{"template_id":"TMPL","page":"pages/request?id={id}","fields":{"thing1":"title","thing2":"body"},"version":0}`)
	d.made(asker, "PUT", "/me/consents/service", `{"version":1}`)
	d.made(asker, "PUT", "/me/quiet-hours", `{}`)
	d.made(asker, "POST", "/me/subscriptions", `{"template":"TMPL","result":"accept"}`)
	if status, text, err := wechattest.NewPush(wechattest.Popup(openID, "TMPL", "accept", time.Now()), time.Now()).Post(d.base + "/wechat/push"); status != http.StatusOK || err != nil {
		d.t.Fatalf("%d %s %v", status, text, err)
	}
	request := d.made(asker, "POST", "/requests", `{"category":"errand","title":"取快递"}`).ID
	d.made(helper.Access, "POST", "/requests/"+request+"/claim", "")
	d.made(helper.Access, "POST", "/requests/"+request+"/contact", `{"purpose":"约时间"}`)
	d.made(helper.Access, "POST", "/requests/"+request+"/address", `{"purpose":"上门"}`)
	d.made(helper.Access, "POST", "/doorbell/households", `{"member_id":"`+helper.Member.ID+`"}`)
	d.made(helper.Access, "POST", "/doorbell/alerts", `{}`)
	deadline := time.Now().Add(time.Minute)
	for len(d.wechat.Sent()) == 0 || d.rang() == 0 {
		if time.Now().After(deadline) {
			d.t.Fatalf("%d messages and %d bytes of alarms went out", len(d.wechat.Sent()), d.rang())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (d *day) rang() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.alarms.Len()
}

// members lists ids of people.
func (d *day) members(token string) (ids []string) {
	d.t.Helper()
	_, text := d.call(token, "GET", "/api/v1/members?limit=100", "")
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		d.t.Fatal(err)
	}
	for _, m := range list.Items {
		ids = append(ids, m.ID)
	}
	return ids
}

// mistakes are calls that are wrong. Those that carry something private have it in the path, the query and the head, where a
// log might take it from; what they are answered may repeat what they sent, so it is not searched.
func (d *day) mistakes() {
	d.t.Helper()
	token := d.made("", "POST", "/auth/wechat/login", `{"code":"demo:resident-3"}`).Access
	for _, id := range append(d.members(d.made("", "POST", "/auth/wechat/login", `{"code":"demo:admin-1"}`).Access)[:5], "1", "abc") {
		for _, c := range [][3]string{
			{"GET", "/members/" + id + "/reliability"},
			{"POST", "/members/" + id + "/bind-codes", "{}"},
			{"POST", "/members/" + id + "/lock", `{"reason":"x"}`},
			{"GET", "/points/statement?member_id=" + id},
			{"POST", "/requests/" + id + "/contact", `{"purpose":"x"}`},
			{"POST", "/points/awards", `{"member_id":"` + id + `","amount":1,"code":"ADJUST","memo":"x"}`},
			{"GET", "/households/" + id},
			{"POST", "/requests", `{"category":"none","title":""}`},
			{"POST", "/requests", `{`},
			{"POST", "/me/bind/code", `{"code":"000000"}`},
			{"POST", "/requests/preview", `[]`},
			{"PUT", "/calendar/2026-13-40", `{}`},
			{"DELETE", "/campaigns/" + id, ""},
			{"GET", "/requests?cursor=" + id, ""},
			{"POST", "/auth/refresh", `{"refresh_token":"` + id + `"}`},
		} {
			d.call(token, c[0], "/api/v1"+c[1], c[2])
			d.call("", c[0], "/api/v1"+c[1], c[2])
		}
	}
	d.mu.Lock()
	kept := d.problems.Len()
	d.mu.Unlock()
	p := d.private()
	for kind, values := range p {
		for _, value := range values[:1] {
			q := url.QueryEscape(value)
			d.call(token, "GET", "/api/v1/members?q="+q+"&limit=x", "")
			d.call(token, "GET", "/api/v1/requests/"+url.PathEscape(value), "")
			d.call(value, "GET", "/api/v1/me", "")
			d.call(token, "POST", "/api/v1/requests", fmt.Sprintf(`{"category":%q,"title":%q,"starts_at":%q}`, kind, value, value))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.problems.Truncate(kept)
}

// private is what may be found nowhere, by kind: of the people as their roster has them, and of the configuration.
func (d *day) private() map[string][]string {
	d.t.Helper()
	var file bytes.Buffer
	_, err := demo.Roster(&file)
	if err != nil {
		d.t.Fatal(err)
	}
	book, err := roster.Read(&file, roster.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	all := map[string][]string{}
	add := func(kind, value string) {
		if value != "" {
			all[kind] = append(all[kind], value)
		}
	}
	for _, r := range book.Residents {
		add("name", r.Name)
		add("phone", strings.TrimPrefix(r.Phone, "86"))
	}
	for _, secret := range []string{leakJWT, leakLedger, d.dataKey(), wechattest.Secret, wechattest.PushToken, wechattest.PushKey, wechattest.SessionKey, leakWebhook} {
		add("secret", secret)
	}
	add("openid", openID)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, token := range d.tokens {
		add("token", token)
	}
	return all
}

// places are the texts that are searched, by name. Inboxes are not among them by name alone: a notice is read by whom it is
// for, and may name a neighbour as all answers do, by surname; a whole name, a phone or a door it may not have, so it is
// searched as well.
func (d *day) places(metrics string) map[string]string {
	d.t.Helper()
	rows := testdb.Rows(d.t, d.address)()
	all := map[string]string{"metrics": metrics}
	for _, table := range []string{"point_outbox", "point_control", "point_seal", "message", "doorbell_delivery", "content_check", "wechat_push", "auth_event", "notice", "idempotency"} {
		if len(rows[table]) == 0 {
			d.t.Logf("%s is empty", table)
		}
		all["rows on their way"] += strings.Join(rows[table], "\n") + "\n"
	}
	sent, err := json.MarshalIndent(d.wechat.Sent(), "", " ")
	if err != nil {
		d.t.Fatal(err)
	}
	all["messages to WeChat"] = strings.ReplaceAll(string(sent), openID, "the receiver")
	d.mu.Lock()
	defer d.mu.Unlock()
	all["log"], all["problems"] = d.log.String(), d.problems.String()
	all["gateway of alarms"] = strings.ReplaceAll(d.alarms.String(), ",", ",\n")
	return all
}

// dataKey is the key that the program made for the day's database.
func (d *day) dataKey() string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(strings.TrimPrefix(d.address, "sqlite:")), "data.keys"))
	if err != nil {
		d.t.Fatal(err)
	}
	_, key, _ := strings.Cut(strings.TrimSpace(string(text)), ":")
	return key
}

package stories

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// bell is a device in a home, which signs what it sends.
type bell struct {
	id      string
	key     []byte
	counter int
}

// send posts what the device signed, and returns the answer. Again sends the message before once more.
func (b *bell) send(p *person, path, body string, again bool) (int, object) {
	p.t.Helper()
	if !again {
		b.counter++
	}
	at := fmt.Sprint(time.Now().Unix())
	mac := hmac.New(sha256.New, b.key)
	_, _ = fmt.Fprintf(mac, "POST|/api/v1%s|%s|%d|%s|%s", path, b.id, b.counter, at, body)
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.s.address+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-Device-Id": b.id, "X-Device-Counter": fmt.Sprint(b.counter), "X-Device-Time": at,
		"X-Device-Signature": hex.EncodeToString(mac.Sum(nil)),
	} {
		r.Header.Set(name, value)
	}
	answer, err := client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var text bytes.Buffer
	_, _ = text.ReadFrom(answer.Body)
	o := object{}
	_ = json.Unmarshal(text.Bytes(), &o)
	return answer.StatusCode, o
}

// TestStory_Doorbell is row 12 (爱心门铃): an elder is paired with neighbours, the button rings them, one comes, and what it
// was is on record. A message that is sent again is refused; a missed answer goes on to the grid worker.
func TestStory_Doorbell(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		admin, elder, near, other := s.login(t, "admin-1"), s.login(t, "resident-31"), s.login(t, "resident-32"), s.login(t, "resident-33")
		settings := admin.get("/doorbell/settings")
		admin.put("/doorbell/settings", object{
			"steps": []object{
				{"after_seconds": 0, "targets": []string{"primary"}},
				{"after_seconds": 1, "targets": []string{"backup"}},
				{"after_seconds": 2, "targets": []string{"grid_worker"}},
			},
			"arrive_minutes": 5, "check_in_by": "10:00", "version": settings["version"],
		})
		agreed := object{"method": "phone", "note": "女儿同意"}
		admin.refused("POST", "/doorbell/households", object{"member_id": elder.ID}, 422, "doorbell.consent_required")
		home := "/doorbell/households/" + admin.post("/doorbell/households", object{"member_id": elder.ID, "consent": agreed}).at("id")
		admin.get(home + "/suggestions")
		for kind, volunteer := range map[string]*person{"primary": near, "backup": other} {
			pair := admin.post(home+"/pairs", object{"volunteer_id": volunteer.ID, "kind": kind, "consent": agreed}).at("id")
			volunteer.post("/doorbell/pairs/"+pair+"/accept", nil)
		}
		made := admin.post(home+"/devices", object{"name": "卧室按钮"})
		key, err := hex.DecodeString(made.at("key"))
		if err != nil {
			t.Fatal(err)
		}
		b := &bell{id: made.at("id"), key: key}
		if status, _ := b.send(admin, "/doorbell/heartbeats", `{"battery":80,"well":true}`, false); status != http.StatusOK {
			t.Fatalf("a heartbeat is answered %d", status)
		}
		_, rung := b.send(admin, "/doorbell/alerts", `{"battery":80}`, false)
		alarm := "/doorbell/alarms/" + rung.at("id")
		if status, again := b.send(admin, "/doorbell/alerts", `{"battery":80}`, true); status != http.StatusConflict || again.at("code") != "device.replayed" {
			t.Errorf("a replay is answered %d %v", status, again)
		}
		if _, twice := b.send(admin, "/doorbell/alerts", `{}`, false); twice.at("id") != rung.at("id") || twice.at("presses") != "2" {
			t.Errorf("the second press is %v", twice)
		}
		eventually(t, "the backup is called", func() bool { return len(other.get("/doorbell/alarms").list()) == 1 })
		s.login(t, "resident-34").refused("POST", alarm+"/ack", nil, 404, "not_found")
		other.post(alarm+"/ack", nil)
		near.refused("POST", alarm+"/ack", nil, 409, "alarm.state")
		if door := other.post(alarm+"/address", nil); door.at("door") == "" {
			t.Errorf("the door is %v", door)
		}
		other.post(alarm+"/on-site", nil)
		other.post(alarm+"/resolve", object{"outcome": "real", "note": "扶起来了，没有受伤"})
		other.refused("POST", alarm+"/address", nil, 409, "alarm.state")
		if got := admin.get(alarm); got.at("status") != "resolved" || got.at("outcome") != "real" || len(got["deliveries"].([]any)) == 0 {
			t.Errorf("the alarm ended as %v", got)
		}
		drill := admin.post("/doorbell/drills", object{"unit_id": admin.Home})
		near.post("/doorbell/alarms/"+near.get("/doorbell/alarms?status=ringing").list()[0].at("id")+"/ack", nil)
		if report := admin.get("/doorbell/drills/" + drill.at("id")); report.at("answered") != "1" {
			t.Errorf("the drill came to %v", report)
		}
		if months := admin.get("/doorbell/statistics").list(); len(months) == 0 || months[0].at("real") == "0" {
			t.Errorf("the statistics are %v", months)
		}
	})
}

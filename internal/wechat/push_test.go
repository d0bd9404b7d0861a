package wechat_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
)

// The vectors of WeChat's page on message pushes.
const (
	vectorToken = "AAAAA"
	vectorApp   = "wxba5fad812f8e6fb9"
	vectorBody  = `+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=`
)

var vectorKey = strings.Repeat("A", 43)

func givenReceiver(t *testing.T, token, key, app string) *wechat.Receiver {
	t.Helper()
	r, err := wechat.NewReceiver(token, key, app)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOfficialVectors(t *testing.T) {
	r := givenReceiver(t, vectorToken, vectorKey, vectorApp)
	echo := wechat.PushQuery{Signature: "f464b24fc39322e44b38aa78f5edd27bd1441696", Timestamp: "1714036504", Nonce: "1514711492", Echo: "4375120948345356249"}
	if got, err := r.Echo(echo, time.Unix(1714036504, 0)); got != echo.Echo || err != nil {
		t.Errorf("echo: %s, %v", got, err)
	}
	at := time.Unix(1714112445, 0)
	secure := wechat.PushQuery{
		Signature: "6c5c811b55cc85e0e1b54100749188c20beb3f5d", MsgSignature: "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
		Timestamp: "1714112445", Nonce: "415670741", EncryptType: "aes",
	}
	body := `{"ToUserName":"gh_97417a04a28d","Encrypt":"` + vectorBody + `"}`
	got, err := r.Open(secure, []byte(body), at)
	if err != nil || got.Name != "debug_demo" || got.OpenID != "o9AgO5Kd5ggOC-bXrbNODIiE3bGY" || got.At != model.InstantOf(at) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if again, err := r.Open(secure, []byte(body), at.Add(time.Minute)); err != nil || again.Digest != got.Digest {
		t.Errorf("the same push is %x, %v", again.Digest, err)
	}
	for name, c := range map[string]struct {
		change func(q *wechat.PushQuery)
		body   string
		now    time.Time
		want   error
	}{
		"the signature that covers no body": {func(q *wechat.PushQuery) { q.MsgSignature = q.Signature }, body, at, model.ErrPushSignature},
		"no signature":                      {func(q *wechat.PushQuery) { q.MsgSignature = "" }, body, at, model.ErrPushSignature},
		"another nonce":                     {func(q *wechat.PushQuery) { q.Nonce = "1" }, body, at, model.ErrPushSignature},
		"another body":                      {func(*wechat.PushQuery) {}, strings.Replace(body, "+qdx", "+qdy", 1), at, model.ErrPushSignature},
		"not encrypted":                     {func(q *wechat.PushQuery) { q.EncryptType = "" }, body, at, model.ErrPushPlain},
		"plain with a signature":            {func(*wechat.PushQuery) {}, `{"MsgType":"event","Event":"wxa_media_check"}`, at, model.ErrPushPlain},
		"old":                               {func(*wechat.PushQuery) {}, body, at.Add(11 * time.Minute), model.ErrPushTime},
		"of the future":                     {func(*wechat.PushQuery) {}, body, at.Add(-11 * time.Minute), model.ErrPushTime},
		"no JSON":                           {func(*wechat.PushQuery) {}, `{`, at, model.ErrPushBody},
		"no XML":                            {func(*wechat.PushQuery) {}, `<xml`, at, model.ErrPushBody},
	} {
		q := secure
		c.change(&q)
		if _, err := r.Open(q, []byte(c.body), c.now); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	echo.Signature = strings.Repeat("0", 40)
	if _, err := r.Echo(echo, time.Unix(1714036504, 0)); !errors.Is(err, model.ErrPushSignature) {
		t.Errorf("a forged echo: %v", err)
	}
}

func queryOf(values url.Values) wechat.PushQuery {
	return wechat.PushQuery{
		Signature: values.Get("signature"), MsgSignature: values.Get("msg_signature"), Timestamp: values.Get("timestamp"), Nonce: values.Get("nonce"),
		EncryptType: values.Get("encrypt_type"), Echo: values.Get("echostr"),
	}
}

func TestPushesOfEveryKind(t *testing.T) {
	r := givenReceiver(t, wechattest.PushToken, wechattest.PushKey, wechattest.AppID)
	now := time.Unix(1_795_392_000, 0)
	open := func(message string) *wechat.Event {
		t.Helper()
		p := wechattest.NewPush(message, now)
		e, err := r.Open(queryOf(p.Query), p.Body, now)
		if err != nil {
			t.Fatalf("%s: %v", message, err)
		}
		return e
	}
	if e := open(wechattest.Popup("o1", "T", "accept", now)); e.Name != wechat.EventPopup || e.OpenID != "o1" || len(e.Choices) != 1 || e.Choices[0] != (wechat.Choice{Template: "T", Accepted: true}) {
		t.Errorf("popup: %+v", e)
	}
	if e := open(wechattest.Change("o1", "T", now)); len(e.Choices) != 1 || e.Choices[0].Accepted {
		t.Errorf("change: %+v", e)
	}
	if e := open(wechattest.Delivered("o1", "T", "77", 43101, now)); len(e.Sent) != 1 || e.Sent[0] != (wechat.Delivery{MessageID: "77", Template: "T", Code: "43101"}) {
		t.Errorf("sent: %+v", e)
	}
	if e := open(wechattest.Media("tr", "risky", now)); e.Media.Trace != "tr" || e.Media.Suggest != "risky" || e.Media.Label != 100 || e.Media.Code != "0" {
		t.Errorf("media: %+v", e)
	}
	if e := open(wechattest.Revoked(wechat.EventRevoke, "o2", "301", now)); e.OpenID != "o2" || e.Info != "301" {
		t.Errorf("revoke: %+v", e)
	}
	// In XML numbers are texts, and lists lie deeper.
	xml := `<xml><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1795392000</CreateTime><MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>` +
		`<SubscribeMsgPopupEvent><List><TemplateId>A</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List><List><TemplateId>B</TemplateId>` +
		`<SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgPopupEvent></xml>`
	if e := open(xml); e.OpenID != "o1" || len(e.Choices) != 2 || !e.Choices[0].Accepted || e.Choices[1].Accepted {
		t.Errorf("XML popup: %+v", e)
	}
	xml = `<xml><FromUserName>o1</FromUserName><CreateTime>1795392000</CreateTime><Event>wxa_media_check</Event><trace_id>tr</trace_id><errcode>0</errcode>` +
		`<result><suggest>review</suggest><label>20002</label></result><detail><suggest>pass</suggest></detail></xml>`
	if e := open(xml); e.Media != (wechat.Media{Opinion: wechat.Opinion{Suggest: "review", Label: 20002, Trace: "tr"}, Code: "0"}) {
		t.Errorf("XML media: %+v", e.Media)
	}
	other := wechattest.Seal(wechattest.PushToken, wechattest.PushKey, "wxanother", `{}`, now)
	if _, err := r.Open(queryOf(other.Query), other.Body, now); !errors.Is(err, model.ErrPushApp) {
		t.Errorf("of another app: %v", err)
	}
	for i := range 33 { // every padding
		if e := open(`{"Event":"` + strings.Repeat("x", i) + `"}`); len(e.Name) != i {
			t.Errorf("padding %d: %+v", i, e)
		}
	}
}

func FuzzPush(f *testing.F) {
	r, err := wechat.NewReceiver(wechattest.PushToken, wechattest.PushKey, wechattest.AppID)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Unix(1_795_392_000, 0)
	f.Add(`{"Event":"x","List":[{"TemplateId":1}]}`)
	f.Add(`<xml><Event>x</Event></xml>`)
	f.Fuzz(func(t *testing.T, message string) {
		p := wechattest.NewPush(message, now)
		_, _ = r.Open(queryOf(p.Query), p.Body, now) // it does not panic
		_, _ = r.Open(queryOf(p.Query), []byte(message), now)
	})
}

func TestSettingsOfAPush(t *testing.T) {
	for _, c := range [][3]string{{"", vectorKey, "wx"}, {"AAAAA", "A", "wx"}, {"AAAAA", vectorKey, ""}, {"A A", vectorKey, "wx"}, {"AAAAA", strings.Repeat("*", 43), "wx"}} {
		if _, err := wechat.NewReceiver(c[0], c[1], c[2]); !errors.Is(err, wechat.ErrPushSetting) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

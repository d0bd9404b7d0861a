package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linbanglin/api"
	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/account"
	"linbanglin/service/audit"
	"linbanglin/service/awards"
	"linbanglin/service/boards"
	"linbanglin/service/booklet"
	"linbanglin/service/campaign"
	"linbanglin/service/care"
	"linbanglin/service/community"
	"linbanglin/service/content"
	"linbanglin/service/dashboard"
	"linbanglin/service/deliberation"
	"linbanglin/service/disclosure"
	"linbanglin/service/honours"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
	"linbanglin/service/matters"
	"linbanglin/service/network"
	"linbanglin/service/notify"
	"linbanglin/service/photos"
	"linbanglin/service/privacy"
	"linbanglin/service/push"
	"linbanglin/service/reception"
	registry "linbanglin/service/register"
	"linbanglin/service/shop"
)

// stall is the API over HTTP, where a token is the id of the member who calls.
type stall struct {
	*testworld.World
	t       *testing.T
	server  *httptest.Server
	store   *repository.Store
	ledger  *ledger.Ledger
	callers map[string]model.Actor // by token
	boards  *boards.Boards
	rights  *privacy.Privacy
	gated   *atomic.Bool // by what callers agreed to
}

func givenStall(t *testing.T) *stall {
	t.Helper()
	return givenStallOn(t, testdb.Open(t, testdb.SQLite))
}

// givenBlobs keeps files in a folder of the test's.
func givenBlobs(t *testing.T) *repository.Blobs {
	t.Helper()
	blobs, err := repository.OpenBlobs(t.Context(), "file://"+t.TempDir()+"?no_tmp_dir=true&metadata=skip")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	return blobs
}

func givenStallOn(t *testing.T, store *repository.Store) *stall {
	t.Helper()
	w := testworld.New(t, store)
	now := func() model.Instant { return testworld.Now }
	keys, err := account.ParseKeys("k:" + strings.Repeat("ab", 32))
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.New(store, now)
	ctx, stop := context.WithCancel(t.Context())
	var posting sync.WaitGroup
	posting.Go(func() { _ = l.Run(ctx) })
	batches := awards.New(store, l, now)
	posting.Go(func() { batches.Run(ctx, func(err error) { t.Error(err) }) })
	streams := notify.NewStreams(store, 100)
	posting.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ctx.Err() == nil; <-tick.C {
			if err := streams.Deliver(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	t.Cleanup(func() { stop(); posting.Wait() })
	m, campaigns := market.New(store, l, now), campaign.New(store, l, now)
	b := boards.New(store, nil, now)
	press, err := booklet.New("", "https://linbanglin.example")
	if err != nil {
		t.Fatal(err)
	}
	blobs := givenBlobs(t)
	album, brought := photos.New(store, blobs, keys.Derive("photos"), now), matters.New(store, l, now)
	pictures := campaign.NewPhotos(campaigns, album)
	private := privacy.New(store, now)
	private.KeepExports(blobs, keys.Derive("exports"))
	off := wechat.New("", "", "")
	messages, checks := notify.NewMessages(store, off, now), content.New(store, off, now)
	receiver, err := wechat.NewReceiver(wechattest.PushToken, wechattest.PushKey, wechattest.AppID)
	if err != nil {
		t.Fatal(err)
	}
	callers, gated := map[string]model.Actor{}, &atomic.Bool{}
	campaigns.AskWith(private)
	for _, world := range []*testworld.World{w, w.Others} {
		for _, member := range world.Members {
			callers[token(world.As(member))] = world.As(member)
		}
	}
	server := httptest.NewServer(api.New(api.Config{
		Version: "test", Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(),
		Ready: func(context.Context) (api.Readiness, error) { return api.Readiness{}, nil },
		Authenticate: func(_ context.Context, token string) (model.Actor, error) {
			if who, ok := callers[token]; ok {
				return who, nil
			}
			return model.Actor{}, model.ErrTokenInvalid
		},
		Admit: func(ctx context.Context, who model.Actor, changes bool) error {
			if !gated.Load() {
				return nil
			}
			return private.Admit(ctx, who, changes)
		},
		Nouns: []api.Noun{
			api.Auth(account.New(store, off, keys, false, now)), api.Requests(m), api.Series(m), api.Moderation(m, checks), api.Claims(m), api.Disputes(m), api.Offers(m), api.Asks(m), api.Cases(m), api.Points(l), api.Batches(batches),
			api.Statements(l, press), api.Certificates(l, press), api.Proofs(l),
			api.Campaigns(campaigns), api.Themes(campaigns), api.Door(campaigns, press), api.Album(album), api.Photos(pictures), api.Evening(campaigns, pictures, press), api.Visits(campaigns), api.Leaderboards(b), api.ScreensEvery(b, press, 200*time.Millisecond), api.Community(community.New(store, now)), api.Organisations(community.New(store, now)), api.Register(registry.New(store, now)),
			api.Rules(l), api.Donations(l), api.Audit(audit.New(store, now)),
			api.Disclosure(disclosure.New(store, l, now)), api.Matters(brought), api.MatterPhotos(matters.NewPhotos(brought, album)),
			api.Proposals(deliberation.New(store, now)), api.Undertakings(network.New(store, now)), api.Network(network.New(store, now)),
			api.Honours(honours.New(store, now), b), api.Dashboard(dashboard.New(store, now)),
			api.Shop(shop.New(store, l, now)), api.Notices(notify.New(store, now)),
			api.Privacy(private), api.Doorbells(care.New(store, now, care.Channels{})), api.Reception(reception.New(store, now)),
			api.Sessions(account.New(store, nil, keys, false, now)), api.RoleProposals(community.New(store, now)), api.Rights(private),
			api.Contacts(m, community.New(store, now)), api.EventsEvery(streams, 200*time.Millisecond),
			api.Messages(messages), api.Push(push.New(store, receiver, wechattest.AppID, messages, checks, privacy.New(store, now), now)), api.MiniCodes(campaigns, func(context.Context, string, string) ([]byte, error) { return []byte("\x89PNG"), nil }),
		},
	}))
	t.Cleanup(server.Close)
	return &stall{w, t, server, store, l, callers, b, private, gated}
}

// totals are those of a report; other answers have lists of that name, which these tests do not look at.
type totals map[string]int

// UnmarshalJSON implements json.Unmarshaler.
func (t *totals) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return nil
	}
	return json.Unmarshal(text, (*map[string]int)(t))
}

// reply is an answer: its status, its head, and what of its body these tests look at.
type reply struct {
	status int
	head   http.Header
	Code   string  `json:"code"`
	Items  []reply `json:"items"`
	Next   string  `json:"next_cursor"`
	ID     string  `json:"id"`
	Status any     `json:"status"` // a state, or the number in a problem
	Unit   any     `json:"unit"`   // a node, or what an account counts
	Claims []struct {
		Status string         `json:"status"`
		Helper map[string]any `json:"helper"`
	} `json:"claims"`
	Transfer   string             `json:"transfer_id"`
	Version    int                `json:"version"`
	Distance   string             `json:"distance"`
	CreatedAt  string             `json:"created_at"`
	Title      string             `json:"title"`
	Score      float64            `json:"score"`
	Parts      map[string]float64 `json:"parts"`
	Offer      *reply             `json:"offer"`
	Request    *reply             `json:"request"`
	Count      int                `json:"item_count"`
	PickupCode string             `json:"pickup_code"`
	Points     int                `json:"points"`
	Stock      int                `json:"stock"`
	Available  int                `json:"available"`
	Unread     int                `json:"unread"`
	Kind       string             `json:"kind"`
	Left       *int64             `json:"left"`
	Totals     totals             `json:"totals"`
	Number     string             `json:"number"`

	text string
}

// token names a caller: a member, with the roles that they hold for this call.
func token(who model.Actor) string { return fmt.Sprint(who.MemberID, who.Grants) }

func (s *stall) call(who model.Actor, method, path, body string, head ...string) *reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if who.MemberID != 0 {
		r.Header.Set("Authorization", "Bearer "+token(who))
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.wantDocumented(method, path, answer.StatusCode)
	got := &reply{status: answer.StatusCode, head: answer.Header, text: string(text)}
	saved := answer.Header.Get("Content-Disposition") != "" // a file
	if err := json.Unmarshal(text, got); err != nil && len(text) > 0 && !saved {
		s.t.Fatalf("%s %s: %d %q", method, path, answer.StatusCode, text)
	}
	return got
}

func (s *stall) want(got *reply, status int, code string) *reply {
	s.t.Helper()
	if got.status != status || got.Code != code {
		s.t.Errorf("got %d %q, want %d %q: %s", got.status, got.Code, status, code, got.text)
	}
	return got
}

func TestRequestLifeOverHTTP(t *testing.T) {
	s := givenStall(t)
	asker, helper, late := s.Resident(0), s.Resident(1), s.Resident(2)
	asked := s.want(s.call(asker, "POST", "/requests", `{"category":"errand","title":"取快递","urgency":"urgent"}`, "Idempotency-Key", "a"), 201, "")
	path := "/requests/" + asked.ID
	if asked.head.Get("Location") != "/api/v1"+path || !strings.Contains(fmt.Sprint(asked.Unit), "1幢") || !strings.HasSuffix(asked.CreatedAt, "+08:00") || asked.Status != "open" {
		t.Errorf("got %v %s", asked.head, asked.text)
	}
	again := s.call(asker, "POST", "/requests", `{"category":"errand","title":"取快递","urgency":"urgent"}`, "Idempotency-Key", "a")
	if again.status != 201 || again.ID != asked.ID || again.head.Get("Idempotent-Replayed") != "true" || again.head.Get("Location") != "/api/v1"+path {
		t.Errorf("the same again: %d %v %s", again.status, again.head, again.text)
	}
	s.want(s.call(asker, "POST", "/requests", `{"category":"errand","title":"别的"}`, "Idempotency-Key", "a"), 422, "idempotency.key_reused")
	s.want(s.call(asker, "POST", path+"/claim", ""), 409, "request.own")
	claimed := s.want(s.call(helper, "POST", path+"/claim", ""), 200, "")
	if claimed.Status != "claimed" || len(claimed.Claims) != 1 || claimed.Claims[0].Helper["id"] != helper.MemberID.String() || claimed.Distance != "unit" {
		t.Errorf("got %s", claimed.text)
	}
	s.want(s.call(late, "POST", path+"/claim", ""), 409, "request.already_claimed")
	s.want(s.call(late, "POST", path+"/unclaim", `{"reason":"x"}`), 403, "request.not_helper")
	s.want(s.call(helper, "POST", path+"/finish", `{"minutes":30}`), 409, "request.state")
	if back := s.want(s.call(helper, "POST", path+"/unclaim", `{"reason":"有事"}`), 200, ""); back.Status != "open" {
		t.Errorf("given back, it is %v", back.Status)
	}
	s.want(s.call(helper, "POST", path+"/claim", ""), 200, "")
	s.want(s.call(helper, "POST", path+"/start", ""), 200, "")
	s.want(s.call(helper, "POST", path+"/finish", `{"minutes":0}`), 422, "validation")
	s.want(s.call(helper, "POST", path+"/finish", `{"minutes":1441}`), 422, "validation")
	s.want(s.call(helper, "POST", path+"/finish", `{"minutes":30,"note":"放门口了"}`), 200, "")
	s.want(s.call(asker, "POST", path+"/confirm", `{"rating":6}`), 422, "validation")
	s.want(s.call(helper, "POST", path+"/confirm", `{"rating":5}`), 403, "auth.forbidden")
	s.want(s.call(asker, "POST", path+"/cancel", `{"reason":"x"}`), 409, "request.state")
	s.want(s.call(asker, "POST", path+"/dispute", `{"reason":"没收到"}`), 200, "")
	s.want(s.call(late, "POST", path+"/resolve", `{"outcome":"confirm","reason":"x"}`), 403, "auth.forbidden")
	s.want(s.call(s.Holder(model.RoleGridWorker), "POST", path+"/resolve", `{"outcome":"maybe","reason":"x"}`), 422, "validation")
	if over := s.want(s.call(s.Holder(model.RoleGridWorker), "POST", path+"/resolve", `{"outcome":"confirm","reason":"核实"}`), 200, ""); over.Status != "confirmed" {
		t.Errorf("resolved, it is %v", over.Status)
	}
	s.want(s.call(s.Others.Resident(0), "GET", path, ""), 404, "not_found")
	s.want(s.call(asker, "GET", "/requests/abc", ""), 404, "not_found")
	s.want(s.call(model.Actor{}, "GET", path, ""), 401, "auth.token_missing")
}

func TestRequestListOverHTTP(t *testing.T) {
	s := givenStall(t)
	asker, helper := s.Resident(0), s.Resident(1)
	for _, body := range []string{
		`{"category":"errand","title":"一"}`, `{"category":"legal","title":"二","urgency":"low"}`, `{"category":"errand","title":"三","urgency":"urgent"}`,
	} {
		got := s.want(s.call(asker, "POST", "/requests", body), 201, "")
		if got.Title == "二" {
			s.want(s.call(helper, "POST", "/requests/"+got.ID+"/claim", ""), 200, "")
		}
	}
	for query, want := range map[string]string{
		"":                                  "三一",
		"?sort=newest":                      "三二一",
		"?sort=soonest":                     "三一",
		"?status=open":                      "三一",
		"?status=open,claimed&sort=newest":  "三二一",
		"?status=open,claimed&sort=soonest": "三一二",
		"?category=legal":                   "",
		"?category=legal&status=claimed":    "二",
		"?urgency=low,urgent":               "三",
		"?urgency=low,urgent&sort=newest":   "三二",
		"?mine=true":                        "二",
		"?mine=helping":                     "二",
		"?mine=requested":                   "",
		"?mine=false&limit=1":               "三",
	} {
		got, titles := s.want(s.call(helper, "GET", "/requests"+query, ""), 200, ""), ""
		for _, item := range got.Items {
			titles += item.Title
		}
		if titles != want || got.Items == nil || (got.Next != "") != strings.Contains(query, "limit=1") {
			t.Errorf("%q: got %q, next %q, want %q", query, titles, got.Next, want)
		}
	}
	for _, query := range []string{"?status=gone", "?status=open,gone", "?category=magic", "?urgency=now", "?sort=best", "?mine=maybe", "?limit=0", "?limit=101"} {
		s.want(s.call(helper, "GET", "/requests"+query, ""), 422, "validation")
	}
	s.want(s.call(helper, "GET", "/requests?cursor=abc", ""), 422, "cursor.invalid")
	for _, body := range []string{`{}`, `{"category":"errand"}`, `{"category":"errand","title":""}`, `{"category":"errand","title":"x","slots":21}`, `{"category":"errand","title":"x","starts_at":"today"}`} {
		s.want(s.call(asker, "POST", "/requests", body), 422, "validation")
	}
	s.want(s.call(asker, "POST", "/requests", `{"category":"magic","title":"x"}`), 422, "category.unknown")
	if got := s.want(s.call(asker, "GET", "/categories", ""), 200, ""); len(got.Items) != len(model.Categories()) || got.Items[0].Code == "" {
		t.Errorf("got %s", got.text)
	}
}

package content_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/account"
	"linbanglin/service/campaign"
	"linbanglin/service/content"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
	"linbanglin/service/notify"
	"linbanglin/service/photos"
	"linbanglin/service/privacy"
	"linbanglin/service/push"
)

const (
	textPath  = "/wxa/msg_sec_check"
	mediaPath = "/wxa/media_check_async"
)

// desk is a community whose members are checked by WeChat, at a time that the test sets.
type desk struct {
	*testworld.World
	*content.Checks
	store     *repository.Store
	wechat    *wechattest.Server
	market    *market.Market
	accounts  *account.Accounts
	campaigns *campaign.Campaigns
	photos    *campaign.Photos
	push      *push.Push
	privacy   *privacy.Privacy
	now       atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		d := &desk{World: testworld.New(t, store), store: store, wechat: wechattest.New()}
		t.Cleanup(d.wechat.Close)
		d.now.Store(int64(testworld.Now))
		now := func() model.Instant { return model.Instant(d.now.Load()) }
		client := wechat.New(wechattest.AppID, wechattest.Secret, d.wechat.URL)
		client.ShareTokens(store.WeChat)
		d.Checks = content.New(store, client, now)
		keys, err := account.ParseKeys("k:" + strings.Repeat("ab", 32))
		must(t, err)
		l := ledger.New(store, now)
		d.market, d.campaigns, d.accounts = market.New(store, l, now), campaign.New(store, l, now), account.New(store, client, keys, false, now)
		d.market.CheckWith(d.Checks)
		d.accounts.CheckWith(d.Checks)
		blobs, err := repository.OpenBlobs(t.Context(), "file://"+t.TempDir()+"?no_tmp_dir=true&metadata=skip")
		must(t, err)
		t.Cleanup(func() { _ = blobs.Close() })
		key := keys.Derive("photos")
		album := photos.New(store, blobs, key, now)
		album.CheckWith(d.Checks)
		d.photos = campaign.NewPhotos(d.campaigns, album)
		d.LinkPhotos(key, "https://lbl.example")
		receiver, err := wechat.NewReceiver(wechattest.PushToken, wechattest.PushKey, wechattest.AppID)
		must(t, err)
		d.privacy = privacy.New(store, now)
		d.push = push.New(store, receiver, wechattest.AppID, notify.NewMessages(store, client, now), d.Checks, d.privacy, now)
		for i := range 4 {
			d.known(t, d.Resident(i), fmt.Sprint("o", i))
		}
		d.known(t, d.Holder(model.RoleCommunityAdmin), "o-admin")
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		test(t, d)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) known(t *testing.T, who model.Actor, open string) {
	t.Helper()
	must(t, d.store.Logins.AddIdentity(t.Context(), &model.Identity{ID: d.store.NewID(), AppID: wechattest.AppID, OpenID: open, MemberID: who.MemberID, CreatedAt: testworld.Now}))
}

func (d *desk) wait(by time.Duration) { d.now.Add(by.Microseconds()) }

// queue is what waits for the admin.
func (d *desk) queue(t *testing.T) []*model.Review {
	t.Helper()
	list, err := d.market.ModerationQueue(t.Context(), d.Holder(model.RoleCommunityAdmin), model.Page{Limit: 100})
	must(t, err)
	return list.Items
}

func ask(title string) market.RequestInput {
	return market.RequestInput{Category: "errand", Title: title}
}

func TestRequestsArePassedRefusedOrHeld(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		who, unknown, away := d.Resident(0), d.Resident(5), d.Resident(6)
		d.known(t, away, "away-6")
		for name, c := range map[string]struct {
			who    model.Actor
			title  string
			codes  []int
			status model.RequestStatus
			err    error
			source model.CheckSource
		}{
			"pass":                   {who, "取快递", nil, model.RequestOpen, nil, model.SourceWeChat},
			"risky":                  {who, "取快递[[risky]]", nil, "", model.ErrContentRisky, model.SourceWeChat},
			"review":                 {who, "取快递[[review]]", nil, model.RequestPending, nil, model.SourceWeChat},
			"busy":                   {who, "取快递[[err]]", nil, model.RequestPending, nil, model.SourceNobody},
			"too often":              {who, "取快递", []int{45009}, model.RequestPending, nil, model.SourceNobody},
			"not allowed":            {who, "取快递", []int{48001}, model.RequestPending, nil, model.SourceNobody},
			"unknown to WeChat":      {unknown, "取快递", nil, model.RequestPending, nil, model.SourceNobody},
			"not here for two hours": {away, "取快递", nil, model.RequestPending, nil, model.SourceNobody},
		} {
			d.wechat.Fail(textPath, c.codes...)
			before := len(d.queue(t))
			r, err := d.market.Ask(t.Context(), c.who, ask(c.title))
			if !errors.Is(err, c.err) || err == nil && r.Status != c.status {
				t.Errorf("%s: got %+v, %v", name, r, err)
				continue
			}
			id := model.ID(0)
			if err == nil {
				id = r.ID
			} else if model.Reason(err).Message != "内容没有通过审核（色情），请修改后重试" {
				t.Errorf("%s: %s", name, model.Reason(err).Message)
			}
			verdicts, err := d.store.Checks.Of(t.Context(), model.SubjectRequest, id)
			if err != nil || len(verdicts) != 1 || verdicts[0].Source != c.source || c.source == model.SourceWeChat && verdicts[0].TraceID == "" {
				t.Errorf("%s: the verdicts are %+v, %v", name, verdicts, err)
			}
			if held := len(d.queue(t)) - before; (held == 1) != (c.status == model.RequestPending) {
				t.Errorf("%s: %d more wait", name, held)
			}
			if r == nil {
				continue
			}
			if _, err := d.market.Request(t.Context(), d.Resident(1), r.ID); (err == nil) != (c.status == model.RequestOpen) {
				t.Errorf("%s: a neighbour reads it: %v", name, err)
			}
		}
	})
}

func TestEditsAndSeriesAreCheckedAsWell(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		who := d.Resident(0)
		r, err := d.market.Ask(t.Context(), who, ask("取快递"))
		must(t, err)
		if _, err := d.market.EditRequest(t.Context(), who, r.ID, ask("[[risky]]"), r.Version); !errors.Is(err, model.ErrContentRisky) {
			t.Errorf("got %v", err)
		}
		r, err = d.market.EditRequest(t.Context(), who, r.ID, ask("[[review]]"), r.Version)
		if err != nil || r.Status != model.RequestPending {
			t.Errorf("got %+v, %v", r, err)
		}
		// What waits is not opened by being written again.
		r, err = d.market.EditRequest(t.Context(), who, r.ID, ask("[[review]]"), r.Version)
		if err != nil || r.Status != model.RequestPending {
			t.Errorf("got %+v, %v", r, err)
		}
		series := market.SeriesInput{RequestInput: ask("[[review]]"), Minutes: 30, Rule: "FREQ=DAILY;COUNT=3"}
		series.StartsAt = testworld.Now.Add(24 * time.Hour)
		s, err := d.market.AskSeries(t.Context(), who, series)
		if err != nil || s.Status != model.SeriesPending {
			t.Errorf("got %+v, %v", s, err)
		}
		series.Title = "[[risky]]"
		if _, err := d.market.AskSeries(t.Context(), who, series); !errors.Is(err, model.ErrContentRisky) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOffersAndNicknamesShowWhatWasApproved(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		who, admin := d.Resident(0), d.Holder(model.RoleCommunityAdmin)
		in := market.OfferInput{Categories: []string{"errand"}, Title: "跑腿[[review]]", Skills: []string{"开车"}}
		o, err := d.market.Offer(t.Context(), who, in)
		if err != nil || strings.Contains(o.Title, "跑腿") || len(o.Skills) != 0 {
			t.Fatalf("got %+v, %v", o, err)
		}
		name := account.ProfileInput{Nickname: "小王[[review]]", Version: 1}
		me, err := d.accounts.UpdateMe(t.Context(), who, name)
		if err != nil || me.Nickname != "" || me.Version != 2 {
			t.Fatalf("got %+v, %v", me, err)
		}
		name = account.ProfileInput{Nickname: "小李[[review]]", Skills: []string{"修电脑"}, Version: 2}
		if me, err = d.accounts.UpdateMe(t.Context(), who, name); err != nil || me.Nickname != "" || len(me.Skills) != 1 {
			t.Fatalf("got %+v, %v", me, err)
		}
		for _, bad := range []account.ProfileInput{{Nickname: "[[risky]]", Version: 3}, {Skills: []string{"[[risky]]"}, Version: 3}} {
			if _, err := d.accounts.UpdateMe(t.Context(), who, bad); !errors.Is(err, model.ErrContentRisky) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		queue := d.queue(t)
		if len(queue) != 2 || queue[0].Content.Body != "跑腿[[review]]\n开车" || queue[1].Content.Body != "小李[[review]]" {
			t.Fatalf("%+v wait", queue)
		}
		for _, by := range []model.Actor{who, d.Resident(1), d.Housemate(0), d.Others.Holder(model.RoleCommunityAdmin)} {
			if _, err := d.Approve(t.Context(), by, queue[0].Content.ID); err == nil {
				t.Errorf("%d approves", by.MemberID)
			}
		}
		for _, wait := range queue {
			if _, err := d.Approve(t.Context(), admin, wait.Content.ID); err != nil {
				t.Error(err)
			}
			if _, err := d.Refuse(t.Context(), admin, wait.Content.ID, "x"); !errors.Is(err, model.ErrHoldState) {
				t.Errorf("decided twice: %v", err)
			}
		}
		o, err = d.market.OfferByID(t.Context(), who, o.ID)
		if err != nil || o.Title != in.Title || len(o.Skills) != 1 || o.Skills[0] != "开车" {
			t.Errorf("got %+v, %v", o, err)
		}
		if me, err = d.accounts.Me(t.Context(), who); err != nil || me.Nickname != "小李[[review]]" {
			t.Errorf("got %+v, %v", me, err)
		}
		// Something better in the place of what waits.
		in.Title, in.Version = "跑腿[[review]]2", o.Version
		o, err = d.market.EditOffer(t.Context(), who, o.ID, in)
		must(t, err)
		in.Title, in.Version = "跑腿", o.Version
		if o, err = d.market.EditOffer(t.Context(), who, o.ID, in); err != nil || o.Title != "跑腿" || len(d.queue(t)) != 0 {
			t.Errorf("got %+v, %v, and %+v wait", o, err, d.queue(t))
		}
	})
}

func TestCommentsAreShownOnceTheyAreApproved(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		asker, helper, admin := d.Resident(0), d.Resident(1), d.Holder(model.RoleCommunityAdmin)
		r, err := d.market.Ask(t.Context(), asker, ask("取快递"))
		must(t, err)
		_, err = d.market.Claim(t.Context(), helper, r.ID)
		must(t, err)
		_, err = d.market.Start(t.Context(), helper, r.ID)
		must(t, err)
		d.wait(time.Hour)
		_, err = d.market.Finish(t.Context(), helper, r.ID, 30, "")
		must(t, err)
		if _, err := d.market.Confirm(t.Context(), asker, r.ID, market.Review{Rating: 5, Comment: "[[risky]]"}); !errors.Is(err, model.ErrContentRisky) {
			t.Errorf("got %v", err)
		}
		if r, err = d.market.Confirm(t.Context(), asker, r.ID, market.Review{Rating: 5, Comment: "很好[[review]]"}); err != nil || r.Claims[0].Comment != "" || r.Claims[0].Rating != 5 {
			t.Fatalf("got %+v, %v", r, err)
		}
		d.wait(time.Minute)
		if _, err = d.market.Rate(t.Context(), helper, r.ID, 0, 4, "也好[[review]]"); err != nil {
			t.Fatal(err)
		}
		queue := d.queue(t)
		if len(queue) != 2 || queue[0].Content.Body != "很好[[review]]" || queue[1].Content.Body != "也好[[review]]" {
			t.Fatalf("%+v wait", queue)
		}
		_, err = d.Approve(t.Context(), admin, queue[0].Content.ID)
		must(t, err)
		_, err = d.Refuse(t.Context(), admin, queue[1].Content.ID, "不合适")
		must(t, err)
		d.wait(time.Hour)
		seen, err := d.market.Request(t.Context(), helper, r.ID)
		if err != nil || seen.Claims[0].Comment != "很好[[review]]" {
			t.Errorf("the helper sees %+v, %v", seen.Claims[0], err)
		}
		if seen, err = d.market.Request(t.Context(), asker, r.ID); err != nil || seen.Claims[0].BackRating != 4 || seen.Claims[0].BackText != "" {
			t.Errorf("the asker sees %+v, %v", seen.Claims[0], err)
		}
		box, err := d.store.Notices.List(t.Context(), helper.MemberID, false, 0, 100)
		if err != nil || box[0].Kind != model.NoticeContentRefused || !strings.Contains(box[0].Body, "不合适") {
			t.Errorf("the helper is told %+v, %v", box[0], err)
		}
	})
}

func TestWithoutWeChatNothingIsChecked(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		off := content.New(d.store, wechat.New("", "", ""), func() model.Instant { return testworld.Now })
		d.market.CheckWith(off)
		r, err := d.market.Ask(t.Context(), d.Resident(0), ask("[[risky]]"))
		if err != nil || r.Status != model.RequestOpen || d.wechat.Calls(textPath) != 0 {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestAKeyThatIsSentAgainIsAnsweredWhateverIsThoughtNow(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		promise := &model.Idempotency{Member: d.Resident(0).MemberID, Key: "k", Hash: [32]byte{1}, Replayed: func() {}}
		ctx := model.WithIdempotency(t.Context(), promise)
		first, err := d.market.Ask(ctx, d.Resident(0), ask("取快递"))
		must(t, err)
		for _, codes := range [][]int{nil, {48001}} {
			d.wechat.Fail(textPath, codes...)
			again, err := d.market.Ask(ctx, d.Resident(0), ask("取快递[[risky]]"))
			if err != nil || again.ID != first.ID {
				t.Errorf("got %+v, %v", again, err)
			}
		}
	})
}

func picture(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	var out bytes.Buffer
	must(t, jpeg.Encode(&out, img, nil))
	return out.Bytes()
}

// givenPhotos makes a campaign at which a resident showed so many photos.
func (d *desk) givenPhotos(t *testing.T, n int) (*model.Campaign, []*model.Photo) {
	t.Helper()
	admin := d.Holder(model.RoleCommunityAdmin)
	c, err := d.campaigns.Create(t.Context(), admin, campaign.Input{
		Theme: "lao", Title: "活动", StartsAt: testworld.Now, EndsAt: testworld.Now.Add(8 * time.Hour), Scope: d.Grids[0].ID,
	})
	must(t, err)
	_, err = d.campaigns.Publish(t.Context(), admin, c.ID)
	must(t, err)
	var photos []*model.Photo
	for i := range n {
		p, err := d.photos.Add(t.Context(), admin, c.ID, picture(t, uint8(10+i)))
		must(t, err)
		photos = append(photos, p)
	}
	return c, photos
}

func (d *desk) sweep(t *testing.T) {
	t.Helper()
	_, err := d.Sweep(t.Context())
	must(t, err)
}

func (d *desk) tell(t *testing.T, message string) error {
	t.Helper()
	at := model.Instant(d.now.Load()).Time()
	p := wechattest.NewPush(message, at)
	return d.push.Take(t.Context(), push.Query{
		MsgSignature: p.Query.Get("msg_signature"), Timestamp: p.Query.Get("timestamp"), Nonce: p.Query.Get("nonce"), EncryptType: "aes",
	}, p.Body)
}

func (d *desk) checked(t *testing.T, id model.ID) model.Suggestion {
	t.Helper()
	p, err := d.store.Photos.Get(t.Context(), id)
	must(t, err)
	return p.Checked
}

func TestPhotosWaitForTheirVerdict(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c, photos := d.givenPhotos(t, 4)
		admin, organizer := d.Holder(model.RoleCommunityAdmin), d.Holder(model.RoleOrganizer)
		if photos[0].Checked != model.CheckWaiting || photos[0].URL == "" {
			t.Errorf("who showed it sees %+v", photos[0])
		}
		if _, err := d.photos.Choose(t.Context(), admin, photos[0].ID); !errors.Is(err, model.ErrPhotoUnchecked) {
			t.Errorf("chosen unchecked: %v", err)
		}
		urls := func() (n int) {
			list, err := d.photos.List(t.Context(), organizer, c.ID, model.Page{})
			must(t, err)
			for _, p := range list.Items {
				if p.URL != "" {
					n++
				}
			}
			return n
		}
		if urls() != 0 {
			t.Error("the organizer sees what was not checked")
		}
		d.wechat.Fail(mediaPath, 0) // the first is asked for again later
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { d.sweep(t) })
		}
		all.Wait()
		d.wait(2 * time.Minute)
		d.sweep(t)
		traces := d.wechat.Traces()
		if len(traces) != 4 || !strings.HasPrefix(traces[0].URL, "https://lbl.example/api/v1/photos/") || traces[0].OpenID != "o-admin" {
			t.Fatalf("asked for %+v", traces)
		}
		of := func(id model.ID) string {
			for _, trace := range traces {
				if strings.Contains(trace.URL, id.String()) {
					return trace.ID
				}
			}
			t.Fatalf("nobody asked for %d", id)
			return ""
		}
		now := model.Instant(d.now.Load()).Time()
		for i, suggest := range []string{"pass", "review", "risky"} {
			message := wechattest.Media(of(photos[i].ID), suggest, now)
			must(t, d.tell(t, message))
			must(t, d.tell(t, message)) // again
		}
		// A second verdict, of whomever, is too late.
		must(t, d.tell(t, wechattest.Media(of(photos[2].ID), "pass", now)))
		d.wait(model.CheckPatience)
		d.sweep(t)
		for i, want := range []model.Suggestion{model.CheckPass, model.CheckReview, model.CheckRisky, model.CheckReview} {
			if got := d.checked(t, photos[i].ID); got != want {
				t.Errorf("photo %d is %s, want %s", i, got, want)
			}
		}
		if urls() != 1 {
			t.Errorf("the organizer sees %d", urls())
		}
		d.wantJudged(t, photos)
	})
}

// wantJudged has a moderator pass one of the two photos that wait, and refuse the other.
func (d *desk) wantJudged(t *testing.T, photos []*model.Photo) {
	t.Helper()
	worker := d.Holder(model.RoleSecretary)
	worker.Grants = []model.Grant{{Role: model.RoleCommunityAdmin, NodeID: d.Community.ID, NodeKind: model.KindCommunity}}
	queue := d.queue(t)
	if len(queue) != 2 || queue[0].Content.Photo == nil || queue[0].Content.Photo.URL == "" {
		t.Fatalf("%+v wait", queue)
	}
	if _, err := d.Approve(t.Context(), d.Holder(model.RoleCommunityAdmin), queue[0].Content.ID); !errors.Is(err, model.ErrForbidden) {
		t.Errorf("who showed it approves: %v", err)
	}
	_, err := d.Approve(t.Context(), worker, queue[0].Content.ID)
	must(t, err)
	_, err = d.Refuse(t.Context(), worker, queue[1].Content.ID, "模糊")
	must(t, err)
	if a, b := d.checked(t, queue[0].Content.SubjectID), d.checked(t, queue[1].Content.SubjectID); a != model.CheckPass || b != model.CheckRisky {
		t.Errorf("they are %s and %s", a, b)
	}
	if _, err := d.photos.Choose(t.Context(), worker, photos[2].ID); !errors.Is(err, model.ErrPhotoUnchecked) {
		t.Errorf("a refused one is chosen: %v", err)
	}
}

func TestAPhotoThatCannotBeReadIsAFailure(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		blind, cancel := context.WithCancel(t.Context())
		cancel()
		if did, err := d.Submit(blind, &model.Check{ID: 7, MemberID: d.Resident(0).MemberID, SubjectID: 8}); did || err == nil {
			t.Errorf("got %t, %v", did, err)
		}
	})
}

func TestRevocations(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		who := d.Resident(0)
		must(t, d.store.Logins.AddToken(t.Context(), &model.RefreshToken{
			ID: d.store.NewID(), FamilyID: 1, MemberID: who.MemberID, Hash: []byte("h"), ExpiresAt: testworld.Now.Add(time.Hour), CreatedAt: testworld.Now,
		}))
		must(t, d.tell(t, wechattest.Revoked(wechat.EventRevoke, "o0", "8", testworld.Now.Time())))
		must(t, d.tell(t, wechattest.Revoked(wechat.EventRevoke, "nobody", "8", testworld.Now.Time())))
		must(t, d.store.Tx(t.Context(), func(tx *repository.Store) error {
			token, err := tx.Logins.LockToken(t.Context(), []byte("h"))
			if err == nil && token.RevokedAt == 0 {
				t.Error("the login goes on")
			}
			return err
		}))
	})
}

// TestPlacesThatAreTakenBackInWeChat has members who agreed to check in where they are take that back in WeChat's settings.
func TestPlacesThatAreTakenBackInWeChat(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		at, agreed := testworld.Now.Time(), d.privacy
		must(t, d.tell(t, wechattest.Revoked(wechat.EventRevoke, "o0", "18", at))) // before there is a policy
		terms := &model.PurposeTerms{
			Handler: "祥和街道办事处", Contact: "0592-0000000", Aim: "邻里互助", Method: "在本系统内处理", Kinds: []string{"位置"}, Retention: "账号存续期间", Rights: "在“我的”中撤回",
		}
		service, location := *terms, *terms
		service.Purpose, location.Purpose = model.PurposeService, model.PurposeLocation
		_, err := agreed.PublishPolicy(t.Context(), d.Holder(model.RoleStreetOfficer), "我们这样处理您的个人信息。", []*model.PurposeTerms{&service, &location})
		must(t, err)
		for i, c := range []struct {
			event, info string
			stays       bool
		}{
			{wechat.EventRevoke, "13", false}, {wechat.EventRevoke, "8,18", false}, {wechat.EventRevoke, "8", true}, {wechat.EventRevoke, "130", true},
		} {
			who := d.Resident(i)
			for _, purpose := range []model.Purpose{model.PurposeService, model.PurposeLocation} {
				_, err := agreed.Give(t.Context(), who, purpose, 1)
				must(t, err)
			}
			if holds, err := agreed.Holds(t.Context(), who.MemberID, model.PurposeLocation); err != nil || !holds {
				t.Fatalf("given: %t, %v", holds, err)
			}
			must(t, d.tell(t, wechattest.Revoked(c.event, fmt.Sprint("o", i), c.info, at)))
			said, err := d.store.Privacy.AgreementsOf(t.Context(), who.MemberID)
			must(t, err)
			place := said[model.PurposeLocation]
			if place.Given != c.stays || !c.stays && place.Channel != model.AgreedWeChat || !said[model.PurposeService].Given {
				t.Errorf("%s: the place is %+v, the service %+v", c.info, place, said[model.PurposeService])
			}
			if holds, err := agreed.Holds(t.Context(), who.MemberID, model.PurposeLocation); err != nil || holds != c.stays {
				t.Errorf("%s at once: %t, %v", c.info, holds, err)
			}
		}
	})
}

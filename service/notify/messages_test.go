package notify_test

import (
	"context"
	"errors"
	"fmt"
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
	"linbanglin/service/notify"
)

const sendPath = "/cgi-bin/message/subscribe/send"

// post is a post office of a world, at a time that the test sets.
type post struct {
	*testworld.World
	*notify.Messages
	wechat *wechattest.Server
	store  *repository.Store
	now    atomic.Int64
	told   int
}

func eachPost(t *testing.T, test func(t *testing.T, p *post)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		p := &post{World: testworld.New(t, store), store: store, wechat: wechattest.New()}
		t.Cleanup(p.wechat.Close)
		p.now.Store(int64(testworld.Now))
		p.Messages = p.another()
		for i := range 4 {
			p.must(t, store.Logins.AddIdentity(t.Context(), &model.Identity{
				ID: store.NewID(), AppID: wechattest.AppID, OpenID: fmt.Sprint("o", i), MemberID: p.Resident(i).MemberID, CreatedAt: testworld.Now,
			}))
		}
		p.template(t, model.NoticeClaim, "T1")
		test(t, p)
	})
}

// another is a second process.
func (p *post) another() *notify.Messages {
	client := wechat.New(wechattest.AppID, wechattest.Secret, p.wechat.URL)
	client.ShareTokens(p.store.WeChat)
	return notify.NewMessages(p.store, client, func() model.Instant { return model.Instant(p.now.Load()) })
}

func (p *post) wait(d time.Duration) { p.now.Add(d.Microseconds()) }

func (p *post) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *post) template(t *testing.T, kind model.NoticeKind, id string) {
	t.Helper()
	_, err := p.SetTemplate(t.Context(), p.Holder(model.RoleCommunityAdmin), &model.MessageTemplate{
		Kind: kind, TemplateID: id, Page: "pages/r?id={id}", Fields: map[string]string{"thing1": "title", "thing2": "body", "time3": "time", "phrase4": "=已认领"},
	})
	p.must(t, err)
}

func (p *post) allow(t *testing.T, who model.Actor, template string, count int64) {
	t.Helper()
	_, err := p.Subscribe(t.Context(), who, template, "accept", count)
	p.must(t, err)
}

// tell puts a notice into an inbox, and makes a message of it.
func (p *post) tell(t *testing.T, who model.Actor, kind model.NoticeKind) {
	t.Helper()
	p.told++
	n := &model.Notice{
		CommunityID: who.Place.CommunityID, MemberID: who.MemberID, Kind: kind, Title: "有邻居认领了", Body: "《取快递》已有邻居认领，可以联系了，请您留意电话。", Key: fmt.Sprint(kind, p.told),
		Ref: model.NoticeRef{Type: model.RefRequest, ID: 7}, CreatedAt: model.Instant(p.now.Load()),
	}
	p.must(t, p.store.Tx(t.Context(), func(tx *repository.Store) error { return notify.Tell(t.Context(), tx, n) }))
	if _, err := p.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (p *post) send(t *testing.T) {
	t.Helper()
	if _, err := p.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (p *post) left(t *testing.T, who model.Actor, template string) int64 {
	t.Helper()
	subs, err := p.Subscriptions(t.Context(), who)
	p.must(t, err)
	for _, s := range subs.Items {
		if s.TemplateID == template {
			return s.Left
		}
	}
	t.Fatalf("there is no template %s", template)
	return 0
}

func (p *post) dead(t *testing.T) []*model.Message {
	t.Helper()
	list, err := p.Dead(t.Context(), p.Holder(model.RoleCommunityAdmin), model.Page{})
	p.must(t, err)
	return list.Items
}

func TestAMessageGoesToWhoAllowsIt(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		who := p.Resident(0)
		p.tell(t, who, model.NoticeClaim) // allows nothing
		p.allow(t, who, "T1", 2)
		p.tell(t, who, model.NoticeClaim)
		p.tell(t, p.Resident(1), model.NoticeClaim) // allows nothing
		p.tell(t, p.Resident(5), model.NoticeClaim) // is not known to WeChat
		p.tell(t, who, model.NoticeOfferExpiring)   // has no template
		p.send(t)
		sent := p.wechat.Sent()
		if len(sent) != 1 || sent[0].OpenID != "o0" || sent[0].Template != "T1" || sent[0].Page != "pages/r?id=7" {
			t.Fatalf("sent %+v", sent)
		}
		want := map[string]string{"thing1": "有邻居认领了", "thing2": "《取快递》已有邻居认领，可以联系了，请…", "time3": "2026年11月23日 08:00", "phrase4": "已认领"}
		for field, value := range want {
			if sent[0].Data[field] != value {
				t.Errorf("%s is %q, want %q", field, sent[0].Data[field], value)
			}
		}
		if left := p.left(t, who, "T1"); left != 1 {
			t.Errorf("%d are left, want 1", left)
		}
		p.send(t)
		if len(p.wechat.Sent()) != 1 || len(p.dead(t)) != 0 {
			t.Errorf("sent again: %+v, dead %+v", p.wechat.Sent(), p.dead(t))
		}
	})
}

func TestConsentIsCountedOnceAndSpentOnWhatMatters(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		who := p.Resident(0)
		p.template(t, model.NoticeReminder, "T2")
		p.template(t, model.NoticeAsk, "T2")
		p.template(t, model.NoticeOfferExpiring, "T2")
		p.allow(t, who, "T2", 2)
		popup := &wechat.Event{Name: wechat.EventPopup, Choices: []wechat.Choice{{Template: "T2", Accepted: true}}}
		hear := func(e *wechat.Event) {
			t.Helper()
			p.must(t, p.store.Tx(t.Context(), func(tx *repository.Store) error { return p.Heard(t.Context(), tx, who.MemberID, e) }))
		}
		hear(popup)
		hear(popup)
		if left := p.left(t, who, "T2"); left != 2 { // the client and WeChat tell of the same
			t.Errorf("%d are left, want 2", left)
		}
		hear(popup)
		for _, c := range []struct {
			kind model.NoticeKind
			left int64
		}{
			{model.NoticeOfferExpiring, 2}, {model.NoticeOfferExpiring, 2}, // two are kept for what matters more
			{model.NoticeAsk, 1}, {model.NoticeAsk, 1}, {model.NoticeReminder, 0}, {model.NoticeReminder, 0},
		} {
			p.tell(t, who, c.kind)
			p.send(t)
			if left := p.left(t, who, "T2"); left != c.left {
				t.Errorf("after %s %d are left, want %d", c.kind, left, c.left)
			}
		}
		// Of several that wait what matters most goes first.
		p.allow(t, who, "T2", 3)
		p.tell(t, who, model.NoticeOfferExpiring)
		p.tell(t, who, model.NoticeReminder)
		before := len(p.wechat.Sent())
		if before != 3 {
			t.Errorf("%d were sent, want 3", before)
		}
		if _, err := p.Subscribe(t.Context(), who, "T2", "reject", 1); err != nil || p.left(t, who, "T2") != 2 { // WeChat had told of one more than the client
			t.Errorf("a refusal takes back what was allowed before: %d, %v", p.left(t, who, "T2"), err)
		}
		hear(&wechat.Event{Name: wechat.EventChange, Choices: []wechat.Choice{{Template: "T2"}}})
		if left := p.left(t, who, "T2"); left != 0 {
			t.Errorf("taken back, %d are left", left)
		}
	})
}

func TestRefusalsAreNormal(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		who := p.Resident(0)
		p.allow(t, who, "T1", 5)
		p.wechat.Fail(sendPath, 43101)
		p.tell(t, who, model.NoticeClaim)
		p.send(t)
		if left := p.left(t, who, "T1"); left != 0 || len(p.dead(t)) != 0 {
			t.Errorf("%d are left, dead is %+v", left, p.dead(t))
		}
		// Told later that a message did not arrive.
		p.allow(t, who, "T1", 5)
		p.tell(t, who, model.NoticeClaim)
		p.send(t)
		late := &wechat.Event{Name: wechat.EventSent, Sent: []wechat.Delivery{{MessageID: p.wechat.Sent()[0].ID, Template: "T1", Code: "43101"}}}
		p.must(t, p.store.Tx(t.Context(), func(tx *repository.Store) error { return p.Heard(t.Context(), tx, who.MemberID, late) }))
		if left := p.left(t, who, "T1"); left != 0 {
			t.Errorf("%d are left, want 0", left)
		}
	})
}

func TestFailuresAreRetriedByTheirCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		codes        []int // of one try each; the client tries -1 three times itself
		rounds, sent int
		dead         bool
		code         int
		left         int64
	}{
		"too often":       {[]int{45009, 45009}, 3, 1, false, 0, 1},
		"lost":            {[]int{0}, 2, 1, false, 0, 1},
		"too often still": {[]int{45009, 45009, 45009, 45009, 45009, 45009}, 6, 0, true, 45009, 2},
		"lost for good":   {[]int{0, 0, 0, 0, 0}, 6, 0, true, 0, 1},
		"no template":     {[]int{40037}, 2, 0, true, 40037, 2},
		"a bad field":     {[]int{47003}, 2, 0, true, 47003, 2},
	} {
		t.Run(name, func(t *testing.T) {
			eachPost(t, func(t *testing.T, p *post) {
				p.allow(t, p.Resident(0), "T1", 2)
				p.wechat.Fail(sendPath, c.codes...)
				p.tell(t, p.Resident(0), model.NoticeClaim)
				for range c.rounds {
					p.send(t)
					p.send(t) // it is not due yet
					p.wait(90 * time.Minute)
				}
				dead := p.dead(t)
				if len(p.wechat.Sent()) != c.sent || (len(dead) == 1) != c.dead || c.dead && dead[0].Code != c.code {
					t.Errorf("sent %+v, dead %+v", p.wechat.Sent(), dead)
				}
				if left := p.left(t, p.Resident(0), "T1"); left != c.left {
					t.Errorf("%d are left, want %d", left, c.left)
				}
				if !c.dead {
					return
				}
				p.wechat.Fail(sendPath)
				for _, who := range []model.Actor{p.Resident(0), p.Holder(model.RoleOrganizer)} {
					if _, err := p.Resend(t.Context(), who, dead[0].ID); !errors.Is(err, model.ErrForbidden) {
						t.Errorf("%d may resend: %v", who.MemberID, err)
					}
				}
				if _, err := p.Resend(t.Context(), p.Others.Holder(model.RoleCommunityAdmin), dead[0].ID); !errors.Is(err, model.ErrNotFound) {
					t.Errorf("another community's admin: %v", err)
				}
				_, err := p.Resend(t.Context(), p.Holder(model.RoleCommunityAdmin), dead[0].ID)
				p.must(t, err)
				p.wait(11 * time.Second) // a circuit may be open
				p.send(t)
				if _, err := p.Resend(t.Context(), p.Holder(model.RoleCommunityAdmin), dead[0].ID); !errors.Is(err, model.ErrMessageState) {
					t.Errorf("again: %v", err)
				}
			})
		})
	}
}

func TestWhatCannotBeReadIsNoTry(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		who := p.Resident(0)
		p.allow(t, who, "T1", 2)
		p.tell(t, who, model.NoticeClaim)
		for range 6 { // one more than a message is tried
			due, err := p.store.Messages.Due(t.Context(), model.Instant(p.now.Load()), 10)
			if err != nil || len(due) != 1 {
				t.Fatalf("%d messages are due, %v", len(due), err)
			}
			p.must(t, p.SendBlind(t.Context(), due[0]))
			p.send(t) // it is not due yet
			p.wait(time.Minute)
		}
		if sent := p.wechat.Sent(); len(sent) != 0 {
			t.Fatalf("sent %+v", sent)
		}
		p.send(t)
		if sent := p.wechat.Sent(); len(sent) != 1 || p.left(t, who, "T1") != 1 || len(p.dead(t)) != 0 {
			t.Errorf("sent %+v, %d are left, dead %+v", sent, p.left(t, who, "T1"), p.dead(t))
		}
	})
}

func TestAMessageOfNobodyOrOfNothing(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		gone, who := p.Resident(0), p.Resident(1)
		gone.MemberID = 42
		p.must(t, p.store.Tx(t.Context(), func(tx *repository.Store) error {
			stock, err := tx.Messages.LockStock(t.Context(), gone.MemberID, "T1")
			if err != nil {
				return err
			}
			stock.Accept(false, 1, testworld.Now)
			return tx.Messages.UpdateStock(t.Context(), stock)
		}))
		p.tell(t, gone, model.NoticeClaim) // keeps nobody else from theirs
		p.allow(t, who, "T1", 2)
		p.tell(t, who, model.NoticeClaim)
		p.send(t)
		if sent := p.wechat.Sent(); len(sent) != 1 || sent[0].OpenID != "o1" {
			t.Errorf("sent %+v", sent)
		}
		p.given(t, model.MessageWaiting, testworld.Now, 1)
		p.send(t)
		if dead := p.dead(t); len(dead) != 1 || dead[0].Failure != "notice" {
			t.Errorf("dead is %+v", dead)
		}
	})
}

// given adds so many messages of a state to the second resident, whose notices are gone.
func (p *post) given(t *testing.T, status model.MessageStatus, at model.Instant, n int) (ids []model.ID) {
	t.Helper()
	who := p.Resident(1)
	messages := make([]*model.Message, n)
	for i := range messages {
		messages[i] = &model.Message{
			ID: p.store.NewID(), Place: who.Place, MemberID: who.MemberID, NoticeID: p.store.NewID(), Kind: model.NoticeClaim, TemplateID: "T1",
			Status: status, CreatedAt: at, UpdatedAt: at,
		}
		ids = append(ids, messages[i].ID)
	}
	p.must(t, p.store.Tx(t.Context(), func(tx *repository.Store) error { return tx.Messages.Looked(t.Context(), nil, messages) }))
	return ids
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		who, other := p.Resident(0), p.Resident(1)
		p.template(t, model.NoticeReminder, "T2")
		p.allow(t, who, "T1", 2)
		p.allow(t, who, "T2", 2)
		p.allow(t, other, "T1", 2)
		if _, err := p.SetQuiet(t.Context(), other, model.Quiet{}); err != nil {
			t.Fatal(err)
		}
		p.wait(15 * time.Hour) // 23:00
		p.tell(t, who, model.NoticeClaim)
		p.tell(t, who, model.NoticeReminder)
		p.tell(t, other, model.NoticeClaim)
		p.send(t)
		if sent := p.wechat.Sent(); len(sent) != 2 || sent[0].Template == sent[1].Template {
			t.Errorf("at night %+v were sent", sent)
		}
		p.wait(7*time.Hour + 59*time.Minute)
		p.send(t)
		if sent := p.wechat.Sent(); len(sent) != 2 {
			t.Errorf("before seven %+v were sent", sent)
		}
		p.wait(time.Minute)
		p.send(t)
		if sent := p.wechat.Sent(); len(sent) != 3 {
			t.Errorf("at seven %d were sent, want 3", len(sent))
		}
	})
}

// TestTwoProcessesSendAMessageOnce has processes look and send at the same time.
func TestTwoProcessesSendAMessageOnce(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		const many = 10
		for i := range 4 {
			for range 2 {
				p.allow(t, p.Resident(i), "T1", 5)
			}
		}
		var notices []*model.Notice
		for i := range 4 * many {
			who := p.Resident(i % 4)
			notices = append(notices, &model.Notice{
				CommunityID: who.Place.CommunityID, MemberID: who.MemberID, Kind: model.NoticeClaim, Title: fmt.Sprint("第", i), Body: "x", Key: fmt.Sprint(i), CreatedAt: testworld.Now,
			})
		}
		p.must(t, p.store.Tx(t.Context(), func(tx *repository.Store) error { return notify.Tell(t.Context(), tx, notices...) }))
		var all sync.WaitGroup
		for _, process := range []*notify.Messages{p.Messages, p.another(), p.another()} {
			all.Go(func() {
				for range 3 {
					_, looked := process.Look(t.Context())
					_, sent := process.Send(t.Context())
					if err := errors.Join(looked, sent); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		p.send(t)
		seen := map[string]int{}
		for _, s := range p.wechat.Sent() {
			seen[s.Data["thing1"]]++
		}
		for title, n := range seen {
			if n != 1 {
				t.Errorf("%s was sent %d times", title, n)
			}
		}
		if len(seen) != 4*many {
			t.Errorf("%d were sent, want %d", len(seen), 4*many)
		}
	})
}

// TestACrashBetweenSendingAndMarking shows what is guaranteed: at least once, as soon as the lease is over, with the one
// consent that was spent.
func TestACrashBetweenSendingAndMarking(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		p.allow(t, p.Resident(0), "T1", 2)
		p.tell(t, p.Resident(0), model.NoticeClaim)
		due, err := p.store.Messages.Due(t.Context(), model.Instant(p.now.Load()), 10)
		if err != nil || len(due) != 1 {
			t.Fatalf("due are %v, %v", due, err)
		}
		// A process takes the message, sends it, and is gone.
		p.must(t, p.store.Tx(t.Context(), func(tx *repository.Store) error {
			m, err := tx.Messages.Lock(t.Context(), due[0])
			if err != nil || !m.Take(model.Instant(p.now.Load())) {
				return errors.Join(err, errors.New("not taken"))
			}
			stock, err := tx.Messages.LockStock(t.Context(), m.MemberID, "T1")
			if err != nil || !stock.Spend(0, testworld.Now) {
				return errors.Join(err, errors.New("not spent"))
			}
			m.Spent = true
			return errors.Join(tx.Messages.UpdateStock(t.Context(), stock), tx.Messages.Update(t.Context(), m))
		}))
		client := wechat.New(wechattest.AppID, wechattest.Secret, p.wechat.URL)
		if _, err := client.Send(context.Background(), wechat.Message{OpenID: "o0", Template: "T1", Data: map[string]string{"thing1": "x"}}); err != nil {
			t.Fatal(err)
		}
		p.send(t)
		if n := len(p.wechat.Sent()); n != 1 {
			t.Errorf("within the lease %d were sent", n)
		}
		p.wait(model.MessageLease)
		p.send(t)
		p.send(t)
		if n := len(p.wechat.Sent()); n != 2 {
			t.Errorf("after the lease %d were sent, want 2", n)
		}
		if left := p.left(t, p.Resident(0), "T1"); left != 1 {
			t.Errorf("%d are left, want 1", left)
		}
	})
}

func TestWithoutWeChatNothingWaits(t *testing.T) {
	t.Parallel()
	eachPost(t, func(t *testing.T, p *post) {
		p.allow(t, p.Resident(0), "T1", 2)
		p.Messages = notify.NewMessages(p.store, wechat.New("", "", ""), func() model.Instant { return testworld.Now })
		p.tell(t, p.Resident(0), model.NoticeClaim)
		p.send(t)
		left, err := p.store.Messages.Unsent(t.Context(), 10)
		if err != nil || len(left) != 0 || len(p.wechat.Sent()) != 0 {
			t.Errorf("%d wait, %v", len(left), err)
		}
	})
}

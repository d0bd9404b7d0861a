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
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/notify"
)

// mailroom is a world with inboxes, at a time that the test sets.
type mailroom struct {
	*testworld.World
	*notify.Notices
	store *repository.Store
	now   atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, m *mailroom)) {
	t.Helper()
	t.Parallel()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		m := &mailroom{World: testworld.New(t, store), store: store}
		m.now.Store(int64(testworld.Now))
		m.Notices = notify.New(store, m.clock)
		test(t, m)
	})
}

func (m *mailroom) clock() model.Instant { return model.Instant(m.now.Load()) }

func (m *mailroom) letter(who model.Actor, key string) *model.Notice {
	return &model.Notice{
		CommunityID: m.Community.ID, MemberID: who.MemberID, Kind: model.NoticeOrderLapsed, Key: key, Title: "标题 " + key, Body: "内容",
		Ref: model.NoticeRef{Type: model.RefOrder, ID: 7}, CreatedAt: m.clock(),
	}
}

func (m *mailroom) tell(ctx context.Context, notices ...*model.Notice) error {
	return m.store.Tx(ctx, func(tx *repository.Store) error { return notify.Tell(ctx, tx, notices...) })
}

func (m *mailroom) want(t *testing.T, who model.Actor, unread bool, n int, counted int64) []*model.Notice {
	t.Helper()
	box, err := m.Inbox(t.Context(), who, unread, model.Page{Limit: 100})
	if err != nil || len(box.Items) != n || box.Unread != counted {
		t.Fatalf("got %+v, %v, want %d notices and %d unread", box, err, n, counted)
	}
	return box.Items
}

func TestInbox(t *testing.T) {
	each(t, func(t *testing.T, m *mailroom) {
		a, b := m.Resident(0), m.Resident(1)
		if err := m.tell(t.Context()); err != nil {
			t.Errorf("nothing to tell: %v", err)
		}
		for _, n := range []*model.Notice{m.letter(a, "1"), m.letter(a, "1"), m.letter(a, "2"), m.letter(b, "1")} {
			if err := m.tell(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.tell(t.Context(), m.letter(a, "3"), m.letter(a, "3"), m.letter(a, "2")); err != nil {
			t.Fatal(err)
		}
		mine := m.want(t, a, false, 3, 3)
		if mine[0].Title != "标题 3" || mine[2].Title != "标题 1" || mine[0].Ref.ID != 7 || mine[0].Ref.Type != model.RefOrder {
			t.Errorf("got %+v", mine[0])
		}
		m.now.Add(time.Minute.Microseconds())
		read, err := m.Read(t.Context(), a, mine[1].ID)
		if err != nil || read.ReadAt != m.clock() {
			t.Errorf("got %+v, %v", read, err)
		}
		m.now.Add(time.Minute.Microseconds())
		if again, err := m.Read(t.Context(), a, mine[1].ID); err != nil || again.ReadAt != read.ReadAt {
			t.Errorf("read again: %+v, %v", again, err)
		}
		m.want(t, a, false, 3, 2)
		m.want(t, a, true, 2, 2)
		for name, who := range map[string]model.Actor{"another": b, "another community's": m.Others.Resident(0)} {
			if _, err := m.Read(t.Context(), who, mine[0].ID); !errors.Is(err, model.ErrNotFound) {
				t.Errorf("%s reads it: %v", name, err)
			}
		}
		if all, err := m.ReadAll(t.Context(), a); err != nil || all.Read != 2 {
			t.Errorf("got %+v, %v", all, err)
		}
		m.want(t, a, true, 0, 0)
		m.want(t, b, true, 1, 1)
		if err := m.tell(t.Context(), m.letter(a, "1")); err != nil {
			t.Error(err)
		}
		m.want(t, a, true, 0, 0)
	})
}

func TestInboxInPages(t *testing.T) {
	each(t, func(t *testing.T, m *mailroom) {
		who := m.Resident(0)
		for i := range 7 {
			if err := m.tell(t.Context(), m.letter(who, fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		got, page := "", model.Page{Limit: 3}
		for {
			box, err := m.Inbox(t.Context(), who, false, page)
			if err != nil || box.Unread != 7 {
				t.Fatalf("got %+v, %v", box, err)
			}
			for _, n := range box.Items {
				got += n.Key
			}
			if page.Cursor = box.NextCursor; page.Cursor == "" {
				break
			}
		}
		if got != "6543210" {
			t.Errorf("got %s", got)
		}
		box, err := m.Inbox(t.Context(), who, false, model.Page{Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Inbox(t.Context(), who, true, model.Page{Cursor: box.NextCursor}); !errors.Is(err, model.ErrCursor) {
			t.Errorf("a cursor of another list: %v", err)
		}
		if _, err := m.Inbox(t.Context(), m.Resident(1), false, model.Page{Cursor: box.NextCursor}); !errors.Is(err, model.ErrCursor) {
			t.Errorf("a cursor of another member: %v", err)
		}
	})
}

// TestToldAtOnceIsToldOnce has many senders tell the same things in transactions of their own.
func TestToldAtOnceIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, m *mailroom) {
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if err := m.tell(t.Context(), m.letter(m.Resident(0), "1"), m.letter(m.Resident(1), "1"), m.letter(m.Resident(0), "2")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		m.want(t, m.Resident(0), true, 2, 2)
		m.want(t, m.Resident(1), true, 1, 1)
	})
}

// TestANoticeIsThereWithItsCause has a transaction fail after it told something.
func TestANoticeIsThereWithItsCause(t *testing.T) {
	each(t, func(t *testing.T, m *mailroom) {
		failed := errors.New("the cause did not happen")
		err := m.store.Tx(t.Context(), func(tx *repository.Store) error {
			return errors.Join(notify.Tell(t.Context(), tx, m.letter(m.Resident(0), "1")), failed)
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		m.want(t, m.Resident(0), false, 0, 0)
	})
}

// TestExpiringPointsAreToldOfOnce awards points that end at the end of December and of January, and looks day
// by day, by two processes at a time.
func TestExpiringPointsAreToldOfOnce(t *testing.T) {
	each(t, func(t *testing.T, m *mailroom) {
		l := ledger.New(m.store, m.clock)
		ctx, stop := context.WithCancel(t.Context())
		var posting sync.WaitGroup
		posting.Go(func() { _ = l.Run(ctx) })
		t.Cleanup(func() { stop(); posting.Wait() })
		rules := model.DefaultRules(m.Community.ID)
		rules.Version, rules.EffectiveDay, rules.ValidMonths = 2, 20261101, 1
		for _, r := range rules.Items {
			r.Version = 2
		}
		if err := m.store.Points.AddRules(t.Context(), rules); err != nil {
			t.Fatal(err)
		}
		give := func(key string, who int, amount int64, rules *model.RuleSet) {
			t.Helper()
			member := m.Members[2*who]
			_, err := l.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{{
				Key: key, Debit: model.Pool(m.Community.ID, model.Points), Credit: model.Wallet(m.Community.ID, member.ID, model.Points), Amount: amount,
				Code: model.RuleAdjust, Rules: rules, Class: model.Declared, Member: member,
			}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		spend := func(who int, amount int64) {
			t.Helper()
			member := m.Members[2*who]
			_, err := l.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{{
				Key: fmt.Sprint("spend", who), Debit: model.Wallet(m.Community.ID, member.ID, model.Points), Credit: model.Pool(m.Community.ID, model.Points),
				Amount: amount, Code: model.CodeDonate, Member: member,
			}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		other := notify.New(m.store, m.clock)
		look := func(day model.Day) {
			t.Helper()
			m.now.Store(int64(day.Start().Add(9 * time.Hour)))
			var both sync.WaitGroup
			for _, process := range []*notify.Notices{m.Notices, other} {
				both.Go(func() {
					if _, err := process.Expiring(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
		}
		give("a", 0, 10, rules) // to the end of December
		give("b", 1, 20, rules)
		spend(1, 20)
		give("c", 2, 30, nil) // for ever
		give("d", 3, 40, rules)
		spend(3, 15)
		look(20261130)
		m.want(t, m.Resident(0), false, 0, 0)
		look(20261201)
		told := m.want(t, m.Resident(0), false, 1, 1)[0]
		if told.Kind != model.NoticePointsExpiring || told.Body != "您有 10 积分将在 2026-12-31 之后失效，请及时到积分超市兑换。" {
			t.Errorf("got %+v", told)
		}
		m.want(t, m.Resident(1), false, 0, 0)
		m.want(t, m.Resident(2), false, 0, 0)
		if d := m.want(t, m.Resident(3), false, 1, 1)[0]; d.Body != "您有 25 积分将在 2026-12-31 之后失效，请及时到积分超市兑换。" {
			t.Errorf("got %+v", d)
		}
		give("e", 0, 5, rules) // in December: to the end of January
		look(20261231)
		m.want(t, m.Resident(0), false, 1, 1)
		look(20270101)
		m.want(t, m.Resident(0), false, 2, 2)
		look(20270102)
		m.want(t, m.Resident(0), false, 2, 2)
	})
}

// TestManyWallets looks at more wallets than one batch has.
func TestManyWallets(t *testing.T) {
	each(t, func(t *testing.T, m *mailroom) {
		const wallets = 450
		var accounts []*model.Account
		var moves []model.LotMove
		for i := range wallets {
			a := &model.Account{
				ID: m.store.NewID(), CommunityID: m.Community.ID, Measure: model.Points, OwnerType: model.OwnerMember, OwnerID: model.ID(1000 + i),
				Kind: model.AccountWallet, Tracked: 1, HeadHash: []byte{}, Status: 1,
			}
			accounts = append(accounts, a)
			for _, day := range []model.Day{20261130, 20261215, 20270630} {
				moves = append(moves, model.LotMove{AccountID: a.ID, ExpiresDay: day, TransferID: 1, DRemaining: 3})
			}
		}
		err := errors.Join(m.store.Points.CreateAccounts(t.Context(), accounts), m.store.Points.Append(t.Context(), nil, nil, moves))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := m.Expiring(t.Context()); n != 2*wallets || err != nil {
			t.Errorf("%d were told, %v, want %d", n, err, 2*wallets)
		}
		if n, err := m.Expiring(t.Context()); n != 0 || err != nil {
			t.Errorf("%d were told again, %v", n, err)
		}
		if n, err := notify.New(m.store, m.clock).Expiring(t.Context()); n != 0 || err != nil {
			t.Errorf("another process told %d, %v", n, err)
		}
		m.want(t, model.Actor{MemberID: 1000 + wallets - 1}, true, 2, 2)
	})
}

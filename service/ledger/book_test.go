package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// still is a ledger that does not run, so that a test says when things happen.
type still struct {
	*testworld.World
	*ledger.Ledger
	store *repository.Store
	now   model.Instant
	posts int
}

func givenStill(t *testing.T, store *repository.Store) *still {
	t.Helper()
	s := &still{World: testworld.New(t, store), store: store, now: testworld.Now}
	s.Ledger = ledger.New(store, func() model.Instant { return s.now })
	return s
}

// post gives the i-th person points or minutes for service done at a time, and returns the transfer.
func (s *still) post(t *testing.T, i int, m model.Measure, class model.Class, ref model.RefType, amount int64, at model.Instant) model.ID {
	t.Helper()
	var id model.ID
	member := s.Members[i]
	s.posts++
	err := s.store.Tx(t.Context(), func(tx *repository.Store) error {
		results, err := s.PostTx(t.Context(), tx, ledger.Posting{
			Key: fmt.Sprint("post-", s.posts), Debit: model.Pool(s.Community.ID, m), Credit: model.Wallet(s.Community.ID, member.ID, m), Amount: amount,
			Code: model.RuleAdjust, Class: class, Ref: ref, Member: member, At: at, Memo: "帮忙",
		})
		if err == nil {
			id = results[0].TransferID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *still) reverse(t *testing.T, id model.ID) {
	t.Helper()
	admin := s.Holder(model.RoleCommunityAdmin)
	if _, err := s.Reverse(keyed(t, admin, "reverse-"+id.String(), nil), admin, id, "记错"); err != nil {
		t.Fatal(err)
	}
}

// TestPeriodsAdjoinWhateverClocksDo books with a clock that jumps back and forth over midnight, and wants the
// lines of adjoining periods to be all lines, once, each period opening with what the one before closed with.
func TestPeriodsAdjoinWhateverClocksDo(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		s := givenStill(t, store)
		midnight := model.Day(20261123).Start()
		for i, jump := range []time.Duration{-30 * time.Hour, -time.Minute, time.Second, -time.Second, 2 * time.Second, 0, 20 * time.Hour, 25 * time.Hour, 24*time.Hour - 1, 60 * time.Hour} {
			s.now = midnight.Add(jump)
			s.post(t, 0, model.Points, model.Verified, model.RefAward, int64(i+1), 0)
		}
		who := s.As(s.Members[0])
		var opening, balance int64
		next := int64(1)
		for day := model.Day(20261120); day <= 20261130; day++ {
			b, err := s.Book(t.Context(), who, ledger.StatementQuery{Measure: model.Points, From: day, To: day})
			if err != nil {
				t.Fatal(err)
			}
			if b.Opening != opening {
				t.Errorf("%s opens with %d, the day before closed with %d", day, b.Opening, opening)
			}
			for _, l := range b.Items {
				if balance += l.Amount; l.Seq != next || l.Balance != balance {
					t.Errorf("%s: line %d with balance %d, want %d with %d", day, l.Seq, l.Balance, next, balance)
				}
				next++
			}
			if opening = b.Closing; b.Closing != balance || b.Footer.Seq != next-1 || next > 1 && b.Footer.Hash == "" {
				t.Errorf("%s closes with %d at %d, its lines make %d", day, b.Closing, b.Footer.Seq, balance)
			}
		}
		if next != 11 {
			t.Errorf("%d lines are in the periods, 10 were booked", next-1)
		}
		whole, err := s.Statement(t.Context(), who, ledger.StatementQuery{Measure: model.Points}, model.Page{Limit: 3})
		if err != nil || whole.Opening != 0 || whole.Closing != 55 || whole.Footer.Seq != 10 || len(whole.Items) != 3 || whole.Items[0].Seq != 10 || whole.Items[0].Hash != whole.Footer.Hash {
			t.Errorf("got %+v, %v", whole, err)
		}
	})
}

func TestStatementsNameTheirReader(t *testing.T) {
	s := givenStill(t, testdb.Open(t, testdb.SQLite))
	member := s.Members[0]
	for _, c := range []struct {
		who  model.Actor
		name string
		err  error
	}{
		{s.As(member), member.Name, nil},
		{s.Holder(model.RoleAuditor), model.MaskName(member.Name), nil},
		{s.Holder(model.RoleCommunityAdmin), model.MaskName(member.Name), nil},
		{s.Resident(3), "", model.ErrForbidden},
		{s.Holder(model.RoleOrganizer), "", model.ErrForbidden},
		{s.Others.Holder(model.RoleAuditor), "", model.ErrNotFound},
	} {
		b, err := s.Book(t.Context(), c.who, ledger.StatementQuery{Member: member.ID, Measure: model.Minutes})
		if !errors.Is(err, c.err) || err == nil && (b.Member.DisplayName != c.name || b.Community != "祥和社区" || b.Unit != model.Minutes || len(b.Items) != 0) {
			t.Errorf("got %+v, %v, want %q, %v", b, err, c.name, c.err)
		}
	}
	if _, err := s.Book(t.Context(), s.As(member), ledger.StatementQuery{From: 20261124, To: 20261123}); !errors.Is(err, model.ErrDays) {
		t.Errorf("got %v", err)
	}
}

func TestABookHasItsLimit(t *testing.T) {
	s := givenStill(t, testdb.Open(t, testdb.SQLite))
	member := s.Members[0]
	book := func(from model.Day) error {
		b, err := s.Book(t.Context(), s.As(member), ledger.StatementQuery{Measure: model.Points, From: from})
		if err == nil && (len(b.Items) != ledger.MaxBookLines || b.Items[0].Balance-b.Items[0].Amount != b.Opening) {
			t.Errorf("%d lines, the first is %+v", len(b.Items), b.Items[0])
		}
		return err
	}
	many := func(n int) {
		err := s.store.Tx(t.Context(), func(tx *repository.Store) error {
			postings := make([]ledger.Posting, n)
			for i := range postings {
				s.posts++
				postings[i] = ledger.Posting{
					Key: fmt.Sprint("post-", s.posts), Debit: model.Pool(s.Community.ID, model.Points), Credit: model.Wallet(s.Community.ID, member.ID, model.Points),
					Amount: 1, Code: model.RuleAdjust, Class: model.Declared, Member: member,
				}
			}
			_, err := s.PostTx(t.Context(), tx, postings...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	many(1)
	s.now = s.now.Add(24 * time.Hour)
	many(ledger.MaxBookLines)
	if err := book(0); !errors.Is(err, model.ErrStatementLong) {
		t.Errorf("got %v", err)
	}
	if err := book(s.now.Day()); err != nil {
		t.Error(err)
	}
}

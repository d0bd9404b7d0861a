package account_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/account"
	"linbanglin/service/audit"
)

func (l *lobby) pass(d time.Duration) { l.now.Add(d.Microseconds()) }

// wantClean wants the chains of events to hold.
func (l *lobby) wantClean(t *testing.T, least int64) {
	t.Helper()
	rows, differences, err := audit.New(l.store, func() model.Instant { return model.Instant(l.now.Load()) }).CheckAuthEvents(t.Context())
	if err != nil || len(differences) > 0 || rows < least {
		t.Errorf("%d rows, %v, %v", rows, differences, err)
	}
}

// TestWrongCodesAreMetWithWaitsThatDoubleAndThenALock guesses in two processes, which share what they count.
func TestWrongCodesAreMetWithWaitsThatDoubleAndThenALock(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		s := l.login(t, "ok-gus")
		guesser := l.actor(t, s)
		for i := range 10 {
			in := l.with(t, "k1:"+secret) // a process that has just started
			if _, err := in.BindByCode(t.Context(), guesser, "WRONG234"); !errors.Is(err, model.ErrBindCode) {
				t.Fatalf("guess %d: %v", i, err)
			}
			var wait time.Duration
			if i >= 3 && i < 9 {
				wait = 30 * time.Second << (i - 3)
			}
			if wait == 0 {
				continue
			}
			l.pass(wait - time.Second)
			var left *model.Waiting
			if _, err := l.BindByCode(t.Context(), guesser, "WRONG234"); !errors.As(err, &left) || left.For != time.Second {
				t.Errorf("before the wait is over: %v", err)
			}
			l.pass(time.Second)
		}
		if _, err := l.BindByCode(t.Context(), guesser, "WRONG234"); !errors.Is(err, model.ErrLocked) {
			t.Errorf("after ten: %v", err)
		}
		if _, err := l.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
			t.Errorf("a login of the locked: %v", err)
		}
		l.pass(24 * time.Hour)
		if _, err := l.BindByCode(t.Context(), guesser, "WRONG234"); !errors.Is(err, model.ErrBindCode) {
			t.Errorf("a day later: %v", err)
		}
		l.wantClean(t, 13)
	})
}

func TestManyGuessesAtOnceAreAllCounted(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		guesser := l.actor(t, l.login(t, "ok-gus"))
		var wrong, held atomic.Int64
		var all sync.WaitGroup
		for range 12 {
			in := l.with(t, "k1:"+secret)
			all.Go(func() {
				switch _, err := in.BindByCode(t.Context(), guesser, "WRONG234"); {
				case errors.Is(err, model.ErrBindCode):
					wrong.Add(1)
				case errors.Is(err, model.ErrTooMany):
					held.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if wrong.Load() != 4 || held.Load() != 8 {
			t.Errorf("%d were tried, %d had to wait", wrong.Load(), held.Load())
		}
	})
}

func TestReuseCountsOnceALogin(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		keep := l.login(t, "demo:resident-3")
		for i := range 10 {
			s := l.login(t, "demo:resident-3")
			if _, err := l.Refresh(t.Context(), s.RefreshToken); err != nil {
				t.Fatalf("refresh %d: %v", i, err)
			}
			for range 3 {
				if _, err := l.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
					t.Fatalf("reuse %d: %v", i, err)
				}
			}
			l.pass(17 * time.Minute)
		}
		if _, err := l.Login(t.Context(), "demo:resident-3", ""); !errors.Is(err, model.ErrLocked) {
			t.Errorf("after ten logins were stolen: %v", err)
		}
		if _, err := l.Refresh(t.Context(), keep.RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
			t.Errorf("another login of the locked: %v", err)
		}
	})
}

func TestAnAdminLocksAndUnlocks(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		s, admin := l.login(t, "demo:resident-1"), l.Holder(model.RoleCommunityAdmin)
		id, elsewhere := s.Member.ID, l.with(t, "k1:"+secret)
		wantIn(t, elsewhere, s, nil)
		for name, c := range map[string]struct {
			who    model.Actor
			member model.ID
			reason string
			days   int
			want   error
		}{
			"oneself":             {admin, admin.MemberID, "试试", 7, model.ErrForbidden},
			"by a grid worker":    {l.Holder(model.RoleGridWorker), id, "试试", 7, model.ErrForbidden},
			"of an auditor":       {admin, l.Holder(model.RoleAuditor).MemberID, "试试", 7, model.ErrTwoPersons},
			"without a reason":    {admin, id, "  ", 7, model.ErrInvalid},
			"for ever":            {admin, id, "试试", 367, model.ErrInvalid},
			"of another place":    {admin, l.Others.Members[0].ID, "试试", 7, model.ErrNotFound},
			"of nobody":           {admin, 42, "试试", 7, model.ErrNotFound},
			"a login without one": {admin, l.login(t, "ok-x").Member.ID, "试试", 7, model.ErrNotFound},
		} {
			if _, err := l.LockMember(t.Context(), c.who, c.member, c.reason, c.days); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantIn(t, l.Accounts, s, nil)
		lock, err := l.LockMember(t.Context(), admin, id, "冒用他人账号", 2)
		if err != nil || !lock.Locked || lock.LockedUntil != model.Instant(l.now.Load()).Add(48*time.Hour) {
			t.Fatalf("got %+v, %v", lock, err)
		}
		wantIn(t, l.Accounts, s, model.ErrLocked)
		wantOutSoon(t, elsewhere, s, model.ErrLocked)
		if _, err := l.Login(t.Context(), "demo:resident-1", ""); !errors.Is(err, model.ErrLocked) {
			t.Errorf("login: %v", err)
		}
		if _, err := l.UnlockMember(t.Context(), l.Holder(model.RoleAuditor), id, "误会"); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("unlocked by an auditor: %v", err)
		}
		if lock, err = l.UnlockMember(t.Context(), admin, id, "误会"); err != nil || lock.Locked {
			t.Fatalf("got %+v, %v", lock, err)
		}
		if _, err := l.UnlockMember(t.Context(), admin, id, "误会"); !errors.Is(err, model.ErrNotLocked) {
			t.Errorf("twice: %v", err)
		}
		wantIn(t, l.Accounts, s, model.ErrTokenInvalid) // its login ended with the lock
		wantIn(t, l.Accounts, l.login(t, "demo:resident-1"), nil)
		if _, err = l.LockMember(t.Context(), admin, id, "再次", 1); err != nil {
			t.Fatal(err)
		}
		l.pass(24 * time.Hour)
		wantIn(t, l.Accounts, l.login(t, "demo:resident-1"), nil)
		l.wantClean(t, 6)
	})
}

func TestTheFirstAdminComesFromTheRoster(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		name := l.Community.Name
		person := l.Members[4]
		for _, bad := range []struct {
			community, member string
			want              error
		}{{"没有社区", person.Name, model.ErrNotFound}, {name, "没有人", model.ErrNotFound}, {name, person.Name + "/13800000000", model.ErrNotFound}} {
			if _, err := l.FirstAdmin(t.Context(), bad.community, bad.member); !errors.Is(err, bad.want) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		code, err := l.FirstAdmin(t.Context(), name, person.Name+"/"+person.Phone[2:])
		if err != nil || code == nil {
			t.Fatalf("got %+v, %v", code, err)
		}
		again, err := l.FirstAdmin(t.Context(), name, person.Name) // the first code was lost
		if err != nil || again == nil || again.Code == code.Code {
			t.Fatalf("got %+v, %v", again, err)
		}
		s, err := l.BindByCode(t.Context(), l.actor(t, l.login(t, "ok-ann")), again.Code)
		if err != nil || s.Member.ID != person.ID {
			t.Fatalf("got %+v, %v", s, err)
		}
		if err := l.actor(t, s).May(model.OpGrantRole, l.Community.Place); err != nil {
			t.Errorf("the first admin: %v", err)
		}
		if _, err := l.FirstAdmin(t.Context(), name, l.Members[6].Name); !errors.Is(err, model.ErrHasAdmin) {
			t.Errorf("a second one: %v", err)
		}
		if code, err := l.FirstAdmin(t.Context(), name, person.Name); err != nil || code != nil {
			t.Errorf("who can log in: %+v, %v", code, err)
		}
		l.wantClean(t, 5)
	})
}

// TestEventsAreAChainThatShowsWhatIsDoneToIt has many log in at once and then changes the table as an intruder would.
func TestEventsAreAChainThatShowsWhatIsDoneToIt(t *testing.T) {
	for name, spoil := range map[string]string{
		"nothing":           "",
		"a changed row":     "UPDATE auth_event SET kind = 'logout' WHERE seq = 2",
		"a changed member":  "UPDATE auth_event SET member_id = member_id + 1 WHERE seq = 1",
		"a removed row":     "DELETE FROM auth_event WHERE seq = 2",
		"a tail cut":        "DELETE FROM auth_event WHERE seq >= 2",
		"all removed":       "DELETE FROM auth_event",
		"a head moved back": "UPDATE auth_chain SET seq = seq - 1 WHERE seq > 0",
		"a head removed":    "DELETE FROM auth_chain WHERE seq > 0",
	} {
		t.Run(name, func(t *testing.T) {
			url := testdb.URL(t, testdb.SQLite)
			store := testdb.Connect(t, url)
			l := &lobby{World: testworld.New(t, store), store: store}
			l.now.Store(int64(testworld.Now))
			l.Accounts = account.New(store, nil, l.keys(t, "k1:"+secret), true, func() model.Instant { return model.Instant(l.now.Load()) })
			var all sync.WaitGroup
			for i := range 24 {
				all.Go(func() { l.login(t, fmt.Sprintf("demo:resident-%d", i%8+1)) })
			}
			all.Wait()
			if spoil == "" {
				l.wantClean(t, 24)
				return
			}
			tamper(t, strings.TrimPrefix(url, "sqlite:"), spoil)
			_, differences, err := audit.New(store, nil).CheckAuthEvents(t.Context())
			if err != nil || len(differences) == 0 {
				t.Errorf("not seen: %v", err)
			}
		})
	}
}

// tamper changes the database behind the program's back.
func tamper(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.ExecContext(t.Context(), statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

package account_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/account"
)

// wantIn wants a token to be good in a process, or to fail with an error.
func wantIn(t *testing.T, in *account.Accounts, s *account.Session, want error) {
	t.Helper()
	if _, err := in.Authenticate(t.Context(), s.AccessToken); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// wantOutSoon wants a token that was good in a process to be refused there within the five seconds that are promised.
func wantOutSoon(t *testing.T, in *account.Accounts, s *account.Session, want error) {
	t.Helper()
	start := time.Now()
	for {
		_, err := in.Authenticate(t.Context(), s.AccessToken)
		switch {
		case errors.Is(err, want):
			return
		case err != nil:
			t.Fatal(err)
		case time.Since(start) > 5*time.Second:
			t.Fatal("still in after five seconds")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestLoginsAreAListThatOneCanEnd(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		phone, err := l.Login(t.Context(), "demo:resident-1", "  小米\u202e 14\n ")
		if err != nil {
			t.Fatal(err)
		}
		tablet, other := l.login(t, "demo:resident-1"), l.login(t, "demo:resident-2")
		who, elsewhere := l.actor(t, phone), l.with(t, "k1:"+secret)
		wantIn(t, elsewhere, tablet, nil)
		l.now.Add(int64(10 * time.Minute / time.Microsecond))
		if phone, err = l.Refresh(t.Context(), phone.RefreshToken); err != nil {
			t.Fatal(err)
		}
		list, err := l.Sessions(t.Context(), who, phone.AccessToken)
		if err != nil || len(list) != 2 {
			t.Fatalf("got %+v, %v", list, err)
		}
		mine := list[1]
		if !mine.Current || list[0].Current || mine.Device != "小米 14" || mine.UsedAt != mine.CreatedAt.Add(10*time.Minute) {
			t.Errorf("got %+v and %+v", mine, list[0])
		}
		if err := l.EndSession(t.Context(), l.actor(t, other), list[0].ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("of somebody else: %v", err)
		}
		if err := l.EndSession(t.Context(), who, list[0].ID); err != nil {
			t.Fatal(err)
		}
		wantIn(t, l.Accounts, tablet, model.ErrTokenInvalid) // at once where it was done
		wantOutSoon(t, elsewhere, tablet, model.ErrTokenInvalid)
		wantIn(t, elsewhere, phone, nil)
		if _, err := l.Refresh(t.Context(), tablet.RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
			t.Errorf("its refresh token: %v", err)
		}
		if err := l.EndSession(t.Context(), who, list[0].ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("twice: %v", err)
		}
	})
}

// TestALoginEndsHoweverOftenItIsUsed refreshes again and again until the login is over.
func TestALoginEndsHoweverOftenItIsUsed(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		for _, c := range []struct {
			handle      string
			idle, whole time.Duration
		}{
			{"resident-1", model.LoginIdle, model.LoginWhole},
			{"gridworker-1", model.LoginIdle, model.LoginWhole},
			{"admin-1", model.AdminIdle, model.AdminWhole},
			{"street-1", model.AdminIdle, model.AdminWhole},
			{"auditor-1", model.AdminIdle, model.AdminWhole},
		} {
			s := l.login(t, "demo:"+c.handle)
			step := c.idle - time.Microsecond
			for past := time.Duration(0); ; past += step {
				listed, err := l.Sessions(t.Context(), l.actor(t, s), s.AccessToken)
				if err != nil || len(listed) != 1 {
					t.Fatalf("%s after %v: %d in the list, %v", c.handle, past, len(listed), err)
				}
				step = min(step, c.whole-time.Microsecond-past)
				if step == 0 {
					break
				}
				l.now.Add(step.Microseconds())
				if s, err = l.Refresh(t.Context(), s.RefreshToken); err != nil {
					t.Fatalf("%s after %v: %v", c.handle, past+step, err)
				}
			}
			l.now.Add(1)
			if _, err := l.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, model.ErrLoginOver) {
				t.Errorf("%s when it is over: %v", c.handle, err)
			}
			wantIn(t, l.Accounts, s, model.ErrTokenInvalid)
			other := l.login(t, "demo:"+c.handle)
			if listed, err := l.Sessions(t.Context(), l.actor(t, other), other.AccessToken); err != nil || len(listed) != 1 {
				t.Errorf("%s when it is over: %d in the list, %v", c.handle, len(listed), err)
			}
			idle := l.login(t, "demo:"+c.handle)
			l.now.Add(c.idle.Microseconds())
			want := model.ErrLoginOver
			if c.idle == model.LoginIdle {
				want = model.ErrTokenExpired
			}
			if _, err := l.Refresh(t.Context(), idle.RefreshToken); !errors.Is(err, want) {
				t.Errorf("%s unused: %v", c.handle, err)
			}
		}
	})
}

// TestALoginThatIsOverStaysSoWithoutTheRole has an administrator's login come to its end, and then the role, with which logins
// are shorter.
func TestALoginThatIsOverStaysSoWithoutTheRole(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		s, unasked := l.login(t, "demo:admin-1"), l.login(t, "demo:admin-1")
		who := l.actor(t, s)
		l.now.Add(model.AdminIdle.Microseconds())
		if _, err := l.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, model.ErrLoginOver) {
			t.Fatalf("when it is over: %v", err)
		}
		for _, g := range who.Grants {
			if err := l.store.Roles.Revoke(t.Context(), who.MemberID, g.Role, g.NodeID, model.Instant(l.now.Load())); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
			t.Errorf("without the role: %v", err)
		}
		listed, err := l.Sessions(t.Context(), model.Actor{MemberID: who.MemberID}, s.AccessToken)
		if err != nil || len(listed) != 1 || listed[0].Current {
			t.Errorf("%d in the list, %v", len(listed), err)
		}
		if _, err := l.Refresh(t.Context(), unasked.RefreshToken); err != nil { // of a resident now, and nobody is kept out
			t.Errorf("another login: %v", err)
		}
	})
}

func TestLogoutEverywhereEndsAllOfOne(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		first, second, other := l.login(t, "demo:resident-1"), l.login(t, "demo:resident-1"), l.login(t, "demo:resident-2")
		elsewhere := l.with(t, "k1:"+secret)
		wantIn(t, elsewhere, first, nil)
		if err := l.LogoutEverywhere(t.Context(), l.actor(t, first)); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*account.Session{first, second} {
			wantIn(t, l.Accounts, s, model.ErrTokenInvalid)
			wantOutSoon(t, elsewhere, s, model.ErrTokenInvalid)
			if _, err := l.Refresh(t.Context(), s.RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
				t.Errorf("refreshed: %v", err)
			}
		}
		wantIn(t, l.Accounts, other, nil)
		wantIn(t, l.Accounts, l.login(t, "demo:resident-1"), nil)
		if list, err := l.Sessions(t.Context(), l.actor(t, other), other.AccessToken); err != nil || len(list) != 1 {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}

func TestATokenOfAnotherEnvironmentIsRefused(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		s := l.login(t, "demo:resident-1")
		keys, err := account.ParseKeys("k1:" + secret)
		if err != nil {
			t.Fatal(err)
		}
		live := account.New(l.store, nil, keys, false, func() model.Instant { return model.Instant(l.now.Load()) })
		wantIn(t, live, s, model.ErrTokenInvalid) // the same database and keys in another mode
		l.now.Add(int64(time.Hour / time.Microsecond))
		wantIn(t, live, s, model.ErrTokenInvalid) // and it does not say that it has expired
		each(t, func(t *testing.T, m *lobby) { wantIn(t, m.Accounts, s, model.ErrTokenInvalid) })
	})
}

// TestKeysRotateUnderLoad has people call and refresh in three processes while a new key is put in front in one after the
// other, and the old one is taken away at the end.
func TestKeysRotateUnderLoad(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		fresh, old := "k2:"+strings.Repeat("ef", 32), "k1:"+secret
		var processes [3]atomic.Pointer[account.Accounts]
		for i := range processes {
			processes[i].Store(l.with(t, old+","+fresh)) // all know the new key before one signs by it
		}
		var all sync.WaitGroup
		var refreshed atomic.Int64
		stop := make(chan struct{})
		sessions := make([]*account.Session, 6)
		for i := range sessions {
			sessions[i] = l.login(t, "demo:resident-1")
			all.Go(func() {
				for n := i; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					in := processes[n%3].Load()
					if _, err := in.Authenticate(t.Context(), sessions[i].AccessToken); err != nil {
						t.Errorf("a token: %v", err)
						return
					}
					if n%4 == 0 {
						next, err := in.Refresh(t.Context(), sessions[i].RefreshToken)
						if err != nil {
							t.Errorf("a refresh: %v", err)
							return
						}
						sessions[i] = next
						refreshed.Add(1)
					}
				}
			})
		}
		more := func() { // waits until everybody may have refreshed once
			t.Helper()
			from, deadline := refreshed.Load(), time.Now().Add(time.Minute)
			for refreshed.Load() < from+int64(len(sessions)) && !t.Failed() {
				if time.Now().After(deadline) {
					t.Errorf("only %d refreshes", refreshed.Load())
				}
				time.Sleep(time.Millisecond)
			}
		}
		for i := range processes {
			more()
			processes[i].Store(l.with(t, fresh+","+old))
		}
		more()
		close(stop)
		all.Wait()
		first := l.login(t, "demo:resident-2") // signed by the old key
		alone := l.with(t, fresh)
		wantIn(t, alone, first, model.ErrTokenInvalid)
		after, err := alone.Refresh(t.Context(), first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		wantIn(t, alone, after, nil)
	})
}

package account_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	crypto "crypto/rand"

	"github.com/golang-jwt/jwt/v5"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/account"
	"linbanglin/service/privacy"
)

// lobby is a world whose people log in through a WeChat of the test's.
type lobby struct {
	*testworld.World
	*account.Accounts
	wechat *wechattest.Server
	store  *repository.Store
	now    atomic.Int64
}

var secret = strings.Repeat("ab", 32)

func each(t *testing.T, test func(t *testing.T, l *lobby)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		l := &lobby{World: testworld.New(t, store), wechat: wechattest.New(), store: store}
		t.Cleanup(l.wechat.Close)
		l.now.Store(int64(testworld.Now))
		l.Accounts = l.with(t, "k1:"+secret)
		test(t, l)
	})
}

// with returns accounts that sign by other keys.
func (l *lobby) with(t *testing.T, keys string) *account.Accounts {
	t.Helper()
	client := wechat.New(wechattest.AppID, wechattest.Secret, l.wechat.URL)
	return account.New(l.store, client, l.keys(t, keys), true, func() model.Instant { return model.Instant(l.now.Load()) })
}

func (l *lobby) keys(t *testing.T, text string) *account.Keys {
	t.Helper()
	keys, err := account.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (l *lobby) login(t *testing.T, code string) *account.Session {
	t.Helper()
	s, err := l.Login(t.Context(), code, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *lobby) actor(t *testing.T, s *account.Session) model.Actor {
	t.Helper()
	who, err := l.Authenticate(t.Context(), s.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func TestLoginOfAWeChatUserIsStable(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		first := l.login(t, "ok-anna")
		if first.TokenType != "Bearer" || first.ExpiresIn != 1800 || first.Member.Roles == nil || len(first.Member.Roles) != 0 {
			t.Errorf("got %+v", first)
		}
		if _, err := l.Login(t.Context(), "ok-anna", ""); !errors.Is(err, model.ErrLoginCode) {
			t.Errorf("a code used twice: %v", err)
		}
		var all sync.WaitGroup
		ids := make([]model.ID, 6)
		for i := range ids {
			all.Go(func() {
				ids[i] = l.login(t, "demo:resident-7").Member.ID
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("one handle is %v", ids)
			}
		}
	})
}

// TestTokensAreGivenThoughNobodyKnowsWhatIsDue has the database fail when it is asked for consents.
func TestTokensAreGivenThoughNobodyKnowsWhatIsDue(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		gone := testdb.Open(t, testdb.SQLite)
		if err := gone.Close(); err != nil {
			t.Fatal(err)
		}
		l.AskWith(privacy.New(gone, func() model.Instant { return testworld.Now }))
		s := l.login(t, "demo:resident-3")
		next, err := l.Refresh(t.Context(), s.RefreshToken)
		if err != nil || next.RefreshToken == "" || next.Due == nil || len(next.Due) != 0 {
			t.Fatalf("got %+v %v", next, err)
		}
		if _, err := l.Me(t.Context(), l.actor(t, next)); err == nil {
			t.Error("the consents are read")
		}
	})
}

func TestDemoHandles(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		for handle, role := range map[string]model.Role{
			"resident-1": model.RoleResident, "party-1": model.RolePartyMember, "gridworker-1": model.RoleGridWorker, "organizer-1": model.RoleOrganizer,
			"admin-1": model.RoleCommunityAdmin, "street-1": model.RoleStreetOfficer, "auditor-1": model.RoleAuditor,
		} {
			s := l.login(t, "demo:"+handle)
			held := false
			for _, g := range s.Member.Roles {
				held = held || g.Role == role
			}
			if !held {
				t.Errorf("%s holds %+v", handle, s.Member.Roles)
			}
		}
		for _, bad := range []string{"demo:", "demo:resident-0", "demo:resident-41", "demo:resident-01", "demo:king-1", "demo:resident--1"} {
			if _, err := l.Login(t.Context(), bad, ""); !errors.Is(err, model.ErrLoginCode) {
				t.Errorf("%s: got %v", bad, err)
			}
		}
		keys, _ := account.ParseKeys("k1:" + secret)
		live := account.New(l.store, wechat.New("", "", ""), keys, false, func() model.Instant { return testworld.Now })
		if _, err := live.Login(t.Context(), "demo:resident-1", ""); !errors.Is(err, model.ErrLoginCode) {
			t.Errorf("in production: %v", err)
		}
		if _, err := live.Login(t.Context(), "x", ""); !errors.Is(err, model.ErrWeChatOff) {
			t.Errorf("without WeChat: %v", err)
		}
	})
}

func TestTokensThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		s := l.login(t, "demo:resident-1")
		part := strings.Split(s.AccessToken, ".")
		none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT","kid":"k1"}`))
		foreign := l.with(t, "k1:"+strings.Repeat("cd", 32))
		forged, err := foreign.Login(t.Context(), "demo:resident-1", "")
		if err != nil {
			t.Fatal(err)
		}
		key, err := rsa.GenerateKey(crypto.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		rs := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"sub": "1", "iss": "linbanglin", "exp": 1 << 40})
		rs.Header["kid"] = "k1"
		rsToken, _ := rs.SignedString(key)
		raw, _ := hex.DecodeString(secret)
		signed := func(claims jwt.MapClaims) string {
			token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
			token.Header["kid"] = "k1"
			text, _ := token.SignedString(raw)
			return text
		}
		for name, token := range map[string]string{
			"empty": "", "not a token": "abc", "alg none": none + "." + part[1] + ".", "no signature": part[0] + "." + part[1] + ".",
			"another's signature": forged.AccessToken, "RS256": rsToken, "changed": part[0] + "." + part[1] + "x." + part[2],
			"no end": signed(jwt.MapClaims{"sub": "1", "iss": "linbanglin", "fam": "1"}), "no member": signed(jwt.MapClaims{"sub": "42", "fam": "1", "iss": "linbanglin", "exp": 1 << 40}),
			"other issuer": signed(jwt.MapClaims{"sub": "1", "fam": "1", "iss": "x", "exp": 1 << 40}), "no number": signed(jwt.MapClaims{"sub": "x", "fam": "1", "iss": "linbanglin", "exp": 1 << 40}),
		} {
			if _, err := l.Authenticate(t.Context(), token); !errors.Is(err, model.ErrTokenInvalid) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		for _, rotated := range []string{"k2:" + strings.Repeat("ef", 32) + ",k1:" + secret} {
			if _, err := l.with(t, rotated).Authenticate(t.Context(), s.AccessToken); err != nil {
				t.Errorf("a token of the old key: %v", err)
			}
		}
		l.now.Add(int64(31 * time.Minute / time.Microsecond))
		if _, err := l.Authenticate(t.Context(), s.AccessToken); !errors.Is(err, model.ErrTokenExpired) {
			t.Errorf("expired: %v", err)
		}
		if _, err := l.with(t, "k1:"+secret).Authenticate(t.Context(), s.AccessToken); !errors.Is(err, model.ErrTokenExpired) {
			t.Errorf("expired and not seen before: %v", err)
		}
	})
}

func TestParseKeysRefuses(t *testing.T) {
	for _, bad := range []string{"", "k1", "k1:xyz", "k1:abcd", ":" + secret, "k1:" + secret + ",k1:" + secret} {
		if _, err := account.ParseKeys(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestRefreshWorksOnceAndReuseEndsTheFamily(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		first := l.login(t, "demo:resident-1")
		var won, reused atomic.Int64
		var next atomic.Pointer[account.Session]
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch s, err := l.Refresh(t.Context(), first.RefreshToken); {
				case err == nil:
					won.Add(1)
					next.Store(s)
				case errors.Is(err, model.ErrRefreshReused):
					reused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || reused.Load() != 7 {
			t.Fatalf("%d won, %d were reuse", won.Load(), reused.Load())
		}
		if _, err := l.Refresh(t.Context(), next.Load().RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
			t.Errorf("the family lives on: %v", err)
		}
		other := l.login(t, "demo:resident-1")
		again, err := l.Refresh(t.Context(), other.RefreshToken)
		if err != nil {
			t.Fatalf("another login is hurt: %v", err)
		}
		if err := l.Logout(t.Context(), l.actor(t, again), again.AccessToken); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Refresh(t.Context(), again.RefreshToken); !errors.Is(err, model.ErrRefreshReused) {
			t.Errorf("after logout: %v", err)
		}
		if _, err := l.Refresh(t.Context(), "nonsense"); !errors.Is(err, model.ErrTokenInvalid) {
			t.Errorf("nonsense: %v", err)
		}
		late := l.login(t, "demo:resident-2")
		l.now.Add(int64(31 * 24 * time.Hour / time.Microsecond))
		if _, err := l.Refresh(t.Context(), late.RefreshToken); !errors.Is(err, model.ErrTokenExpired) {
			t.Errorf("after a month: %v", err)
		}
	})
}

func TestBindByPhone(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		person := l.Members[0]
		newcomer := l.actor(t, l.login(t, "ok-bo"))
		l.wechat.Phone("p1", person.Phone[2:])
		l.wechat.Phone("p2", "19912345678")
		l.wechat.Phone("p3", person.Phone[2:])
		if _, err := l.BindByPhone(t.Context(), newcomer, "p2"); !errors.Is(err, model.ErrPhoneUnknown) {
			t.Errorf("an unknown phone: %v", err)
		}
		s, err := l.BindByPhone(t.Context(), newcomer, "p1")
		if err != nil || s.Member.ID != person.ID || len(s.Member.Roles) == 0 {
			t.Fatalf("got %+v, %v", s, err)
		}
		if _, err := l.Authenticate(t.Context(), l.login(t, "ok-cy").AccessToken); err != nil {
			t.Fatal(err)
		}
		second := l.actor(t, l.login(t, "ok-dee"))
		if _, err := l.BindByPhone(t.Context(), second, "p3"); !errors.Is(err, model.ErrBound) {
			t.Errorf("a person that is bound: %v", err)
		}
		if _, err := l.BindByPhone(t.Context(), l.actor(t, s), "p3"); !errors.Is(err, model.ErrBound) {
			t.Errorf("a login that is bound: %v", err)
		}
	})
}

func TestBindByCode(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		worker, person := l.Holder(model.RoleGridWorker), l.Members[2]
		if _, err := l.IssueBindCode(t.Context(), l.Resident(0), person.ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by a resident: %v", err)
		}
		if _, err := l.IssueBindCode(t.Context(), worker, l.Members[len(l.Members)-1].ID); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("in another grid: %v", err)
		}
		if _, err := l.IssueBindCode(t.Context(), worker, l.Others.Members[0].ID); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("in another community: %v", err)
		}
		code, err := l.IssueBindCode(t.Context(), worker, person.ID)
		if err != nil {
			t.Fatal(err)
		}
		newcomer := l.actor(t, l.login(t, "ok-eve"))
		if _, err := l.BindByCode(t.Context(), newcomer, "WRONG234"); !errors.Is(err, model.ErrBindCode) {
			t.Errorf("a wrong code: %v", err)
		}
		s, err := l.BindByCode(t.Context(), newcomer, " "+strings.ToLower(code.Code))
		if err != nil || s.Member.ID != person.ID {
			t.Fatalf("got %+v, %v", s, err)
		}
		if _, err := l.BindByCode(t.Context(), l.actor(t, l.login(t, "ok-fay")), code.Code); !errors.Is(err, model.ErrBindCode) {
			t.Errorf("a code used twice: %v", err)
		}
		late, err := l.IssueBindCode(t.Context(), worker, l.Members[4].ID)
		if err != nil {
			t.Fatal(err)
		}
		waiting := l.actor(t, l.login(t, "ok-hal"))
		l.now.Add(int64(31 * time.Minute / time.Microsecond))
		if _, err := l.BindByCode(t.Context(), waiting, late.Code); !errors.Is(err, model.ErrBindCode) {
			t.Errorf("after half an hour: %v", err)
		}
	})
}

func TestUpdateMeNeedsTheVersion(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		who := l.Resident(0)
		me, err := l.Me(t.Context(), who)
		if err != nil || strings.Contains(me.DisplayName, "一一") {
			t.Fatalf("got %+v, %v", me, err)
		}
		in := account.ProfileInput{Nickname: "小甲", Anonymous: true, Skills: []string{"理发"}, Version: me.Version}
		after, err := l.UpdateMe(t.Context(), who, in)
		if err != nil || after.DisplayName != "小甲" || !after.Anonymous || after.Version != me.Version+1 {
			t.Errorf("got %+v, %v", after, err)
		}
		if _, err := l.UpdateMe(t.Context(), who, in); !errors.Is(err, model.ErrStale) {
			t.Errorf("a stale version: %v", err)
		}
	})
}

func TestABindCodeIsGivenAgainAndKeptNowhere(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		worker := l.Holder(model.RoleGridWorker)
		replayed := 0
		promise := &model.Idempotency{Member: worker.MemberID, Key: "k", Replayed: func() { replayed++ }}
		ctx := model.WithIdempotency(t.Context(), promise)
		first, err := l.IssueBindCode(ctx, worker, l.Members[2].ID)
		if err != nil {
			t.Fatal(err)
		}
		rotated := l.with(t, "k2:"+strings.Repeat("cd", 32)+",k1:"+secret)
		for name, a := range map[string]*account.Accounts{"here": l.Accounts, "after a new key": rotated} {
			again, err := a.IssueBindCode(ctx, worker, l.Members[2].ID)
			if err != nil || again.Code != first.Code || again.ExpiresAt.String() != first.ExpiresAt.String() {
				t.Errorf("%s: got %+v, %v, want %+v", name, again, err, first)
			}
		}
		if _, err := l.with(t, "k2:"+strings.Repeat("cd", 32)).IssueBindCode(ctx, worker, l.Members[2].ID); !errors.Is(err, model.ErrBindCode) {
			t.Errorf("without the key that made it: %v", err)
		}
		var kept map[string]any
		if found, err := repository.Replay(ctx, l.store, &kept); !found || err != nil || replayed != 4 {
			t.Errorf("found %t, %v, %d replays", found, err, replayed)
		}
		for name, value := range kept {
			if text, _ := value.(string); strings.Contains(text, first.Code) {
				t.Errorf("the code is kept as %s", name)
			}
		}
		other, err := l.IssueBindCode(t.Context(), worker, l.Members[2].ID)
		if err != nil || other.Code == first.Code {
			t.Errorf("without a key: got %+v, %v", other, err)
		}
	})
}

func TestSomeoneOfAnySecondCommunityBinds(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		theirs, both := l.Others.Members[2], l.Others.Members[6]
		both.Phone = l.Members[6].Phone
		givenRoster(t, l, both)
		newcomer := l.login(t, "ok-ida")
		if newcomer.Member.CommunityID != 0 {
			t.Errorf("a newcomer is of community %s already", newcomer.Member.CommunityID)
		}
		l.wechat.Phone("p1", theirs.Phone[2:])
		s, err := l.BindByPhone(t.Context(), l.actor(t, newcomer), "p1")
		if err != nil || s.Member.ID != theirs.ID || s.Member.CommunityID != l.Others.Community.ID {
			t.Errorf("by phone: got %+v, %v", s, err)
		}
		code, err := l.IssueBindCode(t.Context(), l.Others.Holder(model.RoleGridWorker), l.Others.Members[4].ID)
		if err != nil {
			t.Fatal(err)
		}
		s, err = l.BindByCode(t.Context(), l.actor(t, l.login(t, "ok-jo")), code.Code)
		if err != nil || s.Member.ID != l.Others.Members[4].ID {
			t.Errorf("by code: got %+v, %v", s, err)
		}
		l.wechat.Phone("p2", both.Phone[2:])
		if _, err := l.BindByPhone(t.Context(), l.actor(t, l.login(t, "ok-kit")), "p2"); !errors.Is(err, model.ErrPhoneShared) {
			t.Errorf("a phone in two communities: %v", err)
		}
	})
}

// givenRoster writes what a test changed about people.
func givenRoster(t *testing.T, l *lobby, people ...*model.Member) {
	t.Helper()
	for _, m := range people {
		m.Version++
		if err := l.store.Members.UpdateRoster(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStaffWithoutAHouseholdBind(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		var staff []*model.Member
		for _, phone := range []string{"8619900009911", "8619900009912"} {
			staff = append(staff, &model.Member{
				ID: l.store.NewID(), Place: l.Grids[0].Place, Name: "外来网格员", Phone: phone, Skills: []string{}, RosterKey: "staff/" + phone,
				Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
			})
		}
		if err := l.store.Members.Create(t.Context(), staff...); err != nil {
			t.Fatal(err)
		}
		l.wechat.Phone("p1", staff[0].Phone[2:])
		s, err := l.BindByPhone(t.Context(), l.actor(t, l.login(t, "ok-liu")), "p1")
		if err != nil || s.Member.ID != staff[0].ID {
			t.Errorf("by phone: got %+v, %v", s, err)
		}
		code, err := l.IssueBindCode(t.Context(), l.Holder(model.RoleCommunityAdmin), staff[1].ID)
		if err != nil {
			t.Fatalf("no code: %v", err)
		}
		s, err = l.BindByCode(t.Context(), l.actor(t, l.login(t, "ok-moe")), code.Code)
		if err != nil || s.Member.ID != staff[1].ID {
			t.Errorf("by code: got %+v, %v", s, err)
		}
	})
}

func TestACodeForAnOfficeIsTheAdmins(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		worker, admin := l.Holder(model.RoleGridWorker), l.Holder(model.RoleCommunityAdmin)
		person := l.Members[3].ID // of the worker's grid
		for _, c := range []struct {
			role model.Role
			want error
		}{{model.RolePartyMember, nil}, {model.RoleStreetOfficer, model.ErrForbidden}} {
			err := l.store.Roles.Grant(t.Context(), &repository.Role{
				ID: l.store.NewID(), CommunityID: l.Community.ID, MemberID: person, Role: c.role, NodeID: l.Community.ID, NodeKind: model.KindCommunity, CreatedAt: testworld.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.IssueBindCode(t.Context(), worker, person); !errors.Is(err, c.want) {
				t.Errorf("%s: the worker got %v", c.role, err)
			}
			if _, err := l.IssueBindCode(t.Context(), admin, person); err != nil {
				t.Errorf("%s: the admin got %v", c.role, err)
			}
		}
	})
}

func TestAPersonWithoutARoleIsNotMergedAway(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		worker, person := l.Holder(model.RoleGridWorker), l.Members[0]
		l.wechat.Phone("p1", l.Members[2].Phone[2:])
		mine, err := l.IssueBindCode(t.Context(), worker, person.ID)
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.BindByCode(t.Context(), l.actor(t, l.login(t, "ok-nan")), mine.Code)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.store.Roles.Revoke(t.Context(), person.ID, model.RoleResident, l.Community.ID, testworld.Now); err != nil {
			t.Fatal(err)
		}
		l.Accounts = l.with(t, "k1:"+secret) // which has not remembered the roles
		without := l.actor(t, s)
		if err := without.May(model.OpPostRequest, without.Place); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a person without a role: %v", err)
		}
		other, err := l.IssueBindCode(t.Context(), worker, l.Members[2].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.BindByCode(t.Context(), without, other.Code); !errors.Is(err, model.ErrBound) {
			t.Errorf("by code: %v", err)
		}
		if _, err := l.BindByPhone(t.Context(), without, "p1"); !errors.Is(err, model.ErrBound) {
			t.Errorf("by phone: %v", err)
		}
		if kept, err := l.store.Members.Get(t.Context(), person.ID); err != nil || kept.MergedInto != 0 {
			t.Errorf("the person is merged: %+v, %v", kept, err)
		}
	})
}

func TestOneLoginRedeemsOneOfManyCodes(t *testing.T) {
	each(t, func(t *testing.T, l *lobby) {
		newcomer := l.actor(t, l.login(t, "ok-oda"))
		var won, bound atomic.Int64
		var all sync.WaitGroup
		for i := range 6 {
			code, err := l.IssueBindCode(t.Context(), l.Holder(model.RoleGridWorker), l.Members[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			all.Go(func() {
				switch _, err := l.BindByCode(t.Context(), newcomer, code.Code); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, model.ErrBound):
					bound.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || bound.Load() != 5 {
			t.Errorf("%d bound the login, %d were told that it is bound", won.Load(), bound.Load())
		}
	})
}

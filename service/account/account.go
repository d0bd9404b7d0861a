package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"linbanglin/internal/memo"
	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
	"linbanglin/service/privacy"
)

const (
	accessLife = 30 * time.Minute
	// actorTrust is how long a role that was revoked may still be used. The place of who calls may be as old again.
	actorTrust = 5 * time.Second
	remembered = 50_000
)

// Accounts logs people in and says who they are.
type Accounts struct {
	store  *repository.Store
	wechat *wechat.Client
	keys   *Keys
	demo   bool
	now    func() model.Instant
	actors *memo.Memo[model.ID, model.Actor]
	closed *memo.Memo[struct{}, closed]
	tokens verified
	here   atomic.Pointer[string] // whom tokens are for: this install, in this mode
	checks *content.Checks        // nil without
	agreed *privacy.Privacy       // nil without
}

// New returns the accounts of a store. With demo, the demo's handles may log in without WeChat.
func New(store *repository.Store, wechat *wechat.Client, keys *Keys, demo bool, now func() model.Instant) *Accounts {
	a := &Accounts{store: store, wechat: wechat, keys: keys, demo: demo, now: now}
	a.actors = memo.New(actorTrust, remembered, a.actor)
	a.closed = memo.New(closedTrust, 1, a.readClosed)
	return a
}

// settle finds out whom tokens are for. It comes before a transaction, because the first one makes the install's name.
func (a *Accounts) settle(ctx context.Context) error {
	if a.here.Load() != nil {
		return nil
	}
	name, err := a.store.Sessions.Install(ctx, a.now())
	if err != nil {
		return err
	}
	mode := "production"
	if a.demo {
		mode = "demo"
	}
	name = mode + ":" + name
	a.here.Store(&name)
	return nil
}

// Self is how members see who they are.
type Self struct {
	ID          model.ID      `json:"id"`
	DisplayName string        `json:"display_name"`
	CommunityID model.ID      `json:"community_id,omitzero"` // none until bound
	Roles       []model.Grant `json:"roles"`
}

// Session is an answer to a login.
type Session struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	RefreshToken string `json:"refresh_token"`
	Member       Self   `json:"member"`

	Due []model.ConsentDue `json:"consents_due" doc:"现在应征求的同意；service 未同意前只能查看"`
}

// Login takes a code of wx.login and returns tokens of the member that the WeChat user is; one who was
// never here becomes a placeholder, until bound. The device is what the client calls itself, for the member's list of
// logins. It fails with ErrLoginCode, ErrLoginBlocked, ErrLocked, ErrWeChatBusy and ErrWeChatOff.
func (a *Accounts) Login(ctx context.Context, code, device string) (*Session, error) {
	if err := a.settle(ctx); err != nil {
		return nil, err
	}
	member, err := a.memberOf(ctx, code)
	if err != nil {
		return nil, err
	}
	var s *Session
	err = a.store.Tx(ctx, func(tx *repository.Store) error {
		guard, err := tx.Guards.Get(ctx, member)
		if err == nil && guard.Locked(a.now()) {
			err = model.ErrLocked
		}
		if err == nil {
			s, err = a.open(ctx, tx, member, device, model.AuthLogin)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.asks(ctx, s), nil
}

// AskWith has members told what they are to agree to. It is for before the first call.
func (a *Accounts) AskWith(p *privacy.Privacy) { a.agreed = p }

// due returns what a member is to agree to.
func (a *Accounts) due(ctx context.Context, member model.ID) ([]model.ConsentDue, error) {
	if a.agreed == nil {
		return []model.ConsentDue{}, nil
	}
	return a.agreed.Due(ctx, member)
}

// asks completes new tokens with what their member is to agree to. They are good already, and who lost them would have to
// log in anew, so when that cannot be read nothing is asked; GET /me tells it.
func (a *Accounts) asks(ctx context.Context, s *Session) *Session {
	if due, err := a.due(ctx, s.Member.ID); err == nil {
		s.Due = due
	}
	return s
}

func (a *Accounts) memberOf(ctx context.Context, code string) (model.ID, error) {
	if handle, ok := demoHandle(code); ok {
		if !a.demo {
			return 0, model.ErrLoginCode
		}
		return a.demoMember(ctx, handle)
	}
	who, err := a.wechat.CodeToSession(ctx, code)
	if err != nil {
		return 0, err
	}
	identity, err := a.store.Logins.Identity(ctx, a.wechat.AppID(), who.OpenID)
	if errors.Is(err, model.ErrNotFound) {
		return a.welcome(ctx, who)
	}
	if err != nil {
		return 0, err
	}
	return identity.MemberID, nil
}

// welcome makes a placeholder for a WeChat user who was never here.
func (a *Accounts) welcome(ctx context.Context, who wechat.Session) (model.ID, error) {
	now := a.now()
	m := model.NewPlaceholder(a.store.NewID(), now)
	err := a.store.Tx(ctx, func(tx *repository.Store) error {
		if err := tx.Members.Create(ctx, m); err != nil {
			return err
		}
		return tx.Logins.AddIdentity(ctx, &model.Identity{
			ID: a.store.NewID(), AppID: a.wechat.AppID(), OpenID: who.OpenID, UnionID: who.UnionID, MemberID: m.ID, CreatedAt: now,
		})
	})
	if errors.Is(err, model.ErrDuplicate) { // the same user on two phones at once
		identity, err := a.store.Logins.Identity(ctx, a.wechat.AppID(), who.OpenID)
		if err != nil {
			return 0, err
		}
		return identity.MemberID, nil
	}
	return m.ID, err
}

// issue makes an access token and the next refresh token of a family; of the latter only the hash is kept.
func (a *Accounts) issue(ctx context.Context, tx *repository.Store, member, family model.ID) (*Session, error) {
	now := a.now()
	refresh, hash := newSecret()
	err := tx.Logins.AddToken(ctx, &model.RefreshToken{
		ID: a.store.NewID(), FamilyID: family, MemberID: member, Hash: hash, ExpiresAt: now.Add(model.LoginIdle), CreatedAt: now,
	})
	if err != nil {
		return nil, err
	}
	access, err := a.keys.sign(*a.here.Load(), member, family, now, accessLife)
	if err != nil {
		return nil, fmt.Errorf("sign token: %w", err)
	}
	self, err := a.self(ctx, tx, member)
	return &Session{access, "Bearer", int(accessLife.Seconds()), refresh, self, []model.ConsentDue{}}, err
}

func (a *Accounts) self(ctx context.Context, s *repository.Store, id model.ID) (Self, error) {
	m, err := s.Members.Get(ctx, id)
	if err != nil {
		return Self{}, err
	}
	grants, err := s.Roles.Of(ctx, id)
	if grants == nil {
		grants = []model.Grant{}
	}
	return Self{m.ID, m.DisplayName(), m.CommunityID, grants}, err
}

// newSecret returns 32 random bytes for a client, and the hash of them to keep.
func newSecret() (secret string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	secret = base64.RawURLEncoding.EncodeToString(raw)
	return secret, hashOf(secret)
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Authenticate returns who bears an access token. It fails with ErrTokenExpired, with ErrTokenInvalid, also for one
// whose login has ended, and with ErrLocked.
func (a *Accounts) Authenticate(ctx context.Context, access string) (model.Actor, error) {
	b, err := a.bearer(ctx, access)
	if err != nil {
		return model.Actor{}, err
	}
	shut, err := a.closed.Get(ctx, struct{}{})
	switch {
	case err != nil:
		return model.Actor{}, err
	case shut.members[b.member]:
		return model.Actor{}, model.ErrLocked
	case shut.sessions[b.family]:
		return model.Actor{}, model.ErrTokenInvalid
	}
	return a.actors.Get(ctx, b.member)
}

// bearer reads an access token, whose signature is checked once.
func (a *Accounts) bearer(ctx context.Context, access string) (bearer, error) {
	b, known := a.tokens.get(access)
	if !known {
		err := a.settle(ctx)
		if err == nil {
			b, err = a.keys.verify(*a.here.Load(), access, a.now())
		}
		if err != nil {
			return bearer{}, err
		}
		a.tokens.put(access, b)
	}
	if b.until <= a.now() {
		return bearer{}, model.ErrTokenExpired
	}
	return b, nil
}

// actor reads a member's place and roles.
func (a *Accounts) actor(ctx context.Context, id model.ID) (model.Actor, error) {
	m, err := a.store.Members.Known(ctx, id)
	if errors.Is(err, model.ErrNotFound) || err == nil && m.MergedInto != 0 {
		return model.Actor{}, model.ErrTokenInvalid
	}
	if err != nil {
		return model.Actor{}, err
	}
	grants, err := a.store.Roles.Shared(ctx, id)
	return model.Actor{MemberID: m.ID, Place: m.Place, Grants: grants}, err
}

// Sweep removes tokens and codes that ended, and logins that ended with them.
func (a *Accounts) Sweep(ctx context.Context) error {
	now := a.now()
	return errors.Join(a.store.Logins.Sweep(ctx, now), a.store.Sessions.Sweep(ctx, now.Add(-model.LoginIdle)))
}

// verified remembers tokens whose signature was checked.
type verified struct {
	mu      sync.RWMutex
	bearers map[[32]byte]bearer
}

func (v *verified) get(token string) (bearer, bool) {
	key := sha256.Sum256([]byte(token))
	v.mu.RLock()
	defer v.mu.RUnlock()
	b, ok := v.bearers[key]
	return b, ok
}

func (v *verified) put(token string, b bearer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.bearers == nil || len(v.bearers) >= remembered {
		v.bearers = map[[32]byte]bearer{}
	}
	v.bearers[sha256.Sum256([]byte(token))] = b
}

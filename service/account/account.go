package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"linbanglin/internal/memo"
	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
)

const (
	accessLife  = 30 * time.Minute
	refreshLife = 30 * 24 * time.Hour
	// actorTrust is how long a role that was revoked may still be used.
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
	tokens verified
	tries  guesses
	checks *content.Checks // nil without
}

// New returns the accounts of a store. With demo, the demo's handles may log in without WeChat.
func New(store *repository.Store, wechat *wechat.Client, keys *Keys, demo bool, now func() model.Instant) *Accounts {
	a := &Accounts{store: store, wechat: wechat, keys: keys, demo: demo, now: now}
	a.actors = memo.New(actorTrust, remembered, a.actor)
	return a
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
}

// Login takes a code of wx.login and returns tokens of the member that the WeChat user is; one who was
// never here becomes a placeholder, until bound. It fails with ErrLoginCode,
// ErrLoginBlocked, ErrWeChatBusy and ErrWeChatOff.
func (a *Accounts) Login(ctx context.Context, code string) (*Session, error) {
	member, err := a.memberOf(ctx, code)
	if err != nil {
		return nil, err
	}
	return a.session(ctx, member, a.store.NewID())
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

// session issues tokens of a family.
func (a *Accounts) session(ctx context.Context, member, family model.ID) (*Session, error) {
	var s *Session
	err := a.store.Tx(ctx, func(tx *repository.Store) (err error) {
		s, err = a.issue(ctx, tx, member, family)
		return err
	})
	return s, err
}

// issue makes an access token and the next refresh token of a family; of the latter only the hash is kept.
func (a *Accounts) issue(ctx context.Context, tx *repository.Store, member, family model.ID) (*Session, error) {
	now := a.now()
	refresh, hash := newSecret()
	err := tx.Logins.AddToken(ctx, &model.RefreshToken{
		ID: a.store.NewID(), FamilyID: family, MemberID: member, Hash: hash, ExpiresAt: now.Add(refreshLife), CreatedAt: now,
	})
	if err != nil {
		return nil, err
	}
	access, err := a.keys.sign(member, family, now, accessLife)
	if err != nil {
		return nil, fmt.Errorf("sign token: %w", err)
	}
	self, err := a.self(ctx, tx, member)
	return &Session{access, "Bearer", int(accessLife.Seconds()), refresh, self}, err
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

// Refresh takes a refresh token, which works once, and returns new tokens. A token that was used before
// may be stolen: its whole family is revoked. It fails with ErrRefreshReused, ErrTokenExpired and
// ErrTokenInvalid.
func (a *Accounts) Refresh(ctx context.Context, refresh string) (*Session, error) {
	var s *Session
	var refused error
	err := a.store.Tx(ctx, func(tx *repository.Store) error {
		s, refused = nil, nil
		token, err := tx.Logins.LockToken(ctx, hashOf(refresh))
		if errors.Is(err, model.ErrNotFound) {
			return model.ErrTokenInvalid
		}
		if err != nil {
			return err
		}
		now := a.now()
		switch {
		case token.UsedAt != 0 || token.RevokedAt != 0:
			refused = model.ErrRefreshReused // returned after the commit, since the revocation must stay
			return tx.Logins.RevokeFamily(ctx, token.FamilyID, now)
		case token.ExpiresAt <= now:
			return model.ErrTokenExpired
		}
		if err := tx.Logins.UseToken(ctx, token.ID, now); err != nil {
			return err
		}
		s, err = a.issue(ctx, tx, token.MemberID, token.FamilyID)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Logout ends the login that an access token came from. The access token itself lives on until it ends by
// its time, half an hour at most.
func (a *Accounts) Logout(ctx context.Context, access string) error {
	b, err := a.keys.verify(access, a.now())
	if err != nil {
		return err
	}
	return a.store.Logins.RevokeFamily(ctx, b.family, a.now())
}

// Authenticate returns who bears an access token. It fails with ErrTokenExpired and ErrTokenInvalid.
func (a *Accounts) Authenticate(ctx context.Context, access string) (model.Actor, error) {
	b, known := a.tokens.get(access)
	if !known {
		var err error
		if b, err = a.keys.verify(access, a.now()); err != nil {
			return model.Actor{}, err
		}
		a.tokens.put(access, b)
	}
	if b.until <= a.now() {
		return model.Actor{}, model.ErrTokenExpired
	}
	return a.actors.Get(ctx, b.member)
}

// actor reads a member's place and roles.
func (a *Accounts) actor(ctx context.Context, id model.ID) (model.Actor, error) {
	m, err := a.store.Members.Get(ctx, id)
	if errors.Is(err, model.ErrNotFound) || err == nil && m.MergedInto != 0 {
		return model.Actor{}, model.ErrTokenInvalid
	}
	if err != nil {
		return model.Actor{}, err
	}
	grants, err := a.store.Roles.Of(ctx, id)
	return model.Actor{MemberID: m.ID, Place: m.Place, Grants: grants}, err
}

// Sweep removes tokens and codes that ended.
func (a *Accounts) Sweep(ctx context.Context) error { return a.store.Logins.Sweep(ctx, a.now()) }

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

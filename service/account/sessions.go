package account

import (
	"context"
	"errors"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// closedTrust is how long a login that ended, or a member who was locked, may still get in: their access tokens are good
// by themselves, so who is out is read by every process, all of them at once.
const closedTrust = 2 * time.Second

// closed is who does not get in though their access token is good.
type closed struct {
	sessions map[model.ID]bool
	members  map[model.ID]bool
}

// readClosed reads the logins that ended so lately that access tokens of theirs may live, and who is locked.
func (a *Accounts) readClosed(ctx context.Context, _ struct{}) (closed, error) {
	now := a.now()
	ended, err := a.store.Sessions.EndedSince(ctx, now.Add(-accessLife-time.Minute))
	if err != nil {
		return closed{}, err
	}
	locked, err := a.store.Guards.LockedAt(ctx, now)
	c := closed{make(map[model.ID]bool, len(ended)), make(map[model.ID]bool, len(locked))}
	for _, id := range ended {
		c.sessions[id] = true
	}
	for _, id := range locked {
		c.members[id] = true
	}
	return c, err
}

// forget makes what was changed about a member hold in this process at once.
func (a *Accounts) forget(member model.ID) {
	a.store.Members.Forget(member)
	a.actors.Forget(member)
	a.closed.Forget(struct{}{})
}

// note writes down what happened to an account, within the transaction in which it does.
func (a *Accounts) note(ctx context.Context, tx *repository.Store, e *model.AuthEvent) error {
	e.ID, e.Origin, e.At = a.store.NewID(), model.OriginOf(ctx), a.now()
	return tx.AuthEvents.Append(ctx, e)
}

// open begins a login of a member and returns its tokens.
func (a *Accounts) open(ctx context.Context, tx *repository.Store, member model.ID, device string, how model.AuthKind) (*Session, error) {
	now := a.now()
	row := &model.LoginSession{ID: a.store.NewID(), MemberID: member, Device: model.DeviceName(device), CreatedAt: now, UsedAt: now}
	if err := tx.Sessions.Add(ctx, row); err != nil {
		return nil, err
	}
	s, err := a.issue(ctx, tx, member, row.ID)
	if err != nil {
		return nil, err
	}
	return s, a.note(ctx, tx, &model.AuthEvent{Kind: how, CommunityID: s.Member.CommunityID, MemberID: member, ActorID: member, SessionID: row.ID})
}

// Refresh takes a refresh token, which works once, and returns new tokens. A token that was used before
// may be stolen: its whole family is revoked, and that counts as a wrong code does. That of a login that is over ends it with
// its access tokens. It fails with ErrRefreshReused, ErrTokenExpired, ErrLoginOver, ErrTokenInvalid, ErrLocked, and with
// ErrTooMany and a wait.
func (a *Accounts) Refresh(ctx context.Context, refresh string) (*Session, error) {
	if err := a.settle(ctx); err != nil {
		return nil, err
	}
	var s *Session
	var refused error
	var member model.ID
	err := a.store.Tx(ctx, func(tx *repository.Store) error {
		s, refused = nil, nil
		token, err := tx.Logins.LockToken(ctx, hashOf(refresh))
		if errors.Is(err, model.ErrNotFound) {
			return model.ErrTokenInvalid
		}
		if err != nil {
			return err
		}
		if member = token.MemberID; token.UsedAt != 0 || token.RevokedAt != 0 {
			refused = model.ErrRefreshReused // returned after the commit, since the revocation must stay
			return a.reused(ctx, tx, token)
		}
		if s, err = a.renew(ctx, tx, token); errors.Is(err, model.ErrLoginOver) {
			refused = err // likewise: a login that is over stays so when its member's roles, and with them its life, change
			_, err = tx.Sessions.End(ctx, token.FamilyID, a.now())
		}
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		if refused != nil {
			a.forget(member)
		}
		return nil, err
	}
	return a.asks(ctx, s), nil
}

// renew gives a login the next tokens.
func (a *Accounts) renew(ctx context.Context, tx *repository.Store, token *model.RefreshToken) (*Session, error) {
	now := a.now()
	guard, err := tx.Guards.Get(ctx, token.MemberID)
	if err == nil {
		err = guard.Admits(now)
	}
	if err == nil && token.ExpiresAt <= now {
		err = model.ErrTokenExpired
	}
	if err == nil {
		err = a.goesOn(ctx, tx, token)
	}
	if err != nil {
		return nil, err
	}
	if err := tx.Logins.UseToken(ctx, token.ID, now); err != nil {
		return nil, err
	}
	if err := tx.Sessions.Used(ctx, token.FamilyID, now); err != nil {
		return nil, err
	}
	s, err := a.issue(ctx, tx, token.MemberID, token.FamilyID)
	if err != nil {
		return nil, err
	}
	e := &model.AuthEvent{Kind: model.AuthRefreshed, CommunityID: s.Member.CommunityID, MemberID: token.MemberID, ActorID: token.MemberID, SessionID: token.FamilyID}
	return s, a.note(ctx, tx, e)
}

// goesOn fails with ErrLoginOver when the login that a token is of has come to its end.
func (a *Accounts) goesOn(ctx context.Context, tx *repository.Store, token *model.RefreshToken) error {
	login, err := tx.Sessions.Get(ctx, token.FamilyID)
	if errors.Is(err, model.ErrNotFound) { // made by a program from before there were rows of logins
		login = &model.LoginSession{ID: token.FamilyID, MemberID: token.MemberID, CreatedAt: token.CreatedAt, UsedAt: token.CreatedAt}
		err = tx.Sessions.Add(ctx, login)
	}
	if err != nil {
		return err
	}
	held, err := tx.Roles.Of(ctx, token.MemberID)
	if err == nil && login.Over(model.LifeOf(held), a.now()) {
		err = model.ErrLoginOver
	}
	return err
}

// reused ends the login whose refresh token came twice. Only the first time counts against the member, or who found an
// old token could lock its owner out.
func (a *Accounts) reused(ctx context.Context, tx *repository.Store, token *model.RefreshToken) error {
	lives, err := tx.Sessions.End(ctx, token.FamilyID, a.now())
	if err != nil || !lives {
		return err
	}
	m, err := tx.Members.Get(ctx, token.MemberID)
	if err != nil {
		return err
	}
	guard, err := tx.Guards.Lock(ctx, token.MemberID)
	if err != nil {
		return err
	}
	return a.strike(ctx, tx, guard, &model.AuthEvent{Kind: model.AuthReused, CommunityID: m.CommunityID, MemberID: m.ID, SessionID: token.FamilyID})
}

// Logout ends the login that an access token came from. Its access tokens end with it, in other processes within
// seconds. It fails with ErrTokenExpired and ErrTokenInvalid.
func (a *Accounts) Logout(ctx context.Context, who model.Actor, access string) error {
	b, err := a.bearer(ctx, access)
	if err != nil {
		return err
	}
	return a.end(ctx, who, b.family, model.AuthLogout)
}

// LogoutEverywhere ends all logins of the caller's, this one too.
func (a *Accounts) LogoutEverywhere(ctx context.Context, who model.Actor) error {
	defer a.forget(who.MemberID)
	return a.store.Tx(ctx, func(tx *repository.Store) error {
		if err := tx.Sessions.EndAll(ctx, who.MemberID, a.now()); err != nil {
			return err
		}
		return a.note(ctx, tx, &model.AuthEvent{
			Kind: model.AuthEverywhere, CommunityID: who.Place.CommunityID, MemberID: who.MemberID, ActorID: who.MemberID,
		})
	})
}

// maxSessions is how many logins a list shows.
const maxSessions = 100

// Sessions lists the caller's logins, the newest first; the one that the access token came from is marked.
func (a *Accounts) Sessions(ctx context.Context, who model.Actor, access string) ([]*model.LoginSession, error) {
	rows, err := a.store.Sessions.Of(ctx, who.MemberID, model.LifeOf(who.Grants), a.now(), maxSessions)
	if err != nil {
		return nil, err
	}
	b, _ := a.bearer(ctx, access) // was good a moment ago
	for _, s := range rows {
		s.Current = s.ID == b.family
	}
	return rows, nil
}

// EndSession ends a login of the caller's. It fails with ErrNotFound when they have no such one that goes on.
func (a *Accounts) EndSession(ctx context.Context, who model.Actor, id model.ID) error {
	return a.end(ctx, who, id, model.AuthSessionEnded)
}

func (a *Accounts) end(ctx context.Context, who model.Actor, id model.ID, how model.AuthKind) error {
	defer a.forget(who.MemberID)
	return a.store.Tx(ctx, func(tx *repository.Store) error {
		s, err := tx.Sessions.Get(ctx, id)
		if err == nil && s.MemberID != who.MemberID {
			err = model.ErrNotFound
		}
		if err != nil {
			return err
		}
		lives, err := tx.Sessions.End(ctx, id, a.now())
		switch {
		case err != nil:
			return err
		case !lives && how == model.AuthLogout:
			return nil
		case !lives:
			return model.ErrNotFound
		}
		return a.note(ctx, tx, &model.AuthEvent{
			Kind: how, CommunityID: who.Place.CommunityID, MemberID: who.MemberID, ActorID: who.MemberID, SessionID: id,
		})
	})
}

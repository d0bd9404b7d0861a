package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// strike counts something wrong against a member, and locks them when it was one too many.
func (a *Accounts) strike(ctx context.Context, tx *repository.Store, guard *model.Guard, e *model.AuthEvent) error {
	locked := guard.Strike(a.now())
	if err := tx.Guards.Update(ctx, guard); err != nil {
		return err
	}
	if err := a.note(ctx, tx, e); err != nil || !locked {
		return err
	}
	return a.shut(ctx, tx, guard, e.CommunityID)
}

// shut ends the logins of a member who is locked now, tells them for when they are back, and notes it.
func (a *Accounts) shut(ctx context.Context, tx *repository.Store, guard *model.Guard, community model.ID) error {
	if err := tx.Sessions.EndAll(ctx, guard.MemberID, guard.LockedAt); err != nil {
		return err
	}
	n := aboutLock(guard, community, "locked", "您的账号曾被锁定", "您的账号被锁定至 "+guard.LockedUntil.String()+"。原因："+guard.Reason)
	if err := notify.Tell(ctx, tx, n); err != nil {
		return err
	}
	return a.note(ctx, tx, &model.AuthEvent{
		Kind: model.AuthLocked, CommunityID: community, MemberID: guard.MemberID, ActorID: guard.LockedBy, Detail: "until " + guard.LockedUntil.String(),
	})
}

func aboutLock(guard *model.Guard, community model.ID, what, title, body string) *model.Notice {
	return &model.Notice{
		CommunityID: community, MemberID: guard.MemberID, Kind: model.NoticeAccount, Key: fmt.Sprintf("account:%s:%d", what, guard.LockedAt),
		Title: title, Body: body, CreatedAt: guard.LockedAt,
	}
}

// Lock is a member who is kept out, or was.
type Lock struct {
	Member      model.MemberRef `json:"member"`
	Locked      bool            `json:"locked"`
	LockedUntil model.Instant   `json:"locked_until,omitzero"`
	Reason      string          `json:"reason"`
}

// LockMember keeps a member out for some days, and ends their logins. It fails with ErrForbidden outside the caller's
// scope and for oneself, with ErrTwoPersons for who holds an admin role, which is to be taken from them first, with
// ErrNotFound and ErrInvalid.
func (a *Accounts) LockMember(ctx context.Context, who model.Actor, member model.ID, reason string, days int) (*Lock, error) {
	defer a.forget(member)
	return a.guarded(ctx, who, member, func(tx *repository.Store, guard *model.Guard) error {
		now := a.now()
		if err := guard.Lock(who.MemberID, reason, now, now.Add(time.Duration(days)*24*time.Hour)); err != nil {
			return err
		}
		held, err := tx.Roles.Of(ctx, member)
		if err == nil && slices.ContainsFunc(held, func(g model.Grant) bool { return g.Role.Admin() }) {
			err = model.ErrTwoPersons
		}
		if err != nil {
			return err
		}
		return a.shut(ctx, tx, guard, who.Place.CommunityID)
	})
}

// UnlockMember lets a member in before the lock ends, whoever locked them. It fails with ErrForbidden outside the caller's
// scope and for oneself, with ErrNotFound and ErrNotLocked.
func (a *Accounts) UnlockMember(ctx context.Context, who model.Actor, member model.ID, reason string) (*Lock, error) {
	defer a.forget(member)
	return a.guarded(ctx, who, member, func(tx *repository.Store, guard *model.Guard) error {
		if err := guard.Unlock(who.MemberID, a.now()); err != nil {
			return err
		}
		guard.Reason = reason
		n := aboutLock(guard, who.Place.CommunityID, "unlocked", "您的账号已解锁", "社区已为您的账号解锁。")
		if err := notify.Tell(ctx, tx, n); err != nil {
			return err
		}
		return a.note(ctx, tx, &model.AuthEvent{Kind: model.AuthUnlocked, CommunityID: who.Place.CommunityID, MemberID: member, ActorID: who.MemberID})
	})
}

// guarded changes the guard of a member of the caller's scope.
func (a *Accounts) guarded(ctx context.Context, who model.Actor, member model.ID, change func(*repository.Store, *model.Guard) error) (*Lock, error) {
	return repository.Once(ctx, a.store, a.now(), func(tx *repository.Store) (*Lock, error) {
		m, err := tx.Members.Get(ctx, member)
		if err == nil {
			err = who.May(model.OpLockMember, m.Place)
		}
		if err != nil {
			return nil, err
		}
		guard, err := tx.Guards.Lock(ctx, member)
		if err != nil {
			return nil, err
		}
		if err := change(tx, guard); err != nil {
			return nil, err
		}
		if err := tx.Guards.Update(ctx, guard); err != nil {
			return nil, err
		}
		l := &Lock{Member: model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}, Locked: guard.Locked(a.now()), Reason: guard.Reason}
		if l.Locked {
			l.LockedUntil = guard.LockedUntil
		}
		return l, nil
	})
}

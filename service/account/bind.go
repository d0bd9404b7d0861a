package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	bindLife     = 30 * time.Minute
	bindLength   = 8
	bindAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // nothing that looks like something else
)

// BindCode is a one-time code, to be handed to a person of the roster.
type BindCode struct {
	Code      string        `json:"code"`
	ExpiresAt model.Instant `json:"expires_at"`
}

// issued is what is kept of a binding code for who asks again with the same idempotency key: all that the
// code is made of but the secret.
type issued struct {
	Key       string        `json:"key"` // which of the keys made it
	Seed      string        `json:"seed"`
	ExpiresAt model.Instant `json:"expires_at"`
}

// IssueBindCode makes a code by which a login can be bound to the person; of the code only a hash is kept.
// Who holds an office gets one only from who may grant it. It fails with ErrForbidden outside the caller's
// scope, with ErrBound when the person is bound, and with ErrBindCode when it is asked again for one whose
// key is not in use any more.
func (a *Accounts) IssueBindCode(ctx context.Context, who model.Actor, person model.ID) (*BindCode, error) {
	if err := a.mayIssue(ctx, who, person); err != nil {
		return nil, err
	}
	made, err := repository.Once(ctx, a.store, a.now(), func(tx *repository.Store) (*issued, error) {
		return a.issueCode(ctx, tx, who.MemberID, person, who.Place.CommunityID)
	})
	if err != nil {
		return nil, err
	}
	return a.code(made)
}

// issueCode makes a code for a person and keeps its hash. It fails with ErrBound.
func (a *Accounts) issueCode(ctx context.Context, tx *repository.Store, by, person, community model.ID) (*issued, error) {
	bound, err := tx.Logins.Bound(ctx, person)
	if err != nil {
		return nil, err
	}
	if bound {
		return nil, model.ErrBound
	}
	i := &issued{Key: a.keys.first, Seed: rand.Text(), ExpiresAt: a.now().Add(bindLife)}
	err = tx.Logins.AddBindCode(ctx, &model.BindCode{
		Hash: hashOf(a.keys.bindCode(i)), MemberID: person, IssuedBy: by, ExpiresAt: i.ExpiresAt, CreatedAt: a.now(),
	})
	if err != nil {
		return nil, err
	}
	return i, a.note(ctx, tx, &model.AuthEvent{Kind: model.AuthCodeIssued, CommunityID: community, MemberID: person, ActorID: by})
}

// code makes the code again. It fails with ErrBindCode when its key is not in use any more.
func (a *Accounts) code(made *issued) (*BindCode, error) {
	code := a.keys.bindCode(made)
	if code == "" {
		return nil, model.ErrBindCode
	}
	return &BindCode{Code: code, ExpiresAt: made.ExpiresAt}, nil
}

func (a *Accounts) mayIssue(ctx context.Context, who model.Actor, person model.ID) error {
	m, err := a.store.Members.Get(ctx, person)
	if err != nil {
		return err
	}
	held, err := a.store.Roles.Of(ctx, person)
	if err != nil {
		return err
	}
	for _, g := range held {
		if !g.Role.Office() {
			continue
		}
		node, err := a.store.Nodes.Get(ctx, g.NodeID)
		if err == nil {
			err = who.May(model.OpGrantRole, node.Place) // or a code would be a way to an office
		}
		if err != nil {
			return err
		}
	}
	if who.May(model.OpGrantRole, m.Place) == nil {
		return nil
	}
	return who.May(model.OpIssueBindCode, m.Place)
}

// bindCode makes a code of its seed, the same in every process; empty when its key is not in use any more.
func (k *Keys) bindCode(i *issued) string {
	secret := k.byName[i.Key]
	if secret == nil {
		return ""
	}
	mac := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(mac, "bind code "+i.Seed) // never fails
	code := mac.Sum(nil)[:bindLength]
	for at, b := range code {
		code[at] = bindAlphabet[int(b)%len(bindAlphabet)] // 32 of them, so each is as likely
	}
	return string(code)
}

// BindByCode binds the caller's login to the person that a grid worker's code stands for, and returns
// tokens of that person. It fails with ErrBindCode, ErrBound, with ErrTooMany and a wait after some wrong codes, and with
// ErrLocked after too many.
func (a *Accounts) BindByCode(ctx context.Context, who model.Actor, code string) (*Session, error) {
	return a.bind(ctx, who, func(tx *repository.Store) (person model.ID, refused, err error) {
		guard, err := tx.Guards.Lock(ctx, who.MemberID)
		if err == nil {
			err = guard.Admits(a.now())
		}
		if err != nil {
			return 0, nil, err
		}
		c, err := tx.Logins.LockBindCode(ctx, hashOf(strings.ToUpper(strings.TrimSpace(code))))
		switch {
		case errors.Is(err, model.ErrNotFound), err == nil && (c.UsedAt != 0 || c.ExpiresAt <= a.now()):
			return 0, model.ErrBindCode, a.strike(ctx, tx, guard, &model.AuthEvent{Kind: model.AuthWrongCode, MemberID: who.MemberID, ActorID: who.MemberID})
		case err != nil:
			return 0, nil, err
		}
		guard.Clear()
		if err := tx.Guards.Update(ctx, guard); err != nil {
			return 0, nil, err
		}
		return c.MemberID, nil, tx.Logins.UseBindCode(ctx, c.Hash, a.now())
	})
}

// BindByPhone binds the caller's login to the one person of all rosters who has the phone that WeChat
// verified, and returns tokens of that person. It fails with ErrPhoneUnknown, ErrPhoneShared, ErrBound,
// and as Login does.
func (a *Accounts) BindByPhone(ctx context.Context, who model.Actor, phoneCode string) (*Session, error) {
	if who.Bound() {
		return nil, model.ErrBound // before the code is spent
	}
	phone, err := a.wechat.PhoneNumber(ctx, phoneCode)
	if err != nil {
		return nil, err
	}
	return a.bind(ctx, who, func(tx *repository.Store) (person model.ID, refused, err error) {
		people, err := tx.Members.OfPhone(ctx, phone)
		switch {
		case err != nil:
			return 0, nil, err
		case len(people) == 0:
			return 0, nil, model.ErrPhoneUnknown
		case len(people) > 1:
			return 0, nil, model.ErrPhoneShared
		}
		return people[0].ID, nil, nil
	})
}

// bind moves the caller's login to a person that is found, and marks the placeholder that it had. What is refused is so
// after the commit, because that it was tried stays.
func (a *Accounts) bind(ctx context.Context, who model.Actor, find func(tx *repository.Store) (person model.ID, refused, err error)) (*Session, error) {
	if who.Bound() {
		return nil, model.ErrBound
	}
	if err := a.settle(ctx); err != nil {
		return nil, err
	}
	defer a.forget(who.MemberID)
	var s *Session
	var refused error
	err := a.store.Tx(ctx, func(tx *repository.Store) error {
		var person model.ID
		var err error
		if person, refused, err = find(tx); err == nil && refused == nil {
			s, err = a.become(ctx, tx, who.MemberID, person)
		}
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return a.asks(ctx, s), nil
}

// become makes a placeholder's logins those of a person, who has none yet. It fails with ErrBound, and with ErrLocked for
// a person who is kept out.
func (a *Accounts) become(ctx context.Context, tx *repository.Store, placeholder, person model.ID) (*Session, error) {
	if _, err := tx.Members.Lock(ctx, person); err != nil {
		return nil, err
	}
	bound, err := tx.Logins.Bound(ctx, person)
	if err != nil {
		return nil, err
	}
	guard, err := tx.Guards.Get(ctx, person)
	now := a.now()
	switch {
	case err != nil:
		return nil, err
	case bound:
		return nil, model.ErrBound
	case guard.Locked(now):
		return nil, model.ErrLocked
	}
	if err := tx.Members.Merge(ctx, placeholder, person, now); err != nil {
		return nil, err
	}
	if err := tx.Logins.MoveIdentities(ctx, placeholder, person); err != nil {
		return nil, err
	}
	if err := tx.Messages.MoveStocks(ctx, placeholder, person); err != nil {
		return nil, err
	}
	if a.agreed != nil {
		if err := a.agreed.Carry(ctx, tx, placeholder, person); err != nil {
			return nil, err
		}
	}
	before, err := tx.Sessions.Of(ctx, placeholder, model.LifeOf(nil), now, 1)
	if err != nil {
		return nil, err
	}
	device := ""
	if len(before) > 0 {
		device = before[0].Device
	}
	if err := tx.Sessions.EndAll(ctx, placeholder, now); err != nil {
		return nil, err
	}
	return a.open(ctx, tx, person, device, model.AuthBound)
}

// Profile is what members see of themselves.
type Profile struct {
	Self
	Nickname  string        `json:"nickname"`
	Anonymous bool          `json:"anonymous"`
	Skills    []string      `json:"skills"`
	Unit      model.NodeRef `json:"unit,omitzero"` // where the member lives, down to the building's unit
	Bound     bool          `json:"bound"`
	Version   int64         `json:"version"`
	CreatedAt model.Instant `json:"created_at"`

	Due []model.ConsentDue `json:"consents_due" doc:"现在应征求的同意"`
}

// Me returns the caller's own profile.
func (a *Accounts) Me(ctx context.Context, who model.Actor) (*Profile, error) {
	m, err := a.store.Members.Get(ctx, who.MemberID)
	if err != nil {
		return nil, err
	}
	self, err := a.self(ctx, a.store, who.MemberID)
	if err != nil {
		return nil, err
	}
	p := &Profile{
		Self: self, Nickname: m.Nickname, Anonymous: m.Anonymous, Skills: m.Skills,
		Bound: who.Bound(), Version: m.Version, CreatedAt: m.CreatedAt,
	}
	if p.Due, err = a.due(ctx, m.ID); err != nil {
		return nil, err
	}
	if m.UnitID != 0 {
		names, err := a.store.Nodes.Names(ctx, []model.ID{m.BuildingID, m.UnitID})
		if err != nil {
			return nil, err
		}
		p.Unit = model.NodeRef{ID: m.UnitID, Name: names[m.BuildingID] + names[m.UnitID]}
	}
	return p, nil
}

// ProfileInput is what members change about themselves.
type ProfileInput struct {
	Nickname  string
	Anonymous bool
	Skills    []string
	Version   int64
}

// UpdateMe changes the caller's own profile. A nickname and skills that a moderator has to look at first stay as they were
// until then. It fails with ErrStale when it was changed meanwhile, and with ErrContentRisky.
func (a *Accounts) UpdateMe(ctx context.Context, who model.Actor, in ProfileInput) (*Profile, error) {
	in, hold, err := a.look(ctx, who, in)
	if err != nil {
		return nil, err
	}
	err = a.store.Tx(ctx, func(tx *repository.Store) error {
		m, err := tx.Members.Lock(ctx, who.MemberID)
		if err != nil {
			return err
		}
		if in.Nickname != "" {
			if err := m.SetNickname(in.Nickname); err != nil {
				return err
			}
		}
		if m.Anonymous = in.Anonymous; in.Skills != nil {
			m.Skills, m.OwnSkills = in.Skills, true
		}
		if m.Version != in.Version {
			return model.ErrStale
		}
		m.Version, m.UpdatedAt = m.Version+1, a.now()
		if err := hold(tx); err != nil {
			return err
		}
		return tx.Members.UpdateProfile(ctx, m, in.Version)
	})
	if err != nil {
		return nil, err
	}
	return a.Me(ctx, who)
}

package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	bindLife     = 30 * time.Minute
	bindLength   = 8
	bindAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // nothing that looks like something else
	maxGuesses   = 10
	guessTime    = time.Hour
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
		bound, err := tx.Logins.Bound(ctx, person)
		if err != nil {
			return nil, err
		}
		if bound {
			return nil, model.ErrBound
		}
		i := &issued{Key: a.keys.first, Seed: rand.Text(), ExpiresAt: a.now().Add(bindLife)}
		return i, tx.Logins.AddBindCode(ctx, &model.BindCode{
			Hash: hashOf(a.keys.bindCode(i)), MemberID: person, IssuedBy: who.MemberID, ExpiresAt: i.ExpiresAt, CreatedAt: a.now(),
		})
	})
	if err != nil {
		return nil, err
	}
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
	if slices.ContainsFunc(held, func(g model.Grant) bool { return g.Role.Office() }) {
		return who.May(model.OpGrantRole, m.Place) // or a code would be a way to an office
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
// tokens of that person. It fails with ErrBindCode, ErrBound, and ErrTooMany after too many wrong codes.
func (a *Accounts) BindByCode(ctx context.Context, who model.Actor, code string) (*Session, error) {
	if !a.tries.allow(who.MemberID) {
		return nil, model.ErrTooMany
	}
	return a.bind(ctx, who, func(tx *repository.Store) (model.ID, error) {
		c, err := tx.Logins.LockBindCode(ctx, hashOf(strings.ToUpper(strings.TrimSpace(code))))
		if errors.Is(err, model.ErrNotFound) {
			return 0, model.ErrBindCode
		}
		if err != nil {
			return 0, err
		}
		if c.UsedAt != 0 || c.ExpiresAt <= a.now() {
			return 0, model.ErrBindCode
		}
		return c.MemberID, tx.Logins.UseBindCode(ctx, c.Hash, a.now())
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
	return a.bind(ctx, who, func(tx *repository.Store) (model.ID, error) {
		people, err := tx.Members.OfPhone(ctx, phone)
		switch {
		case err != nil:
			return 0, err
		case len(people) == 0:
			return 0, model.ErrPhoneUnknown
		case len(people) > 1:
			return 0, model.ErrPhoneShared
		}
		return people[0].ID, nil
	})
}

// bind moves the caller's login to a person, and marks the placeholder that it had.
func (a *Accounts) bind(ctx context.Context, who model.Actor, find func(tx *repository.Store) (model.ID, error)) (*Session, error) {
	if who.Bound() {
		return nil, model.ErrBound
	}
	defer a.actors.Forget(who.MemberID)
	var s *Session
	err := a.store.Tx(ctx, func(tx *repository.Store) error {
		id, err := find(tx)
		if err != nil {
			return err
		}
		if _, err := tx.Members.Lock(ctx, id); err != nil {
			return err
		}
		bound, err := tx.Logins.Bound(ctx, id)
		if err != nil {
			return err
		}
		if bound {
			return model.ErrBound
		}
		now := a.now()
		if err := tx.Members.Merge(ctx, who.MemberID, id, now); err != nil {
			return err
		}
		if err := tx.Logins.MoveIdentities(ctx, who.MemberID, id); err != nil {
			return err
		}
		if err := tx.Messages.MoveStocks(ctx, who.MemberID, id); err != nil {
			return err
		}
		if err := tx.Logins.RevokeMember(ctx, who.MemberID, now); err != nil {
			return err
		}
		s, err = a.issue(ctx, tx, id, a.store.NewID())
		return err
	})
	return s, err
}

// guesses counts attempts at binding codes by member. It forgets all of them together every hour.
type guesses struct {
	mu    sync.Mutex
	count map[model.ID]int
	since time.Time
}

func (g *guesses) allow(member model.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := time.Now(); now.Sub(g.since) > guessTime {
		g.count, g.since = map[model.ID]int{}, now
	}
	g.count[member]++
	return g.count[member] <= maxGuesses
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

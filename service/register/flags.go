package register

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// SetFlag marks a household. It fails with ErrForbidden, with ErrSchemeUnknown for a scheme that is none or that the caller
// may not see there, with ErrFlagSet when the household has it, and as model.NewFlag does.
func (r *Register) SetFlag(ctx context.Context, who model.Actor, household model.ID, code string, in model.FlagInput) (*model.HouseholdFlag, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.HouseholdFlag, error) {
		n, err := home(ctx, tx, who, model.OpSetFlags, household)
		if err != nil {
			return nil, err
		}
		s, err := settable(ctx, tx, who, n, code)
		if err != nil {
			return nil, err
		}
		f, err := model.NewFlag(r.store.NewID(), n.ID, s, in, who.MemberID, r.now())
		if err != nil {
			return nil, err
		}
		if err := tx.Register.AddFlag(ctx, f); err != nil {
			return nil, err
		}
		return named(ctx, tx, f)
	})
}

// settable returns a scheme that the caller may set on a household, and keeps it until the transaction ends.
func settable(ctx context.Context, tx *repository.Store, who model.Actor, n *model.Node, code string) (*model.FlagScheme, error) {
	s, err := tx.Register.LockScheme(ctx, n.CommunityID, code)
	if errors.Is(err, model.ErrNotFound) || err == nil && !s.VisibleTo(who, n.Place) {
		return nil, model.ErrSchemeUnknown
	}
	return s, err
}

// named gives a flag the name of who set it.
func named(ctx context.Context, s *repository.Store, f *model.HouseholdFlag) (*model.HouseholdFlag, error) {
	refs, err := s.Members.Refs(ctx, []model.ID{f.SetBy})
	f.Setter = refs[f.SetBy]
	return f, err
}

// ReviewFlag renews a flag: the one that stood ends, and one with its own source and reason follows. It fails with
// ErrForbidden, with ErrNotFound for a flag that the caller may not see, and as model.HouseholdFlag.Renew does.
func (r *Register) ReviewFlag(ctx context.Context, who model.Actor, household, flag model.ID, in model.FlagInput) (*model.HouseholdFlag, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.HouseholdFlag, error) {
		f, s, err := standing(ctx, tx, who, household, flag)
		if err != nil {
			return nil, err
		}
		next, err := f.Renew(r.store.NewID(), s, in, who.MemberID, r.now())
		if err != nil {
			return nil, err
		}
		if err := tx.Register.EndFlag(ctx, f); err != nil {
			return nil, err
		}
		if err := tx.Register.AddFlag(ctx, next); err != nil {
			return nil, err
		}
		return named(ctx, tx, next)
	})
}

// ClearFlag ends a flag. Of one that is sensitive the answer does not tell why it was set. It fails with ErrForbidden, with ErrNotFound for a flag that the caller may not see, and as
// model.HouseholdFlag.Clear does.
func (r *Register) ClearFlag(ctx context.Context, who model.Actor, household, flag model.ID, reason string) (*model.HouseholdFlag, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.HouseholdFlag, error) {
		f, scheme, err := standing(ctx, tx, who, household, flag)
		if err != nil {
			return nil, err
		}
		if err := f.Clear(reason, who.MemberID, r.now()); err != nil {
			return nil, err
		}
		if err := tx.Register.EndFlag(ctx, f); err != nil {
			return nil, err
		}
		if scheme.High() {
			f.Source, f.Reason, f.ConsentNote = "", "", ""
		}
		return named(ctx, tx, f)
	})
}

// standing locks a flag of a household that the caller may see and change.
func standing(ctx context.Context, tx *repository.Store, who model.Actor, household, flag model.ID) (*model.HouseholdFlag, *model.FlagScheme, error) {
	n, err := home(ctx, tx, who, model.OpSetFlags, household)
	if err != nil {
		return nil, nil, err
	}
	f, err := tx.Register.LockFlag(ctx, flag)
	if err == nil && f.HouseholdID != n.ID {
		err = model.ErrNotFound
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := settable(ctx, tx, who, n, f.Scheme)
	if errors.Is(err, model.ErrSchemeUnknown) {
		err = model.ErrNotFound
	}
	return f, s, err
}

// History lists every flag that a household has or had and the caller may see, newest first; those that are sensitive only
// for a purpose, which is noted. It fails with ErrForbidden and ErrCursor.
func (r *Register) History(ctx context.Context, who model.Actor, household model.ID, purpose string, page model.Page) (*model.List[*model.HouseholdFlag], error) {
	n, err := home(ctx, r.store, who, model.OpReadRegister, household)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("flags:%d:%d:%t", who.MemberID, household, purpose != "")
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	schemes, err := r.store.Register.Schemes(ctx, n.CommunityID)
	if err != nil {
		return nil, err
	}
	if purpose != "" {
		if err := r.store.Tx(ctx, func(tx *repository.Store) error { return r.note(ctx, tx, who, n.ID, model.ReadHistory, purpose) }); err != nil {
			return nil, err
		}
	}
	rows, err := r.store.Register.FlagHistory(ctx, n.ID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.HouseholdFlag) int64 { return int64(last.ID) })
	list.Items, err = shownFlags(ctx, r.store, who, n, schemes, list.Items, purpose != "", r.now())
	return list, err
}

// shownFlags returns those of some flags that the caller may see, with the names of who set them.
func shownFlags(ctx context.Context, s *repository.Store, who model.Actor, n *model.Node, schemes []*model.FlagScheme, flags []*model.HouseholdFlag, sensitive bool, now model.Instant) ([]*model.HouseholdFlag, error) {
	shown, setters := []*model.HouseholdFlag{}, []model.ID{}
	for _, f := range flags {
		scheme := palette(schemes).find(f.Scheme)
		if scheme == nil || !scheme.VisibleTo(who, n.Place) || scheme.High() && !sensitive {
			continue
		}
		f.Expired = f.Standing() && !f.Live(now)
		shown, setters = append(shown, f), append(setters, f.SetBy)
	}
	refs, err := s.Members.Refs(ctx, setters)
	for _, f := range shown {
		f.Setter = refs[f.SetBy]
	}
	return shown, err
}

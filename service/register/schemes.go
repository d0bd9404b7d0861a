package register

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// SchemeInput is what a community edits of a scheme.
type SchemeInput struct {
	Name            string
	Colour          string
	Meaning         string
	IntervalDays    int
	Sensitivity     model.Sensitivity
	Roles           []model.Role
	Words           []string
	Checklist       []string
	RequiresConsent bool
	Active          bool
	Sort            int
}

func (in SchemeInput) apply(s *model.FlagScheme) error {
	s.Name, s.Colour, s.Meaning, s.IntervalDays, s.Sensitivity = in.Name, in.Colour, in.Meaning, in.IntervalDays, in.Sensitivity
	s.Roles, s.Words, s.Checklist, s.RequiresConsent, s.Active, s.Sort = in.Roles, in.Words, in.Checklist, in.RequiresConsent, in.Active, in.Sort
	return s.Validate()
}

// whole is the place that only who holds a role for all of the caller's community reaches.
func whole(who model.Actor) model.Place { return model.Place{CommunityID: who.Place.CommunityID} }

// Schemes lists the schemes of the caller's community for those who read the register or its map; those that are not in use
// too. It fails with ErrForbidden.
func (r *Register) Schemes(ctx context.Context, who model.Actor) ([]*model.FlagScheme, error) {
	if _, err := who.Reach(model.OpReadMap); err != nil {
		return nil, err
	}
	return r.store.Register.Schemes(ctx, who.Place.CommunityID)
}

// AddScheme adds a scheme of the community's own. It fails with ErrForbidden, ErrInvalid, with ErrDuplicate when there is
// one with the code, and with ErrSchemes when there are enough, those of words of the roster included.
func (r *Register) AddScheme(ctx context.Context, who model.Actor, code string, in SchemeInput) (*model.FlagScheme, error) {
	if err := who.May(model.OpEditSchemes, whole(who)); err != nil {
		return nil, err
	}
	s := &model.FlagScheme{CommunityID: who.Place.CommunityID, Code: code, Version: 1}
	if err := in.apply(s); err != nil {
		return nil, err
	}
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.FlagScheme, error) {
		if err := tx.Nodes.Lock(ctx, s.CommunityID); err != nil { // one more at a time
			return nil, err
		}
		had, err := tx.Register.Schemes(ctx, s.CommunityID)
		switch {
		case err != nil:
			return nil, err
		case len(had) >= model.MaxSchemes:
			return nil, model.ErrSchemes
		}
		return s, tx.Register.AddSchemes(ctx, []*model.FlagScheme{s})
	})
}

// EditScheme replaces what a community may edit of a scheme, as it was read at a version. It fails with ErrForbidden,
// ErrInvalid, ErrNotFound and ErrStale.
func (r *Register) EditScheme(ctx context.Context, who model.Actor, code string, in SchemeInput, version int64) (*model.FlagScheme, error) {
	if err := who.May(model.OpEditSchemes, whole(who)); err != nil {
		return nil, err
	}
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.FlagScheme, error) {
		s, err := tx.Register.LockScheme(ctx, who.Place.CommunityID, code)
		if err != nil {
			return nil, err
		}
		if s.Version != version {
			return nil, model.ErrStale
		}
		if err := in.apply(s); err != nil {
			return nil, err
		}
		s.Version++
		return s, tx.Register.UpdateScheme(ctx, s)
	})
}

// DeleteScheme takes a scheme away that no household ever had. It fails with ErrForbidden, ErrNotFound and ErrSchemeUsed.
func (r *Register) DeleteScheme(ctx context.Context, who model.Actor, code string) error {
	if err := who.May(model.OpEditSchemes, whole(who)); err != nil {
		return err
	}
	return r.store.Tx(ctx, func(tx *repository.Store) error {
		s, err := tx.Register.LockScheme(ctx, who.Place.CommunityID, code)
		if err != nil {
			return err
		}
		used, err := tx.Register.SchemeUsed(ctx, s.CommunityID, code)
		if err == nil && used {
			err = model.ErrSchemeUsed
		}
		if err != nil {
			return err
		}
		return tx.Register.DeleteScheme(ctx, s)
	})
}

package campaign

import (
	"context"
	"errors"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// ThemeInput is what a community edits of a theme.
type ThemeInput struct {
	Name      string
	Content   string
	Sort      int
	Checklist []string
	Active    *bool // nil: as it is
}

func (in ThemeInput) apply(t *model.Theme) error {
	t.Name, t.Content, t.Sort, t.Checklist = in.Name, in.Content, in.Sort, in.Checklist
	if in.Active != nil {
		t.Active = *in.Active
	}
	return t.Validate()
}

// wholeCommunity is the place that only who holds a role for all of the caller's community reaches.
func wholeCommunity(who model.Actor) model.Place {
	return model.Place{CommunityID: who.Place.CommunityID}
}

// Themes lists the themes of the caller's community, for whoever reads campaigns anywhere in it; those that are hidden
// only with all, and only for who edits themes. It fails with ErrForbidden.
func (s *Campaigns) Themes(ctx context.Context, who model.Actor, all bool) ([]*model.Theme, error) {
	operation := model.OpReadCampaigns
	if all {
		operation = model.OpEditThemes
	}
	if _, err := who.Reach(operation); err != nil {
		return nil, err
	}
	themes, err := s.store.Campaigns.Themes(ctx, who.Place.CommunityID)
	if !all {
		themes = slices.DeleteFunc(themes, func(t *model.Theme) bool { return !t.Active })
	}
	return themes, err
}

// AddTheme adds a theme of the community's own. It fails with ErrForbidden, ErrInvalid, and with ErrDuplicate when
// there is one with the code.
func (s *Campaigns) AddTheme(ctx context.Context, who model.Actor, code string, in ThemeInput) (*model.Theme, error) {
	if err := who.May(model.OpEditThemes, wholeCommunity(who)); err != nil {
		return nil, err
	}
	t := &model.Theme{CommunityID: who.Place.CommunityID, Code: code, Origin: model.OriginOwn, Active: true}
	if err := in.apply(t); err != nil {
		return nil, err
	}
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Theme, error) {
		return t, tx.Campaigns.AddThemes(ctx, []*model.Theme{t})
	})
}

// EditTheme replaces what a community may edit of a theme. It fails with ErrForbidden, ErrInvalid and ErrNotFound.
func (s *Campaigns) EditTheme(ctx context.Context, who model.Actor, code string, in ThemeInput) (*model.Theme, error) {
	if err := who.May(model.OpEditThemes, wholeCommunity(who)); err != nil {
		return nil, err
	}
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Theme, error) {
		t, err := tx.Campaigns.LockTheme(ctx, who.Place.CommunityID, code)
		if err != nil {
			return nil, err
		}
		if err := in.apply(t); err != nil {
			return nil, err
		}
		return t, tx.Campaigns.UpdateTheme(ctx, t)
	})
}

// DeleteTheme takes a theme away that nothing was planned of. It fails with ErrForbidden, ErrNotFound and ErrThemeUsed.
func (s *Campaigns) DeleteTheme(ctx context.Context, who model.Actor, code string) error {
	if err := who.May(model.OpEditThemes, wholeCommunity(who)); err != nil {
		return err
	}
	return s.store.Tx(ctx, func(tx *repository.Store) error {
		t, err := tx.Campaigns.LockTheme(ctx, who.Place.CommunityID, code)
		if err != nil {
			return err
		}
		used, err := tx.Campaigns.CountOfTheme(ctx, t.CommunityID, code)
		if err == nil && used > 0 {
			err = model.ErrThemeUsed
		}
		if err != nil {
			return err
		}
		return tx.Campaigns.DeleteTheme(ctx, t)
	})
}

// wantTheme keeps a theme until the transaction ends. It fails with ErrTheme for one that is not there or hidden.
func wantTheme(ctx context.Context, tx *repository.Store, c *model.Campaign) error {
	t, err := tx.Campaigns.LockTheme(ctx, c.CommunityID, c.Theme)
	if errors.Is(err, model.ErrNotFound) || err == nil && !t.Active {
		return model.ErrTheme
	}
	return err
}

package matters

import (
	"context"
	"errors"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// Catalogue returns the services of a community with what is promised about them, in one version, or in the newest when
// it is -1. Anyone may read it. It fails with ErrNotFound when there is no such community or version.
func (s *Matters) Catalogue(ctx context.Context, community model.ID, version int64) (*model.Catalogue, error) {
	node, err := s.store.Nodes.Get(ctx, community)
	if err != nil {
		return nil, err
	}
	if node.Kind != model.KindCommunity {
		return nil, model.ErrNotFound
	}
	if version < 0 {
		if version, err = s.store.Catalogues.Latest(ctx, community); err != nil {
			return nil, err
		}
	}
	catalogue, err := s.store.Catalogues.Get(ctx, community, version)
	if err != nil {
		return nil, err
	}
	return catalogue, named(ctx, s.store, catalogue)
}

// named fills in the names of the units of a catalogue.
func named(ctx context.Context, s *repository.Store, c *model.Catalogue) error {
	units, err := s.Matters.Organisations(ctx, c.CommunityID, c.Units())
	for _, item := range c.Items {
		if o := units[item.OrganisationID]; o != nil {
			item.Organisation = &model.NodeRef{ID: o.ID, Name: o.Name}
		}
	}
	return err
}

// EditCatalogue makes a new version of the community's catalogue, in force at once; what was accepted before keeps its
// own. It fails with ErrForbidden, with ErrStale unless the newest version is the one that the caller has read, with
// ErrMatterUnit for a unit that the community has not, with ErrMatterCommittee, and with ErrInvalid.
func (s *Matters) EditCatalogue(ctx context.Context, who model.Actor, read int64, note string, items []*model.Service) (*model.Catalogue, error) {
	if err := who.May(model.OpEditCatalogue, model.Place{CommunityID: who.Place.CommunityID}); err != nil {
		return nil, err
	}
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Catalogue, error) {
		latest, err := tx.Catalogues.Latest(ctx, who.Place.CommunityID)
		if err != nil {
			return nil, err
		}
		if latest != read {
			return nil, model.ErrStale
		}
		c := &model.Catalogue{
			CommunityID: who.Place.CommunityID, Version: latest + 1, Note: strings.TrimSpace(note), CreatedBy: who.MemberID, CreatedAt: s.now(), Items: items,
		}
		if err := c.Check(); err != nil {
			return nil, err
		}
		units, err := tx.Matters.Organisations(ctx, c.CommunityID, c.Units())
		if err != nil {
			return nil, err
		}
		for i, item := range items {
			item.CommunityID, item.Version, item.Seq = c.CommunityID, c.Version, i
			if item.OrganisationID != 0 {
				if err := item.Passes(units[item.OrganisationID]); err != nil {
					return nil, err
				}
			}
		}
		if err := tx.Catalogues.Add(ctx, c); err != nil {
			return nil, raced(err)
		}
		return c, named(ctx, tx, c)
	})
}

// raced says that somebody else has written the version meanwhile.
func raced(err error) error {
	if errors.Is(err, model.ErrDuplicate) {
		return model.ErrStale
	}
	return err
}

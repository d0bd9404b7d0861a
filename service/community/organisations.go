package community

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// OrganisationInput is what a community edits of an organisation.
type OrganisationInput struct {
	Kind      model.OrganisationKind
	Name      string
	Duties    string
	WorkPhone string
	Active    *bool // nil: as it is
}

func (in OrganisationInput) apply(o *model.Organisation) error {
	o.Kind, o.Name, o.Duties, o.WorkPhone = in.Kind, in.Name, in.Duties, in.WorkPhone
	if in.Active != nil {
		o.Active = *in.Active
	}
	return o.Validate()
}

// Organisations lists the bodies that act in the caller's community, of a kind when it is given; those that have ended
// only with all. It fails with ErrUnbound and ErrCursor.
func (c *Community) Organisations(ctx context.Context, who model.Actor, kind model.OrganisationKind, all bool, page model.Page) (*model.List[*model.Organisation], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	name := fmt.Sprintf("organisations:%d:%s:%t", who.MemberID, kind, all)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Organisations.List(ctx, who.Place.CommunityID, kind, all, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	return model.PageOf(name, page, rows, func(last *model.Organisation) int64 { return int64(last.ID) }), nil
}

// Organisation returns one body of the caller's community. It fails with ErrUnbound and ErrNotFound.
func (c *Community) Organisation(ctx context.Context, who model.Actor, id model.ID) (*model.Organisation, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	o, err := c.store.Organisations.Get(ctx, id)
	if err == nil && o.CommunityID != who.Place.CommunityID {
		err = model.ErrNotFound
	}
	return o, err
}

// AddOrganisation adds a body that works for the part of the tree below a node. It fails with ErrForbidden, ErrNotFound
// for no node, ErrInvalid, and with ErrDuplicate when the community has one of the name.
func (c *Community) AddOrganisation(ctx context.Context, who model.Actor, node model.ID, in OrganisationInput) (*model.Organisation, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.Organisation, error) {
		n, err := tx.Nodes.Get(ctx, node)
		if err == nil {
			err = who.May(model.OpManageOrganisations, n.Place)
		}
		if err != nil {
			return nil, err
		}
		now := c.now()
		o := &model.Organisation{ID: c.store.NewID(), NodeID: n.ID, NodeKind: n.Kind, Place: n.Place, Active: true, Version: 1, CreatedAt: now, UpdatedAt: now}
		if err := in.apply(o); err != nil {
			return nil, err
		}
		return o, tx.Organisations.Create(ctx, o)
	})
}

// EditOrganisation replaces what a community may edit of a body. It fails with ErrForbidden, ErrNotFound, ErrStale,
// ErrInvalid and ErrDuplicate.
func (c *Community) EditOrganisation(ctx context.Context, who model.Actor, id model.ID, version int64, in OrganisationInput) (*model.Organisation, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.Organisation, error) {
		o, err := c.managed(ctx, tx, who, id)
		switch {
		case err != nil:
			return nil, err
		case o.Version != version:
			return nil, model.ErrStale
		}
		o.Version, o.UpdatedAt = version+1, c.now()
		if err := in.apply(o); err != nil {
			return nil, err
		}
		return o, tx.Organisations.Update(ctx, o)
	})
}

// managed locks a body that the caller may manage. It fails with ErrNotFound and ErrForbidden.
func (c *Community) managed(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.Organisation, error) {
	o, err := tx.Organisations.Lock(ctx, id)
	if err == nil {
		err = who.May(model.OpManageOrganisations, o.Place)
	}
	return o, err
}

// Officers lists who acts for a body of the caller's community. It fails with ErrUnbound and ErrNotFound.
func (c *Community) Officers(ctx context.Context, who model.Actor, id model.ID) ([]*model.Officer, error) {
	if _, err := c.Organisation(ctx, who, id); err != nil {
		return nil, err
	}
	officers, err := c.store.Organisations.Officers(ctx, id)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(officers))
	for i, o := range officers {
		ids[i] = o.MemberID
	}
	refs, err := c.store.Members.Refs(ctx, ids)
	for _, o := range officers {
		o.Member = refs[o.MemberID]
	}
	return officers, err
}

// AddOfficer has a member of the community act for a body. It fails with ErrForbidden, ErrNotFound, with ErrDuplicate when
// they do already, and with ErrOfficers.
func (c *Community) AddOfficer(ctx context.Context, who model.Actor, id, member model.ID) (*model.Officer, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.Officer, error) {
		if _, err := c.managed(ctx, tx, who, id); err != nil {
			return nil, err
		}
		m, err := tx.Members.Get(ctx, member)
		switch {
		case err != nil:
			return nil, err
		case m.CommunityID != who.Place.CommunityID || m.MergedInto != 0:
			return nil, model.ErrNotFound
		}
		officers, err := tx.Organisations.Officers(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case len(officers) >= model.MaxOfficers:
			return nil, model.ErrOfficers
		}
		officer := &model.Officer{
			OrganisationID: id, MemberID: member, AddedBy: who.MemberID, CreatedAt: c.now(),
			Member: model.MemberRef{ID: member, DisplayName: m.DisplayName()},
		}
		return officer, tx.Organisations.AddOfficer(ctx, officer)
	})
}

// RemoveOfficer ends that a member acts for a body. It fails with ErrForbidden, and with ErrNotFound when they do not.
func (c *Community) RemoveOfficer(ctx context.Context, who model.Actor, id, member model.ID) error {
	return c.store.Tx(ctx, func(tx *repository.Store) error {
		if _, err := c.managed(ctx, tx, who, id); err != nil {
			return err
		}
		return tx.Organisations.RemoveOfficer(ctx, id, member)
	})
}

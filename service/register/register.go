package register

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Register shows and changes what staff know of households.
type Register struct {
	store *repository.Store
	now   func() model.Instant
}

// New returns the register's use cases on a store.
func New(store *repository.Store, now func() model.Instant) *Register { return &Register{store, now} }

// home returns a household that the caller may do something with. It fails with ErrNotFound and ErrForbidden.
func home(ctx context.Context, s *repository.Store, who model.Actor, op model.Operation, id model.ID) (*model.Node, error) {
	n, err := s.Nodes.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if n.Kind != model.KindHousehold || n.CommunityID != who.Place.CommunityID {
		return nil, model.ErrNotFound
	}
	return n, who.May(op, n.Place)
}

// part returns a part of the tree that the caller may do something in. It fails with ErrNotFound and ErrForbidden.
func part(ctx context.Context, s *repository.Store, who model.Actor, op model.Operation, id model.ID) (*model.Node, error) {
	n, err := s.Nodes.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return n, who.May(op, n.Place)
}

// below returns the subtree of a node of the caller's community, nil for none. It fails with ErrNotFound.
func below(ctx context.Context, s *repository.Store, who model.Actor, id model.ID) (*model.Grant, error) {
	if id == 0 {
		return nil, nil
	}
	n, err := s.Nodes.Get(ctx, id)
	if err == nil && n.CommunityID != who.Place.CommunityID {
		err = model.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &model.Grant{NodeID: n.ID, NodeKind: n.Kind}, nil
}

// palette is the schemes of a community that are in use.
type palette []*model.FlagScheme

// colours reads the schemes that are in use.
func colours(ctx context.Context, s *repository.Store, community model.ID) (palette, error) {
	all, err := s.Register.Schemes(ctx, community)
	var active palette
	for _, scheme := range all {
		if scheme.Active {
			active = append(active, scheme)
		}
	}
	return active, err
}

// find returns a scheme by its code, nil when none in use has it.
func (p palette) find(code string) *model.FlagScheme {
	for _, s := range p {
		if s.Code == code {
			return s
		}
	}
	return nil
}

// sight returns what the holder of grants may know where, with what is sensitive or without.
func (p palette) sight(reach []model.Grant, sensitive bool) []repository.FlagSight {
	var sight []repository.FlagSight
	for _, g := range reach {
		seen := repository.FlagSight{Grant: g}
		for _, s := range p {
			if s.VisibleBy(g) && (sensitive || !s.High()) {
				seen.Schemes = append(seen.Schemes, s.Code)
			}
		}
		if len(seen.Schemes) > 0 {
			sight = append(sight, seen)
		}
	}
	return sight
}

// note keeps who read what of a place for a purpose. It fails with ErrPurpose.
func (r *Register) note(ctx context.Context, tx *repository.Store, who model.Actor, node model.ID, what, purpose string) error {
	read, err := model.NewRegisterRead(r.store.NewID(), who, node, what, purpose, r.now())
	if err != nil {
		return err
	}
	return tx.Register.AddReads(ctx, read)
}

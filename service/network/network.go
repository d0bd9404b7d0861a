package network

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// Network is the use cases of organisations together, of the party network and of service points.
type Network struct {
	store *repository.Store
	now   func() model.Instant
}

// New returns the network of a store.
func New(store *repository.Store, now func() model.Instant) *Network { return &Network{store, now} }

// actsFor fails with ErrNotOfficer unless the caller acts for an organisation, or manages organisations at its place.
func actsFor(ctx context.Context, s *repository.Store, who model.Actor, organisation *model.Organisation) error {
	if who.May(model.OpManageOrganisations, organisation.Place) == nil {
		return nil
	}
	own, err := s.Organisations.OfMember(ctx, who.MemberID)
	if err == nil && !slices.Contains(own, organisation.ID) {
		err = model.ErrNotOfficer
	}
	return err
}

// ofCommunity returns one organisation of the caller's community. It fails with ErrNotFound.
func ofCommunity(ctx context.Context, s *repository.Store, who model.Actor, id model.ID) (*model.Organisation, error) {
	found, err := s.Organisations.Some(ctx, who.Place.CommunityID, []model.ID{id})
	if err == nil && found[id] == nil {
		err = model.ErrNotFound
	}
	return found[id], err
}

package matters

import (
	"context"
	"slices"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// Matters brings what people report to those who can do something about it.
type Matters struct {
	store  *repository.Store
	ledger *ledger.Ledger
	now    func() model.Instant
}

// New returns the matters of a store, for which points are given and taken back in the ledger.
func New(store *repository.Store, l *ledger.Ledger, now func() model.Instant) *Matters {
	return &Matters{store, l, now}
}

// scene is one step on a locked matter: who takes it, and what the rules need to know.
type scene struct {
	tx    *repository.Store
	who   model.Actor
	m     *model.Matter
	parts []model.Part
	by    model.StepBy

	broken []*model.Breach // that the owner before the step, or who takes it, answers for
}

// act runs a step on a matter under its lock, writes it down and tells those whom it concerns. It fails with ErrNotFound
// for who has nothing to do with the matter, with ErrForbidden for who may take none of the actions, and as the step does.
func (s *Matters) act(ctx context.Context, who model.Actor, id model.ID, reason string, step func(*scene) error, actions ...model.MatterAction) (*model.Matter, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Matter, error) {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		return s.on(ctx, tx, who, m, reason, step, actions...)
	})
}

// on runs a step on a matter that is locked.
func (s *Matters) on(ctx context.Context, tx *repository.Store, who model.Actor, m *model.Matter, reason string, step func(*scene) error,
	actions ...model.MatterAction,
) (*model.Matter, error) {
	parts, err := partsOf(ctx, tx, who, m)
	if err != nil {
		return nil, err
	}
	if err := model.MayMatter(parts, actions...); err != nil {
		return nil, err
	}
	now := s.now()
	sc := &scene{tx, who, m, parts, model.StepBy{Member: who.MemberID, Reason: strings.TrimSpace(reason), Now: now}, m.Broken(now)}
	if err := step(sc); err != nil {
		return nil, err
	}
	if err := record(ctx, tx, m); err != nil {
		return nil, err
	}
	if _, err := blame(ctx, tx, m, append(sc.broken, m.Broken(now)...)); err != nil {
		return nil, err
	}
	if parts, err = partsOf(ctx, tx, who, m); err != nil {
		return nil, err
	}
	return m, view(ctx, tx, now, parts, m)
}

// record writes the steps of a matter and tells those whom they concern.
func record(ctx context.Context, tx *repository.Store, m *model.Matter) error {
	steps := m.Steps
	if err := tx.Matters.Record(ctx, m); err != nil {
		return err
	}
	for _, step := range steps {
		if err := tell(ctx, tx, m, step); err != nil {
			return err
		}
	}
	return nil
}

// partsOf returns what somebody has to do with a matter; nothing for who may not know of it.
func partsOf(ctx context.Context, tx *repository.Store, who model.Actor, m *model.Matter) ([]model.Part, error) {
	if !who.Bound() || m.CommunityID != who.Place.CommunityID {
		return nil, nil
	}
	parts := m.PartsOf(who.MemberID)
	for part, op := range map[model.Part]model.Operation{
		model.PartOfficer: model.OpHandleMatter, model.PartLeader: model.OpReviewMatter, model.PartReader: model.OpReadMatters,
	} {
		if who.May(op, m.Place) == nil {
			parts = append(parts, part)
		}
	}
	if slices.ContainsFunc(who.Grants, func(g model.Grant) bool { return g.Role == model.RoleStreetOfficer && g.Covers(m.Place) }) {
		parts = append(parts, model.PartStreet)
	}
	mine, err := tx.Organisations.OfMember(ctx, who.MemberID)
	if err != nil {
		return nil, err
	}
	if len(mine) > 0 {
		if slices.Contains(mine, m.OrganisationID) {
			parts = append(parts, model.PartUnit)
			if m.TakenAt != 0 {
				parts = append(parts, model.PartHandler)
			}
		}
		calls, err := tx.Matters.Whistles(ctx, []model.ID{m.ID})
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(calls, func(w *model.Whistle) bool { return slices.Contains(mine, w.OrganisationID) }) {
			parts = append(parts, model.PartCoUnit)
		}
	}
	if len(parts) > 0 {
		return parts, nil
	}
	follows, err := tx.Matters.Follows(ctx, m.ID, who.MemberID)
	if follows {
		parts = append(parts, model.PartFollower)
	}
	return parts, err
}

// service returns what the catalogue says of the matter's category, in the version that it was taken up under.
func (sc *scene) service(ctx context.Context) (*model.Service, error) {
	return serviceOf(ctx, sc.tx, sc.m, sc.m.CatalogueVersion)
}

func serviceOf(ctx context.Context, tx *repository.Store, m *model.Matter, version int64) (*model.Service, error) {
	catalogue, err := tx.Catalogues.Get(ctx, m.CommunityID, version)
	if err != nil {
		return nil, err
	}
	return catalogue.Of(m.Category)
}

// ahead is for how many days the community's own calendar is read: no limit is longer, but for long pauses.
const ahead = 400

// clock returns the working days of a community from an instant on.
func clock(ctx context.Context, tx *repository.Store, community model.ID, from model.Instant) (model.Calendar, error) {
	until := from.Day().Start().Add(ahead * 24 * time.Hour)
	return tx.Calendar.Days(ctx, community, from.Day(), until.Day())
}

// clockwork returns the service and the calendar by which the clocks of the matter run, from an instant on.
func (sc *scene) clockwork(ctx context.Context, from model.Instant) (*model.Service, model.Calendar, error) {
	service, err := sc.service(ctx)
	if err != nil {
		return nil, nil, err
	}
	calendar, err := clock(ctx, sc.tx, sc.m.CommunityID, from)
	return service, calendar, err
}

// officerFor returns who is to see to a matter at a tier, or above it where there is nobody: the one who holds the role
// for a part of the tree that covers the place, the longest of several. Those who are excepted are taken only
// if there is nobody else, and not at all unless anyone says so. Zero is nobody.
func officerFor(ctx context.Context, tx *repository.Store, tier model.Tier, place model.Place, anyone bool, except ...model.ID) (model.ID, error) {
	held, err := tx.Roles.Officers(ctx, place.CommunityID, model.RoleGridWorker, model.RoleCommunityAdmin, model.RoleStreetOfficer)
	if err != nil {
		return 0, err
	}
	var last model.ID
	for ; tier != ""; tier = tier.Up() {
		for _, h := range held {
			grant := model.Grant{Role: h.Role, NodeID: h.NodeID, NodeKind: h.NodeKind}
			switch {
			case h.Role != tier.Role() || !grant.Covers(place):
			case !slices.Contains(except, h.MemberID):
				return h.MemberID, nil
			case last == 0:
				last = h.MemberID
			}
		}
	}
	if !anyone {
		last = 0
	}
	return last, nil
}

package matters

import (
	"context"
	"errors"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// Handover proposes to an officer of the place, or of a unit of the directory, to own the matter; the owner stays until
// that one accepts. It fails with ErrHandoverTo for anybody else, and as act and model.Matter.Handover do.
func (s *Matters) Handover(ctx context.Context, who model.Actor, id, to model.ID, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error {
		if err := sc.m.Handover(sc.by, to); err != nil {
			return err
		}
		return sc.maySucceed(ctx, to)
	}, model.ActHandover)
}

// maySucceed fails with ErrHandoverTo unless a member may own the matter.
func (sc *scene) maySucceed(ctx context.Context, member model.ID) error {
	m, err := sc.tx.Members.Get(ctx, member)
	if err != nil && !errors.Is(err, model.ErrNotFound) {
		return err
	}
	if err != nil || m.CommunityID != sc.m.CommunityID || m.MergedInto != 0 || m.ID == sc.m.ReporterID {
		return model.ErrHandoverTo
	}
	grants, err := sc.tx.Roles.Of(ctx, member)
	if err != nil {
		return err
	}
	if (model.Actor{MemberID: m.ID, Place: m.Place, Grants: grants}).May(model.OpHandleMatter, sc.m.Place) == nil {
		return nil
	}
	catalogue, err := sc.tx.Catalogues.Get(ctx, sc.m.CommunityID, sc.m.CatalogueVersion)
	if err != nil {
		return err
	}
	of, err := sc.tx.Organisations.OfMember(ctx, member)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(of, func(o model.ID) bool { return slices.Contains(catalogue.Units(), o) }) {
		return model.ErrHandoverTo
	}
	return nil
}

// AcceptHandover makes the caller the owner: whom it was proposed to, or an officer of the unit that the matter was
// dispatched to. It fails with ErrHandoverTo for who may own it no more, and as act and model.Matter.Take do.
func (s *Matters) AcceptHandover(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error {
		if who.MemberID == sc.m.ReporterID {
			return model.ErrHandoverTo // nobody works on what they report themselves
		}
		taken := sc.m.TakenAt
		if err := sc.m.Take(sc.by, slices.Contains(sc.parts, model.PartUnit)); err != nil {
			return err
		}
		if sc.m.TakenAt == taken {
			return sc.maySucceed(ctx, who.MemberID)
		}
		d, err := sc.dispatch(ctx)
		if err != nil || d == nil {
			return err
		}
		d.TakenBy, d.TakenAt = who.MemberID, sc.by.Now
		return sc.tx.Matters.UpdateDispatch(ctx, d)
	}, model.ActTake)
}

// Escalate moves the matter up a tier for a cause that the caller explains. It fails as act and model.Matter.Escalate do.
func (s *Matters) Escalate(ctx context.Context, who model.Actor, id model.ID, cause model.EscalationCause, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error { return escalate(ctx, sc.tx, sc.m, sc.by, cause) }, model.ActEscalate)
}

// escalate moves a locked matter up a tier and proposes it to an officer there.
func escalate(ctx context.Context, tx *repository.Store, m *model.Matter, by model.StepBy, cause model.EscalationCause) error {
	return moved(ctx, tx, m, by, m.Tier.Up(), func(s *model.Service, c model.Calendar, officer model.ID) error {
		return m.Escalate(by, cause, s, c, officer)
	})
}

// Descend gives the matter back to the tier below for a reason, and proposes it to an officer there. It fails as act and
// model.Matter.Descend do.
func (s *Matters) Descend(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error {
		if err := sc.m.Led(sc.parts); err != nil {
			return err
		}
		return moved(ctx, sc.tx, sc.m, sc.by, sc.m.Tier.Down(), func(s *model.Service, c model.Calendar, officer model.ID) error {
			return sc.m.Descend(sc.by, s, c, officer)
		})
	}, model.ActDescend)
}

// moved moves a matter to a tier, with what the rule has to know.
func moved(ctx context.Context, tx *repository.Store, m *model.Matter, by model.StepBy, to model.Tier,
	move func(s *model.Service, c model.Calendar, officer model.ID) error,
) error {
	service, err := serviceOf(ctx, tx, m, m.CatalogueVersion)
	if err != nil {
		return err
	}
	calendar, err := clock(ctx, tx, m.CommunityID, by.Now)
	if err != nil {
		return err
	}
	officer, err := officerFor(ctx, tx, to, m.Place, false, m.ReporterID)
	if err != nil {
		return err
	}
	return move(service, calendar, officer)
}

// Merge lets the matter follow another one of the same thing, which the caller may know of. It fails with ErrMergeTarget
// for any other, and as act and model.Matter.Merge do.
func (s *Matters) Merge(ctx context.Context, who model.Actor, id, into model.ID) (*model.Matter, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Matter, error) {
		locked := map[model.ID]*model.Matter{}
		for _, one := range slices.Sorted(slices.Values([]model.ID{id, into})) {
			m, err := tx.Matters.Lock(ctx, one)
			if one != id && errors.Is(err, model.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			locked[one] = m
		}
		return s.on(ctx, tx, who, locked[id], "", func(sc *scene) error {
			primary := locked[into]
			if primary == nil {
				return model.ErrMergeTarget
			}
			known, err := partsOf(ctx, tx, who, primary)
			if err != nil {
				return err
			}
			followers, err := tx.Matters.Followers(ctx, []model.ID{id, into})
			if err != nil {
				return err
			}
			if len(known) == 0 {
				return model.ErrMergeTarget
			}
			return sc.m.Merge(sc.by, primary, followers)
		}, model.ActMerge)
	})
}

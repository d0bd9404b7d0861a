package matters

import (
	"context"
	"slices"

	"linbanglin/model"
)

// dispatch returns the matter's last dispatch if it is to the unit that has the matter now; nil when there is none.
func (sc *scene) dispatch(ctx context.Context) (*model.MatterDispatch, error) {
	all, err := sc.tx.Matters.Dispatches(ctx, sc.m.ID)
	if err != nil || len(all) == 0 || all[len(all)-1].OrganisationID != sc.m.OrganisationID {
		return nil, err
	}
	return all[len(all)-1], nil
}

// Dispatch sends the matter to the unit that the directory names for its category, or to another one of the directory. It
// fails with ErrMatterUnit for any other, with ErrMatterCommittee for what is never passed on to the committee, and as
// act and model.Matter.Dispatch do.
func (s *Matters) Dispatch(ctx context.Context, who model.Actor, id, organisation model.ID) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error {
		if _, err := sc.m.Status.Next(model.ActDispatch); err != nil {
			return err
		}
		service, err := sc.directory(ctx, &organisation)
		if err != nil {
			return err
		}
		before, err := sc.tx.Matters.Dispatches(ctx, id)
		if err != nil {
			return err
		}
		calendar, err := clock(ctx, sc.tx, sc.m.CommunityID, sc.by.Now)
		if err != nil {
			return err
		}
		var objected []model.ID
		for _, d := range before {
			if d.Outcome == model.ObjectionUpheld {
				objected = append(objected, d.OrganisationID)
			}
		}
		if err := sc.replace(ctx); err != nil {
			return err
		}
		d, err := sc.m.Dispatch(sc.by, organisation, objected, service, calendar)
		if err != nil {
			return err
		}
		d.ID = sc.tx.NewID()
		return sc.tx.Matters.AddDispatch(ctx, d)
	}, model.ActDispatch)
}

// replace ends a dispatch that nobody has accepted.
func (sc *scene) replace(ctx context.Context) error {
	if sc.m.Status != model.MatterDispatched {
		return nil
	}
	d, err := sc.dispatch(ctx)
	if err != nil || d == nil {
		return err
	}
	d.Outcome = model.DispatchReplaced
	return sc.tx.Matters.UpdateDispatch(ctx, d)
}

// directory checks a unit against the directory; zero becomes the one that is named for the category.
func (sc *scene) directory(ctx context.Context, organisation *model.ID) (*model.Service, error) {
	catalogue, err := sc.tx.Catalogues.Get(ctx, sc.m.CommunityID, sc.m.CatalogueVersion)
	if err != nil {
		return nil, err
	}
	service, err := catalogue.Of(sc.m.Category)
	if err != nil {
		return nil, err
	}
	if *organisation == 0 {
		*organisation = service.OrganisationID
	}
	if err := catalogue.Names(*organisation); err != nil {
		return nil, err
	}
	found, err := sc.tx.Matters.Organisations(ctx, sc.m.CommunityID, []model.ID{*organisation})
	if err != nil {
		return nil, err
	}
	return service, service.Passes(found[*organisation])
}

// Object says for the unit that the matter is not its business. It fails as act and model.Matter.Object do.
func (s *Matters) Object(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Matter, error) {
	return s.disputed(ctx, who, id, reason, func(sc *scene, d *model.MatterDispatch) error {
		return sc.m.Object(sc.by, d)
	}, model.ActObject)
}

// Adjudicate decides on the objection of a unit. It fails as act and model.Matter.Adjudicate do.
func (s *Matters) Adjudicate(ctx context.Context, who model.Actor, id model.ID, uphold bool, reason string) (*model.Matter, error) {
	return s.disputed(ctx, who, id, reason, func(sc *scene, d *model.MatterDispatch) error {
		return sc.m.Adjudicate(sc.by, d, uphold)
	}, model.ActUphold, model.ActOverrule)
}

// disputed runs a step on the dispatch of a matter.
func (s *Matters) disputed(ctx context.Context, who model.Actor, id model.ID, reason string, step func(*scene, *model.MatterDispatch) error,
	actions ...model.MatterAction,
) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error {
		if _, err := sc.m.Status.Next(actions[0]); err != nil {
			return err
		}
		d, err := sc.dispatch(ctx)
		if err != nil {
			return err
		}
		if d == nil {
			return model.ErrMatterState
		}
		if err := step(sc, d); err != nil {
			return err
		}
		return sc.tx.Matters.UpdateDispatch(ctx, d)
	}, actions...)
}

// Whistle calls units of the directory to the matter, each with a time to report in by and a deadline of its own. It
// fails with ErrMatterUnit, with ErrDuplicate for a unit that was called before, and as act and model.Matter.Whistle do.
func (s *Matters) Whistle(ctx context.Context, who model.Actor, id model.ID, calls []*model.Whistle) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error {
		if err := sc.m.Whistle(sc.by, calls); err != nil {
			return err
		}
		for _, w := range calls {
			if w.OrganisationID == 0 {
				return model.ErrMatterUnit
			}
			if _, err := sc.directory(ctx, &w.OrganisationID); err != nil {
				return err
			}
			w.ID = sc.tx.NewID()
		}
		return sc.tx.Matters.AddWhistles(ctx, calls)
	}, model.ActWhistle)
}

// ReportIn says that the caller's unit is there. It fails as act and model.Matter.ReportIn do.
func (s *Matters) ReportIn(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error {
		w, err := sc.whistle(ctx, 0)
		if err != nil {
			return err
		}
		if err := sc.m.ReportIn(sc.by, w); err != nil {
			return err
		}
		if b := sc.m.BrokenBy(w, 0, sc.by.Now); b != nil {
			sc.broken = append(sc.broken, b)
		}
		return sc.tx.Matters.UpdateWhistle(ctx, w)
	}, model.ActReportIn)
}

// CoFinish says that the part of the caller's unit is done. It fails as act and model.Matter.CoFinish do.
func (s *Matters) CoFinish(ctx context.Context, who model.Actor, id model.ID, result string) (*model.Matter, error) {
	return s.act(ctx, who, id, result, func(sc *scene) error {
		w, err := sc.whistle(ctx, 0)
		if err != nil {
			return err
		}
		if err := sc.m.CoFinish(sc.by, w, sc.by.Reason); err != nil {
			return err
		}
		return sc.tx.Matters.UpdateWhistle(ctx, w)
	}, model.ActCoFinish)
}

// RateWhistle rates a unit that was called, by who owns the matter, or the lead, by an officer of a unit that was called;
// then no unit is named. It fails as act and model.Matter.RateWhistle do.
func (s *Matters) RateWhistle(ctx context.Context, who model.Actor, id, organisation model.ID, rating int, comment string) (*model.Matter, error) {
	return s.act(ctx, who, id, comment, func(sc *scene) error {
		if organisation != 0 && who.MemberID != sc.m.OwnerID {
			return model.ErrForbidden
		}
		w, err := sc.whistle(ctx, organisation)
		if err != nil {
			return err
		}
		if err := sc.m.RateWhistle(sc.by, w, organisation == 0, rating); err != nil {
			return err
		}
		return sc.tx.Matters.UpdateWhistle(ctx, w)
	}, model.ActRateWhistle)
}

// whistle returns the call of a unit, or of the caller's own. It fails with ErrWhistleState when there is none.
func (sc *scene) whistle(ctx context.Context, organisation model.ID) (*model.Whistle, error) {
	units := []model.ID{organisation}
	var err error
	if organisation == 0 {
		if units, err = sc.tx.Organisations.OfMember(ctx, sc.who.MemberID); err != nil {
			return nil, err
		}
	}
	calls, err := sc.tx.Matters.Whistles(ctx, []model.ID{sc.m.ID})
	if err != nil {
		return nil, err
	}
	for _, w := range calls {
		if slices.Contains(units, w.OrganisationID) {
			return w, nil
		}
	}
	return nil, model.ErrWhistleState
}

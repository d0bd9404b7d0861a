package matters

import (
	"context"
	"errors"

	"linbanglin/model"
)

// Accept takes a matter up: from now on its clocks run, under the catalogue in force. It fails as act does, and as
// model.Matter.Accept does.
func (s *Matters) Accept(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error {
		version, err := sc.tx.Catalogues.Latest(ctx, sc.m.CommunityID)
		if err != nil {
			return err
		}
		service, err := serviceOf(ctx, sc.tx, sc.m, version)
		if errors.Is(err, model.ErrMatterCategory) { // it has gone since the matter came in
			version = sc.m.CatalogueVersion
			service, err = sc.service(ctx)
		}
		if err != nil {
			return err
		}
		calendar, err := clock(ctx, sc.tx, sc.m.CommunityID, sc.m.CreatedAt)
		if err != nil {
			return err
		}
		return sc.m.Accept(sc.by, version, service, calendar)
	}, model.ActAccept)
}

// Contact notes the first contact with the reporter. It fails as act and model.Matter.Contacted do.
func (s *Matters) Contact(ctx context.Context, who model.Actor, id model.ID, note string) (*model.Matter, error) {
	return s.act(ctx, who, id, note, func(sc *scene) error {
		if err := sc.m.Contacted(sc.by); err != nil {
			return err
		}
		d, err := sc.dispatch(ctx)
		if err != nil || d == nil {
			return err
		}
		d.ContactedAt = sc.by.Now
		return sc.tx.Matters.UpdateDispatch(ctx, d)
	}, model.ActContact)
}

// Start begins the work. It fails as act and model.Matter.Start do.
func (s *Matters) Start(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error { return sc.m.Start(sc.by) }, model.ActStart)
}

// Pause stops the clocks for a reason; papers says that it waits for papers of the reporter's. It fails as act and
// model.Matter.Pause do.
func (s *Matters) Pause(ctx context.Context, who model.Actor, id model.ID, reason string, papers bool) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error { return sc.m.Pause(sc.by, papers) }, model.ActPause)
}

// Resume lets the clocks go on. It fails as act and model.Matter.Resume do.
func (s *Matters) Resume(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error {
		since := sc.by.Now
		if sc.m.PausedAt != 0 {
			since = sc.m.PausedAt
		}
		service, calendar, err := sc.clockwork(ctx, since)
		if err != nil {
			return err
		}
		if err := sc.m.Resume(sc.by, service, calendar); err != nil {
			return err
		}
		d, err := sc.dispatch(ctx)
		if err != nil || d == nil || d.ContactedAt != 0 {
			return err
		}
		d.ContactDueAt, d.DueAt = sc.m.ContactDueAt, sc.m.DueAt
		return sc.tx.Matters.UpdateDispatch(ctx, d)
	}, model.ActResume)
}

// Extend asks for more time, before the deadline. It fails as act and model.Matter.Extend do.
func (s *Matters) Extend(ctx context.Context, who model.Actor, id model.ID, until model.Instant, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error { return sc.m.Extend(sc.by, until) }, model.ActExtend)
}

// DecideExtension grants more time or does not, as the leader of the tier. It fails as act and
// model.Matter.DecideExtension do.
func (s *Matters) DecideExtension(ctx context.Context, who model.Actor, id model.ID, grant bool, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error {
		if err := sc.m.Led(sc.parts); err != nil {
			return err
		}
		return sc.m.DecideExtension(sc.by, grant)
	}, model.ActGrantExtension, model.ActDenyExtension)
}

// Refuse asks a leader to agree that the matter is not accepted (否定报备). It fails as act and model.Matter.Refuse do.
func (s *Matters) Refuse(ctx context.Context, who model.Actor, id model.ID, reason, basis string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error { return sc.m.Refuse(sc.by, basis) }, model.ActRefuse)
}

// Explain asks a leader to agree that the matter cannot be done for now. It fails as act and model.Matter.Explain do.
func (s *Matters) Explain(ctx context.Context, who model.Actor, id model.ID, reason, basis string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error { return sc.m.Explain(sc.by, basis) }, model.ActExplain)
}

// DecideRefusal lets a refusal or an explanation take effect as a leader, or gives the matter back to its owner; the
// community's own are for the street. It fails as act and model.Matter.DecideRefusal do.
func (s *Matters) DecideRefusal(ctx context.Context, who model.Actor, id model.ID, approve bool, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error {
		if err := sc.m.RefusalLed(sc.parts); err != nil {
			return err
		}
		return sc.m.DecideRefusal(sc.by, approve)
	}, model.ActApproveRefusal, model.ActApproveExplain)
}

// Redirect points the reporter to another channel. It fails as act and model.Matter.Redirect do.
func (s *Matters) Redirect(ctx context.Context, who model.Actor, id model.ID, channel, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error { return sc.m.Redirect(sc.by, channel) }, model.ActRedirect)
}

// Withdraw ends the matter by its reporter. It fails as act and model.Matter.Withdraw do.
func (s *Matters) Withdraw(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error {
		followers, err := sc.tx.Matters.Followers(ctx, []model.ID{id})
		if err != nil {
			return err
		}
		return sc.m.Withdraw(sc.by, followers[id])
	}, model.ActWithdraw)
}

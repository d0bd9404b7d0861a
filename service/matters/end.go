package matters

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
)

// Finish ends the work with a result; on the spot also before the matter was accepted, with evidence. It fails as act and
// model.Matter.Finish do.
func (s *Matters) Finish(ctx context.Context, who model.Actor, id model.ID, result string, evidence []string) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error {
		return sc.m.Finish(sc.by, result, evidence, sc.m.CatalogueVersion)
	}, model.ActFinish)
}

// Call is what came of calling a reporter back.
type Call struct {
	Answered     bool
	Resolved     bool
	Satisfaction model.Satisfaction // empty when the reporter did not say
	Note         string
}

// Callback (回访) notes a call to the reporter by somebody who did not handle the matter. It fails as act,
// model.Matter.Callback and model.Matter.MissCall do.
func (s *Matters) Callback(ctx context.Context, who model.Actor, id model.ID, call Call) (*model.Matter, error) {
	return s.act(ctx, who, id, call.Note, func(sc *scene) error {
		if !call.Answered {
			last, err := sc.lastMiss(ctx)
			if err != nil {
				return err
			}
			return sc.m.MissCall(sc.by, last)
		}
		if err := sc.m.Callback(sc.by, call.Resolved); err != nil || call.Satisfaction == "" {
			return err
		}
		return sc.m.Rate(sc.by, call.Satisfaction, call.Resolved)
	}, model.ActCallback)
}

// lastMiss returns when the reporter was last called in vain since there is a result, zero for never.
func (sc *scene) lastMiss(ctx context.Context) (model.Instant, error) {
	if sc.m.Callbacks == 0 {
		return 0, nil
	}
	steps, err := sc.tx.Matters.Steps(ctx, sc.m.ID)
	for _, step := range slices.Backward(steps) {
		if step.Action == model.ActMissCall {
			return step.At, err
		}
	}
	return 0, err
}

// Rate says what the reporter thinks of the result. It fails as act and model.Matter.Rate do.
func (s *Matters) Rate(ctx context.Context, who model.Actor, id model.ID, satisfaction model.Satisfaction, resolved bool, comment string) (*model.Matter, error) {
	return s.act(ctx, who, id, comment, func(sc *scene) error { return sc.m.Rate(sc.by, satisfaction, resolved) }, model.ActRate)
}

// Close ends the matter. It fails as act and model.Matter.Close do.
func (s *Matters) Close(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error) {
	return s.act(ctx, who, id, "", func(sc *scene) error { return sc.m.Close(sc.by) }, model.ActClose)
}

// Reopen has the matter done anew, by another officer of the tier, or of one above, if the reporter is not content. It
// fails as act and model.Matter.Reopen do.
func (s *Matters) Reopen(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Matter, error) {
	return s.act(ctx, who, id, reason, func(sc *scene) error {
		if _, err := sc.m.Status.Next(model.ActReopen); err != nil {
			return err
		}
		service, calendar, err := sc.clockwork(ctx, sc.by.Now)
		if err != nil {
			return err
		}
		var owner model.ID
		if sc.m.Discontent() {
			if owner, err = officerFor(ctx, sc.tx, sc.m.Tier, sc.m.Place, false, sc.m.OwnerID, sc.m.FinishedBy, sc.m.ReporterID); err != nil {
				return err
			}
		}
		return sc.m.Reopen(sc.by, owner, service, calendar)
	}, model.ActReopen)
}

// Reveal tells who handles the matter the phone of its contact, or else of its reporter, and notes that, on the matter
// too. The answer is kept nowhere. It fails with ErrNoContact when there is none, with ErrTooManyReveals, and as act does.
func (s *Matters) Reveal(ctx context.Context, who model.Actor, id model.ID, purpose string) (contact *model.Contact, err error) {
	err = s.store.Tx(ctx, func(tx *repository.Store) error {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return err
		}
		_, err = s.on(ctx, tx, who, m, purpose, func(sc *scene) error {
			if err := m.Note(model.ActReveal, sc.by); err != nil {
				return err
			}
			noted, err := model.NewReveal(tx.NewID(), who, model.RevealedPhone, model.NoticeRef{Type: model.RefMatter, ID: m.ID}, purpose, sc.by.Now)
			if err != nil {
				return err
			}
			if m.ContactPhone != "" {
				contact, err = community.RevealNumber(ctx, tx, noted, model.MemberRef{ID: m.ReporterID, DisplayName: model.MaskName(m.ContactName)}, m.ContactPhone)
				return err
			}
			contact, err = community.RevealPhone(ctx, tx, noted, []model.ID{m.ReporterID, m.FiledBy})
			return err
		}, model.ActReveal)
		return err
	})
	if err != nil {
		return nil, err
	}
	return contact, nil
}

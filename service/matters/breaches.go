package matters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// SweepBreaches writes down the promises that time has broken, once each (违诺追究). It reads the state, so any number of
// processes may run it. It returns for how many matters it wrote.
func (s *Matters) SweepBreaches(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.store.Breaches.Unwritten(ctx, now, sweepBatch)
	if err != nil {
		return 0, err
	}
	slices.Sort(ids)
	return s.store.Each(ctx, "breach of matter", slices.Compact(ids), func(tx *repository.Store, id model.ID) (bool, error) {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return false, err
		}
		found, err := broken(ctx, tx, m, now)
		if err != nil {
			return false, err
		}
		n, err := blame(ctx, tx, m, found)
		return n > 0, err
	})
}

// broken returns every promise about a locked matter that is broken at an instant.
func broken(ctx context.Context, tx *repository.Store, m *model.Matter, now model.Instant) ([]*model.Breach, error) {
	found := m.Broken(now)
	units, err := brokenByUnits(ctx, tx, m, now)
	if err != nil {
		return nil, err
	}
	found = append(found, units...)
	errand, err := tx.Errands.Of(ctx, m.ID)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return found, nil
	case err != nil:
		return nil, err
	}
	if b := m.BrokenErrand(errand, now); b != nil {
		found = append(found, b)
	}
	return found, nil
}

// brokenByUnits returns the breaches of the units that were called to a matter.
func brokenByUnits(ctx context.Context, tx *repository.Store, m *model.Matter, now model.Instant) (found []*model.Breach, err error) {
	calls, err := tx.Matters.Whistles(ctx, []model.ID{m.ID})
	if err != nil {
		return nil, err
	}
	for _, w := range calls {
		officers, err := tx.Organisations.Officers(ctx, w.OrganisationID)
		if err != nil {
			return nil, err
		}
		var officer model.ID
		if len(officers) > 0 {
			officer = officers[0].MemberID
		}
		if b := m.BrokenBy(w, officer, now); b != nil {
			found = append(found, b)
		}
	}
	return found, nil
}

// blame writes what was found on a locked matter down, if it is not yet, and asks who is accountable to explain it.
func blame(ctx context.Context, tx *repository.Store, m *model.Matter, found []*model.Breach) (int, error) {
	for _, b := range found {
		b.ID = tx.NewID()
	}
	added, err := tx.Breaches.Add(ctx, m.ID, found)
	if err != nil {
		return 0, err
	}
	for _, b := range added {
		b.Title = m.Title
		if err := tellBreach(ctx, tx, b, "有一项违诺记录，请说明", "请在 3 天内说明情况。", b.AccountableID); err != nil {
			return 0, err
		}
	}
	return len(added), nil
}

// tellBreach tells somebody of a step of a breach, once.
func tellBreach(ctx context.Context, tx *repository.Store, b *model.Breach, title, body string, to model.ID) error {
	if to == 0 {
		return nil
	}
	return notify.Tell(ctx, tx, &model.Notice{
		CommunityID: b.CommunityID, MemberID: to, Kind: model.NoticeBreach, Title: title, Body: "《" + b.Title + "》" + body,
		Ref: model.NoticeRef{Type: model.RefMatter, ID: b.MatterID}, Key: fmt.Sprintf("breach:%d:%d", b.ID, b.Version), CreatedAt: b.UpdatedAt,
	})
}

// Breach returns one breach. It fails with ErrNotFound for who neither answers for it nor reads the matters of its place.
func (s *Matters) Breach(ctx context.Context, who model.Actor, id model.ID) (*model.Breach, error) {
	b, err := s.store.Breaches.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := seesBreach(who, b); err != nil {
		return nil, err
	}
	return b, nameBreaches(ctx, s.store, []*model.Breach{b})
}

func seesBreach(who model.Actor, b *model.Breach) error {
	if !who.Bound() || who.MemberID != b.AccountableID && who.May(model.OpReadMatters, b.Place) != nil {
		return model.ErrNotFound
	}
	return nil
}

// BreachFilter narrows a list of breaches.
type BreachFilter struct {
	Mine     bool
	Matter   model.ID
	Statuses []model.BreachStatus
	Kinds    []model.BreachKind
}

// Breaches lists the breaches that the caller answers for, and those of the places whose matters they read, the newest
// first. It fails with ErrCursor.
func (s *Matters) Breaches(ctx context.Context, who model.Actor, f BreachFilter, page model.Page) (*model.List[*model.Breach], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	name := fmt.Sprintf("breaches:%d:%v", who.MemberID, f)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	reach, err := who.Reach(model.OpReadMatters)
	if err != nil {
		reach = nil // their own then
	}
	rows, err := s.store.Breaches.List(ctx, &repository.BreachQuery{
		Community: who.Place.CommunityID, Reach: reach, Member: who.MemberID, Mine: f.Mine, Matter: f.Matter, Statuses: f.Statuses, Kinds: f.Kinds,
		Before: before, Limit: page.Size() + 1,
	})
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Breach) int64 { return int64(last.ID) })
	return list, nameBreaches(ctx, s.store, list.Items)
}

// nameBreaches fills in the titles and names that breaches show.
func nameBreaches(ctx context.Context, s *repository.Store, breaches []*model.Breach) error {
	var people, matters []model.ID
	for _, b := range breaches {
		people, matters = append(people, b.AccountableID, b.DecidedBy, b.ReviewedBy), append(matters, b.MatterID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	titles, err := s.Matters.Titles(ctx, matters)
	for _, b := range breaches {
		b.Title, b.Accountable, b.Decider, b.Reviewer = titles[b.MatterID], refs[b.AccountableID], refs[b.DecidedBy], refs[b.ReviewedBy]
	}
	return err
}

// ExplainBreach says how a breach came, by who is accountable; the leaders of the place are told. It fails with
// ErrNotFound, and as model.Breach.Explain does.
func (s *Matters) ExplainBreach(ctx context.Context, who model.Actor, id model.ID, text string) (*model.Breach, error) {
	return s.judge(ctx, who, id, text, func(b *model.Breach, by model.StepBy) error { return b.Explain(by) })
}

// DecideBreach decides on a breach as a leader of its tier, never on one's own. It fails with ErrNotFound, with
// ErrForbidden, and as model.Breach.Decide does.
func (s *Matters) DecideBreach(ctx context.Context, who model.Actor, id model.ID, uphold bool, reason string) (*model.Breach, error) {
	return s.judge(ctx, who, id, reason, func(b *model.Breach, by model.StepBy) error {
		if err := leads(who, b); err != nil {
			return err
		}
		return b.Decide(by, uphold)
	})
}

// AppealBreach asks for a second decision, by who is accountable. It fails with ErrNotFound, and as model.Breach.AppealTo
// does.
func (s *Matters) AppealBreach(ctx context.Context, who model.Actor, id model.ID, text string) (*model.Breach, error) {
	return s.judge(ctx, who, id, text, func(b *model.Breach, by model.StepBy) error { return b.AppealTo(by) })
}

// DecideBreachAppeal decides on an appeal as a third. It fails with ErrNotFound, with ErrForbidden, and as
// model.Breach.DecideAppeal does.
func (s *Matters) DecideBreachAppeal(ctx context.Context, who model.Actor, id model.ID, uphold bool, reason string) (*model.Breach, error) {
	return s.judge(ctx, who, id, reason, func(b *model.Breach, by model.StepBy) error {
		if err := leads(who, b); err != nil {
			return err
		}
		return b.DecideAppeal(by, uphold)
	})
}

// leads fails with ErrForbidden for who does not lead at the breach's tier: at the street only the street does.
func leads(who model.Actor, b *model.Breach) error {
	if err := who.May(model.OpReviewMatter, b.Place); err != nil {
		return err
	}
	street := func(g model.Grant) bool { return g.Role == model.RoleStreetOfficer && g.Covers(b.Place) }
	if b.Tier == model.TierStreet && !slices.ContainsFunc(who.Grants, street) {
		return model.ErrForbidden
	}
	return nil
}

// judge runs a step on a breach under its lock, and tells whom it concerns.
func (s *Matters) judge(ctx context.Context, who model.Actor, id model.ID, text string, step func(*model.Breach, model.StepBy) error) (*model.Breach, error) {
	defer s.ledger.Nudge()
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Breach, error) {
		b, err := tx.Breaches.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := seesBreach(who, b); err != nil {
			return nil, err
		}
		if err := step(b, model.StepBy{Member: who.MemberID, Reason: strings.TrimSpace(text), Now: s.now()}); err != nil {
			return nil, err
		}
		return b, s.conclude(ctx, tx, b)
	})
}

// concern tells whom the last step of a breach concerns, and how many points it took.
func concern(ctx context.Context, tx *repository.Store, b *model.Breach, taken int64) error {
	switch b.Status {
	case model.BreachExplained, model.BreachAppealed:
		tier := b.Tier
		if tier == model.TierGrid {
			tier = model.TierCommunity
		}
		leader, err := officerFor(ctx, tx, tier, b.Place, false, b.AccountableID, b.DecidedBy)
		if err != nil {
			return err
		}
		return tellBreach(ctx, tx, b, "有一项违诺记录待决定", "责任人已提交说明，请作出决定。", leader)
	case model.BreachUpheld:
		return tellBreach(ctx, tx, b, "违诺记录成立", "决定：违诺成立。您可以在 7 天内申诉；决定生效后，为这件事项发放给您的积分将收回。", b.AccountableID)
	case model.BreachConfirmed:
		body := "违诺成立，决定已生效。"
		if taken > 0 {
			body += fmt.Sprintf("为这件事项发放的 %d 积分已收回。", taken)
		}
		return tellBreach(ctx, tx, b, "违诺决定已生效", body, b.AccountableID)
	case model.BreachDismissed, model.BreachCancelled:
		return tellBreach(ctx, tx, b, "违诺记录不成立", "决定：违诺不成立。", b.AccountableID)
	case model.BreachOpen:
	}
	return nil
}

package care

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/matching"
	"linbanglin/service/notify"
)

// Propose asks a volunteer to be paired with a home, with the consent of its elder. It fails with ErrForbidden,
// ErrNotFound, ErrBellConsent, ErrPairOwn, ErrPairMinor, ErrPairs, and with ErrDuplicate when they are asked or paired.
func (c *Care) Propose(ctx context.Context, who model.Actor, home, volunteer model.ID, kind model.PairKind, given *model.ConsentGiven) (*model.BellPair, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.BellPair, error) {
		h, err := tx.Doorbells.LockHome(ctx, home)
		if err != nil {
			return nil, err
		}
		if err := mayManage(who, h); err != nil {
			return nil, err
		}
		consent, err := model.ConsentFor(h.ElderID, who.MemberID, given)
		if err != nil {
			return nil, err
		}
		m, err := tx.Members.Get(ctx, volunteer)
		switch {
		case err != nil:
			return nil, err
		case m.CommunityID != h.CommunityID || m.MergedInto != 0:
			return nil, model.ErrNotFound
		}
		live, err := tx.Doorbells.Pairs(ctx, home)
		if err != nil {
			return nil, err
		}
		p, err := model.NewBellPair(tx.NewID(), h, m, kind, live, c.now())
		if err != nil {
			return nil, err
		}
		p.Consent, p.ProposedBy = consent, who.MemberID
		if err := tx.Doorbells.AddPair(ctx, p); err != nil {
			return nil, err
		}
		if err := viewPairs(ctx, tx, []*model.BellPair{p}); err != nil {
			return nil, err
		}
		return p, notify.Tell(ctx, tx, c.pairNotice(p, volunteer, "爱心门铃结对邀请",
			fmt.Sprintf("想请您与%s的%s结对，门铃响时帮忙去看看。可以接受，也可以谢绝，随时可以结束", p.Unit.Name, p.Elder.DisplayName)))
	})
}

func (c *Care) pairNotice(p *model.BellPair, to model.ID, title, text string) *model.Notice {
	return &model.Notice{
		CommunityID: p.CommunityID, MemberID: to, Kind: model.NoticePair, Title: title, Body: text, Ref: model.NoticeRef{Type: model.RefPair, ID: p.ID},
		Key: fmt.Sprintf("pair:%d:%s", p.ID, p.Status), CreatedAt: c.now(),
	}
}

// pair changes a pair under the lock of its home, and tells the elder or the volunteer, whoever did not do it.
func (c *Care) pair(ctx context.Context, who model.Actor, id model.ID, step func(p *model.BellPair, h *model.BellHome) error) (*model.BellPair, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.BellPair, error) {
		p, err := tx.Doorbells.Pair(ctx, id)
		if err != nil {
			return nil, err
		}
		h, err := tx.Doorbells.LockHome(ctx, p.HouseholdID)
		if err != nil {
			return nil, err
		}
		if p, err = tx.Doorbells.Pair(ctx, id); err != nil { // as it is now that nobody else changes it
			return nil, err
		}
		if err := step(p, h); err != nil {
			return nil, err
		}
		if err := tx.Doorbells.UpdatePair(ctx, p); err != nil {
			return nil, err
		}
		if err := viewPairs(ctx, tx, []*model.BellPair{p}); err != nil {
			return nil, err
		}
		words := map[model.PairStatus]string{model.PairActive: "已接受结对", model.PairDeclined: "谢绝了结对", model.PairEnded: "结对已结束"}[p.Status]
		var notices []*model.Notice
		for _, to := range []model.ID{p.VolunteerID, h.ElderID} {
			if to != who.MemberID {
				notices = append(notices, c.pairNotice(p, to, "爱心门铃结对", fmt.Sprintf("%s与%s：%s", p.Elder.DisplayName, p.Volunteer.DisplayName, words)))
			}
		}
		return p, notify.Tell(ctx, tx, notices...)
	})
}

// AnswerPair is the volunteer's answer to a proposal. It fails with ErrNotFound for anyone else, and with ErrPairState.
func (c *Care) AnswerPair(ctx context.Context, who model.Actor, id model.ID, yes bool) (*model.BellPair, error) {
	return c.pair(ctx, who, id, func(p *model.BellPair, h *model.BellHome) error {
		switch {
		case p.VolunteerID != who.MemberID && mayRead(who, h) != nil:
			return model.ErrNotFound
		case p.VolunteerID != who.MemberID:
			return model.ErrForbidden
		}
		return p.Answer(yes, c.now())
	})
}

// EndPair ends a pairing: the volunteer, those who live in the home, and those who manage doorbells there may, at any
// time. It fails with ErrNotFound, ErrForbidden, ErrInvalid and ErrPairState.
func (c *Care) EndPair(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.BellPair, error) {
	return c.pair(ctx, who, id, func(p *model.BellPair, h *model.BellHome) error {
		if p.VolunteerID != who.MemberID {
			if err := mayManage(who, h); err != nil {
				return err
			}
		}
		return p.End(who.MemberID, reason, c.now())
	})
}

// MyPairs lists the homes that the caller is or was paired with, newest first. It fails with ErrCursor.
func (c *Care) MyPairs(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.BellPair], error) {
	name := fmt.Sprintf("pairs:%d", who.MemberID)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Doorbells.PairsOf(ctx, who.MemberID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.BellPair) int64 { return int64(last.ID) })
	return list, viewPairs(ctx, c.store, list.Items)
}

// viewPairs completes pairs with who they are.
func viewPairs(ctx context.Context, s *repository.Store, pairs []*model.BellPair) error {
	var households []model.ID
	for _, p := range pairs {
		households = append(households, p.HouseholdID)
	}
	homes, err := s.Doorbells.HomesByID(ctx, households)
	if err != nil {
		return err
	}
	var people, buildings []model.ID
	for _, p := range pairs {
		h := homes[p.HouseholdID]
		people, buildings = append(people, p.VolunteerID, h.ElderID), append(buildings, h.BuildingID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, buildings)
	for _, p := range pairs {
		h := homes[p.HouseholdID]
		p.Volunteer, p.Elder, p.Unit = refs[p.VolunteerID], refs[h.ElderID], model.NodeRef{ID: h.BuildingID, Name: names[h.BuildingID]}
	}
	return err
}

// Suggestion is a volunteer who may be paired with a home, and why.
type Suggestion struct {
	Volunteer    model.MemberRef    `json:"volunteer"`
	SameBuilding bool               `json:"same_building"`
	Score        float64            `json:"score"`
	Parts        map[string]float64 `json:"parts"`
}

const (
	// caring is what a volunteer offers who may be paired.
	caring = "elder_care"
	// nearOffers and maxSuggestions bound how many offers are scored, and proposed.
	nearOffers     = 200
	maxSuggestions = 10
)

// Suggestions ranks who may be paired with a home: those of the same building before others, then as matching scores
// their offers to care. It fails with ErrNotFound and ErrForbidden.
func (c *Care) Suggestions(ctx context.Context, who model.Actor, home model.ID) ([]*Suggestion, error) {
	h, err := c.store.Doorbells.Home(ctx, home)
	if err != nil {
		return nil, err
	}
	if err := mayManage(who, h); err != nil {
		return nil, err
	}
	elder, err := c.store.Members.Get(ctx, h.ElderID)
	if err != nil {
		return nil, err
	}
	r := &model.HelpRequest{
		Place: h.Place(), RequesterID: elder.ID, CreatedBy: elder.ID, Category: caring, Title: "爱心门铃结对", Urgency: model.UrgencyNormal, Slots: 1,
	}
	if err := r.Open(c.now()); err != nil {
		return nil, err
	}
	matches, err := c.matches(ctx, r, elder)
	if err != nil {
		return nil, err
	}
	live, err := c.store.Doorbells.Pairs(ctx, home)
	if err != nil {
		return nil, err
	}
	taken := map[model.ID]bool{}
	for _, p := range live {
		taken[p.VolunteerID] = true
	}
	list, ids := suggested(h, matches, taken)
	refs, err := c.store.Members.Refs(ctx, ids)
	for _, s := range list {
		s.Volunteer = refs[s.Volunteer.ID]
	}
	return list, err
}

// matches ranks offers for what a home needs.
func (c *Care) matches(ctx context.Context, r *model.HelpRequest, elder *model.Member) ([]*model.Match, error) {
	offers, err := c.store.Offers.Candidates(ctx, r.Place, model.Suited(r.Category), nearOffers)
	if err != nil {
		return nil, err
	}
	helpers := make([]model.ID, len(offers))
	for i, o := range offers {
		helpers[i] = o.MemberID
	}
	loads, err := c.store.Requests.Loads(ctx, helpers, c.now(), elder.ID)
	return matching.Offers(r, elder.Gender, offers, loads, nil, c.now(), nearOffers), err
}

// suggested takes each volunteer once who is not paired, those of the building first.
func suggested(h *model.BellHome, matches []*model.Match, taken map[model.ID]bool) (list []*Suggestion, ids []model.ID) {
	for _, m := range matches {
		if id := m.Offer.MemberID; !taken[id] {
			taken[id] = true
			near := h.BuildingID != 0 && m.Offer.BuildingID == h.BuildingID
			list = append(list, &Suggestion{Volunteer: model.MemberRef{ID: id}, SameBuilding: near, Score: m.Score, Parts: m.Parts})
		}
	}
	slices.SortStableFunc(list, func(a, b *Suggestion) int {
		if a.SameBuilding != b.SameBuilding {
			return cmp.Compare(b.rank(), a.rank())
		}
		return cmp.Compare(b.Score, a.Score)
	})
	list = list[:min(len(list), maxSuggestions)]
	for _, s := range list {
		ids = append(ids, s.Volunteer.ID)
	}
	return list, ids
}

// rank is 1 for who lives in the building.
func (s *Suggestion) rank() int {
	if s.SameBuilding {
		return 1
	}
	return 0
}

package market

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/matching"
)

// OfferInput is what someone is ready to do.
type OfferInput struct {
	Categories   []string
	Title        string
	Availability []model.Slot
	Reach        model.NodeKind // community when empty
	WeeklyLimit  int            // 3 when 0
	Version      int64          // of the offer that is edited
}

// apply writes the input on an offer. It fails with ErrCategory, ErrPeriod and ErrInvalid.
func (in OfferInput) apply(o *model.HelpOffer) error {
	o.Categories, o.Title, o.Availability, o.Reach, o.WeeklyLimit = in.Categories, strings.TrimSpace(in.Title), in.Availability, in.Reach, in.WeeklyLimit
	if o.Reach == "" {
		o.Reach = model.KindCommunity
	}
	if o.WeeklyLimit == 0 {
		o.WeeklyLimit = 3
	}
	if o.Availability == nil {
		o.Availability = []model.Slot{}
	}
	return o.Validate()
}

// Offer posts an offer. It fails with ErrForbidden, ErrCategory, ErrPeriod and ErrInvalid.
func (m *Market) Offer(ctx context.Context, who model.Actor, in OfferInput) (*model.HelpOffer, error) {
	now := m.now()
	return repository.Once(ctx, m.store, now, func(tx *repository.Store) (*model.HelpOffer, error) {
		if err := who.May(model.OpPostOffer, who.Place); err != nil {
			return nil, err
		}
		o := &model.HelpOffer{
			ID: m.store.NewID(), Place: who.Place, MemberID: who.MemberID,
			Status: model.OfferActive, Version: 1, CreatedAt: now, UpdatedAt: now,
		}
		if err := in.apply(o); err != nil {
			return nil, err
		}
		if err := tx.Offers.Create(ctx, o); err != nil {
			return nil, err
		}
		return o, viewOffers(ctx, tx, []*model.HelpOffer{o})
	})
}

// mayReadOffer lets the owner and those who read offers there see it; for others it is not there.
func mayReadOffer(who model.Actor, o *model.HelpOffer) error {
	if o.MemberID == who.MemberID || who.May(model.OpReadOffers, o.Place) == nil {
		return nil
	}
	return model.ErrNotFound
}

// mayEditOffer lets only the owner. It fails with ErrForbidden for who may see the offer, and with
// ErrNotFound for others.
func mayEditOffer(who model.Actor, o *model.HelpOffer) error {
	if o.MemberID == who.MemberID {
		return nil
	}
	if err := mayReadOffer(who, o); err != nil {
		return err
	}
	return model.ErrForbidden
}

// OfferByID returns one offer. It fails with ErrNotFound.
func (m *Market) OfferByID(ctx context.Context, who model.Actor, id model.ID) (*model.HelpOffer, error) {
	o, err := m.store.Offers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayReadOffer(who, o); err != nil {
		return nil, err
	}
	return o, viewOffers(ctx, m.store, []*model.HelpOffer{o})
}

// Offers lists the caller's own offers, or with all those within the caller's reach, newest first. It
// fails with ErrForbidden and ErrCursor.
func (m *Market) Offers(ctx context.Context, who model.Actor, all bool, page model.Page) (*model.List[*model.HelpOffer], error) {
	owner, reach := who.MemberID, []model.Grant(nil)
	if all {
		var err error
		if reach, err = who.Reach(model.OpReadOffers); err != nil {
			return nil, err
		}
		owner = 0
	}
	name := fmt.Sprintf("offers:%d:%t", who.MemberID, all)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := model.ID(0)
	if after != nil {
		before = model.ID(after[0])
	}
	rows, err := m.store.Offers.List(ctx, who.Place.CommunityID, owner, reach, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.HelpOffer) int64 { return int64(last.ID) })
	return list, viewOffers(ctx, m.store, list.Items)
}

// edit changes an offer of the caller's under its lock. It fails with ErrNotFound for someone else's.
func (m *Market) edit(ctx context.Context, who model.Actor, id model.ID, step func(o *model.HelpOffer, now model.Instant) error) (*model.HelpOffer, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.HelpOffer, error) {
		o, err := tx.Offers.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayEditOffer(who, o); err != nil {
			return nil, err
		}
		if err := step(o, m.now()); err != nil {
			return nil, err
		}
		if err := tx.Offers.Update(ctx, o); err != nil {
			return nil, err
		}
		return o, viewOffers(ctx, tx, []*model.HelpOffer{o})
	})
}

// EditOffer replaces what an offer promises. It fails with ErrStale when it was changed meanwhile, with
// ErrOfferState once it is closed, and as Offer does.
func (m *Market) EditOffer(ctx context.Context, who model.Actor, id model.ID, in OfferInput) (*model.HelpOffer, error) {
	return m.edit(ctx, who, id, func(o *model.HelpOffer, now model.Instant) error {
		switch {
		case o.Status == model.OfferClosed:
			return model.ErrOfferState
		case o.Version != in.Version:
			return model.ErrStale
		}
		o.Version, o.UpdatedAt = o.Version+1, now
		return in.apply(o)
	})
}

// MoveOffer pauses, resumes or closes an offer. It fails with ErrOfferState.
func (m *Market) MoveOffer(ctx context.Context, who model.Actor, id model.ID, to model.OfferStatus) (*model.HelpOffer, error) {
	return m.edit(ctx, who, id, func(o *model.HelpOffer, now model.Instant) error { return o.Move(to, now) })
}

// week is the span in which an offer's weekly limit counts.
const week = 7 * 24 * time.Hour

const (
	// maxCandidates is how many offers or requests are scored for one question.
	maxCandidates = 500
	// maxMatches is how many of them are proposed.
	maxMatches = 20
)

// MatchesFor ranks the offers that suit a request. It fails with ErrForbidden unless the caller speaks for
// the requester or matches requests there.
func (m *Market) MatchesFor(ctx context.Context, who model.Actor, id model.ID) ([]*model.Match, error) {
	r, err := m.store.Requests.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, r); err != nil {
		return nil, err
	}
	if who.MemberID != r.RequesterID && who.MemberID != r.CreatedBy {
		if err := who.May(model.OpMatchRequest, r.Place); err != nil {
			return nil, err
		}
	}
	offers, err := m.store.Offers.Candidates(ctx, r.CommunityID, model.Suited(r.Category), r.HouseholdID, maxCandidates)
	if err != nil {
		return nil, err
	}
	helpers := make([]model.ID, len(offers))
	for i, o := range offers {
		helpers[i] = o.MemberID
	}
	loads, err := m.store.Requests.Loads(ctx, helpers, m.now().Add(-week))
	if err != nil {
		return nil, err
	}
	matches := matching.Offers(r, offers, loads, maxMatches)
	shown := make([]*model.HelpOffer, len(matches))
	for i, match := range matches {
		shown[i] = match.Offer
	}
	return matches, viewOffers(ctx, m.store, shown)
}

// RequestsFor ranks the requests that suit an offer of the caller's. It fails with ErrNotFound, and with
// ErrForbidden for someone else's.
func (m *Market) RequestsFor(ctx context.Context, who model.Actor, id model.ID) ([]*model.Match, error) {
	o, err := m.store.Offers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayEditOffer(who, o); err != nil {
		return nil, err
	}
	waiting, err := m.store.Requests.Waiting(ctx, o.CommunityID, model.Served(o.Categories), maxCandidates)
	if err != nil {
		return nil, err
	}
	waiting = slices.DeleteFunc(waiting, func(r *model.HelpRequest) bool { return mayRead(who, r) != nil })
	loads, err := m.store.Requests.Loads(ctx, []model.ID{o.MemberID}, m.now().Add(-week))
	if err != nil {
		return nil, err
	}
	matches := matching.Requests(o, waiting, loads[o.MemberID], maxMatches)
	shown := make([]*model.HelpRequest, len(matches))
	for i, match := range matches {
		shown[i] = match.Request
	}
	return matches, views(ctx, m.store, who, shown)
}

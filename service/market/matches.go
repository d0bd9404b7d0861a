package market

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/service/matching"
)

const (
	// maxCandidates is how many offers or requests are scored for one question, at least if there are so many.
	maxCandidates = 300
	// maxMatches is how many of them are proposed.
	maxMatches = 20
)

// Preview ranks the offers that would suit a request while it is being written; nothing is kept. It fails as Ask
// does.
func (m *Market) Preview(ctx context.Context, who model.Actor, in RequestInput) ([]*model.Match, error) {
	r := in.request(who)
	requester, err := m.store.Members.Get(ctx, r.RequesterID)
	if err != nil {
		return nil, err
	}
	if r.Place, err = mayAsk(ctx, m.store, who, requester); err != nil {
		return nil, err
	}
	if err := r.Open(m.now()); err != nil {
		return nil, err
	}
	return m.offersFor(ctx, who, r, requester)
}

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
	requester, err := m.store.Members.Get(ctx, r.RequesterID)
	if err != nil {
		return nil, err
	}
	return m.offersFor(ctx, who, r, requester)
}

// offersFor ranks the offers that suit a request of somebody's.
func (m *Market) offersFor(ctx context.Context, who model.Actor, r *model.HelpRequest, requester *model.Member) ([]*model.Match, error) {
	offers, err := m.store.Offers.Candidates(ctx, r.Place, model.Suited(r.Category), maxCandidates)
	if err != nil {
		return nil, err
	}
	helpers := make([]model.ID, len(offers))
	for i, o := range offers {
		helpers[i] = o.MemberID
	}
	loads, err := m.store.Requests.Loads(ctx, helpers, m.now(), r.RequesterID)
	if err != nil {
		return nil, err
	}
	matches := matching.Offers(r, requester.Gender, offers, loads, maxMatches)
	shown := make([]*model.HelpOffer, len(matches))
	for i, match := range matches {
		shown[i] = match.Offer
	}
	return matches, viewOffers(ctx, m.store, who, shown)
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
	people := make([]model.ID, len(waiting))
	for i, r := range waiting {
		people[i] = r.RequesterID
	}
	ties, err := m.store.Requests.Ties(ctx, o.MemberID, people, m.now())
	if err != nil {
		return nil, err
	}
	askers, err := m.store.Members.Some(ctx, people)
	if err != nil {
		return nil, err
	}
	loads, err := m.store.Requests.Loads(ctx, []model.ID{o.MemberID}, m.now(), 0)
	if err != nil {
		return nil, err
	}
	genders := make(map[model.ID]string, len(askers))
	for id, m := range askers {
		genders[id] = m.Gender
	}
	matches := matching.Requests(o, waiting, loads[o.MemberID], ties, genders, maxMatches)
	shown := make([]*model.HelpRequest, len(matches))
	for i, match := range matches {
		shown[i] = match.Request
	}
	return matches, views(ctx, m.store, who, shown)
}

package market

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/service/matching"
	"linbanglin/service/matching/dispatch"
)

const (
	// maxCandidates is how many requests are scored for one question, at least if there are so many.
	maxCandidates = 300
	// maxMatches is how many offers or requests are proposed.
	maxMatches = 20
	// nearOffers are scored for one question at first: three for each that is proposed. Where too few of them fit, it is
	// four times as many, up to mostOffers.
	nearOffers = 3 * maxMatches
	mostOffers = 64 * nearOffers
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
	if !asksFor(who, r) {
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

// offersFor ranks the offers that suit a request of somebody's, the nearest ones first, and those farther away when
// too few of these fit.
func (m *Market) offersFor(ctx context.Context, who model.Actor, r *model.HelpRequest, requester *model.Member) ([]*model.Match, error) {
	var matches []*model.Match
	for want, more := nearOffers, true; more && len(matches) < maxMatches && want <= mostOffers; want *= 4 {
		offers, err := m.store.Offers.Candidates(ctx, r.Place, model.Suited(r.Category), want)
		if err != nil {
			return nil, err
		}
		more = len(offers) >= want
		if matches, err = m.rank(ctx, who, r, requester, offers); err != nil {
			return nil, err
		}
	}
	shown := make([]*model.HelpOffer, len(matches))
	for i, match := range matches {
		offer := *match.Offer // others see it too
		match.Offer, shown[i] = &offer, &offer
	}
	return matches, viewOffers(ctx, m.store, who, shown)
}

// rank scores offers for a request by what is known of their helpers.
func (m *Market) rank(ctx context.Context, who model.Actor, r *model.HelpRequest, requester *model.Member, offers []*model.HelpOffer) ([]*model.Match, error) {
	helpers := make([]model.ID, len(offers))
	for i, o := range offers {
		helpers[i] = o.MemberID
	}
	loads, err := m.store.Requests.Loads(ctx, helpers, m.now(), r.RequesterID)
	if err != nil {
		return nil, err
	}
	records, err := m.records(ctx, who, r, helpers)
	if err != nil {
		return nil, err
	}
	return matching.Offers(r, requester.Gender, offers, loads, records, m.now(), maxMatches), nil
}

// records returns what is known of how helpers answer, to those whose office it is to match the request. To others,
// who ask first of all, everybody is new: they must not learn from a list or a score who said no.
func (m *Market) records(ctx context.Context, who model.Actor, r *model.HelpRequest, helpers []model.ID) (map[model.ID]matching.Record, error) {
	if asksFor(who, r) || who.May(model.OpMatchRequest, r.Place) != nil {
		return nil, nil
	}
	found, err := histories(ctx, m.store, helpers, r.Category, m.now())
	if err != nil {
		return nil, err
	}
	records := make(map[model.ID]matching.Record, len(found))
	for id, h := range found {
		records[id] = matching.Record{History: h}
	}
	asks, err := m.store.Asks.Of(ctx, r.ID)
	for _, a := range asks {
		if a.Answer == model.AskDeclined {
			records[a.MemberID] = matching.Record{History: found[a.MemberID], Declined: true}
		}
	}
	return records, err
}

// ownRecords returns, by request, what is known of how a helper answers such requests.
func (m *Market) ownRecords(ctx context.Context, helper model.ID, requests []*model.HelpRequest) (map[model.ID]matching.Record, error) {
	ids := make([]model.ID, len(requests))
	for i, r := range requests {
		ids[i] = r.ID
	}
	declined, err := m.store.Asks.Declined(ctx, helper, ids)
	if err != nil {
		return nil, err
	}
	tallies, err := m.store.Asks.Tallies(ctx, []model.ID{helper})
	records := make(map[model.ID]matching.Record, len(requests))
	for _, r := range requests {
		record := matching.Record{Declined: declined[r.ID]}
		for _, t := range tallies {
			record.History = remember(record.History, t, r.Category, dispatch.PartOf(m.now()))
		}
		records[r.ID] = record
	}
	return records, err
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
	records, err := m.ownRecords(ctx, o.MemberID, waiting)
	if err != nil {
		return nil, err
	}
	matches := matching.Requests(o, waiting, loads[o.MemberID], ties, genders, records, m.now(), maxMatches)
	shown := make([]*model.HelpRequest, len(matches))
	for i, match := range matches {
		shown[i] = match.Request
	}
	return matches, m.views(ctx, m.store, who, shown)
}

package market

import (
	"context"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// mayAsk returns where a request of the requester's is. Beside the officers of that place, who lives in a hub household
// may ask for the neighbours of its unit.
func mayAsk(ctx context.Context, s *repository.Store, who model.Actor, requester *model.Member) (model.Place, error) {
	if requester.ID == who.MemberID {
		return who.Place, who.May(model.OpPostRequest, who.Place)
	}
	if requester.MergedInto != 0 {
		return model.Place{}, model.ErrNotFound
	}
	refused := who.May(model.OpPostFor, requester.Place)
	if refused == nil || !who.Place.Neighbours(requester.Place) || who.May(model.OpPostRequest, who.Place) != nil {
		return requester.Place, refused
	}
	hub, err := s.Nodes.Hub(ctx, who.Place.HouseholdID)
	switch {
	case err != nil:
		return model.Place{}, err
	case !hub:
		return model.Place{}, refused
	}
	return requester.Place, nil
}

// record puts the consent of somebody on record whom a request or a series was posted for.
func (m *Market) record(ctx context.Context, tx *repository.Store, given *model.ConsentGiven, c model.Consent) error {
	if err := given.Check(); err != nil {
		return err
	}
	c.ID, c.Method, c.Note, c.CreatedAt = m.store.NewID(), given.Method, strings.TrimSpace(given.Note), m.now()
	return tx.Consents.Add(ctx, &c)
}

// private completes requests with what is for the requester, who posted for them, and officers alone: the consent and
// the call. For others there is none.
func private(ctx context.Context, s *repository.Store, who model.Actor, requests []*model.HelpRequest) error {
	var singles, series []model.ID
	var open []*model.HelpRequest
	for _, r := range requests {
		switch {
		case who.MemberID != r.RequesterID && who.MemberID != r.CreatedBy && who.May(model.OpManageRequest, r.Place) != nil:
			r.CallbackAt, r.CallbackNote = 0, ""
		case r.Proxied() && r.SeriesID != 0:
			open, series = append(open, r), append(series, r.SeriesID)
		case r.Proxied():
			open, singles = append(open, r), append(singles, r.ID)
		}
	}
	found, err := consents(ctx, s, singles, series)
	for _, r := range open {
		if r.Consent = found[r.ID]; r.SeriesID != 0 {
			r.Consent = found[r.SeriesID]
		}
	}
	return err
}

// consents returns what is on record, by the request or the series that it is for.
func consents(ctx context.Context, s *repository.Store, requests, series []model.ID) (map[model.ID]*model.Consent, error) {
	rows, err := s.Consents.Of(ctx, requests, series)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var people []model.ID
	for _, c := range rows {
		people = append(people, c.MemberID, c.RecordedBy)
	}
	refs, err := s.Members.Refs(ctx, people)
	found := make(map[model.ID]*model.Consent, len(rows))
	for _, c := range rows {
		c.Member, c.Recorder = refs[c.MemberID], refs[c.RecordedBy]
		found[c.RequestID+c.SeriesID] = c // one of them is zero
	}
	return found, err
}

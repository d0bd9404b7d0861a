package market

import (
	"context"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/matching"
	"linbanglin/service/matching/dispatch"
)

// pool is who may be asked for a request now.
type pool struct {
	candidates []dispatch.Candidate
	offers     map[model.ID]model.ID   // by member, because of which they may be asked
	again      map[model.ID]*model.Ask // by member, those who were told that there was no need
	asleep     int                     // who fits, but not at this hour
	asks       []*model.Ask            // so far
}

const (
	// enough candidates leave a wave its choice.
	enough = 14
	// mostCandidates bounds how far is looked for enough.
	mostCandidates = 16 * maxCandidates
	// noticeWeek is the time in which the budget of notices counts.
	noticeWeek = 7 * 24 * time.Hour
	// easeMemory is the time in which what a helper took on counts against asking them.
	easeMemory = 30 * 24 * time.Hour
)

// givePool finds who may be asked for a locked request. The caller alone asks members of the community, so that two
// requests do not spend one notice of a budget.
func givePool(ctx context.Context, tx *repository.Store, r *model.HelpRequest, now model.Instant) (*pool, error) {
	p := &pool{again: map[model.ID]*model.Ask{}}
	var err error
	if p.asks, err = tx.Asks.Of(ctx, r.ID); err != nil {
		return nil, err
	}
	taken := map[model.ID]bool{}
	for _, c := range r.Claims {
		taken[c.HelperID] = true
	}
	for _, a := range p.asks {
		if taken[a.MemberID] = taken[a.MemberID] || a.Answer != model.AskVoid; !taken[a.MemberID] {
			p.again[a.MemberID] = a
		}
	}
	for want := maxCandidates + len(taken); ; want *= 4 {
		found, err := p.fill(ctx, tx, r, taken, want, now)
		if err != nil || len(p.candidates) >= enough || found < want || want >= mostCandidates {
			return p, err
		}
	}
}

// fill finds candidates among so many offers, from near to far, and returns how many offers there were.
func (p *pool) fill(ctx context.Context, tx *repository.Store, r *model.HelpRequest, taken map[model.ID]bool, want int, now model.Instant) (found int, err error) {
	offers, err := tx.Offers.Candidates(ctx, r.Place, model.Suited(r.Category), want)
	if err != nil {
		return 0, err
	}
	fit, err := fitting(ctx, tx, r, offers, taken, now)
	if err != nil {
		return 0, err
	}
	p.offers, p.asleep, p.candidates = map[model.ID]model.ID{}, 0, nil
	asleep := map[model.ID]bool{}
	for _, o := range fit {
		asleep[o.MemberID] = asleep[o.MemberID] || o.Quiet.Covers(now)
	}
	var members []model.ID
	levels := map[model.ID]model.NodeKind{}
	for _, o := range fit {
		if asleep[o.MemberID] {
			p.asleep++
		} else if p.offers[o.MemberID] == 0 {
			p.offers[o.MemberID], levels[o.MemberID] = o.ID, r.Place.Distance(o.Place)
			members = append(members, o.MemberID)
		}
	}
	p.candidates, err = candidates(ctx, tx, r, members, levels, now)
	return len(offers), err
}

// fitting returns the offers whose helpers are fit to help, may, and were not asked for it.
func fitting(ctx context.Context, tx *repository.Store, r *model.HelpRequest, offers []*model.HelpOffer, taken map[model.ID]bool, now model.Instant) ([]*model.HelpOffer, error) {
	requester, err := tx.Members.Get(ctx, r.RequesterID)
	if err != nil {
		return nil, err
	}
	helpers := make([]model.ID, len(offers))
	for i, o := range offers {
		helpers[i] = o.MemberID
	}
	loads, err := tx.Requests.Loads(ctx, helpers, now, r.RequesterID)
	if err != nil {
		return nil, err
	}
	grants, err := tx.Roles.OfMembers(ctx, helpers)
	var fit []*model.HelpOffer
	for _, o := range offers {
		helper := model.Actor{MemberID: o.MemberID, Place: o.Place, Grants: grants[o.MemberID]}
		if !taken[o.MemberID] && helper.May(model.OpClaimRequest, r.Place) == nil && matching.Fits(r, o, loads[o.MemberID], requester.Gender) {
			fit = append(fit, o)
		}
	}
	return fit, err
}

// candidates returns members with what is known of them, by a number of statements that does not grow with theirs.
func candidates(ctx context.Context, tx *repository.Store, r *model.HelpRequest, members []model.ID, levels map[model.ID]model.NodeKind, now model.Instant) ([]dispatch.Candidate, error) {
	records, err := histories(ctx, tx, members, r.Category, now)
	if err != nil {
		return nil, err
	}
	notices, err := tx.Asks.Notices(ctx, members, r.Category, now.Add(-noticeWeek))
	if err != nil {
		return nil, err
	}
	tasks, err := tx.Requests.TasksSince(ctx, members, now.Add(-easeMemory))
	list := make([]dispatch.Candidate, len(members))
	for i, id := range members {
		list[i] = dispatch.Candidate{
			Member: id, Level: levels[id], Acceptance: records[id].Acceptance(now), LastAsked: records[id].LastAsked, Tasks: tasks[id],
			Notices: dispatch.Notices{Week: notices[id].All, Category: notices[id].Category},
		}
	}
	return list, err
}

// histories returns what members did with what they were asked, as far as it tells about a category now.
func histories(ctx context.Context, s *repository.Store, members []model.ID, category string, now model.Instant) (map[model.ID]dispatch.History, error) {
	rows, err := s.Asks.Tallies(ctx, members)
	found := map[model.ID]dispatch.History{}
	for _, t := range rows {
		found[t.MemberID] = remember(found[t.MemberID], t, category, dispatch.PartOf(now))
	}
	return found, err
}

// remember adds a tally to a history, as far as it tells about a category at a part of the day.
func remember(h dispatch.History, t *repository.AskTally, category string, part dispatch.DayPart) dispatch.History {
	more := dispatch.Tally{Asked: t.Asked, Accepted: t.Accepted}
	h.All = sum(h.All, more)
	if t.Category == category {
		h.Category = sum(h.Category, more)
		if t.DayPart == string(part) {
			h.Cell = sum(h.Cell, more)
		}
	}
	h.Ignored, h.LastAsked = h.Ignored+t.Ignored, max(h.LastAsked, t.AskedAt)
	return h
}

func sum(a, b dispatch.Tally) dispatch.Tally {
	return dispatch.Tally{Asked: a.Asked + b.Asked, Accepted: a.Accepted + b.Accepted}
}

// round is where a dispatch stands.
func (p *pool) round(d *model.Dispatch) dispatch.Round {
	round := dispatch.Round{Pace: dispatch.Pace(d.Pace), Opened: d.Level}
	for _, a := range p.asks {
		if a.Wave == d.Wave && a.Answer == model.AskSent {
			round.Waiting++
		}
	}
	return round
}

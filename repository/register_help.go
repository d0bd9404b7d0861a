package repository

import (
	"context"

	"linbanglin/model"
)

// HelpTotal is how much help a member gave or received in a time, by the ledger and by the claims that were confirmed.
type HelpTotal struct {
	MemberID model.ID
	Times    int64
	Points   int64
	Minutes  int64
}

// HelpGiven sums up the help that members gave between two days, both included, by member.
func (p Points) HelpGiven(ctx context.Context, q *GrantQuery, members []model.ID) (map[model.ID]*HelpTotal, error) {
	return p.helpOf(ctx, q, members, earner, "c.helper_id")
}

// HelpReceived sums up the help that members were given between two days, both included, by member.
func (p Points) HelpReceived(ctx context.Context, q *GrantQuery, members []model.ID) (map[model.ID]*HelpTotal, error) {
	return p.helpOf(ctx, q, members, helped, "r.requester_id")
}

func (p Points) helpOf(ctx context.Context, q *GrantQuery, members []model.ID, side, party string) (map[model.ID]*HelpTotal, error) {
	totals := make(map[model.ID]*HelpTotal, len(members))
	of := func(id model.ID) *HelpTotal {
		if totals[id] == nil {
			totals[id] = &HelpTotal{MemberID: id}
		}
		return totals[id]
	}
	var sums []struct {
		MemberID model.ID
		Measure  model.Measure
		Amount   int64
	}
	err := p.granted(ctx, q).Where(side+" IN ? AND t.ref_type = ?", members, model.RefRequest).
		Select(side + " AS member_id, t.measure, SUM(t.amount) AS amount").Group(side + ", t.measure").Scan(&sums).Error
	if err != nil {
		return nil, err
	}
	for _, s := range sums {
		if s.Measure == model.Points {
			of(s.MemberID).Points = s.Amount
		} else {
			of(s.MemberID).Minutes = s.Amount
		}
	}
	var counts []struct {
		MemberID model.ID
		Value    int64
	}
	err = p.from(ctx).Table("help_claim c").Joins("JOIN help_request r ON r.id = c.request_id").
		Select(party+" AS member_id, COUNT(*) AS value").
		Where(party+" IN ? AND c.status = ? AND c.ended_at >= ? AND c.ended_at < ?", members, model.ClaimConfirmed, q.From.Start(), q.To.End()).
		Group(party).Scan(&counts).Error
	for _, c := range counts {
		of(c.MemberID).Times = c.Value
	}
	return totals, err
}

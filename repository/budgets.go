package repository

import (
	"context"

	"linbanglin/model"
)

// BudgetChanges returns how a campaign's budget was changed after it was given, the first first. Key is the key of the
// transfer that gave it; those of changes are that with a colon and more.
func (p Points) BudgetChanges(ctx context.Context, key string) ([]*model.BudgetChange, error) {
	var moved []struct {
		IdemKey string
		At      model.Instant
		ByID    model.ID
		Reason  string
		Points  int64
	}
	err := p.from(ctx).Raw("SELECT t.idem_key, t.created_at AS at, t.actor_id AS by_id, t.memo AS reason, e.posted_delta AS points "+
		"FROM point_transfer t JOIN point_entry e ON e.transfer_id = t.id WHERE t.idem_key = ? OR t.idem_key > ? AND t.idem_key < ? "+
		"ORDER BY e.account_id, e.seq", key, key+":", key+";").Scan(&moved).Error // a semicolon is what comes after a colon
	var changes []*model.BudgetChange
	budget := int64(0)
	for _, m := range moved {
		if m.IdemKey != key {
			changes = append(changes, &model.BudgetChange{At: m.At, From: budget, To: budget + m.Points, Reason: m.Reason, ByID: m.ByID})
		}
		budget += m.Points
	}
	return changes, err
}

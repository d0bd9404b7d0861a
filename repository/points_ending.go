package repository

import (
	"context"

	"linbanglin/model"
)

// EndingLots returns lots that end from one day to another, both included, and of which something remains, of
// wallets after one. All such lots of the last wallet are among them.
func (p Points) EndingLots(ctx context.Context, from, to model.Day, after model.ID, wallets int) ([]model.LotMove, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT account_id FROM point_lot_move WHERE account_id > ? AND expires_day >= ? AND expires_day <= ? GROUP BY account_id "+
		"HAVING SUM(d_remaining) > 0 ORDER BY account_id LIMIT ?", after, from, to, wallets).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []model.LotMove
	err = p.from(ctx).Raw("SELECT account_id, expires_day, SUM(d_remaining) AS d_remaining FROM point_lot_move "+
		"WHERE account_id IN ? AND expires_day >= ? AND expires_day <= ? GROUP BY account_id, expires_day HAVING SUM(d_remaining) > 0 "+
		"ORDER BY account_id, expires_day", ids, from, to).Scan(&rows).Error
	return rows, err
}

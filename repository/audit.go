package repository

import (
	"context"
	"database/sql"

	"linbanglin/migrations"
	"linbanglin/model"
)

// Snapshot runs fn on one consistent and unchanging view of the database. It only reads.
func (s *Store) Snapshot(ctx context.Context, fn func(view *Store) error) error {
	if s.inTx {
		return errNested
	}
	options := &sql.TxOptions{ReadOnly: true}
	if s.shared.dialect == migrations.MySQL {
		options.Isolation = sql.LevelRepeatableRead
	}
	db := s.from(ctx).Begin(options)
	if db.Error != nil {
		return db.Error
	}
	defer db.Rollback()
	return fn(newStore(s.within(db), s.shared, true))
}

// ScanTransfers returns transfers in the order of their ids, after one.
func (p Points) ScanTransfers(ctx context.Context, after model.ID, limit int) ([]*model.Transfer, error) {
	return readTransfers(p.from(ctx).Raw("SELECT "+transferColumns+" FROM point_transfer WHERE id > ? ORDER BY id LIMIT ?", after, limit))
}

// ScanAccounts returns accounts in the order of their ids, after one.
func (p Points) ScanAccounts(ctx context.Context, after model.ID, limit int) ([]*model.Account, error) {
	return readAccounts(p.from(ctx).Raw("SELECT "+accountColumns+" FROM point_account WHERE id > ? ORDER BY id LIMIT ?", after, limit))
}

// ScanEntries returns entries by account and seq, after one. It may return fewer than the limit before
// the end, and none only at the end.
func (p Points) ScanEntries(ctx context.Context, account model.ID, seq int64, limit int) ([]*model.Entry, error) {
	rows, err := p.EntriesAfter(ctx, account, seq, limit)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	return readEntries(p.from(ctx).Raw("SELECT "+entryColumns+" FROM point_entry WHERE account_id > ? ORDER BY account_id, seq LIMIT ?", account, limit))
}

// EntriesAfter returns entries of an account in the order of seq, after one.
func (p Points) EntriesAfter(ctx context.Context, account model.ID, seq int64, limit int) ([]*model.Entry, error) {
	return readEntries(p.from(ctx).Raw("SELECT "+entryColumns+" FROM point_entry WHERE account_id = ? AND seq > ? ORDER BY seq LIMIT ?", account, seq, limit))
}

// ScanHolds returns open holds in the order of their ids, after one.
func (p Points) ScanHolds(ctx context.Context, after model.ID, limit int) ([]*model.Hold, error) {
	var rows []*model.Hold
	err := p.from(ctx).Where("hold_id > ?", after).Order("hold_id").Limit(limit).Find(&rows).Error
	return rows, err
}

// MovedBy returns what transfers move in lots, by transfer.
func (p Points) MovedBy(ctx context.Context, transfers []model.ID) (map[model.ID][]model.LotMove, error) {
	rows, err := readRows(p.from(ctx).Raw("SELECT account_id, expires_day, transfer_id, d_remaining, d_held FROM point_lot_move WHERE transfer_id IN ?", transfers),
		func(m *model.LotMove) []any {
			return []any{&m.AccountID, &m.ExpiresDay, &m.TransferID, &m.DRemaining, &m.DHeld}
		})
	moved := make(map[model.ID][]model.LotMove, len(rows))
	for _, m := range rows {
		moved[m.TransferID] = append(moved[m.TransferID], *m)
	}
	return moved, err
}

// Openings returns the wallets that have points from before there were lots.
func (p Points) Openings(ctx context.Context) (map[model.ID]bool, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT account_id FROM point_lot_move WHERE transfer_id = 0").Scan(&ids).Error
	found := make(map[model.ID]bool, len(ids))
	for _, id := range ids {
		found[id] = true
	}
	return found, err
}

// CapsOf returns what was granted of the caps of accounts.
func (p Points) CapsOf(ctx context.Context, accounts []model.ID) (map[model.CapKey]int64, error) {
	rows, err := readCaps(p.from(ctx).Raw("SELECT "+capColumns+" FROM point_cap WHERE account_id IN ?", accounts))
	used := make(map[model.CapKey]int64, len(rows))
	for _, c := range rows {
		used[c.CapKey] = c.Used
	}
	return used, err
}

// Counts is how many rows the stream and its sources have.
type Counts struct {
	Transfers int64
	Controls  int64
	Seals     int64
	Waiting   int64
	Accounts  int64
	Entries   int64
	Moves     int64
	Caps      int64
}

// Counts returns how many records there are, sealed and waiting, and how many rows they have made.
func (s Stream) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := s.from(ctx).Raw("SELECT (SELECT COUNT(*) FROM point_transfer) AS transfers, (SELECT COUNT(*) FROM point_control) AS controls, " +
		"(SELECT COUNT(*) FROM point_seal) AS seals, (SELECT COUNT(*) FROM point_outbox) AS waiting, " +
		"(SELECT COUNT(*) FROM point_account) AS accounts, (SELECT COUNT(*) FROM point_entry) AS entries, " +
		"(SELECT COUNT(*) FROM point_lot_move) AS moves, (SELECT COUNT(*) FROM point_cap) AS caps").Scan(&c).Error
	return c, err
}

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
	return fn(newStore(conn{db, db}, s.shared, true))
}

// ScanTransfers returns transfers in the order of their ids, after one.
func (p Points) ScanTransfers(ctx context.Context, after model.ID, limit int) ([]*model.Transfer, error) {
	return readTransfers(p.from(ctx).Raw("SELECT "+transferColumns+" FROM point_transfer WHERE id > ? ORDER BY id LIMIT ?", after, limit))
}

// ScanAccounts returns accounts in the order of their ids, after one.
func (p Points) ScanAccounts(ctx context.Context, after model.ID, limit int) ([]*model.Account, error) {
	var rows []*model.Account
	err := p.from(ctx).Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Leg is an entry beside what its transfer says about it. The transfer's fields are zero when there is none.
type Leg struct {
	Entry    model.Entry `gorm:"embedded"`
	DebitID  model.ID
	CreditID model.ID
	Amount   int64
}

const legs = "SELECT e.account_id, e.seq, e.transfer_id, e.posted_delta, e.held_delta, e.posted_after, e.held_after, e.biz_day, e.created_at, " +
	"e.hash, COALESCE(t.debit_id, 0) AS debit_id, COALESCE(t.credit_id, 0) AS credit_id, COALESCE(t.amount, 0) AS amount " +
	"FROM point_entry e LEFT JOIN point_transfer t ON t.id = e.transfer_id "

// ScanEntries returns entries by account and seq, after one. It may return fewer than the limit before
// the end, and none only at the end.
func (p Points) ScanEntries(ctx context.Context, account model.ID, seq int64, limit int) ([]*Leg, error) {
	var rows []*Leg
	err := p.from(ctx).Raw(legs+"WHERE e.account_id = ? AND e.seq > ? ORDER BY e.seq LIMIT ?", account, seq, limit).Scan(&rows).Error
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	err = p.from(ctx).Raw(legs+"WHERE e.account_id > ? ORDER BY e.account_id, e.seq LIMIT ?", account, limit).Scan(&rows).Error
	return rows, err
}

// OpenHolds returns what is held, by account.
func (p Points) OpenHolds(ctx context.Context) (map[model.ID]int64, error) {
	var rows []struct {
		AccountID model.ID
		Amount    int64
	}
	err := p.from(ctx).Raw("SELECT account_id, SUM(amount) AS amount FROM point_hold_open GROUP BY account_id").Scan(&rows).Error
	held := make(map[model.ID]int64, len(rows))
	for _, r := range rows {
		held[r.AccountID] = r.Amount
	}
	return held, err
}

// Counts is how many rows the stream and its sources have.
type Counts struct {
	Transfers int64
	Controls  int64
	Seals     int64
	Waiting   int64
}

// Counts returns how many records there are, sealed and waiting.
func (s Stream) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := s.from(ctx).Raw("SELECT (SELECT COUNT(*) FROM point_transfer) AS transfers, (SELECT COUNT(*) FROM point_control) AS controls, " +
		"(SELECT COUNT(*) FROM point_seal) AS seals, (SELECT COUNT(*) FROM point_outbox) AS waiting").Scan(&c).Error
	return c, err
}

package repository

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"linbanglin/model"
)

// What the ledger's machine starts from besides accounts: read under their locks, into the maps given.

// ReadLots reads the lots of wallets.
func (p Points) ReadLots(ctx context.Context, wallets []model.ID, into map[model.ID]model.Lots) error {
	if len(wallets) == 0 {
		return nil
	}
	for _, id := range wallets {
		into[id] = model.Lots{}
	}
	var rows []model.LotMove
	err := p.from(ctx).Raw("SELECT account_id, expires_day, SUM(d_remaining) AS d_remaining, SUM(d_held) AS d_held FROM point_lot_move "+
		"WHERE account_id IN ? GROUP BY account_id, expires_day", wallets).Scan(&rows).Error
	for _, r := range rows {
		into[r.AccountID].Add(r.ExpiresDay, r.DRemaining, r.DHeld)
	}
	return err
}

// EndedLots returns lots whose day is before the given one and of which something remains, of wallets after
// one. All lots of the last wallet are among them.
func (p Points) EndedLots(ctx context.Context, before model.Day, after model.ID, wallets int) ([]model.LotMove, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT account_id FROM point_lot_move WHERE account_id > ? AND expires_day < ? GROUP BY account_id "+
		"HAVING SUM(d_remaining) > 0 ORDER BY account_id LIMIT ?", after, before, wallets).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []model.LotMove
	err = p.from(ctx).Raw("SELECT account_id, expires_day, SUM(d_remaining) AS d_remaining FROM point_lot_move WHERE account_id IN ? AND expires_day < ? "+
		"GROUP BY account_id, expires_day HAVING SUM(d_remaining) > 0 ORDER BY account_id, expires_day", ids, before).Scan(&rows).Error
	return rows, err
}

// ReadMoved reads what transfers moved in the lots of the wallet that they are about.
func (p Points) ReadMoved(ctx context.Context, transfers []model.ID, into map[model.ID]model.Lots) error {
	if len(transfers) == 0 {
		return nil
	}
	for _, id := range transfers {
		into[id] = model.Lots{}
	}
	var rows []model.LotMove
	err := p.from(ctx).Where("transfer_id IN ?", transfers).Find(&rows).Error
	for _, r := range rows {
		into[r.TransferID].Add(r.ExpiresDay, r.DRemaining, r.DHeld)
	}
	return err
}

// ReadHolds reads those of the holds that are open.
func (p Points) ReadHolds(ctx context.Context, holds []model.ID, into map[model.ID]*model.Hold) error {
	if len(holds) == 0 {
		return nil
	}
	var rows []*model.Hold
	err := p.from(ctx).Where("hold_id IN ?", holds).Find(&rows).Error
	for _, h := range rows {
		into[h.HoldID] = h
	}
	return err
}

// ReadCaps reads what was granted of caps.
func (p Points) ReadCaps(ctx context.Context, caps []model.CapKey, into map[model.CapKey]int64) error {
	if len(caps) == 0 {
		return nil
	}
	wanted := make(map[model.CapKey]bool, len(caps))
	accounts, codes, periods := map[model.ID]bool{}, map[string]bool{}, map[int32]bool{}
	for _, k := range caps {
		wanted[k], accounts[k.AccountID], codes[k.RuleCode], periods[k.Period] = true, true, true, true
	}
	rows, err := readCaps(p.from(ctx).Raw("SELECT "+capColumns+" FROM point_cap WHERE account_id IN ? AND rule_code IN ? AND period IN ?",
		slices.Sorted(maps.Keys(accounts)), slices.Sorted(maps.Keys(codes)), slices.Sorted(maps.Keys(periods))))
	for _, c := range rows {
		if wanted[c.CapKey] {
			into[c.CapKey] = c.Used
		}
	}
	return err
}

// capRow is what was granted of one cap.
type capRow struct {
	model.CapKey `gorm:"embedded"`
	Used         int64
}

// TableName implements gorm's Tabler.
func (capRow) TableName() string { return "point_cap" }

// WriteCaps writes what was granted of caps.
func (p Points) WriteCaps(ctx context.Context, used map[model.CapKey]int64) error {
	rows := make([]*capRow, 0, len(used))
	for k, n := range used {
		rows = append(rows, &capRow{k, n})
	}
	slices.SortFunc(rows, func(a, b *capRow) int { return cmp.Compare(a.AccountID, b.AccountID) })
	db := p.to(ctx)
	end := replacing(db, "account_id, rule_code, period, other_id", "used")
	return upsert(db, "INSERT INTO point_cap ("+capColumns+") VALUES ", end, rows, func(args []any, c *capRow) []any {
		return append(args, int64(c.AccountID), c.RuleCode, c.Period, int64(c.OtherID), c.Used)
	})
}

// OpenHolds adds holds.
func (p Points) OpenHolds(ctx context.Context, holds []*model.Hold) error {
	return createAll(p.to(ctx), holds)
}

// EndHolds removes holds that are open no more.
func (p Points) EndHolds(ctx context.Context, holds []model.ID) error {
	if len(holds) == 0 {
		return nil
	}
	return p.to(ctx).Exec("DELETE FROM point_hold_open WHERE hold_id IN ?", holds).Error
}

// Insertion is a row that is inserted together with others of its kind.
type Insertion struct {
	insert string // up to and with VALUES
	args   []any
}

// Insert writes rows, with one statement for all of a kind. It fails with ErrDuplicate when one is there.
func (s *Store) Insert(ctx context.Context, rows []Insertion) error {
	kinds := map[string][]Insertion{}
	for _, r := range rows {
		kinds[r.insert] = append(kinds[r.insert], r)
	}
	for _, statement := range slices.Sorted(maps.Keys(kinds)) {
		err := insert(s.to(ctx), statement, kinds[statement], func(args []any, r Insertion) []any { return append(args, r.args...) })
		if err != nil {
			return err
		}
	}
	return nil
}

// anyOf returns n conditions joined by OR.
func anyOf(condition string, n int) string {
	return strings.Repeat(condition+" OR ", n-1) + condition
}

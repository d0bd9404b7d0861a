package repository

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Points holds accounts, transfers, entries and rules. Transfers and entries are only ever inserted.
type Points struct{ conn }

// AccountIDs returns the ids of those accounts that exist.
func (p Points) AccountIDs(ctx context.Context, keys []model.AccountKey) (map[model.AccountKey]model.ID, error) {
	found := make(map[model.AccountKey]model.ID, len(keys))
	for part := range slices.Chunk(keys, rowsPerStatement) {
		tuples, args := make([]string, len(part)), make([]any, 0, 5*len(part))
		for i, k := range part {
			tuples[i] = "(community_id = ? AND measure = ? AND owner_type = ? AND owner_id = ? AND kind = ? AND shard = 0)"
			args = append(args, k.CommunityID, k.Measure, k.OwnerType, k.OwnerID, k.Kind)
		}
		var rows []*model.Account
		err := p.from(ctx).Raw("SELECT id, community_id, measure, owner_type, owner_id, kind FROM point_account WHERE "+
			strings.Join(tuples, " OR "), args...).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, a := range rows {
			found[a.Key()] = a.ID
		}
	}
	return found, nil
}

// CreateAccounts adds the accounts that do not exist yet.
func (p Points) CreateAccounts(ctx context.Context, accounts []*model.Account) error {
	return p.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(accounts).Error
}

// Accounts reads accounts by id, in the order of the ids. Outside of a transaction those who ask at the same
// time share statements and rows.
func (p Points) Accounts(ctx context.Context, ids []model.ID) ([]*model.Account, error) {
	if p.accounts == nil {
		return accountsOf(p.from(ctx), ids)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := p.accounts.get(ctx, ids)
	var found []*model.Account
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if a := rows[id]; a != nil {
			found = append(found, a)
		}
	}
	return found, err
}

// accountsByID reads accounts for those who share a statement.
func (p Points) accountsByID(ctx context.Context, ids []model.ID) (map[model.ID]*model.Account, error) {
	byID := make(map[model.ID]*model.Account, len(ids))
	for part := range slices.Chunk(ids, rowsPerStatement) {
		rows, err := accountsOf(p.from(ctx), part)
		if err != nil {
			return nil, err
		}
		for _, a := range rows {
			byID[a.ID] = a
		}
	}
	return byID, nil
}

// LockAccounts reads accounts by id, in the order of the ids, and locks them until the transaction ends.
func (p Points) LockAccounts(ctx context.Context, ids []model.ID) ([]*model.Account, error) {
	return accountsOf(p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), ids)
}

func accountsOf(db *gorm.DB, ids []model.ID) ([]*model.Account, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return readAccounts(db.Table("point_account").Select(accountColumns).Where("id IN ?", ids).Order("id"))
}

// UpdateAccounts writes the balances of locked accounts.
func (p Points) UpdateAccounts(ctx context.Context, accounts []*model.Account) error {
	db := p.to(ctx)
	statement := "INSERT INTO point_account (" + accountColumns + ") VALUES "
	end := replacing(db, "id", "posted", "held", "last_seq", "head_hash", "updated_at")
	return upsert(db, statement, end, accounts, func(args []any, a *model.Account) []any {
		return append(args, int64(a.ID), int64(a.CommunityID), int64(a.Measure), int64(a.OwnerType), int64(a.OwnerID), int64(a.Kind), int64(a.Shard), int64(a.Tracked),
			a.Posted, a.Held, a.FloorAmt, a.LastSeq, a.HeadHash, int64(a.Status), int64(a.CreatedAt), int64(a.UpdatedAt))
	})
}

// TransfersByKey returns the transfers that were posted under the idempotency keys.
func (p Points) TransfersByKey(ctx context.Context, keys []string) ([]*model.Transfer, error) {
	return readTransfers(p.from(ctx).Raw("SELECT "+transferColumns+" FROM point_transfer WHERE idem_key IN ?", keys))
}

// Transfer returns one transfer. It fails with ErrNotFound.
func (p Points) Transfer(ctx context.Context, id model.ID) (*model.Transfer, error) {
	t := new(model.Transfer)
	err := p.from(ctx).Where("id = ?", id).Take(t).Error
	return t, err
}

// Transfers returns transfers by id, in no order.
func (p Points) Transfers(ctx context.Context, ids []model.ID) ([]*model.Transfer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return readTransfers(p.from(ctx).Raw("SELECT "+transferColumns+" FROM point_transfer WHERE id IN ?", ids))
}

// GrantsFor returns what was granted to a wallet for something and is not reversed. Under the lock of the wallet it stays so.
func (p Points) GrantsFor(ctx context.Context, wallet model.ID, ref model.RefType, id model.ID) ([]*model.Transfer, error) {
	return readTransfers(p.from(ctx).Raw("SELECT "+transferColumns+" FROM point_transfer t "+
		"WHERE t.id IN (SELECT e.transfer_id FROM point_entry e WHERE e.account_id = ?) AND t.credit_id = ? AND t.kind = ? "+
		"AND t.ref_type = ? AND t.ref_id = ? AND NOT EXISTS (SELECT 1 FROM point_transfer r WHERE r.reverses_id = t.id) ORDER BY t.id",
		wallet, wallet, model.KindPost, ref, id))
}

// EntriesOf returns the entries that the transfers made.
func (p Points) EntriesOf(ctx context.Context, transfers []model.ID) ([]*model.Entry, error) {
	return readEntries(p.from(ctx).Raw("SELECT "+entryColumns+" FROM point_entry WHERE transfer_id IN ?", transfers))
}

// Append inserts transfers with their entries and what they move in lots, and puts them on the way into the
// stream. It fails with ErrDuplicate when an idempotency key, a hold, a reversal or a place in an account's
// order is taken.
func (p Points) Append(ctx context.Context, transfers []*model.Transfer, entries []*model.Entry, moves []model.LotMove) error {
	db := p.to(ctx)
	err := insert(db, "INSERT INTO point_transfer (id, community_id, measure, kind, code, rule_version, class, debit_id, credit_id, "+
		"amount, hold_id, reverses_id, idem_key, idem_hash, batch_id, ref_type, ref_id, campaign_id, area_id, grid_id, branch_id, "+
		"member_id, score, ranked, biz_day, effective_at, created_at, actor_id, memo, counter_id) VALUES ", transfers, func(args []any, t *model.Transfer) []any {
		return append(args, int64(t.ID), int64(t.CommunityID), int64(t.Measure), int64(t.Kind), t.Code, int64(t.RuleVersion), int64(t.Class),
			int64(t.DebitID), int64(t.CreditID), t.Amount, nullable(t.HoldID), nullable(t.ReversesID), t.IdemKey, t.IdemHash,
			nullable(t.BatchID), int64(t.RefType), int64(t.RefID), int64(t.CampaignID), int64(t.AreaID), int64(t.GridID), int64(t.BranchID),
			int64(t.MemberID), t.Score, int64(t.Ranked), int64(t.BizDay), int64(t.EffectiveAt), int64(t.CreatedAt), int64(t.ActorID), t.Memo, int64(t.CounterID))
	})
	if err != nil {
		return err
	}
	err = insert(db, "INSERT INTO point_entry (account_id, seq, transfer_id, posted_delta, held_delta, posted_after, held_after, "+
		"biz_day, created_at, hash) VALUES ", entries, func(args []any, e *model.Entry) []any {
		return append(args, int64(e.AccountID), e.Seq, int64(e.TransferID), e.PostedDelta, e.HeldDelta, e.PostedAfter, e.HeldAfter,
			int64(e.BizDay), int64(e.CreatedAt), e.Hash)
	})
	if err != nil {
		return err
	}
	err = insert(db, "INSERT INTO point_lot_move (account_id, expires_day, transfer_id, d_remaining, d_held) VALUES ", moves, func(args []any, m model.LotMove) []any {
		return append(args, int64(m.AccountID), int64(m.ExpiresDay), int64(m.TransferID), m.DRemaining, m.DHeld)
	})
	if err != nil {
		return err
	}
	return insert(db, "INSERT INTO point_outbox (rec_type, rec_id, created_at) VALUES ", transfers, func(args []any, t *model.Transfer) []any {
		return append(args, int64(model.RecordTransfer), int64(t.ID), int64(t.CreatedAt))
	})
}

// rowsPerStatement keeps a statement's parameters below the limits of every engine.
const rowsPerStatement = 500

// insert writes rows with as few statements as their number allows.
func insert[T any](db *gorm.DB, statement string, rows []T, values func(args []any, row T) []any) error {
	return upsert(db, statement, "", rows, values)
}

// replacing is the end of an insert that replaces columns of the rows whose key is there already.
func replacing(db *gorm.DB, key string, columns ...string) string {
	sets := make([]string, len(columns))
	if db.Name() == "sqlite" {
		for i, c := range columns {
			sets[i] = c + " = excluded." + c
		}
		return " ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(sets, ", ")
	}
	for i, c := range columns {
		sets[i] = c + " = VALUES(" + c + ")"
	}
	return " ON DUPLICATE KEY UPDATE " + strings.Join(sets, ", ")
}

// upsert is insert with an end, such as that of replacing.
func upsert[T any](db *gorm.DB, statement, end string, rows []T, values func(args []any, row T) []any) error {
	for part := range slices.Chunk(rows, rowsPerStatement) {
		text := []byte(statement)
		var row, args []any
		for i, r := range part {
			if i > 0 {
				text = append(text, ',')
			}
			row = values(row[:0], r)
			text, args = appendTuple(text, args, row)
		}
		_, err := db.Statement.ConnPool.ExecContext(db.Statement.Context, string(append(text, end...)), args...)
		if err := translated(db, err); err != nil {
			return err
		}
	}
	return nil
}

// appendTuple appends a row to a statement. Numbers of 64 bits, which most columns are, are written into the text: as arguments each would be
// converted four times on its way.
func appendTuple(text []byte, args, row []any) (_ []byte, _ []any) {
	for i, value := range row {
		text = append(text, "(,"[min(i, 1)])
		switch v := value.(type) {
		case int64:
			text = strconv.AppendInt(text, v, 10)
		case nil:
			text = append(text, "NULL"...)
		default:
			text, args = append(text, '?'), append(args, value)
		}
	}
	return append(text, ')'), args
}

func nullable(id *model.ID) any {
	if id == nil {
		return nil
	}
	return int64(*id)
}

// EarnedByDay returns the points that an account earned, reversals taken off, by business day.
func (p Points) EarnedByDay(ctx context.Context, account model.ID) (map[model.Day]int64, error) {
	var rows []struct {
		BizDay model.Day
		Earned int64
	}
	err := p.from(ctx).Raw("SELECT t.biz_day AS biz_day, SUM(t.score) AS earned FROM point_entry e "+
		"JOIN point_transfer t ON t.id = e.transfer_id WHERE e.account_id = ? AND t.score <> 0 GROUP BY t.biz_day", account).Scan(&rows).Error
	earned := make(map[model.Day]int64, len(rows))
	for _, r := range rows {
		earned[r.BizDay] = r.Earned
	}
	return earned, err
}

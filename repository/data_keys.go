package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// sealedColumn is a column that is sealed.
type sealedColumn struct {
	table, column string
	keys          []string // of the table
	alike         bool
	only          string // of a row that is sealed; all if empty
	index         string // the column of the blind index, if there is one
}

func (c sealedColumn) name() string { return c.table + "." + c.column }

// sealedColumns lists what is sealed; a test holds it against the tags in model.
func sealedColumns() []sealedColumn {
	id := []string{"id"}
	return []sealedColumn{
		{table: "member", column: "phone", keys: id, index: "phone_index"},
		{table: "member", column: "roster_key", keys: id, alike: true},
		{table: "node", column: "name", keys: id, alike: true, only: "kind = 'household'"},
		{table: "household_note", column: "body", keys: id},
		{table: "household_flag", column: "reason", keys: id},
		{table: "household_flag", column: "consent_note", keys: id},
		{table: "household_flag", column: "end_reason", keys: id},
		{table: "household_visit", column: "note", keys: id},
		{table: "household_visit", column: "next_need", keys: id},
		{table: "visit", column: "note", keys: id},
		{table: "visit", column: "reason", keys: id},
		{table: "doorbell_alarm", column: "note", keys: id},
		{table: "doorbell_home", column: "consent_note", keys: []string{"household_id"}},
		{table: "doorbell_pair", column: "consent_note", keys: id},
		{table: "doorbell_pair", column: "reason", keys: id},
		{table: "care_task", column: "note", keys: id},
		{table: "matter", column: "contact_name", keys: id},
		{table: "matter", column: "contact_phone", keys: id},
		{table: "idempotency", column: "answer", keys: []string{"member_id", "idem_key"}},
	}
}

func isSealed(table, column string) bool {
	return slices.ContainsFunc(sealedColumns(), func(c sealedColumn) bool { return c.table == table && c.column == column })
}

// DataKey is a key by which a process sealed.
type DataKey struct {
	Name        string `gorm:"primaryKey"`
	Fingerprint string
	CreatedAt   model.Instant
	RetiredAt   model.Instant // when nothing was sealed with it any more
}

// TableName implements gorm's Tabler.
func (DataKey) TableName() string { return "data_key" }

// The failures of keys.
var (
	errNoDataKeys = model.ErrUnavailable.Saying("没有设置数据密钥 LBL_DATA_KEYS", "LBL_DATA_KEYS is not set.")
	errOtherKey   = model.ErrUnavailable.Saying("数据密钥不是封存这些数据时用的那一个：同名而内容不同", "A data key is not the one of its name.")
	errKeyMissing = model.ErrUnavailable.Saying("缺少仍在使用的数据密钥，见 LBL_DATA_KEYS 和 linbanglin keys", "A data key that is in use is missing.")
	errKeyRetired = model.ErrUnavailable.Saying("第一个数据密钥已经停用，请换一个新的", "The first data key was retired.")
)

// AdmitKeys fails with ErrUnavailable unless the keys are those that the database knows, or new ones: one of another
// content under the same name, or a missing one, would make what is sealed unreadable. From then on it knows the first,
// by which this process seals.
func (s *Store) AdmitKeys(ctx context.Context, now model.Instant) error {
	if s.keys == nil {
		return errNoDataKeys
	}
	return s.Tx(ctx, func(tx *Store) error {
		first := s.keys.keys[0]
		row := &DataKey{Name: first.name, Fingerprint: first.fingerprint, CreatedAt: now}
		if err := tx.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(row).Error; err != nil {
			return err
		}
		return tx.CheckKeys(ctx)
	})
}

// CheckKeys fails with ErrUnavailable unless the keys open what the keys that the database knows have sealed.
func (s *Store) CheckKeys(ctx context.Context) error {
	if s.keys == nil {
		return errNoDataKeys
	}
	known, err := s.DataKeys(ctx)
	for _, k := range known {
		err = errors.Join(err, s.keys.admit(k))
	}
	return err
}

// admit compares the keys with one that the database knows.
func (r *Keyring) admit(known *DataKey) error {
	at := slices.IndexFunc(r.keys, func(key *dataKey) bool { return key.name == known.Name })
	switch {
	case at < 0 && known.RetiredAt == 0:
		return fmt.Errorf("%w: %s", errKeyMissing, known.Name)
	case at >= 0 && r.keys[at].fingerprint != known.Fingerprint:
		return fmt.Errorf("%w: %s", errOtherKey, known.Name)
	case at == 0 && known.RetiredAt != 0:
		return fmt.Errorf("%w: %s", errKeyRetired, known.Name)
	}
	return nil
}

// DataKeys returns the keys that the database knows, the oldest first.
func (s *Store) DataKeys(ctx context.Context) ([]*DataKey, error) {
	var known []*DataKey
	err := s.from(ctx).Order("created_at, name").Find(&known).Error
	return known, err
}

// SealingKey returns the name of the key that seals, which is empty when there is none.
func (s *Store) SealingKey() string {
	if s.keys == nil {
		return ""
	}
	return s.keys.keys[0].name
}

// resealRows is how many rows one transaction seals anew.
const resealRows = 200

// Reseal seals anew, with the first key, what was sealed with another one or is not sealed yet, while everything runs:
// a row that somebody changes meanwhile is sealed by them. It tells of each column how many values it sealed, and may be
// run again at any time. It fails when something cannot be opened with the keys that are set, and in the end with each value
// that cannot be sealed because its like is there already, sealed.
func (s *Store) Reseal(ctx context.Context, told func(column string, values int)) error {
	var twice error
	for _, c := range sealedColumns() {
		values := 0
		for after := []any(nil); ; {
			sealed, last, err := s.resealSome(ctx, c, after)
			if errors.Is(err, model.ErrDuplicate) {
				sealed, last, err = s.resealEach(ctx, c, after, &twice)
			}
			values += sealed
			if err != nil {
				return fmt.Errorf("seal %s anew: %w", c.name(), err)
			}
			if last == nil {
				break
			}
			after = last
		}
		told(c.name(), values)
	}
	return twice
}

// resealSome seals some rows after one, and returns the last it looked at, nil when there are no more.
func (s *Store) resealSome(ctx context.Context, c sealedColumn, after []any) (sealed int, last []any, err error) {
	err = s.Tx(ctx, func(tx *Store) error {
		sealed, last = 0, nil
		rows, err := tx.unsealed(ctx, c, after)
		if err != nil {
			return err
		}
		for _, row := range rows {
			done, err := tx.resealOne(ctx, c, row)
			if err != nil {
				return err
			}
			if done {
				sealed++
			}
			last = row.key
		}
		return nil
	})
	return sealed, last, err
}

// resealEach does as resealSome does, each row by itself, and goes on after those whose like is there already.
func (s *Store) resealEach(ctx context.Context, c sealedColumn, after []any, twice *error) (sealed int, last []any, err error) {
	rows, err := s.unsealed(ctx, c, after)
	for _, row := range rows {
		done, err := s.resealOne(ctx, c, row)
		switch {
		case errors.Is(err, model.ErrDuplicate):
			*twice = errors.Join(*twice, fmt.Errorf("%s of %v: %w", c.name(), row.key, err))
		case err != nil:
			return sealed, last, err
		case done:
			sealed++
		}
		last = row.key
	}
	return sealed, last, err
}

// unsealed returns some rows after one whose value is not sealed by the first key.
func (s *Store) unsealed(ctx context.Context, c sealedColumn, after []any) ([]*storedRow, error) {
	query := s.sealedRows(ctx, c).Select(append(c.keys, c.column)).Where(c.column+" NOT LIKE ?", sealMark+s.SealingKey()+":%")
	switch {
	case after == nil:
	case len(c.keys) == 1:
		query = query.Where(c.keys[0]+" > ?", after[0])
	default:
		query = query.Where("("+c.keys[0]+" > ? OR "+c.keys[0]+" = ? AND "+c.keys[1]+" > ?)", after[0], after[0], after[1])
	}
	return readRows(query.Order(strings.Join(c.keys, ", ")).Limit(resealRows), c.storedRow)
}

// sealedRows are the rows in which there is something to seal.
func (s *Store) sealedRows(ctx context.Context, c sealedColumn) *gorm.DB {
	query := s.from(ctx).Table(c.table).Where(c.column + " <> ''")
	if c.only != "" {
		query = query.Where(c.only)
	}
	return query
}

// storedRow is a value as it is stored, and the key of its row.
type storedRow struct {
	key  []any
	text string
}

func (c sealedColumn) storedRow(r *storedRow) []any {
	r.key = make([]any, len(c.keys))
	into := make([]any, 0, len(c.keys)+1)
	for i := range r.key {
		into = append(into, &r.key[i])
	}
	return append(into, &r.text)
}

// resealOne seals one value anew unless it changed.
func (s *Store) resealOne(ctx context.Context, c sealedColumn, row *storedRow) (bool, error) {
	text, err := s.keys.open(c.name(), row.text)
	if err != nil {
		return false, err
	}
	change := map[string]any{c.column: s.keys.seal(c.name(), text, c.alike)}
	if c.index != "" {
		change[c.index] = s.keys.blind(c.name(), text)
	}
	update := s.to(ctx).Table(c.table).Where(c.column+" = ?", row.text)
	for i, key := range c.keys {
		update = update.Where(key+" = ?", row.key[i])
	}
	update = update.Updates(change)
	return update.RowsAffected > 0, update.Error
}

// SealedCount is how many values of a column are sealed with a key; with none if that has no name.
type SealedCount struct {
	Column, Key string
	Values      int64
}

// CountSealed returns by which keys the values of each column are sealed.
func (s *Store) CountSealed(ctx context.Context) ([]SealedCount, error) {
	known, err := s.DataKeys(ctx)
	if err != nil {
		return nil, err
	}
	var counts []SealedCount
	for _, c := range sealedColumns() {
		var all, sealed int64
		if err := s.sealedRows(ctx, c).Count(&all).Error; err != nil {
			return nil, err
		}
		for _, k := range known {
			var n int64
			if err := s.sealedRows(ctx, c).Where(c.column+" LIKE ?", sealMark+k.Name+":%").Count(&n).Error; err != nil {
				return nil, err
			}
			if sealed += n; n > 0 {
				counts = append(counts, SealedCount{c.name(), k.Name, n})
			}
		}
		if all > sealed {
			counts = append(counts, SealedCount{c.name(), "", all - sealed})
		}
	}
	return counts, nil
}

// RetireKeys notes of the keys but the first that nothing is sealed with them any more and no process that lives seals with
// them, and returns which those are. From
// then on the program starts without them.
func (s *Store) RetireKeys(ctx context.Context, now model.Instant) ([]string, error) {
	counts, err := s.CountSealed(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.DataKeys(ctx)
	if err != nil {
		return nil, err
	}
	var sealing []string // by processes that live
	if err := s.from(ctx).Model(&lease{}).Where("holder <> '' AND expires_at > ?", now).Pluck("data_key", &sealing).Error; err != nil {
		return nil, err
	}
	var retired []string
	for _, k := range known {
		used := slices.ContainsFunc(counts, func(c SealedCount) bool { return c.Key == k.Name })
		if used || slices.Contains(sealing, k.Name) || k.Name == s.SealingKey() || k.RetiredAt != 0 {
			continue
		}
		if err := s.to(ctx).Exec("UPDATE data_key SET retired_at = ? WHERE name = ?", now, k.Name).Error; err != nil {
			return nil, err
		}
		retired = append(retired, k.Name)
	}
	return retired, nil
}

// Compact writes an embedded database anew, so that nothing of what was there before is left in its file; what others read at
// the time may stay in its log until they have. It does nothing on a server.
func (s *Store) Compact(ctx context.Context) error {
	if !s.Embedded() {
		return nil
	}
	if err := s.to(ctx).Exec("VACUUM").Error; err != nil {
		return err
	}
	return s.to(ctx).Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error
}

package repository

import (
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"linbanglin/model"
)

// The rows of the hot paths are read by hand: reflection would cost as much as the database does.

const transferColumns = "id, community_id, measure, kind, code, rule_version, class, debit_id, credit_id, amount, hold_id, reverses_id, " +
	"idem_key, idem_hash, batch_id, ref_type, ref_id, campaign_id, area_id, grid_id, branch_id, member_id, score, ranked, biz_day, " +
	"effective_at, created_at, actor_id, memo, counter_id"

// readTransfers reads the rows of a query for transferColumns.
func readTransfers(query *gorm.DB) ([]*model.Transfer, error) {
	return readRows(query, func(t *model.Transfer) []any {
		return []any{
			&t.ID, &t.CommunityID, &t.Measure, &t.Kind, &t.Code, &t.RuleVersion, &t.Class, &t.DebitID, &t.CreditID, &t.Amount, &t.HoldID, &t.ReversesID,
			&t.IdemKey, &t.IdemHash, &t.BatchID, &t.RefType, &t.RefID, &t.CampaignID, &t.AreaID, &t.GridID, &t.BranchID, &t.MemberID, &t.Score, &t.Ranked, &t.BizDay,
			&t.EffectiveAt, &t.CreatedAt, &t.ActorID, &t.Memo, &t.CounterID,
		}
	})
}

const accountColumns = "id, community_id, measure, owner_type, owner_id, kind, shard, tracked, posted, held, floor_amt, last_seq, head_hash, status, " +
	"created_at, updated_at"

// readAccounts reads the rows of a query for accountColumns.
func readAccounts(query *gorm.DB) ([]*model.Account, error) {
	return readRows(query, func(a *model.Account) []any {
		return []any{
			&a.ID, &a.CommunityID, &a.Measure, &a.OwnerType, &a.OwnerID, &a.Kind, &a.Shard, &a.Tracked, &a.Posted, &a.Held, &a.FloorAmt, &a.LastSeq, &a.HeadHash,
			&a.Status, &a.CreatedAt, &a.UpdatedAt,
		}
	})
}

const memberColumns = "id, community_id, area_id, grid_id, building_id, unit_id, household_id, branch_id, name, nickname, phone, birth_year, birth_month, gender, " +
	"skills, own_skills, head, anonymous, roster_key, merged_into, version, created_at, updated_at"

// readMembers reads the rows of a query on member.
func readMembers(query *gorm.DB) ([]*model.Member, error) {
	return readRows(query.Select(memberColumns), func(m *model.Member) []any {
		return []any{
			&m.ID, &m.CommunityID, &m.AreaID, &m.GridID, &m.BuildingID, &m.UnitID, &m.HouseholdID, &m.BranchID, &m.Name, &m.Nickname,
			openingOf(query, phoneColumn, &m.Phone),
			&m.BirthYear, &m.BirthMonth, &m.Gender,
			inJSON{&m.Skills},
			&m.OwnSkills, &m.Head, &m.Anonymous,
			openingOf(query, "member.roster_key", &m.RosterKey),
			&m.MergedInto, &m.Version, &m.CreatedAt, &m.UpdatedAt,
		}
	})
}

const offerColumns = "id, community_id, area_id, grid_id, building_id, unit_id, household_id, branch_id, member_id, categories, title, skills, " +
	"availability, days_off, quiet, wishes, reach, weekly_limit, status, resumes_at, expires_at, version, created_at, updated_at"

// readOffers reads the rows of a query on help_offer.
func readOffers(query *gorm.DB) ([]*model.HelpOffer, error) {
	return readRows(query.Select(offerColumns), func(o *model.HelpOffer) []any {
		return []any{
			&o.ID, &o.CommunityID, &o.AreaID, &o.GridID, &o.BuildingID, &o.UnitID, &o.HouseholdID, &o.BranchID, &o.MemberID,
			inJSON{&o.Categories},
			&o.Title,
			inJSON{&o.Skills},
			inJSON{&o.Availability},
			inJSON{&o.DaysOff},
			inJSON{&o.Quiet},
			inJSON{&o.Wishes},
			&o.Reach, &o.WeeklyLimit, &o.Status, &o.ResumesAt,
			&o.ExpiresAt, &o.Version, &o.CreatedAt, &o.UpdatedAt,
		}
	})
}

// inJSON reads a column that holds a value as JSON.
type inJSON struct{ value any }

// Scan implements sql.Scanner.
func (j inJSON) Scan(column any) error {
	switch text := column.(type) {
	case string:
		return j.read([]byte(text))
	case []byte:
		return j.read(text)
	}
	return fmt.Errorf("JSON cannot be read from a %T", column)
}

// read reads what most rows have, which is nothing, without a parser.
func (j inJSON) read(text []byte) error {
	if string(text) == "{}" {
		return nil
	}
	if string(text) == "[]" {
		switch list := j.value.(type) {
		case *[]string:
			*list = []string{}
			return nil
		case *[]model.Slot:
			*list = []model.Slot{}
			return nil
		case *[]model.DaysOff:
			*list = []model.DaysOff{}
			return nil
		}
	}
	return json.Unmarshal(text, j.value)
}

const entryColumns = "account_id, seq, transfer_id, posted_delta, held_delta, posted_after, held_after, biz_day, created_at, hash"

// readEntries reads the rows of a query for entryColumns.
func readEntries(query *gorm.DB) ([]*model.Entry, error) {
	return readRows(query, func(e *model.Entry) []any {
		return []any{&e.AccountID, &e.Seq, &e.TransferID, &e.PostedDelta, &e.HeldDelta, &e.PostedAfter, &e.HeldAfter, &e.BizDay, &e.CreatedAt, &e.Hash}
	})
}

const capColumns = "account_id, rule_code, period, other_id, used"

// readCaps reads the rows of a query for capColumns.
func readCaps(query *gorm.DB) ([]*capRow, error) {
	return readRows(query, func(c *capRow) []any { return []any{&c.AccountID, &c.RuleCode, &c.Period, &c.OtherID, &c.Used} })
}

// readLines reads the rows of a query for lineColumns.
func readLines(query *gorm.DB) ([]*model.BatchLine, error) {
	return readRows(query, func(l *model.BatchLine) []any {
		return []any{&l.BatchID, &l.LineNo, &l.MemberID, &l.Asked, &l.Memo, &l.Granted, &l.Outcome, &l.TransferID}
	})
}

const scoreColumns = "board_id, subject_id, grp, area_id, grid_id, branch_id, points, reached_seq, rank_key, upd_seq"

// readScores reads the rows of a query on board_score.
func readScores(query *gorm.DB) ([]*model.Score, error) {
	columns := query.Select(scoreColumns)
	return readRows(columns, func(s *model.Score) []any {
		return []any{
			&s.BoardID, &s.SubjectID, &s.Grp, &s.AreaID, &s.GridID, &s.BranchID, &s.Points, &s.ReachedSeq, &s.RankKey, &s.UpdSeq,
		}
	})
}

// rankColumns are what an index of ranks has, so that no row of the table is read for them.
const rankColumns = "subject_id, rank_key"

func readRanks(s Section, query *gorm.DB) ([]Row, error) {
	ranked, err := readRows(query.Select(rankColumns), func(r *Row) []any { return []any{&r.Member, &r.RankKey} })
	rows := make([]Row, len(ranked))
	for i, r := range ranked {
		rows[i] = *r
		rows[i].Section = s
	}
	return rows, err
}

// readRows reads every row of a query into the fields that a new T gives.
func readRows[T any](query *gorm.DB, fields func(*T) []any) (list []*T, err error) {
	rows, err := query.Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = translated(query, err, rows.Close()) }()
	for rows.Next() {
		row := new(T)
		if err := rows.Scan(fields(row)...); err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// translated gives errors that did not pass through gorm the meaning that they have.
func translated(query *gorm.DB, errs ...error) error {
	for _, err := range errs {
		if err == nil {
			continue
		}
		if t, ok := query.Dialector.(gorm.ErrorTranslator); ok {
			return t.Translate(err)
		}
		return err
	}
	return nil
}

package repository

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Personal holds what tables know of people, by the list of PersonalKinds: copies of it for the person, and its erasure.
type Personal struct{ conn }

// PersonalKind is what one table holds of a person: what of it they get, and what their erasure does with it. A table may
// have several kinds, such as what somebody wrote and what was written about them.
type PersonalKind struct {
	Table  string
	Of     []string        // columns that hold the person's id
	Where  string          // more than that, or instead: a condition on x, the table; each ? is the person's ids
	Key    string          // its name in a copy of one's data; empty when nothing of it is given out
	Title  string          // of its sheet, Chinese
	Join   string          // other tables that fields come from
	Fields []PersonalField // what is given out; nobody else's names but masked ones
	Fate   Fate            // at erasure

	read func(Personal, context.Context, []model.ID) ([][]any, error) // instead of a statement
}

// FieldKind says how a value is written.
type FieldKind int

// The kinds of field.
const (
	AsText   FieldKind = iota // and numbers
	AsTime                    // an Instant
	AsDay                     // a Day
	AsPerson                  // another member's id, shown as neighbours see them
	AsSecret                  // its first and last characters
)

// PersonalField is a column that is given out.
type PersonalField struct {
	Column string // of x, or of a joined table by its name with a dot
	Title  string // Chinese
	As     FieldKind
	name   string // in JSON, when two columns of a kind are called the same
}

// Name is the field's name in JSON.
func (f PersonalField) Name() string {
	if f.name != "" {
		return f.name
	}
	_, name, found := strings.Cut(f.Column, ".")
	if !found {
		name = f.Column
	}
	return name
}

// Fate is what erasure does with the rows of a kind: delete them, set columns of them, or keep them for a reason.
type Fate struct {
	Delete bool
	Set    map[string]any
	Keep   string
}

// Expression is a value to set that the database works out: Bumped, OwnID or AtErasure.
type Expression string

// The expressions that a fate may set.
const (
	Bumped Expression = "version + 1"
	OwnID  Expression = "id"
	// AtErasure is the time of the erasure.
	AtErasure Expression = "now"
)

// values makes what a fate sets into what gorm writes.
func (f Fate) values(now model.Instant) map[string]any {
	set := make(map[string]any, len(f.Set))
	for column, value := range f.Set {
		switch v := value.(type) {
		case Expression:
			if set[column] = any(gorm.Expr(string(v))); v == AtErasure {
				set[column] = now
			}
		default:
			set[column] = value
		}
	}
	return set
}

// condition returns which rows of x are the person's, with its arguments.
func (k *PersonalKind) condition(of []model.ID) (string, []any) {
	var parts []string
	for _, column := range k.Of {
		parts = append(parts, "x."+column+" IN ?")
	}
	condition := strings.Join(parts, " OR ")
	if k.Where != "" && condition != "" {
		condition = "(" + condition + ") AND "
	}
	condition += k.Where
	args := make([]any, strings.Count(condition, "?"))
	for i := range args {
		args[i] = of
	}
	return condition, args
}

// People returns the ids under which somebody was here: their own, and those of logins before they were bound.
func (p Personal) People(ctx context.Context, member model.ID) ([]model.ID, error) {
	var ids []model.ID
	err := p.from(ctx).Raw("SELECT id FROM member WHERE merged_into = ? ORDER BY id", member).Scan(&ids).Error
	if !slices.Contains(ids, member) {
		ids = append([]model.ID{member}, ids...)
	}
	return ids, err
}

// Rows returns what a kind gives out of a person, a value for each of its fields.
func (p Personal) Rows(ctx context.Context, k *PersonalKind, of []model.ID) (all [][]any, err error) {
	if k.read != nil {
		return k.read(p, ctx, of)
	}
	columns := make([]string, len(k.Fields))
	for i, f := range k.Fields {
		if columns[i] = f.Column; !strings.Contains(f.Column, ".") {
			columns[i] = "x." + f.Column
		}
		columns[i] += fmt.Sprintf(" AS f%d", i)
	}
	condition, args := k.condition(of)
	query := p.from(ctx).Table(k.Table+" AS x").Joins(k.Join).Select(strings.Join(columns, ", ")).Where(condition, args...).Order("f0")
	rows, err := query.Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = translated(query, err, rows.Close()) }()
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i := range row {
			if text, ok := row[i].([]byte); ok {
				row[i] = string(text)
			}
			if text, ok := row[i].(string); ok && isSealed(k.Table, k.Fields[i].Column) {
				if row[i], err = p.keys.open(k.Table+"."+k.Fields[i].Column, text); err != nil {
					return nil, err
				}
			}
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// Erase does with a kind of a person what its fate is. To do it again changes nothing more.
func (p Personal) Erase(ctx context.Context, k *PersonalKind, of []model.ID, now model.Instant) error {
	condition, args := k.condition(of)
	db := p.to(ctx).Table(k.Table).Where(strings.ReplaceAll(condition, "x.", ""), args...)
	switch {
	case k.Fate.Delete:
		return db.Delete(nil).Error
	case k.Fate.Set != nil:
		return db.Updates(k.Fate.values(now)).Error
	}
	return nil
}

// EraseMember writes the tombstone that a locked member became.
func (p Personal) EraseMember(ctx context.Context, m *model.Member) error {
	return p.to(ctx).Model(m).Select("name", "nickname", "phone", "phone_index", "birth_year", "birth_month", "gender", "skills", "own_skills", "head", "anonymous",
		"building_id", "unit_id", "household_id", "roster_key", "merged_into", "version", "updated_at").Updates(m).Error
}

// readProfile reads who somebody is. Phones are not for statements, so it goes through the model.
func (p Personal) readProfile(ctx context.Context, of []model.ID) (rows [][]any, err error) {
	members, err := Members(p).Some(ctx, of)
	for _, id := range of {
		if m := members[id]; m != nil {
			rows = append(rows, []any{
				int64(m.ID), m.Name, m.Nickname, m.Phone, int64(m.BirthYear), int64(m.BirthMonth), m.Gender, strings.Join(m.Skills, "、"), m.Head, m.Anonymous, int64(m.CreatedAt),
			})
		}
	}
	return rows, err
}

// readDoor reads where somebody lives, by the names of the tree.
func (p Personal) readDoor(ctx context.Context, of []model.ID) (rows [][]any, err error) {
	members, err := Members(p).Some(ctx, of)
	if err != nil {
		return nil, err
	}
	for _, id := range of {
		m := members[id]
		if m == nil || m.CommunityID == 0 {
			continue
		}
		var nodes []*model.Node
		at := []model.ID{m.CommunityID, m.AreaID, m.GridID, m.BranchID, m.BuildingID, m.UnitID, m.HouseholdID}
		if err := p.from(ctx).Where("id IN ?", at).Find(&nodes).Error; err != nil {
			return nil, err
		}
		names := map[model.ID]string{}
		for _, n := range nodes {
			names[n.ID] = n.Name
		}
		row := make([]any, len(at))
		for i, id := range at {
			row[i] = names[id]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// readMatters reads what somebody brought in. Whom to call is somebody else, so name and phone are masked.
func (p Personal) readMatters(ctx context.Context, of []model.ID) (rows [][]any, err error) {
	var matters []*model.Matter
	err = p.from(ctx).Where("reporter_id IN ?", of).Order("id").Find(&matters).Error
	for _, m := range matters {
		rows = append(rows, []any{
			int64(m.ID), m.Category, m.Title, m.Text, maskedName(m.ContactName), maskedPhone(m.ContactPhone), string(m.Status), m.Result, string(m.Satisfaction),
			int64(m.CreatedAt), int64(m.DoneAt), int64(m.ClosedAt),
		})
	}
	return rows, err
}

func maskedName(name string) string {
	if name == "" {
		return ""
	}
	return model.MaskName(name)
}

// maskedPhone keeps the last four digits.
func maskedPhone(phone string) string {
	if len(phone) <= 4 {
		return ""
	}
	return strings.Repeat("*", len(phone)-4) + phone[len(phone)-4:]
}

// Erasures holds who closes their account.
type Erasures struct{ conn }

// Add asks for one. It fails with ErrDuplicate when the member has one that is not over.
func (e Erasures) Add(ctx context.Context, erasure *model.Erasure) error {
	return e.to(ctx).Create(erasure).Error
}

// Latest returns the last one that a member asked for. It fails with ErrNotFound.
func (e Erasures) Latest(ctx context.Context, member model.ID) (*model.Erasure, error) {
	erasure := new(model.Erasure)
	err := e.from(ctx).Where("member_id = ?", member).Order("id DESC").Limit(1).Take(erasure).Error
	return erasure, err
}

// LockOpen returns the one of a member that is not over, and locks it until the transaction ends. It fails with ErrNotFound.
func (e Erasures) LockOpen(ctx context.Context, member model.ID) (*model.Erasure, error) {
	erasure := new(model.Erasure)
	err := e.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("member_id = ? AND closed = 0", member).Take(erasure).Error
	return erasure, err
}

// Due returns the members whose turn it is, the first ones first.
func (e Erasures) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := e.from(ctx).Raw("SELECT member_id FROM erasure WHERE closed = 0 AND next_at <= ? ORDER BY next_at, id LIMIT ?", now, limit).Scan(&ids).Error
	return ids, err
}

// Update writes what becomes of a locked one.
func (e Erasures) Update(ctx context.Context, erasure *model.Erasure) error {
	return e.to(ctx).Model(erasure).Select("status", "closed", "next_at", "ended_at").Updates(erasure).Error
}

package repository

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Members holds the people of a roster, and those who logged in and are not bound to one.
type Members struct{ conn }

// Create adds members. It fails with ErrDuplicate when a community's roster has one of them already.
func (m Members) Create(ctx context.Context, members ...*model.Member) error {
	return createAll(m.to(ctx), members)
}

// Get returns one member. It fails with ErrNotFound.
func (m Members) Get(ctx context.Context, id model.ID) (*model.Member, error) {
	found, err := m.Some(ctx, []model.ID{id})
	if err != nil {
		return nil, err
	}
	if member := found[id]; member != nil {
		return member, nil
	}
	return nil, model.ErrNotFound
}

const (
	// memberTrust is how old a member may be whom Known returns: where they live, what they are called, how old they are, and
	// whether they were merged into another.
	memberTrust = 5 * time.Second
	// membersKnown is how many are remembered.
	membersKnown = 50_000
)

// Known returns one member as of a few seconds ago, whom nobody changes: all use cases of a call have the same one. It
// must not be called in a transaction. It fails with ErrNotFound.
func (m Members) Known(ctx context.Context, id model.ID) (*model.Member, error) {
	return m.members.Get(ctx, id)
}

// Forget has Known read a member anew.
func (m Members) Forget(id model.ID) { m.members.Forget(id) }

// gathered returns what reads one member: those who ask at the same time share a statement.
func (m Members) gathered() func(context.Context, model.ID) (*model.Member, error) {
	together := &gather[*model.Member]{read: m.Some}
	return func(ctx context.Context, id model.ID) (*model.Member, error) {
		found, err := together.get(ctx, []model.ID{id})
		if err == nil && found[id] == nil {
			err = model.ErrNotFound
		}
		return found[id], err
	}
}

// Some returns those of the members that there are.
func (m Members) Some(ctx context.Context, ids []model.ID) (map[model.ID]*model.Member, error) {
	found := make(map[model.ID]*model.Member, len(ids))
	for part := range slices.Chunk(ids, rowsPerStatement) {
		rows, err := readMembers(m.from(ctx).Table("member").Where("id IN ?", part))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			found[r.ID] = r
		}
	}
	return found, nil
}

// WithPhones returns the persons of a community's roster that have one of the phones.
func (m Members) WithPhones(ctx context.Context, community model.ID, phones []string) ([]*model.Member, error) {
	var list []*model.Member
	for part := range slices.Chunk(phones, rowsPerStatement) {
		var rows []*model.Member
		if err := m.ofPhones(ctx, part...).Where("community_id = ? AND merged_into = 0", community).Order("id").Find(&rows).Error; err != nil {
			return nil, err
		}
		list = append(list, rows...)
	}
	return havingPhone(list, phones), nil
}

// ofPhones looks for members by their phones; those that are not sealed yet have no index.
func (m Members) ofPhones(ctx context.Context, phones ...string) *gorm.DB {
	return m.from(ctx).Where("(phone_index IN ? OR phone IN ?)", m.keys.blinds(phoneColumn, phones...), phones)
}

// havingPhone leaves out whose index is of a phone that they do not have: a process from before there were keys may have changed
// the one without the other.
func havingPhone(list []*model.Member, phones []string) []*model.Member {
	return slices.DeleteFunc(list, func(m *model.Member) bool { return !slices.Contains(phones, m.Phone) })
}

// Lock returns one member and locks the row until the transaction ends. It fails with ErrNotFound.
func (m Members) Lock(ctx context.Context, id model.ID) (*model.Member, error) {
	member := new(model.Member)
	err := m.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(member).Error
	return member, err
}

// Refs returns how those members that exist are shown to others.
func (m Members) Refs(ctx context.Context, ids []model.ID) (map[model.ID]model.MemberRef, error) {
	refs := make(map[model.ID]model.MemberRef, len(ids))
	if len(ids) == 0 {
		return refs, nil
	}
	var rows []*model.Member
	err := m.from(ctx).Select("id", "name", "nickname").Where("id IN ?", ids).Find(&rows).Error
	for _, r := range rows {
		refs[r.ID] = model.MemberRef{ID: r.ID, DisplayName: r.DisplayName()}
	}
	return refs, err
}

// BoardRefs returns how members are shown on boards: those who opted out have no name and no id there.
func (m Members) BoardRefs(ctx context.Context, ids []model.ID) (map[model.ID]model.MemberRef, error) {
	refs := make(map[model.ID]model.MemberRef, len(ids))
	if len(ids) == 0 {
		return refs, nil
	}
	rows, err := readRows(m.from(ctx).Table("member").Select("id, name, nickname, anonymous").Where("id IN ?", ids),
		func(r *model.Member) []any { return []any{&r.ID, &r.Name, &r.Nickname, &r.Anonymous} })
	for _, r := range rows {
		if refs[r.ID] = (model.MemberRef{ID: r.ID, DisplayName: r.DisplayName()}); r.Anonymous {
			refs[r.ID] = model.MemberRef{DisplayName: model.AnonymousName}
		}
	}
	return refs, err
}

// Listable returns those of a community's roster, by id, who did not opt out of being named on boards.
func (m Members) Listable(ctx context.Context, community model.ID, ids []model.ID) ([]*model.Member, error) {
	var rows []*model.Member
	if len(ids) == 0 {
		return rows, nil
	}
	err := m.from(ctx).Select("id", "birth_year").Where("id IN ? AND community_id = ? AND merged_into = 0 AND anonymous = ?", ids, community, false).Find(&rows).Error
	return rows, err
}

// OfPhone returns the persons of every community's roster that have a phone.
func (m Members) OfPhone(ctx context.Context, phone string) ([]*model.Member, error) {
	var rows []*model.Member
	err := m.ofPhones(ctx, phone).Where("community_id <> 0").Order("id").Find(&rows).Error
	return havingPhone(rows, []string{phone}), err
}

// All returns every person of a community's roster.
func (m Members) All(ctx context.Context, community model.ID) ([]*model.Member, error) {
	var rows []*model.Member
	err := m.from(ctx).Where("community_id = ?", community).Order("id").Find(&rows).Error
	return rows, err
}

// List returns members of a community after an id, within a reach; a role narrows it when given.
func (m Members) List(ctx context.Context, community model.ID, role model.Role, after model.ID, reach []model.Grant, limit int) ([]*model.Member, error) {
	db := within(m.from(ctx), community, reach).Where("id > ? AND merged_into = 0", after)
	if role != "" {
		db = db.Where("id IN (SELECT member_id FROM role_grant WHERE community_id = ? AND role = ? AND revoked_at = 0)", community, role)
	}
	var rows []*model.Member
	err := db.Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// UpdateProfile writes what a member says about themselves, unless the version has moved on, which is ErrStale.
func (m Members) UpdateProfile(ctx context.Context, member *model.Member, version int64) error {
	update := m.to(ctx).Model(member).Where("version = ?", version).
		Select("nickname", "anonymous", "skills", "own_skills", "version", "updated_at").Updates(member)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// UpdateRoster writes what a roster says about a member, after one change of the version. When that has
// moved on the transaction runs again.
func (m Members) UpdateRoster(ctx context.Context, member *model.Member) error {
	update := m.to(ctx).Model(member).Where("version = ?", member.Version-1).
		Select("community_id", "area_id", "grid_id", "building_id", "unit_id", "household_id", "branch_id",
			"phone", "phone_index", "birth_year", "birth_month", "gender", "skills", "head", "roster_key", "version", "updated_at").Updates(member)
	if update.Error == nil && update.RowsAffected == 0 {
		return errLostRace
	}
	return update.Error
}

// Merge marks a login's placeholder as bound to a person of the roster. It fails with ErrBound unless it is
// a placeholder that is not bound yet.
func (m Members) Merge(ctx context.Context, placeholder, person model.ID, now model.Instant) error {
	update := m.to(ctx).Exec("UPDATE member SET merged_into = ?, updated_at = ? WHERE id = ? AND community_id = 0 AND merged_into = 0", person, now, placeholder)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrBound
	}
	return update.Error
}

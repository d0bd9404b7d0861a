package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Party holds the party network beside the tree of grids.
type Party struct{ conn }

// CreateGroup adds a family group. It fails with ErrDuplicate when its branch has one of the name.
func (p Party) CreateGroup(ctx context.Context, group *model.FamilyGroup) error {
	return p.to(ctx).Create(group).Error
}

// Group returns one group with its members. It fails with ErrNotFound.
func (p Party) Group(ctx context.Context, id model.ID) (*model.FamilyGroup, error) {
	group := new(model.FamilyGroup)
	if err := p.from(ctx).Where("id = ?", id).Take(group).Error; err != nil {
		return nil, err
	}
	return group, p.fill(ctx, group)
}

// LockGroup returns one group with its members and locks it until the transaction ends. It fails with ErrNotFound.
func (p Party) LockGroup(ctx context.Context, id model.ID) (*model.FamilyGroup, error) {
	group := new(model.FamilyGroup)
	if err := p.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(group).Error; err != nil {
		return nil, err
	}
	return group, p.fill(ctx, group)
}

func (p Party) fill(ctx context.Context, groups ...*model.FamilyGroup) error {
	ids, byID := make([]model.ID, len(groups)), map[model.ID]*model.FamilyGroup{}
	for i, g := range groups {
		ids[i], byID[g.ID] = g.ID, g
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []*model.GroupMember
	err := p.from(ctx).Where("group_id IN ?", ids).Order("group_id, member_id").Find(&rows).Error
	for _, r := range rows {
		byID[r.GroupID].MemberIDs = append(byID[r.GroupID].MemberIDs, r.MemberID)
	}
	return err
}

// UpdateGroup writes what is edited of a locked group. It fails with ErrDuplicate when its branch has another of the name.
func (p Party) UpdateGroup(ctx context.Context, group *model.FamilyGroup) error {
	return p.to(ctx).Model(group).Select("name", "hub_id", "leader_id", "version", "updated_at").Updates(group).Error
}

// SetMembers writes who is of a group. It fails with ErrDuplicate when somebody is of another.
func (p Party) SetMembers(ctx context.Context, group model.ID, members []model.ID) error {
	if err := p.to(ctx).Exec("DELETE FROM family_group_member WHERE group_id = ?", group).Error; err != nil {
		return err
	}
	rows := make([]*model.GroupMember, len(members))
	for i, m := range members {
		rows[i] = &model.GroupMember{MemberID: m, GroupID: group}
	}
	return createAll(p.to(ctx), rows)
}

// DeleteGroup takes a locked group away.
func (p Party) DeleteGroup(ctx context.Context, group *model.FamilyGroup) error {
	if err := p.SetMembers(ctx, group.ID, nil); err != nil {
		return err
	}
	return p.to(ctx).Delete(group).Error
}

// Groups returns family groups of a community with their members, the oldest first, at most so many.
func (p Party) Groups(ctx context.Context, community model.ID, limit int) ([]*model.FamilyGroup, error) {
	var rows []*model.FamilyGroup
	if err := p.from(ctx).Where("community_id = ?", community).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return rows, p.fill(ctx, rows...)
}

// CountGroups returns how many family groups a community has.
func (p Party) CountGroups(ctx context.Context, community model.ID) (int, error) {
	var n int64
	err := p.from(ctx).Model(&model.FamilyGroup{}).Where("community_id = ?", community).Count(&n).Error
	return int(n), err
}

// BranchCount is how many people are of a branch.
type BranchCount struct {
	BranchID model.ID
	Members  int
}

// BranchCounts returns how many people of a community's roster are of each branch.
func (p Party) BranchCounts(ctx context.Context, community model.ID) ([]BranchCount, error) {
	var rows []BranchCount
	err := p.from(ctx).Raw("SELECT branch_id, COUNT(*) AS members FROM member WHERE community_id = ? AND merged_into = 0 AND branch_id <> 0 GROUP BY branch_id", community).
		Scan(&rows).Error
	return rows, err
}

// HubRow is a hub household, and a branch that somebody of it is of, zero for none.
type HubRow struct{ HouseholdID, BuildingID, BranchID model.ID }

// Hubs returns the hub households of a community.
func (p Party) Hubs(ctx context.Context, community model.ID) ([]HubRow, error) {
	var rows []HubRow
	err := p.from(ctx).Raw("SELECT n.id AS household_id, n.building_id, COALESCE(MAX(m.branch_id), 0) AS branch_id FROM household h JOIN node n ON n.id = h.node_id "+
		"LEFT JOIN member m ON m.household_id = n.id AND m.merged_into = 0 WHERE n.community_id = ? AND h.hub = 1 GROUP BY n.id, n.building_id ORDER BY n.id", community).
		Scan(&rows).Error
	return rows, err
}

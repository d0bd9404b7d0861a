package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Roles holds who holds which role where.
type Roles struct{ conn }

// Role is a row of role_grant: a role that was granted, and perhaps revoked.
type Role struct {
	ID          model.ID
	CommunityID model.ID
	MemberID    model.ID
	Role        model.Role
	NodeID      model.ID
	NodeKind    model.NodeKind
	GrantedBy   model.ID
	CreatedAt   model.Instant
	RevokedAt   model.Instant // zero while it holds
}

// TableName implements gorm's Tabler.
func (Role) TableName() string { return "role_grant" }

// Grant adds roles. It fails with ErrDuplicate when a member holds one of them already.
func (r Roles) Grant(ctx context.Context, roles ...*Role) error { return createAll(r.to(ctx), roles) }

// Of returns the roles that a member holds.
func (r Roles) Of(ctx context.Context, member model.ID) ([]model.Grant, error) {
	byMember, err := r.OfMembers(ctx, []model.ID{member})
	return byMember[member], err
}

// Shared returns the roles that a member holds: those who ask at the same time share a statement. It must not be called in
// a transaction.
func (r Roles) Shared(ctx context.Context, member model.ID) ([]model.Grant, error) {
	byMember, err := r.grants.get(ctx, []model.ID{member})
	return byMember[member], err
}

// OfMembers returns the roles that members hold.
func (r Roles) OfMembers(ctx context.Context, members []model.ID) (map[model.ID][]model.Grant, error) {
	grants := make(map[model.ID][]model.Grant, len(members))
	for part := range slices.Chunk(members, rowsPerStatement) {
		rows, err := readRows(r.from(ctx).Table("role_grant").Select("member_id, role, node_id, node_kind").Where("member_id IN ? AND revoked_at = 0", part).Order("id"),
			func(row *Role) []any { return []any{&row.MemberID, &row.Role, &row.NodeID, &row.NodeKind} })
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			grants[row.MemberID] = append(grants[row.MemberID], model.Grant{Role: row.Role, NodeID: row.NodeID, NodeKind: row.NodeKind})
		}
	}
	return grants, nil
}

// All returns the roles held in a community, by member.
func (r Roles) All(ctx context.Context, community model.ID) ([]*Role, error) {
	var rows []*Role
	err := r.from(ctx).Where("community_id = ? AND revoked_at = 0", community).Order("id").Find(&rows).Error
	return rows, err
}

// Officers returns who holds one of some roles in a community, in the order of the grants.
func (r Roles) Officers(ctx context.Context, community model.ID, roles ...model.Role) ([]*Role, error) {
	var rows []*Role
	err := r.from(ctx).Where("community_id = ? AND role IN ? AND revoked_at = 0", community, roles).Order("id").Find(&rows).Error
	return rows, err
}

// Ever returns every role that was granted in a community, those that were revoked too.
func (r Roles) Ever(ctx context.Context, community model.ID) ([]*Role, error) {
	var rows []*Role
	err := r.from(ctx).Where("community_id = ?", community).Order("id").Find(&rows).Error
	return rows, err
}

// Revoke ends a role. It fails with ErrNotFound when the member does not hold it.
func (r Roles) Revoke(ctx context.Context, member model.ID, role model.Role, node model.ID, now model.Instant) error {
	update := r.to(ctx).Exec("UPDATE role_grant SET revoked_at = ? WHERE member_id = ? AND role = ? AND node_id = ? AND revoked_at = 0",
		now, member, role, node)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrNotFound
	}
	return update.Error
}

// LockOfficers returns who holds a role in a community and locks these rows until the transaction ends, in the order of
// the grants.
func (r Roles) LockOfficers(ctx context.Context, community model.ID, role model.Role) ([]*Role, error) {
	var rows []*Role
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("community_id = ? AND role = ? AND revoked_at = 0", community, role).Order("id").Find(&rows).Error
	return rows, err
}

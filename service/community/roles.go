package community

import (
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// GrantRole gives a member a role at a node. It fails with ErrForbidden outside the caller's subtree and
// for oneself, with ErrTwoPersons for an admin role, and with ErrDuplicate when the member holds it.
func (c *Community) GrantRole(ctx context.Context, who model.Actor, member model.ID, role model.Role, node model.ID) (*model.Grant, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.Grant, error) {
		at, err := c.grantable(ctx, tx, who, member, role, node)
		switch {
		case err != nil:
			return nil, err
		case role.Admin():
			return nil, model.ErrTwoPersons
		}
		return c.grant(ctx, tx, who.MemberID, member, role, at)
	})
}

// RevokeRole takes a role at a node from a member; an office may be given up by who holds it. It fails with ErrNotFound
// when the member does not hold it, with ErrTwoPersons for an admin role of somebody else, with ErrLastAdmin, and as
// GrantRole does.
func (c *Community) RevokeRole(ctx context.Context, who model.Actor, member model.ID, role model.Role, node model.ID) error {
	return c.store.Tx(ctx, func(tx *repository.Store) error {
		at, err := c.revocable(ctx, tx, who, member, role, node)
		if err != nil {
			return err
		}
		return c.revoke(ctx, tx, who.MemberID, member, role, at)
	})
}

// revocable checks that the caller may take a role at a node, which is returned, by themselves.
func (c *Community) revocable(ctx context.Context, tx *repository.Store, who model.Actor, member model.ID, role model.Role, node model.ID) (*model.Node, error) {
	if member == who.MemberID && role.Office() {
		at, err := tx.Nodes.Get(ctx, node)
		if err == nil && at.CommunityID != who.Place.CommunityID {
			err = model.ErrNotFound
		}
		return at, err
	}
	at, err := c.grantable(ctx, tx, who, member, role, node)
	if err == nil && role.Admin() {
		err = model.ErrTwoPersons
	}
	return at, err
}

// grantable checks that the caller may decide about a role of someone else at a node, which is returned.
func (c *Community) grantable(ctx context.Context, tx *repository.Store, who model.Actor, member model.ID, role model.Role, at model.ID) (*model.Node, error) {
	node, err := tx.Nodes.Get(ctx, at)
	if err != nil {
		return nil, err
	}
	if err := who.May(model.OpGrantRole, node.Place); err != nil {
		return nil, err
	}
	switch {
	case member == who.MemberID:
		return nil, model.ErrForbidden
	case !slices.Contains(model.Roles(), role):
		return nil, model.ErrInvalid
	}
	return node, c.belongs(ctx, tx, member, node.CommunityID)
}

// belongs fails with ErrNotFound unless the member is a person of the community.
func (c *Community) belongs(ctx context.Context, tx *repository.Store, member, community model.ID) error {
	m, err := tx.Members.Get(ctx, member)
	if err == nil && (m.CommunityID != community || m.MergedInto != 0) {
		err = model.ErrNotFound
	}
	return err
}

// grant gives a role, tells the member of an office, and notes it.
func (c *Community) grant(ctx context.Context, tx *repository.Store, by, member model.ID, role model.Role, at *model.Node) (*model.Grant, error) {
	row := &repository.Role{
		ID: c.store.NewID(), CommunityID: at.CommunityID, MemberID: member, Role: role, NodeID: at.ID, NodeKind: at.Kind, GrantedBy: by, CreatedAt: c.now(),
	}
	if err := tx.Roles.Grant(ctx, row); err != nil {
		return nil, err
	}
	if role.Office() {
		n := c.decided(at, member, "granted:"+row.ID.String(), "您有了新的角色", fmt.Sprintf("您已被授予「%s」角色（%s）。", role.Chinese(), at.Name))
		if err := notify.Tell(ctx, tx, n); err != nil {
			return nil, err
		}
	}
	err := c.note(ctx, tx, model.AuthRoleGranted, by, member, at, role)
	return &model.Grant{Role: role, NodeID: at.ID, NodeKind: at.Kind}, err
}

// revoke takes a role, tells the member of an office, and notes it. It fails with ErrNotFound, and with ErrLastAdmin.
func (c *Community) revoke(ctx context.Context, tx *repository.Store, by, member model.ID, role model.Role, at *model.Node) error {
	if role == model.RoleCommunityAdmin && at.Kind == model.KindCommunity {
		admins, err := tx.Roles.LockOfficers(ctx, at.CommunityID, role)
		if err != nil {
			return err
		}
		others := slices.ContainsFunc(admins, func(r *repository.Role) bool { return r.NodeID == at.ID && r.MemberID != member })
		held := slices.ContainsFunc(admins, func(r *repository.Role) bool { return r.NodeID == at.ID && r.MemberID == member })
		if held && !others {
			return model.ErrLastAdmin
		}
	}
	now := c.now()
	if err := tx.Roles.Revoke(ctx, member, role, at.ID, now); err != nil {
		return err
	}
	if role.Office() && by != member {
		n := c.decided(at, member, fmt.Sprintf("revoked:%d:%s:%d", at.ID, role, now), "您的角色有变动", fmt.Sprintf("您的「%s」角色（%s）已被撤销。", role.Chinese(), at.Name))
		if err := notify.Tell(ctx, tx, n); err != nil {
			return err
		}
	}
	return c.note(ctx, tx, model.AuthRoleRevoked, by, member, at, role)
}

func (c *Community) decided(at *model.Node, member model.ID, key, title, body string) *model.Notice {
	return &model.Notice{
		CommunityID: at.CommunityID, MemberID: member, Kind: model.NoticeRoleDecided, Key: "role:" + key, Title: title, Body: body, CreatedAt: c.now(),
	}
}

// note writes down what happened to a member's roles.
func (c *Community) note(ctx context.Context, tx *repository.Store, kind model.AuthKind, by, member model.ID, at *model.Node, role model.Role) error {
	return tx.AuthEvents.Append(ctx, &model.AuthEvent{
		ID: c.store.NewID(), Kind: kind, CommunityID: at.CommunityID, MemberID: member, ActorID: by, Detail: fmt.Sprintf("%s@%d", role, at.ID),
		Origin: model.OriginOf(ctx), At: c.now(),
	})
}

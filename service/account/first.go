package account

import (
	"context"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// Failures of the first admin, as an operator is told them.
var (
	errNoCommunity = model.ErrNotFound.Saying("没有这个社区，请先导入花名册", "There is no such community: import its roster first.")
	errNobody      = model.ErrNotFound.Saying("花名册中没有这个人", "The roster has nobody of that name.")
	errSeveral     = model.ErrInvalid.Saying("花名册中有多位同名居民，请写成 姓名/手机号", "Several persons have that name: write name/phone.")
)

// FirstAdmin makes a person of a community's roster its admin, for an operator at the machine, when no admin of it can
// log in; and returns a one-time code to bind a login to the person, nil when they have one. A member is a name, or
// name/phone. It fails with ErrNotFound, with ErrInvalid when several persons are meant, and with ErrHasAdmin.
func (a *Accounts) FirstAdmin(ctx context.Context, community, member string) (*BindCode, error) {
	var made *issued
	err := a.store.Tx(ctx, func(tx *repository.Store) error {
		made = nil
		node, err := communityOf(ctx, tx, community)
		if err != nil {
			return err
		}
		admins, err := tx.Roles.LockOfficers(ctx, node.ID, model.RoleCommunityAdmin)
		if err != nil {
			return err
		}
		m, err := personOf(ctx, tx, node.ID, member)
		if err != nil {
			return err
		}
		holds := false
		for _, r := range admins {
			if r.NodeID != node.ID {
				continue
			}
			if holds = holds || r.MemberID == m.ID; r.MemberID == m.ID {
				continue
			}
			if enters, err := a.enters(ctx, tx, r.MemberID); enters || err != nil {
				return orElse(err, model.ErrHasAdmin)
			}
		}
		if !holds {
			if err := a.appoint(ctx, tx, node, m.ID); err != nil {
				return err
			}
		}
		bound, err := tx.Logins.Bound(ctx, m.ID)
		if err != nil || bound {
			return err
		}
		made, err = a.issueCode(ctx, tx, 0, m.ID, node.ID)
		return err
	})
	if err != nil || made == nil {
		return nil, err
	}
	return a.code(made)
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// enters reports whether a member has a login and is not kept out.
func (a *Accounts) enters(ctx context.Context, tx *repository.Store, member model.ID) (bool, error) {
	bound, err := tx.Logins.Bound(ctx, member)
	if err != nil || !bound {
		return false, err
	}
	guard, err := tx.Guards.Get(ctx, member)
	return err == nil && !guard.Locked(a.now()), err
}

// appoint gives the role in the operator's name.
func (a *Accounts) appoint(ctx context.Context, tx *repository.Store, node *model.Node, member model.ID) error {
	err := tx.Roles.Grant(ctx, &repository.Role{
		ID: a.store.NewID(), CommunityID: node.ID, MemberID: member, Role: model.RoleCommunityAdmin, NodeID: node.ID, NodeKind: node.Kind, CreatedAt: a.now(),
	})
	if err != nil {
		return err
	}
	return a.note(ctx, tx, &model.AuthEvent{
		Kind: model.AuthRoleGranted, CommunityID: node.ID, MemberID: member, Detail: string(model.RoleCommunityAdmin) + "@" + node.ID.String(),
	})
}

func communityOf(ctx context.Context, tx *repository.Store, name string) (*model.Node, error) {
	found, err := tx.Nodes.Communities(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		if c.Name == name {
			return c, nil
		}
	}
	return nil, errNoCommunity
}

func personOf(ctx context.Context, tx *repository.Store, community model.ID, member string) (*model.Member, error) {
	name, phone, _ := strings.Cut(member, "/")
	name, phone = strings.TrimSpace(name), strings.TrimSpace(phone)
	people, err := tx.Members.All(ctx, community)
	if err != nil {
		return nil, err
	}
	var found []*model.Member
	for _, m := range people {
		if m.Name == name && m.MergedInto == 0 && (phone == "" || m.Phone == phone || m.Phone == "86"+phone) {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return nil, errNobody
	case 1:
		return found[0], nil
	}
	return nil, errSeveral
}

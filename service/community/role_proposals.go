package community

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// ProposalInput is what is proposed: to give a member an admin role at a node, or to take it.
type ProposalInput struct {
	Member model.ID
	Role   model.Role
	Node   model.ID
	Action model.RoleAction
	Reason string
}

// ProposeRole proposes to give an admin role or to take it, and tells those who may decide. It fails with ErrForbidden
// outside the caller's subtree and for oneself, with ErrInvalid for a role that needs no second person, with ErrDuplicate
// when the member holds the role or the same is proposed already, and with ErrNotFound when a role to take is not held.
func (c *Community) ProposeRole(ctx context.Context, who model.Actor, in ProposalInput) (*model.RoleProposal, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.RoleProposal, error) {
		at, err := c.grantable(ctx, tx, who, in.Member, in.Role, in.Node)
		if err != nil {
			return nil, err
		}
		now := c.now()
		p := &model.RoleProposal{
			ID: c.store.NewID(), Place: at.Place, NodeID: at.ID, NodeKind: at.Kind, MemberID: in.Member, Role: in.Role, Action: in.Action,
			Reason: in.Reason, Status: model.RoleProposalOpen, ProposedBy: who.MemberID, ExpiresAt: now.Add(model.RoleProposalLife), CreatedAt: now,
		}
		if err := p.Validate(); err != nil {
			return nil, err
		}
		if err := c.makesSense(ctx, tx, p); err != nil {
			return nil, err
		}
		if err := c.propose(ctx, tx, p, at); err != nil {
			return nil, err
		}
		return p, c.nameProposals(ctx, tx, p)
	})
}

// makesSense fails when a proposal would do nothing.
func (c *Community) makesSense(ctx context.Context, tx *repository.Store, p *model.RoleProposal) error {
	held, err := tx.Roles.Of(ctx, p.MemberID)
	if err != nil {
		return err
	}
	holds := slices.Contains(held, model.Grant{Role: p.Role, NodeID: p.NodeID, NodeKind: p.NodeKind})
	switch {
	case p.Action == model.GrantIt && holds:
		return model.ErrDuplicate
	case p.Action == model.RevokeIt && !holds:
		return model.ErrNotFound
	}
	return nil
}

func (c *Community) propose(ctx context.Context, tx *repository.Store, p *model.RoleProposal, at *model.Node) error {
	if err := tx.RoleProposals.Create(ctx, p); err != nil {
		return err
	}
	kind, verb := model.AuthRoleProposed, "任命"
	if p.Action == model.RevokeIt {
		kind, verb = model.AuthRemoveOffered, "免去"
	}
	deciders, err := tx.Roles.Officers(ctx, p.CommunityID, model.Permissions()[model.OpApproveRole]...)
	if err != nil {
		return err
	}
	told := map[model.ID]bool{p.ProposedBy: true, p.MemberID: true}
	var notices []*model.Notice
	for _, d := range deciders {
		if told[d.MemberID] || !(model.Grant{NodeID: d.NodeID, NodeKind: d.NodeKind}).Covers(p.Place) {
			continue
		}
		told[d.MemberID] = true
		notices = append(notices, &model.Notice{
			CommunityID: p.CommunityID, MemberID: d.MemberID, Kind: model.NoticeRoleProposed, Key: "role:proposed:" + p.ID.String(), Title: "有一项任免待您审批",
			Body: fmt.Sprintf("有人提出%s一位「%s」（%s），请在 7 天内审批。", verb, p.Role.Chinese(), at.Name), CreatedAt: c.now(),
		})
	}
	if err := notify.Tell(ctx, tx, notices...); err != nil {
		return err
	}
	return c.note(ctx, tx, kind, p.ProposedBy, p.MemberID, at, p.Role)
}

// RoleProposals lists proposals within the caller's reach, the newest first, of a state when it is given. It fails with
// ErrForbidden and ErrCursor.
func (c *Community) RoleProposals(ctx context.Context, who model.Actor, status model.RoleProposalStatus, page model.Page) (*model.List[*model.RoleProposal], error) {
	reach, err := who.Reach(model.OpApproveRole)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("role-proposals:%d:%s", who.MemberID, status)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.RoleProposals.List(ctx, who.Place.CommunityID, status, before, reach, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.RoleProposal) int64 { return int64(last.ID) })
	return list, c.nameProposals(ctx, c.store, list.Items...)
}

// nameProposals says who is meant.
func (c *Community) nameProposals(ctx context.Context, tx *repository.Store, proposals ...*model.RoleProposal) error {
	var ids []model.ID
	for _, p := range proposals {
		ids = append(ids, p.MemberID, p.ProposedBy)
		if p.DecidedBy != 0 {
			ids = append(ids, p.DecidedBy)
		}
	}
	refs, err := tx.Members.Refs(ctx, ids)
	for _, p := range proposals {
		p.Member, p.Proposer = refs[p.MemberID], refs[p.ProposedBy]
		if decider, known := refs[p.DecidedBy]; known && p.DecidedBy != 0 {
			p.Decider = &decider
		}
	}
	return err
}

// ApproveRole approves what another proposed, and does it. It fails with ErrForbidden outside the caller's subtree, with
// ErrOwnRole for who proposed it and whom it is about, with ErrRoleProposalState when it is over or who proposed it may not
// any more, with ErrDuplicate and ErrNotFound when it is done already, and with ErrLastAdmin.
func (c *Community) ApproveRole(ctx context.Context, who model.Actor, id model.ID) (*model.RoleProposal, error) {
	return c.decide(ctx, who, id, func(tx *repository.Store, p *model.RoleProposal, at *model.Node) error {
		if err := p.Decide(who.MemberID, model.RoleProposalApproved, "", c.now()); err != nil {
			return err
		}
		if err := c.stillEntitled(ctx, tx, p); err != nil {
			return err
		}
		if err := c.belongs(ctx, tx, p.MemberID, p.CommunityID); err != nil {
			return err
		}
		if p.Action == model.RevokeIt {
			return c.revoke(ctx, tx, who.MemberID, p.MemberID, p.Role, at)
		}
		_, err := c.grant(ctx, tx, who.MemberID, p.MemberID, p.Role, at)
		return err
	})
}

// stillEntitled fails with ErrRoleProposalState when who proposed may not do so any more.
func (c *Community) stillEntitled(ctx context.Context, tx *repository.Store, p *model.RoleProposal) error {
	proposer, err := tx.Members.Get(ctx, p.ProposedBy)
	if err != nil {
		return err
	}
	grants, err := tx.Roles.Of(ctx, p.ProposedBy)
	if err != nil {
		return err
	}
	if (model.Actor{MemberID: proposer.ID, Place: proposer.Place, Grants: grants}).May(model.OpGrantRole, p.Place) != nil {
		return model.ErrRoleProposalState
	}
	return nil
}

// DeclineRole refuses what another proposed. It fails as ApproveRole does, and with ErrInvalid without a reason.
func (c *Community) DeclineRole(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.RoleProposal, error) {
	return c.decide(ctx, who, id, func(tx *repository.Store, p *model.RoleProposal, at *model.Node) error {
		if err := p.Decide(who.MemberID, model.RoleProposalDeclined, reason, c.now()); err != nil {
			return err
		}
		return c.note(ctx, tx, model.AuthRoleDeclined, who.MemberID, p.MemberID, at, p.Role)
	})
}

// WithdrawRole takes the caller's own proposal back. It fails with ErrForbidden for one of somebody else's, and with
// ErrRoleProposalState.
func (c *Community) WithdrawRole(ctx context.Context, who model.Actor, id model.ID) (*model.RoleProposal, error) {
	return c.decide(ctx, who, id, func(tx *repository.Store, p *model.RoleProposal, at *model.Node) error {
		if err := p.Withdraw(who.MemberID, c.now()); err != nil {
			return err
		}
		return c.note(ctx, tx, model.AuthRoleDeclined, who.MemberID, p.MemberID, at, p.Role)
	})
}

// decide ends a proposal that the caller may decide, and tells who made it.
func (c *Community) decide(ctx context.Context, who model.Actor, id model.ID, step func(*repository.Store, *model.RoleProposal, *model.Node) error) (*model.RoleProposal, error) {
	return repository.Once(ctx, c.store, c.now(), func(tx *repository.Store) (*model.RoleProposal, error) {
		p, err := tx.RoleProposals.Lock(ctx, id)
		if err == nil {
			err = who.May(model.OpApproveRole, p.Place)
		}
		if err != nil {
			return nil, err
		}
		at, err := tx.Nodes.Get(ctx, p.NodeID)
		if err != nil {
			return nil, err
		}
		if err := step(tx, p, at); err != nil {
			return nil, err
		}
		if err := c.conclude(ctx, tx, p, at); err != nil {
			return nil, err
		}
		return p, c.nameProposals(ctx, tx, p)
	})
}

// conclude writes how a proposal ended, and tells who made it unless they ended it.
func (c *Community) conclude(ctx context.Context, tx *repository.Store, p *model.RoleProposal, at *model.Node) error {
	if err := tx.RoleProposals.Update(ctx, p); err != nil || p.Status == model.RoleProposalWithdrawn {
		return err
	}
	outcome := map[model.RoleProposalStatus]string{
		model.RoleProposalApproved: "已获同意并生效", model.RoleProposalDeclined: "未获同意", model.RoleProposalLapsed: "7 天内无人审批，已过期",
	}[p.Status]
	body := fmt.Sprintf("您提出的「%s」（%s）任免%s。", p.Role.Chinese(), at.Name, outcome)
	return notify.Tell(ctx, tx, c.decided(at, p.ProposedBy, "concluded:"+p.ID.String(), "任免提议有了结果", body))
}

// lapseAtOnce is how many proposals one sweep ends.
const lapseAtOnce = 200

// SweepProposals ends proposals that nobody decided in time, and returns how many.
func (c *Community) SweepProposals(ctx context.Context) (int, error) {
	ids, err := c.store.RoleProposals.Due(ctx, c.now(), lapseAtOnce)
	if err != nil {
		return 0, err
	}
	return c.store.Each(ctx, "role proposal", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		p, err := tx.RoleProposals.Lock(ctx, id)
		if err != nil || !p.Lapse(c.now()) {
			return false, err
		}
		at, err := tx.Nodes.Get(ctx, p.NodeID)
		if errors.Is(err, model.ErrNotFound) {
			at, err = &model.Node{Place: p.Place}, nil
		}
		if err != nil {
			return false, err
		}
		return true, c.conclude(ctx, tx, p, at)
	})
}

package community_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/audit"
	"linbanglin/service/community"
)

// cabinet is a world in which admin roles are given and taken.
type cabinet struct {
	*testworld.World
	*community.Community
	t     *testing.T
	store *repository.Store
	at    model.Instant
	admin model.Actor // who proposes
	chief model.Actor // the street officer, who decides
}

func eachCabinet(t *testing.T, test func(c *cabinet)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c := &cabinet{World: testworld.New(t, store), t: t, store: store, at: testworld.Now}
		c.Community = community.New(store, func() model.Instant { return c.at })
		c.admin, c.chief = c.Holder(model.RoleCommunityAdmin), c.Holder(model.RoleStreetOfficer)
		test(c)
		_, differences, err := audit.New(store, nil).CheckAuthEvents(t.Context())
		if err != nil || len(differences) > 0 {
			t.Errorf("%v, %v", differences, err)
		}
	})
}

func (c *cabinet) input(member model.ID, action model.RoleAction) community.ProposalInput {
	return community.ProposalInput{Member: member, Role: model.RoleAuditor, Node: c.World.Community.ID, Action: action, Reason: "工作需要"}
}

func (c *cabinet) propose(in community.ProposalInput) *model.RoleProposal {
	c.t.Helper()
	p, err := c.ProposeRole(c.t.Context(), c.admin, in)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

func (c *cabinet) holds(member model.ID, role model.Role) bool {
	c.t.Helper()
	grants, err := c.store.Roles.Of(c.t.Context(), member)
	if err != nil {
		c.t.Fatal(err)
	}
	return slices.ContainsFunc(grants, func(g model.Grant) bool { return g.Role == role })
}

func (c *cabinet) told(member model.ID, kind model.NoticeKind) (n int) {
	c.t.Helper()
	rows, err := c.store.Notices.List(c.t.Context(), member, false, 0, 100)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, row := range rows {
		if row.Kind == kind {
			n++
		}
	}
	return n
}

func (c *cabinet) want(err, want error, what string) {
	c.t.Helper()
	if !errors.Is(err, want) {
		c.t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func TestAnAdminRoleTakesTwoPeople(t *testing.T) {
	eachCabinet(t, func(c *cabinet) {
		ctx, member := t.Context(), c.Resident(0)
		_, err := c.GrantRole(ctx, c.admin, member.MemberID, model.RoleAuditor, c.World.Community.ID)
		c.want(err, model.ErrTwoPersons, "by one alone")
		in := c.input(member.MemberID, model.GrantIt)
		p := c.propose(in)
		if c.holds(member.MemberID, model.RoleAuditor) {
			t.Fatal("a proposal is an appointment")
		}
		_, err = c.ProposeRole(ctx, c.admin, in)
		c.want(err, model.ErrDuplicate, "the same again")
		for what, who := range map[string]model.Actor{"who proposed": c.admin, "a grid worker": c.Holder(model.RoleGridWorker), "an auditor": c.Holder(model.RoleAuditor), "the member": member} {
			_, err := c.ApproveRole(ctx, who, p.ID)
			if model.Reason(err).Kind != model.Forbidden {
				t.Errorf("%s approves: %v", what, err)
			}
		}
		_, err = c.ApproveRole(ctx, c.Others.Holder(model.RoleCommunityAdmin), p.ID)
		c.want(err, model.ErrNotFound, "another community approves")
		if n := c.told(c.chief.MemberID, model.NoticeRoleProposed); n != 1 {
			t.Errorf("who may decide was told %d times", n)
		}
		done, err := c.ApproveRole(ctx, c.chief, p.ID)
		if err != nil || done.Status != model.RoleProposalApproved || done.Decider == nil || !c.holds(member.MemberID, model.RoleAuditor) {
			t.Fatalf("got %+v, %v", done, err)
		}
		if c.told(member.MemberID, model.NoticeRoleDecided) != 1 || c.told(c.admin.MemberID, model.NoticeRoleDecided) != 1 {
			t.Error("the member and who proposed were not told")
		}
		_, err = c.ApproveRole(ctx, c.chief, p.ID)
		c.want(err, model.ErrRoleProposalState, "twice")
		_, err = c.ProposeRole(ctx, c.admin, in)
		c.want(err, model.ErrDuplicate, "what is held")

		c.want(c.RevokeRole(ctx, c.admin, member.MemberID, model.RoleAuditor, c.World.Community.ID), model.ErrTwoPersons, "taken by one alone")
		p = c.propose(c.input(member.MemberID, model.RevokeIt))
		if _, err := c.ApproveRole(ctx, c.chief, p.ID); err != nil || c.holds(member.MemberID, model.RoleAuditor) {
			t.Fatalf("the role is still held: %v", err)
		}
		_, err = c.ProposeRole(ctx, c.admin, c.input(member.MemberID, model.RevokeIt))
		c.want(err, model.ErrNotFound, "what is not held")
	})
}

func TestProposalsThatAreRefused(t *testing.T) {
	eachCabinet(t, func(c *cabinet) {
		other := c.Resident(0).MemberID
		for what, try := range map[string]struct {
			who  model.Actor
			edit func(*community.ProposalInput)
			want error
		}{
			"for oneself":        {c.admin, func(in *community.ProposalInput) { in.Member = c.admin.MemberID }, model.ErrForbidden},
			"by a street office": {c.chief, func(*community.ProposalInput) {}, model.ErrForbidden},
			"an ordinary role":   {c.admin, func(in *community.ProposalInput) { in.Role = model.RoleGridWorker }, model.ErrInvalid},
			"an unknown role":    {c.admin, func(in *community.ProposalInput) { in.Role = "king" }, model.ErrInvalid},
			"an unknown action":  {c.admin, func(in *community.ProposalInput) { in.Action = "sell" }, model.ErrInvalid},
			"without a reason":   {c.admin, func(in *community.ProposalInput) { in.Reason = " " }, model.ErrInvalid},
			"a long reason":      {c.admin, func(in *community.ProposalInput) { in.Reason = strings.Repeat("长", 201) }, model.ErrInvalid},
			"somebody elsewhere": {c.admin, func(in *community.ProposalInput) { in.Member = c.Others.Members[0].ID }, model.ErrNotFound},
			"a node elsewhere":   {c.admin, func(in *community.ProposalInput) { in.Node = c.Others.Community.ID }, model.ErrNotFound},
		} {
			in := c.input(other, model.GrantIt)
			try.edit(&in)
			_, err := c.ProposeRole(t.Context(), try.who, in)
			c.want(err, try.want, what)
		}
		list, err := c.RoleProposals(t.Context(), c.chief, "", model.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("got %+v, %v", list, err)
		}
		_, err = c.RoleProposals(t.Context(), c.Holder(model.RoleGridWorker), "", model.Page{})
		c.want(err, model.ErrForbidden, "read by a grid worker")
	})
}

func TestProposalsEndWithoutEffect(t *testing.T) {
	eachCabinet(t, func(c *cabinet) {
		ctx := t.Context()
		declined, withdrawn, lapsed := c.Resident(0).MemberID, c.Resident(1).MemberID, c.Resident(2).MemberID
		p := c.propose(c.input(declined, model.GrantIt))
		_, err := c.DeclineRole(ctx, c.chief, p.ID, "  ")
		c.want(err, model.ErrInvalid, "declined without a reason")
		if p, err = c.DeclineRole(ctx, c.chief, p.ID, "人选另议"); err != nil || p.Status != model.RoleProposalDeclined || p.Decision != "人选另议" {
			t.Fatalf("got %+v, %v", p, err)
		}
		p = c.propose(c.input(withdrawn, model.GrantIt))
		_, err = c.WithdrawRole(ctx, c.chief, p.ID)
		c.want(err, model.ErrForbidden, "taken back by another")
		if p, err = c.WithdrawRole(ctx, c.admin, p.ID); err != nil || p.Status != model.RoleProposalWithdrawn {
			t.Fatalf("got %+v, %v", p, err)
		}
		p = c.propose(c.input(lapsed, model.GrantIt))
		c.at = c.at.Add(7 * 24 * time.Hour)
		_, err = c.ApproveRole(ctx, c.chief, p.ID)
		c.want(err, model.ErrRoleProposalState, "after a week")
		if n, err := c.SweepProposals(ctx); err != nil || n != 1 {
			t.Fatalf("swept %d, %v", n, err)
		}
		if n, err := c.SweepProposals(ctx); err != nil || n != 0 {
			t.Fatalf("swept %d again, %v", n, err)
		}
		c.propose(c.input(lapsed, model.GrantIt))
		for _, id := range []model.ID{declined, withdrawn, lapsed} {
			if c.holds(id, model.RoleAuditor) {
				t.Errorf("%d holds the role", id)
			}
		}
		var seen []model.RoleProposalStatus
		for page := (model.Page{Limit: 1}); ; {
			list, err := c.RoleProposals(ctx, c.chief, "", page)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range list.Items {
				seen = append(seen, p.Status)
			}
			if page.Cursor = list.NextCursor; page.Cursor == "" {
				break
			}
		}
		want := []model.RoleProposalStatus{model.RoleProposalOpen, model.RoleProposalLapsed, model.RoleProposalWithdrawn, model.RoleProposalDeclined}
		if !slices.Equal(seen, want) {
			t.Errorf("listed %v", seen)
		}
	})
}

// TestWhoLostTheirRoleProposesNothing approves what somebody proposed who has been removed since.
func TestWhoLostTheirRoleProposesNothing(t *testing.T) {
	eachCabinet(t, func(c *cabinet) {
		ctx := t.Context()
		second := c.second()
		p := c.propose(c.input(c.Resident(0).MemberID, model.GrantIt))
		in := c.input(c.admin.MemberID, model.RevokeIt)
		in.Role = model.RoleCommunityAdmin
		removal, err := c.ProposeRole(ctx, second, in)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ApproveRole(ctx, c.admin, removal.ID)
		c.want(err, model.ErrOwnRole, "about oneself")
		if _, err := c.ApproveRole(ctx, c.chief, removal.ID); err != nil {
			t.Fatal(err)
		}
		_, err = c.ApproveRole(ctx, c.chief, p.ID)
		c.want(err, model.ErrRoleProposalState, "by who lost the role")
	})
}

// second makes another admin of the community.
func (c *cabinet) second() model.Actor {
	c.t.Helper()
	in := c.input(c.Resident(5).MemberID, model.GrantIt)
	in.Role = model.RoleCommunityAdmin
	p := c.propose(in)
	if _, err := c.ApproveRole(c.t.Context(), c.chief, p.ID); err != nil {
		c.t.Fatal(err)
	}
	who := c.Resident(5)
	who.Grants = append(slices.Clone(who.Grants), model.Grant{Role: in.Role, NodeID: in.Node, NodeKind: model.KindCommunity})
	return who
}

// TestTheLastAdminStays has two admins give up their role at once: one of them stays, whoever was later.
func TestTheLastAdminStays(t *testing.T) {
	eachCabinet(t, func(c *cabinet) {
		community := c.World.Community.ID
		c.want(c.RevokeRole(t.Context(), c.admin, c.admin.MemberID, model.RoleCommunityAdmin, community), model.ErrLastAdmin, "the only one")
		both := []model.Actor{c.admin, c.second()}
		var left, stayed atomic.Int64
		var all sync.WaitGroup
		for _, who := range both {
			all.Go(func() {
				switch err := c.RevokeRole(t.Context(), who, who.MemberID, model.RoleCommunityAdmin, community); {
				case err == nil:
					left.Add(1)
				case errors.Is(err, model.ErrLastAdmin):
					stayed.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if left.Load() != 1 || stayed.Load() != 1 {
			t.Errorf("%d left, %d stayed", left.Load(), stayed.Load())
		}
		auditor := c.Holder(model.RoleAuditor)
		c.want(c.RevokeRole(t.Context(), auditor, auditor.MemberID, model.RoleAuditor, community), nil, "one's own office")
		c.want(c.RevokeRole(t.Context(), auditor, auditor.MemberID, model.RoleCommunityAdmin, community), model.ErrNotFound, "what one does not hold")
	})
}

// TestTwoApproveAtOnce has two who are entitled approve one proposal at the same time.
func TestTwoApproveAtOnce(t *testing.T) {
	eachCabinet(t, func(c *cabinet) {
		deciders := []model.Actor{c.chief, c.second()}
		p := c.propose(c.input(c.Resident(0).MemberID, model.GrantIt))
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for _, who := range deciders {
			all.Go(func() {
				switch _, err := c.ApproveRole(t.Context(), who, p.ID); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, model.ErrRoleProposalState):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 1 || !c.holds(c.Resident(0).MemberID, model.RoleAuditor) {
			t.Errorf("%d won, %d lost", won.Load(), lost.Load())
		}
	})
}

package market

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// own gives a locked request to an officer who is no party to it: the grid worker of the place, else a community
// admin. Only where there is no other does an admin own a request that is also theirs. Of several it is the one
// with the fewest cases.
func own(ctx context.Context, tx *repository.Store, r *model.HelpRequest, d *model.Dispatch, now model.Instant) error {
	officers, err := officersFor(ctx, tx, r)
	if err != nil || len(officers) == 0 {
		return err
	}
	cases, err := tx.Asks.CountCases(ctx, officers)
	if err != nil {
		return err
	}
	d.Own(slices.MinFunc(officers, func(a, b model.ID) int {
		return cmp.Or(cmp.Compare(cases[a], cases[b]), cmp.Compare(a, b))
	}), now)
	return notify.Tell(ctx, tx, aboutCase(r, d.OwnerID, model.NoticeCase, "有一件求助由您负责", "《"+r.Title+"》还没有邻居能去，请您跟进；别人接手之前由您负责。", now))
}

// officersFor returns those of whom one is to own a request.
func officersFor(ctx context.Context, tx *repository.Store, r *model.HelpRequest) ([]model.ID, error) {
	held, err := tx.Roles.Officers(ctx, r.CommunityID, model.RoleGridWorker, model.RoleCommunityAdmin)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(held))
	for i, h := range held {
		ids[i] = h.MemberID
	}
	people, err := tx.Members.Some(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, tier := range []struct {
		role  model.Role
		party bool
	}{{model.RoleGridWorker, false}, {model.RoleCommunityAdmin, false}, {model.RoleCommunityAdmin, true}} {
		var officers []model.ID
		for _, h := range held {
			grant := model.Grant{Role: h.Role, NodeID: h.NodeID, NodeKind: h.NodeKind}
			if p := people[h.MemberID]; p != nil && h.Role == tier.role && grant.Covers(r.Place) && (tier.party || !isParty(p.ID, p.Place, r)) {
				officers = append(officers, p.ID)
			}
		}
		if len(officers) > 0 {
			return officers, nil
		}
	}
	return nil, nil
}

// isParty reports whether somebody has a part in a request, or lives with who asks.
func isParty(member model.ID, home model.Place, r *model.HelpRequest) bool {
	return r.Involves(member) || r.HouseholdID != 0 && home.HouseholdID == r.HouseholdID
}

func aboutCase(r *model.HelpRequest, member model.ID, kind model.NoticeKind, title, body string, now model.Instant) *model.Notice {
	n := aboutRequest(r, member, kind, title, body, 0, now)
	n.Key = fmt.Sprintf("%s:%d:%d", kind, r.ID, now)
	return n
}

// Case (首问) is a request that an officer sees to.
type Case struct {
	Request  *model.HelpRequest `json:"request"`
	Owner    model.MemberRef    `json:"owner" doc:"首问负责人"`
	Since    model.Instant      `json:"since"`
	Proposed *model.MemberRef   `json:"proposed,omitempty" doc:"拟移交给谁；对方接受之前仍由 owner 负责"`
	Note     string             `json:"note,omitempty"`
}

// Cases lists the cases that the caller owns or is to take over, or with all those within the caller's reach, newest
// request first. It fails with ErrForbidden and ErrCursor.
func (m *Market) Cases(ctx context.Context, who model.Actor, all bool, page model.Page) (*model.List[*Case], error) {
	reach, err := who.Reach(model.OpManageRequest)
	if err != nil {
		return nil, err
	}
	q := &repository.CaseQuery{Community: who.Place.CommunityID, Member: who.MemberID, Before: math.MaxInt64, Limit: page.Size() + 1}
	if all {
		q.Member, q.Reach = 0, reach
	}
	name := fmt.Sprintf("cases:%d:%t", who.MemberID, all)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	if after != nil {
		q.Before = model.ID(after[0])
	}
	rows, err := m.store.Asks.Cases(ctx, q)
	if err != nil {
		return nil, err
	}
	dispatches := model.PageOf(name, page, rows, func(last *model.Dispatch) int64 { return int64(last.RequestID) })
	cases, err := m.viewCases(ctx, m.store, who, dispatches.Items)
	return &model.List[*Case]{Items: cases, NextCursor: dispatches.NextCursor}, err
}

func (m *Market) viewCases(ctx context.Context, s *repository.Store, who model.Actor, dispatches []*model.Dispatch) ([]*Case, error) {
	var ids, people []model.ID
	for _, d := range dispatches {
		ids, people = append(ids, d.RequestID), append(people, d.OwnerID, d.ProposedID)
	}
	found, err := s.Requests.Some(ctx, ids)
	if err != nil {
		return nil, err
	}
	refs, err := s.Members.Refs(ctx, people)
	cases, requests := []*Case{}, []*model.HelpRequest{}
	for _, d := range dispatches {
		c := &Case{Request: found[d.RequestID], Owner: refs[d.OwnerID], Since: d.OwnedAt, Note: d.Note}
		if ref, ok := refs[d.ProposedID]; ok {
			c.Proposed = &ref
		}
		cases, requests = append(cases, c), append(requests, c.Request)
	}
	if err != nil {
		return nil, err
	}
	return cases, m.views(ctx, s, who, requests)
}

// HandOver proposes to another officer to take the caller's case; the caller owns it until that one accepts. It fails
// with ErrForbidden unless the caller owns it, with ErrInvalid for who is no officer there or a party to the request,
// and with ErrCaseState when there is no case.
func (m *Market) HandOver(ctx context.Context, who model.Actor, id, to model.ID, note string) (*Case, error) {
	return m.changeCase(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, d *model.Dispatch, now model.Instant) error {
		if err := d.Propose(who.MemberID, to, strings.TrimSpace(note), now); err != nil {
			return err
		}
		if err := maySeeTo(ctx, tx, to, r); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, aboutCase(r, to, model.NoticeCaseProposed, "请您接手一件求助", "《"+r.Title+"》希望由您接着负责，请确认是否接手。", now))
	})
}

var errHeir = model.ErrInvalid.Saying("只能移交给管这片求助、又与它无关的人", "A case goes to an officer of the place who is no party to the request.")

// maySeeTo fails with ErrInvalid unless a member manages requests there and has no part in this one.
func maySeeTo(ctx context.Context, tx *repository.Store, member model.ID, r *model.HelpRequest) error {
	people, err := tx.Members.Some(ctx, []model.ID{member})
	if err != nil {
		return err
	}
	p := people[member]
	if p == nil || isParty(p.ID, p.Place, r) {
		return errHeir
	}
	grants, err := tx.Roles.Of(ctx, member)
	if err != nil {
		return err
	}
	if (model.Actor{MemberID: p.ID, Place: p.Place, Grants: grants}).May(model.OpManageRequest, r.Place) != nil {
		return errHeir
	}
	return nil
}

// AcceptCase makes the caller the owner of a case that was proposed to them. It fails with ErrCaseState unless it was,
// and with ErrForbidden for who may not manage requests there any more.
func (m *Market) AcceptCase(ctx context.Context, who model.Actor, id model.ID) (*Case, error) {
	return m.changeCase(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, d *model.Dispatch, now model.Instant) error {
		before := d.OwnerID
		if err := who.May(model.OpManageRequest, r.Place); err != nil {
			return err
		}
		if err := d.Accept(who.MemberID, now); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, aboutCase(r, before, model.NoticeCaseAccepted, "求助已经移交", "《"+r.Title+"》已由对方接手负责。", now))
	})
}

// changeCase runs one step of a case under the lock of its request. It fails with ErrNotFound for who may not read that.
func (m *Market) changeCase(ctx context.Context, who model.Actor, id model.ID,
	step func(tx *repository.Store, r *model.HelpRequest, d *model.Dispatch, now model.Instant) error,
) (*Case, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*Case, error) {
		r, err := tx.Requests.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayRead(who, r); err != nil {
			return nil, err
		}
		d, err := tx.Asks.Dispatch(ctx, id)
		if err != nil {
			return nil, err
		}
		if d == nil {
			return nil, model.ErrCaseState
		}
		if err := step(tx, r, d, m.now()); err != nil {
			return nil, err
		}
		if err := tx.Asks.UpdateDispatch(ctx, d); err != nil {
			return nil, err
		}
		cases, err := m.viewCases(ctx, tx, who, []*model.Dispatch{d})
		if err != nil {
			return nil, err
		}
		return cases[0], nil
	})
}

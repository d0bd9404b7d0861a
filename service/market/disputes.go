package market

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Dispute says that the work is not as reported, or was not confirmed as it was. A mediator of the branch is found who
// is no party to it. It fails with ErrForbidden unless the caller speaks for the requester or is a helper whose work was
// not confirmed as reported, and with ErrRequestState unless the work is done or was confirmed lately, or when it was
// disputed before.
func (m *Market) Dispute(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, model.ActionDispute, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if !r.MayDispute(who.MemberID) {
			return model.ErrForbidden
		}
		if err := r.Dispute(reason, now); err != nil {
			return err
		}
		mediator, err := mediator(ctx, tx, r)
		if err != nil {
			return err
		}
		d := &model.Dispute{
			ID: m.store.NewID(), CommunityID: r.CommunityID, RequestID: r.ID, OpenedBy: who.MemberID, Reason: reason, MediatorID: mediator, OpenedAt: now,
		}
		if err := tx.Disputes.Create(ctx, d); err != nil {
			if errors.Is(err, model.ErrDuplicate) {
				return model.ErrRequestState.Saying("这件事已经裁定过，不能再次提出异议", "This was disputed and ruled on before.")
			}
			return err
		}
		if mediator == 0 {
			return nil
		}
		return notify.Tell(ctx, tx, &model.Notice{
			CommunityID: r.CommunityID, MemberID: mediator, Kind: model.NoticeMediation, Title: "请您调解一件异议",
			Body: fmt.Sprintf("《%s》有异议，请听取双方陈述后裁定。", r.Title), Ref: model.NoticeRef{Type: model.RefRequest, ID: r.ID},
			Key: "mediate:" + d.ID.String(), CreatedAt: now,
		})
	})
}

// mediator returns who is to mediate at a request: a secretary of its branch or of one in its area, else a grid worker
// there, else an administrator of the community; never a party to it, the least busy first. Zero is nobody.
func mediator(ctx context.Context, tx *repository.Store, r *model.HelpRequest) (model.ID, error) {
	offices := []model.Role{model.RoleSecretary, model.RoleGridWorker, model.RoleCommunityAdmin}
	held, err := tx.Roles.Officers(ctx, r.CommunityID, offices...)
	if err != nil {
		return 0, err
	}
	ids := make([]model.ID, len(held))
	nodes := make([]model.ID, len(held))
	for i, h := range held {
		ids[i], nodes[i] = h.MemberID, h.NodeID
	}
	people, err := tx.Members.Some(ctx, ids)
	if err != nil {
		return 0, err
	}
	busy, err := tx.Disputes.CountOpen(ctx, ids)
	if err != nil {
		return 0, err
	}
	posts, err := tx.Nodes.ByIDs(ctx, nodes)
	if err != nil {
		return 0, err
	}
	places := map[model.ID]model.Place{}
	for _, n := range posts {
		places[n.ID] = n.Place
	}
	parties, err := circleOf(ctx, tx, r)
	if err != nil {
		return 0, err
	}
	fit := slices.DeleteFunc(held, func(h *repository.Role) bool {
		p := people[h.MemberID]
		return p == nil || parties.has(p.ID, p.Place) || !serves(h, places[h.NodeID], r.Place)
	})
	if len(fit) == 0 {
		return 0, nil
	}
	return slices.MinFunc(fit, func(a, b *repository.Role) int {
		return cmp.Or(cmp.Compare(slices.Index(offices, a.Role), slices.Index(offices, b.Role)), cmp.Compare(busy[a.MemberID], busy[b.MemberID]), cmp.Compare(a.ID, b.ID))
	}).MemberID, nil
}

// serves reports whether an office is there for a request at a place: it covers the place, or it is of a branch whose
// area does, since most residents belong to no branch.
func serves(office *repository.Role, post, at model.Place) bool {
	if office.NodeKind == model.KindBranch && office.NodeID != at.BranchID {
		return post.AreaID != 0 && post.AreaID == at.AreaID
	}
	return model.Grant{NodeID: office.NodeID, NodeKind: office.NodeKind}.Covers(at)
}

// mayMediate lets the mediator of a request's dispute, and who mediates there; never a party to it or one of their
// household. It fails with ErrForbidden.
func mayMediate(ctx context.Context, s *repository.Store, who model.Actor, r *model.HelpRequest) error {
	named, err := s.Disputes.Mediates(ctx, who.MemberID, r.ID)
	if err != nil {
		return err
	}
	if !named {
		if err := who.May(model.OpMediate, r.Place); err != nil {
			return err
		}
	}
	return apart(ctx, s, who, r)
}

// Resolve ends a dispute: with credit for the helpers, as verdicts say, or without. What was credited before and is not
// any more is reversed. It fails with ErrForbidden for a party to it and for who does not mediate there, with ErrInvalid
// on verdicts that fit no claim, and with ErrRequestState unless the request is disputed.
func (m *Market) Resolve(ctx context.Context, who model.Actor, id model.ID, credit bool, reason string, verdicts []model.Verdict) (*model.HelpRequest, error) {
	defer m.ledger.Nudge()
	return m.change(ctx, who, id, model.ActionResolve, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := mayMediate(ctx, tx, who, r); err != nil {
			return err
		}
		outcome, step := model.DisputeClosed, func() error { return r.Close(reason, now) }
		if credit {
			outcome, step = model.DisputeUpheld, func() error { return r.Resolve(reason, verdicts, now) }
		}
		if err := m.settle(ctx, tx, r, who.MemberID, step); err != nil {
			return err
		}
		return tx.Disputes.Resolve(ctx, r.ID, who.MemberID, outcome, reason, now)
	})
}

// DisputeOf returns the dispute of a request with its evidence. It fails with ErrNotFound, and with ErrForbidden for who
// is no party to it and does not mediate there.
func (m *Market) DisputeOf(ctx context.Context, who model.Actor, id model.ID) (*model.Dispute, error) {
	r, err := m.heard(ctx, m.store, who, id)
	if err != nil {
		return nil, err
	}
	d, err := m.store.Disputes.Of(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	return d, viewDisputes(ctx, m.store, d)
}

// heard returns a request on whose dispute the caller may be heard.
func (m *Market) heard(ctx context.Context, s *repository.Store, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	r, err := s.Requests.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !r.Trusts(who.MemberID) {
		if err := mayRead(who, r); err != nil {
			if named, failed := s.Disputes.Mediates(ctx, who.MemberID, r.ID); failed != nil || !named {
				return nil, errors.Join(failed, err)
			}
		}
		if err := mayMediate(ctx, s, who, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Testify puts a statement of a party or the mediator on record. It fails as DisputeOf does, with ErrInvalid, and with
// ErrDisputeState once the dispute is over.
func (m *Market) Testify(ctx context.Context, who model.Actor, id model.ID, text string) (*model.Dispute, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.Dispute, error) {
		if _, err := m.heard(ctx, tx, who, id); err != nil {
			return nil, err
		}
		if _, err := tx.Requests.Lock(ctx, id); err != nil { // so that it does not end meanwhile
			return nil, err
		}
		d, err := tx.Disputes.Of(ctx, id)
		if err != nil {
			return nil, err
		}
		e, err := d.Add(m.store.NewID(), who.MemberID, text, m.now())
		if err != nil {
			return nil, err
		}
		if err := tx.Disputes.Add(ctx, e); err != nil {
			return nil, err
		}
		return d, viewDisputes(ctx, tx, d)
	})
}

// Disputes lists the open disputes that the caller mediates, or with all those of requests within the caller's reach,
// newest first. It fails with ErrForbidden and ErrCursor.
func (m *Market) Disputes(ctx context.Context, who model.Actor, all bool, page model.Page) (*model.List[*model.Dispute], error) {
	mediator, reach := who.MemberID, []model.Grant(nil)
	if all {
		var err error
		if reach, err = who.Reach(model.OpMediate); err != nil {
			return nil, err
		}
		mediator = 0
	}
	name := fmt.Sprintf("disputes:%d:%t", who.MemberID, all)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := m.store.Disputes.Open(ctx, who.Place.CommunityID, mediator, reach, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Dispute) int64 { return int64(last.ID) })
	return list, viewDisputes(ctx, m.store, list.Items...)
}

// viewDisputes names the people of disputes.
func viewDisputes(ctx context.Context, s *repository.Store, disputes ...*model.Dispute) error {
	var people []model.ID
	for _, d := range disputes {
		people = append(people, d.OpenedBy, d.MediatorID)
		for _, e := range d.Evidence {
			people = append(people, e.MemberID)
		}
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, d := range disputes {
		d.Opener, d.Mediator = refs[d.OpenedBy], refs[d.MediatorID]
		if d.Evidence == nil {
			d.Evidence = []*model.Evidence{}
		}
		for _, e := range d.Evidence {
			e.Member = refs[e.MemberID]
		}
	}
	return err
}

// ChaseDisputes tells the administrators of communities of disputes that nobody has resolved in MediateWithin, or whom
// nobody could be found for, once each. Any number of processes may run it, at any time; each looks once a day.
func (m *Market) ChaseDisputes(ctx context.Context) (late int, err error) {
	now := m.now()
	if model.Day(m.chased.Load()) == now.Day() {
		return 0, nil
	}
	for after := model.ID(0); ; {
		disputes, err := m.store.Disputes.Late(ctx, now.Add(-model.MediateWithin), after, sweepBatch)
		if err != nil {
			return late, err
		}
		for _, d := range disputes {
			if err := m.chase(ctx, d, now); err != nil {
				return late, err
			}
			after, late = d.ID, late+1
		}
		if len(disputes) < sweepBatch {
			m.chased.Store(int32(now.Day()))
			return late, nil
		}
	}
}

// chase tells the administrators of a community of one dispute.
func (m *Market) chase(ctx context.Context, d *model.Dispute, now model.Instant) error {
	admins, err := m.store.Roles.Officers(ctx, d.CommunityID, model.RoleCommunityAdmin)
	if err != nil {
		return err
	}
	notices := make([]*model.Notice, len(admins))
	for i, a := range admins {
		notices[i] = &model.Notice{
			CommunityID: d.CommunityID, MemberID: a.MemberID, Kind: model.NoticeMediation, Title: "有一件异议还没有裁定", Body: "请督促调解人，或由社区裁定。",
			Ref: model.NoticeRef{Type: model.RefRequest, ID: d.RequestID}, Key: "mediate-late:" + d.ID.String(), CreatedAt: now,
		}
	}
	return m.store.Tx(ctx, func(tx *repository.Store) error { return notify.Tell(ctx, tx, notices...) })
}

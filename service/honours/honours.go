package honours

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Honours is the use cases of pioneer posts.
type Honours struct {
	store *repository.Store
	now   func() model.Instant
}

// New returns the honours of a store.
func New(store *repository.Store, now func() model.Instant) *Honours { return &Honours{store, now} }

// PostInput is for whom a post is proposed, and why.
type PostInput struct {
	Holder   model.ID
	Spot     string
	Title    string
	From, To model.Day
	Reason   string
	Basis    string
}

// Propose proposes a member for a post at the part of the tree below a node. It fails with ErrForbidden, ErrNotFound for no
// such part and for nobody of the community, and with ErrInvalid and ErrDays.
func (h *Honours) Propose(ctx context.Context, who model.Actor, node model.ID, in PostInput) (*model.PioneerPost, error) {
	return repository.Once(ctx, h.store, h.now(), func(tx *repository.Store) (*model.PioneerPost, error) {
		at, err := tx.Nodes.Get(ctx, node)
		if err == nil {
			err = who.May(model.OpManagePosts, at.Place)
		}
		if err != nil {
			return nil, err
		}
		m, err := tx.Members.Get(ctx, in.Holder)
		switch {
		case err != nil:
			return nil, err
		case m.CommunityID != at.CommunityID || m.MergedInto != 0:
			return nil, model.ErrNotFound
		case !m.Adult(h.now().Time().Year()):
			return nil, model.ErrInvalid.Saying("未成年人不公开表彰", "Minors are not honoured in public.")
		}
		p := &model.PioneerPost{
			ID: h.store.NewID(), Place: at.Place, NodeID: at.ID, NodeKind: at.Kind, Spot: in.Spot, Title: in.Title, HolderID: in.Holder,
			FromDay: in.From, ToDay: in.To, Reason: in.Reason, Basis: in.Basis, ProposedBy: who.MemberID,
		}
		if err := p.Propose(h.now()); err != nil {
			return nil, err
		}
		if err := tx.PioneerPosts.Create(ctx, p); err != nil {
			return nil, err
		}
		return p, h.view(ctx, tx, p)
	})
}

// decide makes a step of a post under its lock, and tells its holder when it is published or was.
func (h *Honours) decide(ctx context.Context, who model.Actor, id model.ID, step func(p *model.PioneerPost, now model.Instant) error) (*model.PioneerPost, error) {
	return repository.Once(ctx, h.store, h.now(), func(tx *repository.Store) (*model.PioneerPost, error) {
		p, err := tx.PioneerPosts.Lock(ctx, id)
		if err == nil {
			err = who.May(model.OpManagePosts, p.Place)
		}
		if err != nil {
			return nil, err
		}
		if err := step(p, h.now()); err != nil {
			return nil, err
		}
		if err := tx.PioneerPosts.Update(ctx, p); err != nil {
			return nil, err
		}
		if err := notify.Tell(ctx, tx, news(p)...); err != nil {
			return nil, err
		}
		return p, h.view(ctx, tx, p)
	})
}

func news(p *model.PioneerPost) []*model.Notice {
	n := &model.Notice{
		CommunityID: p.CommunityID, MemberID: p.HolderID, Kind: model.NoticePost, Ref: model.NoticeRef{Type: model.RefPost, ID: p.ID},
		Key: fmt.Sprintf("post:%d:%s", p.ID, p.Status), CreatedAt: p.UpdatedAt,
	}
	switch p.Status {
	case model.PostPublished:
		n.Title, n.Body = "您被评为先锋岗", fmt.Sprintf("%s「%s」，%s 至 %s。", p.Spot, p.Title, p.FromDay, p.ToDay)
	case model.PostRevoked:
		n.Title, n.Body = "先锋岗已撤销", fmt.Sprintf("%s「%s」：%s", p.Spot, p.Title, p.Decision)
	default:
		return nil
	}
	return []*model.Notice{n}
}

// Approve publishes a post that somebody else proposed. It fails with ErrForbidden, ErrNotFound, ErrOwnPost and ErrPostState.
func (h *Honours) Approve(ctx context.Context, who model.Actor, id model.ID) (*model.PioneerPost, error) {
	return h.decide(ctx, who, id, func(p *model.PioneerPost, now model.Instant) error { return p.Approve(who.MemberID, now) })
}

// Reject turns a post down that somebody else proposed, with a reason. It fails as Approve does, and with ErrInvalid.
func (h *Honours) Reject(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.PioneerPost, error) {
	return h.decide(ctx, who, id, func(p *model.PioneerPost, now model.Instant) error { return p.Reject(who.MemberID, reason, now) })
}

// Revoke takes a published post back, with a reason, and tells its holder. It fails as Approve does, and with ErrInvalid.
func (h *Honours) Revoke(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.PioneerPost, error) {
	return h.decide(ctx, who, id, func(p *model.PioneerPost, now model.Instant) error { return p.Revoke(who.MemberID, reason, now) })
}

// List lists the published posts of the caller's community, newest first, or all of the caller's own with mine. It fails
// with ErrUnbound and ErrCursor.
func (h *Honours) List(ctx context.Context, who model.Actor, mine bool, page model.Page) (*model.List[*model.PioneerPost], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	q := &repository.PostQuery{States: []model.PostStatus{model.PostPublished}}
	if mine {
		q.Holder, q.States = who.MemberID, append(q.States, model.PostRevoked)
	}
	return h.list(ctx, who, fmt.Sprintf("honours list:%d:%t", who.MemberID, mine), q, page)
}

// Managed lists posts in every state within the caller's reach, newest first. It fails with ErrForbidden and ErrCursor.
func (h *Honours) Managed(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.PioneerPost], error) {
	reach, err := who.Reach(model.OpManagePosts)
	if err != nil {
		return nil, err
	}
	q := &repository.PostQuery{Reach: reach, States: []model.PostStatus{model.PostProposed, model.PostPublished, model.PostRejected, model.PostRevoked}}
	return h.list(ctx, who, fmt.Sprintf("posts:%d", who.MemberID), q, page)
}

func (h *Honours) list(ctx context.Context, who model.Actor, name string, q *repository.PostQuery, page model.Page) (*model.List[*model.PioneerPost], error) {
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	q.Community, q.Before, q.Limit = who.Place.CommunityID, before, page.Size()+1
	rows, err := h.store.PioneerPosts.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.PioneerPost) int64 { return int64(last.ID) })
	return list, h.view(ctx, h.store, list.Items...)
}

// view completes posts for their readers: who opted out of being named has no name here either.
func (h *Honours) view(ctx context.Context, s *repository.Store, posts ...*model.PioneerPost) error {
	people := make([]model.ID, len(posts))
	for i, p := range posts {
		people[i] = p.HolderID
	}
	refs, err := s.Members.BoardRefs(ctx, people)
	today := h.now().Day()
	for _, p := range posts {
		p.Holder, p.Now = refs[p.HolderID], p.Status == model.PostPublished && p.FromDay <= today && today <= p.ToDay
	}
	return err
}

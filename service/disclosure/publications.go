package disclosure

import (
	"context"
	"encoding/hex"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Plan is what someone wants to publish.
type Plan struct {
	Kind  model.PublicationKind
	Scope model.ID // a node of the tree or a branch
	Title string
	Days  int       // 0: seven
	From  model.Day // the period of published points, both days included
	To    model.Day
}

// Publish puts before the neighbours of a scope either all verified declarations there that the caller has no
// part in, or what the members there earned in a period. It fails with ErrForbidden or ErrNotFound for a
// scope out of reach, with ErrNothingToPublish, ErrPeriod and ErrInvalid.
func (d *Disclosure) Publish(ctx context.Context, who model.Actor, in Plan) (*model.Publication, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Publication, error) {
		p := &model.Publication{
			ID: d.store.NewID(), Kind: in.Kind, Title: in.Title, FromDay: in.From, ToDay: in.To, CreatedBy: who.MemberID,
		}
		if p.Kind == model.PublishCampaign {
			return nil, model.ErrInvalid.Saying("活动结果请在活动中公示", "The result of a campaign is published from the campaign.")
		}
		if err := aim(ctx, tx, who, in.Scope, p); err != nil {
			return nil, err
		}
		if err := p.Open(in.Days, d.now()); err != nil {
			return nil, err
		}
		collect := takeWork
		if p.Kind == model.PublishPoints {
			collect = sumPoints
		}
		items, err := collect(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			return nil, model.ErrNothingToPublish
		}
		p.Freeze(items)
		if err := tx.Publications.Create(ctx, p, items); err != nil {
			return nil, err
		}
		return viewPublication(ctx, tx, p)
	})
}

// aim sets the scope of a publication if the caller may publish there.
func aim(ctx context.Context, tx *repository.Store, who model.Actor, scope model.ID, p *model.Publication) error {
	node, err := tx.Nodes.Get(ctx, scope)
	if err != nil {
		return err
	}
	if err := who.May(model.OpPublish, node.Place); err != nil {
		return err
	}
	if node.Kind == model.KindHousehold {
		return model.ErrInvalid.Saying("公示范围不能是一户", "A household is no scope of a publication.")
	}
	p.Place, p.ScopeNodeID, p.ScopeKind = node.Place, node.ID, node.Kind
	return nil
}

// takeWork moves the verified declarations of the scope that the publisher has no part in into the publication.
func takeWork(ctx context.Context, tx *repository.Store, p *model.Publication) ([]*model.PublicationItem, error) {
	ids, err := tx.Declarations.Publishable(ctx, p.CommunityID, p.Subtree(), p.CreatedBy, model.MaxPublishedWork)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	locked, err := tx.Declarations.Lock(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var taken, people []model.ID
	var work []*model.Declaration
	for _, w := range locked {
		if w.Publish(p.CreatedBy, p.ID, p.StartsAt) == nil { // else somebody was faster
			taken, people, work = append(taken, w.ID), append(people, w.MemberID), append(work, w)
		}
	}
	if len(taken) == 0 {
		return nil, nil
	}
	members, err := tx.Members.Some(ctx, people)
	if err != nil {
		return nil, err
	}
	items := make([]*model.PublicationItem, len(work))
	for i, w := range work {
		items[i] = model.NewItem(members[w.MemberID], p.StartsAt.Day())
		items[i].Declares(w)
	}
	return items, tx.Declarations.Publish(ctx, p, taken, p.StartsAt)
}

// sumPoints makes an item of each adult member of the scope who earned something in the period, verified and
// declared apart. It fails with ErrInvalid when these are too many for one publication.
func sumPoints(ctx context.Context, tx *repository.Store, p *model.Publication) ([]*model.PublicationItem, error) {
	rows, err := tx.Points.EarnedIn(ctx, p.CommunityID, p.Subtree(), p.FromDay, p.ToDay)
	if err != nil {
		return nil, err
	}
	return itemsOf(ctx, tx, p, rows)
}

// itemsOf makes an item of each adult who earned something. It fails with ErrInvalid for too many.
func itemsOf(ctx context.Context, tx *repository.Store, p *model.Publication, rows []*repository.Earned) ([]*model.PublicationItem, error) {
	var people []model.ID
	for _, r := range rows {
		if len(people) == 0 || people[len(people)-1] != r.MemberID {
			people = append(people, r.MemberID)
		}
	}
	if len(people) > model.MaxPublishedMembers {
		return nil, model.ErrInvalid.Saying("一次公示不能超过 10000 人，请缩小范围", "One publication lists at most 10,000 members; please narrow the scope.")
	}
	members, err := tx.Members.Some(ctx, people)
	if err != nil {
		return nil, err
	}
	var items []*model.PublicationItem
	for len(rows) > 0 {
		member := members[rows[0].MemberID]
		item := model.NewItem(member, p.StartsAt.Day())
		for ; len(rows) > 0 && rows[0].MemberID == member.ID; rows = rows[1:] {
			add(item, rows[0])
		}
		earned := item.Verified != model.Credit{} || item.Declared != model.Credit{}
		if item.Listed && earned {
			items = append(items, item)
		}
	}
	return items, nil
}

// add counts earnings to the class that they are of.
func add(item *model.PublicationItem, e *repository.Earned) {
	credit := &item.Declared
	if e.Class == model.Verified {
		credit = &item.Verified
	}
	if e.Measure == model.Minutes {
		credit.Minutes += e.Amount
		return
	}
	credit.Points += e.Amount
}

// Unpublish takes a publication back; its declarations are verified again, and nobody need answer appeals
// against it. It fails with ErrPublicationState once something of it was booked or decided, with
// ErrOwnRecord for a party to an appeal against it, and with ErrForbidden and ErrInvalid.
func (d *Disclosure) Unpublish(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Publication, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Publication, error) {
		p, err := tx.Publications.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayRead(who, p); err != nil {
			return nil, err
		}
		if err := who.May(model.OpPublish, p.Place); err != nil {
			return nil, err
		}
		now := d.now()
		if err := p.Withdraw(reason, now); err != nil {
			return nil, err
		}
		if err := reopen(ctx, tx, p.CampaignID, now); err != nil {
			return nil, err
		}
		if err := release(ctx, tx, who, p, now); err != nil {
			return nil, err
		}
		if err := tx.Publications.Update(ctx, p); err != nil {
			return nil, err
		}
		return viewPublication(ctx, tx, p)
	})
}

// release frees what a withdrawn publication held. It fails with ErrPublicationState unless that is all as it
// was when it was published, and with ErrOwnRecord for who may not decide an appeal that it would end.
func release(ctx context.Context, tx *repository.Store, who model.Actor, p *model.Publication, now model.Instant) error {
	work, err := tx.Declarations.OfPublication(ctx, p.ID, "")
	if err != nil {
		return err
	}
	for _, w := range work {
		if w.Status != model.DeclarationPublished {
			return model.ErrPublicationState
		}
	}
	appeals, err := tx.Appeals.OfPublication(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, a := range appeals {
		if a.Drop(now) != nil {
			return model.ErrPublicationState
		}
		if a.Partial(who.MemberID) {
			return model.ErrOwnRecord
		}
		if err := tx.Appeals.Update(ctx, a, nil); err != nil {
			return err
		}
	}
	return tx.Declarations.Unpublish(ctx, p.ID, now)
}

// sight returns which publications someone may read: those for where they live, and those within the reach of
// their office. It fails with ErrUnbound for a member who is nobody here yet.
func sight(who model.Actor) (model.Sight, error) {
	if !who.Bound() {
		return model.Sight{}, model.ErrUnbound
	}
	var s model.Sight
	s.Reach, _ = who.Reach(model.OpReadDisclosure) // without an office those for where one lives are left
	if who.May(model.OpReadPublications, who.Place) == nil {
		s.Places = []model.Place{who.Place}
	}
	return s, nil
}

// mayRead fails with ErrNotFound unless the publication is in the caller's sight, and as sight does.
func mayRead(who model.Actor, p *model.Publication) error {
	s, err := sight(who)
	if err == nil && !s.Shows(p.Part()) {
		err = model.ErrNotFound
	}
	return err
}

// Publication returns one publication. It fails with ErrNotFound for who may not read it.
func (d *Disclosure) Publication(ctx context.Context, who model.Actor, id model.ID) (*model.Publication, error) {
	p, err := d.store.Publications.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, p); err != nil {
		return nil, err
	}
	return viewPublication(ctx, d.store, p)
}

// Publications lists those that the caller may read, newest first. It fails with ErrCursor.
func (d *Disclosure) Publications(ctx context.Context, who model.Actor, states []model.PublicationStatus, kinds []model.PublicationKind,
	page model.Page,
) (*model.List[*model.Publication], error) {
	inSight, err := sight(who)
	if err != nil {
		return nil, err
	}
	q := &repository.PublicationQuery{Community: who.Place.CommunityID, Sight: inSight, Statuses: states, Kinds: kinds}
	return listing[model.Publication]{
		name: fmt.Sprintf("publications:%d:%v:%v", who.MemberID, states, kinds),
		read: func(before model.ID, limit int) ([]*model.Publication, error) {
			q.Before, q.Limit = before, limit
			return d.store.Publications.List(ctx, q)
		},
		id:   func(p *model.Publication) model.ID { return p.ID },
		show: func(rows []*model.Publication) error { return viewPublications(ctx, d.store, rows) },
	}.page(page)
}

func viewPublication(ctx context.Context, s *repository.Store, p *model.Publication) (*model.Publication, error) {
	return p, viewPublications(ctx, s, []*model.Publication{p})
}

// viewPublications puts names on publications.
func viewPublications(ctx context.Context, s *repository.Store, rows []*model.Publication) error {
	names, err := refs(ctx, s, rows, func(p *model.Publication) []model.ID { return []model.ID{p.CreatedBy} })
	if err != nil {
		return err
	}
	var scopes []model.ID
	for _, p := range rows {
		scopes = append(scopes, p.ScopeNodeID)
	}
	nodes, err := s.Nodes.Names(ctx, scopes)
	for _, p := range rows {
		p.Publisher, p.SnapshotHash = names[p.CreatedBy], hex.EncodeToString(p.Snapshot)
		p.Scope = model.NodeRef{ID: p.ScopeNodeID, Name: nodes[p.ScopeNodeID]}
	}
	return err
}

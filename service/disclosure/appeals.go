package disclosure

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Objection is what a neighbour says against an item.
type Objection struct {
	ItemNo    int
	Reason    string
	Evidence  []string
	Anonymous bool
}

// Appeal objects to an item of a publication within its time, once a person. It fails with ErrNotFound for an
// item that the caller may not read, with ErrAppealWindow, ErrAppealed and ErrInvalid, with ErrForbidden for who
// may read and not appeal, and with ErrDeclarationState when the item is decided.
func (d *Disclosure) Appeal(ctx context.Context, who model.Actor, publication model.ID, in Objection) (*model.Appeal, error) {
	appeal, err := repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Appeal, error) {
		p, err := tx.Publications.Lock(ctx, publication)
		if err != nil {
			return nil, err
		}
		if err := mayRead(who, p); err != nil {
			return nil, err
		}
		if err := who.May(model.OpAppeal, who.Place); err != nil {
			return nil, err
		}
		now := d.now() // under the lock: the sweep may have been here
		if err := p.Accepts(now); err != nil {
			return nil, err
		}
		a, err := against(ctx, tx, who, p, in.ItemNo)
		if err != nil {
			return nil, err
		}
		until, err := due(ctx, tx, p.CommunityID, now)
		if err != nil {
			return nil, err
		}
		a.ID, a.Reason, a.Evidence, a.Anonymous = d.store.NewID(), in.Reason, append([]string{}, in.Evidence...), in.Anonymous
		if err := a.Open(now, until); err != nil {
			return nil, err
		}
		if err := tx.Appeals.Create(ctx, a); err != nil {
			return nil, err
		}
		return d.viewAppeal(ctx, tx, who, a)
	})
	if errors.Is(err, model.ErrDuplicate) {
		err = model.ErrAppealed
	}
	return appeal, err
}

// against makes an appeal of the caller's against an item that is not decided yet.
func against(ctx context.Context, tx *repository.Store, who model.Actor, p *model.Publication, number int) (*model.Appeal, error) {
	item, err := tx.Publications.Item(ctx, p.ID, number)
	if err != nil {
		return nil, err
	}
	if !item.Shows(who.MemberID) {
		return nil, model.ErrNotFound
	}
	member, err := tx.Members.Get(ctx, item.MemberID)
	if err != nil {
		return nil, err
	}
	a := &model.Appeal{
		Place: member.Place, PublicationID: p.ID, ItemNo: number, MemberID: member.ID, PublisherID: p.CreatedBy, AppellantID: who.MemberID,
		DeclarationID: item.DeclarationID, Decisions: []*model.Decision{},
	}
	if item.DeclarationID == 0 {
		return a, nil
	}
	work, err := tx.Declarations.Get(ctx, item.DeclarationID)
	if err != nil {
		return nil, err
	}
	a.Place, a.DeclaredBy, a.VerifiedBy = work.Place, work.DeclaredBy, work.VerifiedBy
	if work.Status != model.DeclarationPublished {
		return nil, model.ErrDeclarationState
	}
	return a, nil
}

// FindAppeal returns one appeal, for the appellant, whom it is about, and those with an office there who did not
// score the item. It fails with ErrNotFound for anyone else.
func (d *Disclosure) FindAppeal(ctx context.Context, who model.Actor, id model.ID) (*model.Appeal, error) {
	a, err := d.store.Appeals.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayReadAppeal(who, a); err != nil {
		return nil, err
	}
	return d.viewAppeal(ctx, d.store, who, a)
}

// appealOffices are the operations of those who see others' appeals.
func appealOffices() []model.Operation {
	return []model.Operation{model.OpReadDisclosure, model.OpHandleAppeal, model.OpReviewAppeal}
}

func mayReadAppeal(who model.Actor, a *model.Appeal) error {
	if a.CommunityID == who.Place.CommunityID {
		if who.MemberID == a.AppellantID || who.MemberID == a.MemberID {
			return nil
		}
		for _, office := range appealOffices() {
			if !a.Scored(who.MemberID) && who.May(office, a.Place) == nil {
				return nil
			}
		}
	}
	return model.ErrNotFound
}

// AppealFilter narrows a list of appeals.
type AppealFilter struct {
	Statuses []model.AppealStatus
	Overdue  bool // only those whose answer is overdue
}

// Appeals lists the caller's own appeals, those about the caller, and those within the reach of the caller's
// office against what the caller did not score, newest first. It fails with ErrCursor.
func (d *Disclosure) Appeals(ctx context.Context, who model.Actor, f AppealFilter, page model.Page) (*model.List[*model.Appeal], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	q := &repository.AppealQuery{Community: who.Place.CommunityID, Member: who.MemberID, Statuses: f.Statuses}
	for _, office := range appealOffices() {
		reach, _ := who.Reach(office) // without an office one's own are left
		q.Reach = append(q.Reach, reach...)
	}
	if f.Overdue {
		q.LateAt = d.now()
	}
	return listing[model.Appeal]{
		name: fmt.Sprintf("appeals:%d:%v", who.MemberID, f),
		read: func(before model.ID, limit int) ([]*model.Appeal, error) {
			q.Before, q.Limit = before, limit
			return d.store.Appeals.List(ctx, q)
		},
		id:   func(a *model.Appeal) model.ID { return a.ID },
		show: func(rows []*model.Appeal) error { return d.viewAppeals(ctx, d.store, who, rows) },
	}.page(page)
}

func (d *Disclosure) viewAppeal(ctx context.Context, s *repository.Store, who model.Actor, a *model.Appeal) (*model.Appeal, error) {
	return a, d.viewAppeals(ctx, s, who, []*model.Appeal{a})
}

// viewAppeals completes appeals for a reader. Who appealed is told to those without a part in the item, unless
// the appeal is anonymous; whom it is about does not see the evidence either, which would tell.
func (d *Disclosure) viewAppeals(ctx context.Context, s *repository.Store, who model.Actor, rows []*model.Appeal) error {
	names, err := refs(ctx, s, rows, func(a *model.Appeal) []model.ID {
		people := []model.ID{a.AppellantID}
		for _, decision := range a.Decisions {
			people = append(people, decision.DecidedBy)
		}
		return people
	})
	now := d.now()
	for _, a := range rows {
		a.Mine, a.Overdue = a.AppellantID == who.MemberID, a.Late(now)
		if a.Mine || !a.Anonymous && !a.Scored(who.MemberID) && who.MemberID != a.MemberID {
			a.Appellant = refOf(names, a.AppellantID)
		}
		if !a.Mine && who.MemberID == a.MemberID {
			a.Evidence = []string{}
		}
		for _, decision := range a.Decisions {
			decision.Decider = names[decision.DecidedBy]
		}
	}
	return err
}

package disclosure

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Work is what someone declares.
type Work struct {
	Member      model.ID // who did it; zero: the caller
	Code        string
	Credit      model.Credit // asked for
	StartedAt   model.Instant
	EndedAt     model.Instant
	Description string
	Evidence    []string
}

// Declare declares work that was done outside of the system, one's own or that of someone in the caller's
// scope. It fails with ErrForbidden or ErrNotFound for whom the caller may not declare, with ErrRule for a
// rule that was not in force on the day of the work, and with ErrAmount, ErrWorkTime and ErrInvalid.
func (d *Disclosure) Declare(ctx context.Context, who model.Actor, in Work) (*model.Declaration, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Declaration, error) {
		work := in.declaration(who)
		work.ID = d.store.NewID()
		member, err := tx.Members.Get(ctx, work.MemberID)
		if err != nil {
			return nil, err
		}
		if err := mayDeclare(who, member); err != nil {
			return nil, err
		}
		work.Place = member.Place
		if err := work.Open(d.now()); err != nil {
			return nil, err
		}
		if err := price(ctx, tx, work); err != nil {
			return nil, err
		}
		if err := tx.Declarations.Create(ctx, work); err != nil {
			return nil, err
		}
		return viewDeclaration(ctx, tx, work)
	})
}

// declaration makes a declaration that has no place and no state yet.
func (in Work) declaration(who model.Actor) *model.Declaration {
	work := &model.Declaration{
		MemberID: in.Member, DeclaredBy: who.MemberID, Code: in.Code, Credit: in.Credit, StartedAt: in.StartedAt, EndedAt: in.EndedAt,
		Description: in.Description, Evidence: append([]string{}, in.Evidence...),
	}
	if work.MemberID == 0 {
		work.MemberID = who.MemberID
	}
	return work
}

func mayDeclare(who model.Actor, member *model.Member) error {
	switch {
	case member.ID == who.MemberID:
		return who.May(model.OpDeclare, who.Place)
	case member.MergedInto != 0:
		return model.ErrNotFound
	}
	return who.May(model.OpDeclareFor, member.Place)
}

// price holds a declaration against the rules of the day of the work.
func price(ctx context.Context, tx *repository.Store, work *model.Declaration) error {
	rules, err := tx.Points.Rules(ctx, work.CommunityID, work.WorkDay())
	if errors.Is(err, model.ErrNotFound) {
		return model.ErrRule
	}
	if err != nil {
		return err
	}
	rule, err := rules.Find(work.Code)
	if err != nil {
		return err
	}
	return work.Price(rule, rules.Version)
}

// Verify confirms that declared work was done. It fails with ErrForbidden outside of the caller's scope, with
// ErrOwnRecord for who did the work or declared it, and with ErrDeclarationState.
func (d *Disclosure) Verify(ctx context.Context, who model.Actor, id model.ID) (*model.Declaration, error) {
	return d.change(ctx, who, id, func(work *model.Declaration) error {
		if err := who.May(model.OpVerifyWork, work.Place); err != nil {
			return err
		}
		return work.Verify(who.MemberID, d.now())
	})
}

// Refuse ends a declaration that is not published yet. It fails with ErrInvalid without a reason, and as
// Verify does.
func (d *Disclosure) Refuse(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Declaration, error) {
	return d.change(ctx, who, id, func(work *model.Declaration) error {
		if err := who.May(model.OpVerifyWork, work.Place); err != nil {
			return err
		}
		return work.Refuse(who.MemberID, reason, d.now())
	})
}

// Withdraw takes a declaration back that is not published yet. It fails with ErrForbidden for anyone but who
// did the work or declared it, and with ErrDeclarationState.
func (d *Disclosure) Withdraw(ctx context.Context, who model.Actor, id model.ID) (*model.Declaration, error) {
	return d.change(ctx, who, id, func(work *model.Declaration) error { return work.Withdraw(who.MemberID, d.now()) })
}

// change runs one step of a declaration's life under its lock. It fails with ErrNotFound for who may not
// know of the declaration.
func (d *Disclosure) change(ctx context.Context, who model.Actor, id model.ID, step func(*model.Declaration) error) (*model.Declaration, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.Declaration, error) {
		locked, err := tx.Declarations.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(locked) == 0 {
			return nil, model.ErrNotFound
		}
		work := locked[0]
		if err := mayReadWork(who, work); err != nil {
			return nil, err
		}
		if err := step(work); err != nil {
			return nil, err
		}
		if err := tx.Declarations.Update(ctx, work); err != nil {
			return nil, err
		}
		return viewDeclaration(ctx, tx, work)
	})
}

// mayReadWork fails with ErrNotFound unless the caller has a part in the declaration or an office there.
func mayReadWork(who model.Actor, work *model.Declaration) error {
	if work.CommunityID == who.Place.CommunityID && work.Involves(who.MemberID) {
		return nil
	}
	if who.May(model.OpReadDisclosure, work.Place) != nil {
		return model.ErrNotFound
	}
	return nil
}

// Declaration returns one declaration, for who did the work, who declared it and those with an office there.
// It fails with ErrNotFound for anyone else.
func (d *Disclosure) Declaration(ctx context.Context, who model.Actor, id model.ID) (*model.Declaration, error) {
	work, err := d.store.Declarations.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayReadWork(who, work); err != nil {
		return nil, err
	}
	return viewDeclaration(ctx, d.store, work)
}

// Declarations lists the caller's declarations and, unless only those are asked for, those within the reach of
// the caller's office, newest first. It fails with ErrCursor.
func (d *Disclosure) Declarations(ctx context.Context, who model.Actor, states []model.DeclarationStatus, mine bool, page model.Page,
) (*model.List[*model.Declaration], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	q := &repository.DeclarationQuery{Community: who.Place.CommunityID, Member: who.MemberID, Mine: mine, Statuses: states}
	q.Reach, _ = who.Reach(model.OpReadDisclosure) // without an office only one's own are left
	return listing[model.Declaration]{
		name: fmt.Sprintf("declarations:%d:%v:%t", who.MemberID, states, mine),
		read: func(before model.ID, limit int) ([]*model.Declaration, error) {
			q.Before, q.Limit = before, limit
			return d.store.Declarations.List(ctx, q)
		},
		id:   func(work *model.Declaration) model.ID { return work.ID },
		show: func(rows []*model.Declaration) error { return viewDeclarations(ctx, d.store, rows) },
	}.page(page)
}

func viewDeclaration(ctx context.Context, s *repository.Store, work *model.Declaration) (*model.Declaration, error) {
	return work, viewDeclarations(ctx, s, []*model.Declaration{work})
}

// viewDeclarations puts the names on declarations.
func viewDeclarations(ctx context.Context, s *repository.Store, rows []*model.Declaration) error {
	names, err := refs(ctx, s, rows, func(work *model.Declaration) []model.ID {
		return []model.ID{work.MemberID, work.DeclaredBy, work.VerifiedBy, work.PublishedBy}
	})
	for _, work := range rows {
		work.Member, work.Declarer = names[work.MemberID], names[work.DeclaredBy]
		work.Verifier, work.Publisher = refOf(names, work.VerifiedBy), refOf(names, work.PublishedBy)
	}
	return err
}

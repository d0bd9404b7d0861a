package register

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// WriteFacts writes what is known of a household as it was read at a version, 0 when nothing was. It fails with ErrNotFound,
// ErrForbidden, ErrStale and ErrInvalid.
func (r *Register) WriteFacts(ctx context.Context, who model.Actor, household model.ID, in model.HouseholdFacts, version int64) (*Dossier, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*Dossier, error) {
		n, err := home(ctx, tx, who, model.OpEditRegister, household)
		if err != nil {
			return nil, err
		}
		facts, err := tx.Register.Facts(ctx, []model.ID{n.ID})
		if err != nil {
			return nil, err
		}
		h, write := facts[n.ID], tx.Register.UpdateFacts
		if h == nil {
			h, write = &model.Household{NodeID: n.ID}, tx.Register.AddFacts
		}
		if err := h.Write(in, version, r.now()); err != nil {
			return nil, err
		}
		if err := write(ctx, h); err != nil {
			return nil, err
		}
		return r.record(ctx, tx, who, n, false)
	})
}

// AddNote writes something down about a household. It fails with ErrNotFound, ErrForbidden and ErrInvalid.
func (r *Register) AddNote(ctx context.Context, who model.Actor, household model.ID, kind model.NoteKind, text string) (*model.HouseholdNote, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.HouseholdNote, error) {
		n, err := home(ctx, tx, who, model.OpEditRegister, household)
		if err != nil {
			return nil, err
		}
		note, err := model.NewNote(r.store.NewID(), n.CommunityID, n.ID, kind, text, who.MemberID, r.now())
		if err != nil {
			return nil, err
		}
		return note, tx.Register.AddNote(ctx, note)
	})
}

// EditNote replaces the text of a note as it was read at a version, and closes or opens it. It fails with ErrNotFound,
// ErrForbidden, ErrStale and ErrInvalid.
func (r *Register) EditNote(ctx context.Context, who model.Actor, household, id model.ID, text string, closed bool, version int64) (*model.HouseholdNote, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.HouseholdNote, error) {
		n, err := home(ctx, tx, who, model.OpEditRegister, household)
		if err != nil {
			return nil, err
		}
		note, err := tx.Register.LockNote(ctx, n.ID, id)
		if err != nil {
			return nil, err
		}
		if err := note.Write(text, closed, version, who.MemberID, r.now()); err != nil {
			return nil, err
		}
		return note, tx.Register.UpdateNote(ctx, note)
	})
}

// Visit writes down a visit to a household, by staff or by who answers for it, and what was asked for as a need. It fails
// with ErrNotFound, with ErrForbidden, and as model.NewHouseholdVisit does.
func (r *Register) Visit(ctx context.Context, who model.Actor, household model.ID, in model.VisitInput) (*model.HouseholdVisit, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.HouseholdVisit, error) {
		n, items, err := r.visitable(ctx, tx, who, household)
		if err != nil {
			return nil, err
		}
		visit, err := model.NewHouseholdVisit(r.store.NewID(), n.CommunityID, n.ID, in, items, who.MemberID, r.now())
		if err != nil {
			return nil, err
		}
		if visit.NextNeed != "" {
			need, err := model.NewNote(r.store.NewID(), n.CommunityID, n.ID, model.NoteNeed, visit.NextNeed, who.MemberID, r.now())
			if err != nil {
				return nil, err
			}
			if err := tx.Register.AddNote(ctx, need); err != nil {
				return nil, err
			}
		}
		if err := tx.Register.AddVisit(ctx, visit); err != nil {
			return nil, err
		}
		return visit, nameVisits(ctx, tx, []*model.HouseholdVisit{visit})
	})
}

// visitable returns a household whose visit the caller may write down, and which items its checklist may have: those of every
// scheme that the caller may see there, so that none of them tells of a flag; nothing for who answers for it without being
// of the staff.
func (r *Register) visitable(ctx context.Context, tx *repository.Store, who model.Actor, household model.ID) (*model.Node, []string, error) {
	n, err := home(ctx, tx, who, model.OpEditRegister, household)
	if err == nil {
		known, err := colours(ctx, tx, n.CommunityID)
		var items []string
		for _, s := range known {
			if s.VisibleTo(who, n.Place) {
				items = append(items, s.Checklist...)
			}
		}
		return n, items, err
	}
	if n == nil || !who.Bound() {
		return nil, nil, err
	}
	charges, wrong := tx.Register.Charges(ctx, []model.ID{household})
	if wrong != nil {
		return nil, nil, wrong
	}
	if c := charges[household]; c != nil && c.MemberID == who.MemberID {
		return n, nil, nil
	}
	return nil, nil, err
}

// Visits lists the visits to a household, newest first. It fails with ErrNotFound, ErrForbidden and ErrCursor.
func (r *Register) Visits(ctx context.Context, who model.Actor, household model.ID, page model.Page) (*model.List[*model.HouseholdVisit], error) {
	n, err := home(ctx, r.store, who, model.OpReadRegister, household)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("household-visits:%d:%d", who.MemberID, household)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Register.VisitsOf(ctx, n.ID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.HouseholdVisit) int64 { return int64(last.ID) })
	return list, nameVisits(ctx, r.store, list.Items)
}

// nameVisits gives visits the names of who made them.
func nameVisits(ctx context.Context, s *repository.Store, visits []*model.HouseholdVisit) error {
	ids := make([]model.ID, len(visits))
	for i, v := range visits {
		ids[i] = v.VisitorID
	}
	refs, err := s.Members.Refs(ctx, ids)
	for _, v := range visits {
		v.Visitor = refs[v.VisitorID]
	}
	return err
}

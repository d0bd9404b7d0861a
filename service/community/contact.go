package community

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// RevealPhone tells a reader the phone of the first of some people who has one, and notes it, within the caller's
// transaction. It fails with ErrNoContact when none has, and with ErrTooManyReveals.
func RevealPhone(ctx context.Context, tx *repository.Store, reveal *model.Reveal, people []model.ID) (*model.Contact, error) {
	found, err := tx.Members.Some(ctx, people)
	if err != nil {
		return nil, err
	}
	for _, id := range people {
		if m := found[id]; m != nil && m.Phone != "" {
			reveal.SubjectID = id
			shown := model.MemberRef{ID: id, DisplayName: m.DisplayName()}
			return &model.Contact{Member: shown, Phone: "+" + m.Phone}, note(ctx, tx, reveal)
		}
	}
	return nil, model.ErrNoContact
}

// RevealDoor tells a reader where a place is, down to the door, and notes it, within the caller's transaction. It
// fails with ErrNoContact when the place has no door, and with ErrTooManyReveals.
func RevealDoor(ctx context.Context, tx *repository.Store, reveal *model.Reveal, subject model.ID, place model.Place) (*model.Address, error) {
	return door(ctx, tx, reveal, subject, place, func(ctx context.Context, reveal *model.Reveal) error { return note(ctx, tx, reveal) })
}

func door(ctx context.Context, tx *repository.Store, reveal *model.Reveal, subject model.ID, place model.Place,
	keep func(context.Context, *model.Reveal) error,
) (*model.Address, error) {
	if place.HouseholdID == 0 {
		return nil, model.ErrNoContact
	}
	names, err := tx.Nodes.Names(ctx, []model.ID{place.CommunityID, place.BuildingID, place.UnitID, place.HouseholdID})
	if err != nil {
		return nil, err
	}
	reveal.SubjectID = subject
	return &model.Address{
		Community: names[place.CommunityID], Building: names[place.BuildingID], Unit: names[place.UnitID], Door: names[place.HouseholdID],
	}, keep(ctx, reveal)
}

// note keeps a reveal. The reader's row keeps two of them from counting at once.
func note(ctx context.Context, tx *repository.Store, reveal *model.Reveal) error {
	if _, err := tx.Members.Lock(ctx, reveal.ReaderID); err != nil {
		return err
	}
	told, err := tx.Contacts.CountSince(ctx, reveal.ReaderID, reveal.CreatedAt.Day().Start())
	if err != nil {
		return err
	}
	if told >= model.RevealsADay {
		return model.ErrTooManyReveals
	}
	return tx.Contacts.Add(ctx, reveal)
}

// Reveals lists who was told the caller's phone and door, newest first. It fails with ErrCursor.
func (c *Community) Reveals(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Reveal], error) {
	return RevealList(ctx, c.store, fmt.Sprintf("reveals:%d", who.MemberID), page, func(before model.ID, limit int) ([]*model.Reveal, error) {
		return c.store.Contacts.OfSubject(ctx, who.MemberID, before, limit)
	})
}

// RevealList makes a page of what was told, as read returns it, with the names that members show. It fails with
// ErrCursor.
func RevealList(ctx context.Context, s *repository.Store, name string, page model.Page,
	read func(before model.ID, limit int) ([]*model.Reveal, error),
) (*model.List[*model.Reveal], error) {
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := model.ID(0)
	if after != nil {
		before = model.ID(after[0])
	}
	rows, err := read(before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	var people []model.ID
	for _, r := range rows {
		people = append(people, r.ReaderID, r.SubjectID)
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, r := range rows {
		r.Reader, r.Subject = refs[r.ReaderID], refs[r.SubjectID]
	}
	return model.PageOf(name, page, rows, func(last *model.Reveal) int64 { return int64(last.ID) }), err
}

// RevealInEmergency tells a reader who was called to an emergency where it is, and notes it, within the caller's
// transaction; however often they were told something today. It fails with ErrNoContact when the place has no door.
func RevealInEmergency(ctx context.Context, tx *repository.Store, reveal *model.Reveal, subject model.ID, place model.Place) (*model.Address, error) {
	return door(ctx, tx, reveal, subject, place, tx.Contacts.Add)
}

// RevealNumber tells a reader a phone that was left for something and notes it as its subject's, within the caller's
// transaction. It fails with ErrTooManyReveals.
func RevealNumber(ctx context.Context, tx *repository.Store, reveal *model.Reveal, subject model.MemberRef, phone string) (*model.Contact, error) {
	reveal.SubjectID = subject.ID
	return &model.Contact{Member: subject, Phone: "+" + phone}, note(ctx, tx, reveal)
}

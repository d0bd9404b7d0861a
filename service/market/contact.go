package market

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
)

// Contact tells a helper the phone of who asked, or who asked the phone of a helper, while the help goes on, and notes
// it. Of may name whose, zero is the only one. It fails with ErrNotHelper, ErrForbidden, ErrRequestState, with
// ErrNoContact when there is no phone, and with ErrTooManyReveals.
func (m *Market) Contact(ctx context.Context, who model.Actor, id, of model.ID, purpose string) (*model.Contact, error) {
	return reveal(ctx, m, who, id, model.RevealedPhone, purpose, func(tx *repository.Store, r *model.HelpRequest, noted *model.Reveal) (*model.Contact, error) {
		people, err := r.ContactsFor(who.MemberID, of)
		if err != nil {
			return nil, err
		}
		return community.RevealPhone(ctx, tx, noted, people)
	})
}

// Address tells a helper the door of a request, until some days after its end, and notes it. It fails with
// ErrNotHelper, ErrRequestState, with ErrNoContact when there is no door, and with ErrTooManyReveals.
func (m *Market) Address(ctx context.Context, who model.Actor, id model.ID, purpose string) (*model.Address, error) {
	return reveal(ctx, m, who, id, model.RevealedAddress, purpose, func(tx *repository.Store, r *model.HelpRequest, noted *model.Reveal) (*model.Address, error) {
		if err := r.ShowsDoor(who.MemberID, noted.CreatedAt); err != nil {
			return nil, err
		}
		return community.RevealDoor(ctx, tx, noted, r.RequesterID, r.Place)
	})
}

// reveal tells something of a request under its lock, so that nobody is told who gave the claim back meanwhile. The
// answer is kept nowhere.
func reveal[T any](ctx context.Context, m *Market, who model.Actor, id model.ID, what model.Revealed, purpose string,
	tell func(tx *repository.Store, r *model.HelpRequest, noted *model.Reveal) (*T, error),
) (told *T, err error) {
	err = m.store.Tx(ctx, func(tx *repository.Store) error {
		r, err := tx.Requests.Lock(ctx, id)
		if err != nil {
			return err
		}
		if err := mayRead(who, r); err != nil {
			return err
		}
		noted, err := model.NewReveal(tx.NewID(), who, what, model.NoticeRef{Type: model.RefRequest, ID: r.ID}, purpose, m.now())
		if err != nil {
			return err
		}
		told, err = tell(tx, r, noted)
		return err
	})
	if err != nil {
		return nil, err
	}
	return told, nil
}

// Reveals lists who was told a phone or the door of a request, newest first: what was told of the caller, for who posted
// it also of who asked, and for those who manage requests there of everybody. It fails with ErrForbidden for anyone
// else, and with ErrCursor.
func (m *Market) Reveals(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.Reveal], error) {
	r, err := m.store.Requests.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, r); err != nil {
		return nil, err
	}
	var subjects []model.ID
	if err := who.May(model.OpManageRequest, r.Place); err != nil {
		switch {
		case who.MemberID == r.CreatedBy:
			subjects = []model.ID{r.RequesterID, r.CreatedBy}
		case r.Involves(who.MemberID):
			subjects = []model.ID{who.MemberID}
		default:
			return nil, err
		}
	}
	ref := model.NoticeRef{Type: model.RefRequest, ID: r.ID}
	return community.RevealList(ctx, m.store, fmt.Sprintf("reveals:%d:%d", id, who.MemberID), page, func(before model.ID, limit int) ([]*model.Reveal, error) {
		return m.store.Contacts.OfThing(ctx, ref, subjects, before, limit)
	})
}

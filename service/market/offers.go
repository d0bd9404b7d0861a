package market

import (
	"context"
	"fmt"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// OfferInput is what someone is ready to do.
type OfferInput struct {
	Categories   []string
	Title        string
	Skills       []string
	Availability []model.Slot
	DaysOff      []model.DaysOff
	Quiet        model.Quiet
	Wishes       model.Wishes
	Reach        model.NodeKind // community when empty
	WeeklyLimit  int            // 3 when 0
	Version      int64          // of the offer that is edited
}

// apply writes the input on an offer. It fails with ErrCategory, ErrPeriod and ErrInvalid.
func (in OfferInput) apply(o *model.HelpOffer) error {
	o.Categories, o.Title, o.Availability, o.Reach, o.WeeklyLimit = in.Categories, strings.TrimSpace(in.Title), in.Availability, in.Reach, in.WeeklyLimit
	o.Skills, o.DaysOff, o.Quiet, o.Wishes = trimmed(in.Skills), in.DaysOff, in.Quiet, in.Wishes
	if o.Reach == "" {
		o.Reach = model.KindCommunity
	}
	if o.WeeklyLimit == 0 {
		o.WeeklyLimit = 3
	}
	if o.Availability == nil {
		o.Availability = []model.Slot{}
	}
	if o.DaysOff == nil {
		o.DaysOff = []model.DaysOff{}
	}
	return o.Validate()
}

// trimmed returns words without the blanks around them; never nil.
func trimmed(words []string) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = strings.TrimSpace(w)
	}
	return list
}

// Offer posts an offer. It fails with ErrForbidden, ErrCategory, ErrPeriod, ErrInvalid and ErrContentRisky.
func (m *Market) Offer(ctx context.Context, who model.Actor, in OfferInput) (*model.HelpOffer, error) {
	check, err := m.lookAtOffer(ctx, who, 0, in)
	if err != nil {
		return repository.AnswerOr[*model.HelpOffer](ctx, m.store, err)
	}
	now := m.now()
	return repository.Once(ctx, m.store, now, func(tx *repository.Store) (*model.HelpOffer, error) {
		if err := who.May(model.OpPostOffer, who.Place); err != nil {
			return nil, err
		}
		o := &model.HelpOffer{
			ID: m.store.NewID(), Place: who.Place, MemberID: who.MemberID,
			Status: model.OfferActive, ExpiresAt: now.Add(model.OfferLife), Version: 1, CreatedAt: now, UpdatedAt: now,
		}
		if err := in.apply(o); err != nil {
			return nil, err
		}
		if err := veil(ctx, tx, check, who, o); err != nil {
			return nil, err
		}
		if err := tx.Offers.Create(ctx, o); err != nil {
			return nil, err
		}
		return o, viewOffers(ctx, tx, who, []*model.HelpOffer{o})
	})
}

// mayReadOffer lets the owner and those who read offers there see it; for others it is not there.
func mayReadOffer(who model.Actor, o *model.HelpOffer) error {
	if o.MemberID == who.MemberID || who.May(model.OpReadOffers, o.Place) == nil {
		return nil
	}
	return model.ErrNotFound
}

// mayEditOffer lets only the owner. It fails with ErrForbidden for who may see the offer, and with
// ErrNotFound for others.
func mayEditOffer(who model.Actor, o *model.HelpOffer) error {
	if o.MemberID == who.MemberID {
		return nil
	}
	if err := mayReadOffer(who, o); err != nil {
		return err
	}
	return model.ErrForbidden
}

// OfferByID returns one offer. It fails with ErrNotFound.
func (m *Market) OfferByID(ctx context.Context, who model.Actor, id model.ID) (*model.HelpOffer, error) {
	o, err := m.store.Offers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayReadOffer(who, o); err != nil {
		return nil, err
	}
	return o, viewOffers(ctx, m.store, who, []*model.HelpOffer{o})
}

// Offers lists the caller's own offers, or with all those within the caller's reach, newest first. It
// fails with ErrForbidden and ErrCursor.
func (m *Market) Offers(ctx context.Context, who model.Actor, all bool, page model.Page) (*model.List[*model.HelpOffer], error) {
	owner, reach := who.MemberID, []model.Grant(nil)
	if all {
		var err error
		if reach, err = who.Reach(model.OpReadOffers); err != nil {
			return nil, err
		}
		owner = 0
	}
	name := fmt.Sprintf("offers:%d:%t", who.MemberID, all)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := m.store.Offers.List(ctx, who.Place.CommunityID, owner, reach, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.HelpOffer) int64 { return int64(last.ID) })
	return list, viewOffers(ctx, m.store, who, list.Items)
}

// edit changes an offer of the caller's under its lock. It fails with ErrNotFound for someone else's.
func (m *Market) edit(ctx context.Context, who model.Actor, id model.ID, step func(o *model.HelpOffer, now model.Instant) error) (*model.HelpOffer, error) {
	return m.editTx(ctx, who, id, func(_ *repository.Store, o *model.HelpOffer, now model.Instant) error { return step(o, now) })
}

func (m *Market) editTx(ctx context.Context, who model.Actor, id model.ID, step func(tx *repository.Store, o *model.HelpOffer, now model.Instant) error) (*model.HelpOffer, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.HelpOffer, error) {
		o, err := tx.Offers.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayEditOffer(who, o); err != nil {
			return nil, err
		}
		if err := step(tx, o, m.now()); err != nil {
			return nil, err
		}
		if err := tx.Offers.Update(ctx, o); err != nil {
			return nil, err
		}
		return o, viewOffers(ctx, tx, who, []*model.HelpOffer{o})
	})
}

// EditOffer replaces what an offer promises. It fails with ErrStale when it was changed meanwhile, with
// ErrOfferState once it is closed, and as Offer does.
func (m *Market) EditOffer(ctx context.Context, who model.Actor, id model.ID, in OfferInput) (*model.HelpOffer, error) {
	check, err := m.lookAtOffer(ctx, who, id, in)
	if err != nil {
		return repository.AnswerOr[*model.HelpOffer](ctx, m.store, err)
	}
	return m.editTx(ctx, who, id, func(tx *repository.Store, o *model.HelpOffer, now model.Instant) error {
		switch {
		case o.Status == model.OfferClosed:
			return model.ErrOfferState
		case o.Version != in.Version:
			return model.ErrStale
		}
		o.Version, o.UpdatedAt = o.Version+1, now
		if err := in.apply(o); err != nil {
			return err
		}
		return veil(ctx, tx, check, who, o)
	})
}

// MoveOffer resumes or closes an offer. It fails with ErrOfferState.
func (m *Market) MoveOffer(ctx context.Context, who model.Actor, id model.ID, to model.OfferStatus) (*model.HelpOffer, error) {
	return m.edit(ctx, who, id, func(o *model.HelpOffer, now model.Instant) error { return o.Move(to, now) })
}

// PauseOffer stops proposals of an offer, until a time if one is given. It fails with ErrPeriod and ErrOfferState.
func (m *Market) PauseOffer(ctx context.Context, who model.Actor, id model.ID, until model.Instant) (*model.HelpOffer, error) {
	return m.edit(ctx, who, id, func(o *model.HelpOffer, now model.Instant) error { return o.Pause(until, now) })
}

// ConsentGone pauses the offers of a member who may not take part any more, within the transaction in which that is so: they
// are not asked to help until they resume them. Again is as good as once.
func (m *Market) ConsentGone(ctx context.Context, tx *repository.Store, member *model.Member) error {
	ids, err := tx.Offers.Standing(ctx, member.ID)
	for _, id := range ids {
		var o *model.HelpOffer
		if o, err = tx.Offers.Lock(ctx, id); err == nil && o.Rest(m.now()) {
			err = tx.Offers.Update(ctx, o)
		}
		if err != nil {
			return err
		}
	}
	return err
}

// RenewOffer gives an offer another life from now on. It fails with ErrOfferState once it is closed.
func (m *Market) RenewOffer(ctx context.Context, who model.Actor, id model.ID) (*model.HelpOffer, error) {
	return m.edit(ctx, who, id, func(o *model.HelpOffer, now model.Instant) error { return o.Renew(now) })
}

package market

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// SweepOffers tells helpers of offers that end soon, and moves those whose life or pause is over. It reads the
// state, so any number of processes may run it, at any time. It returns how many offers it moved.
func (m *Market) SweepOffers(ctx context.Context) (moved int, err error) {
	now := m.now()
	if err := m.tellOfEnds(ctx, now); err != nil {
		return 0, err
	}
	ids, err := m.store.Offers.Due(ctx, now, sweepBatch)
	if err != nil {
		return 0, err
	}
	return m.store.Each(ctx, "sweep offer", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		return moveDue(ctx, tx, id, now)
	})
}

// moveDue moves one offer on, unless another process was faster or its owner renewed it.
func moveDue(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	o, err := tx.Offers.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	to := o.Due(now)
	if to == o.Status {
		return false, nil
	}
	if err := o.Move(to, now); err != nil {
		return false, err
	}
	if err := tx.Offers.Update(ctx, o); err != nil || to != model.OfferExpired {
		return err == nil, err
	}
	n := aboutEnd(o, model.NoticeOfferExpired, "您的帮忙已到期", "《"+o.Title+"》已到期，不再推荐给邻居；一键续期即可恢复。", now)
	return true, notify.Tell(ctx, tx, n)
}

// tellOfEnds tells helpers of offers that end within OfferNotice, once a day in each process: a member has a notice
// once, whoever sends it.
func (m *Market) tellOfEnds(ctx context.Context, now model.Instant) error {
	if model.Day(m.told.Load()) == now.Day() {
		return nil
	}
	for last := (&model.HelpOffer{ExpiresAt: now + 1}); ; { // what ends now is moved
		offers, err := m.store.Offers.Expiring(ctx, last, now.Add(model.OfferNotice), sweepBatch)
		if err != nil {
			return err
		}
		notices := make([]*model.Notice, len(offers))
		for i, o := range offers {
			notices[i] = aboutEnd(o, model.NoticeOfferExpiring, "您的帮忙快到期了", fmt.Sprintf("《%s》将在 %s 到期；一键续期可以继续帮助邻居。", o.Title, o.ExpiresAt.Day()), now)
		}
		if err := m.store.Tx(ctx, func(tx *repository.Store) error { return notify.Tell(ctx, tx, notices...) }); err != nil {
			return err
		}
		if len(offers) < sweepBatch {
			m.told.Store(int32(now.Day()))
			return nil
		}
		last = offers[len(offers)-1]
	}
}

// aboutEnd is a notice about the end of an offer: another end has another notice.
func aboutEnd(o *model.HelpOffer, kind model.NoticeKind, title, body string, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: o.CommunityID, MemberID: o.MemberID, Kind: kind, Title: title, Body: body,
		Ref: model.NoticeRef{Type: model.RefOffer, ID: o.ID}, Key: fmt.Sprintf("%s:%d:%d", kind, o.ID, o.ExpiresAt), CreatedAt: now,
	}
}

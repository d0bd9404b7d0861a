package market

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// speaks checks that the caller may confirm a request. Who is not the requester does so on a call to them, which is
// noted: who posted for them, and officers who may. It fails with ErrForbidden, ErrCallbackRequired and ErrInvalid.
func speaks(who model.Actor, r *model.HelpRequest, call *model.Callback, now model.Instant) error {
	officer := r.Proxied() && !r.Helps(who.MemberID) && who.May(model.OpPostFor, r.Place) == nil
	switch {
	case !r.MayConfirm(who.MemberID) && !officer:
		return model.ErrForbidden
	case !r.Proxied() || who.MemberID == r.RequesterID:
		return nil
	}
	return r.CallBack(who.MemberID, call, now)
}

// SweepCallbacks asks those who posted for somebody to call them when the work was done some time ago. It reads the
// state, so any number of processes may run it, at any time. It returns how many it asked.
func (m *Market) SweepCallbacks(ctx context.Context) (asked int, err error) {
	now := m.now()
	ids, err := m.store.Requests.Uncalled(ctx, now.Add(-model.ConfirmAfter), sweepBatch)
	if err != nil {
		return 0, err
	}
	return m.store.Each(ctx, "ask for a call", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		first, err := tx.Requests.AskForCall(ctx, id, now)
		if err != nil || !first {
			return false, err
		}
		r, err := tx.Requests.Get(ctx, id)
		if err != nil {
			return false, err
		}
		return true, notify.Tell(ctx, tx, &model.Notice{
			CommunityID: r.CommunityID, MemberID: r.CreatedBy, Kind: model.NoticeCallbackDue, Title: "请回访",
			Body: fmt.Sprintf("您代为发起的《%s》已经完成，请回访求助人并确认；到 %s 仍未确认将自动确认。", r.Title, r.DoneAt.Add(model.ProxyConfirmAfter).Day()),
			Ref:  model.NoticeRef{Type: model.RefRequest, ID: r.ID}, Key: fmt.Sprintf("%s:%d", model.NoticeCallbackDue, r.ID), CreatedAt: now,
		})
	})
}

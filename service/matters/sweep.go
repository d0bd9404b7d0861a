package matters

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// sweepBatch is how many matters one sweep looks at.
const sweepBatch = 200

// Sweep moves the matters whose time has come: up a tier when they are overdue there or failed twice, and to their end
// when nobody wished for more. Where nobody asked the reporter what they think of the result, it asks somebody to. It reads the state, so any number of processes may run it. It returns how many it moved.
func (s *Matters) Sweep(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.store.Matters.Due(ctx, now, sweepBatch)
	if err != nil {
		return 0, err
	}
	return s.store.Each(ctx, "sweep matter", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		m, err := tx.Matters.Lock(ctx, id)
		if err != nil {
			return false, err
		}
		if m.CallDue(now) {
			return true, askToCall(ctx, tx, m, now)
		}
		cause, closes := m.Due(now)
		by := model.StepBy{Now: now}
		switch {
		case closes:
			err = m.Close(by)
		case cause != "":
			err = escalate(ctx, tx, m, by, cause)
		default:
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, record(ctx, tx, m)
	})
}

// askToCall asks an officer who did not handle a matter to call its reporter; nobody where there is no such officer.
func askToCall(ctx context.Context, tx *repository.Store, m *model.Matter, now model.Instant) error {
	caller, err := officerFor(ctx, tx, m.Tier, m.Place, false, m.OwnerID, m.FinishedBy, m.ReporterID)
	if err == nil {
		err = tx.Matters.Postpone(ctx, m)
	}
	if err != nil || caller == 0 {
		return err
	}
	return notify.Tell(ctx, tx, &model.Notice{
		CommunityID: m.CommunityID, MemberID: caller, Kind: model.NoticeMatter, Title: "请回访反映人", Body: "《" + m.Title + "》已有结果，反映人还没有评价，请回访。",
		Ref: model.NoticeRef{Type: model.RefMatter, ID: m.ID}, Key: fmt.Sprintf("matter:%d:call:%d", m.ID, now.Day()), CreatedAt: now,
	})
}

package reception

import (
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// ProposeSwap asks another host to take a shift of the caller's, in exchange for one of theirs, or for none. It fails with
// ErrNotFound, ErrForbidden for a shift that is not the caller's, ErrHost, ErrSwapState, and with the rule that either
// would break.
func (r *Reception) ProposeSwap(ctx context.Context, who model.Actor, shift, to, other model.ID) (*model.Swap, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Swap, error) {
		mine, err := r.lockShift(ctx, tx, who, shift)
		switch {
		case err != nil:
			return nil, err
		case mine.MemberID != who.MemberID:
			return nil, hidden(mine)
		case to == who.MemberID:
			return nil, model.ErrInvalid.Saying("不能和自己换班", "One does not swap with oneself.")
		}
		swap := &model.Swap{
			ID: tx.NewID(), CommunityID: mine.CommunityID, ShiftID: shift, OtherShiftID: other, FromID: who.MemberID, ToID: to,
			Status: model.SwapProposed, CreatedAt: r.now(),
		}
		if err := r.exchange(ctx, tx, swap); err != nil { // as it would be; nothing of it is kept
			return nil, err
		}
		swap.Shift, swap.Other = nil, nil
		if err := tx.Reception.AddSwap(ctx, swap); err != nil {
			return nil, err
		}
		if err := r.tell(ctx, tx, mine, "swap:"+swap.ID.String(), "会客室换班", fmt.Sprintf("有人想把 %s 的班换给您，请回复", mine.Day), to); err != nil {
			return nil, err
		}
		return swap, viewSwaps(ctx, tx, swap)
	})
}

// exchange checks both rules of a swap and hands the shifts over, in the values only.
func (r *Reception) exchange(ctx context.Context, tx *repository.Store, swap *model.Swap) error {
	ids := []model.ID{swap.ShiftID, swap.OtherShiftID}
	slices.Sort(ids) // locks in one order
	shifts := map[model.ID]*model.Shift{}
	for _, id := range ids {
		if id == 0 {
			continue
		}
		s, err := tx.Reception.LockShift(ctx, id)
		switch {
		case err != nil:
			return err
		case s.CommunityID != swap.CommunityID:
			return model.ErrNotFound
		}
		shifts[id] = s
	}
	mine, theirs := shifts[swap.ShiftID], shifts[swap.OtherShiftID]
	if theirs != nil && theirs.MemberID != swap.ToID || theirs != nil && theirs.Day == mine.Day {
		return model.ErrSwapState
	}
	people := []model.ID{swap.FromID, swap.ToID}
	slices.Sort(people)
	for _, id := range people {
		if _, err := tx.Members.Lock(ctx, id); err != nil {
			return err
		}
	}
	if err := allows(ctx, tx, swap.ToID, mine, swap.OtherShiftID); err != nil {
		return err
	}
	if err := mine.Give(swap.FromID, swap.ToID, r.now()); err != nil {
		return err
	}
	swap.Shift = mine
	if theirs == nil {
		return nil
	}
	if err := allows(ctx, tx, swap.FromID, theirs, swap.ShiftID); err != nil {
		return err
	}
	swap.Other = theirs
	return theirs.Give(swap.ToID, swap.FromID, r.now())
}

// AnswerSwap is what the other host says: with yes the shifts change hands, if both rules still hold. It fails with
// ErrNotFound for anyone else, with ErrSwapState when it was answered or the shifts have changed, and as ProposeSwap
// does.
func (r *Reception) AnswerSwap(ctx context.Context, who model.Actor, id model.ID, yes bool) (*model.Swap, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Swap, error) {
		swap, err := tx.Reception.LockSwap(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case swap.ToID != who.MemberID:
			return nil, model.ErrNotFound
		}
		to, words := model.SwapDeclined, "谢绝了换班"
		if yes {
			to, words = model.SwapAccepted, "同意了换班"
		}
		if err := swap.Answer(to, r.now()); err != nil {
			return nil, err
		}
		if yes {
			if err := r.hand(ctx, tx, swap); err != nil {
				return nil, err
			}
		}
		if err := tx.Reception.AnswerSwap(ctx, swap); err != nil {
			return nil, err
		}
		shift, err := tx.Reception.Shift(ctx, swap.ShiftID)
		if err != nil {
			return nil, err
		}
		if err := r.tell(ctx, tx, shift, "swapped:"+swap.ID.String(), "会客室换班", fmt.Sprintf("%s 的班：对方%s", shift.Day, words), swap.FromID); err != nil {
			return nil, err
		}
		return swap, viewSwaps(ctx, tx, swap)
	})
}

// hand writes that shifts change hands.
func (r *Reception) hand(ctx context.Context, tx *repository.Store, swap *model.Swap) error {
	if err := r.exchange(ctx, tx, swap); err != nil {
		return err
	}
	if err := tx.Reception.UpdateShift(ctx, swap.Shift); err != nil {
		return err
	}
	if swap.Other == nil {
		return nil
	}
	return tx.Reception.UpdateShift(ctx, swap.Other)
}

// Swaps lists the swaps that the caller proposed or is asked for, newest first. It fails with ErrCursor.
func (r *Reception) Swaps(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Swap], error) {
	name := fmt.Sprintf("swaps:%d", who.MemberID)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Reception.SwapsOf(ctx, who.MemberID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Swap) int64 { return int64(last.ID) })
	return list, viewSwaps(ctx, r.store, list.Items...)
}

func viewSwaps(ctx context.Context, s *repository.Store, swaps ...*model.Swap) error {
	var people []model.ID
	for _, swap := range swaps {
		people = append(people, swap.FromID, swap.ToID)
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, swap := range swaps {
		swap.From, swap.To = refs[swap.FromID], refs[swap.ToID]
	}
	return err
}

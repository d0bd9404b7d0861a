package matters

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// SweepUpheld makes the breaches final that nobody appealed against in time, and takes back what was given for them. It
// reads the state, so any number of processes may run it. It returns how many became final.
func (s *Matters) SweepUpheld(ctx context.Context) (int, error) {
	now := s.now()
	ids, err := s.store.Breaches.Unappealed(ctx, now.Add(-model.BreachAppealWithin), sweepBatch)
	if err != nil {
		return 0, err
	}
	defer s.ledger.Nudge()
	return s.store.Each(ctx, "breach without appeal", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		b, err := tx.Breaches.Lock(ctx, id)
		if err != nil {
			return false, err
		}
		if b.Stand(now) != nil {
			return false, nil // somebody was first
		}
		return true, s.conclude(ctx, tx, b)
	})
}

// conclude writes a locked breach after a step, takes back what was given for it once it is final, and tells whom it
// concerns; nobody once who is accountable closed their account.
func (s *Matters) conclude(ctx context.Context, tx *repository.Store, b *model.Breach) error {
	if err := tx.Breaches.Update(ctx, b); err != nil {
		return err
	}
	if err := nameBreaches(ctx, tx, []*model.Breach{b}); err != nil {
		return err
	}
	var taken int64
	if by := b.Final(); by != 0 {
		m, err := tx.Matters.Lock(ctx, b.MatterID)
		if err != nil {
			return err
		}
		reason := fmt.Sprintf("违诺成立，收回为该事项发放的积分（违诺记录 %d）", b.ID)
		if taken, err = s.ledger.Forfeit(ctx, tx, m, b.AccountableID, by, reason); err != nil {
			return err
		}
	}
	people, err := tx.Members.Some(ctx, []model.ID{b.AccountableID})
	if m := people[b.AccountableID]; err != nil || m != nil && m.Erased() {
		return err
	}
	return concern(ctx, tx, b, taken)
}

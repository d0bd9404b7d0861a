package ledger

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// expireBatch is how many lots are ended in one transaction.
const expireBatch = 100

// Expire ends what remains in lots whose last day is over, and returns how many lots that were. It reads the
// state, so any number of processes may run it, at any time; each looks once a day, as lots end by the day.
func (l *Ledger) Expire(ctx context.Context) (ended int, err error) {
	today := l.now().Day()
	if model.Day(l.expired.Load()) == today {
		return 0, nil
	}
	defer l.Nudge()
	for after := model.ID(0); ; {
		lots, err := l.store.Points.EndedLots(ctx, today, after, expireBatch)
		if err != nil {
			return ended, err
		}
		if len(lots) == 0 {
			l.expired.Store(int32(today))
			return ended, nil
		}
		n, err := l.expire(ctx, lots, today)
		if ended += n; err != nil {
			return ended, err
		}
		after = lots[len(lots)-1].AccountID
	}
}

func (l *Ledger) expire(ctx context.Context, lots []model.LotMove, today model.Day) (ended int, err error) {
	err = l.store.Tx(ctx, func(tx *repository.Store) error {
		jobs, err := expiries(ctx, tx, lots, today)
		if err != nil {
			return err
		}
		outcomes, err := l.PostMany(ctx, tx, jobs)
		ended = 0
		for _, o := range outcomes {
			err = errors.Join(err, o.Err)
			if o.Err == nil && !o.Results[0].Replayed && o.Results[0].Amount > 0 {
				ended++
			}
		}
		return err
	})
	return ended, err
}

// expiries makes the jobs that end lots. The amount is what remains when they are posted.
func expiries(ctx context.Context, tx *repository.Store, lots []model.LotMove, today model.Day) ([]Job, error) {
	ids := make([]model.ID, len(lots))
	for i, lot := range lots {
		ids[i] = lot.AccountID
	}
	accounts, err := tx.Points.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID, owners := map[model.ID]*model.Account{}, []model.ID{}
	for _, a := range accounts {
		byID[a.ID] = a
		owners = append(owners, a.OwnerID)
	}
	members, err := tx.Members.Some(ctx, owners)
	if err != nil {
		return nil, err
	}
	jobs := make([]Job, len(lots))
	for i, lot := range lots {
		a := byID[lot.AccountID]
		jobs[i] = Job{Postings: []Posting{{
			// A lot into which a hold is released later ends once more, on another day.
			Key: fmt.Sprintf("expire:%d:%d:%d", a.ID, lot.ExpiresDay, today), Kind: model.KindExpire, Lot: lot.ExpiresDay,
			Debit: a.Key(), Credit: model.System(a.CommunityID, model.AccountExpired), Code: model.CodeExpire, Member: members[a.OwnerID],
			Memo: lot.ExpiresDay.String() + " 到期",
		}}}
	}
	return jobs, nil
}

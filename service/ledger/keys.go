package ledger

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// trust says how write learns that a key was posted or answered before.
type trust bool

const (
	// takeAsNew has it find out by the unique keys of what it writes, and fail with ErrDuplicate then: most keys
	// are new, and need no look.
	takeAsNew trust = true
	lookUp    trust = false
)

// past is what is known of the keys of jobs.
type past struct {
	posted  map[string]posted
	answers repository.Answers
}

func (l *Ledger) past(ctx context.Context, tx *repository.Store, jobs []Job) (p past, err error) {
	if p.posted, err = l.earlier(ctx, tx, jobs); err != nil {
		return p, err
	}
	p.answers, err = tx.Answers(ctx, promises(jobs))
	return p, err
}

// wantNew fails with ErrDuplicate when a job that was refused, or of which the caps left nothing, had been posted
// before: then that is its answer.
func (l *Ledger) wantNew(ctx context.Context, tx *repository.Store, jobs []Job, groups [][]*step, outcomes []outcome) error {
	var doubtful []Job
	for i, o := range outcomes {
		if o.err != nil || slices.ContainsFunc(groups[i], func(s *step) bool { return s.Amount == 0 }) {
			doubtful = append(doubtful, jobs[i])
		}
	}
	if len(doubtful) == 0 {
		return nil
	}
	earlier, err := l.earlier(ctx, tx, doubtful)
	if err == nil && len(earlier) > 0 {
		err = model.ErrDuplicate
	}
	return err
}

// posted is what was posted under a key.
type posted struct {
	transfer *model.Transfer
	entries  []*model.Entry
}

// result tells what was posted as the result of a posting.
func (p posted) result(wallet model.ID, replayed bool) Result {
	r := Result{TransferID: p.transfer.ID, Amount: p.transfer.Amount, Replayed: replayed}
	for _, e := range p.entries {
		if p.transfer.MemberID != 0 && e.AccountID == wallet {
			r.Balance = e.PostedAfter
		}
	}
	return r
}

// earlier returns what is posted already under the keys of jobs.
func (l *Ledger) earlier(ctx context.Context, tx *repository.Store, jobs []Job) (map[string]posted, error) {
	var keys []string
	for _, job := range jobs {
		for i := range job.Postings {
			keys = append(keys, job.Postings[i].Key)
		}
	}
	found := map[string]posted{}
	transfers, err := tx.Points.TransfersByKey(ctx, keys)
	if err != nil || len(transfers) == 0 {
		return found, err
	}
	ids := make([]model.ID, len(transfers))
	for i, t := range transfers {
		ids[i] = t.ID
	}
	entries, err := tx.Points.EntriesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	byTransfer := map[model.ID][]*model.Entry{}
	for _, e := range entries {
		byTransfer[e.TransferID] = append(byTransfer[e.TransferID], e)
	}
	for _, t := range transfers {
		found[t.IdemKey] = posted{t, byTransfer[t.ID]}
	}
	return found, nil
}

func promises(jobs []Job) []*model.Idempotency {
	var list []*model.Idempotency
	for i := range jobs {
		if jobs[i].promise != nil {
			list = append(list, jobs[i].promise)
		}
	}
	return list
}

// replayed reports whether a job had been done before.
func replayed(results []Result) bool {
	return slices.ContainsFunc(results, func(r Result) bool { return r.Replayed })
}

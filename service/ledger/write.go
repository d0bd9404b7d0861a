package ledger

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// outcome is what became of one job.
type outcome struct {
	results []Result
	answer  []byte // what was answered to the caller's key before; the job was not done again
	changed bool   // its row
	err     error
}

// Outcome is what became of one of many jobs.
type Outcome struct {
	Results []Result
	Err     error // why it was not posted
}

// PostMany posts jobs in their order within the caller's transaction; each succeeds or fails alone. Its
// locks come after those of the business row and before those of children. The caller calls Nudge after
// its commit. An error is one of the whole transaction.
func (l *Ledger) PostMany(ctx context.Context, tx *repository.Store, jobs []Job) ([]Outcome, error) {
	var postings []Posting
	for i := range jobs {
		postings = append(postings, jobs[i].Postings...)
	}
	ids, err := l.resolve(ctx, tx, postings)
	if err != nil {
		return nil, err
	}
	written, err := l.write(ctx, tx, ids, jobs, lookUp)
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(written))
	for i, o := range written {
		outcomes[i] = Outcome{o.results, o.err}
	}
	return outcomes, nil
}

// write posts jobs in their order in one transaction. What a job does wrong is its own outcome; an error
// is one of the whole transaction.
func (l *Ledger) write(ctx context.Context, tx *repository.Store, ids map[model.AccountKey]model.ID, jobs []Job, keys trust) ([]outcome, error) {
	outcomes := make([]outcome, len(jobs))
	if err := change(ctx, tx, jobs, outcomes, keys); err != nil {
		return nil, err
	}
	accounts, err := lock(ctx, tx, ids, jobs)
	if err != nil {
		return nil, err
	}
	var known past
	if keys == lookUp {
		// Only now: what was posted by who held the locks before is visible.
		if known, err = l.past(ctx, tx, jobs); err != nil {
			return nil, err
		}
	} else {
		known.posted = map[string]posted{}
	}
	groups := make([][]*step, len(jobs))
	for i := range jobs {
		groups[i] = make([]*step, len(jobs[i].Postings))
		for k := range jobs[i].Postings {
			groups[i][k] = jobs[i].Postings[k].step(l.store.NewID(), ids, l.now())
		}
	}
	s, err := load(ctx, tx, accounts, slices.Concat(groups...))
	if err != nil {
		return nil, err
	}
	m := newMachine(s)
	for i := range jobs {
		if err := outcomes[i].decide(m, ids, &jobs[i], groups[i], known); err != nil {
			if keys == takeAsNew {
				err = model.ErrDuplicate // with a look first, the key may be found to be an old one
			}
			return nil, err
		}
	}
	if keys == takeAsNew {
		if err := l.wantNew(ctx, tx, jobs, groups, outcomes); err != nil {
			return nil, err
		}
	}
	return outcomes, save(ctx, tx, m, jobs, outcomes)
}

// change has the jobs that have one make their change, in the order of the rows. With a look first, what was answered
// before is not changed again.
func change(ctx context.Context, tx *repository.Store, jobs []Job, outcomes []outcome, keys trust) error {
	var order []int
	var changing []Job
	for i := range jobs {
		if jobs[i].Change != nil {
			order, changing = append(order, i), append(changing, jobs[i])
		}
	}
	var answers repository.Answers
	if keys == lookUp {
		var err error
		if answers, err = tx.Answers(ctx, promises(changing)); err != nil {
			return err
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(jobs[a].Row, jobs[b].Row) })
	for _, i := range order {
		if answer, err := answers.To(jobs[i].promise); answer != nil || err != nil {
			continue
		}
		err := jobs[i].Change(ctx, tx)
		if err != nil && !errors.Is(err, model.ErrStale) {
			return err
		}
		outcomes[i].changed, outcomes[i].err = err == nil, err
	}
	return nil
}

// decide posts a job, unless it was answered or refused before. It fails when nothing is posted for a job that has
// changed its row already: the transaction must not be committed with that.
func (o *outcome) decide(m *machine, ids map[model.AccountKey]model.ID, job *Job, group []*step, known past) error {
	if answer, err := known.answers.To(job.promise); answer != nil || err != nil {
		o.answer, o.err = answer, err
	}
	if o.answer == nil && o.err == nil {
		o.results, o.err = run(m, ids, job, group, known.posted)
	}
	switch {
	case !o.changed:
		return nil
	case o.err == nil && (o.answer != nil || replayed(o.results)):
		return model.ErrStale // it was posted for another change
	}
	return o.err
}

// lock takes every tracked account that the jobs touch, in the order of the ids.
func lock(ctx context.Context, tx *repository.Store, ids map[model.AccountKey]model.ID, jobs []Job) (map[model.ID]*model.Account, error) {
	tracked := map[model.ID]bool{}
	for i := range jobs {
		for _, k := range jobs[i].tracked() {
			tracked[ids[k]] = true
		}
	}
	rows, err := tx.Points.LockAccounts(ctx, slices.Sorted(maps.Keys(tracked)))
	if err != nil {
		return nil, err
	}
	if len(rows) != len(tracked) {
		return nil, fmt.Errorf("%d of %d accounts are there", len(rows), len(tracked))
	}
	accounts := make(map[model.ID]*model.Account, len(rows))
	for _, a := range rows {
		accounts[a.ID] = a
	}
	return accounts, nil
}

// needs is what the machine has to know of the past for some steps.
type needs struct {
	wallets []model.ID // whose lots something is taken from
	targets []model.ID // transfers that are reversed, or hold what is settled
	holds   []model.ID // that end
	caps    []model.CapKey
}

func needsOf(accounts map[model.ID]*model.Account, steps []*step) (n needs) {
	for _, s := range steps {
		for _, id := range []model.ID{s.DebitID, s.CreditID} {
			if a := accounts[id]; a != nil && a.Expires() && (id == s.DebitID || s.Kind == model.KindReverse) {
				n.wallets = append(n.wallets, id)
			}
		}
		if s.HoldID != nil {
			n.holds, n.targets = append(n.holds, *s.HoldID), append(n.targets, *s.HoldID)
		}
		if s.ReversesID != nil {
			n.targets = append(n.targets, *s.ReversesID)
		}
		for _, c := range s.caps {
			n.caps = append(n.caps, c.Key)
		}
	}
	return n
}

// load reads what the machine starts from, for locked accounts and the steps on them.
func load(ctx context.Context, tx *repository.Store, accounts map[model.ID]*model.Account, steps []*step) (state, error) {
	s := state{
		accounts: accounts, lots: map[model.ID]model.Lots{}, moved: map[model.ID]model.Lots{}, holds: map[model.ID]*model.Hold{},
		used: map[model.CapKey]int64{},
	}
	n := needsOf(accounts, steps)
	for _, read := range []func() error{
		func() error { return tx.Points.ReadLots(ctx, n.wallets, s.lots) },
		func() error { return tx.Points.ReadMoved(ctx, n.targets, s.moved) },
		func() error { return tx.Points.ReadHolds(ctx, n.holds, s.holds) },
		func() error { return tx.Points.ReadCaps(ctx, n.caps, s.used) },
	} {
		if err := read(); err != nil {
			return state{}, err
		}
	}
	return s, nil
}

// run applies one job, or finds what it did before. What it posts is added to earlier, so that a key
// that comes twice in one batch is posted once.
func run(m *machine, ids map[model.AccountKey]model.ID, job *Job, group []*step, earlier map[string]posted) ([]Result, error) {
	results := make([]Result, len(job.Postings))
	again := false
	for i := range job.Postings {
		p := &job.Postings[i]
		if before, found := earlier[p.Key]; found {
			if len(p.Hash) > 0 && !bytes.Equal(p.Hash, before.transfer.IdemHash) {
				return nil, model.ErrKeyReused
			}
			results[i], again = before.result(ids[p.wallet()], true), true
		}
	}
	if again { // what of the job has no transfer had nothing left by its caps
		return results, nil
	}
	for _, left := range job.Allowances {
		if asked := job.Postings[0].Amount; left.Left < asked {
			return nil, left.Over.Leaving(left.Left)
		}
	}
	first := len(m.entries)
	if err := m.post(group); err != nil {
		return nil, err
	}
	for _, left := range job.Allowances {
		left.Left -= group[0].Amount
	}
	for i, s := range group {
		if s.Amount == 0 {
			continue
		}
		entries := slices.DeleteFunc(slices.Clone(m.entries[first:]), func(e *model.Entry) bool { return e.TransferID != s.ID })
		earlier[s.IdemKey] = posted{s.Transfer, entries}
		results[i] = earlier[s.IdemKey].result(ids[job.Postings[i].wallet()], false)
	}
	return results, nil
}

// save writes what the machine made, and what the jobs add to it.
func save(ctx context.Context, tx *repository.Store, m *machine, jobs []Job, outcomes []outcome) error {
	var rows []repository.Insertion
	for i := range jobs {
		if o := &outcomes[i]; jobs[i].Rows != nil && o.err == nil && o.answer == nil && !replayed(o.results) {
			more, err := jobs[i].Rows(o.results)
			if err != nil {
				return err
			}
			rows = append(rows, more...)
		}
	}
	var ended []model.ID
	for _, t := range m.transfers {
		if t.Kind.EndsHold() {
			ended = append(ended, *t.HoldID)
		}
	}
	used := make(map[model.CapKey]int64, len(m.granted))
	for _, k := range m.granted {
		used[k] = m.used[k]
	}
	for _, write := range []func() error{
		func() error { return tx.Points.Append(ctx, m.transfers, m.entries, m.moves) },
		func() error { return tx.Points.UpdateAccounts(ctx, m.changes()) },
		func() error { return tx.Points.OpenHolds(ctx, m.opened) },
		func() error { return tx.Points.EndHolds(ctx, ended) },
		func() error { return tx.Points.WriteCaps(ctx, used) },
		func() error { return tx.Insert(ctx, rows) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// Once posts a job and stores what it answers beside its effect, so that the caller's idempotency key has the same
// answer again, now and in any other use case. A job that was done before under its own keys is answered by
// what it posted then; with that, did is false.
func Once[T any](ctx context.Context, l *Ledger, job Job, now model.Instant, answer func([]Result) T) (result T, did bool, err error) {
	promise := model.IdempotencyOf(ctx)
	job.promise = promise
	rows := job.Rows
	job.Rows = func(results []Result) (list []repository.Insertion, err error) {
		if rows != nil {
			if list, err = rows(results); err != nil {
				return nil, err
			}
		}
		if promise != nil {
			row, err := l.store.AnswerRow(promise, answer(results), now)
			if err != nil {
				return nil, err
			}
			list = append(list, row)
		}
		return list, nil
	}
	o, err := l.post(ctx, job)
	switch {
	case err != nil:
		// Another process may have answered the key since: then its effect is why the job failed.
		result, err = repository.AnswerOr[T](ctx, l.store, err)
		return result, err == nil, err
	case o.answer != nil:
		promise.Replayed()
		return result, true, json.Unmarshal(o.answer, &result)
	case replayed(o.results) && promise != nil:
		promise.Replayed()
	}
	return answer(o.results), !replayed(o.results), nil
}

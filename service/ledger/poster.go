package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// maxBatch is how many jobs are committed together at most.
	maxBatch = 128
	// maxAtOnce is how many batches are on their way together: while one waits for the disk, the next is made.
	maxAtOnce = 2
	// maxWaiting is how many jobs wait in order here; the rest wait to be taken.
	maxWaiting = 4 * maxBatch
	// batchTime is how long the database may take over one batch.
	batchTime = 20 * time.Second
)

// call is a job and where its caller waits.
type call struct {
	job   Job
	wants []model.AccountKey // the tracked accounts of the job
	done  chan outcome
}

// Post hands a job to the poster and waits until it is durable. It fails with ErrInsufficient, ErrBudget,
// ErrKeyReused, as Rows and Change fail, and with ErrUnavailable when the database is away or the
// caller cannot wait; then the job may yet be done, and the same key tells.
func (l *Ledger) Post(ctx context.Context, job Job) ([]Result, error) {
	o, err := l.post(ctx, job)
	return o.results, err
}

func (l *Ledger) post(ctx context.Context, job Job) (outcome, error) {
	c := &call{job, job.tracked(), make(chan outcome, 1)}
	select {
	case l.queue <- c:
	case <-l.stopped:
		return outcome{}, errStopped
	case <-ctx.Done():
		return outcome{}, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
	}
	select {
	case o := <-c.done:
		return o, o.err
	case <-l.stopped:
		// The poster answers all that it took before it stops; what it did not take is not done.
		select {
		case o := <-c.done:
			return o, o.err
		default:
			return outcome{}, errStopped
		}
	case <-ctx.Done():
		return outcome{}, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
	}
}

var errStopped = fmt.Errorf("%w: the ledger has stopped", model.ErrUnavailable)

// runPoster commits what is waiting, as much as is there and without waiting for more.
func (l *Ledger) runPoster(ctx context.Context) {
	defer close(l.stopped)
	working := context.WithoutCancel(ctx)
	ended, ending := make(chan []*call), ctx.Done()
	q := line{busy: map[model.AccountKey]bool{}}
	for ending != nil || q.atOnce > 0 || len(q.waiting) > 0 {
		for batch := q.next(); len(batch) > 0; batch = q.next() {
			go func() {
				l.commit(working, batch, takeAsNew)
				ended <- batch
			}()
		}
		queue := l.queue
		if ending == nil || len(q.waiting) >= maxWaiting {
			queue = nil
		}
		select {
		case c := <-queue:
			q.waiting = append(q.waiting, l.take(c)...)
		case batch := <-ended:
			q.end(batch)
		case <-ending:
			ending = nil
			q.waiting = append(q.waiting, l.take()...)
		}
	}
}

// line is what waits to be committed, in order, and what is on its way. What would wait for the lock of an account
// there waits here instead, and gathers, so that an account that all want is written once for many.
type line struct {
	waiting []*call
	busy    map[model.AccountKey]bool // accounts of the batches on their way
	atOnce  int                       // those batches
}

// next takes the calls that can be committed now: none that shares an account with a batch on its way, or with a
// call before it that has to wait.
func (q *line) next() (batch []*call) {
	if q.atOnce == maxAtOnce {
		return nil
	}
	wanted := map[model.AccountKey]bool{}
	var rest []*call
	for _, c := range q.waiting {
		if len(batch) < maxBatch && !slices.ContainsFunc(c.wants, func(k model.AccountKey) bool { return q.busy[k] || wanted[k] }) {
			batch = append(batch, c)
			continue
		}
		rest = append(rest, c)
		for _, k := range c.wants {
			wanted[k] = true
		}
	}
	if len(batch) > 0 {
		q.waiting = rest
		q.atOnce++
		q.mark(batch, true)
	}
	return batch
}

// end frees the accounts of a batch.
func (q *line) end(batch []*call) {
	q.atOnce--
	q.mark(batch, false)
}

func (q *line) mark(batch []*call, busy bool) {
	for _, c := range batch {
		for _, k := range c.wants {
			if busy {
				q.busy[k] = true
			} else {
				delete(q.busy, k)
			}
		}
	}
}

// PostWaiting commits what is waiting, until nothing does, for who drives the ledger by hand instead of Run, as SealAll
// seals.
func (l *Ledger) PostWaiting(ctx context.Context) {
	for batch := l.take(); len(batch) > 0; batch = l.take() {
		l.commit(ctx, batch, takeAsNew)
	}
}

// take returns what is waiting after the first ones.
func (l *Ledger) take(first ...*call) []*call {
	batch := first
	for len(batch) < maxBatch {
		select {
		case c := <-l.queue:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// commit posts a batch in one transaction and answers its callers. A batch that meets a key from before is posted
// with a look first; one that fails as a whole is posted in halves, so that one job's fault is its own and costs the
// others little.
func (l *Ledger) commit(ctx context.Context, batch []*call, keys trust) {
	outcomes, err := l.attempt(ctx, batch, keys)
	switch {
	case keys == takeAsNew && errors.Is(err, model.ErrDuplicate):
		l.commit(ctx, batch, lookUp)
		return
	case err != nil && len(batch) > 1 && !errors.Is(err, model.ErrUnavailable):
		l.commit(ctx, batch[:len(batch)/2], keys)
		l.commit(ctx, batch[len(batch)/2:], keys)
		return
	}
	for i, c := range batch {
		if err != nil {
			c.done <- outcome{err: err}
			continue
		}
		c.done <- outcomes[i]
	}
	l.Nudge()
}

func (l *Ledger) attempt(ctx context.Context, batch []*call, keys trust) (outcomes []outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("post: %w", model.Panicked(p)) // the poster must live on
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	jobs := make([]Job, len(batch))
	var postings []Posting
	for i, c := range batch {
		jobs[i] = c.job
		postings = append(postings, c.job.Postings...)
	}
	ids, err := l.resolve(ctx, l.store, postings)
	if err != nil {
		return nil, err
	}
	err = l.store.Tx(ctx, func(tx *repository.Store) error {
		outcomes, err = l.write(ctx, tx, ids, jobs, keys)
		return err
	})
	return outcomes, err
}

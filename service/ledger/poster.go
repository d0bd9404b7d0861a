package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// maxBatch is how many jobs are committed together at most.
	maxBatch = 128
	// batchTime is how long the database may take over one batch.
	batchTime = 20 * time.Second
)

// call is a job and where its caller waits.
type call struct {
	job  Job
	done chan outcome
}

// Post hands a job to the poster and waits until it is durable. It fails with ErrInsufficient, ErrBudget,
// ErrKeyReused, as Rows fails, and with ErrUnavailable when the database is away or the
// caller cannot wait; then the job may yet be done, and the same key tells.
func (l *Ledger) Post(ctx context.Context, job Job) ([]Result, error) {
	o, err := l.post(ctx, job)
	return o.results, err
}

func (l *Ledger) post(ctx context.Context, job Job) (outcome, error) {
	c := &call{job, make(chan outcome, 1)}
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
	for {
		select {
		case c := <-l.queue:
			l.commit(working, l.take(c))
		case <-ctx.Done():
			l.PostWaiting(working)
			return
		}
	}
}

// PostWaiting commits what is waiting, until nothing does.
func (l *Ledger) PostWaiting(ctx context.Context) {
	for {
		select {
		case c := <-l.queue:
			l.commit(ctx, l.take(c))
		default:
			return
		}
	}
}

func (l *Ledger) take(first *call) []*call {
	batch := append(make([]*call, 0, maxBatch), first)
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

// commit posts a batch in one transaction and answers its callers. A batch that fails as a whole is
// posted in halves, so that one job's fault is its own and costs the others little.
func (l *Ledger) commit(ctx context.Context, batch []*call) {
	outcomes, err := l.attempt(ctx, batch)
	if err != nil && len(batch) > 1 && !errors.Is(err, model.ErrUnavailable) {
		l.commit(ctx, batch[:len(batch)/2])
		l.commit(ctx, batch[len(batch)/2:])
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

func (l *Ledger) attempt(ctx context.Context, batch []*call) (outcomes []outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("posting panicked: %v", p) // the poster must live on
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
		outcomes, err = l.write(ctx, tx, ids, jobs)
		return err
	})
	return outcomes, err
}

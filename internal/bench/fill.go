package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/ledger"
)

const (
	// fillLines is how many entries are made in one transaction.
	fillLines = 2000
	// fillDays is over how many days, back from today, the entries are spread.
	fillDays = 90
	// fillTold is after how many entries the progress is told.
	fillTold = 20_000
)

// filler makes entries with the service's own ledger, beside no server.
type filler struct {
	ledger  *ledger.Ledger
	store   *repository.Store
	rules   *model.RuleSet
	members []*model.Member
	from    int // the first
	run     int // how many a member gets one after the other, so that everybody gets some
	start   model.Instant
}

// fill makes entries from a number to another. What is made is sealed, counted and carried to Redis before it
// returns.
func (b *bench) fill(ctx context.Context, from, to int) (err error) {
	store, err := repository.Open(b.database, ring())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Lease(ctx); err != nil {
		return err
	}
	redis, err := repository.OpenRedis(os.Getenv("LBL_TEST_REDIS_URL"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Close()) }()
	f := &filler{ledger: ledger.New(store, now), store: store, from: from, start: now()}
	home, err := model.ParseID(b.home)
	if err != nil {
		return err
	}
	if f.rules, err = f.ledger.Rules(ctx, home); err != nil {
		return err
	}
	if f.members, err = store.Members.All(ctx, home); err != nil {
		return err
	}
	f.run = max(1, (to-from)/len(f.members))
	start := time.Now()
	// Two transactions at a time are about other members, and one works while the other waits for the disk.
	_, err = drive(ctx, 2, func(_ time.Time, n int) bool { return from+n*fillLines < to }, func(ctx context.Context, _, n int) error {
		first := from + n*fillLines
		last := min(first+fillLines, to)
		if last/fillTold > first/fillTold {
			fmt.Fprintf(os.Stderr, "filled %d of %d entries, %.0f/s\n", first, to, float64(first-from)/time.Since(start).Seconds())
		}
		return f.post(ctx, first, last)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "filled after %s\n", time.Since(start).Round(time.Second))
	scores := boards.New(store, redis, now)
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{{"sealed", f.ledger.SealAll}, {"counted", scores.CatchUp}, {"in Redis", scores.SyncAll}} {
		if err := step.run(ctx); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s after %s\n", step.name, time.Since(start).Round(time.Second))
	}
	return nil
}

// post makes the entries of one transaction.
func (f *filler) post(ctx context.Context, from, to int) error {
	jobs := make([]ledger.Job, 0, to-from)
	for n := from; n < to; n++ {
		m := f.members[(n-f.from)/f.run%len(f.members)]
		jobs = append(jobs, ledger.Job{Postings: []ledger.Posting{{
			Key: fmt.Sprint("fill:", n), Debit: model.Pool(m.CommunityID, model.Points), Credit: model.Wallet(m.CommunityID, m.ID, model.Points), Amount: 1,
			Code: model.RuleAdjust, Rules: f.rules, Class: model.Declared, Ref: model.RefAward, Member: m, Memo: "bench",
			At: f.start.Add(-time.Duration(n*7919%fillDays) * 24 * time.Hour),
		}}})
	}
	return f.store.Tx(ctx, func(tx *repository.Store) error {
		outcomes, err := f.ledger.PostMany(ctx, tx, jobs)
		for _, o := range outcomes {
			err = errors.Join(err, o.Err)
		}
		return err
	})
}

package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"linbanglin/internal/memo"
	"linbanglin/model"
	"linbanglin/repository"
)

// How long rows that seldom change are trusted. Only what an award is checked against is remembered;
// balances, budgets and what was posted are always read under their locks.
const (
	rulesTrust     = 5 * time.Second
	memberTrust    = 30 * time.Second
	campaignTrust  = time.Second
	rememberedRows = 100_000
)

// Ledger posts, seals and shows points and minutes.
type Ledger struct {
	store    *repository.Store
	now      func() model.Instant
	queue    chan *call
	stopped  chan struct{} // closed when the poster takes no more
	sealing  chan struct{} // a nudge to the sealer
	sealed   func()        // told after a seal
	accounts accountIDs

	rules     *memo.Memo[model.ID, *model.RuleSet]
	members   *memo.Memo[model.ID, *model.Member]
	campaigns *memo.Memo[model.ID, *model.Campaign]
	earned    earned
	signing   signing
}

// New returns a ledger on the store. Run must be running for Post to answer and for records to be sealed.
func New(store *repository.Store, now func() model.Instant) *Ledger {
	l := &Ledger{
		store: store, now: now,
		queue: make(chan *call, maxBatch), stopped: make(chan struct{}), sealing: make(chan struct{}, 1), sealed: func() {},
		members:   memo.New(memberTrust, rememberedRows, store.Members.Get),
		campaigns: memo.New(campaignTrust, rememberedRows, store.Campaigns.Get),
		signing:   signing{span: anchorSpan},
	}
	l.rules = memo.New(rulesTrust, rememberedRows, func(ctx context.Context, community model.ID) (*model.RuleSet, error) {
		return store.Points.Rules(ctx, community, now().Day())
	})
	return l
}

// OnSealed has f called whenever records were sealed here. It must be set before Run.
func (l *Ledger) OnSealed(f func()) { l.sealed = f }

// Run posts and seals until the context ends; then it posts what is waiting, seals it, and returns.
func (l *Ledger) Run(ctx context.Context) error {
	var both sync.WaitGroup
	both.Go(func() { l.runPoster(ctx) })
	both.Go(func() { l.runSealer(ctx) })
	both.Wait()
	return l.SealAll(context.WithoutCancel(ctx))
}

// PostTx posts within the caller's transaction, all or nothing. Its locks come after those of the
// business row and before those of children. The caller calls Nudge after its commit. It fails with
// ErrInsufficient, ErrBudget, and with ErrKeyReused when a key stands for something else.
func (l *Ledger) PostTx(ctx context.Context, tx *repository.Store, postings ...Posting) ([]Result, error) {
	ids, err := l.resolve(ctx, tx, postings)
	if err != nil {
		return nil, err
	}
	outcomes, err := l.write(ctx, tx, ids, []Job{{Postings: postings}})
	if err != nil {
		return nil, err
	}
	return outcomes[0].results, outcomes[0].err
}

// outcome is what became of one job.
type outcome struct {
	results []Result
	err     error
}

// write posts jobs in their order in one transaction. What a job does wrong is its own outcome; an error
// is one of the whole transaction.
func (l *Ledger) write(ctx context.Context, tx *repository.Store, ids map[model.AccountKey]model.ID, jobs []Job) ([]outcome, error) {
	tracked, keys := map[model.ID]bool{}, []string{}
	for _, job := range jobs {
		for _, p := range job.Postings {
			keys = append(keys, p.Key)
			for _, k := range []model.AccountKey{p.Debit, p.Credit} {
				if k.Tracked() {
					tracked[ids[k]] = true
				}
			}
		}
	}
	locked, err := tx.Points.LockAccounts(ctx, slices.Sorted(maps.Keys(tracked)))
	if err != nil {
		return nil, err
	}
	if len(locked) != len(tracked) {
		return nil, fmt.Errorf("%d of %d accounts are there", len(locked), len(tracked))
	}
	// Only now: what was posted under the keys by who held the locks before is visible.
	earlier, err := l.earlier(ctx, tx, keys)
	if err != nil {
		return nil, err
	}
	m := newMachine(locked)
	outcomes := make([]outcome, len(jobs))
	for i := range jobs {
		outcomes[i].results, outcomes[i].err = l.run(m, ids, &jobs[i], earlier)
	}
	return outcomes, l.save(ctx, tx, m, jobs, outcomes)
}

// BudgetTx locks a campaign's budget within the caller's transaction and returns the points left in it.
func (l *Ledger) BudgetTx(ctx context.Context, tx *repository.Store, c *model.Campaign) (int64, error) {
	key := model.Budget(c.CommunityID, c.ID, model.Points)
	found, err := tx.Points.AccountIDs(ctx, []model.AccountKey{key})
	if err != nil || found[key] == 0 {
		return 0, err
	}
	locked, err := tx.Points.LockAccounts(ctx, []model.ID{found[key]})
	if err != nil || len(locked) == 0 {
		return 0, err
	}
	return locked[0].Available(), nil
}

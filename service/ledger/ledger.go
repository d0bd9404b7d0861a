package ledger

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"linbanglin/internal/memo"
	"linbanglin/model"
	"linbanglin/repository"
)

// How long rows that seldom change are trusted. Only what an award is checked against is remembered;
// balances, budgets and what was posted are always read under their locks.
const (
	rulesTrust     = 5 * time.Second
	nodeTrust      = 30 * time.Second
	campaignTrust  = time.Second
	poolTrust      = time.Minute
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
	failed   func(error)   // told after each round of the sealer
	accounts accountIDs

	rules     *memo.Memo[rulesOn, *model.RuleSet]
	campaigns *memo.Memo[model.ID, *model.Campaign]
	nodes     *memo.Memo[model.ID, *model.Node]
	pools     *memo.Memo[poolOf, *Pool]
	known     known
	expired   atomic.Int32 // the day on which this process looked for what ended
	signing   signing
}

// New returns a ledger on the store. Run must be running for Post to answer and for records to be sealed.
func New(store *repository.Store, now func() model.Instant) *Ledger {
	l := &Ledger{
		store: store, now: now,
		queue: make(chan *call, maxBatch), stopped: make(chan struct{}), sealing: make(chan struct{}, 1), sealed: func() {}, failed: func(error) {},
		campaigns: memo.New(campaignTrust, rememberedRows, store.Campaigns.Get),
		nodes:     memo.New(nodeTrust, rememberedRows, store.Nodes.Get),
		signing:   signing{span: anchorSpan},
	}
	l.pools = memo.New(poolTrust, rememberedRows, l.readPool)
	l.rules = memo.New(rulesTrust, rememberedRows, func(ctx context.Context, of rulesOn) (*model.RuleSet, error) {
		return store.Points.Rules(ctx, of.community, of.day)
	})
	return l
}

// rulesOn is whose rules, on which day: a new day may have others.
type rulesOn struct {
	community model.ID
	day       model.Day
}

// OnSealed has f called whenever records were sealed here. It must be set before Run.
func (l *Ledger) OnSealed(f func()) { l.sealed = f }

// OnError has f called after each round of the sealer with what failed, nil when nothing did. It must be set
// before Run.
func (l *Ledger) OnError(f func(error)) { l.failed = f }

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
	outcomes, err := l.PostMany(ctx, tx, []Job{{Postings: postings}})
	if err != nil {
		return nil, err
	}
	return outcomes[0].Results, outcomes[0].Err
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

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

const (
	posters = 64
	wallets = 50
	// answerTime is within what every caller is answered.
	answerTime = 30 * time.Second
)

// soaking reports whether this is make soak.
func soaking() bool { return os.Getenv("LBL_SOAK") != "" }

// contentionTime is how long posters contend on an engine.
func contentionTime() time.Duration {
	if soaking() {
		return time.Minute
	}
	return time.Second
}

// fray is posters at the same accounts through two processes, and what they were told.
type fray struct {
	*testing.T
	desks   []*desk
	members []*model.Member
	seed    uint64

	mu     sync.Mutex
	told   map[string]ledger.Result // what was posted, by its key
	owed   map[model.ID]int64       // what each member has by that
	posted []done
	counts struct{ refused, hasty, again, own, lost int }
}

// done is a transfer and what it changed for its member.
type done struct {
	id, member model.ID
	change     int64
}

// eachFray has posters contend on every engine, and holds the books against what they were told.
func eachFray(t *testing.T, contend func(f *fray)) {
	t.Parallel()
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			f := &fray{T: t, desks: processes(t, engine, 2), seed: testworld.Seed(t), told: map[string]ledger.Result{}, owed: map[model.ID]int64{}}
			for _, who := range f.desks[0].Crowd(wallets) {
				m, err := f.desks[0].store.Members.Get(t.Context(), who.MemberID)
				if err != nil {
					t.Fatal(err)
				}
				f.members = append(f.members, m)
			}
			contend(f)
			t.Logf("%d posted, %d refused, %d gave up, %d asked again; %d transactions were tried again %d times",
				len(f.told), f.counts.refused, f.counts.hasty, f.counts.again, f.counts.own, f.counts.lost)
			f.wantPosted()
			f.desks[0].wantClean(t)
		})
	}
}

// run has all posters act until each is done.
func (f *fray) run(act func(random *rand.Rand, key string) (more bool)) {
	var all sync.WaitGroup
	for w := range posters {
		all.Go(func() {
			random := rand.New(rand.NewPCG(f.seed, uint64(w)))
			for n := 0; !f.Failed() && act(random, fmt.Sprintf("%d-%d", w, n)); n++ {
			}
		})
	}
	all.Wait()
}

func (f *fray) count(what func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what()
}

// post is a way to have something posted once.
type post func(ctx context.Context, d *desk) ([]ledger.Result, error)

// way posts through the poster, or in a transaction of the caller's own as use cases do.
func (f *fray) way(random *rand.Rand, postings ...ledger.Posting) post {
	if random.IntN(2) == 0 {
		return func(ctx context.Context, d *desk) ([]ledger.Result, error) {
			return d.Post(ctx, ledger.Job{Postings: postings})
		}
	}
	return func(ctx context.Context, d *desk) (results []ledger.Result, err error) {
		tries := 0
		err = d.store.Tx(ctx, func(tx *repository.Store) (err error) {
			tries++
			results, err = d.PostTx(ctx, tx, postings...)
			return err
		})
		d.Nudge()
		f.count(func() { f.counts.own, f.counts.lost = f.counts.own+1, f.counts.lost+max(0, tries-1) })
		return results, err
	}
}

// ask posts as callers do: some give up before they are answered, and some ask again under the same key, of
// either process. It returns what was posted, nil when that was refused for the reason that may be.
func (f *fray) ask(random *rand.Rand, do post, reason error) (told []ledger.Result) {
	first := random.IntN(2)
	call := func(d *desk, patience time.Duration) {
		ctx, stop := context.WithTimeout(f.Context(), patience)
		defer stop()
		results, err := do(ctx, d)
		for i := range results {
			results[i].Replayed = false
		}
		switch {
		case err == nil && told != nil && !slices.Equal(results, told):
			f.Errorf("what was posted as %v is posted as %v", told, results)
		case err == nil:
			told = results
		case patience < answerTime && errors.Is(err, model.ErrUnavailable):
		case reason == nil || !errors.Is(err, reason) || told != nil:
			f.Errorf("a poster was told %v, after %v", err, told)
		}
	}
	if random.IntN(4) == 0 {
		f.count(func() { f.counts.hasty++ })
		call(f.desks[first], time.Duration(random.IntN(5000))*time.Microsecond)
	}
	if random.IntN(4) == 0 {
		f.count(func() { f.counts.again++ })
		call(f.desks[1-first], answerTime)
	}
	// What a hasty caller left behind may still stand in line here, so here the last word is heard.
	call(f.desks[first], answerTime)
	if told == nil {
		f.count(func() { f.counts.refused++ })
	}
	return told
}

// keep notes what was posted.
func (f *fray) keep(postings []ledger.Posting, told []ledger.Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, r := range told {
		p := &postings[i]
		f.told[p.Key] = r
		if p.Member == nil {
			continue
		}
		change := p.Amount
		if p.Debit.OwnerType == model.OwnerMember {
			change = -change
		}
		f.owed[p.Member.ID] += change
		f.posted = append(f.posted, done{r.TransferID, p.Member.ID, change})
	}
}

func walletOf(m *model.Member) model.AccountKey {
	return model.Wallet(m.CommunityID, m.ID, model.Points)
}

func poolOf(m *model.Member) model.AccountKey { return model.Pool(m.CommunityID, model.Points) }

// move is a posting of points between a member and the pool or a campaign's budget.
func move(key string, m *model.Member, from, to model.AccountKey, amount int64) ledger.Posting {
	return ledger.Posting{Key: key, Debit: from, Credit: to, Amount: amount, Code: model.RuleAdjust, Member: m}
}

// TestSoakContention has 64 posters move points to and fro between 50 wallets, so that each locks what others
// lock in any order, and undo what others posted.
func TestSoakContention(t *testing.T) {
	eachFray(t, func(f *fray) {
		f.giveFirst()
		end := time.Now().Add(contentionTime())
		f.counts.lost, f.counts.own = 0, 0
		f.run(func(random *rand.Rand, key string) bool {
			if random.IntN(6) == 0 {
				f.reverse(random, key)
			} else {
				postings := f.swap(random, key)
				f.keep(postings, f.ask(random, f.way(random, postings...), model.ErrInsufficient))
			}
			return time.Now().Before(end)
		})
		// Locks are taken in one order, so that none is lost, but for what a slow machine may do.
		if f.counts.lost > f.counts.own/20 {
			f.Errorf("%d transactions lost their locks %d times", f.counts.own, f.counts.lost)
		}
	})
}

// giveFirst gives every wallet something, so that each is made by whoever of several touches it first.
func (f *fray) giveFirst() {
	var next atomic.Int64
	f.run(func(random *rand.Rand, key string) bool {
		var gifts []ledger.Posting
		first := int(next.Add(1))
		for _, i := range []int{first, first + 1 + random.IntN(20), first + 21 + random.IntN(20)} {
			m := f.members[i%wallets]
			gifts = append(gifts, move(fmt.Sprint("gift ", key, " ", i), m, poolOf(m), walletOf(m), 20))
		}
		f.keep(gifts, f.ask(random, f.way(random, gifts...), nil))
		return false
	})
}

// swap makes postings that take from some members and give to others.
func (f *fray) swap(random *rand.Rand, key string) (postings []ledger.Posting) {
	for n, i := range random.Perm(wallets)[:1+random.IntN(8)] {
		m, amount := f.members[i], random.Int64N(9)+1
		from, to := walletOf(m), poolOf(m)
		if random.IntN(2) == 0 {
			from, to = to, from
		}
		postings = append(postings, move(fmt.Sprint(key, " ", n), m, from, to, amount))
	}
	return postings
}

// reverse undoes something that was posted, if nobody did so before.
func (f *fray) reverse(random *rand.Rand, key string) {
	var o done
	f.count(func() {
		if len(f.posted) > 0 {
			o = f.posted[random.IntN(len(f.posted))]
		}
	})
	if o.id == 0 {
		return
	}
	admin := f.desks[0].Holder(model.RoleCommunityAdmin)
	undo := func(ctx context.Context, d *desk) ([]ledger.Result, error) {
		ctx = model.WithIdempotency(ctx, model.IdempotencyOf(keyed(f.T, admin, key, nil)))
		receipt, err := d.Reverse(ctx, admin, o.id, "录错了")
		if err != nil {
			return nil, err
		}
		return []ledger.Result{{TransferID: receipt.TransferID, Balance: receipt.Balance}}, nil
	}
	if told := f.ask(random, undo, model.ErrAlreadyReversed); told != nil {
		f.count(func() {
			f.told["reverse:"+o.id.String()] = told[0]
			f.owed[o.member] -= o.change
		})
	}
}

// wantPosted holds the database against what was told: each key is one transfer, no transfer has no key, and each
// member has what was moved.
func (f *fray) wantPosted() {
	store := f.desks[0].store
	for keys := range slices.Chunk(slices.Collect(maps.Keys(f.told)), 500) {
		transfers, err := store.Points.TransfersByKey(f.Context(), keys)
		if err != nil || len(transfers) != len(keys) {
			f.Errorf("%d of %d keys are posted, %v", len(transfers), len(keys), err)
		}
		for _, x := range transfers {
			if told := f.told[x.IdemKey]; told.TransferID != x.ID {
				f.Errorf("%s is transfer %d, told was %d", x.IdemKey, x.ID, told.TransferID)
			}
		}
	}
	if counts, err := store.Stream.Counts(f.Context()); err != nil || counts.Transfers != int64(len(f.told)) {
		f.Errorf("there are %d transfers, told were %d, %v", counts.Transfers, len(f.told), err)
	}
	for _, m := range f.members {
		balance, err := f.desks[0].Balance(f.Context(), f.desks[0].As(m))
		if err != nil || balance.Posted != f.owed[m.ID] {
			f.Errorf("member %d has %d, told was %d, %v", m.ID, balance.Posted, f.owed[m.ID], err)
		}
	}
}

// TestSoakOneBudget has 64 posters spend a campaign's budget until each is told that nothing is left.
func TestSoakOneBudget(t *testing.T) {
	eachFray(t, func(f *fray) {
		f.spendOut("once")
		for end, round := time.Now().Add(contentionTime()), 0; soaking() && time.Now().Before(end); round++ {
			f.spendOut(fmt.Sprint(round))
		}
	})
}

// spendOut spends a new budget under keys of the round.
func (f *fray) spendOut(round string) {
	const amount, times = 7, 200
	d := f.desks[0]
	campaign := &model.Campaign{ID: d.store.NewID(), CommunityID: d.Community.ID}
	budget := model.Budget(campaign.CommunityID, campaign.ID, model.Points)
	fund := []ledger.Posting{{
		Key: "fund " + round, Debit: model.Pool(campaign.CommunityID, model.Points), Credit: budget, Amount: amount * times,
		Code: model.CodeBudget, Ref: model.RefCampaign, RefID: campaign.ID,
	}}
	results, err := d.Post(f.Context(), ledger.Job{Postings: fund})
	if err != nil {
		f.Fatal(err)
	}
	f.keep(fund, results)
	var granted atomic.Int64
	f.run(func(random *rand.Rand, key string) bool {
		m := f.members[random.IntN(wallets)]
		p := move(round+" "+key, m, budget, walletOf(m), amount)
		p.Campaign = campaign.ID
		told := f.ask(random, f.way(random, p), model.ErrBudget)
		f.keep([]ledger.Posting{p}, told)
		return told != nil && granted.Add(1) <= times
	})
	// It is only ever spent, so if nothing is left at the end it was never below.
	var left int64
	err = d.store.Tx(f.Context(), func(tx *repository.Store) (err error) {
		left, err = d.BudgetTx(f.Context(), tx, campaign)
		return err
	})
	if granted.Load() != times || left != 0 || err != nil {
		f.Errorf("%d were granted, want %d; %d are left, %v", granted.Load(), times, left, err)
	}
}

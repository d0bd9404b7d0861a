package faults

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// act is something that callers ask for until they have an answer.
type act struct {
	kind   string
	key    string
	member *model.Member
	amount int64
	target *act     // that it reverses, or whose hold it ends
	id     model.ID // of its transfer, once it is acknowledged
	err    error    // why it was refused
}

// effect is what an acknowledged act did to the member's points.
func (a *act) effect() int64 {
	switch a.kind {
	case "hold", "release":
		return 0
	case "settle":
		return -a.target.amount
	case "reverse":
		return -a.target.effect()
	case "lines":
		return lines * a.amount
	}
	return a.amount
}

// grouped reports whether the act goes through the poster, with others in one transaction.
func (a *act) grouped() bool { return a.kind == "award" || a.kind == "budget" }

const lines = 3 // of a batch, all of one member

// callers is what all who call the processes know.
type callers struct {
	mu       sync.Mutex
	seed     uint64
	made     int
	open     []*act // without an answer
	answered []*act // done
}

// next chooses what is asked: something new, something that has no answer yet, or something that was done.
func (c *callers) next(s *site, random *rand.Rand) *act {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) > 0 && random.IntN(3) == 0 {
		a := c.open[0]
		c.open = c.open[1:]
		return a
	}
	if len(c.answered) > 0 && random.IntN(6) == 0 {
		return c.answered[random.IntN(len(c.answered))]
	}
	c.made++
	kinds := []string{"award", "award", "budget", "budget", "lines", "contest", "contest", "old", "pair", "hold", "settle", "release", "reverse"}
	a := &act{
		kind: kinds[random.IntN(len(kinds))], key: fmt.Sprintf("%d-%d", c.seed, c.made), amount: 1 + random.Int64N(9),
		member: s.Members[2*random.IntN(6)],
	}
	switch a.kind {
	case "settle", "release", "reverse":
		if a.target = c.targetOf(a.kind, random); a.target == nil {
			a.kind = "award"
			break
		}
		a.member, a.amount = a.target.member, a.target.amount
	case "pair":
		a.amount = 10
	}
	return a
}

// targetOf chooses what an act is about.
func (c *callers) targetOf(kind string, random *rand.Rand) *act {
	var able []*act
	for _, a := range c.answered {
		if hold := a.kind == "hold"; hold == (kind != "reverse") && a.kind != "lines" && a.kind != "release" && a.kind != "reverse" {
			able = append(able, a)
		}
	}
	if len(able) == 0 {
		return nil
	}
	return able[random.IntN(len(able))]
}

// again has an act asked another time.
func (c *callers) again(a *act) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.id == 0 {
		c.open = append(c.open, a)
	}
}

// take notes an answer. What has none is asked again.
func (c *callers) take(a *act, id model.ID, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case errors.Is(err, model.ErrUnavailable):
		if a.id == 0 {
			c.open = append(c.open, a)
		}
	case err != nil && a.id != 0:
		return fmt.Errorf("%s %s was done and is refused: %w", a.kind, a.key, err)
	case err != nil:
		if a.err = err; !refusal(err) {
			return fmt.Errorf("%s %s: %w", a.kind, a.key, err)
		}
	case a.id != 0 && a.id != id:
		return fmt.Errorf("%s %s was %d and is %d", a.kind, a.key, a.id, id)
	case a.id == 0:
		a.id = id
		c.answered = append(c.answered, a)
	}
	return nil
}

// refusal reports whether an act may be refused so.
func refusal(err error) bool {
	for _, e := range []error{model.ErrInsufficient, model.ErrBudget, model.ErrHoldEnded, model.ErrAlreadyReversed, model.ErrPairCapped} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// free is a context whose statements are no steps.
func free(ctx context.Context) context.Context {
	return context.WithValue(ctx, actorKey{}, (*actor)(nil))
}

// do does an act and returns its transfer.
func (p *process) do(ctx context.Context, a *act) (model.ID, error) {
	if a.grouped() {
		answer := p.award(ctx, []*act{a})[0]
		return answer.id, answer.err
	}
	if a.kind == "reverse" {
		who := p.Holder(model.RoleCommunityAdmin)
		receipt, err := p.ledger.Reverse(promised(ctx, who, a), who, a.target.id, "记错了")
		if err != nil {
			return 0, err
		}
		return receipt.TransferID, nil
	}
	var id model.ID
	err := p.store.Tx(ctx, func(tx *repository.Store) error {
		outcomes, err := p.ledger.PostMany(ctx, tx, p.jobs(a))
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if o.Err != nil {
				return o.Err
			}
		}
		id = outcomes[0].Results[0].TransferID
		return nil
	})
	return id, err
}

// promised is a context with the key of an act.
func promised(ctx context.Context, who model.Actor, a *act) context.Context {
	return model.WithIdempotency(ctx, &model.Idempotency{Member: who.MemberID, Key: a.key, Hash: sha256.Sum256([]byte(a.key)), Replayed: func() {}})
}

// answer is what a caller was told.
type answer struct {
	id  model.ID
	err error
}

// award asks for awards as so many requests do; the poster, whose steps are the actor's, answers them.
func (p *process) award(ctx context.Context, acts []*act) []answer {
	answers := make([]answer, len(acts))
	var asking sync.WaitGroup
	for i, a := range acts {
		who := p.Holder(model.RoleOrganizer)
		asked := ledger.Award{Member: a.member.ID, Amount: a.amount, Code: model.RuleAdjust}
		if a.kind == "budget" {
			who, asked.Campaign = p.Holder(model.RoleCommunityAdmin), p.campaign.ID
		}
		asking.Go(func() {
			receipt, err := p.ledger.Award(promised(free(ctx), who, a), who, asked)
			if answers[i].err = err; err == nil {
				answers[i].id = receipt.TransferID
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		asking.Wait()
	}()
	for {
		select {
		case <-done:
			return answers
		case <-time.After(200 * time.Microsecond):
			p.ledger.PostWaiting(ctx)
		}
	}
}

// jobs makes what an act posts within a transaction.
func (p *process) jobs(a *act) []ledger.Job {
	home := p.Community.ID
	posting := ledger.Posting{
		Key: a.key, Debit: model.Pool(home, model.Points), Credit: model.Wallet(home, a.member.ID, model.Points), Amount: a.amount,
		Code: model.RuleAdjust, Rules: p.rules, Class: model.Declared, Member: a.member, Actor: p.Holder(model.RoleOrganizer).MemberID,
	}
	switch a.kind {
	case "contest":
		posting.Campaign = p.contest.ID
	case "old": // it ended long ago
		posting.At = model.Day(20240105).Start()
	case "pair":
		posting.Code, posting.Class, posting.Counter = model.RuleTaskDone, model.Verified, p.Members[2*7].ID
	case "hold":
		posting.Debit, posting.Credit, posting.Kind = posting.Credit, model.System(home, model.AccountRedeemed), model.KindHold
		posting.Code, posting.Rules, posting.Class, posting.Until = model.CodeRedeem, nil, 0, p.now().Add(24*time.Hour)
	case "settle", "release":
		posting.Debit, posting.Credit, posting.Kind = posting.Credit, model.System(home, model.AccountRedeemed), model.KindSettle
		posting.Code, posting.Rules, posting.Class, posting.Hold = model.CodeRedeem, nil, 0, a.target.id
		if a.kind == "release" {
			posting.Kind = model.KindRelease
		}
	case "lines":
		allowance := ledger.Allowance{Left: int64(lines) * a.amount, Over: model.ErrAllowance}
		jobs := make([]ledger.Job, lines)
		for i := range jobs {
			line := posting
			line.Key = fmt.Sprintf("%s/%d", a.key, i)
			jobs[i] = ledger.Job{Postings: []ledger.Posting{line}, Allowances: []*ledger.Allowance{&allowance}}
		}
		return jobs
	}
	return []ledger.Job{{Postings: []ledger.Posting{posting}}}
}

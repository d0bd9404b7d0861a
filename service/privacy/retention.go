package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linbanglin/model"
)

// forgetBatch is how many rows one statement forgets.
const forgetBatch = 500

// forgetAgain is when a rule is followed again: a little before the hour is over, after which the job comes.
const forgetAgain = 55 * time.Minute

// Forget does what the rules of retention say, in small parts, and returns how many rows it forgot. Any number of processes
// may run it: a rule that one of them followed within the hour is left alone. One that fails keeps none of the others waiting.
func (p *Privacy) Forget(ctx context.Context) (forgotten int64, err error) {
	runs, err := p.store.Retention.Runs(ctx)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, rule := range model.RetentionRules() {
		if run := runs[rule.Code]; run != nil && p.now() < run.RanAt.Add(forgetAgain) {
			continue
		}
		n, err := p.forget(ctx, rule)
		if forgotten += n; err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", rule.Code, err))
		}
	}
	return forgotten, errors.Join(failures...)
}

func (p *Privacy) forget(ctx context.Context, rule *model.RetentionRule) (n int64, err error) {
	now := p.now()
	for {
		part, err := p.store.Retention.Forget(ctx, rule.Code, now.Add(-rule.Life), forgetBatch)
		if n += int64(part); err != nil {
			return n, err
		}
		if part < forgetBatch {
			return n, p.store.Retention.Ran(ctx, rule.Code, now, n)
		}
	}
}

// Keeping is how long things are kept, and what is kept for good.
type Keeping struct {
	Rules []*model.RetentionRule `json:"items"`
	Kept  []model.Untouched      `json:"kept" doc:"不按期限清理的记录及理由"`
}

// Keeping lists the rules of retention with when they ran last and what they forgot, to who administrates. It fails with
// ErrForbidden.
func (p *Privacy) Keeping(ctx context.Context, who model.Actor) (*Keeping, error) {
	if _, err := who.Reach(model.OpAnswerRights); err != nil {
		return nil, err
	}
	runs, err := p.store.Retention.Runs(ctx)
	k := &Keeping{model.RetentionRules(), model.RetentionKept()}
	for _, rule := range k.Rules {
		if run := runs[rule.Code]; run != nil {
			rule.RanAt, rule.Forgotten, rule.Total = run.RanAt, run.Forgotten, run.Total
		}
	}
	return k, err
}

package privacy

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
)

// forgetBatch is how many rows one statement forgets.
const forgetBatch = 500

// Forget does what the rules of retention say, in small parts, and returns how many rows it forgot. Any number of processes
// may run it; a rule that fails keeps none of the others waiting.
func (p *Privacy) Forget(ctx context.Context) (forgotten int64, err error) {
	var failures []error
	for _, rule := range model.RetentionRules() {
		n, err := p.forget(ctx, rule)
		if forgotten += n; err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", rule.Code, err))
		}
	}
	return forgotten, errors.Join(failures...)
}

func (p *Privacy) forget(ctx context.Context, rule *model.RetentionRule) (n int64, err error) {
	now := p.now()
	for after := model.ID(0); ; {
		last, part, err := p.store.Retention.Forget(ctx, rule.Code, now.Add(-rule.Life), after, forgetBatch)
		if n += part; err != nil {
			return n, err
		}
		if last == 0 {
			return n, p.store.Retention.Ran(ctx, rule.Code, now, n)
		}
		after = last
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

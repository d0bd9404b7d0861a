package ledger

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// DryRunIn is a dry run over days that reads at most so many rows, so many at once.
func DryRunIn(ctx context.Context, s *repository.Store, draft *model.RuleSet, first, last model.Day, most, atOnce int) (*DryRun, error) {
	return dryRun(ctx, s, draft, stretch{first, last}, reading{most, atOnce})
}

// SetAnchorSpan makes anchors of at most n seals, so that a test needs few records for many of them.
func (l *Ledger) SetAnchorSpan(n int64) { l.signing.span = n }

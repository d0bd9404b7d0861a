package ledger

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// DryRunIn is a dry run over days that reads at most so many rows, so many at once.
func DryRunIn(ctx context.Context, s *repository.Store, draft *model.RuleSet, first, last model.Day, most, atOnce int) (*DryRun, error) {
	return dryRun(ctx, s, draft, span{first, last}, reading{most, atOnce})
}

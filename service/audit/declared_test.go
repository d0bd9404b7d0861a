package audit

import (
	"testing"

	"linbanglin/model"
)

func TestAShareIsFlaggedOverItsBorder(t *testing.T) {
	for _, c := range []struct {
		entries, amount, total int64
		percent                int64 // 0: no flag
	}{
		{5, 30, 100, 0}, {5, 31, 100, 31}, {4, 100, 100, 0}, {5, 301, 1000, 30}, {100, 1, 1_000_000, 0}, {5, 5, 5, 100}, {0, 0, 0, 0}, {9, 0, 0, 0},
	} {
		f := shareOf(DeclaredShare, model.Minutes, c.entries, c.amount, c.total)
		if (f != nil) != (c.percent > 0) || f != nil && (f.Figures.Percent != c.percent || f.Figures.Unit != "minutes") {
			t.Errorf("%+v: got %+v", c, f)
		}
	}
}

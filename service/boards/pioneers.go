package boards

import (
	"context"
	"fmt"

	"linbanglin/model"
)

const (
	// pioneerPercent is what part of those on a quarter's board are its pioneers, unless the operator says otherwise.
	pioneerPercent = 5
	// fewestPioneers and mostPioneers bound how many they are, however few or many are on the board.
	fewestPioneers = 3
	mostPioneers   = 50
)

// Pioneers is the pioneer list (先锋岗) of a quarter.
type Pioneers struct {
	Board   BoardRef   `json:"board"`
	Title   string     `json:"title"`
	Final   bool       `json:"final" doc:"季度已结束为 true；迟到的记录和冲正仍会改变名单"`
	AsOfSeq int64      `json:"as_of_seq"`
	Source  string     `json:"source" enum:"redis,sql"`
	Total   int64      `json:"total" doc:"榜上总人数"`
	Percent int        `json:"percent" doc:"取前百分之几，至少 3 人，至多 50 人"`
	Items   []*Pioneer `json:"items"`
}

// Pioneer is a line of the pioneer list.
type Pioneer struct {
	Rank   int64            `json:"rank"`
	Member *model.MemberRef `json:"member"`
	Points int64            `json:"points"`
	Honour string           `json:"honour"`
}

// HonourPercent sets what part of those on a quarter's board are its pioneers. It must be called before the boards
// are read. It fails with ErrInvalid outside of 1 to 50.
func (b *Boards) HonourPercent(percent int) error {
	if percent < 1 || percent > 50 {
		return model.ErrInvalid.Saying("先锋岗的比例应为 1 到 50", "The part of pioneers is 1 to 50 percent.")
	}
	b.percent = percent
	return nil
}

// Pioneers returns those at the top of a quarter's board, or of a part of it. It fails as Top does.
func (b *Boards) Pioneers(ctx context.Context, who model.Actor, q Query) (*Pioneers, error) {
	q.Kind, q.Period, q.Campaign = model.BoardMembers, model.PeriodQuarter, 0
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	w, err := b.stretch(ctx, p, mostPioneers, 0, 0)
	if err != nil {
		return nil, err
	}
	if n := pioneers(w.Total, b.percent); int64(len(w.Rows)) > n {
		cut := *w.Window // others read the same
		cut.Rows = cut.Rows[:n]
		w.Window = &cut
	}
	list, err := b.listing(ctx, p, w)
	if err != nil {
		return nil, err
	}
	quarter := quarterText(p.key.PeriodKey)
	honours := &Pioneers{
		Board: list.Board, Title: quarter + "先锋岗", Final: p.key.Period.End(p.key.PeriodKey) <= b.now(), AsOfSeq: list.AsOfSeq, Source: list.Source,
		Total: list.Total, Percent: b.percent, Items: make([]*Pioneer, len(list.Items)),
	}
	for i, r := range list.Items {
		honours.Items[i] = &Pioneer{r.Rank, r.Member, r.Points, honourText(quarter, r.Rank)}
	}
	return honours, nil
}

// pioneers is how many of those on a board are pioneers.
func pioneers(total int64, percent int) int64 {
	part := (total*int64(percent) + 99) / 100
	return min(max(part, fewestPioneers), mostPioneers, total)
}

func quarterText(key int32) string {
	return fmt.Sprintf("%d年第%s季度", key/10, []string{"零", "一", "二", "三", "四"}[key%10])
}

// honourText is what a pioneer is called, for an honour board or a certificate.
func honourText(quarter string, rank int64) string {
	if rank == 1 {
		return quarter + "服务先锋标兵"
	}
	return quarter + "服务先锋"
}

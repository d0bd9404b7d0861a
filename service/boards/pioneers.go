package boards

import (
	"context"
	"encoding/hex"
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
	Final   bool       `json:"final" doc:"名单已定为 true，此后不再变化；在此之前，迟到的记录和冲正仍会改变名单。整季无人上榜的没有名单，一直为 false"`
	AsOfSeq int64      `json:"as_of_seq"`
	Source  string     `json:"source" enum:"redis,sql,settled"`
	Total   int64      `json:"total" doc:"榜上总人数"`
	Percent int        `json:"percent" doc:"取前百分之几，至少 3 人，至多 50 人"`
	Items   []*Pioneer `json:"items"`

	FreezesAt model.Instant `json:"freezes_at,omitzero" doc:"季度已结束而名单未定时：从何时起定下名单"`
	FrozenAt  model.Instant `json:"frozen_at,omitzero" doc:"名单已定时：何时定下"`
	Digest    string        `json:"digest,omitempty" doc:"名单已定时：名单的 SHA-256"`
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

// Pioneers returns those at the top of a quarter's board, or of a part of it: as they were frozen, else as they are now.
// It fails as Top does.
func (b *Boards) Pioneers(ctx context.Context, who model.Actor, q Query) (*Pioneers, error) {
	q.Kind, q.Period, q.Campaign = model.BoardMembers, model.PeriodQuarter, 0
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	over := p.section.Board != 0 && p.key.Period.End(p.key.PeriodKey) <= b.now()
	if !over {
		return b.standingPioneers(ctx, p)
	}
	frozen, err := b.frozenPioneers(ctx, p)
	if err != nil || frozen != nil {
		return frozen, err
	}
	board, err := b.found.Get(ctx, p.key)
	if err != nil {
		return nil, err
	}
	list, err := b.standingPioneers(ctx, p)
	if err == nil {
		list.FreezesAt = board.FreezesAt()
	}
	return list, err
}

// standingPioneers returns the pioneers of a quarter as the scores are.
func (b *Boards) standingPioneers(ctx context.Context, p *place) (*Pioneers, error) {
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
	return &Pioneers{
		Board: list.Board, Title: titleOf(p), AsOfSeq: list.AsOfSeq, Source: list.Source, Total: list.Total, Percent: b.percent, Items: honoured(p, list.Items),
	}, nil
}

// frozenPioneers returns the frozen pioneers of a quarter, nil while they are not. Names are those of today.
func (b *Boards) frozenPioneers(ctx context.Context, p *place) (*Pioneers, error) {
	node := p.section.Node
	if p.section.Kind == model.KindCommunity {
		node = 0
	}
	list, err := b.store.Boards.PioneerList(ctx, p.section.Board, node)
	if err != nil || list == nil {
		return nil, err
	}
	rows, err := b.store.Boards.Pioneers(ctx, p.section.Board, node)
	if err != nil {
		return nil, err
	}
	ids, ranks := make([]model.ID, len(rows)), make([]*model.Rank, len(rows))
	for i, r := range rows {
		ids[i] = r.SubjectID
	}
	refs, err := b.names.of(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		ranks[i] = &model.Rank{Rank: int64(r.RankNo), Member: &refs[i], Points: r.Points}
	}
	return &Pioneers{
		Board: p.ref, Title: titleOf(p), Final: true, AsOfSeq: list.AsOfSeq, Source: FromSettled, Total: list.Total, Percent: list.Percent,
		Items: honoured(p, ranks), FrozenAt: list.FrozenAt, Digest: hex.EncodeToString(list.Digest),
	}, nil
}

// honoured gives lines of a quarter's board the names of their honours.
func honoured(p *place, ranks []*model.Rank) []*Pioneer {
	items := make([]*Pioneer, len(ranks))
	for i, r := range ranks {
		items[i] = &Pioneer{r.Rank, r.Member, r.Points, honourText(quarterText(p.key.PeriodKey), r.Rank)}
	}
	return items
}

func titleOf(p *place) string { return quarterText(p.key.PeriodKey) + "先锋岗" }

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

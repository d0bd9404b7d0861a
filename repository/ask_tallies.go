package repository

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// AskTally is a row of help_ask_tally: what became of a member's asks in one category at one part of the day. The row
// of neither tells when they were asked and answered, and what got no answer since. It is kept because hundreds of
// members are ranked at once, each with years of asks.
type AskTally struct {
	MemberID   model.ID `gorm:"primaryKey"`
	Category   string   `gorm:"primaryKey"`
	DayPart    string   `gorm:"primaryKey"`
	Asked      int      // with a known outcome
	Accepted   int
	Ignored    int // asks in a row without any answer
	AskedAt    model.Instant
	AnsweredAt model.Instant
}

// TableName implements gorm's Tabler.
func (AskTally) TableName() string { return "help_ask_tally" }

// Tallies returns the tallies of members.
func (a Asks) Tallies(ctx context.Context, members []model.ID) ([]*AskTally, error) {
	var all []*AskTally
	for part := range slices.Chunk(members, rowsPerStatement) {
		rows, err := readRows(a.from(ctx).Raw("SELECT member_id, category, day_part, asked, accepted, ignored, asked_at, answered_at FROM help_ask_tally WHERE member_id IN ?", part),
			func(t *AskTally) []any {
				return []any{&t.MemberID, &t.Category, &t.DayPart, &t.Asked, &t.Accepted, &t.Ignored, &t.AskedAt, &t.AnsweredAt}
			})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// TallyAsked notes that members are asked now.
func (a Asks) TallyAsked(ctx context.Context, asks []*model.Ask) error {
	for _, ask := range inOrder(asks) {
		if err := a.tally(ctx, &AskTally{MemberID: ask.MemberID, AskedAt: ask.SentAt}, map[string]any{"asked_at": ask.SentAt}); err != nil {
			return err
		}
	}
	return nil
}

// TallySilent notes that asks got no answer in time.
func (a Asks) TallySilent(ctx context.Context, asks []*model.Ask) error {
	for _, ask := range inOrder(asks) {
		err := a.tally(ctx, &AskTally{MemberID: ask.MemberID, Ignored: 1, AskedAt: ask.SentAt}, map[string]any{
			"ignored": gorm.Expr("ignored + CASE WHEN answered_at < ? THEN 1 ELSE 0 END", ask.SentAt),
		})
		if err == nil {
			err = a.tallyCell(ctx, ask, 1, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TallyAnswer notes a yes or a no, which may come after the silence was noted.
func (a Asks) TallyAnswer(ctx context.Context, ask *model.Ask, silent bool) error {
	asked, accepted := 1, 0
	if silent {
		asked = 0
	}
	if ask.Answer == model.AskAccepted {
		accepted = 1
	}
	err := a.tally(ctx, &AskTally{MemberID: ask.MemberID, AskedAt: ask.SentAt, AnsweredAt: ask.AnsweredAt},
		map[string]any{"ignored": 0, "answered_at": ask.AnsweredAt})
	if err != nil {
		return err
	}
	return a.tallyCell(ctx, ask, asked, accepted)
}

func (a Asks) tallyCell(ctx context.Context, ask *model.Ask, asked, accepted int) error {
	row := &AskTally{MemberID: ask.MemberID, Category: ask.Category, DayPart: ask.DayPart, Asked: asked, Accepted: accepted}
	return a.tally(ctx, row, map[string]any{"asked": gorm.Expr("asked + ?", asked), "accepted": gorm.Expr("accepted + ?", accepted)})
}

// tally adds a row, or changes the one that is there.
func (a Asks) tally(ctx context.Context, row *AskTally, change map[string]any) error {
	return a.to(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "member_id"}, {Name: "category"}, {Name: "day_part"}},
		DoUpdates: clause.Assignments(change),
	}).Create(row).Error
}

// inOrder returns asks in the one order in which their members' rows are written.
func inOrder(asks []*model.Ask) []*model.Ask {
	return slices.SortedFunc(slices.Values(asks), func(x, y *model.Ask) int { return int(x.MemberID - y.MemberID) })
}

// NoticeCount counts what a member was sent since a time: in all, and of one category.
type NoticeCount struct{ All, Category int }

// Notices returns how often members were asked since a time.
func (a Asks) Notices(ctx context.Context, members []model.ID, category string, since model.Instant) (map[model.ID]NoticeCount, error) {
	type row struct {
		member model.ID
		NoticeCount
	}
	counts := map[model.ID]NoticeCount{}
	for part := range slices.Chunk(members, rowsPerStatement) {
		rows, err := readRows(a.from(ctx).Raw("SELECT member_id, SUM(notices), SUM(CASE WHEN category = ? THEN notices ELSE 0 END) "+
			"FROM help_ask WHERE member_id IN ? AND sent_at > ? GROUP BY member_id", category, part, since),
			func(x *row) []any { return []any{&x.member, &x.All, &x.Category} })
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			counts[x.member] = x.NoticeCount
		}
	}
	return counts, nil
}

// TasksSince returns how many claims members have made since a time and not given back.
func (r Requests) TasksSince(ctx context.Context, helpers []model.ID, since model.Instant) (map[model.ID]int, error) {
	type row struct {
		helper model.ID
		tasks  int
	}
	tasks := make(map[model.ID]int, len(helpers))
	for part := range slices.Chunk(helpers, rowsPerStatement) {
		rows, err := readRows(r.from(ctx).Raw("SELECT helper_id, COUNT(*) FROM help_claim WHERE helper_id IN ? AND claimed_at >= ? AND status <> ? GROUP BY helper_id",
			part, since, model.ClaimWithdrawn), func(x *row) []any { return []any{&x.helper, &x.tasks} })
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			tasks[x.helper] = x.tasks
		}
	}
	return tasks, nil
}

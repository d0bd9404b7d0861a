package repository

import (
	"context"
	"slices"

	"linbanglin/model"
)

// AskCount counts asks whose outcome is known, and those of them that were accepted.
type AskCount struct{ Asked, Accepted int }

// AskRecord is what a member did with what they were asked in the last year, as far as it tells about a category at a
// part of the day.
type AskRecord struct {
	All, Category, Cell AskCount
	Ignored             int // since their last answer
	LastAsked           model.Instant
	Week, WeekCategory  int // notices in the last seven days, of all and of the category
}

// AskQuery asks for records. But names a request that is left out of them, 0 none.
type AskQuery struct {
	Category string
	DayPart  string
	But      model.ID
	Now      model.Instant
}

const (
	settled  = "SUM(CASE WHEN answer IN ('accepted', 'declined', 'silent')"
	agreed   = "SUM(CASE WHEN answer = 'accepted'"
	lastWeek = "SUM(CASE WHEN sent_at > ?"
	ofKind   = " AND category = ?"
	inPart   = " AND day_part = ?"
	counted  = " THEN 1 ELSE 0 END), "
	told     = " THEN notices ELSE 0 END)"
)

// Records returns the records of those members who were ever asked, with two statements for hundreds of members.
func (a Asks) Records(ctx context.Context, members []model.ID, q AskQuery) (map[model.ID]*AskRecord, error) {
	records := make(map[model.ID]*AskRecord, len(members))
	for part := range slices.Chunk(members, rowsPerStatement) {
		if err := a.records(ctx, part, q, records); err != nil {
			return nil, err
		}
		if err := a.ignored(ctx, part, q, records); err != nil {
			return nil, err
		}
	}
	return records, nil
}

func (a Asks) records(ctx context.Context, members []model.ID, q AskQuery, into map[model.ID]*AskRecord) error {
	type row struct {
		member model.ID
		AskRecord
	}
	week := q.Now.Add(-model.LoadWeek)
	rows, err := readRows(a.from(ctx).Raw("SELECT member_id, "+settled+counted+agreed+counted+settled+ofKind+counted+agreed+ofKind+counted+
		settled+ofKind+inPart+counted+agreed+ofKind+inPart+counted+"MAX(sent_at), "+lastWeek+told+", "+lastWeek+ofKind+told+
		" FROM help_ask WHERE member_id IN ? AND sent_at > ? AND request_id <> ? GROUP BY member_id",
		q.Category, q.Category, q.Category, q.DayPart, q.Category, q.DayPart, week, week, q.Category, members, q.Now.Add(-model.LoadMemory), q.But),
		func(x *row) []any {
			return []any{
				&x.member, &x.All.Asked, &x.All.Accepted, &x.Category.Asked, &x.Category.Accepted, &x.Cell.Asked, &x.Cell.Accepted,
				&x.LastAsked, &x.Week, &x.WeekCategory,
			}
		})
	for _, x := range rows {
		into[x.member] = &x.AskRecord
	}
	return err
}

// ignored counts what got no answer since the last one that did.
func (a Asks) ignored(ctx context.Context, members []model.ID, q AskQuery, into map[model.ID]*AskRecord) error {
	type row struct {
		member  model.ID
		ignored int
	}
	rows, err := readRows(a.from(ctx).Raw("SELECT a.member_id, COUNT(*) FROM help_ask a WHERE a.member_id IN ? AND a.answer = 'silent' AND a.sent_at > ? AND a.request_id <> ? "+
		"AND NOT EXISTS (SELECT 1 FROM help_ask b WHERE b.member_id = a.member_id AND b.answered_at >= a.sent_at AND b.request_id <> ?) GROUP BY a.member_id",
		members, q.Now.Add(-model.LoadMemory), q.But, q.But), func(x *row) []any { return []any{&x.member, &x.ignored} })
	for _, x := range rows {
		if record := into[x.member]; record != nil {
			record.Ignored = x.ignored
		}
	}
	return err
}

// CategoryRecords returns the records of one member for each of some categories, at a part of the day and without
// notices, with two statements.
func (a Asks) CategoryRecords(ctx context.Context, member model.ID, categories []string, q AskQuery) (map[string]*AskRecord, error) {
	type row struct {
		category string
		AskRecord
	}
	rows, err := readRows(a.from(ctx).Raw("SELECT category, "+settled+counted+agreed+counted+settled+inPart+counted+agreed+inPart+counted+
		"MAX(sent_at) FROM help_ask WHERE member_id = ? AND sent_at > ? GROUP BY category",
		q.DayPart, q.DayPart, member, q.Now.Add(-model.LoadMemory)), func(x *row) []any {
		return []any{&x.category, &x.Category.Asked, &x.Category.Accepted, &x.Cell.Asked, &x.Cell.Accepted, &x.LastAsked}
	})
	if err != nil {
		return nil, err
	}
	whole, silence := AskRecord{}, map[model.ID]*AskRecord{member: {}}
	if err := a.ignored(ctx, []model.ID{member}, q, silence); err != nil {
		return nil, err
	}
	records := map[string]*AskRecord{}
	for _, x := range rows {
		whole.All.Asked, whole.All.Accepted = whole.All.Asked+x.Category.Asked, whole.All.Accepted+x.Category.Accepted
		whole.LastAsked = max(whole.LastAsked, x.LastAsked)
		records[x.category] = &x.AskRecord
	}
	whole.Ignored = silence[member].Ignored
	for _, code := range categories {
		one := whole
		if r := records[code]; r != nil {
			one.Category, one.Cell = r.Category, r.Cell
		}
		records[code] = &one
	}
	return records, nil
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

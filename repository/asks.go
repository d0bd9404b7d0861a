package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Asks holds the dispatch of requests, and whom they were brought to.
type Asks struct{ conn }

// Dispatch returns the dispatch of a request, nil when there is none.
func (a Asks) Dispatch(ctx context.Context, request model.ID) (*model.Dispatch, error) {
	var rows []*model.Dispatch
	err := a.from(ctx).Where("request_id = ?", request).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// Begin adds the dispatch of a locked request.
func (a Asks) Begin(ctx context.Context, d *model.Dispatch) error { return a.to(ctx).Create(d).Error }

// UpdateDispatch writes the state of the dispatch of a locked request.
func (a Asks) UpdateDispatch(ctx context.Context, d *model.Dispatch) error {
	return a.to(ctx).Model(d).Select("status", "pace", "level", "wave", "next_at", "owner_id", "owned_at", "proposed_id", "note", "updated_at").Updates(d).Error
}

// Due returns requests whose next wave's time has come, the longest due first.
func (a Asks) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := a.from(ctx).Model(&model.Dispatch{}).Where("status = ? AND next_at <= ?", model.DispatchRunning, now).
		Order("next_at, request_id").Limit(limit).Pluck("request_id", &ids).Error
	return ids, err
}

// Orphans returns requests after an id, in their order, that wait and have no dispatch, that are escalated and have no
// owner, or that have an open dispatch and wait no more.
func (a Asks) Orphans(ctx context.Context, after model.ID, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := a.from(ctx).Raw("SELECT r.id FROM help_request r LEFT JOIN help_dispatch d ON d.request_id = r.id WHERE r.id > ? AND r.status IN ? AND "+
		"(d.request_id IS NULL OR r.status = ? AND d.owner_id = 0) "+
		"UNION SELECT d.request_id FROM help_dispatch d JOIN help_request r ON r.id = d.request_id WHERE d.request_id > ? AND d.status IN ? AND r.status NOT IN ? "+
		"ORDER BY id LIMIT ?",
		after, model.WaitingStatuses(), model.RequestEscalated, after, model.OpenDispatches(), model.WaitingStatuses(), limit).Scan(&ids).Error
	return ids, err
}

// Alone keeps all other transactions that ask members of a community waiting until this one ends.
func (a Asks) Alone(ctx context.Context, community model.ID) error {
	return a.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Select("id").Where("id = ?", community).Take(new(model.Node)).Error
}

// Get returns one ask. It fails with ErrNotFound.
func (a Asks) Get(ctx context.Context, id model.ID) (*model.Ask, error) {
	ask := new(model.Ask)
	err := a.from(ctx).Where("id = ?", id).Take(ask).Error
	return ask, err
}

// Of returns all asks for a request, the oldest wave first.
func (a Asks) Of(ctx context.Context, request model.ID) ([]*model.Ask, error) {
	var rows []*model.Ask
	err := a.from(ctx).Where("request_id = ?", request).Order("wave, id").Find(&rows).Error
	return rows, err
}

// OfMember returns what a member was asked for a request, nil when they were not.
func (a Asks) OfMember(ctx context.Context, request, member model.ID) (*model.Ask, error) {
	var rows []*model.Ask
	err := a.from(ctx).Where("request_id = ? AND member_id = ?", request, member).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

// Open returns what a member is asked for and has not answered, of requests that wait for helpers, newest first.
func (a Asks) Open(ctx context.Context, member model.ID, limit int) ([]*model.Ask, error) {
	var rows []*model.Ask
	err := a.from(ctx).Where("member_id = ? AND answer IN ?", member, model.OpenAnswers()).
		Where("EXISTS (SELECT 1 FROM help_request r WHERE r.id = help_ask.request_id AND r.status IN ?)", model.WaitingStatuses()).
		Order("sent_at DESC, id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Add adds asks for a locked request.
func (a Asks) Add(ctx context.Context, asks []*model.Ask) error { return createAll(a.to(ctx), asks) }

// Update writes what became of asks for a locked request.
func (a Asks) Update(ctx context.Context, asks ...*model.Ask) error {
	for _, ask := range asks {
		err := a.to(ctx).Model(ask).Select("offer_id", "wave", "level", "day_part", "score", "parts", "notices", "answer", "sent_at", "answered_at").Updates(ask).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// Settle writes one answer to asks for a locked request that have none, and returns them.
func (a Asks) Settle(ctx context.Context, request model.ID, answer model.AskAnswer) ([]*model.Ask, error) {
	var open []*model.Ask
	if err := a.from(ctx).Where("request_id = ? AND answer = ?", request, model.AskSent).Order("id").Find(&open).Error; err != nil || len(open) == 0 {
		return nil, err
	}
	err := a.to(ctx).Exec("UPDATE help_ask SET answer = ? WHERE request_id = ? AND answer = ?", answer, request, model.AskSent).Error
	return open, err
}

// Declined returns to which of some requests a member said no.
func (a Asks) Declined(ctx context.Context, member model.ID, requests []model.ID) (map[model.ID]bool, error) {
	declined := map[model.ID]bool{}
	if len(requests) == 0 {
		return declined, nil
	}
	var ids []model.ID
	err := a.from(ctx).Model(&model.Ask{}).Where("member_id = ? AND request_id IN ? AND answer = ?", member, requests, model.AskDeclined).Pluck("request_id", &ids).Error
	for _, id := range ids {
		declined[id] = true
	}
	return declined, err
}

// CaseQuery asks for cases that are not over, with a member's own or with all those within a reach.
type CaseQuery struct {
	Community model.ID
	Member    model.ID // who owns the case, or to whom it is proposed; 0: whoever
	Reach     []model.Grant
	Before    model.ID // a request
	Limit     int
}

// Cases returns dispatches that have an owner, newest request first.
func (a Asks) Cases(ctx context.Context, q *CaseQuery) ([]*model.Dispatch, error) {
	db := a.from(ctx).Where("community_id = ? AND status IN ? AND owner_id <> 0 AND request_id < ?", q.Community, model.OpenDispatches(), q.Before)
	if q.Member != 0 {
		db = db.Where("(owner_id = ? OR proposed_id = ?)", q.Member, q.Member)
	} else {
		condition, args := reached(q.Community, q.Reach)
		db = db.Where("EXISTS (SELECT 1 FROM help_request WHERE help_request.id = help_dispatch.request_id AND ("+condition+"))", args...)
	}
	var rows []*model.Dispatch
	err := db.Order("request_id DESC").Limit(q.Limit).Find(&rows).Error
	return rows, err
}

// CountCases returns how many cases that are not over each of some officers owns.
func (a Asks) CountCases(ctx context.Context, officers []model.ID) (map[model.ID]int, error) {
	type row struct {
		officer model.ID
		cases   int
	}
	counts := make(map[model.ID]int, len(officers))
	if len(officers) == 0 {
		return counts, nil
	}
	rows, err := readRows(a.from(ctx).Raw("SELECT owner_id, COUNT(*) FROM help_dispatch WHERE owner_id IN ? AND status IN ? GROUP BY owner_id", officers, model.OpenDispatches()),
		func(x *row) []any { return []any{&x.officer, &x.cases} })
	for _, x := range rows {
		counts[x.officer] = x.cases
	}
	return counts, err
}

// Some returns those of the requests that there are, with their claims, by id.
func (r Requests) Some(ctx context.Context, ids []model.ID) (map[model.ID]*model.HelpRequest, error) {
	found := make(map[model.ID]*model.HelpRequest, len(ids))
	for part := range slices.Chunk(ids, rowsPerStatement) {
		var rows []*model.HelpRequest
		if err := r.from(ctx).Where("id IN ?", part).Find(&rows).Error; err != nil {
			return nil, err
		}
		if err := r.fillClaims(ctx, rows); err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row.ID] = row
		}
	}
	return found, nil
}

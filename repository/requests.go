package repository

import (
	"context"
	"math"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Requests holds help requests with their claims.
type Requests struct{ conn }

// Create adds a request that has no claims yet.
func (r Requests) Create(ctx context.Context, request *model.HelpRequest) error {
	request.BoardAt = request.BoardKey()
	return r.to(ctx).Create(request).Error
}

// Get returns a request with its claims, oldest first. It fails with ErrNotFound.
func (r Requests) Get(ctx context.Context, id model.ID) (*model.HelpRequest, error) {
	return r.get(r.from(ctx), r.from(ctx), id)
}

// Lock returns a request with its claims and locks the request until the transaction ends; its claims
// change only under that lock. It fails with ErrNotFound.
func (r Requests) Lock(ctx context.Context, id model.ID) (*model.HelpRequest, error) {
	return r.get(r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}), r.to(ctx), id)
}

func (r Requests) get(requests, claims *gorm.DB, id model.ID) (*model.HelpRequest, error) {
	request := new(model.HelpRequest)
	if err := requests.Where("id = ?", id).Take(request).Error; err != nil {
		return nil, err
	}
	request.Claims = []*model.Claim{}
	err := claims.Where("request_id = ?", id).Order("id").Find(&request.Claims).Error
	return request, err
}

// Update writes the state of a locked request after one step of its life. It fails with ErrStale unless
// the row is at the version before that step.
func (r Requests) Update(ctx context.Context, request *model.HelpRequest) error {
	request.BoardAt = request.BoardKey()
	update := r.to(ctx).Model(request).Where("version = ?", request.Version-1).
		Select("board_at", "status", "reason", "withheld", "returned_field", "deadline_at", "done_at", "callback_at", "callback_by", "callback_note", "version", "updated_at").Updates(request)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// Rewrite writes what a locked request asks.
func (r Requests) Rewrite(ctx context.Context, request *model.HelpRequest) error {
	return r.to(ctx).Model(request).Select("category", "title", "description", "urgency", "slots", "skills", "stairs", "starts_at", "ends_at").
		Updates(request).Error
}

// UpdateViews writes how many have looked at a locked request.
func (r Requests) UpdateViews(ctx context.Context, request *model.HelpRequest) error {
	return r.to(ctx).Exec("UPDATE help_request SET views = ?, board_at = ? WHERE id = ?", request.Views, request.BoardKey(), request.ID).Error
}

// AddClaim adds a claim to a locked request.
func (r Requests) AddClaim(ctx context.Context, claim *model.Claim) error {
	return r.to(ctx).Create(claim).Error
}

// UpdateClaims writes the state of claims of a locked request.
func (r Requests) UpdateClaims(ctx context.Context, claims ...*model.Claim) error {
	for _, c := range claims {
		err := r.to(ctx).Model(c).Select("status", "holding", "replaces_id", "reported", "minutes", "note", "reason", "rating", "comment", "rated_at",
			"back_rating", "back_text", "back_at", "claimed_at", "kept_at", "left_at", "due_at", "started_at", "finished_at", "ended_at").Updates(c).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// Sort is the order of a list of requests.
type Sort string

// The orders: that of the board, newest first, soonest deadline first.
const (
	Recommended Sort = "recommended"
	Newest      Sort = "newest"
	Soonest     Sort = "soonest"
)

// Part says which of a member's requests a list shows.
type Part string

// The parts: everybody's, those the member asked, those the member helps with, and both.
const (
	Everybodys Part = ""
	Asked      Part = "requested"
	Helping    Part = "helping"
	Mine       Part = "true"
)

// RequestQuery asks for requests. Empty filters let everything pass.
type RequestQuery struct {
	Community  model.ID
	Reach      []model.Grant
	Member     model.ID      // of Part
	Moderates  []model.Grant // where the member sees what is withheld from neighbours
	Part       Part
	Statuses   []model.RequestStatus
	Categories []string
	Urgencies  []model.Urgency
	Sort       Sort
	After      []int64 // the sort key of the last row, nil for the start
	Limit      int
}

// Key returns the place of a request in the query's order, for a cursor.
func (q *RequestQuery) Key(r *model.HelpRequest) []int64 {
	switch q.Sort {
	case Soonest:
		return []int64{int64(r.DeadlineAt), int64(r.ID)}
	case Recommended:
		return []int64{int64(r.BoardAt), int64(r.ID)}
	default:
		return []int64{int64(r.ID)}
	}
}

// List returns requests with their claims in the query's order.
func (r Requests) List(ctx context.Context, q *RequestQuery) ([]*model.HelpRequest, error) {
	moderated, args := reached(q.Community, q.Moderates)
	db := r.part(ctx, q).Where("(withheld = 0 OR requester_id = ? OR created_by = ? OR "+moderated+")", append([]any{q.Member, q.Member}, args...)...)
	if len(q.Statuses) > 0 {
		db = db.Where("status IN ?", q.Statuses)
	}
	if len(q.Categories) > 0 {
		db = db.Where("category IN ?", q.Categories)
	}
	if len(q.Urgencies) > 0 {
		db = db.Where("urgency IN ?", q.Urgencies)
	}
	var rows []*model.HelpRequest
	err := order(db, q).Limit(q.Limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return rows, r.fillClaims(ctx, rows)
}

func (r Requests) part(ctx context.Context, q *RequestQuery) *gorm.DB {
	const helping = "id IN (SELECT request_id FROM help_claim WHERE helper_id = ?)"
	switch q.Part {
	case Asked:
		return r.from(ctx).Where("requester_id = ?", q.Member)
	case Helping:
		return r.from(ctx).Where(helping, q.Member)
	case Mine:
		return r.from(ctx).Where("(requester_id = ? OR created_by = ? OR "+helping+")", q.Member, q.Member, q.Member).Where("community_id = ?", q.Community)
	default:
		return within(r.from(ctx), q.Community, q.Reach)
	}
}

// soonestFirst orders by an expression, because a plan in the order of an index on the deadline would begin
// with all that is over.
const soonestFirst = "deadline_at + 0, id"

func order(db *gorm.DB, q *RequestQuery) *gorm.DB {
	switch q.Sort {
	case Soonest:
		if a := q.After; a != nil {
			db = db.Where("(deadline_at > ? OR deadline_at = ? AND id > ?)", a[0], a[0], a[1])
		}
		return db.Order(soonestFirst)
	case Recommended:
		if a := q.After; a != nil {
			db = db.Where("(board_at > ? OR board_at = ? AND id > ?)", a[0], a[0], a[1])
		}
		return db.Order("board_at, id")
	default:
		before := int64(math.MaxInt64)
		if q.After != nil {
			before = q.After[0]
		}
		return db.Where("id < ?", before).Order("id DESC")
	}
}

func (r Requests) fillClaims(ctx context.Context, requests []*model.HelpRequest) error {
	byID := make(map[model.ID]*model.HelpRequest, len(requests))
	ids := make([]model.ID, len(requests))
	for i, q := range requests {
		q.Claims = []*model.Claim{}
		byID[q.ID], ids[i] = q, q.ID
	}
	if len(ids) == 0 {
		return nil
	}
	var claims []*model.Claim
	err := r.from(ctx).Where("request_id IN ?", ids).Order("id").Find(&claims).Error
	for _, c := range claims {
		q := byID[c.RequestID]
		q.Claims = append(q.Claims, c)
	}
	return err
}

// CountWaiting returns how many requests of a member are not over, but for those that a series made.
func (r Requests) CountWaiting(ctx context.Context, requester model.ID) (int64, error) {
	var n int64
	err := r.from(ctx).Model(&model.HelpRequest{}).Where("requester_id = ? AND series_id = 0 AND status IN ?", requester, []model.RequestStatus{
		model.RequestPending, model.RequestReturned, model.RequestOpen, model.RequestEscalated, model.RequestClaimed, model.RequestInProgress,
	}).Count(&n).Error
	return n, err
}

const (
	somebodyHolds = "EXISTS (SELECT 1 FROM help_claim c WHERE c.request_id = help_request.id AND c.holding = 1)"
	pastItsEnd    = "status = ? AND deadline_at <= ? AND (ends_at > 0 AND ends_at <= ? OR ends_at = 0 AND created_at <= ? AND starts_at <= ?)"
	pastItsWork   = "status = ? AND updated_at <= ? AND (ends_at > 0 AND ends_at <= ? OR ends_at = 0 AND (" +
		"urgency = 'urgent' AND updated_at <= ? AND starts_at <= ? OR urgency = 'normal' AND updated_at <= ? AND starts_at <= ? OR " +
		"urgency = 'low' AND updated_at <= ? AND starts_at <= ?))"
)

// Due returns requests that time moves on, at most limit of each kind: open past their deadline, or escalated
// past their end, and nobody there; waiting past their end with helpers who never began; claimed or in
// progress past the time for the work; and finished long ago.
func (r Requests) Due(ctx context.Context, at model.Cutoffs, limit int) ([]model.ID, error) {
	urgent, normal, low := at.LastSteps[model.UrgencyUrgent], at.LastSteps[model.UrgencyNormal], at.LastSteps[model.UrgencyLow]
	late := []any{at.Ended, at.Ended, at.LateBorn, at.LateBorn}
	idle := []any{at.Ended, at.Ended, urgent, urgent, normal, normal, low, low} // the first is for the index, all others imply it
	var due []model.ID
	for _, kind := range []struct {
		status       model.RequestStatus
		where, order string
		args         []any
	}{
		{model.RequestOpen, "status = ? AND deadline_at <= ? AND NOT " + somebodyHolds, "deadline_at", []any{at.Now}},
		{model.RequestEscalated, pastItsEnd + " AND NOT " + somebodyHolds, "deadline_at", []any{at.Now, at.Now, at.Born, at.Born}},
		{model.RequestOpen, pastItsEnd + " AND " + somebodyHolds, "deadline_at", late},
		{model.RequestEscalated, pastItsEnd + " AND " + somebodyHolds, "deadline_at", late},
		{model.RequestClaimed, pastItsWork + " AND " + somebodyHolds, "updated_at", idle},
		{model.RequestInProgress, pastItsWork + " AND " + somebodyHolds, "updated_at", idle},
		{model.RequestDone, "status = ? AND done_at <= ? AND (created_by = requester_id OR done_at <= ?)", "done_at", []any{at.Done, at.ProxyDone}},
	} {
		var ids []model.ID
		err := r.from(ctx).Model(&model.HelpRequest{}).Where(kind.where, append([]any{kind.status}, kind.args...)...).
			Order(kind.order).Limit(limit).Pluck("id", &ids).Error
		if err != nil {
			return nil, err
		}
		due = append(due, ids...)
	}
	return due, nil
}

// Waiting returns requests of a community and of some categories that wait for helpers, soonest deadline first.
func (r Requests) Waiting(ctx context.Context, community model.ID, categories []string, limit int) ([]*model.HelpRequest, error) {
	var rows []*model.HelpRequest
	err := r.from(ctx).Where("community_id = ? AND status IN ? AND category IN ?", community, model.WaitingStatuses(), categories).
		Order(soonestFirst).Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return rows, r.fillClaims(ctx, rows)
}

// Loads returns, by helper, how much they have taken on, when they are busy, how it went in the last year, and how
// often they have helped who asks; zero is nobody.
func (r Requests) Loads(ctx context.Context, helpers []model.ID, now model.Instant, asks model.ID) (map[model.ID]model.Load, error) {
	loads := make(map[model.ID]model.Load, len(helpers))
	for part := range slices.Chunk(helpers, rowsPerStatement) {
		if err := r.loads(ctx, part, now, asks, loads); err != nil {
			return nil, err
		}
	}
	return loads, nil
}

func (r Requests) loads(ctx context.Context, helpers []model.ID, now model.Instant, asks model.ID, into map[model.ID]model.Load) error {
	type sum struct {
		helper model.ID
		model.Load
	}
	sums, err := readRows(r.from(ctx).Raw("SELECT helper_id, SUM(CASE WHEN status IN ('active', 'leaving', 'started') THEN 1 ELSE 0 END), "+
		"SUM(CASE WHEN claimed_at >= ? AND status NOT IN ('withdrawn', 'replaced', 'waiting', 'taking') THEN 1 ELSE 0 END), "+
		"SUM(CASE WHEN status = 'confirmed' THEN 1 ELSE 0 END) "+
		"FROM help_claim WHERE helper_id IN ? AND (holding = 1 OR claimed_at >= ?) GROUP BY helper_id",
		now.Add(-model.LoadWeek), helpers, now.Add(-model.LoadMemory)), func(x *sum) []any {
		return []any{&x.helper, &x.Open, &x.Week, &x.Done}
	})
	if err != nil {
		return err
	}
	for _, x := range sums {
		into[x.helper] = x.Load
	}
	if err := r.broken(ctx, helpers, now, into); err != nil {
		return err
	}
	if err := r.helped(ctx, asks, now, into); err != nil {
		return err
	}
	return r.busy(ctx, helpers, into)
}

// helped adds how often helpers have helped who asks, and that was confirmed. All whom somebody was helped by are few.
func (r Requests) helped(ctx context.Context, asks model.ID, now model.Instant, into map[model.ID]model.Load) error {
	type tie struct {
		helper model.ID
		times  int
	}
	if asks == 0 {
		return nil
	}
	rows, err := readRows(r.from(ctx).Raw("SELECT c.helper_id, COUNT(*) FROM help_request r JOIN help_claim c ON c.request_id = r.id "+
		"WHERE r.requester_id = ? AND c.status = ? AND c.claimed_at >= ? GROUP BY c.helper_id",
		asks, model.ClaimConfirmed, now.Add(-model.LoadMemory)), func(x *tie) []any { return []any{&x.helper, &x.times} })
	for _, x := range rows {
		if l, ok := into[x.helper]; ok { // who helped has claims
			l.Helped = x.times
			into[x.helper] = l
		}
	}
	return err
}

// broken adds which of their claims helpers have broken.
func (r Requests) broken(ctx context.Context, helpers []model.ID, now model.Instant, into map[model.ID]model.Load) error {
	misses, err := Misses(r).Of(ctx, helpers, now.Add(-model.LoadMemory))
	for helper, broken := range misses {
		l := into[helper]
		for _, m := range broken {
			if m.Excused(now) {
				l.Excused++
			} else {
				l.Missed++
			}
		}
		l.Frozen = model.ReliabilityOf(broken, now).Frozen(now)
		into[helper] = l
	}
	return err
}

// busy adds when helpers have promised to help.
func (r Requests) busy(ctx context.Context, helpers []model.ID, into map[model.ID]model.Load) error {
	type promise struct {
		helper model.ID
		wanted model.Span
	}
	rows, err := readRows(r.from(ctx).Raw("SELECT c.helper_id, r.starts_at, r.ends_at FROM help_claim c JOIN help_request r ON r.id = c.request_id "+
		"WHERE c.helper_id IN ? AND c.holding = 1 AND c.status IN ('active', 'started') AND r.starts_at <> 0", helpers),
		func(x *promise) []any { return []any{&x.helper, &x.wanted.StartsAt, &x.wanted.EndsAt} })
	for _, x := range rows {
		l := into[x.helper]
		l.Busy = append(l.Busy, x.wanted)
		into[x.helper] = l
	}
	return err
}

// Ties returns how often a helper has helped each of some people in the last year, and that was confirmed.
func (r Requests) Ties(ctx context.Context, helper model.ID, people []model.ID, now model.Instant) (map[model.ID]int, error) {
	type row struct {
		member model.ID
		times  int
	}
	if len(people) == 0 {
		return nil, nil
	}
	rows, err := readRows(r.from(ctx).Raw("SELECT r.requester_id, COUNT(*) FROM help_claim c JOIN help_request r ON r.id = c.request_id "+
		"WHERE c.helper_id = ? AND c.status = ? AND r.requester_id IN ? AND c.claimed_at >= ? GROUP BY r.requester_id", helper, model.ClaimConfirmed, people, now.Add(-model.LoadMemory)),
		func(x *row) []any { return []any{&x.member, &x.times} })
	ties := make(map[model.ID]int, len(rows))
	for _, x := range rows {
		ties[x.member] = x.times
	}
	return ties, err
}

// Uncalled returns finished requests that were posted for somebody, done by a time, whose poster was not asked to call
// them yet.
func (r Requests) Uncalled(ctx context.Context, done model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := r.from(ctx).Raw("SELECT id FROM help_request WHERE status = 'done' AND callback_asked_at = 0 AND done_at <= ? AND created_by <> requester_id "+
		"ORDER BY done_at LIMIT ?", done, limit).Scan(&ids).Error
	return ids, err
}

// AskForCall notes that the poster of a finished request is asked to call, and reports whether nobody had noted it.
func (r Requests) AskForCall(ctx context.Context, id model.ID, now model.Instant) (bool, error) {
	update := r.to(ctx).Exec("UPDATE help_request SET callback_asked_at = ? WHERE id = ? AND status = 'done' AND callback_asked_at = 0", now, id)
	return update.RowsAffected == 1, update.Error
}

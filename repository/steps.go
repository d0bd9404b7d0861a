package repository

import (
	"context"
	"encoding/json"

	"linbanglin/model"
)

// Record writes one step of a request's life: the request, which is locked or at the version before the step, its new
// and its changed claims, and the step itself. It fails with ErrStale when the request has moved on.
func (r Requests) Record(ctx context.Context, request *model.HelpRequest, step *model.Step, added, changed []*model.Claim) error {
	if err := r.Update(ctx, request); err != nil {
		return err
	}
	for _, c := range added {
		if err := r.AddClaim(ctx, c); err != nil {
			return err
		}
	}
	if err := r.UpdateClaims(ctx, changed...); err != nil {
		return err
	}
	return r.AddStep(ctx, step)
}

// StepRow makes the row of a step, for those who write many together.
func StepRow(s *model.Step) (Insertion, error) {
	claims, err := json.Marshal(s.Claims)
	return Insertion{
		"INSERT INTO help_step (request_id, version, action, actor_id, from_status, to_status, claims, at) VALUES ",
		[]any{int64(s.RequestID), s.Version, string(s.Action), int64(s.ActorID), string(s.FromStatus), string(s.ToStatus), string(claims), int64(s.At)},
	}, err
}

// AddStep adds one step to a request's life.
func (r Requests) AddStep(ctx context.Context, step *model.Step) error {
	return r.to(ctx).Create(step).Error
}

// Steps returns the life of a request, its first step first.
func (r Requests) Steps(ctx context.Context, request model.ID) ([]*model.Step, error) {
	var rows []*model.Step
	err := r.from(ctx).Where("request_id = ?", request).Order("version").Find(&rows).Error
	return rows, err
}

// DueClaims returns requests with claims whose time has come: for a stand-in, or for a takeover.
func (r Requests) DueClaims(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := r.from(ctx).Model(&model.Claim{}).Where("status IN ? AND due_at <= ?", []model.ClaimStatus{model.ClaimLeaving, model.ClaimTaking}, now).
		Order("due_at").Limit(limit).Pluck("request_id", &ids).Error
	return ids, err
}

// Starting returns requests that helpers have claimed and not begun, and that begin after one time and by another.
func (r Requests) Starting(ctx context.Context, after, by model.Instant) ([]*model.HelpRequest, error) {
	var rows []*model.HelpRequest
	err := r.from(ctx).Where("starts_at > ? AND starts_at <= ? AND status IN ?", after, by,
		[]model.RequestStatus{model.RequestOpen, model.RequestEscalated, model.RequestClaimed, model.RequestInProgress}).Order("starts_at").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return rows, r.fillClaims(ctx, rows)
}

// Share returns how many requests like one a helper has claimed since a time, and not given back.
func (r Requests) Share(ctx context.Context, helper model.ID, like *model.HelpRequest, since model.Instant) (model.Share, error) {
	var s model.Share
	rows, err := readRows(r.from(ctx).Raw("SELECT COALESCE(SUM(CASE WHEN r.category = ? THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN r.requester_id = ? THEN 1 ELSE 0 END), 0) "+
		"FROM help_claim c JOIN help_request r ON r.id = c.request_id WHERE c.helper_id = ? AND c.claimed_at >= ? AND c.status IN ?",
		like.Category, like.RequesterID, helper, since,
		[]model.ClaimStatus{model.ClaimActive, model.ClaimLeaving, model.ClaimStarted, model.ClaimFinished, model.ClaimConfirmed}),
		func(x *model.Share) []any { return []any{&x.Category, &x.Requester} })
	if err == nil && len(rows) > 0 {
		s = *rows[0]
	}
	return s, err
}

package repository

import (
	"context"
	"errors"

	"linbanglin/model"
)

// Disputes holds disagreements on how requests went, and what was said of them.
type Disputes struct{ conn }

// Create adds a dispute. It fails with ErrDuplicate when the request has had one.
func (d Disputes) Create(ctx context.Context, dispute *model.Dispute) error {
	return d.to(ctx).Create(dispute).Error
}

// Of returns the dispute of a request with its evidence, oldest first. It fails with ErrNotFound.
func (d Disputes) Of(ctx context.Context, request model.ID) (*model.Dispute, error) {
	dispute := new(model.Dispute)
	if err := d.from(ctx).Where("request_id = ?", request).Take(dispute).Error; err != nil {
		return nil, err
	}
	dispute.Evidence = []*model.Evidence{}
	err := d.from(ctx).Where("dispute_id = ?", dispute.ID).Order("id").Find(&dispute.Evidence).Error
	return dispute, err
}

// Mediates reports whether a member is the mediator of a request's dispute.
func (d Disputes) Mediates(ctx context.Context, member, request model.ID) (bool, error) {
	var n int64
	err := d.from(ctx).Model(&model.Dispute{}).Where("request_id = ? AND mediator_id = ?", request, member).Count(&n).Error
	return n > 0, err
}

// Resolve ends the dispute of a request whose row is locked, if it has one that is open.
func (d Disputes) Resolve(ctx context.Context, request, by model.ID, outcome, resolution string, now model.Instant) error {
	dispute, err := d.Of(ctx, request)
	if errors.Is(err, model.ErrNotFound) {
		return nil // disputed before there were rows of it
	}
	if err != nil {
		return err
	}
	if err := dispute.Resolve(by, outcome, resolution, now); err != nil {
		return err
	}
	return d.to(ctx).Model(dispute).Select("outcome", "resolution", "resolved_by", "resolved_at").Updates(dispute).Error
}

// Add puts a statement on record.
func (d Disputes) Add(ctx context.Context, evidence *model.Evidence) error {
	return d.to(ctx).Create(evidence).Error
}

// Open returns open disputes before an id, newest first: those of a mediator, or with none those of requests within a
// reach.
func (d Disputes) Open(ctx context.Context, community, mediator model.ID, reach []model.Grant, before model.ID, limit int) ([]*model.Dispute, error) {
	db := d.from(ctx).Where("community_id = ? AND outcome = '' AND id < ?", community, newestBelow(before))
	if mediator != 0 {
		db = db.Where("mediator_id = ?", mediator)
	} else {
		db = db.Where("request_id IN (?)", within(d.from(ctx).Model(&model.HelpRequest{}).Select("id"), community, reach))
	}
	var rows []*model.Dispute
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Late returns disputes after an id that are open since before a time, or that have no mediator, the oldest first.
func (d Disputes) Late(ctx context.Context, before model.Instant, after model.ID, limit int) ([]*model.Dispute, error) {
	var rows []*model.Dispute
	err := d.from(ctx).Where("id > ? AND outcome = '' AND (opened_at <= ? OR mediator_id = 0)", after, before).
		Where("EXISTS (SELECT 1 FROM help_request r WHERE r.id = help_dispute.request_id AND r.status = ?)", model.RequestDisputed).
		Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// CountOpen returns how many open disputes each of some mediators has.
func (d Disputes) CountOpen(ctx context.Context, mediators []model.ID) (map[model.ID]int, error) {
	type row struct {
		mediator model.ID
		n        int
	}
	counts := map[model.ID]int{}
	if len(mediators) == 0 {
		return counts, nil
	}
	rows, err := readRows(d.from(ctx).Raw("SELECT mediator_id, COUNT(*) FROM help_dispute WHERE mediator_id IN ? AND outcome = '' GROUP BY mediator_id", mediators),
		func(x *row) []any { return []any{&x.mediator, &x.n} })
	for _, x := range rows {
		counts[x.mediator] = x.n
	}
	return counts, err
}

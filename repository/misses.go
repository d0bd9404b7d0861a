package repository

import (
	"context"
	"slices"

	"linbanglin/model"
)

// Misses holds claims that were broken.
type Misses struct{ conn }

// Add adds misses.
func (m Misses) Add(ctx context.Context, misses []*model.Miss) error {
	return createAll(m.to(ctx), misses)
}

// Get returns one miss. It fails with ErrNotFound.
func (m Misses) Get(ctx context.Context, id model.ID) (*model.Miss, error) {
	miss := new(model.Miss)
	err := m.from(ctx).Where("id = ?", id).Take(miss).Error
	return miss, err
}

// Update writes the state of a miss that was in another one. It fails with ErrMissState when it is not any more.
func (m Misses) Update(ctx context.Context, miss *model.Miss, from model.MissStatus) error {
	update := m.to(ctx).Model(miss).Where("status = ?", from).
		Select("status", "excuse", "decision", "decided_by", "pleaded_at", "decided_at").Updates(miss)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrMissState
	}
	return update.Error
}

// Excuse excuses the misses of claims of which a ruling says that they were kept.
func (m Misses) Excuse(ctx context.Context, claims []model.ID, by model.ID, decision string, now model.Instant) error {
	return m.to(ctx).Model(&model.Miss{}).Where("claim_id IN ?", claims).
		Updates(map[string]any{"status": model.MissExcused, "decision": decision, "decided_by": by, "decided_at": now}).Error
}

// Of returns the misses of members since a time, oldest first, by member.
func (m Misses) Of(ctx context.Context, members []model.ID, since model.Instant) (map[model.ID][]*model.Miss, error) {
	found := map[model.ID][]*model.Miss{}
	for part := range slices.Chunk(members, rowsPerStatement) {
		var rows []*model.Miss
		err := m.from(ctx).Where("member_id IN ? AND at >= ?", part, since).Order("at, id").Find(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			found[r.MemberID] = append(found[r.MemberID], r)
		}
	}
	return found, nil
}

// Pleaded returns misses before an id whose excuse was given after a time and waits for a decision, of requests within a
// reach, newest first.
func (m Misses) Pleaded(ctx context.Context, community model.ID, reach []model.Grant, since model.Instant, before model.ID, limit int) ([]*model.Miss, error) {
	var rows []*model.Miss
	err := m.from(ctx).Where("community_id = ? AND status = ? AND pleaded_at > ? AND id < ?", community, model.MissPleaded, since, newestBelow(before)).
		Where("request_id IN (?)", within(m.from(ctx).Model(&model.HelpRequest{}).Select("id"), community, reach)).
		Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

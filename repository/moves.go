package repository

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Lock locks a node until the transaction ends. It fails with ErrNotFound.
func (n Nodes) Lock(ctx context.Context, id model.ID) error {
	return n.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(&model.Node{}).Error
}

// MoveBuilding writes that a building stands in another grid: the building, what is in it, who lives there
// and what they ask and offer now. What is over keeps its place.
func (n Nodes) MoveBuilding(ctx context.Context, building *model.Node) error {
	const there = " SET area_id = ?, grid_id = ? WHERE community_id = ? AND building_id = ?"
	place := []any{building.AreaID, building.GridID, building.CommunityID, building.ID}
	live := slices.Collect(maps.Keys(model.RequestTransitions()))
	live = slices.DeleteFunc(live, func(s model.RequestStatus) bool { return s == model.RequestConfirmed }) // was done where it was
	for _, s := range []struct {
		statement string
		values    []any
	}{
		{"UPDATE node SET parent_id = ? WHERE id = ?", []any{building.ParentID, building.ID}},
		{"UPDATE node" + there, place},
		{"UPDATE member" + there, place},
		{"UPDATE help_request" + there + " AND status IN ?", slices.Concat(place, []any{live})},
		{"UPDATE help_series" + there + " AND status IN ?", slices.Concat(place, []any{[]model.SeriesStatus{model.SeriesPending, model.SeriesActive}})},
		{"UPDATE help_offer" + there + " AND status <> ?", slices.Concat(place, []any{model.OfferClosed})},
		{"UPDATE help_offer_category" + there, place},
		{"UPDATE doorbell_home" + there, place},
		{"UPDATE doorbell_alarm" + there + " AND status <> ?", slices.Concat(place, []any{model.AlarmResolved})},
		{"UPDATE care_task" + there + " AND status <> ?", slices.Concat(place, []any{model.CareDone})},
		{"UPDATE matter" + there + " AND status IN ?", slices.Concat(place, []any{model.OpenMatters()})},
		{"UPDATE content_hold" + there + " AND status = ?", slices.Concat(place, []any{model.HoldWaiting})},
		{"UPDATE visit" + there + " AND status <> ?", slices.Concat(place, []any{model.VisitDone})},
	} {
		if err := n.to(ctx).Exec(s.statement, s.values...).Error; err != nil {
			return err
		}
	}
	return nil
}

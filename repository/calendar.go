package repository

import (
	"context"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Calendar holds what communities say about days.
type Calendar struct{ conn }

// Days returns what a community says about the days of a period, both ends included.
func (c Calendar) Days(ctx context.Context, community model.ID, from, to model.Day) (model.Calendar, error) {
	var rows []*model.CalendarDay
	err := c.from(ctx).Where("community_id = ? AND cal_day BETWEEN ? AND ?", community, from, to).Find(&rows).Error
	calendar := make(model.Calendar, len(rows))
	for _, r := range rows {
		calendar[r.Day] = r
	}
	return calendar, err
}

// Set writes what a community says about a day.
func (c Calendar) Set(ctx context.Context, day *model.CalendarDay) error {
	return c.to(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "community_id"}, {Name: "cal_day"}},
		DoUpdates: clause.AssignmentColumns([]string{"working", "note", "updated_by", "updated_at"}),
	}).Create(day).Error
}

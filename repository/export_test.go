package repository

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"linbanglin/migrations"
	"linbanglin/model"
)

// PlanOfCandidates tells how the database would look for offers of a category at a node.
func (s *Store) PlanOfCandidates(ctx context.Context, level model.NodeKind, node model.ID, category string) (string, error) {
	var ids []model.ID
	dry := s.Offers.near(ctx, level, node, 1, category, 300).Session(&gorm.Session{DryRun: true}).Pluck("c.offer_id", &ids)
	explain := "EXPLAIN "
	if s.shared.dialect == migrations.SQLite {
		explain = "EXPLAIN QUERY PLAN "
	} else if err := s.to(ctx).Exec("ANALYZE TABLE help_offer_category").Error; err != nil {
		return "", err
	}
	var plan []map[string]any
	err := s.from(ctx).Raw(explain + dry.Dialector.Explain(dry.Statement.SQL.String(), dry.Statement.Vars...)).Scan(&plan).Error
	return fmt.Sprint(plan), err
}

// AppendTuple is how a row is appended to a statement.
func AppendTuple(text []byte, args, row []any) ([]byte, []any) { return appendTuple(text, args, row) }

// GlanceBegun is the first half of Glance; the second is what it returns.
func (b Boards) GlanceBegun(ctx context.Context, board, member model.ID) (func(want int64) (*Window, error), error) {
	_, key, err := b.glanceAt(ctx, board, member)
	if err != nil {
		return nil, err
	}
	l, err := b.readLevels(ctx, board)
	return func(want int64) (*Window, error) { return b.glanceAround(ctx, l, board, member, key, want) }, err
}

// GlanceBeside is what the second half of Glance reads.
func (b Boards) GlanceBeside(ctx context.Context, board model.ID, key, want int64) (seq, same int64, rows []Row, err error) {
	return b.glanceBeside(ctx, board, key, want)
}

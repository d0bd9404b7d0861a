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

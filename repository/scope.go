package repository

import (
	"slices"
	"strings"

	"gorm.io/gorm"

	"linbanglin/model"
)

// within limits a query on a table that carries places to the subtrees of grants in one community.
func within(db *gorm.DB, community model.ID, reach []model.Grant) *gorm.DB {
	condition, args := reached(community, reach)
	return db.Where("community_id = ?", community).Where(condition, args...)
}

// reached returns the condition that the place of a community's row lies in one of the subtrees of grants.
func reached(community model.ID, reach []model.Grant) (condition string, args []any) {
	return reachedIn("", community, reach)
}

// reachedIn is reached for a table that a query has beside others, by its name with a dot.
func reachedIn(table string, community model.ID, reach []model.Grant) (condition string, args []any) {
	var parts []string
	for _, g := range reach {
		if g.NodeKind == model.KindCommunity && g.NodeID == community {
			return "1 = 1", nil
		}
		column := placeColumn(g.NodeKind)
		if column == "" {
			continue
		}
		parts = append(parts, table+column+" = ?")
		args = append(args, g.NodeID)
	}
	if len(parts) == 0 {
		return "1 = 0", nil
	}
	return strings.Join(parts, " OR "), args
}

// shown limits a query on a table whose rows are for a part of the tree, named by a column, to those in sight.
func shown(db *gorm.DB, community model.ID, sight model.Sight, column string) *gorm.DB {
	var around []model.ID
	for _, p := range sight.Places {
		for _, kind := range append(model.Levels(), model.KindBranch) {
			if id := p.At(kind); id != 0 {
				around = append(around, id)
			}
		}
	}
	below := nodesWithin(db, community, sight.Reach)
	return db.Where("community_id = ?", community).Where(column+" IN ? OR "+column+" IN (?)", around, below)
}

// nodesWithin asks for the nodes of a community in the subtrees of grants.
func nodesWithin(db *gorm.DB, community model.ID, reach []model.Grant) *gorm.DB {
	return within(db.Session(&gorm.Session{NewDB: true}).Model(&model.Node{}).Select("id"), community, reach)
}

// placeColumn names the column of a level, empty for what is no level.
func placeColumn(kind model.NodeKind) string {
	if kind == model.KindBranch || slices.Contains(model.Levels(), kind) {
		return string(kind) + "_id"
	}
	return ""
}

// createAll inserts rows with as few statements as their number allows.
func createAll[T any](db *gorm.DB, rows []*T) error {
	for part := range slices.Chunk(rows, rowsPerStatement) {
		if err := db.Create(part).Error; err != nil {
			return err
		}
	}
	return nil
}

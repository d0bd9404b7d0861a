package repository

import (
	"context"
	"os"
	"strings"

	"linbanglin/model"
)

// RefillBoard places all requests on the board again as the migration placed those from before it, and returns where
// they are.
func (s *Store) RefillBoard(ctx context.Context) (map[model.ID]model.Instant, error) {
	text, err := os.ReadFile("../migrations/mysql/0019_authoring.sql")
	if err != nil {
		return nil, err
	}
	for _, statement := range strings.Split(string(text), ";") {
		if statement = strings.TrimSpace(statement); strings.HasPrefix(statement, "UPDATE help_request SET board_at") {
			if err := s.to(ctx).Exec(statement).Error; err != nil {
				return nil, err
			}
		}
	}
	var rows []*model.HelpRequest
	err = s.from(ctx).Find(&rows).Error
	at := make(map[model.ID]model.Instant, len(rows))
	for _, r := range rows {
		at[r.ID] = r.BoardAt
	}
	return at, err
}

// RowsRead returns how many rows this session of MySQL has read by going through an index or a table.
func (s *Store) RowsRead(ctx context.Context) (rows int64, err error) {
	var counts []struct {
		VariableName string
		Value        int64
	}
	err = s.from(ctx).Raw("SHOW SESSION STATUS WHERE Variable_name IN ('Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd_next')").Scan(&counts).Error
	for _, c := range counts {
		rows += c.Value
	}
	return rows, err
}

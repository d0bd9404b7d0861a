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

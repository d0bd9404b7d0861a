package repository

import (
	"context"
	"os"
	"strings"
)

// ReseedSchemes gives every community its first schemes as the migration gave them to those from before it.
func (s *Store) ReseedSchemes(ctx context.Context) error {
	text, err := os.ReadFile("../migrations/mysql/0028_register.sql")
	if err != nil {
		return err
	}
	if err := s.to(ctx).Exec("DELETE FROM flag_scheme").Error; err != nil {
		return err
	}
	for _, statement := range strings.Split(string(text), ";") {
		i := strings.Index(statement, "INSERT INTO flag_scheme")
		if i < 0 {
			continue
		}
		if err := s.to(ctx).Exec(statement[i:]).Error; err != nil {
			return err
		}
	}
	return nil
}

package repository

import "context"

// Seal seals a value as the store does.
func (r *Keyring) Seal(column, text string, alike bool) string { return r.seal(column, text, alike) }

// Open opens a value as the store does.
func (r *Keyring) Open(column, stored string) (string, error) { return r.open(column, stored) }

// Blind returns the index of a value.
func (r *Keyring) Blind(column, text string) string { return r.blind(column, text) }

// SealedColumns returns the names of what is sealed.
func SealedColumns() (names []string) {
	for _, c := range sealedColumns() {
		names = append(names, c.name())
	}
	return names
}

// Stored returns what each sealed column holds, as it is stored.
func (s *Store) Stored(ctx context.Context) (map[string][]string, error) {
	found := map[string][]string{}
	for _, c := range sealedColumns() {
		var texts []string
		if err := s.sealedRows(ctx, c).Pluck(c.column, &texts).Error; err != nil {
			return nil, err
		}
		found[c.name()] = texts
	}
	return found, nil
}

// WriteAsBefore writes a value of the column of a row as it was written before there were keys.
func (s *Store) WriteAsBefore(ctx context.Context, table, column, text string, id int64) error {
	change := map[string]any{column: text}
	if table == "member" && column == "phone" {
		change["phone_index"] = ""
	}
	return s.to(ctx).Table(table).Where("id = ?", id).Updates(change).Error
}

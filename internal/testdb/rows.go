package testdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Rows returns what reads all rows of all tables of the database at an address, each row as one text, by table.
func Rows(t testing.TB, address string) func() map[string][]string {
	t.Helper()
	db, tables, err := tablesOf(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return func() map[string][]string {
		t.Helper()
		all := map[string][]string{}
		for _, table := range tables {
			rows, err := texts(t.Context(), db, table)
			if err != nil {
				t.Fatalf("%s: %v", table, err)
			}
			all[table] = rows
		}
		return all
	}
}

// tablesOf opens a database and names its tables.
func tablesOf(ctx context.Context, address string) (*sql.DB, []string, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
		if err != nil {
			return nil, nil, err
		}
		tables, err := names(ctx, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
		return db, tables, err
	}
	at, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	db, err := connect(at)
	if err != nil {
		return nil, nil, err
	}
	tables, err := names(ctx, db, "SHOW TABLES")
	return db, tables, err
}

// texts returns the rows of a table, sorted.
func texts(ctx context.Context, db *sql.DB, table string) (list []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM `"+table+"`")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		var row strings.Builder
		for i, value := range values {
			if text, ok := value.([]byte); ok {
				value = string(text)
			}
			_, _ = fmt.Fprintf(&row, "%s=%v ", columns[i], value)
		}
		list = append(list, row.String())
	}
	slices.Sort(list)
	return list, rows.Err()
}

package migrations_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/migrations"
)

// connect opens an empty database of its own.
func connect(t *testing.T) *sql.DB {
	t.Helper()
	address := strings.TrimPrefix(testdb.URL(t, testdb.MySQL), "mysql://")
	user, rest, _ := strings.Cut(address, "@")
	host, name, _ := strings.Cut(rest, "/")
	db, err := sql.Open("mysql", user+"@tcp("+host+")/"+name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestOneMigratesADatabaseAndAnotherAnother(t *testing.T) {
	one, other := connect(t), connect(t)
	unlock, err := migrations.Lock(t.Context(), one, migrations.MySQL)
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := migrations.Lock(soon, one, migrations.MySQL); err == nil {
		t.Error("two have the lock of one database")
	}
	free, err := migrations.Lock(t.Context(), other, migrations.MySQL)
	if err != nil {
		t.Fatalf("another database waits: %v", err)
	}
	if err := free(); err != nil {
		t.Error(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if again, err := migrations.Lock(t.Context(), one, migrations.MySQL); err != nil || again() != nil {
		t.Errorf("it was not given back: %v", err)
	}
}

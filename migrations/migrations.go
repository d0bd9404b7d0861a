package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed mysql/*.sql sqlite/*.sql
var files embed.FS

// Dialect names a folder of migrations.
type Dialect string

// The dialects. MySQL serves MySQL 8, MariaDB and TiDB.
const (
	MySQL  Dialect = "mysql"
	SQLite Dialect = "sqlite"
)

// lockSeconds is how long a process waits for another one that is migrating the same database.
const lockSeconds = 300

// lockStep is how long one question for the lock waits.
const lockStep = 10

// Up applies what is missing and returns the names of what it applied. Only one process at a time does.
func Up(ctx context.Context, db *sql.DB, dialect Dialect) (applied []string, err error) {
	provider, err := newProvider(db, dialect)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, db, dialect)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	results, err := provider.Up(ctx)
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	if err != nil {
		return applied, fmt.Errorf("migrate: %w", err)
	}
	return applied, nil
}

// Pending reports whether the database lacks a migration. It only reads.
func Pending(ctx context.Context, db *sql.DB, dialect Dialect) (bool, error) {
	names, err := fs.Glob(files, string(dialect)+"/*.sql")
	if err != nil {
		return false, fmt.Errorf("read migrations: %w", err)
	}
	newest, err := goose.NumericComponent(names[len(names)-1])
	if err != nil {
		return false, fmt.Errorf("read migrations: %w", err)
	}
	applied, err := Applied(ctx, db)
	return applied < newest, err
}

// Applied returns the number of the newest migration that a database has, zero for none. It only reads.
func Applied(ctx context.Context, db *sql.DB) (applied int64, err error) {
	if err := db.QueryRowContext(ctx, "SELECT MAX(version_id) FROM goose_db_version").Scan(&applied); err != nil {
		return 0, db.PingContext(ctx) // either there is no such table yet, or no database
	}
	return applied, nil
}

func newProvider(db *sql.DB, dialect Dialect) (*goose.Provider, error) {
	folder, err := fs.Sub(files, string(dialect))
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	name := database.DialectMySQL
	if dialect == SQLite {
		name = database.DialectSQLite3
	}
	provider, err := goose.NewProvider(name, db, folder)
	if err != nil {
		return nil, fmt.Errorf("open migrations: %w", err)
	}
	return provider, nil
}

// lock holds a named lock of the server while the schema of a database changes; SQLite has one writer anyway.
func lock(ctx context.Context, db *sql.DB, dialect Dialect) (func() error, error) {
	if dialect == SQLite {
		return func() error { return nil }, nil
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock migrations: %w", err)
	}
	var name string
	var got sql.NullInt64
	err = conn.QueryRowContext(ctx, "SELECT DATABASE()").Scan(&name)
	// In short waits: a connection that says nothing for long is taken for dead.
	for waited := 0; err == nil && got.Int64 != 1 && waited < lockSeconds; waited += lockStep {
		err = conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", lockName(name), lockStep).Scan(&got)
	}
	if err == nil && got.Int64 != 1 {
		err = errors.New("another process is migrating")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock migrations: %w", err), conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT RELEASE_LOCK(?)", lockName(name))
		return errors.Join(err, conn.Close())
	}, nil
}

// lockName names the lock of a database among all of the server; a name has 64 characters at most.
func lockName(database string) string {
	return fmt.Sprintf("linbanglin.migrate.%x", sha256.Sum256([]byte(database)))[:64]
}

package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"

	"linbanglin/repository"
)

// Engine is a kind of database.
type Engine string

// The engines.
const (
	SQLite Engine = "sqlite"
	MySQL  Engine = "mysql"
)

// Keys seal what is personal in the databases of tests.
const Keys = "d1:202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

// Ring returns the keys of tests.
func Ring() *repository.Keyring {
	ring, err := repository.ParseKeyring(Keys)
	if err != nil {
		panic(err)
	}
	return ring
}

// Each runs a test on every engine, on a migrated and empty database.
func Each(t *testing.T, test func(t *testing.T, store *repository.Store)) {
	t.Helper()
	for _, engine := range []Engine{SQLite, MySQL} {
		t.Run(string(engine), func(t *testing.T) { test(t, Open(t, engine)) })
	}
}

// Open returns a store on a migrated and empty database that goes away with the test.
func Open(t testing.TB, engine Engine) *repository.Store {
	t.Helper()
	return Connect(t, Address(t, engine))
}

// Address returns where the database is that Open opens.
func Address(t testing.TB, engine Engine) string {
	t.Helper()
	switch {
	case engine == SQLite:
		path := filepath.Join(t.TempDir(), "test.db")
		if err := os.WriteFile(path, shared.file(t), 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite:" + path
	case shared.open:
		return shared.take(t)
	}
	return URL(t, engine)
}

// Connect returns a migrated store on the database at the URL, closed with the test.
func Connect(t testing.TB, address string) *repository.Store {
	t.Helper()
	store, err := repository.Open(address, Ring())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.Lease(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// URL makes an empty database and returns the address by which the program reaches it.
func URL(t testing.TB, engine Engine) string {
	t.Helper()
	if engine == SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	}
	database := create(t)
	t.Cleanup(func() {
		if err := execute(database, "DROP DATABASE "+strings.TrimPrefix(database.Path, "/")); err != nil {
			t.Error(err)
		}
	})
	return database.String()
}

// create makes an empty database on the test server.
func create(t testing.TB) *url.URL {
	t.Helper()
	server := Server(t, "LBL_TEST_MYSQL_URL")
	name := "lbl_" + strings.ToLower(rand.Text()[:12])
	if err := execute(server, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatal(err)
	}
	server.Path = "/" + name
	return server
}

// Server returns the address of a test server from the environment. It fails the test when there is none.
func Server(t testing.TB, variable string) *url.URL {
	t.Helper()
	address, err := url.Parse(os.Getenv(variable))
	if err != nil || address.Host == "" {
		t.Fatalf("%s does not name a server: run the tests with `make test`, which starts one", variable)
	}
	return address
}

// connect opens the database at an address.
func connect(address *url.URL) (*sql.DB, error) {
	config := mysqldriver.NewConfig()
	config.Net, config.Addr, config.User, config.DBName = "tcp", address.Host, address.User.Username(), strings.TrimPrefix(address.Path, "/")
	config.Passwd, _ = address.User.Password()
	return sql.Open("mysql", config.FormatDSN())
}

func execute(address *url.URL, statement string) error {
	server := *address
	server.Path = ""
	db, err := connect(&server)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), statement)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
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
	return Connect(t, URL(t, engine))
}

// Connect returns a migrated store on the database at the URL, closed with the test.
func Connect(t testing.TB, address string) *repository.Store {
	t.Helper()
	store, err := repository.Open(address)
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
	server := Server(t, "LBL_TEST_MYSQL_URL")
	name := "lbl_" + strings.ToLower(rand.Text()[:12])
	execute(t, server, "CREATE DATABASE "+name+" CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name) })
	server.Path = "/" + name
	return server.String()
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

func execute(t testing.TB, server *url.URL, statement string) {
	t.Helper()
	config := mysqldriver.NewConfig()
	config.Net, config.Addr, config.User = "tcp", server.Host, server.User.Username()
	config.Passwd, _ = server.User.Password()
	db, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(context.WithoutCancel(t.Context()), statement)
	if closing := db.Close(); err == nil {
		err = closing
	}
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", statement, err))
	}
}

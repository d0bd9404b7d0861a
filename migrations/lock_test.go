package migrations

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// open connects to a new database of the test server.
func open(t *testing.T) *sql.DB {
	t.Helper()
	server, err := url.Parse(os.Getenv("LBL_TEST_MYSQL_URL"))
	if err != nil || server.Host == "" {
		t.Fatal("LBL_TEST_MYSQL_URL does not name a server: run the tests with `make test`, which starts one")
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User, config.InterpolateParams = "tcp", server.Host, server.User.Username(), true
	config.Passwd, _ = server.User.Password()
	name := "lbl_" + strings.ToLower(rand.Text()[:12])
	for _, database := range []string{"", name} {
		config.DBName = database
		db, err := sql.Open("mysql", config.FormatDSN())
		if err != nil {
			t.Fatal(err)
		}
		if database == name {
			t.Cleanup(func() {
				_, _ = db.ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE "+name)
				_ = db.Close()
			})
			return db
		}
		if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		_ = db.Close()
	}
	return nil
}

func TestMigrationsOfOneDatabaseWaitAndThoseOfAnotherDoNot(t *testing.T) {
	one, other := open(t), open(t)
	release, err := lock(t.Context(), one, MySQL)
	if err != nil {
		t.Fatal(err)
	}
	try := func(db *sql.DB) error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		release, err := lock(ctx, db, MySQL)
		if err != nil {
			return err
		}
		return release()
	}
	if err := try(other); err != nil {
		t.Errorf("another database waits: %v", err)
	}
	if try(one) == nil {
		t.Error("two processes migrate one database")
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := try(one); err != nil {
		t.Errorf("the lock is still held: %v", err)
	}
}

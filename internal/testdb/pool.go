package testdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"linbanglin/internal/wechattest"
	"linbanglin/repository"
)

// Run runs the tests of a package whose tests share databases: most of the time of a small test is that of making one.
// A test has a database to itself, as it is after the migrations; when the test is over it is emptied, and the next test
// has it. All are gone at the end. No test leaves this machine by HTTP.
func Run(m *testing.M) (code int) {
	defer func() {
		if err := shared.close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}()
	shared.open = true
	wechattest.Guard()
	return m.Run()
}

// shared are the databases of this process, if its tests run by Run.
var shared pool

// pool lends migrated databases.
type pool struct {
	open     bool
	template onceDone // the file of a migrated SQLite database

	mu   sync.Mutex
	free []*url.URL
	made []*url.URL
	base *url.URL // as migrations leave it
}

type onceDone struct {
	sync.Once
	text []byte
	err  error
}

// file returns a migrated SQLite database as a file's content.
func (p *pool) file(t testing.TB) []byte {
	p.template.Do(func() {
		path := filepath.Join(t.TempDir(), "template.db")
		if p.template.err = migrated("sqlite:" + path); p.template.err == nil {
			p.template.text, p.template.err = os.ReadFile(path)
		}
	})
	if p.template.err != nil {
		t.Fatal(p.template.err)
	}
	return p.template.text
}

func migrated(address string) error {
	store, err := repository.Open(address, Ring())
	if err != nil {
		return err
	}
	_, err = store.Migrate(context.Background())
	return errors.Join(err, store.Close())
}

// take returns a migrated and empty database on the test server, which goes back when the test is over.
func (p *pool) take(t testing.TB) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.base == nil {
		p.base = p.create(t)
	}
	if len(p.free) == 0 {
		p.free = append(p.free, p.create(t))
	}
	database := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	t.Cleanup(func() { p.giveBack(t, database) })
	return database.String()
}

// create makes a migrated database.
func (p *pool) create(t testing.TB) *url.URL {
	t.Helper()
	database := create(t)
	p.made = append(p.made, database)
	if err := migrated(database.String()); err != nil {
		t.Fatal(err)
	}
	return database
}

// Lasting makes an empty database on the test server that goes away with the tests of the package, which run by Run, and
// returns its address.
func Lasting(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	database := create(t)
	shared.made = append(shared.made, database)
	return database.String()
}

// giveBack empties a database for the next test. What a test that failed has left is not trusted.
func (p *pool) giveBack(t testing.TB, database *url.URL) {
	if t.Failed() {
		return
	}
	db, err := connect(database)
	if err == nil {
		err = errors.Join(empty(db, strings.TrimPrefix(p.base.Path, "/")), db.Close())
	}
	if err != nil {
		t.Error(err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, database)
}

// close drops what was made.
func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var failed error
	for _, database := range p.made {
		failed = errors.Join(failed, execute(database, "DROP DATABASE "+strings.TrimPrefix(database.Path, "/")))
	}
	return failed
}

// versions is the table of migrations, which stays.
const versions = "goose_db_version"

// empty brings a database back to what it was after the migrations.
func empty(db *sql.DB, base string) error {
	ctx := context.Background()
	tables, err := names(ctx, db, "SHOW TABLES")
	if err != nil {
		return err
	}
	tables = slices.DeleteFunc(tables, func(name string) bool { return name == versions })
	filled, err := names(ctx, db, whichHave(tables, ""))
	if err != nil {
		return err
	}
	for _, name := range filled {
		if _, err := db.ExecContext(ctx, "DELETE FROM `"+name+"`"); err != nil {
			return err
		}
	}
	first, err := names(ctx, db, whichHave(tables, base+"."))
	for _, name := range first {
		if err == nil {
			_, err = db.ExecContext(ctx, "INSERT INTO `"+name+"` SELECT * FROM "+base+".`"+name+"`")
		}
	}
	return err
}

// whichHave asks which tables have rows.
func whichHave(tables []string, in string) string {
	parts := make([]string, len(tables))
	for i, name := range tables {
		parts[i] = "SELECT '" + name + "' FROM DUAL WHERE EXISTS (SELECT 1 FROM " + in + "`" + name + "`)"
	}
	return strings.Join(parts, " UNION ALL ")
}

func names(ctx context.Context, db *sql.DB, query string) (list []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, rows.Err()
}

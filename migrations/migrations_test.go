package migrations

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// toSQLite is the whole difference between the two folders.
var toSQLite = strings.NewReplacer(
	") CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;", ");",
	"VARBINARY(2048)", "BLOB", "VARBINARY(255)", "BLOB", "VARBINARY(64)", "BLOB", "VARBINARY(32)", "BLOB",
)

// widths are what only MySQL knows: SQLite's columns have none, so there is nothing to widen.
var widths = regexp.MustCompile(`(?m)^ALTER TABLE \w+ MODIFY COLUMN \w+ (VARCHAR\(\d+\)|TEXT) NOT NULL;\n`)

// ofTable is an index that goes: MySQL wants its table, which SQLite does not take.
var ofTable = regexp.MustCompile(`(?m)^(DROP INDEX \w+) ON \w+;`)

func TestFoldersAreTheSameSchema(t *testing.T) {
	names, err := fs.Glob(files, "mysql/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, name := range names {
		want := toSQLite.Replace(ofTable.ReplaceAllString(widths.ReplaceAllString(read(t, name), ""), "$1;"))
		if got := read(t, "sqlite/"+path.Base(name)); got != want {
			t.Errorf("sqlite/%s is not %s with SQLite's types", path.Base(name), name)
		}
		if strings.Contains(want, "VARBINARY") {
			t.Errorf("%s has a binary type that SQLite would take for a number", name)
		}
	}
	if lite, _ := fs.Glob(files, "sqlite/*.sql"); len(lite) != len(names) {
		t.Errorf("%d SQLite migrations, %d of MySQL", len(lite), len(names))
	}
}

// TestNumbersAreDense lets nobody leave a gap: what fills it later is out of order where the newer one is applied already.
func TestNumbersAreDense(t *testing.T) {
	for _, dialect := range []Dialect{MySQL, SQLite} {
		names, err := fs.Glob(files, string(dialect)+"/*.sql")
		if err != nil || len(names) == 0 {
			t.Fatalf("no migrations: %v", err)
		}
		for i, name := range names {
			if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(path.Base(name), want) {
				t.Fatalf("%s, want %s*", name, want)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

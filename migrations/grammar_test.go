package migrations

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pingcap/tidb/pkg/parser"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // what the parser needs to read literals
)

// forbidden is what not every engine has, or has in the same way.
var forbidden = regexp.MustCompile(`(?i)\b(SKIP\s+LOCKED|NOWAIT|RETURNING|TRIGGER|AUTO_INCREMENT|PARTITION|FULLTEXT|FOREIGN\s+KEY|` +
	`ON\s+DUPLICATE\s+KEY|INSERT\s+IGNORE|REPLACE\s+INTO|LOCK\s+IN\s+SHARE|NOW\(|UNIX_TIMESTAMP|CURRENT_TIMESTAMP|CONCAT\(|IF\(|FOR\s+UPDATE)|` + "`")

// functionalIndex is an index over an expression.
var functionalIndex = regexp.MustCompile(`(?i)CREATE\s+(UNIQUE\s+)?INDEX[^;]*\(\s*\(`)

func check(t *testing.T, where, statement string) {
	t.Helper()
	if found := forbidden.FindString(statement); found != "" {
		t.Errorf("%s: %q does not run everywhere: %s", where, found, statement)
	}
	if functionalIndex.MatchString(statement) {
		t.Errorf("%s: an index over an expression: %s", where, statement)
	}
	if _, _, err := parser.New().Parse(statement, "", ""); err != nil {
		t.Errorf("%s: %v: %s", where, err, statement)
	}
}

func TestMigrationsRunOnEveryEngine(t *testing.T) {
	names, err := fs.Glob(files, "mysql/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	statements := 0
	for _, name := range names {
		for _, statement := range strings.Split(read(t, name), ";") {
			if strings.TrimSpace(strings.ReplaceAll(statement, "-- +goose Up", "")) != "" {
				check(t, name, statement)
				statements++
			}
		}
	}
	t.Logf("%d statements", statements)
}

// statementForm is what a hand-written statement begins with.
var statementForm = regexp.MustCompile(`^(SELECT|INSERT|UPDATE|DELETE)\s`)

func TestHandWrittenStatementsRunOnEveryEngine(t *testing.T) {
	sources, err := filepath.Glob("../repository/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	set := token.NewFileSet()
	constants := map[string]string{}
	var trees []*ast.File
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := goparser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				constants[spec.Names[0].Name] = text(spec.Values[0], constants)
			}
			return true
		})
	}
	statements := 0
	for _, tree := range trees {
		ast.Inspect(tree, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			statement := text(e, constants)
			if !statementForm.MatchString(statement) {
				return true
			}
			check(t, set.Position(n.Pos()).String(), complete(statement))
			statements++
			return false // not its parts again
		})
	}
	if statements < 30 {
		t.Errorf("only %d statements were found", statements)
	}
	t.Logf("%d statements", statements)
}

// text returns the string that an expression of literals and constants makes; what is not known is left out.
func text(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, _ := strconv.Unquote(e.Value)
			return s
		}
	case *ast.Ident:
		return constants[e.Name]
	case *ast.BinaryExpr:
		return text(e.X, constants) + text(e.Y, constants)
	}
	return ""
}

// complete makes a whole statement of one that the code ends: rows for an insert, tuples for a list, a statement within.
func complete(statement string) string {
	switch {
	case strings.HasSuffix(statement, "VALUES "):
		return statement + "(1)"
	case strings.HasSuffix(statement, "WHERE "):
		return statement + "1 = 1"
	}
	return strings.NewReplacer("IN ?", "IN (?)", "FROM (?)", "FROM (SELECT 1)").Replace(statement)
}

func TestForbiddenWordsAreSeen(t *testing.T) {
	for _, bad := range []string{
		"SELECT 1 FROM t FOR UPDATE SKIP LOCKED", "INSERT INTO t VALUES (1) RETURNING id", "INSERT IGNORE INTO t VALUES (1)",
		"CREATE TABLE t (id BIGINT AUTO_INCREMENT)", "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1", "SELECT NOW()",
	} {
		if !forbidden.MatchString(bad) {
			t.Errorf("not seen: %s", bad)
		}
	}
	if !functionalIndex.MatchString("CREATE INDEX x ON t ((a + 1))") {
		t.Error("an index over an expression is not seen")
	}
}

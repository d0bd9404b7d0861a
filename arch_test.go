package linbanglin

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// file is what the rules of the house look at.
type file struct {
	path    string // slash separated, from the root
	imports []string
	tree    *ast.File
	lines   int
}

func (f *file) folder() string { return path.Dir(f.path) }
func (f *file) test() bool     { return strings.HasSuffix(f.path, "_test.go") }

const module = "linbanglin/"

// allowed says which packages of ours a folder may import; "x/..." is x and all below it. A folder takes
// the longest rule that fits.
func allowed() map[string][]string {
	return map[string][]string{
		"model":                       {},
		"migrations":                  {},
		"repository":                  {"model", "migrations", "internal/memo"},
		"middleware":                  {"model"},
		"api":                         {"model", "middleware", "service/..."},
		"service/ledger":              {"model", "repository", "internal/memo", "service/ledger/proof"},
		"service/ledger/proof":        {"model"},
		"service/ledger/faults":       {},
		"service/booklet":             {"model", "service/boards", "service/ledger"},
		"service/matching":            {"model", "service/matching/dispatch"},
		"service/matching/assignment": {},
		"service/matching/dispatch":   {"model"},
		"service/audit":               {"model", "repository"},
		"service/awards":              {"model", "repository", "service/ledger", "service/community/roster"},
		"service/boards":              {"model", "repository", "internal/memo", "service/ledger"},
		"service/market":              {"model", "repository", "service/ledger", "service/matching", "service/matching/dispatch", "service/notify", "service/community", "service/content", "service/recurrence"},
		"service/recurrence":          {"model"},
		"service/campaign":            {"model", "repository", "internal/memo", "service/photos", "service/ledger", "service/matching", "service/matching/assignment", "service/notify", "service/community", "service/content", "service/recurrence", "service/privacy"},
		"service/photos":              {"model", "repository", "service/content", "service/photos/picture"},
		"service/photos/picture":      {"model"},
		"service/care":                {"model", "repository", "service/matching", "service/notify", "service/community"},
		"service/reception":           {"model", "repository", "service/notify"},
		"service/disclosure":          {"model", "repository", "service/ledger", "service/notify", "service/privacy"},
		"service/shop":                {"model", "repository", "service/ledger", "service/notify"},
		"service/matters":             {"model", "repository", "service/ledger", "service/notify", "service/community", "service/photos"},
		"service/community":           {"model", "repository", "service/community/roster", "service/notify"},
		"service/community/roster":    {"model"},
		"service/register":            {"model", "repository", "service/notify"},
		"service/notify":              {"model", "repository", "internal/wechat"},
		"service/content":             {"model", "repository", "internal/wechat", "service/notify"},
		"service/push":                {"model", "repository", "internal/wechat", "service/notify", "service/content", "service/privacy"},
		"service/deliberation":        {"model", "repository", "service/notify", "service/community"},
		"service/network":             {"model", "repository", "service/notify", "service/community"},
		"service/honours":             {"model", "repository", "service/notify"},
		"service/dashboard":           {"model", "repository"},
		"service/account":             {"model", "repository", "internal/memo", "internal/wechat", "service/content", "service/notify", "service/privacy"},
		"service/privacy":             {"model", "repository", "internal/memo", "service/notify"},
		"internal/memo":               {},
		"internal/wechat":             {"model"},
		"internal/wechattest":         {},
		"internal/buckettest":         {},
		"internal/demo":               {},
		"internal/testdb":             {"repository", "internal/wechattest"},
		"internal/testworld":          {"model", "repository"},
		"internal/simulation":         {"model", "service/matching/dispatch"},
		"internal/mutants":            {},
		"internal/licenses":           {},
		"internal/testservers":        {},
		"internal/stories":            {},
		"internal/bench":              {"model", "repository", "migrations", "service/...", "internal/..."},
		"cmd/linbanglin":              {"..."},
		".":                           {},
	}
}

// outside says where a library may be seen.
func outside() map[string][]string {
	return map[string][]string{
		"gorm.io/":                           {"repository"},
		"github.com/redis/":                  {"repository", "internal/bench", "internal/testdb"},
		"github.com/go-sql-driver/":          {"repository", "internal/testdb", "internal/bench"},
		"modernc.org/":                       {"repository"},
		"github.com/gin-gonic/":              {"api", "middleware"},
		"github.com/danielgtaylor/huma":      {"api"},
		"github.com/rs/cors":                 {"api"},
		"github.com/golang-jwt/":             {"service/account"},
		"github.com/pressly/goose":           {"migrations"},
		"github.com/xuri/excelize":           {"service/community/roster", "service/awards", "internal/demo", "service/booklet", "service/register", "service/privacy"},
		"codeberg.org/go-pdf/":               {"service/booklet"},
		"golang.org/x/image":                 {"service/booklet", "service/photos/picture"},
		"gocloud.dev/":                       {"repository"},
		"github.com/rclone/gofakes3":         {"internal/buckettest"},
		"github.com/piglig/go-qr":            {"service/booklet"},
		"github.com/teambition/rrule-go":     {"service/recurrence"},
		"github.com/alecthomas/kong":         {"cmd/linbanglin"},
		"github.com/prometheus/":             {"api", "middleware", "cmd/linbanglin"},
		"github.com/pingcap/tidb/pkg/parser": {"migrations"},
		"github.com/sony/gobreaker":          {"internal/wechat"},
	}
}

func fits(rule, imported string) bool {
	if base, below := strings.CutSuffix(rule, "..."); below {
		return strings.HasPrefix(imported, base) || imported+"/" == base
	}
	return rule == imported
}

// arrows returns what is wrong with the imports of a file. Tests may import more, but no library outside
// its place in what is not a test.
func arrows(f *file) (wrong []string) {
	rules, known := allowed()[f.folder()]
	if !known {
		return []string{f.path + ": the folder has no place in the house"}
	}
	if f.test() {
		return nil
	}
	for _, imported := range f.imports {
		if own, ours := strings.CutPrefix(imported, module); ours {
			if !slices.ContainsFunc(rules, func(r string) bool { return fits(r, own) }) {
				wrong = append(wrong, f.path+": must not import "+own)
			}
		}
		for library, places := range outside() {
			if strings.HasPrefix(imported, library) && !slices.Contains(places, f.folder()) {
				wrong = append(wrong, f.path+": must not import "+imported)
			}
		}
		if f.folder() == "model" && strings.Contains(strings.Split(imported, "/")[0], ".") {
			wrong = append(wrong, f.path+": model imports the standard library only")
		}
	}
	return wrong
}

// names returns folders whose name says nothing.
func names(f *file) (wrong []string) {
	for _, part := range strings.Split(f.folder(), "/") {
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "base", "misc", "lib", "pkg"}, part) {
			wrong = append(wrong, f.path+": "+part+" is no name for a folder")
		}
	}
	return wrong
}

// comments returns exports without a sentence about them.
func comments(f *file) (wrong []string) {
	if f.test() {
		return nil
	}
	missing := func(name string, doc *ast.CommentGroup) {
		if doc == nil && ast.IsExported(name) {
			wrong = append(wrong, f.path+": "+name+" has no comment")
		}
	}
	for _, d := range f.tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || exportedReceiver(d.Recv) {
				missing(d.Name.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok && t.Doc == nil {
					missing(t.Name.Name, d.Doc)
				}
				if v, ok := spec.(*ast.ValueSpec); ok && v.Doc == nil && v.Comment == nil {
					missing(v.Names[0].Name, d.Doc)
				}
			}
		}
	}
	return wrong
}

func exportedReceiver(r *ast.FieldList) bool {
	t := r.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	name, ok := t.(*ast.Ident)
	return ok && name.IsExported()
}

// maxLines is how long a file may be before it must have a second subject.
const maxLines = 460

func lengths(f *file) []string {
	if !f.test() && f.lines > maxLines {
		return []string{f.path + ": " + strconv.Itoa(f.lines) + " lines; look for the second noun in it"}
	}
	return nil
}

func TestRulesOfTheHouse(t *testing.T) {
	files := parseAll(t)
	if len(files) < 50 {
		t.Fatalf("only %d files were found", len(files))
	}
	documented := map[string]bool{}
	for _, f := range files {
		for _, rule := range []func(*file) []string{arrows, names, comments, lengths} {
			for _, wrong := range rule(f) {
				t.Error(wrong)
			}
		}
		documented[f.folder()] = documented[f.folder()] || f.tree.Doc != nil
	}
	for folder, ok := range documented {
		if !ok && folder != "." {
			t.Errorf("%s: no file says what the package is for", folder)
		}
	}
}

func parseAll(t *testing.T) []*file {
	t.Helper()
	var files []*file
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if filepath.Ext(name) == ".go" {
			files = append(files, parse(t, filepath.ToSlash(name), nil))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func parse(t *testing.T, name string, source any) *file {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	f := &file{path: name, tree: tree, lines: set.Position(tree.End()).Line}
	for _, i := range tree.Imports {
		imported, _ := strconv.Unquote(i.Path.Value)
		f.imports = append(f.imports, imported)
	}
	return f
}

func TestTheRulesCanFail(t *testing.T) {
	for _, c := range []struct {
		path, source string
		rule         func(*file) []string
		want         int
	}{
		{"model/x.go", `package model; import "linbanglin/repository"`, arrows, 1},
		{"model/x.go", `package model; import "golang.org/x/text/width"`, arrows, 1},
		{"repository/x.go", `package repository; import "linbanglin/service/ledger"`, arrows, 1},
		{"service/ledger/x.go", `package ledger; import "linbanglin/service/market"`, arrows, 1},
		{"service/market/x.go", `package market; import "linbanglin/service/campaign"`, arrows, 1},
		{"service/market/x.go", `package market; import "gorm.io/gorm"`, arrows, 1},
		{"service/market/x.go", `package market; import "github.com/golang-jwt/jwt/v5"`, arrows, 1},
		{"api/x.go", `package api; import "linbanglin/repository"`, arrows, 1},
		{"api/x.go", `package api; import "linbanglin/service/market"`, arrows, 0},
		{"service/new/x.go", `package new`, arrows, 1},
		{"service/market/util/x.go", `package util`, names, 1},
		{"api/x.go", "package api\nfunc Exported() {}", comments, 1},
		{"api/x.go", "package api\n// Exported is.\nfunc Exported() {}\nfunc hidden() {}", comments, 0},
		{"api/x.go", "package api\n" + strings.Repeat("\n", maxLines) + "var x int", lengths, 1},
	} {
		if got := c.rule(parse(t, c.path, c.source)); len(got) != c.want {
			t.Errorf("%s %s: got %v, want %d", c.path, c.source, got, c.want)
		}
	}
}

// TestNoTestReachesWeChat wants WeChat's host in one place of the program, and every test that gives a mini-program to the
// built program to give it a stub as well. Calls from a test itself are stopped by wechattest.Guard.
func TestNoTestReachesWeChat(t *testing.T) {
	found := 0
	for _, f := range parseAll(t) {
		text, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		has := func(word string) bool { return strings.Contains(string(text), word) }
		if !f.test() && has("https://"+"api.weixin.qq.com") {
			found++
			if f.folder() != "internal/wechat" && f.folder() != "cmd/linbanglin" { // which explains the setting
				t.Errorf("%s names WeChat's host", f.path)
			}
		}
		if f.test() && has(`"LBL_WECHAT_APPID="+`) && !has(`"LBL_WECHAT_API_BASE="+`) {
			t.Errorf("%s gives a mini-program and no stub", f.path)
		}
		if !f.test() && !strings.HasPrefix(f.folder(), "internal/") && has("http.Transport{") || f.folder() == "internal/wechat" && has("http.Transport{") {
			t.Errorf("%s dials past the guard of tests", f.path)
		}
	}
	if found == 0 {
		t.Error("nobody names WeChat's host")
	}
}

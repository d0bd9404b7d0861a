package main

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	_ "modernc.org/sqlite" // to look into the file

	"linbanglin/internal/demo"
	"linbanglin/internal/testdb"
)

// command runs the program in this process.
func command(t *testing.T, env []string, arguments ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), arguments, env, &out)
	return out.String(), err
}

func TestConfigurationIsCheckedAndPrintedWithoutSecrets(t *testing.T) {
	text, err := command(t, []string{
		"LBL_DATABASE_URL=mysql://me:hush@db:3306/lbl", "LBL_JWT_KEYS=k1:hush", "LBL_WECHAT_SECRET=hush", "LBL_WECHAT_PUSH_TOKEN=hush", "LBL_WECHAT_PUSH_KEY=hush", "LBL_TEST_X=1", "OTHER=1",
	}, "config", "--listen", "127.0.0.1:9")
	if err != nil || strings.Contains(text, "hush") || !strings.Contains(text, "LBL_LISTEN=127.0.0.1:9\n") ||
		!strings.Contains(text, "LBL_DATABASE_URL=mysql://me:***@db:3306/lbl\n") || !strings.Contains(text, "LBL_MODE=production\n") {
		t.Errorf("got %v\n%s", err, text)
	}
	for name, env := range map[string][]string{
		"unknown name": {"LBL_LISTN=x"}, "unknown mode": {"LBL_MODE=party"},
	} {
		if _, err := command(t, env, "config"); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, env := range map[string][]string{
		"no database": {"LBL_DATABASE_URL=postgres://x"}, "no keys": {"LBL_DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "x.db"), "LBL_JWT_KEYS=k1:short", "LBL_LISTEN=127.0.0.1:0"},
		"no redis": {"LBL_DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "y.db"), "LBL_REDIS_URL=http://x"},
	} {
		if _, err := command(t, env, "serve"); err == nil {
			t.Errorf("%s: it started", name)
		}
	}
}

func TestNoSecretIsPrintedFromAnAddress(t *testing.T) {
	for given, want := range map[string]string{
		"redis://h:1/0?password=hush":                                           "redis://h:1/0?password=***",
		"redis-sentinel://me:hush@h:1/x?db=1&Sentinel_Password=hush&name=a%20b": "redis-sentinel://me:***@h:1/x?db=1&Sentinel_Password=***&name=a%20b",
		"mysql://me:hush%40@h/x?tls=true":                                       "mysql://me:***@h/x?tls=true",
		"redis://:hush@h:1":                                                     "redis://:***@h:1",
		"redis://h:1/0?pass%77ord=hush":                                         "redis://h:1/0?pass%77ord=***",
		"sqlite:data/x.db":                                                      "sqlite:data/x.db",
		"redis://h:port?password=hush":                                          "***",
	} {
		if got := withoutPassword(given); got != want {
			t.Errorf("%s is printed as %s, want %s", given, got, want)
		}
	}
}

func TestEveryMistakeHasALine(t *testing.T) {
	_, err := command(t, []string{"LBL_LISTN=x", "LBL_LISTEN=127.0.0.1:9", "LBL_MOOD=x", "LBL_MODE=party"}, "config")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Fatalf("got %v", err)
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		if want := []string{"LBL_LISTN", "LBL_MOOD", "mode"}[i]; !strings.Contains(line, want) {
			t.Errorf("line %d: %s", i, line)
		}
	}
	folder := t.TempDir()
	text, err := command(t, []string{"LBL_DATABASE_URL=sqlite:" + filepath.Join(folder, "x.db"), "LBL_JWT_KEYS=k1:short", "LBL_REDIS_URL=http://x", "LBL_LISTEN=127.0.0.1:0"}, "serve")
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "LBL_JWT_KEYS") || !strings.Contains(err.Error(), "LBL_REDIS_URL") || text != "" {
		t.Errorf("got %v and %q", err, text)
	}
	text, err = command(t, []string{"LBL_DATABASE_URL=sqlite:" + filepath.Join(folder, "x.db"), "LBL_JWT_KEYS=k1:short", "LBL_LISTEN=127.0.0.1:0"}, "serve")
	if err == nil || text != "" {
		t.Errorf("it said %q before %v", text, err)
	}
	for _, env := range [][]string{{"LBL_WECHAT_APPID=wx1"}, {"LBL_WECHAT_SECRET=x"}, {"LBL_WECHAT_PUSH_TOKEN=abc"}, {"LBL_WECHAT_PUSH_TOKEN=abc", "LBL_WECHAT_PUSH_KEY=short"}, {"LBL_WECHAT_API_BASE=localhost:9"}, {"LBL_WECHAT_API_BASE=api.weixin.qq.com"}} {
		_, err := command(t, append(env, "LBL_DATABASE_URL=sqlite:"+filepath.Join(folder, "x.db"), "LBL_JWT_KEYS="+testKeys, "LBL_LISTEN=127.0.0.1:0"), "serve")
		if err == nil || !strings.Contains(err.Error(), "LBL_WECHAT") {
			t.Errorf("%v: got %v", env, err)
		}
	}
	if _, err := command(t, []string{"LBL_REDIS_URL=redis://:hush@h:port", "LBL_DATABASE_URL=mysql://me:hush@h:port/x", "LBL_JWT_KEYS=" + testKeys}, "serve"); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
	if found, _ := os.ReadDir(folder); len(found) != 0 {
		t.Errorf("it made %v", found)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, arguments := range [][]string{{"--help"}, {"serve", "--help"}, {"import", "--help"}, {"verify", "--help"}, {"boards", "rebuild", "--help"}, {"demo", "--help"}, {"migrate", "--help"}, {"simulate", "--help"}, {}} {
		if text, err := command(t, nil, arguments...); err != nil || !strings.Contains(text, "Usage") {
			t.Errorf("%v: %v\n%s", arguments, err, text)
		}
	}
	if text, err := command(t, nil, "version"); err != nil || text != version+"\n" {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := command(t, nil, "dance"); err == nil {
		t.Error("an unknown command ran")
	}
}

func TestImportReportsDryRunsAndIsStable(t *testing.T) {
	folder := t.TempDir()
	file, err := os.Create(filepath.Join(folder, "roster.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Roster(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	env := []string{"LBL_DATABASE_URL=sqlite:" + filepath.Join(folder, "x.db")}
	report := filepath.Join(folder, "errors.xlsx")
	arguments := []string{"import", "--community", "测试社区", file.Name(), "--report", report}
	dry, err := command(t, env, append(arguments, "--dry-run")...)
	if err != nil || !strings.Contains(dry, "没有写入") || !strings.Contains(dry, "房屋信息 → 房屋信息") {
		t.Fatalf("got %v\n%.600s", err, dry)
	}
	if _, err := os.Stat(filepath.Join(folder, "x.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dry run made a database: %v", err)
	}
	first, err := command(t, env, arguments...)
	if err != nil || !strings.Contains(first, "居民 新增 3000") {
		t.Fatalf("got %v\n%.600s", err, first)
	}
	second, err := command(t, env, arguments...)
	if err != nil || !strings.Contains(second, "居民 新增 0 更新 0 不变 3000") || !strings.Contains(second, "节点 新增 0") {
		t.Errorf("got %v\n%s", err, second[len(second)-300:])
	}
	marked, err := excelize.OpenFile(report)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = marked.Close() }()
	comments, err := marked.GetComments("居民")
	if err != nil || len(comments) < 40 {
		t.Errorf("%d comments, %v", len(comments), err)
	}
	if rows, err := marked.GetRows("导入问题"); err != nil || len(rows) < 40 || rows[1][0] != "居民" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if text, err := command(t, env, "verify", "--json"); err != nil || !strings.Contains(text, `"name":"stream"`) {
		t.Errorf("got %v\n%s", err, text)
	}
	if _, err := command(t, append(env, "LBL_MODE=demo", "LBL_LISTEN=127.0.0.1:0"), "serve"); err == nil || !strings.Contains(err.Error(), "测试社区") {
		t.Errorf("the demo took another community's database: %v", err)
	}
	before, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := command(t, env, "import", "--community", "x", file.Name(), "--report", file.Name()); err == nil {
		t.Error("the report took the roster's place")
	}
	if after, err := os.ReadFile(file.Name()); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the roster was changed, %v", err)
	}
	if _, err := command(t, env, "import", "--community", "x", report+".none"); err == nil {
		t.Error("a file that is not there was imported")
	}
	if text, err := command(t, env, "migrate"); err != nil || !strings.Contains(text, "最新") {
		t.Errorf("got %v %s", err, text)
	}
	if _, err := command(t, env, "boards", "rebuild", "--scores"); err != nil {
		t.Error(err)
	}
	if text, err := command(t, env, "boards", "check"); err != nil || !strings.Contains(text, "排行榜：0 行，一致") {
		t.Errorf("got %v %s", err, text)
	}
}

func TestADryRunOnlyReads(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster.xlsx")
	file := excelize.NewFile()
	for cell, row := range map[string][]any{"A1": {"姓名", "房屋信息"}, "A2": {"甲一", "3-2-501"}} {
		if err := file.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.SaveAs(roster); err != nil {
		t.Fatal(err)
	}
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := testdb.URL(t, engine)
			env := []string{"LBL_DATABASE_URL=" + url, "LBL_DATA_KEYS=" + testdb.Keys}
			dryRun := func() (string, error) {
				return command(t, env, "import", "--community", "测试社区", "--dry-run", roster)
			}
			for range 2 { // the second time it is as empty as the first
				if text, err := dryRun(); err != nil || !strings.Contains(text, "居民 新增 1") {
					t.Fatalf("on nothing: %v %s", err, text)
				}
			}
			if _, err := command(t, env, "import", "--community", "测试社区", roster); err != nil {
				t.Fatal(err)
			}
			store := testdb.Connect(t, url)
			known, err := store.Nodes.Communities(t.Context())
			if text, err2 := dryRun(); err != nil || err2 != nil || !strings.Contains(text, "居民 新增 0 更新 0 不变 1") {
				t.Errorf("on what it has: %v %v %s", err, err2, text)
			}
			if text, err := command(t, env, "import", "--community", "别的社区", "--dry-run", roster); err != nil || !strings.Contains(text, "居民 新增 1") {
				t.Errorf("of another community: %v %s", err, text)
			}
			if now, err := store.Nodes.Communities(t.Context()); err != nil || len(now) != len(known) {
				t.Errorf("%d communities, %v", len(now), err)
			}
			if engine != testdb.SQLite {
				return
			}
			db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			if _, err := db.ExecContext(t.Context(), "DELETE FROM goose_db_version WHERE version_id > 10"); err != nil {
				t.Fatal(err)
			}
			if text, err := dryRun(); err == nil || !strings.Contains(explain(err), "linbanglin migrate") {
				t.Errorf("on an older schema: %v %s", err, text)
			}
		})
	}
}

func TestVerifyChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if text, err := command(t, []string{"LBL_DATABASE_URL=sqlite:" + path}, "verify"); err == nil {
		t.Errorf("an empty database was verified: %s", text)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var tables int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM sqlite_master").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("verify made %d tables, %v", tables, err)
	}
}

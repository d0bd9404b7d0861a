package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"linbanglin/internal/buckettest"
	"linbanglin/internal/demo"
	"linbanglin/internal/testdb"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
)

// TestABackupRestoredVerifies takes a backup as the operators' page has it while people call, and restores it into an
// empty server, which is clean and lets people in.
func TestABackupRestoredVerifies(t *testing.T) {
	for engine, restore := range map[testdb.Engine]func(t *testing.T, s *server) string{testdb.SQLite: restoreFile, testdb.MySQL: restoreDump} {
		t.Run(string(engine), func(t *testing.T) {
			s := newServer(t, testdb.URL(t, engine), "")
			s.start()
			asker, other, boss := s.login("resident-1"), s.login("resident-2"), s.login("organizer-1")
			award := map[string]any{"member_id": asker.ID, "amount": 5, "code": "ADJUST", "memo": "帮忙"}
			if status, text := boss.call(http.MethodPost, "/points/awards", "before", award); status != http.StatusCreated {
				t.Fatalf("%d %s", status, text)
			}
			stop, calling := make(chan struct{}), sync.WaitGroup{}
			calling.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
						award := map[string]any{"member_id": other.ID, "amount": 5, "code": "ADJUST", "memo": "帮忙"}
						boss.call(http.MethodPost, "/points/awards", "during-"+strconv.Itoa(n), award)
						boss.call(http.MethodPost, "/auth/wechat/login", "", map[string]string{"code": "demo:resident-2"})
					}
				}
			})
			address := restore(t, s)
			close(stop)
			calling.Wait()
			s.kill()
			fresh := newServer(t, address, "")
			if text, err := fresh.run("verify"); err != nil || !strings.Contains(text, "登录与权限记录") || strings.Contains(text, "处差异") {
				t.Fatalf("%v: %s", err, text)
			}
			fresh.start()
			status, text := fresh.login("resident-1").call(http.MethodGet, "/points/me", "", nil)
			if status != http.StatusOK || !strings.Contains(string(text), `"posted":5`) {
				t.Errorf("%d %s", status, text)
			}
			again := fresh.login("organizer-1")
			if status, text := again.call(http.MethodPost, "/points/awards", "before", award); status != http.StatusCreated {
				t.Errorf("what was done before the backup: %d %s", status, text)
			}
			if text, err := fresh.run("verify"); err != nil {
				t.Errorf("after going on: %v: %s", err, text)
			}
		})
	}
}

// database returns the address of the server's database.
func (s *server) database() (address string) {
	for _, v := range s.env {
		if text, found := strings.CutPrefix(v, "LBL_DATABASE_URL="); found {
			address = text
		}
	}
	return address
}

func restoreFile(t *testing.T, s *server) string {
	file := filepath.Join(t.TempDir(), "restored.db")
	if text, err := s.run("backup", file); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup may be read by others: %v", info.Mode())
	}
	if text, err := s.run("backup", file); err == nil {
		t.Errorf("overwritten: %s", text)
	}
	const key = "ledger.key" // the keys are kept apart, and come back beside the file
	content, err := os.ReadFile(filepath.Join(filepath.Dir(strings.TrimPrefix(s.database(), "sqlite:")), key))
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(file), key), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + file
}

func restoreDump(t *testing.T, s *server) string {
	database := func(address string) (*url.URL, []string) {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		return u, []string{"--protocol=tcp", "-h", u.Hostname(), "-P", u.Port(), "-u", u.User.Username(), "-p" + password, "--default-character-set=utf8mb4"}
	}
	source := s.database()
	target := testdb.URL(t, testdb.MySQL)
	from, login := database(source)
	dump := exec.Command("mariadb-dump", append(login, "--single-transaction", "--quick", "--hex-blob", "--skip-lock-tables", strings.TrimPrefix(from.Path, "/"))...)
	into, login := database(target)
	load := exec.Command("mariadb", append(login, strings.TrimPrefix(into.Path, "/"))...)
	var err error
	if load.Stdin, err = dump.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := dump.Start(); err != nil {
		t.Fatal(err)
	}
	if text, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if err := dump.Wait(); err != nil {
		t.Fatal(err)
	}
	return target
}

// doctored runs the doctor in this process and returns the verdicts by part.
func doctored(t *testing.T, env ...string) (map[string]verdict, error) {
	t.Helper()
	text, err := command(t, env, "doctor", "--json")
	var report struct{ Findings []finding }
	if wrong := json.Unmarshal([]byte(text), &report); wrong != nil {
		t.Fatalf("%v: %s", wrong, text)
	}
	found := map[string]verdict{}
	for _, f := range report.Findings {
		found[f.Part] = f.Verdict
		if strings.Contains(f.Text, "hush") {
			t.Errorf("a secret is told: %s", f.Text)
		}
	}
	return found, err
}

func TestTheDoctorFindsWhatIsWrong(t *testing.T) {
	weChat := wechattest.New()
	t.Cleanup(weChat.Close)
	redis := "LBL_REDIS_URL=" + testdb.Server(t, "LBL_TEST_REDIS_URL").String()
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			database := testdb.URL(t, engine)
			env := []string{
				"LBL_DATABASE_URL=" + database, "LBL_JWT_KEYS=" + testKeys, "LBL_DATA_KEYS=" + testdb.Keys, "LBL_BLOB_URL=file://" + t.TempDir(), redis,
				"LBL_WECHAT_APPID=" + wechattest.AppID, "LBL_WECHAT_SECRET=" + wechattest.Secret, "LBL_WECHAT_API_BASE=" + weChat.URL,
			}
			if found, err := doctored(t, env...); err == nil || found["数据库结构"] != bad || found["数据库"] != fine {
				t.Errorf("before the migration: %v, %v", found, err)
			}
			if _, err := command(t, env, "migrate"); err != nil {
				t.Fatal(err)
			}
			found, err := doctored(t, env...)
			if err != nil || found["数据库结构"] != fine || found["Redis"] != fine || found["微信"] != fine || found["照片存放处"] != fine || found["Redis 时钟"] != fine {
				t.Errorf("%v, %v", found, err)
			}
			if engine == testdb.MySQL && (found["字符集"] != fine || found["隔离级别"] != fine || found["数据库时钟"] != fine) {
				t.Errorf("%v", found)
			}
			for name, c := range map[string]struct{ setting, part string }{
				"a wrong secret":        {"LBL_WECHAT_SECRET=hush", "微信"},
				"a short key":           {"LBL_JWT_KEYS=k1:abcd", "令牌密钥"},
				"every proxy there is":  {"LBL_TRUSTED_PROXIES=0.0.0.0/0", "配置"},
				"every origin there is": {"LBL_CORS_ORIGINS=*", "配置"},
				"no limit":              {"LBL_RATE_FACTOR=-1", "配置"},
				"no place for photos":   {"LBL_BLOB_URL=file:///proc/nowhere", "照片存放处"},
				"no database":           {"LBL_DATABASE_URL=mysql://me:hush@127.0.0.1:1/none", "数据库"},
			} {
				if found, err := doctored(t, append(env, c.setting)...); err == nil || found[c.part] != bad {
					t.Errorf("%s: %v, %v", name, found, err)
				}
			}
			bucket := buckettest.Serve(t)
			if found, err := doctored(t, append(env, "LBL_BLOB_URL="+bucket.Address())...); err != nil || found["照片存放处"] != fine {
				t.Errorf("photos in a bucket: %v, %v", found, err)
			}
			for name, address := range map[string]string{"no bucket": bucket.Missing(), "a bucket's server that is down": buckettest.Down} {
				if found, err := doctored(t, append(env, "LBL_BLOB_URL="+address)...); err == nil || found["照片存放处"] != bad {
					t.Errorf("%s: %v, %v", name, found, err)
				}
			}
			if found, err := doctored(t, append(env, "LBL_REDIS_URL=redis://127.0.0.1:1")...); err != nil || found["Redis"] != warn {
				t.Errorf("without Redis: %v, %v", found, err)
			}
			text, err := command(t, env, "doctor")
			if err != nil || !strings.Contains(text, "✓ 正常") {
				t.Errorf("%v: %s", err, text)
			}
		})
	}
}

func TestTheFirstAdminIsMadeAtTheMachine(t *testing.T) {
	address := testdb.URL(t, testdb.SQLite)
	env := []string{"LBL_DATABASE_URL=" + address, "LBL_JWT_KEYS=" + testKeys, "LBL_DATA_KEYS=" + testdb.Keys}
	roster := filepath.Join(t.TempDir(), "roster.xlsx")
	file, err := os.Create(roster)
	if err == nil {
		_, err = demo.Roster(file)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if text, err := command(t, env, "import", "--community", demo.CommunityName, roster); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(address, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var id int64
	if err := db.QueryRowContext(t.Context(), "SELECT id FROM member WHERE phone <> '' ORDER BY id DESC LIMIT 1").Scan(&id); err != nil {
		t.Fatal(err)
	}
	member, err := testdb.Connect(t, address).Members.Get(t.Context(), model.ID(id))
	if err != nil {
		t.Fatal(err)
	}
	name, phone := member.Name, member.Phone
	text, err := command(t, env, "admin", "--community", demo.CommunityName, "--member", name+"/"+strings.TrimPrefix(phone, "86"))
	code := regexp.MustCompile(`(?m)^  ([A-Z2-9]{8})$`).FindStringSubmatch(text)
	if err != nil || code == nil {
		t.Fatalf("%v: %s", err, text)
	}
	var admins, hashes int
	if err := db.QueryRowContext(t.Context(), "SELECT (SELECT COUNT(*) FROM role_grant g JOIN member m ON m.id = g.member_id WHERE g.role = 'community_admin' AND m.id = ?), "+
		"(SELECT COUNT(*) FROM bind_code WHERE used_at = 0)", id).Scan(&admins, &hashes); err != nil || admins != 1 || hashes != 1 {
		t.Errorf("%d admins, %d codes, %v", admins, hashes, err)
	}
	for _, bad := range [][2]string{{demo.CommunityName, "没有这个人"}, {"没有这个社区", name}} {
		if text, err := command(t, env, "admin", "--community", bad[0], "--member", bad[1]); err == nil {
			t.Errorf("%v: %s", bad, text)
		}
	}
}

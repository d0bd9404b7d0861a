package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
)

const nextDataKey = "d2:404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"

// TestKeysAreRotatedByAnOperator walks through docs/encryption.md: add the new key last, then first, seal anew, take the
// old one away.
func TestKeysAreRotatedByAnOperator(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address := testdb.URL(t, engine)
			t.Run("fill", func(t *testing.T) { testworld.New(t, testdb.Connect(t, address)) })
			run := func(keys string, args ...string) (string, error) {
				return command(t, []string{"LBL_DATABASE_URL=" + address, "LBL_DATA_KEYS=" + keys}, args...)
			}
			wantIn := func(keys, part string, args ...string) {
				t.Helper()
				if text, err := run(keys, args...); err != nil || !strings.Contains(text, part) {
					t.Errorf("%v said %q, %v; want %q", args, text, err, part)
				}
			}
			wantIn(testdb.Keys+","+nextDataKey, "重新封存 0", "keys", "rotate")
			wantIn(testdb.Keys+","+nextDataKey, "d1", "keys", "status")
			wantIn(nextDataKey+","+testdb.Keys, "密钥 d1 已不再使用", "keys", "rotate")
			if text, err := run(nextDataKey, "keys", "status"); err != nil || strings.Contains(text, "d1") || !strings.Contains(text, "member.phone") {
				t.Errorf("afterwards it said %q, %v", text, err)
			}
			for name, keys := range map[string]string{
				"the retired one first": testdb.Keys + "," + nextDataKey, "the retired one alone": testdb.Keys, "none that is one": "d2:00", "one of that name": "d2" + testdb.Keys[2:],
			} {
				text, err := run(keys, "keys", "rotate")
				if err == nil || !strings.Contains(explain(err), "密钥") && !strings.Contains(err.Error(), "LBL_DATA_KEYS") {
					t.Errorf("%s: said %q, %v", name, text, err)
				} else if strings.Contains(text+explain(err), keys[3:]) {
					t.Errorf("%s: the key is printed", name)
				}
			}
		})
	}
}

func TestKeysAreKeptBesideAnEmbeddedDatabase(t *testing.T) {
	folder := t.TempDir()
	env := []string{"LBL_DATABASE_URL=sqlite:" + filepath.Join(folder, "x.db")}
	for range 2 {
		if text, err := command(t, env, "keys", "rotate"); err != nil {
			t.Fatal(text, err)
		}
	}
	file := filepath.Join(folder, "data.keys")
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("it is kept as %v, %v", info, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if text, err := command(t, env, "keys", "rotate"); err == nil || !strings.Contains(explain(err), "取回") {
		t.Errorf("with another key it said %q, %v", text, err)
	}
	if _, err := command(t, []string{"LBL_DATABASE_URL=mysql://me:x@127.0.0.1:9/x"}, "keys", "rotate"); err == nil || !strings.Contains(err.Error(), "LBL_DATA_KEYS") {
		t.Errorf("without any: %v", err)
	}
}

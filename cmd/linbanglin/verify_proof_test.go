package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// givenSigned makes a database with one line that is sealed and signed, and returns its configuration and the
// files of a proof and of the head.
func givenSigned(t *testing.T) (env []string, proven, head string) {
	t.Helper()
	folder := t.TempDir()
	c := &Config{DatabaseURL: "sqlite:" + filepath.Join(folder, "x.db")}
	h, err := open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	w := testworld.New(t, h.store)
	if err := h.sign(t.Context(), c, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	member := w.Members[0]
	err = h.store.Tx(t.Context(), func(tx *repository.Store) error {
		for i := range 3 {
			_, err := h.ledger.PostTx(t.Context(), tx, ledger.Posting{
				Key: fmt.Sprint(i), Debit: model.Pool(w.Community.ID, model.Points), Credit: model.Wallet(w.Community.ID, member.ID, model.Points), Amount: 5,
				Code: model.RuleAdjust, Class: model.Declared, Member: member, Memo: "帮忙\x1b[2J",
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ledger.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := h.ledger.Anchor(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d anchors, %v", n, err)
	}
	p, err := h.ledger.Proof(t.Context(), w.As(member), ledger.StatementQuery{Measure: model.Points}, 2)
	if err != nil {
		t.Fatal(err)
	}
	end, err := h.ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return []string{"LBL_DATABASE_URL=" + c.DatabaseURL}, kept(t, folder, "proof.json", p), kept(t, folder, "head.json", end)
}

func kept(t *testing.T, folder, name string, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// edited returns the path of a copy of a file in which one text stands for another.
func edited(t *testing.T, path, from, to string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("%q is not in %s", from, text)
	}
	changed := filepath.Join(t.TempDir(), "edited.json")
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestProofsAreVerifiedWithoutTheDatabase(t *testing.T) {
	env, proven, head := givenSigned(t)
	folder := filepath.Dir(proven)
	text, err := os.ReadFile(filepath.Join(folder, "ledger.key"))
	if err != nil {
		t.Fatal(err)
	}
	c := &Config{LedgerKey: strings.TrimSpace(string(text)), DatabaseURL: "mysql://nowhere/x"}
	signer, err := c.signer()
	if err != nil {
		t.Fatal(err)
	}
	key := signer.Public().String()
	out, err := command(t, nil, "verify-proof", proven, "--key", key, "--head", head)
	if err != nil || strings.Count(out, "✓") != 7 || !strings.Contains(out, "证明成立：积分 第 2 行") || !strings.Contains(out, "变动 +5，余额 10") || strings.Contains(out, "\x1b") || strings.Contains(out, "注意") {
		t.Errorf("got %v\n%s", err, out)
	}
	if out, err := command(t, nil, "verify-proof", proven); err != nil || !strings.Contains(out, "注意") || !strings.Contains(out, key) {
		t.Errorf("got %v\n%s", err, out)
	}
	for _, x := range []struct {
		name, says string
		arguments  []string
	}{
		{"an edited balance", "✗ 分录的哈希", []string{edited(t, proven, `"posted_after": 10`, `"posted_after": 90`)}},
		{"an edited seal", "✗ 封存", []string{edited(t, proven, `"seq": 2,`+"\n    \"previous_hash\"", `"seq": 3,`+"\n    \"previous_hash\"")}},
		{"an edited signature", "✗ 签名", []string{edited(t, proven, `"signature": "`, `"signature": "00`)}},
		{"another key", "✗ 指定的公钥", []string{proven, "--key", key[:len(key)-1] + flipped(key[len(key)-1])}},
		{"another head", "✗ 指定的账本头", []string{proven, "--head", edited(t, head, `"key_id": "k1"`, `"key_id": "k2"`)}},
		{"a part left out", "✗ 文件", []string{edited(t, proven, `"held_delta": 0,`, ``)}},
		{"a part added", "✗ 文件", []string{edited(t, proven, `"held_delta": 0,`, `"held_delta": 0, "note": "",`)}},
		{"no proof", "✗ 文件", []string{head}},
	} {
		out, err := command(t, nil, append([]string{"verify-proof"}, x.arguments...)...)
		if err == nil || !strings.Contains(out, x.says) || strings.Contains(out, "证明成立") {
			t.Errorf("%s: got %v\n%s", x.name, err, out)
		}
	}
	for name, arguments := range map[string][]string{
		"no file": {proven + ".none"}, "no key": {proven, "--key", "k1"}, "no head": {proven, "--head", proven},
	} {
		if out, err := command(t, nil, append([]string{"verify-proof"}, arguments...)...); err == nil || strings.Contains(out, "证明成立") {
			t.Errorf("%s: got %v\n%s", name, err, out)
		}
	}
	if out, err := command(t, env, "verify"); err != nil || !strings.Contains(out, "核验 签名的账本头：1 行，一致") {
		t.Errorf("got %v\n%s", err, out)
	}
	if out, err := command(t, append(env, "LBL_LEDGER_KEY=k1:"+strings.Repeat("00", 32)), "verify"); err == nil || !strings.Contains(out, "another key under this name") {
		t.Errorf("got %v\n%s", err, out)
	}
}

func flipped(digit byte) string {
	if digit == '0' {
		return "1"
	}
	return "0"
}

func TestSettingsOfProofsAndBookletsAreChecked(t *testing.T) {
	database := "LBL_DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "x.db")
	for name, setting := range map[string]string{
		"a short key": "LBL_LEDGER_KEY=k1:0011", "no address": "LBL_PUBLIC_URL=linbanglin.example", "an address with a query": "LBL_PUBLIC_URL=https://x.example/?a=1", "no font": "LBL_PDF_FONT=/nowhere/x.ttf",
		"everybody a pioneer": "LBL_PIONEER_PERCENT=100",
	} {
		_, err := command(t, []string{database, "LBL_LISTEN=127.0.0.1:0", setting}, "serve")
		variable, _, _ := strings.Cut(setting, "=")
		if err == nil || !strings.Contains(explain(err), variable) || strings.Contains(explain(err), "0011") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := command(t, []string{database, "LBL_LISTEN=127.0.0.1:0", "LBL_LEDGER_KEY=k1", "LBL_PUBLIC_URL=x", "LBL_PDF_FONT=/nowhere/x.ttf"}, "serve")
	if err == nil {
		t.Fatal("it started")
	}
	for _, variable := range []string{"LBL_LEDGER_KEY", "LBL_PUBLIC_URL", "LBL_PDF_FONT"} {
		if !strings.Contains(err.Error(), variable) {
			t.Errorf("%s is not named in %v", variable, err)
		}
	}
	text, err := command(t, []string{"LBL_LEDGER_KEY=k1:hush", "LBL_PUBLIC_URL=https://x.example", "LBL_PDF_FONT=/x.ttf"}, "config")
	if err != nil || strings.Contains(text, "hush") || !strings.Contains(text, "LBL_LEDGER_KEY=***\nLBL_DATA_KEYS=\nLBL_PUBLIC_URL=https://x.example\nLBL_BLOB_URL=\nLBL_PDF_FONT=/x.ttf\n") {
		t.Errorf("got %v\n%s", err, text)
	}
}

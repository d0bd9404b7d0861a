package ledger_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to do what an intruder with the file could

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/ledger"
)

// history posts some of everything: awards with caps, a reversal, a donation, holds with each of their ends
// and one that is open, and points that expired.
func history(t *testing.T, d *desk) {
	t.Helper()
	admin := d.Holder(model.RoleCommunityAdmin)
	rules := model.DefaultRules(d.Community.ID)
	rules.Version, rules.EffectiveDay, rules.ValidMonths = 2, 20261101, 1
	for _, r := range rules.Items {
		r.Version, r.Caps = 2, model.Caps{Day: 100, Pair: 2}
	}
	if err := d.store.Points.AddRules(t.Context(), rules); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		receipt, err := d.Award(keyed(t, admin, fmt.Sprint(i), nil), admin, ledger.Award{Member: d.Resident(i).MemberID, Amount: 50, Code: model.RuleAdjust})
		if err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			if _, err := d.Reverse(keyed(t, admin, "r", nil), admin, receipt.TransferID, "x"); err != nil {
				t.Fatal(err)
			}
		}
	}
	member := d.Members[0]
	wallet, redeemed := model.Wallet(d.Community.ID, member.ID, model.Points), model.System(d.Community.ID, model.AccountRedeemed)
	post := func(p ledger.Posting) model.ID {
		results, err := d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{p}})
		if err != nil {
			t.Fatal(err)
		}
		return results[0].TransferID
	}
	for i, end := range []model.TransferKind{model.KindSettle, model.KindRelease, model.KindLapse, 0} {
		hold := post(ledger.Posting{Key: fmt.Sprint("hold", i), Kind: model.KindHold, Debit: wallet, Credit: redeemed, Amount: 10, Code: model.CodeRedeem, Member: member, Until: testworld.Now})
		if end != 0 {
			post(ledger.Posting{Key: fmt.Sprint("end", i), Kind: end, Debit: wallet, Credit: redeemed, Amount: 4, Code: model.CodeRedeem, Member: member, Hold: hold})
		}
	}
	post(ledger.Posting{
		Key: "helped", Debit: model.Pool(d.Community.ID, model.Points), Credit: wallet, Amount: 5, Code: model.RuleTaskDone, Rules: rules,
		Class: model.Verified, Member: member, Counter: d.Resident(1).MemberID,
	})
	post(ledger.Posting{Key: "donated", Debit: wallet, Credit: model.Pool(d.Community.ID, model.Points), Amount: 3, Code: model.CodeDonate, Member: member})
	post(ledger.Posting{Key: "expired", Kind: model.KindExpire, Debit: wallet, Credit: model.System(d.Community.ID, model.AccountExpired), Code: model.CodeExpire, Member: member, Lot: 20261231})
	post(ledger.Posting{Key: "fresh", Debit: model.Pool(d.Community.ID, model.Points), Credit: wallet, Amount: 9, Code: model.RuleAdjust, Rules: rules, Class: model.Declared, Member: member})
	d.wantClean(t)
}

// TestVerifyFindsWhatAnIntruderChanges alters the database behind the ledger's back, one row at a time, and
// wants each change to be found by the check that answers for it.
func TestVerifyFindsWhatAnIntruderChanges(t *testing.T) {
	for _, c := range []struct{ name, statement, check string }{
		{"a balance", "UPDATE point_account SET posted = posted + 1 WHERE tracked = 1", "balances"},
		{"a hold", "UPDATE point_account SET held = held + 1 WHERE tracked = 1", "balances"},
		{"a count of lines", "UPDATE point_account SET last_seq = last_seq + 1 WHERE tracked = 1", "balances"},
		{"an amount", "UPDATE point_transfer SET amount = amount + 1 WHERE kind = 1", "stream"},
		{"a member", "UPDATE point_transfer SET member_id = member_id + 1 WHERE kind = 1", "stream"},
		{"a memo", "UPDATE point_transfer SET memo = 'x' WHERE kind = 1", "stream"},
		{"a line", "UPDATE point_entry SET posted_after = posted_after + 1 WHERE seq = 1", "entries"},
		{"a line's hash", "UPDATE point_entry SET hash = X'00' WHERE seq = 1", "entries"},
		{"a lost line", "DELETE FROM point_entry WHERE seq = 1", "entries"},
		{"a lost transfer", "DELETE FROM point_transfer WHERE id = (SELECT MIN(id) FROM point_transfer)", "stream"},
		{"a lost seal", "DELETE FROM point_seal WHERE seq = 2", "stream"},
		{"a cut tail", "DELETE FROM point_seal WHERE seq = (SELECT MAX(seq) FROM point_seal)", "stream"},
		{"a seal's hash", "UPDATE point_seal SET hash = X'00' WHERE seq = 1", "stream"},
		{"two seals swapped", "UPDATE point_seal SET rec_id = (SELECT MAX(id) FROM point_transfer) + 1 WHERE seq = 1", "stream"},
		{"a reversal of more", "UPDATE point_transfer SET score = score - 1 WHERE kind = 6", "stream"},
		{"a transfer to oneself", "UPDATE point_transfer SET credit_id = debit_id WHERE kind = 1", "stream"},
		{"a settlement of more than the hold", "UPDATE point_transfer SET amount = 11 WHERE kind = 3", "stream"},
		{"a new transfer", "INSERT INTO point_transfer SELECT id + 1, community_id, measure, kind, code, rule_version, class, debit_id, credit_id, amount, NULL, NULL, 'x', idem_hash, NULL, " +
			"ref_type, ref_id, campaign_id, area_id, grid_id, branch_id, member_id, score, ranked, biz_day, effective_at, created_at, actor_id, memo, counter_id FROM point_transfer WHERE kind = 1 LIMIT 1", "stream"},
		{"a lost hold", "DELETE FROM point_hold_open", "holds"},
		{"a hold of more", "UPDATE point_hold_open SET amount = amount + 1", "holds"},
		{"a lost move", "DELETE FROM point_lot_move WHERE d_held = 0", "stream"},
		{"a move of nothing", "INSERT INTO point_lot_move SELECT account_id, expires_day, 7, 0, 0 FROM point_lot_move LIMIT 1", "lots"},
		{"points that live longer", "UPDATE point_lot_move SET expires_day = 20991231 WHERE d_remaining < 0", "lots"},
		{"a cap", "UPDATE point_cap SET used = used - 1 WHERE other_id = 0", "caps"},
		{"a cap of a pair", "UPDATE point_cap SET used = 0 WHERE other_id <> 0", "caps"},
		{"a lost cap", "DELETE FROM point_cap WHERE other_id <> 0", "caps"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := testdb.URL(t, testdb.SQLite)
			d := open(t, testdb.Connect(t, url))
			history(t, d)
			tamper(t, strings.TrimPrefix(url, "sqlite:"), c.statement)
			for _, check := range verified(t, d, ledger.VerifyOptions{}) {
				if check.Name == c.check && check.Total > 0 {
					return
				}
			}
			t.Errorf("%s was not found by the check of %s", c.name, c.check)
		})
	}
}

func verified(t *testing.T, d *desk, o ledger.VerifyOptions) []*ledger.Check {
	t.Helper()
	checks, _, err := d.Verify(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// undecided lists columns by which nothing is decided and which nothing else says.
var undecided = []string{
	"point_account.created_at", "point_account.updated_at", "point_outbox.created_at", "stream_cursor.updated_at", "point_hold_open.expires_at",
}

// TestVerifyFindsEveryColumn changes each column of each table of the ledger, in one row, and wants a difference
// that names a row.
func TestVerifyFindsEveryColumn(t *testing.T) {
	url := testdb.URL(t, testdb.SQLite)
	d := open(t, testdb.Connect(t, url))
	history(t, d)
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	columns := 0
	for _, table := range []string{"point_account", "point_transfer", "point_entry", "point_lot_move", "point_cap", "point_hold_open", "point_seal", "stream_cursor"} {
		all := columnsOf(t, db, table)
		for _, c := range all {
			if slices.Contains(undecided, table+"."+c.name) || table == "stream_cursor" && c.name == "name" {
				continue
			}
			columns++
			alterOne(t, d, db, table, c.name, c.kind)
		}
	}
	if columns < 60 {
		t.Errorf("only %d columns were changed", columns)
	}
	d.wantClean(t)
}

type column struct{ name, kind string }

func columnsOf(t *testing.T, db *sql.DB, table string) (all []column) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name, type FROM pragma_table_info(?)", table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.kind); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// alterOne changes one column of the last row of a table, verifies, and changes it back.
func alterOne(t *testing.T, d *desk, db *sql.DB, table, column, kind string) {
	t.Helper()
	where := " WHERE rowid = (SELECT MAX(rowid) FROM " + table + ")"
	if table == "point_account" {
		where = " WHERE owner_type = 2 AND last_seq > 5"
	}
	if table == "stream_cursor" {
		where = " WHERE name = 'seal'"
	}
	var before any
	if err := db.QueryRowContext(t.Context(), "SELECT "+column+" FROM "+table+where).Scan(&before); err != nil {
		t.Fatal(err)
	}
	if before == nil && kind == "BLOB" {
		before = []byte{}
	}
	var after any
	switch v := before.(type) {
	case int64:
		after = v + 7919 // far enough that no other row has it
	case string:
		after = v + "x"
	case []byte:
		after = append([]byte{v0(v) ^ 1}, v[min(1, len(v)):]...)
	default:
		after = int64(7) // it was NULL
	}
	set := func(value any) error {
		if b, ok := value.([]byte); ok && len(b) == 0 {
			_, err := db.ExecContext(t.Context(), "UPDATE "+table+" SET "+column+" = X''"+where)
			return err
		}
		_, err := db.ExecContext(t.Context(), "UPDATE "+table+" SET "+column+" = ?"+where, value)
		return err
	}
	rowid := int64(0)
	if err := db.QueryRowContext(t.Context(), "SELECT rowid FROM "+table+where).Scan(&rowid); err != nil {
		t.Fatal(err)
	}
	where = fmt.Sprintf(" WHERE rowid = %d", rowid)
	if err := set(after); err != nil {
		t.Fatalf("%s.%s: %v", table, column, err)
	}
	found := int64(0)
	for _, c := range verified(t, d, ledger.VerifyOptions{}) {
		found += c.Total
	}
	if found == 0 {
		t.Errorf("a change of %s.%s is not found", table, column)
	}
	if err := set(before); err != nil {
		t.Fatalf("%s.%s back: %v", table, column, err)
	}
}

// v0 returns the first byte, 0 when there is none.
func v0(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

func tamper(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	result, err := db.ExecContext(context.Background(), statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n == 0 {
		t.Fatal("the intruder changed nothing")
	}
}

// TestVerifyGoesOnFromACheckpoint verifies in parts, with records that wait for their place at each border.
func TestVerifyGoesOnFromACheckpoint(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		history(t, d)
		admin := d.Holder(model.RoleCommunityAdmin)
		var at *ledger.Checkpoint
		rows := int64(0)
		for part := range 3 {
			for i := range 5 {
				if _, err := d.Award(keyed(t, admin, fmt.Sprint("p", part, i), nil), admin, ledger.Award{Member: d.Resident(i % 3).MemberID, Amount: 1, Code: model.RuleAdjust}); err != nil {
					t.Fatal(err)
				}
			}
			checks, reached, err := d.Verify(t.Context(), ledger.VerifyOptions{Since: at})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range checks {
				if c.Total > 0 {
					t.Errorf("part %d, %s: %v", part, c.Name, c.Differences)
				}
				if c.Name == "entries" && part > 0 && (c.Rows < 1 || c.Rows > 20) {
					t.Errorf("part %d read %d entries", part, c.Rows)
				}
			}
			// As it comes back from a file.
			text, err := json.Marshal(reached)
			if err != nil {
				t.Fatal(err)
			}
			at = new(ledger.Checkpoint)
			if err := json.Unmarshal(text, at); err != nil || at.Seq < rows {
				t.Fatalf("got %+v, %v", at, err)
			}
			rows = at.Seq
		}
		if err := d.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		at.Hash[0] ^= 1
		found := int64(0)
		for _, c := range verified(t, d, ledger.VerifyOptions{Since: at}) {
			found += c.Total
		}
		if found == 0 {
			t.Error("another history was taken for the one that was checked")
		}
	})
}

package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to do what an intruder with the file could

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/ledger"
)

// TestVerifyFindsWhatAnIntruderChanges alters the database behind the ledger's back, one row at a time, and
// wants each change to be found by the check that answers for it.
func TestVerifyFindsWhatAnIntruderChanges(t *testing.T) {
	for _, c := range []struct{ name, statement, check string }{
		{"a balance", "UPDATE point_account SET posted = posted + 1 WHERE tracked = 1", "balances"},
		{"a hold", "UPDATE point_account SET held = held + 1 WHERE tracked = 1", "balances"},
		{"a count of lines", "UPDATE point_account SET last_seq = last_seq + 1 WHERE tracked = 1", "balances"},
		{"an amount", "UPDATE point_transfer SET amount = amount + 1 WHERE kind = 1", "entries"},
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
		{"a reversal of more", "UPDATE point_transfer SET score = score - 1 WHERE kind = 6", "transfers"},
		{"a transfer to oneself", "UPDATE point_transfer SET credit_id = debit_id WHERE kind = 1", "transfers"},
		{"a new transfer", "INSERT INTO point_transfer SELECT id + 1, community_id, measure, kind, code, rule_version, class, debit_id, credit_id, amount, NULL, NULL, 'x', idem_hash, NULL, " +
			"ref_type, ref_id, campaign_id, area_id, grid_id, branch_id, member_id, score, ranked, biz_day, effective_at, created_at, actor_id, memo FROM point_transfer WHERE kind = 1 LIMIT 1", "balances"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := testdb.URL(t, testdb.SQLite)
			d := open(t, testdb.Connect(t, url))
			admin := d.Holder(model.RoleCommunityAdmin)
			for i := range 4 {
				receipt, err := d.Award(keyed(t, admin, fmt.Sprint(i), nil), admin, ledger.Award{Member: d.Resident(i).MemberID, Amount: 5, Code: model.RuleAdjust})
				if err != nil {
					t.Fatal(err)
				}
				if i == 3 {
					if _, err := d.Reverse(keyed(t, admin, "r", nil), admin, receipt.TransferID, "x"); err != nil {
						t.Fatal(err)
					}
				}
			}
			d.wantClean(t)
			tamper(t, strings.TrimPrefix(url, "sqlite:"), c.statement)
			checks, err := d.Verify(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, check := range checks {
				if check.Name == c.check && check.Total > 0 {
					return
				}
			}
			t.Errorf("%s was not found by the check of %s", c.name, c.check)
		})
	}
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

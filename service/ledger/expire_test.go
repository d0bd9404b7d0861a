package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

// TestPointsExpireOnce has several processes look for what ended: each lot ends once, what is held stays,
// and ends on another day when it is released.
func TestPointsExpireOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Members[0]
		for i := range 3 {
			if _, err := d.Award(keyed(t, admin, fmt.Sprint(i), nil), admin, ledger.Award{Member: member.ID, Amount: 10, Code: model.RuleAdjust}); err != nil {
				t.Fatal(err)
			}
		}
		wallet, redeemed := model.Wallet(d.Community.ID, member.ID, model.Points), model.System(d.Community.ID, model.AccountRedeemed)
		hold, err := d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{
			{Key: "h", Kind: model.KindHold, Debit: wallet, Credit: redeemed, Amount: 12, Code: model.CodeRedeem, Member: member},
		}})
		if err != nil {
			t.Fatal(err)
		}
		who := d.As(member)
		balance, err := d.Balance(t.Context(), who)
		if err != nil || len(balance.Expiring) != 1 || balance.Expiring[0] != (ledger.Expiring{Date: 20291130, Amount: 18}) || balance.Available != 18 {
			t.Fatalf("got %+v, %v", balance, err)
		}
		if n, err := d.Expire(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d ended on the first day, %v", n, err)
		}
		d.now.Add((4 * 366 * 24 * time.Hour).Microseconds())
		others := []*ledger.Ledger{d.Ledger, ledger.New(d.store, d.clock), ledger.New(d.store, d.clock)}
		total := expireAtOnce(t, others)
		if balance, err = d.Balance(t.Context(), who); err != nil || total != 1 || balance.Posted != 12 || balance.Available != 0 || balance.Earned.Total != 30 {
			t.Errorf("%d lots ended, got %+v, %v", total, balance, err)
		}
		_, err = d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{
			{Key: "r", Kind: model.KindRelease, Debit: wallet, Credit: redeemed, Code: model.CodeRedeem, Member: member, Hold: hold[0].TransferID},
		}})
		if err != nil {
			t.Fatal(err)
		}
		d.now.Add((24 * time.Hour).Microseconds())
		if total = expireAtOnce(t, others); total != 1 {
			t.Errorf("%d lots ended after the release", total)
		}
		if balance, err = d.Balance(t.Context(), who); err != nil || balance.Posted != 0 {
			t.Errorf("got %+v, %v", balance, err)
		}
		d.wantClean(t)
	})
}

func expireAtOnce(t *testing.T, processes []*ledger.Ledger) (total int) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, l := range processes {
		all.Go(func() {
			n, err := l.Expire(context.WithoutCancel(t.Context()))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += n
		})
	}
	all.Wait()
	return total
}

// TestReversalOfEachKind undoes a grant that is spent, a donation and an expiry, and refuses what is no
// transfer of a member's.
func TestReversalOfEachKind(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Members[0]
		who, wallet := d.As(member), model.Wallet(d.Community.ID, member.ID, model.Points)
		given, err := d.Award(keyed(t, admin, "a", nil), admin, ledger.Award{Member: member.ID, Amount: 10, Code: model.RuleAdjust})
		if err != nil {
			t.Fatal(err)
		}
		donated, err := d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{
			{Key: "d", Debit: wallet, Credit: model.Pool(d.Community.ID, model.Points), Amount: 8, Code: model.CodeDonate, Member: member},
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := func(step string, posted, earned int64) {
			t.Helper()
			balance, err := d.Balance(t.Context(), who)
			if err != nil || balance.Posted != posted || balance.Earned.Total != earned {
				t.Errorf("%s: got %+v, %v, want %d posted, %d earned", step, balance, err, posted, earned)
			}
		}
		want("donated", 2, 10)
		reverse := func(id model.ID) error {
			_, err := d.Reverse(keyed(t, admin, fmt.Sprint("r", id, time.Now().UnixNano()), nil), admin, id, "记错了")
			return err
		}
		if err := reverse(given.TransferID); err != nil {
			t.Fatal(err)
		}
		want("what was spent is owed", -8, 0)
		if err := reverse(given.TransferID); !errors.Is(err, model.ErrAlreadyReversed) {
			t.Errorf("again: %v", err)
		}
		if err := reverse(donated[0].TransferID); err != nil {
			t.Fatal(err)
		}
		want("the donation is back", 0, 0)
		if _, err := d.Award(keyed(t, admin, "b", nil), admin, ledger.Award{Member: member.ID, Amount: 5, Code: model.RuleAdjust}); err != nil {
			t.Fatal(err)
		}
		d.now.Add((4 * 366 * 24 * time.Hour).Microseconds())
		if n, err := d.Expire(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d ended, %v", n, err)
		}
		want("expired", 0, 5)
		lines, err := d.Statement(t.Context(), who, ledger.StatementQuery{Measure: model.Points}, model.Page{Limit: 1})
		if err != nil || lines.Items[0].Kind != model.KindExpire {
			t.Fatalf("got %+v, %v", lines, err)
		}
		if err := reverse(lines.Items[0].TransferID); err != nil {
			t.Fatal(err)
		}
		want("given back with a grace", 5, 5)
		if n, err := d.Expire(t.Context()); n != 0 || err != nil {
			t.Errorf("%d ended in the grace, %v", n, err)
		}
		if err := reverse(lines.Items[0].TransferID + 1); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("nothing reversed: %v", err)
		}
		d.wantClean(t)
	})
}

package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
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

// TestNobodyReversesTheirOwn wants what ended to stay so for who would undo it for themselves.
func TestNobodyReversesTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin := d.Holder(model.RoleCommunityAdmin)
		member, err := d.store.Members.Get(t.Context(), admin.MemberID)
		if err != nil {
			t.Fatal(err)
		}
		wallet, pool := model.Wallet(d.Community.ID, member.ID, model.Points), model.Pool(d.Community.ID, model.Points)
		var donated model.ID
		for _, p := range []ledger.Posting{
			{Key: "given", Debit: pool, Credit: wallet, Amount: 10, Code: model.RuleAdjust, Member: member},
			{Key: "donated", Debit: wallet, Credit: pool, Amount: 10, Code: model.CodeDonate, Member: member},
		} {
			results, err := d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{p}})
			if err != nil {
				t.Fatal(err)
			}
			donated = results[0].TransferID
		}
		if _, err := d.Reverse(keyed(t, admin, "r", nil), admin, donated, "x"); !errors.Is(err, model.ErrOwnTransfer) {
			t.Errorf("got %v", err)
		}
	})
}

// TestACertificateEndsWithItsService wants a certificate to be valid for as long as its minutes are booked.
func TestACertificateEndsWithItsService(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Resident(0)
		given, err := d.Award(keyed(t, admin, "a", nil), admin, ledger.Award{Member: member.MemberID, Amount: 60, Code: model.CodeMinutes})
		if err != nil {
			t.Fatal(err)
		}
		c, err := d.Certify(t.Context(), member, ledger.CertificateQuery{From: 20261101, To: 20261123})
		if err != nil {
			t.Fatal(err)
		}
		want := func(valid bool) {
			t.Helper()
			if got, err := d.Validity(t.Context(), c.Number); err != nil || got.Valid != valid || (got.Name != "") != valid {
				t.Errorf("got %+v, %v, want %t", got, err, valid)
			}
		}
		want(true)
		if _, err := d.Award(keyed(t, admin, "b", nil), admin, ledger.Award{Member: member.MemberID, Amount: 5, Code: model.CodeMinutes}); err != nil {
			t.Fatal(err)
		}
		want(true)
		if _, err := d.Reverse(keyed(t, admin, "r", nil), admin, given.TransferID, "虚报"); err != nil {
			t.Fatal(err)
		}
		want(false)
	})
}

// TestAnOrderIsNotReversedBehindTheShop wants the settlement of an order to be undone with the order only.
func TestAnOrderIsNotReversedBehindTheShop(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Members[0]
		if _, err := d.Award(keyed(t, admin, "a", nil), admin, ledger.Award{Member: member.ID, Amount: 10, Code: model.RuleAdjust}); err != nil {
			t.Fatal(err)
		}
		order := ledger.Posting{
			Key: "h", Kind: model.KindHold, Debit: model.Wallet(d.Community.ID, member.ID, model.Points), Credit: model.System(d.Community.ID, model.AccountRedeemed),
			Amount: 4, Code: model.CodeRedeem, Ref: model.RefOrder, RefID: 1, Member: member,
		}
		for _, kind := range []model.TransferKind{model.KindHold, model.KindSettle} {
			order.Kind, order.Key = kind, kind.String()
			results, err := d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{order}})
			if err != nil {
				t.Fatal(err)
			}
			order.Hold = results[0].TransferID
		}
		if _, err := d.Reverse(keyed(t, admin, "r", nil), admin, order.Hold, "x"); !errors.Is(err, model.ErrNotReversible) {
			t.Errorf("got %v", err)
		}
		d.wantClean(t)
	})
}

// TestPairsInMinutesCountBothWays caps a pair by a rule in minutes, whoever of the two was helped.
func TestPairsInMinutesCountBothWays(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		rules := model.DefaultRules(d.Community.ID)
		rules.Version, rules.EffectiveDay = 2, 20261101
		for _, r := range rules.Items {
			if r.Version = 2; r.Code == model.CodeMinutes {
				r.Caps = model.Caps{Pair: 2}
			}
		}
		if err := d.store.Points.AddRules(t.Context(), rules); err != nil {
			t.Fatal(err)
		}
		one, two := d.Members[0], d.Members[2]
		for i, c := range []struct {
			helper, helped *model.Member
			want           error
		}{{one, two, nil}, {two, one, nil}, {one, two, model.ErrPairCapped}, {two, one, model.ErrPairCapped}} {
			_, err := d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{{
				Key: fmt.Sprint(i), Debit: model.Pool(d.Community.ID, model.Minutes), Credit: model.Wallet(d.Community.ID, c.helper.ID, model.Minutes),
				Amount: 30, Code: model.CodeMinutes, Rules: rules, Class: model.Verified, Member: c.helper, Counter: c.helped.ID,
			}}})
			if !errors.Is(err, c.want) {
				t.Errorf("%d: got %v, want %v", i, err, c.want)
			}
		}
		d.wantClean(t)
	})
}

// TestAKeyThatIsAnsweredMeanwhile has another process answer a key between the poster's look and its write.
func TestAKeyThatIsAnsweredMeanwhile(t *testing.T) {
	d := open(t, testdb.Open(t, testdb.MySQL))
	who, member := d.Holder(model.RoleCommunityAdmin), d.Members[0]
	job := func(key string) ledger.Job {
		return ledger.Job{Postings: []ledger.Posting{{
			Key: key, Debit: model.Pool(d.Community.ID, model.Points), Credit: model.Wallet(d.Community.ID, member.ID, model.Points),
			Amount: 5, Code: model.RuleAdjust, Class: model.Declared, Member: member,
		}}}
	}
	for hash, want := range map[byte]error{1: nil, 2: model.ErrKeyReused} {
		key := fmt.Sprint("k", hash)
		ctx, j := keyed(t, who, key, nil), job(key)
		j.Rows = func([]ledger.Result) ([]repository.Insertion, error) {
			other := keyed(t, who, key, nil)
			model.IdempotencyOf(other).Hash[0] = hash
			return nil, d.store.Remember(other, "earlier", d.clock())
		}
		got, _, err := ledger.Once(ctx, d.Ledger, j, d.clock(), func([]ledger.Result) string { return "mine" })
		if !errors.Is(err, want) || err == nil && got != "earlier" {
			t.Errorf("hash %d: got %q, %v, want %v", hash, got, err, want)
		}
	}
	if balance, err := d.Balance(t.Context(), d.As(member)); err != nil || balance.Posted != 0 {
		t.Errorf("something was posted: %+v, %v", balance, err)
	}
	d.wantClean(t)
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

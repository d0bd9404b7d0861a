package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

func TestDonationIsMadeOnceAndLeavesWhatWasEarned(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		member := d.Resident(0)
		d.giveOn(t, 20261123, member, model.RuleAdjust, 50)
		var replayed atomic.Int64
		var all sync.WaitGroup
		receipts := make([]*ledger.Receipt, 8)
		for i := range receipts {
			all.Go(func() {
				var err error
				if receipts[i], err = d.Donate(keyed(t, member, "k", &replayed), member, 20, "给社区"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, r := range receipts {
			if r == nil || *r != *receipts[0] || r.Balance != 30 {
				t.Fatalf("got %v and %v", r, receipts[0])
			}
		}
		if replayed.Load() != 7 {
			t.Errorf("%d replays", replayed.Load())
		}
		b, err := d.Balance(t.Context(), member)
		if err != nil || b.Posted != 30 || b.Earned.Day != 50 || b.Earned.Total != 50 {
			t.Errorf("got %+v, %v", b, err)
		}
		x, err := d.store.Points.Transfer(t.Context(), receipts[0].TransferID)
		if err != nil || x.Kind != model.KindPost || x.Code != model.CodeDonate || x.Score != 0 || x.RuleVersion != 0 || x.Class != model.Unclassed || x.MemberID != member.MemberID {
			t.Errorf("got %+v, %v", x, err)
		}
		lines, err := d.Statement(t.Context(), member, ledger.StatementQuery{Measure: model.Points}, model.Page{})
		if err != nil || lines.Items[0].Amount != -20 || lines.Items[0].Code != model.CodeDonate || lines.Items[0].Memo != "给社区" {
			t.Errorf("got %+v, %v", lines.Items[0], err)
		}
		other := keyed(t, member, "k", nil)
		model.IdempotencyOf(other).Hash[0] = 9
		if _, err := d.Donate(other, member, 21, ""); !errors.Is(err, model.ErrKeyReused) {
			t.Errorf("another donation under the key: %v", err)
		}
		d.wantClean(t)
	})
}

func TestDonationRefuses(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		member := d.Resident(0)
		d.giveOn(t, 20261123, member, model.RuleAdjust, 50)
		for name, c := range map[string]struct {
			who    model.Actor
			amount int64
			want   error
			left   int64
		}{
			"nothing":             {member, 0, model.ErrAmount, -1},
			"a negative amount":   {member, -5, model.ErrAmount, -1},
			"a huge amount":       {member, model.MaxAmount + 1, model.ErrAmount, -1},
			"more than there is":  {member, 51, model.ErrInsufficient, 50},
			"of an empty wallet":  {d.Resident(1), 1, model.ErrInsufficient, 0},
			"by who is not bound": {model.Actor{MemberID: member.MemberID}, 1, model.ErrUnbound, -1},
		} {
			_, err := d.Donate(keyed(t, c.who, name, nil), c.who, c.amount, "")
			var short *model.Shortage
			if !errors.Is(err, c.want) || errors.As(err, &short) != (c.left >= 0) || short != nil && short.Left != c.left {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.Donate(t.Context(), member, 1, ""); !errors.Is(err, model.ErrKeyRequired) {
			t.Errorf("without a key: %v", err)
		}
		if n, err := d.store.Stream.Counts(t.Context()); err != nil || n.Transfers != 1 || n.Accounts != 2 {
			t.Errorf("got %+v, %v", n, err)
		}
		var done, refused atomic.Int64
		var all sync.WaitGroup
		for i := range 9 { // of 50, seven times 7 can be given
			all.Go(func() {
				switch _, err := d.Donate(keyed(t, member, fmt.Sprint(i), nil), member, 7, ""); {
				case err == nil:
					done.Add(1)
				case errors.Is(err, model.ErrInsufficient):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if b, err := d.Balance(t.Context(), member); err != nil || b.Posted != 1 || done.Load() != 7 || refused.Load() != 2 {
			t.Errorf("%d given, %d refused, %d left, %v", done.Load(), refused.Load(), b.Posted, err)
		}
		d.wantClean(t)
	})
}

func TestPoolTellsWhatTheYearDid(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		admin, member := d.Holder(model.RoleCommunityAdmin), d.Resident(0)
		d.giveOn(t, 20251230, member, model.RuleAdjust, 1000) // another year
		d.giveOn(t, 20260105, member, model.RuleAdjust, 200)
		d.giveOn(t, 20260106, member, model.CodeMinutes, 90)
		wrong := d.giveOn(t, 20260107, member, model.RuleAdjust, 30)
		wallet, m := model.Wallet(d.Community.ID, member.MemberID, model.Points), d.Members[0]
		job := func(p ledger.Posting) model.ID {
			p.Key, p.Debit, p.Code, p.Member, p.Actor = fmt.Sprint("job", d.now.Add(1)), wallet, model.CodeRedeem, m, admin.MemberID
			results, err := d.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{p}})
			if err != nil {
				t.Fatal(err)
			}
			return results[0].TransferID
		}
		redeemed, expired := model.System(d.Community.ID, model.AccountRedeemed), model.System(d.Community.ID, model.AccountExpired)
		hold := func() model.ID {
			return job(ledger.Posting{Kind: model.KindHold, Credit: redeemed, Amount: 40, Until: model.Instant(d.now.Load()).Add(24 * time.Hour)})
		}
		job(ledger.Posting{Kind: model.KindSettle, Credit: redeemed, Hold: hold(), Amount: 35})
		back := job(ledger.Posting{Kind: model.KindSettle, Credit: redeemed, Hold: hold(), Amount: 40})
		job(ledger.Posting{Kind: model.KindRelease, Credit: redeemed, Hold: hold()})
		given, err := d.Donate(keyed(t, member, "a", nil), member, 60, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Donate(keyed(t, member, "b", nil), member, 5, ""); err != nil {
			t.Fatal(err)
		}
		for i, id := range []model.ID{wrong.TransferID, back, given.TransferID} {
			if _, err := d.Reverse(keyed(t, admin, fmt.Sprint("r", i), nil), admin, id, "记错"); err != nil {
				t.Fatal(err)
			}
		}
		d.to(20290201) // what was earned in January 2026 has ended; and it is another year
		job(ledger.Posting{Kind: model.KindExpire, Credit: expired, Lot: 20290131})
		want := map[model.Day]ledger.Pool{
			20260301: {Year: 2026, Granted: 200, Donated: 5, Redeemed: 35}, 20290201: {Year: 2029, Expired: 200}, 20251231: {Year: 2025, Granted: 1000},
		}
		for day, pool := range want {
			d.to(day)
			if got, err := d.Pool(t.Context(), d.Resident(3)); err != nil || *got != pool {
				t.Errorf("on %s: got %+v, %v, want %+v", day, got, err, pool)
			}
		}
		d.to(20251231)
		if got, err := d.Pool(t.Context(), d.Others.Resident(0)); err != nil || *got != (ledger.Pool{Year: 2025}) {
			t.Errorf("the other community: %+v, %v", got, err)
		}
		if _, err := d.Pool(t.Context(), model.Actor{}); !errors.Is(err, model.ErrUnbound) {
			t.Errorf("by nobody: %v", err)
		}
		d.to(20290201)
		d.wantClean(t)
	})
}

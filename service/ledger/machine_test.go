package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"linbanglin/model"
)

// books is the plain model that the machine is held against: balances and nothing else.
type books struct {
	balance map[model.ID]int64
	floor   map[model.ID]int64
	held    map[model.ID]int64
	lines   map[model.ID]int
}

// try posts a group to the plain model: all of it or nothing.
func (b *books) try(group []*model.Transfer) bool {
	after := map[model.ID]int64{}
	for id, n := range b.balance {
		after[id] = n
	}
	for _, t := range group {
		if t.Amount <= 0 || t.DebitID == t.CreditID {
			return false
		}
		if _, tracked := after[t.DebitID]; tracked {
			after[t.DebitID] -= t.Amount
			if t.Kind != model.KindReverse && after[t.DebitID]-b.held[t.DebitID] < b.floor[t.DebitID] {
				return false
			}
		}
		if _, tracked := after[t.CreditID]; tracked {
			after[t.CreditID] += t.Amount
		}
	}
	for _, t := range group {
		for _, id := range []model.ID{t.DebitID, t.CreditID} {
			if _, tracked := after[id]; tracked {
				b.lines[id]++
			}
		}
	}
	b.balance = after
	return true
}

const poolID = 100

func TestMachineKeepsTheBooksLikeAPlainModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts, b := draw(t)
		m := newMachine(accounts)
		for step := range rapid.IntRange(1, 40).Draw(t, "groups") {
			group := drawGroup(t, step, len(accounts))
			before := snapshot(m)
			err := m.post(group)
			if ok := b.try(group); ok != (err == nil) {
				t.Fatalf("the machine says %v, the model says %t", err, ok)
			}
			if err != nil && snapshot(m) != before {
				t.Fatalf("a refused group changed something:\n%s\n%s", before, snapshot(m))
			}
		}
		wantInvariants(t, m, b)
	})
}

// draw makes tracked accounts, some with a balance, a floor or a hold.
func draw(t *rapid.T) ([]*model.Account, *books) {
	b := &books{map[model.ID]int64{}, map[model.ID]int64{}, map[model.ID]int64{}, map[model.ID]int{}}
	var accounts []*model.Account
	for i := range rapid.IntRange(1, 4).Draw(t, "accounts") {
		id := model.ID(i + 1)
		a := &model.Account{ID: id, OwnerType: model.OwnerMember, Tracked: 1, Posted: rapid.Int64Range(0, 50).Draw(t, "posted"), HeadHash: []byte{}}
		if rapid.Bool().Draw(t, "campaign") {
			a.OwnerType = model.OwnerCampaign
		}
		a.Held = rapid.Int64Range(0, a.Posted).Draw(t, "held")
		a.FloorAmt = rapid.Int64Range(-10, 0).Draw(t, "floor")
		accounts = append(accounts, a)
		b.balance[id], b.floor[id], b.held[id] = a.Posted, a.FloorAmt, a.Held
	}
	return accounts, b
}

// drawGroup makes transfers between the accounts and the untracked pool, illegal ones among them.
func drawGroup(t *rapid.T, step, accounts int) []*model.Transfer {
	side := func(name string) model.ID {
		if n := rapid.IntRange(0, accounts).Draw(t, name); n > 0 {
			return model.ID(n)
		}
		return poolID
	}
	var group []*model.Transfer
	for i := range rapid.IntRange(1, 3).Draw(t, "size") {
		x := &model.Transfer{ID: model.ID(1000 + 10*step + i), Kind: model.KindPost, DebitID: side("debit"), CreditID: side("credit"), Amount: rapid.Int64Range(-1, 30).Draw(t, "amount")}
		if rapid.IntRange(0, 4).Draw(t, "reverse") == 0 {
			x.Kind = model.KindReverse
		}
		group = append(group, x)
	}
	return group
}

func snapshot(m *machine) string {
	text := fmt.Sprint(len(m.transfers), len(m.entries), len(m.changed))
	for id := model.ID(1); id < poolID; id++ {
		if a := m.accounts[id]; a != nil {
			text += fmt.Sprintf(" %d:%d/%d@%d %x", id, a.Posted, a.Held, a.LastSeq, a.HeadHash)
		}
	}
	return text
}

// wantInvariants checks what must hold of any ledger after any history.
func wantInvariants(t *rapid.T, m *machine, b *books) {
	sums, seqs, heads := map[model.ID]int64{}, map[model.ID]int64{}, map[model.ID][]byte{}
	for id := range b.balance {
		heads[id] = []byte{}
	}
	byTransfer := map[model.ID]int64{}
	for _, e := range m.entries {
		sums[e.AccountID] += e.PostedDelta
		seqs[e.AccountID]++
		byTransfer[e.TransferID] += e.PostedDelta
		if e.Seq != seqs[e.AccountID] {
			t.Fatalf("account %d: entry %d stands at %d", e.AccountID, e.Seq, seqs[e.AccountID])
		}
		if !bytes.Equal(e.Hash, e.Link(heads[e.AccountID])) {
			t.Fatalf("account %d: entry %d breaks the chain", e.AccountID, e.Seq)
		}
		heads[e.AccountID] = e.Hash
	}
	for _, x := range m.transfers {
		_, debit := m.accounts[x.DebitID]
		_, credit := m.accounts[x.CreditID]
		want := map[[2]bool]int64{{true, false}: -x.Amount, {false, true}: x.Amount}[[2]bool{debit, credit}]
		if byTransfer[x.ID] != want {
			t.Fatalf("transfer %d moves %d in sum, want %d", x.ID, byTransfer[x.ID], want)
		}
	}
	for id, want := range b.balance {
		a := m.accounts[id]
		if a.Posted != want || a.LastSeq != int64(b.lines[id]) || a.LastSeq != seqs[id] || !bytes.Equal(a.HeadHash, heads[id]) {
			t.Fatalf("account %d has %d after %d lines, want %d after %d", id, a.Posted, a.LastSeq, want, b.lines[id])
		}
		if (a.LastSeq > 0) != m.changed[id] {
			t.Fatalf("account %d: changed is %t after %d lines", id, m.changed[id], a.LastSeq)
		}
	}
}

func TestMachineNamesWhatIsShort(t *testing.T) {
	for owner, want := range map[model.OwnerType]error{model.OwnerMember: model.ErrInsufficient, model.OwnerCampaign: model.ErrBudget} {
		m := newMachine([]*model.Account{{ID: 1, OwnerType: owner, Posted: 10, Held: 6, Tracked: 1}})
		if err := m.post([]*model.Transfer{{ID: 1, Kind: model.KindPost, DebitID: 1, CreditID: poolID, Amount: 5}}); !errors.Is(err, want) {
			t.Errorf("got %v, want %v: 10 less 6 held do not cover 5", err, want)
		}
		if err := m.post([]*model.Transfer{{ID: 1, Kind: model.KindPost, DebitID: 1, CreditID: poolID, Amount: 4}}); err != nil {
			t.Errorf("10 less 6 held cover 4: %v", err)
		}
	}
}

func TestEveryFieldOfATransferIsSealed(t *testing.T) {
	base := func() *model.Transfer {
		hold, reverses, batch := model.ID(11), model.ID(12), model.ID(13)
		return &model.Transfer{
			ID: 1, CommunityID: 2, Measure: 1, Kind: 1, Code: "A", RuleVersion: 3, Class: 1, DebitID: 4, CreditID: 5, Amount: 6, HoldID: &hold, ReversesID: &reverses,
			IdemKey: "k", IdemHash: []byte{1}, BatchID: &batch, RefType: 1, RefID: 7, CampaignID: 8, AreaID: 9, GridID: 10, BranchID: 11, MemberID: 12, Score: 13, Ranked: 1,
			BizDay: 14, EffectiveAt: 15, CreatedAt: 16, ActorID: 17, Memo: "m",
		}
	}
	other := model.ID(99)
	for name, change := range map[string]func(*model.Transfer){
		"id": func(t *model.Transfer) { t.ID++ }, "community": func(t *model.Transfer) { t.CommunityID++ }, "measure": func(t *model.Transfer) { t.Measure++ },
		"kind": func(t *model.Transfer) { t.Kind++ }, "code": func(t *model.Transfer) { t.Code += "x" }, "rule": func(t *model.Transfer) { t.RuleVersion++ },
		"class": func(t *model.Transfer) { t.Class++ }, "debit": func(t *model.Transfer) { t.DebitID++ }, "credit": func(t *model.Transfer) { t.CreditID++ },
		"amount": func(t *model.Transfer) { t.Amount++ }, "hold": func(t *model.Transfer) { t.HoldID = &other }, "reverses": func(t *model.Transfer) { t.ReversesID = &other },
		"key": func(t *model.Transfer) { t.IdemKey += "x" }, "hash": func(t *model.Transfer) { t.IdemHash = nil }, "batch": func(t *model.Transfer) { t.BatchID = nil },
		"ref type": func(t *model.Transfer) { t.RefType++ }, "ref": func(t *model.Transfer) { t.RefID++ }, "campaign": func(t *model.Transfer) { t.CampaignID++ },
		"area": func(t *model.Transfer) { t.AreaID++ }, "grid": func(t *model.Transfer) { t.GridID++ }, "branch": func(t *model.Transfer) { t.BranchID++ },
		"member": func(t *model.Transfer) { t.MemberID++ }, "score": func(t *model.Transfer) { t.Score++ }, "ranked": func(t *model.Transfer) { t.Ranked = 0 },
		"day": func(t *model.Transfer) { t.BizDay++ }, "effective": func(t *model.Transfer) { t.EffectiveAt++ }, "created": func(t *model.Transfer) { t.CreatedAt++ },
		"actor": func(t *model.Transfer) { t.ActorID++ }, "memo": func(t *model.Transfer) { t.Memo += "x" },
		"border": func(t *model.Transfer) { t.Code, t.IdemKey = "Ak", "" },
	} {
		changed := base()
		change(changed)
		if bytes.Equal(changed.Canonical(), base().Canonical()) {
			t.Errorf("a change of the %s is not seen", name)
		}
	}
}

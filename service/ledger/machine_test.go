package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"linbanglin/model"
)

const (
	budgetID = 90
	poolID   = 100
	today    = model.Day(20261123)
)

// days are those on which the points of these tests end; the first is past already.
var days = []model.Day{20261101, 20261130, 20270131, model.Never}

// shelf is what a database keeps between two batches: the machine starts from it anew each time.
type shelf struct {
	accounts  map[model.ID]*model.Account
	transfers []*model.Transfer
	entries   []*model.Entry
	moves     []model.LotMove
	holds     map[model.ID]*model.Hold
	used      map[model.CapKey]int64
}

// machine returns one with no more of the past than the ledger reads for the steps.
func (s *shelf) machine(group []*step) *machine {
	n := needsOf(s.accounts, group)
	from := state{accounts: map[model.ID]*model.Account{}, lots: map[model.ID]model.Lots{}, moved: map[model.ID]model.Lots{}, holds: map[model.ID]*model.Hold{}, used: map[model.CapKey]int64{}}
	for id, a := range s.accounts {
		copied := *a
		from.accounts[id] = &copied
	}
	for _, id := range n.wallets {
		from.lots[id] = s.lots(id)
	}
	for _, id := range n.targets {
		from.moved[id] = model.Lots{}
	}
	for _, m := range s.moves {
		if lots := from.moved[m.TransferID]; lots != nil {
			lots.Add(m.ExpiresDay, m.DRemaining, m.DHeld)
		}
	}
	for _, id := range n.holds {
		if h := s.holds[id]; h != nil {
			from.holds[id] = h
		}
	}
	for _, k := range n.caps {
		from.used[k] = s.used[k]
	}
	return newMachine(from)
}

func (s *shelf) lots(wallet model.ID) model.Lots {
	lots := model.Lots{}
	for _, m := range s.moves {
		if m.AccountID == wallet {
			lots.Add(m.ExpiresDay, m.DRemaining, m.DHeld)
		}
	}
	return lots
}

func (s *shelf) keep(m *machine) {
	maps.Copy(s.accounts, m.accounts)
	s.transfers, s.entries, s.moves = append(s.transfers, m.transfers...), append(s.entries, m.entries...), append(s.moves, m.moves...)
	for _, h := range m.opened {
		s.holds[h.HoldID] = h
	}
	for _, t := range m.transfers {
		if t.Kind.EndsHold() {
			delete(s.holds, *t.HoldID)
		}
	}
	for _, k := range m.granted {
		s.used[k] = m.used[k]
	}
}

func newShelf() *shelf {
	s := &shelf{accounts: map[model.ID]*model.Account{}, holds: map[model.ID]*model.Hold{}, used: map[model.CapKey]int64{}}
	for id := model.ID(1); id <= 3; id++ {
		s.accounts[id] = &model.Account{ID: id, Measure: model.Points, OwnerType: model.OwnerMember, Tracked: 1, HeadHash: []byte{}}
	}
	s.accounts[budgetID] = &model.Account{ID: budgetID, Measure: model.Points, OwnerType: model.OwnerCampaign, Tracked: 1, HeadHash: []byte{}}
	return s
}

// TestMachineKeepsTheBooksLikeAPlainModel plays random groups of all seven kinds against a model that knows
// every single point, and holds each balance, lot, hold and cap against it.
func TestMachineKeepsTheBooksLikeAPlainModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, b := newShelf(), newBooks()
		for n := range rapid.IntRange(1, 40).Draw(t, "groups") {
			group := drawGroup(t, s, n)
			m := s.machine(group)
			before := snapshot(m)
			want := b.try(group) // first: the machine writes what it grants into the steps
			err := m.post(group)
			if !errors.Is(err, want) {
				t.Fatalf("the machine says %v, the model says %v", err, want)
			}
			if err != nil && snapshot(m) != before {
				t.Fatalf("a refused group changed something:\n%s\n%s", before, snapshot(m))
			}
			if err == nil {
				s.keep(m)
			}
			wantSame(t, s, b)
		}
		wantInvariants(t, s)
	})
}

func drawGroup(t *rapid.T, s *shelf, n int) []*step {
	var group []*step
	for i := range rapid.IntRange(1, 3).Draw(t, "size") {
		x := &model.Transfer{ID: model.ID(1000 + 10*n + i), BizDay: today, Measure: model.Points}
		st := &step{Transfer: x, expires: rapid.SampledFrom(days).Draw(t, "expires"), today: today}
		x.Kind = rapid.SampledFrom([]model.TransferKind{1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 6, 6, 6, 7}).Draw(t, "kind")
		x.Amount = rapid.Int64Range(-1, 12).Draw(t, "amount")
		wallet := model.ID(rapid.IntRange(1, 3).Draw(t, "wallet"))
		switch x.Kind {
		case model.KindPost:
			drawPost(t, st, wallet)
		case model.KindHold:
			x.DebitID, x.CreditID = wallet, poolID
		case model.KindExpire:
			x.DebitID, x.CreditID, st.lot = wallet, poolID, rapid.SampledFrom(days[:3]).Draw(t, "lot")
		case model.KindReverse:
			if !drawReversal(t, s, st) {
				continue
			}
		default:
			if !drawEnd(t, s, st) {
				continue
			}
		}
		group = append(group, st)
	}
	return group
}

func drawPost(t *rapid.T, s *step, wallet model.ID) {
	switch rapid.IntRange(0, 5).Draw(t, "way") {
	case 0, 5:
		s.DebitID, s.CreditID = wallet, poolID // a donation
	case 1:
		s.DebitID, s.CreditID = poolID, budgetID
	case 2:
		s.DebitID, s.CreditID = budgetID, wallet
	default:
		s.DebitID, s.CreditID = poolID, wallet
	}
	if s.CreditID != wallet {
		return
	}
	s.Score, s.clip = s.Amount, rapid.Bool().Draw(t, "clip")
	if rapid.Bool().Draw(t, "capped") {
		other := wallet%3 + 1
		s.caps = model.Caps{Day: 20, Week: 30, Pair: 3}.Uses(wallet, "R", today, 0, other)
	}
}

// drawReversal takes one of the transfers that were posted and not reversed. It is false when there is none.
func drawReversal(t *rapid.T, s *shelf, st *step) bool {
	var targets []*model.Transfer
	for _, x := range s.transfers {
		taken := slices.ContainsFunc(s.transfers, func(r *model.Transfer) bool { return r.ReversesID != nil && *r.ReversesID == x.ID })
		if !taken && (x.Kind == model.KindPost && x.CreditID != budgetID || x.Kind == model.KindSettle || x.Kind == model.KindExpire) {
			targets = append(targets, x)
		}
	}
	if len(targets) == 0 {
		return false
	}
	x := rapid.SampledFrom(targets).Draw(t, "target")
	st.DebitID, st.CreditID, st.Amount, st.Score, st.ReversesID = x.CreditID, x.DebitID, x.Amount, -x.Score, &x.ID
	return true
}

// drawEnd ends one of the holds, or one that has ended. It is false when there was none yet.
func drawEnd(t *rapid.T, s *shelf, st *step) bool {
	var holds []*model.Transfer
	for _, x := range s.transfers {
		if x.Kind == model.KindHold {
			holds = append(holds, x)
		}
	}
	if len(holds) == 0 {
		return false
	}
	x := rapid.SampledFrom(holds).Draw(t, "hold")
	st.HoldID, st.DebitID, st.CreditID = &x.ID, x.DebitID, x.CreditID
	return true
}

func snapshot(m *machine) string {
	text := fmt.Sprint(len(m.transfers), len(m.entries), len(m.moves), len(m.opened), len(m.granted))
	for _, id := range slices.Sorted(maps.Keys(m.accounts)) {
		a := m.accounts[id]
		text += fmt.Sprintf(" %d:%d/%d@%d %x", id, a.Posted, a.Held, a.LastSeq, a.HeadHash)
		for _, day := range m.lots[id].Days() {
			if lot := m.lots[id][day]; lot != (model.Lot{}) {
				text += fmt.Sprint(day, lot)
			}
		}
	}
	for _, h := range slices.Sorted(maps.Keys(m.holds)) {
		if m.holds[h] != nil {
			text += fmt.Sprint(" open ", h)
		}
	}
	used := maps.Clone(m.used)
	maps.DeleteFunc(used, func(_ model.CapKey, n int64) bool { return n == 0 })
	return text + fmt.Sprint(used)
}

// wantInvariants checks what must hold of any ledger after any history.
func wantInvariants(t *rapid.T, s *shelf) {
	seqs, heads := map[model.ID]int64{}, map[model.ID][]byte{}
	sum := map[model.ID]model.Change{}
	for _, e := range s.entries {
		seqs[e.AccountID]++
		before := heads[e.AccountID]
		if before == nil {
			before = []byte{}
		}
		if e.Seq != seqs[e.AccountID] || !bytes.Equal(e.Hash, e.Link(before)) {
			t.Fatalf("account %d: entry %d stands at %d, or breaks the chain", e.AccountID, e.Seq, seqs[e.AccountID])
		}
		heads[e.AccountID] = e.Hash
		c := sum[e.AccountID]
		sum[e.AccountID] = model.Change{Posted: c.Posted + e.PostedDelta, Held: c.Held + e.HeldDelta}
		if e.PostedAfter != sum[e.AccountID].Posted || e.HeldAfter != sum[e.AccountID].Held {
			t.Fatalf("account %d, entry %d: does not add up", e.AccountID, e.Seq)
		}
	}
	for id, a := range s.accounts {
		if a.Posted != sum[id].Posted || a.Held != sum[id].Held || a.LastSeq != seqs[id] || a.LastSeq > 0 && !bytes.Equal(a.HeadHash, heads[id]) {
			t.Fatalf("account %d is not what its entries make", id)
		}
		if a.Held < 0 {
			t.Fatalf("account %d holds %d", id, a.Held)
		}
	}
	for _, x := range s.transfers {
		if x.Amount <= 0 {
			t.Fatalf("transfer %d moves %d", x.ID, x.Amount)
		}
		if x.Score != 0 && x.Score != x.Amount && x.Score != -x.Amount {
			t.Fatalf("transfer %d scores %d for %d", x.ID, x.Score, x.Amount)
		}
	}
}

func TestMachineNamesWhatIsShort(t *testing.T) {
	for owner, want := range map[model.OwnerType]error{model.OwnerMember: model.ErrInsufficient, model.OwnerCampaign: model.ErrBudget} {
		from := state{accounts: map[model.ID]*model.Account{1: {ID: 1, OwnerType: owner, Measure: model.Minutes, Posted: 10, Held: 6, Tracked: 1}}}
		post := func(amount int64) error {
			return newMachine(from).post([]*step{{Transfer: &model.Transfer{ID: 1, Kind: model.KindPost, DebitID: 1, CreditID: poolID, Amount: amount}}})
		}
		var shortage *model.Shortage
		if err := post(5); !errors.Is(err, want) || !errors.As(err, &shortage) || shortage.Left != 4 {
			t.Errorf("got %v, want %v with 4 left: 10 less 6 held do not cover 5", err, want)
		}
		if err := post(4); err != nil {
			t.Errorf("10 less 6 held cover 4: %v", err)
		}
	}
}

func TestEveryFieldOfATransferIsSealed(t *testing.T) {
	base := func() *model.Transfer {
		hold, reverses, batch := model.ID(11), model.ID(12), model.ID(13)
		return &model.Transfer{
			ID: 1, CommunityID: 2, Measure: 1, Kind: 1, Code: "A", RuleVersion: 3, Class: 1, DebitID: 4, CreditID: 5, Amount: 6, HoldID: &hold, ReversesID: &reverses,
			IdemKey: "k", IdemHash: []byte{1}, BatchID: &batch, RefType: 1, RefID: 7, CampaignID: 8, AreaID: 9, GridID: 10, BranchID: 11, MemberID: 12, CounterID: 18, Score: 13, Ranked: 1,
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
		"counter": func(t *model.Transfer) { t.CounterID++ }, "no counter": func(t *model.Transfer) { t.CounterID = 0 },
		"border": func(t *model.Transfer) { t.Code, t.IdemKey = "Ak", "" },
	} {
		changed := base()
		change(changed)
		if bytes.Equal(changed.Canonical(), base().Canonical()) {
			t.Errorf("a change of the %s is not seen", name)
		}
	}
}

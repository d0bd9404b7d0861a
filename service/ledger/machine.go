package ledger

import (
	"errors"
	"math"

	"linbanglin/model"
)

var errIllegal = errors.New("an illegal transfer")

// state is what the machine starts from, read under the locks of the accounts.
type state struct {
	accounts map[model.ID]*model.Account // those that are tracked
	lots     map[model.ID]model.Lots     // of wallets that something is taken from
	moved    map[model.ID]model.Lots     // what the transfers moved that are reversed, or hold what is settled
	holds    map[model.ID]*model.Hold    // that are open, of those that are to end
	used     map[model.CapKey]int64      // of caps
}

// machine is the state machine of the ledger: locked accounts go in, steps are applied in order, and
// accounts, transfers and entries come out. It touches nothing else, so it can be tested against a model.
type machine struct {
	state
	transfers []*model.Transfer
	entries   []*model.Entry
	moves     []model.LotMove
	opened    []*model.Hold
	granted   []model.CapKey
	undo      []func()
}

func newMachine(s state) *machine { return &machine{state: s} }

// post applies all steps of a group or, when it fails, none; a step of which nothing is left is skipped,
// and its transfer has the amount 0. It fails with ErrInsufficient or ErrBudget when an account would fall
// below its floor, holds counted, with ErrCapped or ErrPairCapped, and with ErrHoldEnded.
func (m *machine) post(group []*step) error {
	transfers, entries, moves, opened, granted := len(m.transfers), len(m.entries), len(m.moves), len(m.opened), len(m.granted)
	m.undo = m.undo[:0]
	for _, s := range group {
		if err := m.apply(s); err != nil {
			for i := len(m.undo) - 1; i >= 0; i-- {
				m.undo[i]()
			}
			m.transfers, m.entries, m.moves = m.transfers[:transfers], m.entries[:entries], m.moves[:moves]
			m.opened, m.granted = m.opened[:opened], m.granted[:granted]
			return err
		}
	}
	return nil
}

func (m *machine) apply(s *step) error {
	held, err := m.endHold(s)
	if err != nil {
		return err
	}
	if s.Kind == model.KindExpire {
		s.Amount = max(0, m.lots[s.DebitID][s.lot].Remaining)
	}
	if legal := s.Amount > 0 || s.Amount == 0 && s.Kind == model.KindExpire; !legal || s.DebitID == s.CreditID || s.Kind < model.KindPost || s.Kind > model.KindExpire {
		return errIllegal
	}
	if err := m.grant(s); err != nil || s.Amount == 0 {
		return err
	}
	debit, credit := s.Effect(held)
	if a, tracked := m.accounts[s.DebitID]; tracked {
		if err := short(a, s.Transfer); err != nil {
			return err
		}
		m.enter(a, s, debit)
	}
	if a, tracked := m.accounts[s.CreditID]; tracked && credit != (model.Change{}) {
		if a.Posted > math.MaxInt64-s.Amount {
			return errIllegal
		}
		m.enter(a, s, credit)
	}
	if s.Kind == model.KindHold {
		m.opened = append(m.opened, &model.Hold{HoldID: s.ID, AccountID: s.DebitID, Amount: s.Amount, ExpiresAt: s.until})
		m.setHold(s.ID, m.opened[len(m.opened)-1])
	}
	m.transfers = append(m.transfers, s.Transfer)
	return nil
}

// short fails when the account does not have what the transfer takes. A reversal takes back what was wrong
// even if it is spent already, and what a hold reserved is there.
func short(a *model.Account, t *model.Transfer) error {
	if t.Kind == model.KindReverse || t.Kind.EndsHold() || a.Available()-t.Amount >= a.FloorAmt {
		return nil
	}
	if a.OwnerType == model.OwnerCampaign {
		return model.ErrBudget.Leaving(a.Available() - a.FloorAmt)
	}
	return model.ErrInsufficient.Leaving(a.Available() - a.FloorAmt)
}

// endHold takes the hold that the step ends, and returns its amount; that is the step's own for all but a
// settlement, which takes as much of it or less.
func (m *machine) endHold(s *step) (int64, error) {
	if !s.Kind.EndsHold() {
		return 0, nil
	}
	hold := m.holds[*s.HoldID]
	if hold == nil {
		return 0, model.ErrHoldEnded
	}
	if s.Kind != model.KindSettle {
		s.Amount = hold.Amount
	}
	if hold.AccountID != s.DebitID || s.Amount > hold.Amount {
		return 0, errIllegal
	}
	m.setHold(hold.HoldID, nil)
	return hold.Amount, nil
}

func (m *machine) setHold(id model.ID, hold *model.Hold) {
	before := m.holds[id]
	m.undo = append(m.undo, func() { m.holds[id] = before })
	m.holds[id] = hold
}

// grant takes the step's amount off its caps: of what they leave when it may be clipped. What a reversal
// takes back is free again.
func (m *machine) grant(s *step) error {
	if s.Kind != model.KindReverse {
		for _, c := range s.caps {
			left := c.Limit - m.used[c.Key]
			switch {
			case s.clip && c.Times && left < 1:
				s.Amount = 0
			case s.clip && !c.Times:
				s.Amount = max(0, min(s.Amount, left))
			case c.Times && left < 1:
				return model.ErrPairCapped
			case !c.Times && left < s.Amount:
				return model.ErrCapped.Leaving(left)
			}
		}
		if s.Score > 0 {
			s.Score = s.Amount
		}
	}
	if s.Amount == 0 {
		return nil
	}
	for _, c := range s.caps {
		n := s.Amount
		if c.Times {
			n = 1
		}
		if s.Kind == model.KindReverse {
			n = -n
		}
		m.used[c.Key] += n
		m.granted = append(m.granted, c.Key)
		m.undo = append(m.undo, func() { m.used[c.Key] -= n })
	}
	return nil
}

// enter appends a line to the account's own chain, and moves its lots.
func (m *machine) enter(a *model.Account, s *step, change model.Change) {
	before := *a
	m.undo = append(m.undo, func() { *a = before })
	if a.Expires() {
		m.moveLots(a, s, change)
	}
	a.Posted += change.Posted
	a.Held += change.Held
	a.LastSeq++
	a.UpdatedAt = s.CreatedAt
	e := &model.Entry{
		AccountID: a.ID, Seq: a.LastSeq, TransferID: s.ID, PostedDelta: change.Posted, HeldDelta: change.Held,
		PostedAfter: a.Posted, HeldAfter: a.Held, BizDay: s.BizDay, CreatedAt: s.CreatedAt,
	}
	e.Hash = e.Link(a.HeadHash)
	a.HeadHash = e.Hash
	m.entries = append(m.entries, e)
}

func (m *machine) moveLots(a *model.Account, s *step, change model.Change) {
	lots := m.lots[a.ID]
	if lots == nil {
		// Nothing is taken from the wallet, so all that matters of its lots is a debt; and a wallet that has
		// one has nothing in any other lot.
		lots = model.Lots{model.Never: {Remaining: min(0, a.Available())}}
	}
	mover := model.LotMover{Lots: lots, Moved: model.Lots{}}
	switch target := m.target(s); {
	case s.Kind == model.KindHold:
		mover.Hold(s.Amount)
	case s.Kind == model.KindSettle:
		mover.Settle(target, s.Amount)
	case s.Kind.EndsHold():
		mover.Settle(target, 0)
	case s.Kind == model.KindExpire:
		mover.Expire(s.lot)
	case len(target) > 0:
		mover.Reverse(target, s.today)
	case change.Posted < 0:
		mover.Take(s.Amount)
	default:
		mover.Give(s.expires, s.Amount)
	}
	m.undo = append(m.undo, func() {
		for day, by := range mover.Moved {
			lots.Add(day, -by.Remaining, -by.Held)
		}
	})
	for _, day := range mover.Moved.Days() {
		if by := mover.Moved[day]; by != (model.Lot{}) {
			m.moves = append(m.moves, model.LotMove{AccountID: a.ID, ExpiresDay: day, TransferID: s.ID, DRemaining: by.Remaining, DHeld: by.Held})
		}
	}
	m.moved[s.ID] = mover.Moved
}

// target returns what the transfer moved that the step ends or reverses, nil when it is older than lots.
func (m *machine) target(s *step) model.Lots {
	switch {
	case s.HoldID != nil:
		return m.moved[*s.HoldID]
	case s.ReversesID != nil:
		return m.moved[*s.ReversesID]
	}
	return nil
}

// changes returns the accounts that the transfers moved.
func (m *machine) changes() []*model.Account {
	seen := make(map[model.ID]bool, len(m.accounts))
	var rows []*model.Account
	for _, e := range m.entries {
		if !seen[e.AccountID] {
			seen[e.AccountID] = true
			rows = append(rows, m.accounts[e.AccountID])
		}
	}
	return rows
}

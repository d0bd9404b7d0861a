package ledger

import (
	"errors"
	"math"

	"linbanglin/model"
)

var errIllegal = errors.New("an illegal transfer")

// machine is the state machine of the ledger: locked accounts go in, transfers are applied in order, and
// accounts, transfers and entries come out. It touches nothing else, so it can be tested against a model.
type machine struct {
	accounts  map[model.ID]*model.Account // those that are tracked
	changed   map[model.ID]bool
	transfers []*model.Transfer
	entries   []*model.Entry
}

func newMachine(locked []*model.Account) *machine {
	m := &machine{accounts: make(map[model.ID]*model.Account, len(locked)), changed: map[model.ID]bool{}}
	for _, a := range locked {
		m.accounts[a.ID] = a
	}
	return m
}

// post applies all transfers of a group or, when it fails, none. It fails with ErrInsufficient or
// ErrBudget when an account would fall below its floor, holds counted.
func (m *machine) post(group []*model.Transfer) error {
	transfers, entries := len(m.transfers), len(m.entries)
	before := map[model.ID]model.Account{}
	for _, t := range group {
		for _, id := range []model.ID{t.DebitID, t.CreditID} {
			if a, tracked := m.accounts[id]; tracked {
				if _, saved := before[id]; !saved {
					before[id] = *a
				}
			}
		}
		if err := m.apply(t); err != nil {
			m.transfers, m.entries = m.transfers[:transfers], m.entries[:entries]
			for id, a := range before {
				*m.accounts[id] = a
			}
			return err
		}
	}
	for id := range before {
		m.changed[id] = true
	}
	return nil
}

func (m *machine) apply(t *model.Transfer) error {
	if t.Amount <= 0 || t.DebitID == t.CreditID || t.Kind != model.KindPost && t.Kind != model.KindReverse {
		return errIllegal
	}
	if debit, tracked := m.accounts[t.DebitID]; tracked {
		// A reversal takes back what was wrong even if it is spent already.
		if t.Kind != model.KindReverse && debit.Available()-t.Amount < debit.FloorAmt {
			if debit.OwnerType == model.OwnerCampaign {
				return model.ErrBudget
			}
			return model.ErrInsufficient
		}
		m.enter(debit, t, -t.Amount)
	}
	if credit, tracked := m.accounts[t.CreditID]; tracked {
		if credit.Posted > math.MaxInt64-t.Amount {
			return errIllegal
		}
		m.enter(credit, t, t.Amount)
	}
	m.transfers = append(m.transfers, t)
	return nil
}

// enter appends a line to the account's own chain.
func (m *machine) enter(a *model.Account, t *model.Transfer, delta int64) {
	a.Posted += delta
	a.LastSeq++
	a.UpdatedAt = t.CreatedAt
	e := &model.Entry{
		AccountID: a.ID, Seq: a.LastSeq, TransferID: t.ID, PostedDelta: delta,
		PostedAfter: a.Posted, HeldAfter: a.Held, BizDay: t.BizDay, CreatedAt: t.CreatedAt,
	}
	e.Hash = e.Link(a.HeadHash)
	a.HeadHash = e.Hash
	m.entries = append(m.entries, e)
}

// changes returns the accounts that the transfers moved.
func (m *machine) changes() []*model.Account {
	rows := make([]*model.Account, 0, len(m.changed))
	for id := range m.changed {
		rows = append(rows, m.accounts[id])
	}
	return rows
}

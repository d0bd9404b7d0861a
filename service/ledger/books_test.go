package ledger

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"linbanglin/model"
)

// books is the plain model that the machine is held against: it knows where every single point is.
type books struct {
	budget int64
	free   map[model.ID][]model.Day              // the points of a wallet, each by the day on which it ends
	held   map[model.ID]map[model.ID][]model.Day // by wallet and hold
	debt   map[model.ID]int64
	used   map[model.CapKey]int64
	moved  map[model.ID]map[model.Day]int64 // by transfer: how many points of a day it gave, less those it took
	owner  map[model.ID]model.ID            // of holds
}

func newBooks() *books {
	return &books{
		free: map[model.ID][]model.Day{}, held: map[model.ID]map[model.ID][]model.Day{1: {}, 2: {}, 3: {}}, debt: map[model.ID]int64{},
		used: map[model.CapKey]int64{}, moved: map[model.ID]map[model.Day]int64{}, owner: map[model.ID]model.ID{},
	}
}

func (b *books) clone() *books {
	c := newBooks()
	c.budget = b.budget
	for id, points := range b.free {
		c.free[id] = slices.Clone(points)
	}
	for id, holds := range b.held {
		for hold, points := range holds {
			c.held[id][hold] = slices.Clone(points)
		}
	}
	for id, moved := range b.moved {
		c.moved[id] = maps.Clone(moved)
	}
	c.debt, c.used, c.owner = maps.Clone(b.debt), maps.Clone(b.used), maps.Clone(b.owner)
	return c
}

func (b *books) available(id model.ID) int64 {
	if id == budgetID {
		return b.budget
	}
	return int64(len(b.free[id])) - b.debt[id]
}

// try posts a group: all of it, or nothing and why.
func (b *books) try(group []*step) error {
	after := b.clone()
	for _, s := range group {
		if err := after.post(s); err != nil {
			return err
		}
	}
	*b = *after
	return nil
}

func (b *books) post(s *step) error {
	wallet := s.DebitID
	if wallet < 1 || wallet > 3 {
		wallet = s.CreditID
	}
	amount, hold := s.Amount, []model.Day(nil)
	if s.Kind.EndsHold() {
		var open bool
		if hold, open = b.held[wallet][*s.HoldID]; !open {
			return model.ErrHoldEnded
		}
		if s.Kind == model.KindSettle && amount > int64(len(hold)) {
			return errIllegal
		}
	}
	if amount <= 0 && (s.Kind == model.KindPost || s.Kind == model.KindHold || s.Kind == model.KindSettle) {
		return errIllegal
	}
	b.moved[s.ID] = map[model.Day]int64{}
	switch s.Kind {
	case model.KindPost:
		return b.pay(s, wallet, amount)
	case model.KindHold:
		if b.available(wallet) < amount {
			return model.ErrInsufficient
		}
		slices.Sort(b.free[wallet])
		b.held[wallet][s.ID], b.free[wallet] = slices.Clone(b.free[wallet][:amount]), b.free[wallet][amount:]
	case model.KindSettle, model.KindRelease, model.KindLapse:
		delete(b.held[wallet], *s.HoldID)
		for i, day := range hold {
			b.moved[s.ID][day]--
			if s.Kind != model.KindSettle || int64(i) >= amount {
				b.give(s.ID, wallet, day)
			}
		}
	case model.KindExpire:
		b.free[wallet] = slices.DeleteFunc(b.free[wallet], func(day model.Day) bool {
			if day == s.lot {
				b.moved[s.ID][day]--
			}
			return day == s.lot
		})
	case model.KindReverse:
		b.reverse(s, wallet)
	}
	return nil
}

// pay posts between a wallet, the budget and the pool.
func (b *books) pay(s *step, wallet model.ID, amount int64) error {
	for _, c := range s.caps {
		left := c.Limit - b.used[c.Key]
		switch {
		case c.Times && left < 1 && s.clip:
			amount = 0
		case c.Times && left < 1:
			return model.ErrPairCapped
		case !c.Times && left < amount && s.clip:
			amount = max(0, left)
		case !c.Times && left < amount:
			return model.ErrCapped
		}
	}
	if amount == 0 {
		return nil
	}
	for _, c := range s.caps {
		if b.used[c.Key] += amount; c.Times {
			b.used[c.Key] += 1 - amount
		}
	}
	switch s.DebitID {
	case budgetID:
		if b.budget < amount {
			return model.ErrBudget
		}
		b.budget -= amount
	case wallet:
		if b.available(wallet) < amount {
			return model.ErrInsufficient
		}
		for range amount {
			b.take(s.ID, wallet)
		}
	}
	switch s.CreditID {
	case budgetID:
		b.budget += amount
	case wallet:
		for range amount {
			b.give(s.ID, wallet, s.expires)
		}
	}
	return nil
}

// give adds one point, or repays one of the debt.
func (b *books) give(transfer, wallet model.ID, day model.Day) {
	if b.debt[wallet] > 0 {
		b.debt[wallet]--
		b.moved[transfer][model.Never]++
		return
	}
	b.free[wallet] = append(b.free[wallet], day)
	b.moved[transfer][day]++
}

// take takes the point that ends soonest, or makes one of debt.
func (b *books) take(transfer, wallet model.ID) {
	if len(b.free[wallet]) == 0 {
		b.debt[wallet]++
		b.moved[transfer][model.Never]--
		return
	}
	slices.Sort(b.free[wallet])
	b.moved[transfer][b.free[wallet][0]]--
	b.free[wallet] = b.free[wallet][1:]
}

func (b *books) reverse(s *step, wallet model.ID) {
	if s.DebitID == budgetID {
		b.budget -= s.Amount
	}
	if s.CreditID == budgetID {
		b.budget += s.Amount
	}
	if s.ReversesID == nil {
		return
	}
	spent := 0
	target := b.moved[*s.ReversesID]
	for _, day := range slices.Sorted(maps.Keys(target)) {
		for range max(0, target[day]) {
			if i := slices.Index(b.free[wallet], day); i >= 0 {
				b.free[wallet] = slices.Delete(b.free[wallet], i, i+1)
				b.moved[s.ID][day]--
			} else {
				spent++
			}
		}
		back := day
		if day < today {
			back = 20261231
		}
		for range max(0, -target[day]) {
			b.give(s.ID, wallet, back)
		}
	}
	for range spent {
		b.take(s.ID, wallet)
	}
	for _, c := range s.caps {
		if b.used[c.Key] -= s.Amount; c.Times {
			b.used[c.Key] -= 1 - s.Amount
		}
	}
}

// wantSame holds what the machine left against the model: balances, lots, holds and caps.
func wantSame(t *rapid.T, s *shelf, b *books) {
	for id := model.ID(1); id <= 3; id++ {
		lots, held := model.Lots{}, int64(0)
		lots.Add(model.Never, -b.debt[id], 0)
		for _, day := range b.free[id] {
			lots.Add(day, 1, 0)
		}
		for _, points := range b.held[id] {
			for _, day := range points {
				lots.Add(day, 0, 1)
				held++
			}
		}
		a := s.accounts[id]
		if a.Available() != b.available(id) || a.Held != held {
			t.Fatalf("wallet %d has %d and holds %d, the model has %d and holds %d", id, a.Available(), a.Held, b.available(id), held)
		}
		got := s.lots(id)
		for _, day := range days {
			if got[day] != lots[day] {
				t.Fatalf("wallet %d: the lot of %d is %v, the model has %v", id, day, got[day], lots[day])
			}
		}
	}
	if s.accounts[budgetID].Posted != b.budget {
		t.Fatalf("the budget is %d, the model has %d", s.accounts[budgetID].Posted, b.budget)
	}
	for k, n := range b.used {
		if s.used[k] != n {
			t.Fatalf("cap %v is at %d, the model has %d", k, s.used[k], n)
		}
	}
}

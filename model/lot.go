package model

import (
	"maps"
	"slices"
	"time"
)

// Never is the day on which points end that do not expire, and where a debt is kept: what a reversal took
// back that was spent already. Later earnings repay a debt first.
const Never Day = 99991231

// monthEnd returns the last day of the month that is months after the month of d.
func monthEnd(d Day, months int) Day {
	return dayOf(time.Date(int(d)/10000, time.Month(int(d)/100%100+months+1), 0, 0, 0, 0, 0, Shanghai()))
}

// LotMove is what a transfer does to one lot of a wallet. A lot is the sum of its moves, so it is stored
// nowhere else.
type LotMove struct {
	AccountID  ID  `gorm:"primaryKey"`
	ExpiresDay Day `gorm:"primaryKey"`
	TransferID ID  `gorm:"primaryKey"`
	DRemaining int64
	DHeld      int64
}

// TableName implements gorm's Tabler.
func (LotMove) TableName() string { return "point_lot_move" }

// Lot (积分批次) is what is left of the points of a wallet that end on one day, and what of them is held.
type Lot struct{ Remaining, Held int64 }

// Lots are the points of one wallet by the day after which they end, or what a transfer adds to them. In a
// wallet, remaining and held together are what it has posted, and only the lot of Never can be below zero.
type Lots map[Day]Lot

// Add adds amounts to the lot of a day.
func (l Lots) Add(day Day, remaining, held int64) {
	lot := l[day]
	l[day] = Lot{lot.Remaining + remaining, lot.Held + held}
}

// Days returns the days of the lots, soonest first.
func (l Lots) Days() []Day { return slices.Sorted(maps.Keys(l)) }

// Total returns what all lots are together.
func (l Lots) Total() (remaining, held int64) {
	for _, lot := range l {
		remaining += lot.Remaining
		held += lot.Held
	}
	return remaining, held
}

// LotMover is the lots of a wallet while one transfer moves them: what each move does is kept in Moved too.
type LotMover struct {
	Lots  Lots
	Moved Lots
}

func (m LotMover) move(day Day, remaining, held int64) {
	if remaining != 0 || held != 0 {
		m.Lots.Add(day, remaining, held)
		m.Moved.Add(day, remaining, held)
	}
}

// take takes from what ends soonest, as far as it is there, and returns what was not. It puts what it takes
// into what is held if hold says so.
func (m LotMover) take(amount int64, hold bool) (missing int64) {
	for _, day := range m.Lots.Days() {
		part := min(amount, max(0, m.Lots[day].Remaining))
		held := int64(0)
		if hold {
			held = part
		}
		m.move(day, -part, held)
		amount -= part
	}
	return amount
}

// Give puts an amount into the lot of a day, after repaying a debt.
func (m LotMover) Give(day Day, amount int64) {
	repaid := min(amount, max(0, -m.Lots[Never].Remaining))
	m.move(Never, repaid, 0)
	m.move(day, amount-repaid, 0)
}

// Take takes an amount from what ends soonest (FIFO); what is not there becomes a debt.
func (m LotMover) Take(amount int64) { m.move(Never, -m.take(amount, false), 0) }

// Hold reserves an amount of what ends soonest; the wallet must have it.
func (m LotMover) Hold(amount int64) { m.take(amount, true) }

// Settle takes an amount of what a hold reserved, soonest first, and gives the rest back to the lots that
// it came from: all of it when the amount is 0.
func (m LotMover) Settle(hold Lots, amount int64) {
	for _, day := range hold.Days() {
		part := min(amount, hold[day].Held)
		m.move(day, 0, -hold[day].Held)
		m.Give(day, hold[day].Held-part)
		amount -= part
	}
}

// Expire takes what remains in the lot of a day.
func (m LotMover) Expire(day Day) { m.move(day, -max(0, m.Lots[day].Remaining), 0) }

// Reverse undoes what an earlier transfer moved. What it gave is taken from its own lots as far as it is
// there, then from what ends soonest, then as a debt. What it took is given back; a lot that has ended
// meanwhile comes back with a grace to the end of the next month.
func (m LotMover) Reverse(moved Lots, today Day) {
	spent := int64(0)
	for _, day := range moved.Days() {
		switch net := moved[day].Remaining + moved[day].Held; {
		case net > 0:
			part := min(net, max(0, m.Lots[day].Remaining))
			m.move(day, -part, 0)
			spent += net - part
		case net < 0 && day < today:
			m.Give(monthEnd(today, 1), -net)
		case net < 0:
			m.Give(day, -net)
		}
	}
	m.Take(spent)
}

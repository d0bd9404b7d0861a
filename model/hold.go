package model

// Hold (预留) is an open reservation of points: of a wallet, until it is settled, released or lapses. Which
// holds are open follows from the transfers; the row is an index of that.
type Hold struct {
	HoldID    ID `gorm:"primaryKey;autoIncrement:false"` // the transfer that made it
	AccountID ID
	Amount    int64
	ExpiresAt Instant
}

// TableName implements gorm's Tabler.
func (Hold) TableName() string { return "point_hold_open" }

// CapKey names what is counted for one cap: of an account by a rule, in a period, with one other.
type CapKey struct {
	AccountID ID
	RuleCode  string
	Period    int32 // as Period.Key has it: a day, an ISO week, a year; 0 for an activity
	OtherID   ID    // the activity, or the account of the other of a pair
}

// CapUse is how much of a cap a grant takes.
type CapUse struct {
	Key   CapKey
	Limit int64
	Times bool // counts grants, not what they grant
}

// Uses returns which caps a grant by a rule takes: to an account on a day, in an activity (0: none), for
// help to the owner of another account (0: nobody).
func (c Caps) Uses(account ID, code string, day Day, activity, other ID) []CapUse {
	at := day.Start().Time()
	var uses []CapUse
	add := func(limit int64, period int32, a, b ID, times bool) {
		if limit > 0 {
			uses = append(uses, CapUse{CapKey{a, code, period, b}, limit, times})
		}
	}
	add(c.Day, PeriodDay.Key(at), account, 0, false)
	add(c.Week, PeriodWeek.Key(at), account, 0, false)
	add(c.Cycle, PeriodYear.Key(at), account, 0, false)
	if activity != 0 {
		add(c.Activity, 0, account, activity, false)
	}
	if other != 0 {
		add(c.Pair, PeriodWeek.Key(at), min(account, other), max(account, other), true)
	}
	return uses
}

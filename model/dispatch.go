package model

import "slices"

// DispatchStatus is where the dispatch of a request stands.
type DispatchStatus string

// The states of a dispatch.
const (
	DispatchRunning DispatchStatus = "running" // asks more members when the time comes
	DispatchFilled  DispatchStatus = "filled"  // every slot is taken, or helpers have begun
	DispatchCase    DispatchStatus = "case"    // nobody is left to ask: its owner sees to it
	DispatchEnded   DispatchStatus = "ended"   // the request was over before that
)

// DispatchTransitions returns the one table of what may follow what: a request that loses its helpers is brought to
// neighbours again.
func DispatchTransitions() map[DispatchStatus][]DispatchStatus {
	return map[DispatchStatus][]DispatchStatus{
		DispatchRunning: {DispatchFilled, DispatchCase, DispatchEnded},
		DispatchCase:    {DispatchFilled, DispatchEnded},
		DispatchFilled:  {DispatchRunning},
	}
}

// Dispatch (派单) is how a request is brought to neighbours who may help, and who sees to it when none of them does.
// It changes under the lock of its request only.
type Dispatch struct {
	RequestID   ID             `gorm:"primaryKey" json:"request_id"`
	CommunityID ID             `json:"-"`
	Pace        string         `json:"pace,omitempty" enum:"urgent,today,normal"`
	Status      DispatchStatus `json:"status,omitempty"`
	Level       NodeKind       `json:"level,omitempty" doc:"已经问到的最大范围"`
	Wave        int            `json:"wave" doc:"第几轮"`
	NextAt      Instant        `json:"next_at,omitzero" doc:"下一轮的时间"`
	OwnerID     ID             `json:"-"`
	OwnedAt     Instant        `json:"-"`
	ProposedID  ID             `json:"-"` // whom the owner proposes to hand the case over to
	Note        string         `json:"-"` // of that proposal
	CreatedAt   Instant        `json:"-"`
	UpdatedAt   Instant        `json:"-"`
}

// TableName implements gorm's Tabler.
func (Dispatch) TableName() string { return "help_dispatch" }

// OpenDispatches lists the states in which a dispatch may have a case that is not over.
func OpenDispatches() []DispatchStatus { return []DispatchStatus{DispatchRunning, DispatchCase} }

// Open reports whether the request is still brought to neighbours, or an officer's business.
func (d *Dispatch) Open() bool { return d.Status == DispatchRunning || d.Status == DispatchCase }

// HasCase reports whether an officer sees to the request.
func (d *Dispatch) HasCase() bool { return d.Open() && d.OwnerID != 0 }

// Follow moves the dispatch to where the state of its request takes it, and reports whether that is another state:
// it begins anew at once when the request waits again, and stops when it waits no more.
func (d *Dispatch) Follow(r *HelpRequest, now Instant) bool {
	switch {
	case r.Waits() == d.Open():
		return false
	case r.Waits():
		return d.move(DispatchRunning, now, now)
	case r.Over():
		return d.move(DispatchEnded, 0, now)
	default:
		return d.move(DispatchFilled, 0, now)
	}
}

// Exhaust says that nobody is left to ask.
func (d *Dispatch) Exhaust(now Instant) { d.move(DispatchCase, 0, now) }

// move is the only way a dispatch changes its state. It reports whether the table allows it.
func (d *Dispatch) move(to DispatchStatus, next, now Instant) bool {
	if !slices.Contains(DispatchTransitions()[d.Status], to) {
		return false
	}
	d.Status, d.NextAt, d.UpdatedAt = to, next, now
	if !d.Open() {
		d.ProposedID, d.Note = 0, ""
	}
	return true
}

// Own gives the request to an officer (首问负责): from then on it has an owner until somebody else accepts it.
func (d *Dispatch) Own(officer ID, now Instant) {
	d.OwnerID, d.OwnedAt, d.ProposedID, d.Note, d.UpdatedAt = officer, now, 0, "", now
}

// Propose offers the case to somebody else; the owner stays until that one accepts. It fails with ErrCaseState unless
// there is a case and another to take it, and with ErrForbidden unless who proposes owns it.
func (d *Dispatch) Propose(by, to ID, note string, now Instant) error {
	switch {
	case !d.HasCase():
		return ErrCaseState
	case d.OwnerID != by:
		return ErrForbidden
	case to == by:
		return ErrCaseState
	}
	d.ProposedID, d.Note, d.UpdatedAt = to, note, now
	return nil
}

// Accept makes who was proposed the owner. It fails with ErrCaseState unless the case was proposed to them.
func (d *Dispatch) Accept(by ID, now Instant) error {
	if !d.HasCase() || d.ProposedID != by {
		return ErrCaseState
	}
	d.Own(by, now)
	return nil
}

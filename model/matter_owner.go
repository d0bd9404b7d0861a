package model

// Handover proposes to somebody else to own the matter; the owner stays until that one accepts. It fails with
// ErrHandoverSelf and ErrMatterState.
func (m *Matter) Handover(by StepBy, to ID) error {
	return m.take(ActHandover, by, func() error {
		if to == m.OwnerID || to == by.Member {
			return ErrHandoverSelf
		}
		m.ProposedID = to
		return nil
	})
}

// Take makes who accepts the owner: whom it was proposed to, or an officer of the unit that it was dispatched to. It
// fails with ErrHandoverState when nothing waits for them, and with ErrMatterState.
func (m *Matter) Take(by StepBy, unit bool) error {
	return m.take(ActTake, by, func() error {
		forUnit := unit && m.Status == MatterDispatched && m.TakenAt == 0
		if m.ProposedID != by.Member && !forUnit {
			return ErrHandoverState
		}
		if forUnit {
			m.TakenAt = by.Now
		}
		m.own(by.Member, by.Now)
		return nil
	})
}

func (m *Matter) own(member ID, now Instant) { m.OwnerID, m.OwnedAt, m.ProposedID = member, now, 0 }

// Dispatch sends the matter to a unit, whose officers are asked to accept it; until then its owner stays. Objected are
// the units whose objection was upheld. It fails with ErrUnitAccepted when a unit has accepted it already, with
// ErrUnitObjected, and with ErrMatterState.
func (m *Matter) Dispatch(by StepBy, unit ID, objected []ID, s *Service, c Calendar) (*MatterDispatch, error) {
	d := &MatterDispatch{MatterID: m.ID, CommunityID: m.CommunityID, OrganisationID: unit, DispatchedBy: by.Member, DispatchedAt: by.Now}
	return d, m.take(ActDispatch, by, func() error {
		if m.TakenAt != 0 {
			return ErrUnitAccepted
		}
		for _, id := range objected {
			if id == unit {
				return ErrUnitObjected
			}
		}
		m.OrganisationID, m.ContactDueAt = unit, c.After(by.Now, s.Limits.Contact)
		d.ContactDueAt, d.DueAt = m.ContactDueAt, m.DueAt
		return nil
	})
}

// MatterDispatch (派单) is a matter on its way to a unit and what became of that.
type MatterDispatch struct {
	ID             ID              `json:"id"`
	CommunityID    ID              `json:"-"`
	MatterID       ID              `json:"-"`
	OrganisationID ID              `json:"organisation_id"`
	DispatchedBy   ID              `json:"-"`
	DispatchedAt   Instant         `json:"dispatched_at"`
	ContactDueAt   Instant         `json:"contact_due_at"`
	DueAt          Instant         `json:"due_at"`
	TakenBy        ID              `json:"-"`
	TakenAt        Instant         `json:"taken_at,omitzero"`
	ContactedAt    Instant         `json:"contacted_at,omitzero"`
	Objection      string          `json:"objection,omitempty"`
	ObjectedBy     ID              `json:"-"`
	ObjectedAt     Instant         `json:"objected_at,omitzero"`
	Outcome        DispatchOutcome `json:"outcome,omitempty" enum:"upheld,overruled,replaced"`
	AdjudicatedBy  ID              `json:"-"`
	AdjudicatedAt  Instant         `json:"adjudicated_at,omitzero"`
}

// TableName implements gorm's Tabler.
func (MatterDispatch) TableName() string { return "matter_dispatch" }

// DispatchOutcome is what became of a dispatch beside its acceptance.
type DispatchOutcome string

// The outcomes.
const (
	ObjectionUpheld    DispatchOutcome = "upheld"
	ObjectionOverruled DispatchOutcome = "overruled"
	DispatchReplaced   DispatchOutcome = "replaced" // sent to another unit before anybody accepted it
)

// Object says for the unit that the matter is not its business. It fails with ErrUnitAccepted once an officer accepted
// it, or after one objection was overruled, with ErrInvalid without a reason, and with ErrMatterState.
func (m *Matter) Object(by StepBy, d *MatterDispatch) error {
	return m.take(ActObject, by, func() error {
		if m.TakenAt != 0 || d.Outcome == ObjectionOverruled {
			return ErrUnitAccepted
		}
		d.Objection, d.ObjectedBy, d.ObjectedAt = by.Reason, by.Member, by.Now
		return reasoned(by.Reason)
	})
}

// Adjudicate decides on the objection of a unit: when it is upheld the matter waits for another one. It fails with
// ErrMatterOwn for who objected, with ErrInvalid without a reason, and with ErrMatterState.
func (m *Matter) Adjudicate(by StepBy, d *MatterDispatch, uphold bool) error {
	action, outcome := ActOverrule, ObjectionOverruled
	if uphold {
		action, outcome = ActUphold, ObjectionUpheld
	}
	return m.take(action, by, func() error {
		if by.Member == d.ObjectedBy {
			return ErrMatterOwn
		}
		d.Outcome, d.AdjudicatedBy, d.AdjudicatedAt = outcome, by.Member, by.Now
		if uphold {
			m.OrganisationID = 0
			m.FailedTries++
		}
		return reasoned(by.Reason)
	})
}

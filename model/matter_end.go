package model

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Refuse asks for a leader's consent not to accept the matter (否定报备): nothing is refused before that. It fails with
// ErrInvalid without a reason and a basis, and with ErrMatterState.
func (m *Matter) Refuse(by StepBy, basis string) error { return m.refuse(ActRefuse, by, basis) }

// Explain asks for a leader's consent to answer that it cannot be done for now, as Refuse does.
func (m *Matter) Explain(by StepBy, basis string) error { return m.refuse(ActExplain, by, basis) }

func (m *Matter) refuse(action MatterAction, by StepBy, basis string) error {
	by.Detail = basis
	return m.take(action, by, func() error {
		if !worded(basis, maxBasis) {
			return errBasis
		}
		m.RefusalBy, m.Result, m.LegalBasis = by.Member, by.Reason, basis
		return reasoned(by.Reason)
	})
}

// DecideRefusal lets a refusal or an explanation take effect, or gives the matter back to its owner. It fails with
// ErrMatterOwn for who asked for it, with ErrInvalid when it is given back without a reason, and with ErrMatterState.
func (m *Matter) DecideRefusal(by StepBy, approve bool) error {
	action := map[bool]MatterAction{true: ActApproveRefusal, false: ActDeclineRefusal}[approve]
	if m.Status == MatterExplaining {
		action = map[bool]MatterAction{true: ActApproveExplain, false: ActDeclineExplain}[approve]
	}
	return m.take(action, by, func() error {
		switch {
		case by.Member == m.RefusalBy:
			return ErrMatterOwn
		case !approve:
			m.RefusalBy, m.Result, m.LegalBasis = 0, "", ""
			return reasoned(by.Reason)
		case action == ActApproveExplain:
			m.answer(m.RefusalBy, by.Now)
			return nil
		}
		return m.end(by.Now)
	})
}

// answer notes that the matter has a result.
func (m *Matter) answer(by ID, now Instant) {
	m.DoneAt, m.FinishedBy = now, by
	m.ProposedID, m.ExtensionBy, m.ExtensionTo = 0, 0, 0
}

// Finish ends the work with a result. On the spot, before it was accepted, it is taken up under a version of the
// catalogue and there must be evidence. It fails with ErrInvalid and ErrMatterState.
func (m *Matter) Finish(by StepBy, result string, evidence []string, version int64) error {
	spot := m.Status == MatterReported
	return m.take(ActFinish, by, func() error {
		switch {
		case !worded(result, maxMatterReason):
			return errResult
		case spot && len(evidence) == 0, len(evidence) > maxProofs,
			slices.ContainsFunc(evidence, func(line string) bool { return !worded(line, maxRemark) }):
			return errEvidence
		}
		if spot {
			m.CatalogueVersion, m.ContactedAt = version, by.Now
		}
		if m.Result = result; evidence != nil {
			m.Evidence = evidence
		}
		m.answer(by.Member, by.Now)
		return nil
	})
}

// maxCallbacks is how often a reporter is called before they count as unreachable.
const maxCallbacks = 3

// MatterCallGap is how long after a call that nobody answered another one is made at the earliest: three calls in a row
// reach nobody whom the first does not.
const MatterCallGap = 4 * time.Hour

// MissCall notes that the reporter did not answer a callback, as they did not when they were called last, zero for never;
// after three they cannot be reached. It fails with ErrMatterOwn for who handled the matter, with ErrMatterCallSoon within
// MatterCallGap, and with ErrMatterState.
func (m *Matter) MissCall(by StepBy, last Instant) error {
	action := ActMissCall
	if m.Callbacks+1 >= maxCallbacks {
		action = ActGiveUpCalling
	}
	return m.take(action, by, func() error {
		if err := m.mayCall(by.Member); err != nil {
			return err
		}
		if last != 0 && by.Now < last.Add(MatterCallGap) {
			return ErrMatterCallSoon
		}
		m.Callbacks++
		m.Unreachable = action == ActGiveUpCalling
		return nil
	})
}

// mayCall fails with ErrMatterOwn for who handled the matter: nobody asks whether one's own work was good.
func (m *Matter) mayCall(caller ID) error {
	if caller == m.OwnerID || caller == m.FinishedBy {
		return ErrMatterOwn
	}
	return nil
}

// Callback (回访) notes what the reporter said on the phone. It fails with ErrMatterOwn for who handled the matter, and
// with ErrMatterState.
func (m *Matter) Callback(by StepBy, resolved bool) error {
	return m.take(ActCallback, by, func() error {
		m.Callbacks++
		m.AnsweredAt, m.Resolved = by.Now, resolved
		return m.mayCall(by.Member)
	})
}

// Rate says what the reporter thinks of the result. It fails with ErrMatterOwn for who handled the matter, with ErrInvalid
// and ErrMatterState.
func (m *Matter) Rate(by StepBy, s Satisfaction, resolved bool) error {
	by.Detail = string(s)
	return m.take(ActRate, by, func() error {
		if !slices.Contains(Satisfactions(), s) || utf8.RuneCountInString(by.Reason) > maxMatterReason {
			return ErrInvalid
		}
		m.Satisfaction, m.Resolved, m.RatedAt = s, resolved, by.Now
		if m.AnsweredAt == 0 {
			m.AnsweredAt = by.Now
		}
		m.Unreachable = false
		return m.mayCall(by.Member)
	})
}

// content reports whether the reporter has nothing left to wish.
func (m *Matter) content() bool {
	return m.Unreachable || m.Resolved && m.Satisfaction != Unsatisfied
}

// mayCloseAt returns when the matter may be closed: at once when the reporter is content or cannot have it reopened,
// else when they have had time for that.
func (m *Matter) mayCloseAt() Instant {
	if m.content() || m.Reopens >= maxReopens {
		return m.AnsweredAt
	}
	return m.AnsweredAt.Add(MatterReopenWithin)
}

// Close ends the matter. It fails with ErrMatterNoResult without one, with ErrMatterUnresolved while who is not content
// may have it reopened, and with ErrMatterState.
func (m *Matter) Close(by StepBy) error {
	if m.Status.Open() {
		return ErrMatterNoResult
	}
	return m.take(ActClose, by, func() error {
		if by.Now < m.mayCloseAt() {
			return ErrMatterUnresolved
		}
		return m.end(by.Now)
	})
}

// maxReopens is how often a matter is done anew.
const maxReopens = 2

// Discontent reports whether the matter, if it is reopened, is for another owner.
func (m *Matter) Discontent() bool { return !m.content() }

// Reopen has the matter done anew, by another owner if the reporter is not content. It fails with ErrMatterReopens after
// two times, with ErrInvalid without a reason, and with ErrMatterState, also too long after it was closed.
func (m *Matter) Reopen(by StepBy, owner ID, s *Service, c Calendar) error {
	late := m.Status == MatterClosed && by.Now > m.ClosedAt.Add(MatterReopenClosed)
	discontent := m.Discontent()
	return m.take(ActReopen, by, func() error {
		switch {
		case late:
			return ErrMatterState
		case m.Reopens >= maxReopens:
			return ErrMatterReopens
		}
		m.Reopens++
		if discontent {
			m.FailedTries++
		}
		if owner != 0 && owner != m.OwnerID {
			m.own(owner, by.Now)
		}
		m.forget()
		m.promise(s, c, by.Now)
		m.clockTier(s, c, by.Now)
		return reasoned(by.Reason)
	})
}

// forget clears what the last try left; the steps keep it.
func (m *Matter) forget() {
	m.OrganisationID, m.TakenAt, m.ContactedAt, m.DoneAt, m.FinishedBy, m.Result, m.LegalBasis, m.RefusalBy, m.Evidence = 0, 0, 0, 0, 0, "", "", 0, []string{}
	m.Callbacks, m.AnsweredAt, m.Unreachable, m.Resolved, m.Satisfaction, m.RatedAt, m.ClosedAt = 0, 0, false, false, "", 0, 0
}

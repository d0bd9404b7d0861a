package model

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What people write about matters, in characters.
const (
	maxMatterText   = 2000
	maxMatterReason = 500
	maxBasis        = 300
	maxProofs       = 10
	maxContactName  = 20
)

var (
	errReason     = ErrInvalid.Saying("请用 1 到 500 个字写明原因", "A reason has 1 to 500 characters.")
	errBasis      = ErrInvalid.Saying("请用 1 到 300 个字写明法律或政策依据", "A basis in law or policy has 1 to 300 characters.")
	errResult     = ErrInvalid.Saying("请用 1 到 500 个字写明办理结果", "A result has 1 to 500 characters.")
	errEvidence   = ErrInvalid.Saying("当场办结须附凭证，最多 10 条，每条不超过 200 个字", "What is solved on the spot has evidence: at most 10 lines of 200 characters.")
	errMatterText = ErrInvalid.Saying("内容不能超过 2000 个字", "A text has at most 2000 characters.")
	errAudience   = ErrInvalid.Saying("对象应为居民、外来人员或驻区单位", "An audience is resident, migrant or unit.")
)

// worded reports whether a text says something, in so many characters at most.
func worded(s string, most int) bool { return within(strings.TrimSpace(s), 1, most) }

// reasoned fails with ErrInvalid unless a text says something.
func reasoned(s string) error {
	if !worded(s, maxMatterReason) {
		return errReason
	}
	return nil
}

// Report brings the matter in: it has an owner, who is its first handler, and the tier's clock begins. It fails with
// ErrMatterNoOfficer when there is nobody to own it, and with ErrInvalid.
func (m *Matter) Report(by ID, s *Service, c Calendar, now Instant) error {
	switch {
	case m.OwnerID == 0:
		return ErrMatterNoOfficer
	case !validTitle(m.Title):
		return errTitle
	case utf8.RuneCountInString(m.Text) > maxMatterText:
		return errMatterText
	case !slices.Contains([]Audience{AudienceResident, AudienceMigrant, AudienceUnit}, m.Audience):
		return errAudience
	case utf8.RuneCountInString(m.ContactName) > maxContactName:
		return ErrInvalid.Saying("联系人姓名不能超过 20 个字", "The name of a contact has at most 20 characters.")
	}
	m.Status, m.Tier, m.TierSince, m.Evidence = MatterReported, s.Tier, now, []string{}
	m.FirstHandlerID, m.OwnedAt, m.CreatedAt = m.OwnerID, now, now
	m.clockTier(s, c, now)
	m.write(&MatterStep{MatterID: m.ID, Version: 1, Action: ActReport, ActorID: by, At: now}, StepBy{Now: now})
	return nil
}

// Accept takes the matter up under a version of the catalogue: its clocks begin. It fails with ErrMatterState.
func (m *Matter) Accept(by StepBy, version int64, s *Service, c Calendar) error {
	return m.take(ActAccept, by, func() error {
		m.CatalogueVersion = version
		m.promise(s, c, by.Now)
		return nil
	})
}

// promise begins the clocks of the matter.
func (m *Matter) promise(s *Service, c Calendar, now Instant) {
	m.ContactDueAt, m.DueAt = c.After(now, s.Limits.Contact), c.After(now, s.Limits.Due)
	m.clockTier(s, c, m.TierSince)
}

// Contacted notes the first contact with who reported it. It fails with ErrUnitPending while no officer of the unit has
// accepted it, and with ErrMatterState.
func (m *Matter) Contacted(by StepBy) error {
	return m.take(ActContact, by, func() error {
		if m.OrganisationID != 0 && m.TakenAt == 0 {
			return ErrUnitPending
		}
		m.ContactedAt = by.Now
		return nil
	})
}

// Start begins the work. It fails with ErrMatterState.
func (m *Matter) Start(by StepBy) error { return m.take(ActStart, by, nil) }

// Pause stops the clocks for a reason; papers says that it waits for papers of the reporter's, which is counted, because
// they were told all at once what is wanted. It fails with ErrMatterPaused, with ErrMatterState, and with ErrInvalid
// without a reason.
func (m *Matter) Pause(by StepBy, papers bool) error {
	return m.take(ActPause, by, func() error {
		m.PausedAt, m.PauseReason = by.Now, by.Reason
		if papers {
			m.PaperAsks++
		}
		return reasoned(by.Reason)
	})
}

// Resume lets the clocks go on: as much is left of each as when they were paused. It fails with ErrMatterState unless
// they are.
func (m *Matter) Resume(by StepBy, s *Service, c Calendar) error {
	return m.take(ActResume, by, func() error {
		if m.PausedAt == 0 {
			return ErrMatterState
		}
		on := func(due Instant, unit LimitUnit) Instant { return c.Resume(due, unit, m.PausedAt, by.Now) }
		due := on(m.DueAt, s.Limits.Due.Unit)
		if m.TierDueAt == m.DueAt {
			m.TierDueAt = due
		} else {
			m.TierDueAt = on(m.TierDueAt, s.Limits.Of(m.Tier).Unit)
		}
		if m.DueAt = due; m.ContactedAt == 0 {
			m.ContactDueAt = on(m.ContactDueAt, s.Limits.Contact.Unit)
		}
		m.PausedAt, m.PauseReason = 0, ""
		return nil
	})
}

// maxExtension is by how much one extension moves a deadline at most.
const maxExtension = 90 * 24 * time.Hour

// Extend asks for more time. It fails with ErrExtensionLate once the deadline is over, with ErrExtensionState when one is
// asked for already, with ErrExtensionTo, with ErrInvalid without a reason, and with ErrMatterState.
func (m *Matter) Extend(by StepBy, until Instant) error {
	return m.take(ActExtend, by, func() error {
		switch {
		case by.Now >= m.DueAt:
			return ErrExtensionLate
		case m.ExtensionTo != 0:
			return ErrExtensionState
		case until <= m.DueAt || until > m.DueAt.Add(maxExtension):
			return ErrExtensionTo
		}
		m.ExtensionBy, m.ExtensionTo = by.Member, until
		return reasoned(by.Reason)
	})
}

// DecideExtension grants the time that was asked for, or does not. It fails with ErrExtensionState when none was, with
// ErrMatterOwn for who asked, with ErrExtensionLate when it is granted after the deadline, and with ErrMatterState.
func (m *Matter) DecideExtension(by StepBy, grant bool) error {
	action := ActDenyExtension
	if grant {
		action = ActGrantExtension
	}
	return m.take(action, by, func() error {
		switch {
		case m.ExtensionTo == 0:
			return ErrExtensionState
		case by.Member == m.ExtensionBy:
			return ErrMatterOwn
		case grant && by.Now >= m.DueAt:
			return ErrExtensionLate
		case grant && m.ExtensionTo <= m.DueAt:
			return ErrExtensionTo
		case grant:
			m.DueAt = m.ExtensionTo
			m.TierDueAt = m.DueAt
		}
		m.ExtensionBy, m.ExtensionTo = 0, 0
		return nil
	})
}

// Withdraw ends the matter by who reported it, not by an officer who took it for somebody. It fails with ErrMatterOwn for
// such a one, with ErrMatterFollowed when others follow it, and with ErrMatterState.
func (m *Matter) Withdraw(by StepBy, followers int) error {
	return m.take(ActWithdraw, by, func() error {
		switch {
		case by.Member != m.ReporterID && by.Member == m.FirstHandlerID:
			return ErrMatterOwn
		case followers > 0:
			return ErrMatterFollowed
		}
		return m.end(by.Now)
	})
}

// end clears what nobody is to answer any more.
func (m *Matter) end(now Instant) error {
	m.ClosedAt, m.ProposedID, m.ExtensionBy, m.ExtensionTo, m.PausedAt, m.PauseReason = now, 0, 0, 0, 0, ""
	return nil
}

// Redirect points the reporter to another channel, such as 110. It fails with ErrInvalid without a reason, and with
// ErrMatterState.
func (m *Matter) Redirect(by StepBy, channel string) error {
	by.Detail = channel
	return m.take(ActRedirect, by, func() error {
		m.Result = by.Reason
		if err := reasoned(by.Reason); err != nil {
			return err
		}
		return m.end(by.Now)
	})
}

// MaxFollowers is how many matters may follow one: each of its steps is told to all who reported them.
const MaxFollowers = 500

// Merge lets the matter follow another one of the same thing. Followers says how many follow which. It fails with
// ErrMergeTarget unless that is another open one of the community that has room, with ErrMatterFollowed when others follow
// this one, and with ErrMatterState.
func (m *Matter) Merge(by StepBy, primary *Matter, followers map[ID]int) error {
	return m.take(ActMerge, by, func() error {
		switch {
		case primary.ID == m.ID || primary.CommunityID != m.CommunityID || !primary.Status.Open():
			return ErrMergeTarget
		case followers[primary.ID] >= MaxFollowers:
			return ErrMergeTarget.Saying("合并到这件事项的已经太多", "Too many matters were merged into this one.")
		case followers[m.ID] > 0:
			return ErrMatterFollowed
		}
		m.PrimaryID = primary.ID
		return m.end(by.Now)
	})
}

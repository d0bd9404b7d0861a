package model

import "time"

// ErasureStatus is where the closing of an account stands.
type ErasureStatus string

// The states of an erasure.
const (
	ErasureWaiting   ErasureStatus = "waiting" // may be cancelled
	ErasureRunning   ErasureStatus = "running" // may not
	ErasureDone      ErasureStatus = "done"
	ErasureCancelled ErasureStatus = "cancelled"
)

const (
	// ErasureWait is how long an account that is to be closed waits, in which its owner may think again.
	ErasureWait = 7 * 24 * time.Hour
	// ErasureRetry is when one that cannot be closed yet, because its owner has open duties, is looked at again.
	ErasureRetry = 24 * time.Hour
	// ErasureQuiet is how long a member is nobody before the rest goes: tokens that other processes trust are refused by then,
	// so nothing of theirs is written any more.
	ErasureQuiet = time.Minute
	// ErasureFailed is when one that failed is tried again.
	ErasureFailed = 10 * time.Minute
	// ErasedName is how someone is shown who closed their account.
	ErasedName = "已注销成员"
	// ErasedText takes the place of what they wrote.
	ErasedText = "（已注销）"
)

// Erasure (注销) is the closing of a member's account (个人信息保护法 47, 网络数据安全管理条例 24).
type Erasure struct {
	ID          ID            `json:"id"`
	CommunityID ID            `json:"-"`
	MemberID    ID            `json:"-"`
	Status      ErasureStatus `json:"status" enum:"waiting,running,done,cancelled"`
	Closed      ID            `json:"-"` // zero while it waits or runs: unique with the member
	AskedAt     Instant       `json:"asked_at"`
	DueAt       Instant       `json:"due_at" doc:"在此之前可以撤销"`
	NextAt      Instant       `json:"-"` // when the job looks at it
	EndedAt     Instant       `json:"ended_at,omitzero"`
}

// TableName implements gorm's Tabler.
func (Erasure) TableName() string { return "erasure" }

// NewErasure asks for the closing of a member's account.
func NewErasure(id ID, who Actor, now Instant) *Erasure {
	due := now.Add(ErasureWait)
	return &Erasure{ID: id, CommunityID: who.Place.CommunityID, MemberID: who.MemberID, Status: ErasureWaiting, AskedAt: now, DueAt: due, NextAt: due}
}

// Cancel keeps the account. It fails with ErrErasureState once its closing began.
func (e *Erasure) Cancel(now Instant) error {
	if e.Status != ErasureWaiting {
		return ErrErasureState
	}
	e.end(ErasureCancelled, now)
	return nil
}

// Finish ends the closing of an account.
func (e *Erasure) Finish(now Instant) { e.end(ErasureDone, now) }

func (e *Erasure) end(as ErasureStatus, now Instant) {
	e.Status, e.Closed, e.EndedAt, e.NextAt = as, e.ID, now, 0
}

// Erase makes the member nobody: what is left is an id for the ledger and the audit, in the community, area, grid and
// branch where its points were earned. A roster does not find them again, neither by door and name nor by phone.
func (m *Member) Erase(now Instant) {
	m.Name, m.Nickname, m.Phone, m.Gender, m.BirthYear, m.BirthMonth = "", ErasedName, "", "", 0, 0
	m.Skills, m.OwnSkills, m.Head, m.Anonymous = []string{}, false, false, false
	m.BuildingID, m.UnitID, m.HouseholdID = 0, 0, 0
	m.RosterKey, m.MergedInto = "erased:"+m.ID.String(), m.ID
	m.Version, m.UpdatedAt = m.Version+1, now
}

// Erased reports whether the member closed their account: they are merged into themselves, so they are nobody whom
// anything can be done with.
func (m *Member) Erased() bool { return m.MergedInto == m.ID }

// Hindrance is why an account cannot be closed yet.
type Hindrance struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
	Text  string `json:"text"`
	Kind  string `json:"kind" doc:"ids 是什么的编号，例如 request、matter、visit"`
	IDs   []ID   `json:"ids" doc:"要先办完的事项，最多列出 100 个"`
}

// maxHindrances is how many things of a kind are named.
const maxHindrances = 100

// Add counts something that is to be ended first, and names it unless there are many.
func (h *Hindrance) Add(id ID) {
	if h.Count++; len(h.IDs) < maxHindrances {
		h.IDs = append(h.IDs, id)
	}
}

// Kept is what stays of somebody who closed their account, and why.
type Kept struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// The failures of erasures.
var (
	ErrErasureAsked  = &Error{Conflict, "erasure.asked", "您已申请注销，可以在等待期内撤销", "You asked for this already, and may cancel it while it waits."}
	ErrErasureDuties = &Error{Conflict, "erasure.duties", "还有未完成的事项，暂时不能注销", "There are open duties, so the account cannot be closed yet."}
	ErrErasureState  = &Error{Conflict, "erasure.state", "注销已经开始或已经结束，不能撤销", "The account is being closed, or the request for it is over."}
)

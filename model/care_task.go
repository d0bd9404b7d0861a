package model

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// CareTaskKind is why somebody should look after a home.
type CareTaskKind string

// The kinds of task.
const (
	CareSilent   CareTaskKind = "silent"    // a device was not heard of for a day
	CareBattery  CareTaskKind = "battery"   // a battery is low
	CareCheckIn  CareTaskKind = "check_in"  // nobody said that the elder is well
	CareDrill    CareTaskKind = "drill"     // a community has its drill of the month before it
	CareFollowUp CareTaskKind = "follow_up" // of a mediation
)

// CareTaskKinds lists every kind.
func CareTaskKinds() []CareTaskKind {
	return []CareTaskKind{CareSilent, CareBattery, CareCheckIn, CareDrill, CareFollowUp}
}

// SilentAfter is how long a device may be silent.
const SilentAfter = 24 * time.Hour

// CareTaskStatus is where a task stands.
type CareTaskStatus string

// The states of a task.
const (
	CareOpen CareTaskStatus = "open"
	CareDone CareTaskStatus = "done"
)

// CareTask (关爱任务) is something to look after. Its key is its cause, for which there is one.
type CareTask struct {
	ID        ID `json:"id"`
	Place     `gorm:"embedded"`
	Kind      CareTaskKind   `json:"kind" enum:"silent,battery,check_in,drill,follow_up"`
	RefID     ID             `json:"ref_id"` // the device, the household, the community or the mediation
	Key       string         `gorm:"column:task_key" json:"-"`
	Status    CareTaskStatus `json:"status" enum:"open,done"`
	Note      string         `gorm:"serializer:sealed" json:"note,omitempty"`
	DoneBy    ID             `json:"-"`
	DoneAt    Instant        `json:"done_at,omitzero"`
	CreatedAt Instant        `json:"created_at"`

	Unit  NodeRef    `gorm:"-" json:"unit,omitzero"`
	Elder *MemberRef `gorm:"-" json:"elder,omitempty"`
}

// TableName implements gorm's Tabler.
func (CareTask) TableName() string { return "care_task" }

// NewCareTask returns a task for a cause: since when something is so, or the day of it.
func NewCareTask(id ID, at Place, kind CareTaskKind, ref ID, cause int64, now Instant) *CareTask {
	return &CareTask{
		ID: id, Place: at, Kind: kind, RefID: ref, Key: fmt.Sprintf("%s:%d:%d", kind, ref, cause), Status: CareOpen, CreatedAt: now,
	}
}

// NewDrillTask returns the task of a community to have a drill in the month of a time.
func NewDrillTask(id, community ID, now Instant) *CareTask {
	return NewCareTask(id, Place{CommunityID: community}, CareDrill, community, int64(now.Month()), now)
}

// Finish says what was done. It fails with ErrCareTaskState when somebody did before, and with ErrInvalid for a note
// that is too long.
func (t *CareTask) Finish(by ID, note string, now Instant) error {
	if t.Status != CareOpen {
		return ErrCareTaskState
	}
	if note = strings.TrimSpace(note); utf8.RuneCountInString(note) > maxRemark {
		return ErrInvalid.Saying("备注不能超过 200 个字", "A note has at most 200 characters.")
	}
	t.Status, t.Note, t.DoneBy, t.DoneAt = CareDone, note, by, now
	return nil
}

// CheckIn (平安签到) is that an elder is well on a day, by their own word, their device's or a neighbour's.
type CheckIn struct {
	HouseholdID ID      `gorm:"primaryKey;autoIncrement:false" json:"household_id"`
	Day         Day     `gorm:"primaryKey;autoIncrement:false;column:check_day" json:"day"`
	Source      string  `json:"source" enum:"elder,device,volunteer,staff"`
	MemberID    ID      `json:"-"`
	CreatedAt   Instant `json:"at"`
}

// TableName implements gorm's Tabler.
func (CheckIn) TableName() string { return "doorbell_check_in" }

// Drill (演练) is a test ring of the doorbells of a part of the tree.
type Drill struct {
	ID          ID      `json:"id"`
	CommunityID ID      `json:"-"`
	ScopeNodeID ID      `json:"-"`
	Rung        int     `json:"rung"`
	Skipped     int     `json:"skipped" doc:"正在报警、没有演练的户数"`
	StartedBy   ID      `json:"-"`
	StartedAt   Instant `json:"started_at"`

	Scope NodeRef `gorm:"-" json:"scope"`
}

// TableName implements gorm's Tabler.
func (Drill) TableName() string { return "doorbell_drill" }

// MaxDrill is how many homes one drill rings.
const MaxDrill = 500

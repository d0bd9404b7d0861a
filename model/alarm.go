package model

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// AlarmStatus is where an alarm stands.
type AlarmStatus string

// The states of an alarm.
const (
	AlarmRinging  AlarmStatus = "ringing"
	AlarmAcked    AlarmStatus = "acked" // somebody is on their way
	AlarmOnSite   AlarmStatus = "on_site"
	AlarmResolved AlarmStatus = "resolved"
)

// AlarmTransitions returns the one table of what may follow what. One that was acknowledged rings again when nobody
// arrives.
func AlarmTransitions() map[AlarmStatus][]AlarmStatus {
	return map[AlarmStatus][]AlarmStatus{
		AlarmRinging: {AlarmAcked, AlarmOnSite, AlarmResolved},
		AlarmAcked:   {AlarmRinging, AlarmOnSite, AlarmResolved},
		AlarmOnSite:  {AlarmResolved},
	}
}

// AlarmSource is where an alarm came from.
type AlarmSource string

// The sources.
const (
	AlarmByDevice AlarmSource = "device"
	AlarmByApp    AlarmSource = "app"   // of who lives there
	AlarmByStaff  AlarmSource = "staff" // on the elder's behalf
	AlarmByDrill  AlarmSource = "drill"
)

// AlarmOutcome is what an alarm turned out to be.
type AlarmOutcome string

// The outcomes. A false alarm costs nobody anything.
const (
	OutcomeReal  AlarmOutcome = "real"
	OutcomeFalse AlarmOutcome = "false"
	OutcomeTest  AlarmOutcome = "test"
)

// Alarm (报警) is a ring of a doorbell and what became of it.
type Alarm struct {
	ID           ID `json:"id"`
	Place        `gorm:"embedded"`
	ElderID      ID           `json:"-"`
	Source       AlarmSource  `json:"source" enum:"device,app,staff,drill"`
	DeviceID     ID           `json:"-"`
	RaisedBy     ID           `json:"-"`
	DrillID      ID           `json:"drill_id,omitzero"`
	Status       AlarmStatus  `json:"status" enum:"ringing,acked,on_site,resolved"`
	Outcome      AlarmOutcome `json:"outcome,omitempty" enum:"real,false,test"`
	Presses      int          `json:"presses" doc:"按了几次；未解除前再按只计次数"`
	Lapses       int          `json:"lapses" doc:"接警后没有人到场而重新呼叫的次数"`
	RaisedAt     Instant      `json:"raised_at"`
	PressedAt    Instant      `json:"pressed_at"`
	FirstAckedAt Instant      `json:"first_acked_at,omitzero"`
	FirstAckedBy ID           `json:"-"`
	AckedAt      Instant      `json:"acked_at,omitzero"`
	AckedBy      ID           `json:"-"`
	ArriveBy     Instant      `json:"arrive_by,omitzero"`
	OnSiteAt     Instant      `json:"on_site_at,omitzero"`
	OnSiteBy     ID           `json:"-"`
	ResolvedAt   Instant      `json:"resolved_at,omitzero"`
	ResolvedBy   ID           `json:"-"`
	Note         string       `gorm:"serializer:sealed" json:"note,omitempty"`
	Version      int64        `json:"version"`

	Elder    MemberRef    `gorm:"-" json:"elder"`
	Unit     NodeRef      `gorm:"-" json:"unit"` // the building
	Acker    *MemberRef   `gorm:"-" json:"acked_by,omitempty"`
	Arrived  *MemberRef   `gorm:"-" json:"on_site_by,omitempty"`
	Resolver *MemberRef   `gorm:"-" json:"resolved_by,omitempty"`
	Hint     string       `gorm:"-" json:"hint,omitempty"`
	Steps    []*AlarmStep `gorm:"-" json:"steps,omitempty"`
	Told     []*Delivery  `gorm:"-" json:"deliveries,omitempty" doc:"网格员、社区：通知了谁、走哪个渠道、结果如何"`
}

// TableName implements gorm's Tabler.
func (Alarm) TableName() string { return "doorbell_alarm" }

// NewAlarm returns an alarm of a home that rings.
func NewAlarm(id ID, home *BellHome, source AlarmSource, now Instant) *Alarm {
	return &Alarm{
		ID: id, Place: home.Place(), ElderID: home.ElderID, Source: source, Status: AlarmRinging, Presses: 1, RaisedAt: now, PressedAt: now, Version: 1,
	}
}

// Open reports whether the alarm is not over.
func (a *Alarm) Open() bool { return a.Status != AlarmResolved }

// Drill reports whether the alarm is a test ring.
func (a *Alarm) Drill() bool { return a.Source == AlarmByDrill }

// Press counts another press of the button while the alarm is open.
func (a *Alarm) Press(now Instant) {
	a.Presses, a.PressedAt, a.Version = a.Presses+1, now, a.Version+1
}

func (a *Alarm) move(to AlarmStatus) error {
	if !slices.Contains(AlarmTransitions()[a.Status], to) {
		return ErrAlarmState
	}
	a.Status, a.Version = to, a.Version+1
	return nil
}

// Ack says that somebody is on their way, and is to be there in a time. It fails with ErrAlarmState when another was
// faster, or the alarm is over.
func (a *Alarm) Ack(by ID, within time.Duration, now Instant) error {
	if err := a.move(AlarmAcked); err != nil {
		return err
	}
	a.AckedAt, a.AckedBy, a.ArriveBy = now, by, now.Add(within)
	a.ackedFirst(by, now)
	return nil
}

func (a *Alarm) ackedFirst(by ID, now Instant) {
	if a.FirstAckedAt == 0 {
		a.FirstAckedAt, a.FirstAckedBy = now, by
	}
}

// Lapse has the alarm ring again, because who acknowledged it did not arrive in time. It fails with ErrAlarmState
// unless it waits for them and their time is over.
func (a *Alarm) Lapse(now Instant) error {
	if a.Status != AlarmAcked || now < a.ArriveBy {
		return ErrAlarmState
	}
	a.AckedAt, a.AckedBy, a.ArriveBy, a.Lapses = 0, 0, 0, a.Lapses+1
	return a.move(AlarmRinging)
}

// Arrive says that somebody is there. It fails with ErrAlarmState when somebody was before, or the alarm is over.
func (a *Alarm) Arrive(by ID, now Instant) error {
	if err := a.move(AlarmOnSite); err != nil {
		return err
	}
	a.OnSiteAt, a.OnSiteBy, a.ArriveBy = now, by, 0
	a.ackedFirst(by, now)
	return nil
}

// maxAlarmNote is how many characters the note on an alarm has.
const maxAlarmNote = 500

// Resolve ends the alarm with what it was. It fails with ErrAlarmState when it is over already, and with ErrInvalid
// when a test ring is said to be something else, or nobody says what was done about a real one.
func (a *Alarm) Resolve(outcome AlarmOutcome, note string, by ID, now Instant) error {
	note = strings.TrimSpace(note)
	switch {
	case !slices.Contains([]AlarmOutcome{OutcomeReal, OutcomeFalse, OutcomeTest}, outcome):
		return ErrInvalid.Saying("结果应为真实、误报或测试", "The outcome is real, false or test.")
	case a.Drill() && outcome != OutcomeTest:
		return ErrInvalid.Saying("演练只能按测试解除；如有真实情况，请再次报警", "A drill ends as a test; for what is real, raise an alarm.")
	case outcome == OutcomeReal && note == "":
		return ErrInvalid.Saying("请说明处置情况", "Say what was done.")
	case utf8.RuneCountInString(note) > maxAlarmNote:
		return ErrInvalid.Saying("处置情况不能超过 500 个字", "A note has at most 500 characters.")
	}
	if err := a.move(AlarmResolved); err != nil {
		return err
	}
	a.Outcome, a.Note, a.ResolvedAt, a.ResolvedBy, a.ArriveBy = outcome, note, now, by, 0
	return nil
}

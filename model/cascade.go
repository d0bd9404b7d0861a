package model

import (
	"slices"
	"strings"
	"time"
)

// Target is a kind of people whom a step of an alarm goes to.
type Target string

// The targets.
const (
	TargetPrimary    Target = "primary"     // all paired volunteers of the first rank
	TargetBackup     Target = "backup"      // the other paired volunteers
	TargetNeighbour  Target = "neighbour"   // who offered to care, in the unit or the building
	TargetHub        Target = "hub"         // 党员中心户
	TargetGridWorker Target = "grid_worker" // of the place
	TargetAdmin      Target = "admin"       // of the community
	TargetDutyPhone  Target = "duty_phone"  // 社区值班电话
)

// Targets lists every target.
func Targets() []Target {
	return []Target{TargetPrimary, TargetBackup, TargetNeighbour, TargetHub, TargetGridWorker, TargetAdmin, TargetDutyPhone}
}

// CascadeStep says whom an alarm goes to when nobody has acknowledged it for so long.
type CascadeStep struct {
	AfterSeconds int      `json:"after_seconds" minimum:"0" maximum:"3600"`
	Targets      []Target `json:"targets" minItems:"1" maxItems:"7"`
}

// BellSettings (门铃设置) is what a community chose for its doorbells.
type BellSettings struct {
	CommunityID   ID            `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Steps         []CascadeStep `gorm:"serializer:json" json:"steps"`
	ArriveMinutes int           `json:"arrive_minutes" doc:"接警后几分钟内应到场，否则继续呼叫"`
	CheckInBy     int           `json:"-"` // minutes of the day, for homes that are new
	DutyPhone     string        `json:"duty_phone,omitempty" doc:"社区值班电话，只经短信或语音网关呼叫"`
	Version       int64         `json:"version"`
	UpdatedBy     ID            `json:"-"`
	UpdatedAt     Instant       `json:"-"`

	CheckIn string `gorm:"-" json:"check_in_by" doc:"新登记住户每天几点前签到；空为不要求"`
}

// TableName implements gorm's Tabler.
func (BellSettings) TableName() string { return "doorbell_setting" }

// DefaultBellSettings returns what a community has that chose nothing.
func DefaultBellSettings(community ID) *BellSettings {
	return &BellSettings{
		CommunityID: community, ArriveMinutes: 5, CheckInBy: 10 * 60,
		Steps: []CascadeStep{
			{0, []Target{TargetPrimary}},
			{60, []Target{TargetBackup, TargetNeighbour, TargetHub}},
			{120, []Target{TargetGridWorker}},
			{300, []Target{TargetDutyPhone, TargetAdmin}},
		},
	}
}

const (
	maxSteps        = 8
	maxAfterSeconds = 3600
	maxArrive       = 120
	maxPhone        = 20
)

// Validate checks what a community chose. It fails with ErrCascadeSteps and ErrInvalid.
func (s *BellSettings) Validate() error {
	if len(s.Steps) == 0 || len(s.Steps) > maxSteps || s.Steps[0].AfterSeconds != 0 {
		return ErrCascadeSteps
	}
	for i, step := range s.Steps {
		unknown := func(t Target) bool { return !slices.Contains(Targets(), t) }
		if i > 0 && step.AfterSeconds <= s.Steps[i-1].AfterSeconds || step.AfterSeconds > maxAfterSeconds ||
			len(step.Targets) == 0 || len(step.Targets) > len(Targets()) || slices.ContainsFunc(step.Targets, unknown) {
			return ErrCascadeSteps
		}
	}
	number := func(r rune) bool { return r >= '0' && r <= '9' || r == '-' }
	switch {
	case s.ArriveMinutes < 1 || s.ArriveMinutes > maxArrive:
		return ErrInvalid.Saying("到场时限应为 1 到 120 分钟", "To arrive takes from 1 to 120 minutes.")
	case len(s.DutyPhone) > maxPhone || strings.ContainsFunc(strings.TrimPrefix(s.DutyPhone, "+"), func(r rune) bool { return !number(r) }):
		return ErrInvalid.Saying("值班电话不正确", "The phone is a number.")
	}
	return nil
}

// StepState is where a step of an alarm stands.
type StepState string

// The states of a step.
const (
	StepWaiting StepState = "waiting"
	StepHeld    StepState = "held" // somebody acknowledged, and is on their way
	StepDone    StepState = "done"
	StepVoid    StepState = "void" // was not needed
)

// AlarmStep is when an alarm goes to whom.
type AlarmStep struct {
	AlarmID ID        `gorm:"primaryKey;autoIncrement:false" json:"-"`
	StepNo  int       `gorm:"primaryKey;autoIncrement:false" json:"step"`
	Targets string    `json:"targets" doc:"呼叫对象，逗号分隔"`
	State   StepState `json:"state" enum:"waiting,held,done,void"`
	DueAt   Instant   `json:"due_at"`
	DoneAt  Instant   `json:"done_at,omitzero"`
	Told    int       `json:"told" doc:"这一步通知了几个人"`
}

// TableName implements gorm's Tabler.
func (AlarmStep) TableName() string { return "doorbell_step" }

// Steps that are not of the cascade.
const (
	// stepArrival is the first step that sees whether who acknowledged has arrived.
	stepArrival = 100
	// StepDrillEnd ends a drill.
	StepDrillEnd = 99
)

// DrillTime is how long a test ring waits for its volunteers.
const DrillTime = 30 * time.Minute

// Cascade returns the steps of a new alarm. A test ring goes to those who are paired, and ends by itself.
func (s *BellSettings) Cascade(a *Alarm) []*AlarmStep {
	if a.Drill() {
		return []*AlarmStep{
			{AlarmID: a.ID, Targets: string(TargetPrimary) + "," + string(TargetBackup), State: StepWaiting, DueAt: a.RaisedAt},
			{AlarmID: a.ID, StepNo: StepDrillEnd, State: StepWaiting, DueAt: a.RaisedAt.Add(DrillTime)},
		}
	}
	var steps []*AlarmStep
	for i, step := range s.Steps {
		names := make([]string, len(step.Targets))
		for k, t := range step.Targets {
			names[k] = string(t)
		}
		steps = append(steps, &AlarmStep{
			AlarmID: a.ID, StepNo: i, Targets: strings.Join(names, ","), State: StepWaiting,
			DueAt: a.RaisedAt.Add(time.Duration(step.AfterSeconds) * time.Second),
		})
	}
	return steps
}

// Arrival returns the step that sees whether who acknowledged an alarm has arrived.
func (a *Alarm) Arrival() *AlarmStep {
	return &AlarmStep{AlarmID: a.ID, StepNo: stepArrival + a.Lapses, Targets: string(TargetGridWorker), State: StepWaiting, DueAt: a.ArriveBy}
}

// OfArrival reports whether the step sees whether somebody has arrived.
func (s *AlarmStep) OfArrival() bool { return s.StepNo >= stepArrival }

// To returns whom the step goes to.
func (s *AlarmStep) To() []Target {
	var targets []Target
	for _, name := range strings.Split(s.Targets, ",") {
		targets = append(targets, Target(name))
	}
	return targets
}

// Channel is a way by which people are told of an alarm.
type Channel string

// The channels.
const (
	ChannelInbox   Channel = "inbox"   // and from there the stream of events
	ChannelWeChat  Channel = "wechat"  // a subscribe message
	ChannelWebhook Channel = "webhook" // to a gateway of SMS and voice calls
)

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The states of a delivery.
const (
	DeliveryPending       DeliveryStatus = "pending"
	DeliverySent          DeliveryStatus = "sent"
	DeliveryFailed        DeliveryStatus = "failed" // and is not tried again
	DeliveryNotConfigured DeliveryStatus = "not_configured"
)

// Delivery (送达记录) is that somebody is told of an alarm at a step by a channel; there is one of each.
type Delivery struct {
	ID          ID             `json:"id"`
	AlarmID     ID             `json:"-"`
	StepNo      int            `json:"step"`
	RecipientID ID             `json:"-"` // zero for the duty phone
	Channel     Channel        `json:"channel" enum:"inbox,wechat,webhook"`
	Status      DeliveryStatus `json:"status" enum:"pending,sent,failed,not_configured"`
	Attempts    int            `json:"attempts"`
	NextAt      Instant        `json:"-"`
	Claim       ID             `json:"-"` // of the process that sends it now
	Answer      string         `json:"answer,omitempty"`
	CreatedAt   Instant        `json:"created_at"`
	SentAt      Instant        `json:"sent_at,omitzero"`

	Recipient MemberRef `gorm:"-" json:"recipient"`
}

// TableName implements gorm's Tabler.
func (Delivery) TableName() string { return "doorbell_delivery" }

const (
	// MaxAttempts is how often a delivery is tried.
	MaxAttempts = 6
	// DeliveryLease is how long a process may take to send one before another tries.
	DeliveryLease = 6 * time.Second
)

// Tried notes how an attempt to send went: what failed is tried again after a while, up to MaxAttempts.
func (d *Delivery) Tried(failure string, now Instant) {
	d.Attempts, d.Claim, d.Answer = d.Attempts+1, 0, failure
	switch {
	case failure == "":
		d.Status, d.SentAt = DeliverySent, now
	case d.Attempts >= MaxAttempts:
		d.Status = DeliveryFailed
	default:
		d.NextAt = now.Add(time.Second << d.Attempts)
	}
}

package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The failures of doorbells.
var (
	ErrDeviceUnknown = &Error{Unauthenticated, "device.unknown", "设备未登记、已停用，或签名不正确", "The device is not known, was revoked, or did not sign this."}
	ErrDeviceClock   = &Error{Unauthenticated, "device.clock", "设备时钟与服务器相差太多", "The clock of the device is too far off."}
	ErrDeviceReplay  = &Error{Conflict, "device.replayed", "这条设备消息已经收到过", "This message of the device was heard before."}
	ErrDeviceState   = &Error{Conflict, "device.state", "设备已经停用", "The device is revoked already."}
	ErrBellConsent   = &Error{Invalid, "doorbell.consent_required", "需要先征得老人或家属同意并记录", "The consent of the elder or their family must be on record."}
	ErrBellHome      = &Error{Conflict, "doorbell.home_inactive", "这户的爱心门铃已停用", "The doorbell of this home is switched off."}
	ErrBellHousehold = &Error{Invalid, "doorbell.no_household", "这位居民没有登记住户，不能安装门铃", "This person has no household in the register."}
	ErrPairState     = &Error{Conflict, "pair.state", "结对当前状态不能这样操作", "The state of the pairing does not allow this."}
	ErrPairOwn       = &Error{Invalid, "pair.own", "不能与自己家结对", "One is not paired with one's own home."}
	ErrPairs         = &Error{Conflict, "pair.too_many", "结对人数已满", "The home has enough pairs already."}
	ErrPairMinor     = &Error{Invalid, "pair.minor", "结对志愿者须年满 18 周岁", "A paired volunteer is 18 or older."}
	ErrAlarmState    = &Error{Conflict, "alarm.state", "报警当前状态不能这样操作", "The state of the alarm does not allow this."}
	ErrCareTaskState = &Error{Conflict, "care_task.state", "这项任务已经办结", "This task is done already."}
	ErrDrillSize     = &Error{Invalid, "drill.too_large", "一次演练最多 500 户，请缩小范围", "A drill rings at most 500 homes."}
	ErrDrillEmpty    = &Error{Conflict, "drill.empty", "范围内没有可以演练的门铃", "There is no doorbell to ring there."}
	ErrCascadeSteps  = &Error{Invalid, "doorbell.steps", "呼叫步骤不正确：第一步为 0 秒，时间递增，不超过 3600 秒，每步至少一个对象", "The steps begin at 0, come one after another within an hour, and each has somebody."}
)

// BellConsent is how the elder or their family agreed to something.
type BellConsent struct {
	Method ConsentMethod `json:"method" enum:"self,in_person,phone,written" doc:"本人在小程序里，或当面、电话、书面"`
	Note   string        `gorm:"serializer:sealed" json:"note,omitempty"`
}

// ConsentBySelf is how an elder agrees who does it in their own app.
const ConsentBySelf ConsentMethod = "self"

// ConsentFor returns the consent that is put on record when somebody acts for an elder, or an elder for themselves. It
// fails with ErrBellConsent when there is none, and with ErrInvalid on what is no consent.
func ConsentFor(elder, by ID, given *ConsentGiven) (BellConsent, error) {
	switch {
	case elder == by:
		return BellConsent{Method: ConsentBySelf}, nil
	case given == nil:
		return BellConsent{}, ErrBellConsent
	}
	return BellConsent{given.Method, strings.TrimSpace(given.Note)}, given.Check()
}

// BellHome (门铃住户) is a home with a doorbell (爱心门铃), and the elder it is for.
type BellHome struct {
	HouseholdID ID          `gorm:"primaryKey;autoIncrement:false" json:"id"`
	CommunityID ID          `json:"-"`
	AreaID      ID          `json:"-"`
	GridID      ID          `json:"-"`
	BuildingID  ID          `json:"-"`
	UnitID      ID          `json:"-"`
	BranchID    ID          `json:"-"`
	ElderID     ID          `json:"-"`
	Active      bool        `json:"active"`
	CheckInBy   int         `json:"-"` // minutes of the day by which the elder is to be well, 0 never
	LookedDay   Day         `json:"-"` // on which the sweep saw whether they are
	AlarmID     ID          `json:"open_alarm_id,omitzero"`
	Consent     BellConsent `gorm:"embedded;embeddedPrefix:consent_" json:"consent"`
	ConsentBy   ID          `json:"-"`
	ConsentAt   Instant     `json:"consent_at"`
	Version     int64       `json:"version"`
	CreatedAt   Instant     `json:"created_at"`

	Elder   MemberRef     `gorm:"-" json:"elder"`
	Unit    NodeRef       `gorm:"-" json:"unit"` // the building
	CheckIn string        `gorm:"-" json:"check_in_by,omitempty" doc:"每天几点前签到，例如 10:00；空为不要求"`
	Pairs   []*BellPair   `gorm:"-" json:"pairs,omitempty"`
	Devices []*BellDevice `gorm:"-" json:"devices,omitempty"`
}

// TableName implements gorm's Tabler.
func (BellHome) TableName() string { return "doorbell_home" }

// NewBellHome gives an elder's home a doorbell. It fails with ErrBellHousehold for who has no household.
func NewBellHome(elder *Member, consent BellConsent, by ID, now Instant) (*BellHome, error) {
	if elder.HouseholdID == 0 {
		return nil, ErrBellHousehold
	}
	p := elder.Place
	return &BellHome{
		HouseholdID: p.HouseholdID, CommunityID: p.CommunityID, AreaID: p.AreaID, GridID: p.GridID, BuildingID: p.BuildingID, UnitID: p.UnitID,
		BranchID: p.BranchID, ElderID: elder.ID, Active: true, Consent: consent, ConsentBy: by, ConsentAt: now, Version: 1, CreatedAt: now,
	}, nil
}

// Place returns where the home is.
func (h *BellHome) Place() Place {
	return Place{h.CommunityID, h.AreaID, h.GridID, h.BuildingID, h.UnitID, h.HouseholdID, h.BranchID}
}

// ParseClock reads an hour of the day such as 10:30 as minutes; empty is 0. It fails with ErrInvalid.
func ParseClock(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	since, ok := sinceMidnight(text)
	if !ok || since <= 0 || since >= 24*time.Hour {
		return 0, ErrInvalid.Saying("时间格式应为 10:30", "A time of the day looks like 10:30.")
	}
	return int(since.Minutes()), nil
}

// FormatClock writes what ParseClock read.
func FormatClock(minutes int) string {
	if minutes == 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)
}

// BellDevice (门铃设备) is a button or a sensor in a home. Its key is known to it and to us.
type BellDevice struct {
	ID          ID      `json:"id"`
	HouseholdID ID      `json:"household_id"`
	CommunityID ID      `json:"-"`
	Name        string  `json:"name"`
	Secret      []byte  `json:"-"`
	Counter     int64   `json:"-"` // of the last message
	Battery     int     `json:"battery,omitzero" doc:"电量百分比，0 为未知"`
	LowSince    Instant `json:"low_since,omitzero"`
	LastSeenAt  Instant `json:"last_seen_at,omitzero"`
	SilentNoted Instant `json:"-"` // the last message after which a silence was noted
	LowNoted    Instant `json:"-"` // the low battery that was noted
	RevokedAt   Instant `json:"revoked_at,omitzero"`
	CreatedBy   ID      `json:"-"`
	CreatedAt   Instant `json:"created_at"`
}

// TableName implements gorm's Tabler.
func (BellDevice) TableName() string { return "doorbell_device" }

const (
	// lowBattery and goodBattery are where a battery begins and ends to be low, in percent.
	lowBattery  = 20
	goodBattery = 30
	// maxDeviceName is how many characters a device's name has.
	maxDeviceName = 40
	// MaxDevices is how many devices a home has that are not revoked.
	MaxDevices = 10
)

// NewBellDevice returns a device of a home. It fails with ErrInvalid for a name that is too long.
func NewBellDevice(id ID, home *BellHome, name string, secret []byte, by ID, now Instant) (*BellDevice, error) {
	if name = strings.TrimSpace(name); utf8.RuneCountInString(name) > maxDeviceName {
		return nil, ErrInvalid.Saying("设备名称不能超过 40 个字", "The name of a device has at most 40 characters.")
	}
	return &BellDevice{ID: id, HouseholdID: home.HouseholdID, CommunityID: home.CommunityID, Name: name, Secret: secret, CreatedBy: by, CreatedAt: now}, nil
}

// Heard notes what a device told of its battery; 0 tells nothing.
func (d *BellDevice) Heard(battery int, now Instant) {
	d.LastSeenAt = now
	switch {
	case battery == 0:
		return
	case battery < lowBattery && d.LowSince == 0:
		d.LowSince = now
	case battery >= goodBattery:
		d.LowSince = 0
	}
	d.Battery = battery
}

// PairKind is when a paired volunteer is called.
type PairKind string

// The kinds: primaries at once, backups at the next step.
const (
	PairPrimary PairKind = "primary"
	PairBackup  PairKind = "backup"
)

// PairStatus is where a pairing stands.
type PairStatus string

// The states of a pairing.
const (
	PairProposed PairStatus = "proposed" // the elder agreed, the volunteer has not answered
	PairActive   PairStatus = "active"
	PairDeclined PairStatus = "declined"
	PairEnded    PairStatus = "ended"
)

// PairTransitions returns the one table of what may follow what.
func PairTransitions() map[PairStatus][]PairStatus {
	return map[PairStatus][]PairStatus{
		PairProposed: {PairActive, PairDeclined, PairEnded},
		PairActive:   {PairEnded},
	}
}

// BellPair (结对) is a volunteer who comes when the doorbell of a home rings.
type BellPair struct {
	ID          ID          `json:"id"`
	HouseholdID ID          `json:"household_id"`
	CommunityID ID          `json:"-"`
	VolunteerID ID          `json:"-"`
	Kind        PairKind    `json:"kind" enum:"primary,backup"`
	Position    int         `json:"position"`
	Status      PairStatus  `json:"status" enum:"proposed,active,declined,ended"`
	Closed      ID          `json:"-"` // zero while it is proposed or active
	Consent     BellConsent `gorm:"embedded;embeddedPrefix:consent_" json:"-"`
	ProposedBy  ID          `json:"-"`
	ProposedAt  Instant     `json:"proposed_at"`
	AnsweredAt  Instant     `json:"answered_at,omitzero"`
	EndedAt     Instant     `json:"ended_at,omitzero"`
	EndedBy     ID          `json:"-"`
	Reason      string      `gorm:"serializer:sealed" json:"reason,omitempty"`

	Volunteer MemberRef `gorm:"-" json:"volunteer"`
	Elder     MemberRef `gorm:"-" json:"elder"`
	Unit      NodeRef   `gorm:"-" json:"unit"` // the elder's building
}

// TableName implements gorm's Tabler.
func (BellPair) TableName() string { return "doorbell_pair" }

// MaxPairs is how many pairs of a home are proposed or active.
const MaxPairs = 8

// NewBellPair proposes a volunteer for a home. It fails with ErrPairOwn for who lives there, with ErrPairMinor for who
// is a child, with ErrBellHome when the doorbell is switched off, and with ErrPairs when the home has enough.
func NewBellPair(id ID, home *BellHome, volunteer *Member, kind PairKind, live []*BellPair, now Instant) (*BellPair, error) {
	switch {
	case !home.Active:
		return nil, ErrBellHome
	case volunteer.HouseholdID == home.HouseholdID || volunteer.ID == home.ElderID:
		return nil, ErrPairOwn
	case !volunteer.Adult(now.Time().Year()):
		return nil, ErrPairMinor
	case kind != PairPrimary && kind != PairBackup:
		return nil, ErrInvalid.Saying("结对类型应为主要或后备", "A pair is primary or backup.")
	case len(live) >= MaxPairs:
		return nil, ErrPairs
	}
	last := 0
	for _, p := range live {
		last = max(last, p.Position)
	}
	return &BellPair{
		ID: id, HouseholdID: home.HouseholdID, CommunityID: home.CommunityID, VolunteerID: volunteer.ID, Kind: kind, Position: last + 1,
		Status: PairProposed, ProposedAt: now,
	}, nil
}

func (p *BellPair) move(to PairStatus) error {
	if !slices.Contains(PairTransitions()[p.Status], to) {
		return ErrPairState
	}
	if p.Status = to; to != PairActive {
		p.Closed = p.ID
	}
	return nil
}

// Answer is what the volunteer says to the proposal; no is no less than yes. It fails with ErrPairState.
func (p *BellPair) Answer(yes bool, now Instant) error {
	to := PairDeclined
	if yes {
		to = PairActive
	}
	if err := p.move(to); err != nil {
		return err
	}
	p.AnsweredAt = now
	return nil
}

// End ends the pairing, at any time and by either. It fails with ErrPairState when it is over.
func (p *BellPair) End(by ID, reason string, now Instant) error {
	if reason = strings.TrimSpace(reason); utf8.RuneCountInString(reason) > maxRemark {
		return ErrInvalid.Saying("原因不能超过 200 个字", "A reason has at most 200 characters.")
	}
	if err := p.move(PairEnded); err != nil {
		return err
	}
	p.EndedAt, p.EndedBy, p.Reason = now, by, reason
	return nil
}

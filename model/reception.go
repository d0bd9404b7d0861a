package model

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// The failures of the reception room.
var (
	ErrHost        = &Error{Conflict, "reception.not_host", "这位成员不在会客室值班名单里", "This member is not one of the room's hosts."}
	ErrHostAge     = &Error{Forbidden, "reception.too_young", "会客室由资深党员值班，您还未到社区规定的年龄", "Hosts are senior members; the community has a minimum age."}
	ErrHostState   = &Error{Conflict, "reception.host_state", "值班意愿当前状态不能这样操作", "The state of the host does not allow this."}
	ErrRosterDays  = &Error{Invalid, "roster.days", "排班应从今天或以后开始，最长 92 天", "A roster begins today or later and has at most 92 days."}
	ErrRosterTaken = &Error{Conflict, "roster.taken", "这段日期已有排班", "There is a roster for some of these days."}
	ErrRosterState = &Error{Conflict, "roster.state", "排班当前状态不能这样操作", "The state of the roster does not allow this."}
	ErrShiftTwice  = &Error{Conflict, "shift.twice_a_day", "同一人一天只能值一班", "Nobody is on duty twice a day."}
	ErrShiftWeek   = &Error{Conflict, "shift.twice_a_week", "同一人一周最多值一班", "Nobody is on duty more than once a week."}
	ErrShiftRest   = &Error{Conflict, "shift.rest_day", "这一天是对方的休息日", "It is a day off for them."}
	ErrShiftState  = &Error{Conflict, "shift.state", "这一班当前状态不能这样操作", "The state of the shift does not allow this."}
	ErrShiftTime   = &Error{Conflict, "shift.time", "现在不是可以这样操作的时间", "It is not the time for this."}
	ErrSwapState   = &Error{Conflict, "swap.state", "这个换班已经处理过，或者班次已变动", "The swap was answered, or the shifts have changed."}
	ErrVisitSolved = &Error{Conflict, "reception.solved", "这次来访已经办结", "This visit is solved already."}
	ErrMediation   = &Error{Conflict, "mediation.state", "这份调解记录当前状态不能这样操作", "The state of the mediation does not allow this."}
)

// ReceptionSettings (会客室设置) is what a community chose for its reception room (党员会客室).
type ReceptionSettings struct {
	CommunityID   ID      `gorm:"primaryKey;autoIncrement:false" json:"-"`
	HostsADay     int     `json:"hosts_a_day"`
	Opens         int     `json:"-"` // minutes of the day
	Closes        int     `json:"-"`
	Holidays      bool    `json:"holidays" doc:"休息日和节假日也开放"`
	MinAge        int     `json:"min_age" doc:"值班党员的最低年龄，0 为不限"`
	NoShowMinutes int     `json:"no_show_minutes" doc:"开始多少分钟后未签到可记缺班"`
	Version       int64   `json:"version"`
	UpdatedBy     ID      `json:"-"`
	UpdatedAt     Instant `json:"-"`

	OpensAt  string `gorm:"-" json:"opens"`
	ClosesAt string `gorm:"-" json:"closes"`
}

// TableName implements gorm's Tabler.
func (ReceptionSettings) TableName() string { return "reception_setting" }

// DefaultReception returns what a community has that chose nothing.
func DefaultReception(community ID) *ReceptionSettings {
	return &ReceptionSettings{CommunityID: community, HostsADay: 1, Opens: 9 * 60, Closes: 17 * 60, NoShowMinutes: 15}
}

// Validate checks what a community chose. It fails with ErrInvalid.
func (s *ReceptionSettings) Validate() error {
	switch {
	case s.HostsADay < 1 || s.HostsADay > 10:
		return ErrInvalid.Saying("每天值班人数应为 1 到 10", "From 1 to 10 hosts are on duty a day.")
	case s.Opens <= 0 || s.Closes <= s.Opens:
		return ErrPeriod
	case s.MinAge < 0 || s.MinAge > 100 || s.NoShowMinutes < 0 || s.NoShowMinutes > 240:
		return ErrInvalid
	}
	return nil
}

// HostStatus is whether somebody may be on duty.
type HostStatus string

// The states of a host.
const (
	HostOffered   HostStatus = "offered"   // is willing, and not confirmed by the committee
	HostConfirmed HostStatus = "confirmed" // is in the roster
	HostOut       HostStatus = "out"
)

// Host (值班党员) is a senior party member who is ready to be on duty in the reception room.
type Host struct {
	MemberID     ID         `gorm:"primaryKey;autoIncrement:false" json:"-"`
	CommunityID  ID         `json:"-"`
	Status       HostStatus `json:"status" enum:"offered,confirmed,out"`
	RestWeekdays []int      `gorm:"serializer:json" json:"rest_weekdays" doc:"每周休息日，1（周一）到 7"`
	DaysOff      []DaysOff  `gorm:"serializer:json" json:"days_off"`
	Base         int        `json:"-"` // what others had served when this one came new
	ConfirmedBy  ID         `json:"-"`
	Version      int64      `json:"version"`
	CreatedAt    Instant    `json:"created_at"`
	UpdatedAt    Instant    `json:"-"`

	Member MemberRef `gorm:"-" json:"member"`
	Duties int       `gorm:"-" json:"duties" doc:"值班次数（含已排）"`
}

// TableName implements gorm's Tabler.
func (Host) TableName() string { return "reception_host" }

// Wishes says whether the host is willing, and when they rest. It fails with ErrInvalid and ErrPeriod.
func (h *Host) Wishes(willing bool, rest []int, off []DaysOff, now Instant) error {
	if len(rest) > 7 || slices.ContainsFunc(rest, func(d int) bool { return d < 1 || d > 7 }) {
		return ErrInvalid.Saying("休息日应为 1（周一）到 7", "A weekday is from 1 (Monday) to 7.")
	}
	if len(off) > maxDaysOff || slices.ContainsFunc(off, func(d DaysOff) bool { return !d.ok() }) {
		return ErrPeriod
	}
	switch {
	case !willing:
		h.Status = HostOut
	case h.Status != HostConfirmed:
		h.Status = HostOffered
	}
	h.RestWeekdays, h.DaysOff, h.UpdatedAt, h.Version = append([]int{}, rest...), append([]DaysOff{}, off...), now, h.Version+1
	return nil
}

// OldEnough reports whether a member is as old as hosts are; of whom no birth is known is.
func (s *ReceptionSettings) OldEnough(m *Member, now Instant) bool {
	return m.BirthYear <= 0 || now.Time().Year()-m.BirthYear >= s.MinAge
}

// Rests reports whether the host is not on duty on a day.
func (h *Host) Rests(day Day) bool {
	return slices.Contains(h.RestWeekdays, weekdayOf(day)) || slices.ContainsFunc(h.DaysOff, func(d DaysOff) bool { return d.covers(day) })
}

// weekdayOf returns 1 (Monday) to 7.
func weekdayOf(day Day) int { return (int(day.Start().Time().Weekday())+6)%7 + 1 }

// Monday returns the first day of the week of a day.
func (d Day) Monday() Day {
	return d.Start().Add(-time.Duration(weekdayOf(d)-1) * 24 * time.Hour).Day()
}

// ShiftStatus is where a shift stands.
type ShiftStatus string

// The states of a shift.
const (
	ShiftDraft     ShiftStatus = "draft"
	ShiftPublished ShiftStatus = "published"
	ShiftNoShow    ShiftStatus = "no_show" // and looks for somebody to cover it
	ShiftCheckedIn ShiftStatus = "checked_in"
	ShiftDone      ShiftStatus = "done"
)

// ShiftTransitions returns the one table of what may follow what. A shift that was missed is published again for who
// covers it.
func ShiftTransitions() map[ShiftStatus][]ShiftStatus {
	return map[ShiftStatus][]ShiftStatus{
		ShiftDraft:     {ShiftPublished},
		ShiftPublished: {ShiftNoShow, ShiftCheckedIn},
		ShiftNoShow:    {ShiftPublished},
		ShiftCheckedIn: {ShiftDone},
	}
}

// Shift (值班) is a host's duty on a day.
type Shift struct {
	ID           ID          `json:"id"`
	CommunityID  ID          `json:"-"`
	RosterID     ID          `json:"roster_id"`
	Day          Day         `gorm:"column:duty_day" json:"day"`
	Slot         int         `json:"slot"`
	MemberID     ID          `json:"-"`
	Status       ShiftStatus `json:"status" enum:"draft,published,no_show,checked_in,done"`
	StartsAt     Instant     `json:"starts_at"`
	EndsAt       Instant     `json:"ends_at"`
	Why          string      `json:"why" doc:"为什么排到这个人"`
	MissedBy     ID          `json:"-"`
	CheckedInAt  Instant     `json:"checked_in_at,omitzero"`
	CheckedOutAt Instant     `json:"checked_out_at,omitzero"`
	Version      int64       `json:"version"`

	Member MemberRef  `gorm:"-" json:"member"`
	Missed *MemberRef `gorm:"-" json:"missed_by,omitempty"`
}

// TableName implements gorm's Tabler.
func (Shift) TableName() string { return "reception_shift" }

func (s *Shift) move(to ShiftStatus) error {
	if !slices.Contains(ShiftTransitions()[s.Status], to) {
		return ErrShiftState
	}
	s.Status, s.Version = to, s.Version+1
	return nil
}

// Publish makes the shift known. It fails with ErrShiftState.
func (s *Shift) Publish() error { return s.move(ShiftPublished) }

// early is how long before its beginning somebody may check in to a shift.
const early = 30 * time.Minute

// CheckIn says that the host is there. It fails with ErrShiftTime long before its beginning and after its end, and with
// ErrShiftState.
func (s *Shift) CheckIn(now Instant) error {
	if now < s.StartsAt.Add(-early) || now >= s.EndsAt {
		return ErrShiftTime
	}
	if err := s.move(ShiftCheckedIn); err != nil {
		return err
	}
	s.CheckedInAt = now
	return nil
}

// CheckOut ends the duty. It fails with ErrShiftState.
func (s *Shift) CheckOut(now Instant) error {
	if err := s.move(ShiftDone); err != nil {
		return err
	}
	s.CheckedOutAt = now
	return nil
}

// Miss says that the host did not come. It fails with ErrShiftTime before so many minutes have passed, and with
// ErrShiftState.
func (s *Shift) Miss(after int, now Instant) error {
	if now < s.StartsAt.Add(time.Duration(after)*time.Minute) {
		return ErrShiftTime
	}
	if err := s.move(ShiftNoShow); err != nil {
		return err
	}
	s.MissedBy = s.MemberID
	return nil
}

// Cover gives a shift that was missed to who comes instead. It fails with ErrShiftState when somebody was faster, with
// ErrShiftTime when it is over, and with ErrShiftTwice for who missed it.
func (s *Shift) Cover(by ID, now Instant) error {
	switch {
	case s.Status != ShiftNoShow:
		return ErrShiftState
	case now >= s.EndsAt:
		return ErrShiftTime
	case by == s.MissedBy:
		return ErrShiftTwice
	}
	if err := s.move(ShiftPublished); err != nil {
		return err
	}
	s.MemberID, s.Why = by, "顶班"
	return nil
}

// Assign gives a shift of a draft to another host.
func (s *Shift) Assign(to ID) error {
	if s.Status != ShiftDraft {
		return ErrShiftState
	}
	s.MemberID, s.Why, s.Version = to, "人工调整", s.Version+1
	return nil
}

// Give hands a published shift that has not begun to another host. It fails with ErrSwapState.
func (s *Shift) Give(from, to ID, now Instant) error {
	if s.Status != ShiftPublished || s.MemberID != from || now >= s.StartsAt {
		return ErrSwapState
	}
	s.MemberID, s.Why, s.Version = to, "换班", s.Version+1
	return nil
}

// Allows checks a duty against others of the same host, but for one that they give away: once a day, once a week, and
// not on a day of rest. It fails with ErrShiftTwice, ErrShiftWeek and ErrShiftRest.
func (h *Host) Allows(day Day, duties []*Shift, but ID) error {
	if h.Rests(day) {
		return ErrShiftRest
	}
	for _, s := range duties {
		switch {
		case s.ID == but || s.MemberID != h.MemberID:
		case s.Day == day:
			return ErrShiftTwice
		case s.Day.Monday() == day.Monday():
			return ErrShiftWeek
		}
	}
	return nil
}

// Roster (排班) is the duties of a period.
type Roster struct {
	ID          ID      `json:"id"`
	CommunityID ID      `json:"-"`
	FromDay     Day     `json:"from"`
	ToDay       Day     `json:"to"`
	Status      string  `json:"status" enum:"draft,published"`
	Gaps        []Gap   `gorm:"serializer:json" json:"gaps" doc:"没有人可排的日子及原因"`
	CreatedBy   ID      `json:"-"`
	CreatedAt   Instant `json:"created_at"`
	PublishedAt Instant `json:"published_at,omitzero"`

	Shifts []*Shift `gorm:"-" json:"shifts"`
}

// TableName implements gorm's Tabler.
func (Roster) TableName() string { return "reception_roster" }

// The states of a roster.
const (
	RosterDraft     = "draft"
	RosterPublished = "published"
)

// Gap is a day for which nobody was found.
type Gap struct {
	Day Day    `json:"day"`
	Why string `json:"why"`
}

// maxRosterDays is how long a period a roster is for.
const maxRosterDays = 92

// NewRoster returns an empty roster. It fails with ErrRosterDays.
func NewRoster(id, community ID, from, to Day, by ID, now Instant) (*Roster, error) {
	if from < now.Day() || to < from || to.Start() >= from.Start().Add(maxRosterDays*24*time.Hour) {
		return nil, ErrRosterDays
	}
	return &Roster{ID: id, CommunityID: community, FromDay: from, ToDay: to, Status: RosterDraft, Gaps: []Gap{}, CreatedBy: by, CreatedAt: now}, nil
}

// Duty is how often a host has served, and when last.
type Duty struct {
	Count int
	Last  Day
}

// Fill gives each day of the roster that the room is open to hosts: of those who may be on duty on the day, who has
// served least, and of equals who has not for the longest time; so nobody has served more than once more than another who
// could have. Duties are what hosts have served and are to serve, near those around the period. It is the same for the
// same hosts, duties and days.
func (r *Roster) Fill(s *ReceptionSettings, open Calendar, hosts []*Host, duties map[ID]Duty, near []*Shift, newID func() ID) {
	at := func(day Day, minutes int) Instant { return day.Start().Add(time.Duration(minutes) * time.Minute) }
	near = slices.Clone(near)
	for day := r.FromDay; day <= r.ToDay; day = day.Next() {
		if !s.Holidays && !open.On(day).Working {
			continue
		}
		for slot := range s.HostsADay {
			free := slices.DeleteFunc(slices.Clone(hosts), func(h *Host) bool { return h.Allows(day, near, 0) != nil })
			if len(free) == 0 {
				r.Gaps = append(r.Gaps, Gap{day, fmt.Sprintf("第 %d 个班没有人可排：休息、当天或本周已值班", slot+1)})
				continue
			}
			first := slices.MinFunc(free, func(a, b *Host) int {
				return cmp.Or(cmp.Compare(duties[a.MemberID].Count, duties[b.MemberID].Count),
					cmp.Compare(duties[a.MemberID].Last, duties[b.MemberID].Last), cmp.Compare(a.MemberID, b.MemberID))
			})
			d := duties[first.MemberID]
			shift := &Shift{
				ID: newID(), CommunityID: r.CommunityID, RosterID: r.ID, Day: day, Slot: slot, MemberID: first.MemberID, Status: ShiftDraft,
				StartsAt: at(day, s.Opens), EndsAt: at(day, s.Closes), Why: why(d, len(free)), Version: 1,
			}
			duties[first.MemberID] = Duty{d.Count + 1, max(d.Last, day)}
			near, r.Shifts = append(near, shift), append(r.Shifts, shift)
		}
	}
}

// why tells why a host was chosen.
func why(d Duty, free int) string {
	last := "此前没有值过班"
	if d.Last != 0 {
		last = "上次是 " + d.Last.String()
	}
	return fmt.Sprintf("可排 %d 人中值班最少（%d 次），%s", free, d.Count, last)
}

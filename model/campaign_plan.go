package model

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// CampaignPlan says where a campaign is, who makes it, when it falls into sessions, and what must be accepted first.
type CampaignPlan struct {
	Places     []CampaignPlace   `json:"places,omitempty" maxItems:"10"`
	Organisers []JointOrganiser  `json:"organisers,omitempty" maxItems:"10" doc:"五联：参与的单位和各自的分工"`
	Sessions   []CampaignSession `json:"sessions,omitempty" maxItems:"30" doc:"场次；没有则整个活动为第 1 场"`
	RiskNotice string            `json:"risk_notice,omitempty" maxLength:"1000" doc:"风险告知，报名时须同意"`
	Dangerous  bool              `json:"dangerous,omitempty" doc:"有危险：只接受年满 18 周岁，且须写明保险"`
	Insurance  string            `json:"insurance,omitempty" maxLength:"500" doc:"保险安排"`
}

// CampaignPlace is where something of a campaign happens.
type CampaignPlace struct {
	Name      string   `json:"name" minLength:"1" maxLength:"50"`
	Address   string   `json:"address" maxLength:"100"`
	Latitude  *float64 `json:"latitude,omitempty" minimum:"-90" maximum:"90"`
	Longitude *float64 `json:"longitude,omitempty" minimum:"-180" maximum:"180"`
}

// JointOrganiser (五联) is an organisation that makes a campaign with the community, and what it does. One that the
// community has in its list is named by its id and has the name that it had when the plan was written; its officers see
// the plan.
type JointOrganiser struct {
	Organisation   string `json:"organisation,omitempty" maxLength:"50" doc:"单位名称；有 organisation_id 时不填，显示该组织的名称"`
	OrganisationID ID     `json:"organisation_id,omitzero" doc:"社区登记的组织，见 GET /organisations；其联络员可以查看活动方案"`
	Kind           string `json:"kind" enum:"组织联建,工作联商,服务联办,责任联担,品牌联创"`
	Duty           string `json:"duty" minLength:"1" maxLength:"100" doc:"承担什么"`
}

// JointKinds lists the five ways of 五联.
func JointKinds() []string {
	return []string{"组织联建", "工作联商", "服务联办", "责任联担", "品牌联创"}
}

// CampaignSession (场次) is a part of a campaign that one signs up for.
type CampaignSession struct {
	Name       string        `json:"name" minLength:"1" maxLength:"50"`
	StartsAt   Instant       `json:"starts_at"`
	EndsAt     Instant       `json:"ends_at"`
	Place      string        `json:"place,omitempty" maxLength:"50" doc:"地点的名称"`
	Capacity   int           `json:"capacity,omitempty" minimum:"0" maximum:"100000" doc:"名额，0 为活动的名额"`
	NoWaitList bool          `json:"no_wait_list,omitempty" doc:"满员后不接受候补"`
	Roles      []SessionRole `json:"roles,omitempty" maxItems:"10"`
}

// SessionRole (岗位) is a kind of work in a session, for so many people.
type SessionRole struct {
	Name   string `json:"name" minLength:"1" maxLength:"20"`
	Needed int    `json:"needed" minimum:"1" maximum:"10000"`
}

// maxPlan is how many bytes a plan may have as it is kept.
const maxPlan = 60_000

// validate checks a plan against the campaign that it is of. It fails with ErrPeriod, ErrSession and ErrInvalid.
func (p *CampaignPlan) validate(c *Campaign) error {
	if p.Dangerous && strings.TrimSpace(p.Insurance) == "" {
		return ErrInvalid.Saying("有危险的活动须写明保险安排", "Dangerous work needs its insurance to be named.")
	}
	if len(p.Places) > 10 || len(p.Organisers) > 10 || len(p.Sessions) > 30 || !within(p.RiskNotice, 0, 1000) || !within(p.Insurance, 0, 500) {
		return ErrInvalid.Saying("地点和参与单位最多 10 个，场次最多 30 个", "A campaign has at most 10 places, 10 organisations and 30 sessions.")
	}
	if err := p.validateParts(); err != nil {
		return err
	}
	for i := range p.Sessions {
		if err := p.validateSession(&p.Sessions[i], c); err != nil {
			return err
		}
	}
	if kept, err := json.Marshal(p); err != nil || len(kept) > maxPlan {
		return ErrInvalid.Saying("活动方案太长", "The plan is too long.")
	}
	return nil
}

func (p *CampaignPlan) validateParts() error {
	for _, place := range p.Places {
		if !within(strings.TrimSpace(place.Name), 1, 50) || !within(place.Address, 0, 100) || (place.Latitude == nil) != (place.Longitude == nil) ||
			place.Latitude != nil && (*place.Latitude < -90 || *place.Latitude > 90 || *place.Longitude < -180 || *place.Longitude > 180) {
			return ErrInvalid.Saying("地点须有名称，经纬度要么都填要么都不填", "A place has a name, and both coordinates or none.")
		}
	}
	for _, o := range p.Organisers {
		if named := within(strings.TrimSpace(o.Organisation), 1, 50) || o.OrganisationID != 0; !named || !within(strings.TrimSpace(o.Duty), 1, 100) || !slices.Contains(JointKinds(), o.Kind) {
			return ErrInvalid.Saying("请写明参与单位、联建方式和分工", "Say which organisation does what, in which of the five ways.")
		}
	}
	return nil
}

func (p *CampaignPlan) validateSession(s *CampaignSession, c *Campaign) error {
	switch {
	case !within(strings.TrimSpace(s.Name), 1, 50):
		return ErrSession.Saying("场次名称应为 1 到 50 个字", "The name of a session has 1 to 50 characters.")
	case s.EndsAt <= s.StartsAt:
		return ErrPeriod.Saying("场次的结束时间必须晚于开始时间", "A session must end after its start.")
	case s.StartsAt < c.StartsAt || s.EndsAt > c.EndsAt:
		return ErrSession.Saying("场次不在活动时间内", "A session is outside of the campaign's time.")
	case s.Capacity < 0 || s.Capacity > 100_000 || len(s.Roles) > 10:
		return ErrSession.Saying("名额不能为负，岗位最多 10 个", "A capacity is not negative, and a session has at most 10 roles.")
	case s.Place != "" && !slices.ContainsFunc(p.Places, func(x CampaignPlace) bool { return x.Name == s.Place }):
		return ErrSession.Saying("场次的地点不在地点列表里", "The session is at a place that the plan does not have.")
	}
	for i, r := range s.Roles {
		if !within(strings.TrimSpace(r.Name), 1, 20) || r.Needed < 1 || r.Needed > 10_000 || slices.ContainsFunc(s.Roles[:i], func(x SessionRole) bool { return x.Name == r.Name }) {
			return ErrSession.Saying("岗位须有不重复的名称，人数为 1 到 10000", "Roles have different names and need 1 to 10,000 people.")
		}
	}
	return nil
}

// Shift returns the plan for a campaign that is so much later.
func (p CampaignPlan) Shift(by time.Duration) CampaignPlan {
	p.Sessions = slices.Clone(p.Sessions)
	for i := range p.Sessions {
		p.Sessions[i].StartsAt = p.Sessions[i].StartsAt.Add(by)
		p.Sessions[i].EndsAt = p.Sessions[i].EndsAt.Add(by)
	}
	return p
}

// Session returns a session by its number from 1, with the campaign's capacity where it has none of its own. A campaign
// without sessions is one of its own. It fails with ErrSessionUnknown.
func (c *Campaign) Session(number int) (CampaignSession, error) {
	if len(c.Plan.Sessions) == 0 && number == 1 {
		return CampaignSession{Name: c.Title, StartsAt: c.StartsAt, EndsAt: c.EndsAt, Capacity: c.Capacity}, nil
	}
	if number < 1 || number > len(c.Plan.Sessions) {
		return CampaignSession{}, ErrSessionUnknown
	}
	s := c.Plan.Sessions[number-1]
	if s.Capacity == 0 {
		s.Capacity = c.Capacity
	}
	return s, nil
}

// SessionAt returns the number of the first session whose time it is, else 1.
func (c *Campaign) SessionAt(now Instant) int {
	for i, s := range c.Plan.Sessions {
		if s.StartsAt <= now && now < s.EndsAt {
			return i + 1
		}
	}
	return 1
}

// SignupFirst reports whether a member may come only after they signed up: because something has to be accepted, or because
// a guardian has to agree.
func (c *Campaign) SignupFirst(m *Member) bool {
	return c.Plan.Dangerous || c.Plan.RiskNotice != "" || m.BirthYear > 0 && !m.Adult(c.StartsAt.Time().Year())
}

// Beside returns the sessions that go on while another does, by number: nobody is at two of them.
func (c *Campaign) Beside(number int) (others []int) {
	s, err := c.Session(number)
	for i, other := range c.Plan.Sessions {
		if err == nil && i+1 != number && other.StartsAt < s.EndsAt && s.StartsAt < other.EndsAt {
			others = append(others, i+1)
		}
	}
	return others
}

// Role returns how many a role of the session is for; no role is for as many as the session. It fails with
// ErrSessionUnknown.
func (s *CampaignSession) Role(name string) (needed int, err error) {
	if name == "" {
		return 0, nil
	}
	for _, r := range s.Roles {
		if r.Name == name {
			return r.Needed, nil
		}
	}
	return 0, ErrSessionUnknown
}

// Seats is how many places of a session are taken, by role.
type Seats map[string]int

// Free reports whether there is a place in a session and a role of it.
func (taken Seats) Free(s *CampaignSession, role string) bool {
	all := 0
	for _, n := range taken {
		all += n
	}
	if s.Capacity > 0 && all >= s.Capacity {
		return false
	}
	needed, err := s.Role(role)
	return err == nil && (needed == 0 || taken[role] < needed)
}

// Acceptance is what someone says when they sign up.
type Acceptance struct {
	Risk     bool   // the risk notice
	Guardian string // who of the family agreed, for a minor
}

// Accept notes what a member accepts for a campaign. It fails with ErrAdultsOnly, ErrGuardian, ErrRiskNotice and
// ErrInvalid.
func (s *Signup) Accept(c *Campaign, m *Member, in Acceptance, now Instant) error {
	year := c.StartsAt.Time().Year()
	minor := m.BirthYear > 0 && !m.Adult(year)
	guardian := strings.TrimSpace(in.Guardian)
	switch {
	case c.Plan.Dangerous && !m.Adult(year):
		return ErrAdultsOnly
	case minor && guardian == "":
		return ErrGuardian
	case !within(guardian, 0, 20) || strings.ContainsAny(guardian, "0123456789０１２３４５６７８９"):
		return ErrInvalid.Saying("监护人只写与本人的关系，如“母亲”", "Say only who the guardian is to the minor, such as mother.")
	case c.Plan.RiskNotice != "" && !in.Risk:
		return ErrRiskNotice
	}
	if in.Risk {
		s.AcceptedAt = now
	}
	if minor {
		s.Guardian, s.GuardianAt = guardian, now
	}
	return nil
}

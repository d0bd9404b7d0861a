package model

import (
	"slices"
	"unicode/utf8"
)

// Limits (时限) says how long the steps of a service may take: the first contact, the whole, and each tier.
type Limits struct {
	Contact   Limit `json:"contact"`
	Due       Limit `json:"due"`
	Grid      Limit `json:"grid"`
	Community Limit `json:"community"`
	Street    Limit `json:"street"`
}

// Of returns how long a tier may take.
func (l Limits) Of(t Tier) Limit {
	switch t {
	case TierCommunity:
		return l.Community
	case TierStreet:
		return l.Street
	}
	return l.Grid
}

func (l Limits) valid() bool {
	return !slices.ContainsFunc([]Limit{l.Contact, l.Due, l.Grid, l.Community, l.Street}, func(x Limit) bool { return !x.valid() })
}

// Service (服务事项) is an entry of a community's catalogue: the directory by which matters of a category are dispatched
// (派单目录), and what the community promises about them (服务承诺).
type Service struct {
	CommunityID    ID       `gorm:"primaryKey" json:"-"`
	Version        int64    `gorm:"primaryKey" json:"version"`
	Category       string   `gorm:"primaryKey" json:"category" minLength:"1" maxLength:"24"`
	Name           string   `json:"name" minLength:"1" maxLength:"30"`
	OrganisationID ID       `json:"organisation_id,omitzero" doc:"承办单位；不填为由本层级自行办理"`
	Tier           Tier     `json:"tier" enum:"grid,community,street"`
	Limits         Limits   `gorm:"serializer:json;column:limits" json:"limits"`
	Papers         []string `gorm:"serializer:json" json:"papers" maxItems:"20" doc:"一次性告知的材料"`
	Steps          []string `gorm:"serializer:json" json:"steps" maxItems:"20" doc:"办理步骤"`
	Promise        string   `json:"promise" maxLength:"200" doc:"服务承诺"`
	// CommunityPrimary says that it is on the list of the committee's own duties: what is not is never passed on to it.
	CommunityPrimary bool `json:"community_primary" doc:"属于居委会职责清单；不属于的不得派给居委会"`

	Organisation *NodeRef `gorm:"-" json:"organisation,omitempty"`

	Seq int `json:"-"` // in the catalogue
}

// TableName implements gorm's Tabler.
func (Service) TableName() string { return "matter_service" }

// Catalogue (服务目录) is one version of what a community promises. Version 0 is what every community begins with.
type Catalogue struct {
	CommunityID ID         `gorm:"primaryKey" json:"-"`
	Version     int64      `gorm:"primaryKey" json:"version"`
	Note        string     `json:"note"`
	CreatedBy   ID         `json:"-"`
	CreatedAt   Instant    `json:"created_at,omitzero"`
	Items       []*Service `gorm:"-" json:"items"`
}

// TableName implements gorm's Tabler.
func (Catalogue) TableName() string { return "matter_catalogue" }

// Of returns the service of a category. It fails with ErrMatterCategory.
func (c *Catalogue) Of(category string) (*Service, error) {
	for _, s := range c.Items {
		if s.Category == category {
			return s, nil
		}
	}
	return nil, ErrMatterCategory
}

// Units returns the units that the directory names.
func (c *Catalogue) Units() []ID {
	var units []ID
	for _, s := range c.Items {
		if s.OrganisationID != 0 && !slices.Contains(units, s.OrganisationID) {
			units = append(units, s.OrganisationID)
		}
	}
	return units
}

// Names fails with ErrMatterUnit unless the directory names the unit.
func (c *Catalogue) Names(unit ID) error {
	if unit == 0 || !slices.Contains(c.Units(), unit) {
		return ErrMatterUnit
	}
	return nil
}

// maxServices is how many entries a catalogue has.
const maxServices = 100

// Check fails with ErrInvalid on a catalogue that promises nothing that can be kept.
func (c *Catalogue) Check() error {
	if len(c.Items) == 0 || len(c.Items) > maxServices || utf8.RuneCountInString(c.Note) > maxRemark {
		return ErrInvalid.Saying("服务目录应有 1 到 100 项", "A catalogue has 1 to 100 entries.")
	}
	seen := map[string]bool{}
	for _, s := range c.Items {
		switch {
		case seen[s.Category] || s.Category == "" || utf8.RuneCountInString(s.Category) > 24 || s.Name == "":
			return ErrInvalid.Saying("每类事项在目录里只能有一项，并且要有名称", "A category has one entry with a name.")
		case !slices.Contains(Tiers(), s.Tier):
			return ErrInvalid.Saying("层级应为网格、社区或街道", "A tier is grid, community or street.")
		case !s.Limits.valid():
			return ErrInvalid.Saying("时限应为 1 到 1000 个小时、工作小时或工作日", "A limit is 1 to 1000 hours, working hours or working days.")
		case len(s.Papers) > 20 || len(s.Steps) > 20 || slices.ContainsFunc(slices.Concat(s.Papers, s.Steps), func(x string) bool { return !worded(x, maxRemark) }):
			return ErrInvalid.Saying("材料和步骤各不超过 20 条，每条 1 到 200 个字", "There are at most 20 papers and 20 steps of 1 to 200 characters.")
		}
		seen[s.Category] = true
	}
	return nil
}

func hours(amount int) Limit    { return Limit{amount, Hours} }
func workdays(amount int) Limit { return Limit{amount, WorkingDays} }

// The limits of the classes of matters: emergencies, utilities, ordinary and complex ones.
var (
	emergencyLimits = Limits{hours(1), hours(2), hours(1), hours(2), hours(4)}
	utilityLimits   = Limits{hours(4), hours(24), hours(12), hours(24), hours(48)}
	ordinaryLimits  = Limits{hours(24), workdays(5), workdays(3), workdays(5), workdays(10)}
	complexLimits   = Limits{hours(24), workdays(15), workdays(5), workdays(10), workdays(15)}
)

// DefaultCatalogue returns the catalogue that every community begins with. It names no units: until the community does,
// its own officers handle what comes in.
func DefaultCatalogue(community ID) *Catalogue {
	c := &Catalogue{CommunityID: community, Note: "初始目录"}
	add := func(category, name string, tier Tier, limits Limits, primary bool, papers ...string) {
		if papers == nil {
			papers = []string{}
		}
		c.Items = append(c.Items, &Service{
			CommunityID: community, Category: category, Name: name, Tier: tier, Limits: limits, Papers: papers,
			Steps: []string{"受理", "首次联系", "办理", "回访"}, Promise: "首问负责、限时办结、办理不收费", CommunityPrimary: primary,
		})
	}
	add("safety", "安全隐患", TierCommunity, emergencyLimits, true)
	add("utilities", "水电气热", TierCommunity, utilityLimits, false)
	add("sanitation", "环境卫生", TierGrid, ordinaryLimits, true)
	add("property", "物业服务", TierGrid, ordinaryLimits, false)
	add("facilities", "公共设施维修", TierGrid, ordinaryLimits, false)
	add("parking", "停车秩序", TierGrid, ordinaryLimits, false)
	add("neighbours", "邻里纠纷", TierGrid, ordinaryLimits, true)
	add("papers", "证明与证件代办", TierCommunity, ordinaryLimits, true, "身份证复印件", "户口簿复印件", "本人签字的申请")
	add("migrants", "外来人员服务", TierCommunity, ordinaryLimits, true, "身份证复印件", "租房合同")
	add("welfare", "社会救助", TierCommunity, complexLimits, true, "身份证复印件", "户口簿复印件", "收入证明", "本人签字的申请")
	add("building", "违法建设", TierStreet, complexLimits, false)
	add("suggestion", "意见建议", TierGrid, ordinaryLimits, true)
	add("other", "其他", TierGrid, ordinaryLimits, true)
	return c
}

// Passes fails with ErrMatterUnit unless an organisation acts, and with ErrMatterCommittee for the committee when the
// service is not on the list of its duties.
func (s *Service) Passes(to *Organisation) error {
	switch {
	case to == nil || !to.Active:
		return ErrMatterUnit
	case to.Kind == KindResidentsCommittee && !s.CommunityPrimary:
		return ErrMatterCommittee
	}
	return nil
}

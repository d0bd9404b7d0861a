package model

import (
	"math"
	"slices"
	"strings"
)

// PointKind says what a service point is.
type PointKind string

// The kinds of service point.
const (
	PointCentre    PointKind = "service_centre" // 党群服务中心
	PointNeighbour PointKind = "good_neighbour" // 互助户治睦邻点
	PointReception PointKind = "reception_room" // 党员会客室
	PointOther     PointKind = "other"
)

// PointKinds lists every kind.
func PointKinds() []PointKind {
	return []PointKind{PointCentre, PointNeighbour, PointReception, PointOther}
}

// ServicePoint (服务点、睦邻点) is a place of a community where something is done for people, at its hours.
type ServicePoint struct {
	ID           ID `json:"id"`
	Place        `gorm:"embedded"`
	NodeID       ID        `json:"unit_id"`
	NodeKind     NodeKind  `json:"unit_kind"`
	Kind         PointKind `json:"kind"`
	Name         string    `json:"name"`
	Address      string    `json:"address"`
	Services     []string  `gorm:"serializer:json" json:"services"`
	Hours        []Slot    `gorm:"serializer:json" json:"hours"`
	OpenHolidays bool      `json:"open_on_holidays"` // else closed where the calendar has a day off
	Located      bool      `json:"-"`
	Lat          int64     `json:"-"` // millionths of a degree
	Lng          int64     `json:"-"`
	Active       bool      `json:"active"`
	Version      int64     `json:"version"`
	CreatedAt    Instant   `json:"created_at"`
	UpdatedAt    Instant   `json:"-"`

	Position *FenceCenter `gorm:"-" json:"position,omitempty"`
	OpenNow  bool         `gorm:"-" json:"open_now"`
	Near     *Nearness    `gorm:"-" json:"near,omitempty"`
}

// TableName implements gorm's Tabler.
func (ServicePoint) TableName() string { return "service_point" }

// Validate trims what was written of a point and checks it. It fails with ErrInvalid.
func (p *ServicePoint) Validate() error {
	p.Name, p.Address = strings.TrimSpace(p.Name), strings.TrimSpace(p.Address)
	switch {
	case !slices.Contains(PointKinds(), p.Kind):
		return ErrInvalid.Saying("没有这种服务点", "There is no such kind of service point.")
	case p.NodeKind == KindHousehold:
		return ErrInvalid.Saying("服务点不能是一户人家", "A household is no service point.")
	case !within(p.Name, 1, 50) || !within(p.Address, 1, 100):
		return ErrInvalid.Saying("请写明名称（50 字以内）和地址（100 字以内）", "A point has a name of at most 50 and an address of at most 100 characters.")
	case len(p.Services) > 20 || slices.ContainsFunc(p.Services, func(s string) bool { return !within(strings.TrimSpace(s), 1, 30) }):
		return ErrInvalid.Saying("服务项目最多 20 项，每项 1 到 30 个字", "There are at most 20 services of 1 to 30 characters.")
	case len(p.Hours) > 21:
		return ErrInvalid.Saying("开放时间最多 21 段", "There are at most 21 opening hours.")
	}
	if p.Services == nil {
		p.Services = []string{}
	}
	if p.Hours == nil {
		p.Hours = []Slot{}
	}
	for i, s := range p.Hours {
		from, to, ok := s.span()
		if !ok || slices.ContainsFunc(p.Hours[:i], func(x Slot) bool {
			f, t, _ := x.span()
			return x.Weekday == s.Weekday && from < t && f < to
		}) {
			return ErrInvalid.Saying("开放时间应为周几的几点到几点，同一天不能重叠", "Hours are of a weekday, end after they begin and do not overlap.")
		}
	}
	return nil
}

// Locate sets where the point is, nil for nowhere known. It fails with ErrInvalid.
func (p *ServicePoint) Locate(at *Position) error {
	p.Located, p.Lat, p.Lng = false, 0, 0
	if at == nil {
		return nil
	}
	lat, lng, err := at.fixed()
	p.Located, p.Lat, p.Lng = err == nil, lat, lng
	return err
}

// fixed returns a position in millionths of a degree. It fails with ErrInvalid for what is not on earth.
func (p Position) fixed() (lat, lng int64, err error) {
	if !p.Valid() {
		return 0, 0, ErrInvalid.Saying("经纬度不正确", "This is no position on earth.")
	}
	return int64(math.Round(p.Lat * millionths)), int64(math.Round(p.Lng * millionths)), nil
}

// Open reports whether the point is open at a moment.
func (p *ServicePoint) Open(calendar Calendar, at Instant) bool {
	day := calendar.On(at.Day())
	if !p.Active || !p.OpenHolidays && !day.Working && day.Source != FromWeek {
		return false
	}
	return slices.ContainsFunc(p.Hours, func(s Slot) bool {
		from, to, ok := s.span()
		weekday := (int(at.Time().Weekday())+6)%7 + 1
		midnight := at.Day().Start()
		return ok && s.Weekday == weekday && midnight.Add(from) <= at && at < midnight.Add(to)
	})
}

// Shown completes a point for its readers.
func (p *ServicePoint) Shown(calendar Calendar, now Instant) {
	if p.OpenNow = p.Open(calendar, now); p.Located {
		p.Position = &FenceCenter{float64(p.Lat) / millionths, float64(p.Lng) / millionths}
	}
}

// BuildingPosition is where a building stands, as far as an administrator set it.
type BuildingPosition struct {
	NodeID      ID      `gorm:"primaryKey;autoIncrement:false" json:"unit_id"`
	CommunityID ID      `json:"-"`
	Lat         int64   `json:"-"`
	Lng         int64   `json:"-"`
	UpdatedBy   ID      `json:"-"`
	UpdatedAt   Instant `json:"updated_at"`

	Position FenceCenter `gorm:"-" json:"position"`
}

// TableName implements gorm's Tabler.
func (BuildingPosition) TableName() string { return "building_position" }

// NewBuildingPosition puts a building somewhere. It fails with ErrInvalid.
func NewBuildingPosition(building *Node, at Position, by ID, now Instant) (*BuildingPosition, error) {
	if building.Kind != KindBuilding {
		return nil, ErrInvalid.Saying("只有楼栋有位置", "Only buildings have a position.")
	}
	lat, lng, err := at.fixed()
	if err != nil {
		return nil, err
	}
	return &BuildingPosition{
		NodeID: building.ID, CommunityID: building.CommunityID, Lat: lat, Lng: lng, UpdatedBy: by, UpdatedAt: now,
		Position: FenceCenter{float64(lat) / millionths, float64(lng) / millionths},
	}, nil
}

const (
	// CircleMinutes is how far the circle goes (10分钟党建服务圈).
	CircleMinutes = 10
	// metresPerMinute is how fast somebody walks, and detour how much longer the way is than a straight line.
	metresPerMinute, detour = 80.0, 1.3
)

// Nearness tells how far a point is from a home.
type Nearness struct {
	Shares    NodeKind `json:"shares,omitzero" doc:"与家共有的最低一级：unit、building、grid、area、community"`
	Minutes   int      `json:"walk_minutes,omitzero" doc:"步行约几分钟，至少 1；没有坐标时不填"`
	Estimated bool     `json:"estimated" doc:"true：按直线距离乘 1.3、每分钟 80 米估算，不是导航路线"`
	Within    bool     `json:"within" doc:"是否在十分钟服务圈内；没有坐标时，同一网格内即算"`
}

// From tells how far the point is from a home whose building may stand somewhere known.
func (p *ServicePoint) From(home Place, building *BuildingPosition) *Nearness {
	n := &Nearness{Shares: home.Distance(p.Place)}
	if building == nil || !p.Located {
		n.Within = slices.Contains([]NodeKind{KindHousehold, KindUnit, KindBuilding, KindGrid}, n.Shares)
		return n
	}
	line := (&Fence{Lat: p.Lat, Lng: p.Lng}).distance(Position{float64(building.Lat) / millionths, float64(building.Lng) / millionths})
	n.Minutes, n.Estimated = max(1, int(math.Ceil(line*detour/metresPerMinute))), true
	n.Within = n.Minutes <= CircleMinutes
	return n
}

// ServiceCircle (10分钟党建服务圈) is what is around the caller's home, the nearest first.
type ServiceCircle struct {
	Minutes   int             `json:"minutes"`
	Estimate  string          `json:"estimate"`
	HomeKnown bool            `json:"home_located" doc:"家所在的楼栋有没有坐标"`
	Within    int             `json:"within"`
	Items     []*ServicePoint `json:"items"`
}

// CircleNote says what the minutes of a circle are.
const CircleNote = "步行时间按直线距离乘 1.3、每分钟 80 米估算，仅供参考"

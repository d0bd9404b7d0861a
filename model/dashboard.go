package model

// DashboardTier is a level of government with a dashboard of its own.
type DashboardTier string

// The tiers.
const (
	DashboardGrid      DashboardTier = "grid"
	DashboardArea      DashboardTier = "area"
	DashboardCommunity DashboardTier = "community"
	DashboardStreet    DashboardTier = "street"
)

// Dashboard (看板) is what stands in the rows of a part of the tree, counted.
type Dashboard struct {
	Tier    DashboardTier `json:"tier"`
	Unit    NodeRef       `json:"unit"`
	Month   string        `json:"month" doc:"本月，如 2026-11"`
	AsOf    Instant       `json:"as_of"`
	Figures []*Figure     `json:"figures"`
}

// Figure is one count of a dashboard.
type Figure struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Value int64  `json:"value"`
}

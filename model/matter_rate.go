package model

import (
	"math"
	"slices"
	"strconv"
)

// RateMeasure is one of the rates by which the handling of matters is looked at (三率).
type RateMeasure string

// The measures: contacted within the limit (响应率), solved (解决率), satisfied (满意率), and solved without leaving the tier at
// which the matter began.
const (
	RateResponse     RateMeasure = "response"
	RateResolution   RateMeasure = "resolution"
	RateSatisfaction RateMeasure = "satisfaction"
	RateWithinTier   RateMeasure = "within_tier"
)

// RateMeasures lists every measure.
func RateMeasures() []RateMeasure {
	return []RateMeasure{RateResponse, RateResolution, RateSatisfaction, RateWithinTier}
}

// RateBy says what rates are compared by.
type RateBy string

// What rates are compared by.
const (
	ByTier         RateBy = "tier"
	ByGrid         RateBy = "grid"
	ByOrganisation RateBy = "organisation"
	ByCategory     RateBy = "category"
)

// RateBys lists what rates are compared by.
func RateBys() []RateBy { return []RateBy{ByTier, ByGrid, ByOrganisation, ByCategory} }

// RatePart says which rows of a measure a list shows.
type RatePart string

// The parts.
const (
	RateNumerator   RatePart = "numerator"
	RateDenominator RatePart = "denominator"
)

// RateGroup is one line of a comparison: matters of a tier, a grid, a unit or a category, named by a key.
type RateGroup struct {
	By  RateBy
	Key string
}

// Value returns the key as rows have it. It fails with ErrInvalid when there can be no such line.
func (g RateGroup) Value() (any, error) {
	switch {
	case g.By == ByCategory && g.Key != "":
		return g.Key, nil
	case g.By == ByTier && slices.Contains(Tiers(), Tier(g.Key)):
		return g.Key, nil
	case g.By == ByGrid || g.By == ByOrganisation:
		if id, err := strconv.ParseInt(g.Key, 10, 64); err == nil {
			return id, nil
		}
	}
	return nil, ErrInvalid.Saying("参数 by 和 key 应同时填写，key 取自三率表的同名字段", "by and key come together; a key is one of the report.")
}

// Rate is a rate as it was counted.
type Rate struct {
	Numerator   int64    `json:"numerator"`
	Denominator int64    `json:"denominator"`
	Percent     *float64 `json:"percent" nullable:"true" doc:"百分比，两位小数；分母为零时为 null"`
}

// RateOf returns the rate of two counts; without a denominator there is none.
func RateOf(numerator, denominator int64) Rate {
	r := Rate{Numerator: numerator, Denominator: denominator}
	if denominator != 0 {
		percent := hundredths(100 * float64(numerator) / float64(denominator))
		r.Percent = &percent
	}
	return r
}

func hundredths(x float64) float64 { return math.Round(x*100) / 100 }

// RateTrend is a rate beside that of the month before.
type RateTrend struct {
	Rate
	Before Rate     `json:"before" doc:"上月"`
	Change *float64 `json:"change" nullable:"true" doc:"比上月增减的百分点；任一个月没有时为 null"`
}

// TrendOf compares two months.
func TrendOf(now, before Rate) RateTrend {
	t := RateTrend{Rate: now, Before: before}
	if now.Percent != nil && before.Percent != nil {
		change := hundredths(*now.Percent - *before.Percent)
		t.Change = &change
	}
	return t
}

// RateLine has all rates of one group.
type RateLine struct {
	Key          string    `json:"key" doc:"层级、网格编号、单位编号（0 为没有派给单位的）或类别"`
	Name         string    `json:"name"`
	Response     RateTrend `json:"response" doc:"响应率"`
	Resolution   RateTrend `json:"resolution" doc:"解决率"`
	Satisfaction RateTrend `json:"satisfaction" doc:"满意率"`
	WithinTier   RateTrend `json:"within_tier" doc:"未出本层级的解决率，按起始层级"`
}

// Of returns the place of a measure in the line.
func (l *RateLine) Of(m RateMeasure) *RateTrend {
	switch m {
	case RateResolution:
		return &l.Resolution
	case RateSatisfaction:
		return &l.Satisfaction
	case RateWithinTier:
		return &l.WithinTier
	}
	return &l.Response
}

// RateReport (三率) is how matters that were closed in a month were handled, beside the month before.
type RateReport struct {
	Month Month       `json:"month"`
	By    RateBy      `json:"by" enum:"tier,grid,organisation,category"`
	Total RateLine    `json:"total"`
	Items []*RateLine `json:"items"`
}

// RateEntry is one row that a rate counts: a matter, or for the response one of its dispatches.
type RateEntry struct {
	ID             ID      `json:"id" doc:"事项；响应率为派单，没有派单时为事项"`
	MatterID       ID      `json:"matter_id"`
	Title          string  `json:"title"`
	Category       string  `json:"category"`
	Tier           Tier    `json:"tier" enum:"grid,community,street"`
	GridID         ID      `json:"grid_id,omitzero"`
	OrganisationID ID      `json:"organisation_id,omitzero"`
	ClosedAt       Instant `json:"closed_at"`
	Counts         bool    `json:"counts" doc:"计入分子"`
}

package model

import "time"

// FourClear (四清) says what of a household is known, and what is missing. Conduct (现实表现) is kept to whether somebody was
// there to ask what is needed.
type FourClear struct {
	Numbers Clarity `json:"numbers" doc:"底数清：成员、联系电话、出生年份"`
	Facts   Clarity `json:"facts" doc:"情况清：户别、居住情况"`
	Conduct Clarity `json:"conduct" doc:"表现清（仅限服务需要）：按期走访过"`
	Needs   Clarity `json:"needs" doc:"需求清：记录了需求，或问过没有需求"`
}

// Clarity is whether one of the four is known.
type Clarity struct {
	Clear   bool     `json:"clear"`
	Missing []string `json:"missing" enum:"members,phone,birth,kind,occupancy,visit,needs"`
}

// Complete reports whether all four are known.
func (c FourClear) Complete() bool {
	return c.Numbers.Clear && c.Facts.Clear && c.Conduct.Clear && c.Needs.Clear
}

// DefaultVisitDays is how often a household is visited whose flags ask for nothing.
const DefaultVisitDays = 365

// Known is what rows say of a household.
type Known struct {
	Household *Household // nil when nobody wrote anything
	Members   []*Member
	LastVisit Instant
	EveryDays int // how often it is to be visited
	Needs     int // notes of that kind
}

// Clear derives what is known, and what is missing. An empty home has nobody to know.
func (k Known) Clear(now Instant) FourClear {
	h := k.Household
	if h == nil {
		h = &Household{}
	}
	var c FourClear
	empty := h.Occupancy == OccupancyEmpty && len(k.Members) == 0
	phone, births := false, 0
	for _, m := range k.Members {
		phone = phone || m.Phone != ""
		if m.BirthYear > 0 {
			births++
		}
	}
	c.Numbers = clarity(map[string]bool{
		"members": empty || len(k.Members) > 0,
		"phone":   empty || phone,
		"birth":   empty || len(k.Members) > 0 && births == len(k.Members),
	}, "members", "phone", "birth")
	c.Facts = clarity(map[string]bool{"kind": h.Kind != "", "occupancy": h.Occupancy != ""}, "kind", "occupancy")
	c.Conduct = clarity(map[string]bool{"visit": k.LastVisit != 0 && now < VisitDue(k.LastVisit, k.EveryDays)}, "visit")
	c.Needs = clarity(map[string]bool{"needs": empty || h.NoNeeds || k.Needs > 0}, "needs")
	return c
}

// VisitDue returns when the visit after one is due.
func VisitDue(last Instant, days int) Instant {
	if days <= 0 {
		days = DefaultVisitDays
	}
	return last.Add(time.Duration(days) * 24 * time.Hour)
}

func clarity(known map[string]bool, order ...string) Clarity {
	c := Clarity{Missing: []string{}}
	for _, what := range order {
		if !known[what] {
			c.Missing = append(c.Missing, what)
		}
	}
	c.Clear = len(c.Missing) == 0
	return c
}

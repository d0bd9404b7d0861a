package assignment

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

const (
	// Forbidden is the cost of a pair that must not be.
	Forbidden int32 = math.MaxInt32

	// NoLimit is the quota of a volunteer or a grid that has none.
	NoLimit = math.MaxInt

	// Most is how many visits, volunteers or grids a problem may have. It is then solved within minutes, and
	// no sum of costs overflows.
	Most = 5000
)

var (
	// ErrTooLarge is wrapped by what Solve says of a problem with more than Most of anything.
	ErrTooLarge = errors.New("the assignment is too large")

	// ErrInvalid is wrapped by what Solve says of a problem that contradicts itself.
	ErrInvalid = errors.New("the assignment is not well put")
)

// Problem asks who makes which visit. Visits, volunteers and grids are named by their index.
type Problem struct {
	Visits     []Visit
	Volunteers []Volunteer
	Grids      []Grid
}

// Visit is one visit to be made, in a grid.
type Visit struct {
	Grid  int
	Costs []int32 // by volunteer, 0 or more, or Forbidden
}

// Volunteer is someone who makes at most Quota visits.
type Volunteer struct{ Quota int }

// Grid is a grid of whose visits at most Quota are made in this round.
type Grid struct{ Quota int }

func (p *Problem) validate() error {
	if size := max(len(p.Visits), len(p.Volunteers), len(p.Grids)); size > Most {
		return fmt.Errorf("%w: %d visits, %d volunteers, %d grids, at most %d of each",
			ErrTooLarge, len(p.Visits), len(p.Volunteers), len(p.Grids), Most)
	}
	for i, v := range p.Volunteers {
		if v.Quota < 0 {
			return fmt.Errorf("%w: volunteer %d has the quota %d", ErrInvalid, i, v.Quota)
		}
	}
	for i, g := range p.Grids {
		if g.Quota < 0 {
			return fmt.Errorf("%w: grid %d has the quota %d", ErrInvalid, i, g.Quota)
		}
	}
	for i := range p.Visits {
		if err := p.validateVisit(i); err != nil {
			return err
		}
	}
	return nil
}

func (p *Problem) validateVisit(i int) error {
	visit := p.Visits[i]
	switch {
	case visit.Grid < 0 || visit.Grid >= len(p.Grids):
		return fmt.Errorf("%w: visit %d is in grid %d of %d", ErrInvalid, i, visit.Grid, len(p.Grids))
	case len(visit.Costs) != len(p.Volunteers):
		return fmt.Errorf("%w: visit %d has %d costs for %d volunteers", ErrInvalid, i, len(visit.Costs), len(p.Volunteers))
	}
	if v := slices.IndexFunc(visit.Costs, func(cost int32) bool { return cost < 0 }); v >= 0 {
		return fmt.Errorf("%w: visit %d costs %d with volunteer %d", ErrInvalid, i, visit.Costs[v], v)
	}
	return nil
}

func allowed(cost int32) bool { return cost != Forbidden }

// worth is what one visit is worth: more than all visits together can cost.
func (p *Problem) worth() int64 { return int64(len(p.Visits)) * int64(Forbidden) }

package register_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/register"
)

// TestHiddenCellsMakeNoDifference draws random worlds twice, with other numbers in the cells that are hidden: who may not
// know the households must be told the very same, so that nothing, no total either, says what is in them.
func TestHiddenCellsMakeNoDifference(t *testing.T) {
	seed := testworld.Seed(t)
	random := rand.New(rand.NewPCG(seed, 2))
	schemes := model.DefaultFlagSchemes(1)
	hidden, shown := 0, 0
	for world := range 2000 {
		var one, other []model.FlagCount
		places := make([]int, 1+random.IntN(6))
		exact := map[model.ID]bool{}
		for p := range places {
			places[p] = random.IntN(30)
			exact[model.ID(p+1)] = random.IntN(4) == 0
			for _, s := range schemes {
				n := random.IntN(places[p] + 1)
				again := n
				if n < model.SmallCell && !exact[model.ID(p+1)] {
					again, hidden = random.IntN(model.SmallCell), hidden+1
				} else {
					shown++
				}
				one = append(one, model.FlagCount{NodeID: model.ID(p + 1), Scheme: s.Code, Count: n})
				other = append(other, model.FlagCount{NodeID: model.ID(p + 1), Scheme: s.Code, Count: again})
			}
		}
		draw := func(counts []model.FlagCount) *model.ColourMap {
			m := &model.ColourMap{}
			for p, homes := range places {
				m.Places = append(m.Places, &model.MapPlace{Node: model.NodeRef{ID: model.ID(p + 1)}, Households: homes})
			}
			m.Fill(schemes, counts, func(_ *model.FlagScheme, place model.ID) bool { return exact[place] })
			return m
		}
		a, b := draw(one), draw(other)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("seed %d, world %d: what is hidden shows", seed, world)
		}
		for k, s := range schemes {
			sum, nothing := 0, 0
			for _, p := range a.Places {
				switch c := p.Cells[k].Count; {
				case c == nil:
					nothing++
				case *c < model.SmallCell && !exact[p.Node.ID], s.High() && *c == p.Households && !exact[p.Node.ID]:
					t.Fatalf("seed %d, world %d: a cell of %d of %d shows", seed, world, *c, p.Households)
				default:
					sum += *c
				}
			}
			if a.Totals[k].Count != sum || a.Totals[k].Hidden != nothing {
				t.Fatalf("seed %d, world %d: %s: total %+v, want %d and %d hidden", seed, world, s.Code, a.Totals[k], sum, nothing)
			}
		}
	}
	if hidden < 1000 || shown < 1000 {
		t.Errorf("%d cells were hidden, %d shown", hidden, shown)
	}
}

// cells returns the counts of a map by building and scheme, -1 where it is hidden.
func cells(m *model.ColourMap) map[string]int {
	found := map[string]int{}
	for _, p := range m.Places {
		for _, c := range p.Cells {
			n := -1
			if c.Count != nil {
				n = *c.Count
			}
			found[p.Node.Name+" "+c.Scheme] = n
		}
	}
	return found
}

func TestTheMapOfEachReader(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		for i := range 5 { // of six in the first building
			d.flagged(i, "red")
			d.flagged(i, "blue")
		}
		d.flagged(5, "yellow")
		for i := 6; i < 12; i++ { // all of the second
			d.flagged(i, "blue")
			d.flagged(i, "red")
		}
		d.flagged(12, "red")
		for _, c := range []struct {
			name    string
			who     model.Actor
			purpose string
			want    map[string]int
		}{
			{"the street", d.Holder(model.RoleStreetOfficer), "", map[string]int{"1幢 red": 5, "1幢 blue": 5, "1幢 yellow": -1, "2幢 red": 6, "2幢 blue": -1, "3幢 red": -1}},
			{"the street for a purpose", d.Holder(model.RoleStreetOfficer), "看看", map[string]int{"1幢 yellow": -1, "2幢 blue": -1, "3幢 red": -1}},
			{"an auditor", d.Holder(model.RoleAuditor), "", map[string]int{"1幢 yellow": -1, "3幢 red": -1}},
			{"the worker", d.worker, "", map[string]int{"1幢 red": 5, "1幢 blue": 5, "1幢 yellow": 1}},
			{"an admin", d.admin, "", map[string]int{"1幢 yellow": 1, "2幢 blue": -1, "3幢 red": 1, "3幢 yellow": 0, "3幢 blue": -1}},
			{"an admin for a purpose", d.admin, "核对", map[string]int{"2幢 blue": 6, "3幢 blue": 0}},
		} {
			m, err := d.Map(ctx, c.who, register.MapQuery{Purpose: c.purpose})
			d.given(err)
			got := cells(m)
			for cell, want := range c.want {
				if got[cell] != want {
					t.Errorf("%s: %s is %d, want %d", c.name, cell, got[cell], want)
				}
			}
		}
		m, err := d.Map(ctx, d.worker, register.MapQuery{})
		if err != nil || len(m.Places) != 1 {
			t.Errorf("the worker sees %d buildings, %v", len(m.Places), err)
		}
		m, err = d.Map(ctx, d.worker, register.MapQuery{By: model.KindUnit})
		if err != nil || len(m.Places) != 1 || m.Places[0].Node.Name != "1单元" || m.Places[0].Building.Name != "1幢" {
			t.Errorf("by unit: %+v, %v", m, err)
		}
		_, err = d.Map(ctx, d.Holder(model.RoleStreetOfficer), register.MapQuery{By: model.KindUnit})
		wantErr(t, "units for the street", err, model.ErrForbidden)
		_, err = d.Map(ctx, d.Resident(0), register.MapQuery{})
		wantErr(t, "a resident", err, model.ErrForbidden)
		_, err = d.Map(ctx, d.admin, register.MapQuery{By: model.KindHousehold})
		wantErr(t, "by household", err, model.ErrInvalid)
		if reads := d.reads(ctx); len(reads) != 2 || reads[0].What != model.ReadMap {
			t.Errorf("%d reads of the map", len(reads))
		}
		d.clock = model.FlagExpiry(d.clock) // all are over
		m, err = d.Map(ctx, d.admin, register.MapQuery{Purpose: "核对"})
		d.given(err)
		for _, total := range m.Totals {
			if total.Count != 0 {
				t.Errorf("flags that are over count: %+v", total)
			}
		}
	})
}

func TestThePictureIsWellFormed(t *testing.T) {
	n := 7
	m := &model.ColourMap{By: "building", Minimum: 5}
	for i := range 9 {
		m.Places = append(m.Places, &model.MapPlace{Node: model.NodeRef{Name: fmt.Sprintf("%d幢<script>&\"", i)}, Households: 30})
	}
	m.Fill(model.DefaultFlagSchemes(1), []model.FlagCount{{NodeID: 0, Scheme: "red", Count: n}}, func(*model.FlagScheme, model.ID) bool { return false })
	text := string(register.Draw(m))
	for dec := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"党员户", "困难户", "出租户/空关户", "7 户", "—", "&lt;script&gt;"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in the picture", want)
		}
	}
	if strings.Contains(text, "<script") {
		t.Error("a name is markup")
	}
}

package roster

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

func (b *reader) readBuilding(l *line) {
	name, ok := building(l.text[fieldBuilding])
	if !ok {
		b.bad(l, fieldBuilding, "看不出是哪一幢")
		return
	}
	b.listed = true
	h := b.needBuilding(name)
	if !b.place(h, l) {
		return
	}
	units := l.text[fieldUnits]
	if units == "" {
		units = l.text[fieldUnit]
	}
	for _, u := range unitList(units) {
		if !slices.Contains(h.Units, u) {
			h.Units = append(h.Units, u)
		}
	}
}

// unitList reads 3, 1-3, or 1单元、2单元.
func unitList(s string) []string {
	text := upper(s)
	if first, last, ok := strings.Cut(strings.ReplaceAll(strings.TrimSuffix(text, "单元"), "~", "-"), "-"); ok {
		from, err1 := strconv.Atoi(strings.TrimSuffix(first, "单元"))
		to, err2 := strconv.Atoi(last)
		if err1 == nil && err2 == nil && from <= to && to <= 50 {
			return numbered(from, to)
		}
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(text, "个单元")); err == nil && n <= 50 {
		return numbered(1, n)
	}
	var units []string
	for _, w := range words(s) {
		if u, ok := unit(w); ok {
			units = append(units, u)
		}
	}
	return units
}

func numbered(from, to int) []string {
	var units []string
	for n := from; n <= to; n++ {
		units = append(units, strconv.Itoa(n)+"单元")
	}
	return units
}

func (b *reader) needBuilding(name string) *Building {
	h := b.buildings[name]
	if h == nil {
		h = &Building{Name: name}
		b.buildings[name] = h
		b.book.Buildings = append(b.book.Buildings, h)
	}
	return h
}

// place notes the area and the grid of a building, where the row tells them and nothing did before. A row
// that tells others is of another building of the name, or wrong: it is left out.
func (b *reader) place(h *Building, l *line) bool {
	area, grid := plain(l.text[fieldArea]), plain(l.text[fieldGrid])
	for _, c := range []struct {
		field     Field
		had, told string
	}{{fieldArea, h.Area, area}, {fieldGrid, h.Grid, grid}} {
		if c.had != "" && c.told != "" && NameKey(c.had) != NameKey(c.told) {
			b.bad(l, c.field, h.Name+"已经在「"+c.had+"」；如果是另一幢同名的楼，请在楼栋名前加上小区名")
			return false
		}
	}
	if h.Area == "" && area != "" || h.Grid == "" && grid != "" {
		if h.Area, h.Grid = cmp.Or(h.Area, area), cmp.Or(h.Grid, grid); h.Grid != "" {
			h.Grid = b.needGrid(h.Area, h.Grid).Name
		}
	}
	return true
}

func (b *reader) needGrid(area, name string) *Grid {
	for _, g := range b.book.Grids {
		// Who names the grid alone means the one of that name.
		if NameKey(g.Name) == NameKey(name) && (area == "" || g.Area == "" || NameKey(g.Area) == NameKey(area)) {
			if g.Area == "" {
				g.Area = area
			}
			return g
		}
	}
	g := &Grid{Area: area, Name: name}
	b.book.Grids = append(b.book.Grids, g)
	return g
}

func (b *reader) readGrid(l *line) {
	name := plain(l.text[fieldGrid])
	if name == "" {
		b.bad(l, fieldGrid, "缺少网格名称")
		return
	}
	g := b.needGrid(plain(l.text[fieldArea]), name)
	if worker, ok := personName(l.text[fieldWorker]); ok {
		g.Worker = worker
	} else if l.text[fieldWorker] != "" {
		b.bad(l, fieldWorker, "姓名中不能有数字和符号")
	}
	at := fieldWorkerPhone
	if l.text[at] == "" {
		at = fieldPhone
	}
	g.WorkerPhone = b.phoneOf(l, at)
}

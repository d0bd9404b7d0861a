package roster

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

// Options say how to read.
type Options struct {
	Map  []string // column=field or sheet!column=field, for columns of other names
	Year int      // the current one, up to which people are born; 0: of the clock
}

// The limits of a file.
const (
	maxFile  = 20 << 20
	maxUnzip = 200 << 20
	maxRows  = 200_000
)

// Read understands a roster. It fails with ErrInvalid when the file is no xlsx, is too large, or has no
// sheet that could be understood; a bad cell is no failure but an issue.
func Read(r io.Reader, o Options) (*Book, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	if len(content) > maxFile {
		return nil, model.ErrInvalid.Saying("文件超过 20 MiB", "The file is over 20 MiB.")
	}
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: maxUnzip})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrInvalid.Saying("不是可以读取的 xlsx 文件", "This is no xlsx file."), err)
	}
	defer func() { _ = file.Close() }()
	mapped, err := parseMap(o.Map)
	if err != nil {
		return nil, err
	}
	if o.Year == 0 {
		o.Year = time.Now().Year()
	}
	b := newReader(o.Year)
	var tables []*table
	for _, name := range file.GetSheetList() {
		t, err := readTable(file, name, mapped)
		if err != nil {
			return nil, err
		}
		b.book.Sheets = append(b.book.Sheets, &t.Sheet)
		tables = append(tables, t)
	}
	// Buildings first: what they list is what doors are held against.
	for _, kind := range []string{kindBuildings, kindGrids, kindHouseholds, kindResidents} {
		for _, t := range tables {
			if t.Kind == kind {
				b.readRows(t)
			}
		}
	}
	if !slices.ContainsFunc(b.book.Sheets, func(s *Sheet) bool { return s.Kind != "" }) {
		return nil, model.ErrInvalid.Saying("没有看懂任何工作表：找不到姓名、楼栋、房号等表头", "No sheet has headers that are understood.")
	}
	return b.book, nil
}

// parseMap reads column=field. It fails with ErrInvalid on an unknown field.
func parseMap(pairs []string) (map[string]Field, error) {
	mapped := map[string]Field{}
	for _, pair := range pairs {
		column, field, ok := strings.Cut(pair, "=")
		if f := Field(strings.TrimSpace(field)); !ok || !f.known() {
			var names []string
			for _, s := range synonyms() {
				names = append(names, string(s.field)+"（"+s.names[0]+"）")
			}
			return nil, model.ErrInvalid.Saying("--map 应为 列名=字段，字段有："+strings.Join(names, "、"), "--map takes column=field.")
		}
		mapped[strings.TrimSpace(column)] = Field(strings.TrimSpace(field))
	}
	return mapped, nil
}

// table is a sheet's cells as they are stored, with merged cells filled.
type table struct {
	Sheet
	rows   [][]string
	merged map[[2]int]bool // cells that repeat the first of a merge
}

func readTable(file *excelize.File, name string, mapped map[string]Field) (*table, error) {
	t := &table{Sheet: Sheet{Name: name}, merged: map[[2]int]bool{}}
	rows, err := file.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("read sheet %s: %w", name, err)
	}
	if len(rows) > maxRows {
		return nil, model.ErrInvalid.Saying("工作表「"+name+"」超过 200000 行", "A sheet has over 200,000 rows.")
	}
	t.rows = rows
	if err := t.fillMerged(file); err != nil {
		return nil, err
	}
	at, columns := findHeader(name, t.rows, mapped)
	if at < 0 {
		return t, nil
	}
	t.HeaderRow, t.Columns, t.Kind = at+1, columns, sheetKind(columns)
	return t, nil
}

// fillMerged repeats the value of a merge in all its cells.
func (t *table) fillMerged(file *excelize.File) error {
	merges, err := file.GetMergeCells(t.Name)
	if err != nil {
		return fmt.Errorf("read sheet %s: %w", t.Name, err)
	}
	for _, m := range merges {
		c1, r1, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
		c2, r2, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err1 != nil || err2 != nil || c1 > len(t.row(r1-1)) {
			continue
		}
		value := t.rows[r1-1][c1-1]
		for r := r1 - 1; r < min(r2, len(t.rows)); r++ {
			for len(t.rows[r]) < c2 {
				t.rows[r] = append(t.rows[r], "")
			}
			for c := c1 - 1; c < c2; c++ {
				if r != r1-1 || c != c1-1 {
					t.rows[r][c], t.merged[[2]int{r, c}] = value, true
				}
			}
		}
	}
	return nil
}

func (t *table) row(r int) []string {
	if r < 0 || r >= len(t.rows) {
		return nil
	}
	return t.rows[r]
}

// line is one row of a table, by field.
type line struct {
	t    *table
	row  int // from 0
	text map[Field]string
	at   map[Field]int // column
}

func (t *table) line(r int) *line {
	l := &line{t: t, row: r, text: map[Field]string{}, at: map[Field]int{}}
	for c, column := range t.Columns {
		if column.Field == "" {
			continue
		}
		l.at[column.Field] = c
		if c < len(t.rows[r]) {
			l.text[column.Field] = strings.TrimSpace(t.rows[r][c])
		}
	}
	return l
}

// own returns a cell's text unless it is repeated from a merge.
func (l *line) own(f Field) string {
	if l.t.merged[[2]int{l.row, l.at[f]}] {
		return ""
	}
	return l.text[f]
}

func (l *line) empty() bool {
	for _, text := range l.text {
		if text != "" {
			return false
		}
	}
	return true
}

// reader gathers a book.
type reader struct {
	book       *Book
	year       int
	buildings  map[string]*Building
	listed     bool // a sheet lists the buildings
	households map[Door]*Household
	people     map[personKey]*Resident
	byPhone    map[[2]string]*Resident
	last       Door
}

type personKey struct {
	door Door
	name string
}

func newReader(year int) *reader {
	return &reader{
		book: &Book{}, year: year, buildings: map[string]*Building{},
		households: map[Door]*Household{}, people: map[personKey]*Resident{}, byPhone: map[[2]string]*Resident{},
	}
}

func (b *reader) readRows(t *table) {
	b.last = Door{}
	for r := t.HeaderRow; r < len(t.rows); r++ {
		l := t.line(r)
		if l.empty() {
			continue
		}
		t.Rows++
		if !b.measure(l) {
			b.last = Door{}
			continue
		}
		switch t.Kind {
		case kindBuildings:
			b.readBuilding(l)
		case kindGrids:
			b.readGrid(l)
		case kindHouseholds:
			b.readHousehold(l)
		case kindResidents:
			b.readResident(l)
		}
	}
}

// The lengths that are kept, in characters.
const (
	maxCell = 60
	maxWord = model.MaxSkill // of a cell that lists several
	maxList = 20
)

// measure leaves out cells that are too long to be what their column says. It is false when the row's
// address is one of them: then nobody knows whose the row is.
func (b *reader) measure(l *line) bool {
	ok := true
	for _, c := range l.t.Columns {
		text := l.text[c.Field]
		long := utf8.RuneCountInString(text) > maxCell
		switch c.Field {
		case fieldSkills, fieldFlags, fieldKind:
			found := words(text)
			long = len(found) > maxList || slices.ContainsFunc(found, func(w string) bool { return utf8.RuneCountInString(w) > maxWord })
		case fieldIDCard:
			continue
		}
		if long {
			b.issue(l, c.Field, Bad, string([]rune(text)[:maxWord])+"…", "内容太长")
			l.text[c.Field] = ""
			ok = ok && !slices.Contains([]Field{fieldAddress, fieldBuilding, fieldUnit, fieldDoor}, c.Field)
		}
	}
	return ok
}

func (b *reader) issue(l *line, f Field, s Severity, value, reason string) {
	cell, _ := excelize.CoordinatesToCellName(l.at[f]+1, l.row+1)
	b.book.Issues = append(b.book.Issues, Issue{l.t.Name, cell, value, reason, s})
}

func (b *reader) bad(l *line, f Field, reason string) { b.issue(l, f, Bad, l.text[f], reason) }

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

// phoneOf reads a phone and tells what is wrong with it.
func (b *reader) phoneOf(l *line, f Field) string {
	if l.text[f] == "" {
		return ""
	}
	number, reason, ok := phone(l.text[f])
	switch {
	case !ok:
		b.bad(l, f, reason)
	case reason != "":
		b.issue(l, f, Fixed, l.text[f], reason)
	}
	return number
}

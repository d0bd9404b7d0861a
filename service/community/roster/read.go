package roster

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

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
	if err := allThere(mapped, tables); err != nil {
		return nil, err
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
		return nil, notUnderstood(tables)
	}
	return b.book, nil
}

// notUnderstood shows what the sheets begin with, so that --map can name their columns.
func notUnderstood(tables []*table) error {
	const rows, cells = 3, 12
	var seen []string
	for _, t := range tables {
		for r := range min(rows, len(t.rows)) {
			texts := slices.DeleteFunc(slices.Clone(t.rows[r]), func(s string) bool { return plain(s) == "" })
			if texts = texts[:min(cells, len(texts))]; len(texts) > 0 {
				seen = append(seen, "「"+t.Name+"」第"+fmt.Sprint(r+1)+"行："+oneLine(strings.Join(texts, "、")))
			}
		}
	}
	return model.ErrInvalid.Saying("没有看懂任何工作表：找不到姓名、楼栋、房号等表头，可用 --map 列名=字段 指定。看到的是："+strings.Join(seen, "；"),
		"No sheet has headers that are understood; name them by --map column=field.")
}

// allThere fails with ErrInvalid on a column of --map that no sheet has.
func allThere(mapped map[string]Field, tables []*table) error {
	for column := range mapped {
		named := func(t *table) bool {
			return slices.ContainsFunc(t.Columns, func(c Column) bool { return column == plain(c.Header) || column == plain(t.Name+"!"+c.Header) })
		}
		if !slices.ContainsFunc(tables, named) {
			return model.ErrInvalid.Saying("--map 中的列「"+column+"」不在任何工作表的表头中", "A column of --map is in no sheet.")
		}
	}
	return nil
}

// parseMap reads column=field. It fails with ErrInvalid on an unknown field.
func parseMap(pairs []string) (map[string]Field, error) {
	mapped := map[string]Field{}
	for _, pair := range pairs {
		at := strings.LastIndex(pair, "=")
		column, field := pair[:max(at, 0)], Field(strings.TrimSpace(pair[at+1:]))
		if plain(column) == "" || !field.known() {
			var names []string
			for _, s := range synonyms() {
				names = append(names, string(s.field)+"（"+s.names[0]+"）")
			}
			return nil, model.ErrInvalid.Saying("--map 应为 列名=字段，字段有："+strings.Join(names, "、"), "--map takes column=field.")
		}
		mapped[plain(column)] = field
	}
	return mapped, nil
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
	told       map[[3]string]bool // issues, by sheet, cell and reason
}

type personKey struct {
	door Door
	name string
}

func newReader(year int) *reader {
	return &reader{
		book: &Book{}, year: year, buildings: map[string]*Building{},
		households: map[Door]*Household{}, people: map[personKey]*Resident{}, byPhone: map[[2]string]*Resident{},
		told: map[[3]string]bool{},
	}
}

func (b *reader) readRows(t *table) {
	b.last = Door{}
	for r := t.HeaderRow; r < len(t.rows); r++ {
		l := t.line(r)
		if l.empty() || l.header() {
			continue
		}
		t.Rows++
		if !b.readable(l) {
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

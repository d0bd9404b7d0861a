package roster

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

// table is a sheet's cells as they are stored, with merged cells filled.
type table struct {
	Sheet
	file   *excelize.File
	rows   [][]string
	merged map[[2]int][2]int // cells that repeat the first of a merge, and which that is
}

func readTable(file *excelize.File, name string, mapped map[string]Field) (*table, error) {
	t := &table{Sheet: Sheet{Name: name}, file: file, merged: map[[2]int][2]int{}}
	merges, err := file.GetMergeCells(name)
	if err != nil && strings.HasSuffix(err.Error(), "is not a worksheet") {
		return t, nil // a chart of its own
	}
	if err != nil {
		return nil, fmt.Errorf("read sheet %s: %w", name, err)
	}
	rows, err := file.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("read sheet %s: %w", name, err)
	}
	if len(rows) > maxRows {
		return nil, model.ErrInvalid.Saying("工作表「"+name+"」超过 200000 行", "A sheet has over 200,000 rows.")
	}
	t.rows = rows
	t.fillMerged(merges)
	at, columns := findHeader(name, t.rows, mapped)
	if at < 0 {
		return t, nil
	}
	t.HeaderRow, t.Columns, t.Kind = at+1, columns, sheetKind(columns)
	return t, nil
}

// fillMerged repeats the value of a merge in all its cells.
func (t *table) fillMerged(merges []excelize.MergeCell) {
	widest := 0
	for _, row := range t.rows {
		widest = max(widest, len(row))
	}
	for _, m := range merges {
		c1, r1, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
		c2, r2, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err1 != nil || err2 != nil || c1 > len(t.row(r1-1)) {
			continue
		}
		value, c2 := t.rows[r1-1][c1-1], min(c2, widest)
		for r := r1 - 1; r < min(r2, len(t.rows)); r++ {
			for len(t.rows[r]) < c2 {
				t.rows[r] = append(t.rows[r], "")
			}
			for c := c1 - 1; c < c2; c++ {
				if r != r1-1 || c != c1-1 {
					t.rows[r][c], t.merged[[2]int{r, c}] = value, [2]int{r1 - 1, c1 - 1}
				}
			}
		}
	}
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
	if _, repeated := l.t.merged[[2]int{l.row, l.at[f]}]; repeated {
		return ""
	}
	return l.text[f]
}

// cell returns where a field stands, the first cell of a merge.
func (l *line) cell(f Field) string {
	at := [2]int{l.row, l.at[f]}
	if first, repeated := l.t.merged[at]; repeated {
		at = first
	}
	name, _ := excelize.CoordinatesToCellName(at[1]+1, at[0]+1)
	return name
}

// dated reports whether a field's cell is formatted as a date, so that a number in it is one.
func (l *line) dated(f Field) bool {
	id, err := l.t.file.GetCellStyle(l.t.Name, l.cell(f))
	if err != nil {
		return false
	}
	style, err := l.t.file.GetStyle(id)
	if err != nil {
		return false
	}
	if style.CustomNumFmt != nil {
		return strings.ContainsAny(strings.ToLower(*style.CustomNumFmt), "yd年日")
	}
	n := style.NumFmt // the numbers of ISO 29500 for dates, those of East Asia too
	return n >= 14 && n <= 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58
}

// header reports whether the row repeats the header, as it does on each page of a printed roster.
func (l *line) header() bool {
	n := 0
	for _, c := range l.t.Columns {
		if c.Field != "" && l.text[c.Field] == c.Header {
			n++
		}
	}
	return n > 1
}

func (l *line) empty() bool {
	for _, text := range l.text {
		if text != "" {
			return false
		}
	}
	return true
}

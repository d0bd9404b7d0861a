package roster

import (
	"fmt"
	"io"
	"strings"

	"linbanglin/model"
)

// Book is what was understood of a roster.
type Book struct {
	Buildings  []*Building
	Grids      []*Grid
	Households []*Household
	Residents  []*Resident
	Sheets     []*Sheet
	Issues     []Issue
}

// Building (楼栋) is named as in 3幢. Units is empty where the roster does not list them.
type Building struct {
	Area, Grid, Name string
	Units            []string
}

// Grid (网格) is a part of an area with its worker, where one is named.
type Grid struct {
	Area, Name          string
	Worker, WorkerPhone string
}

// Door is the address of a household, in one spelling: 3幢, 2单元, 501.
type Door struct{ Building, Unit, Number string }

// Household (户) is a door and what the roster says of it; what it does not say is empty or nil.
type Household struct {
	Door
	Kind   string
	Flags  []string
	Hub    *bool
	Keeper string // 包保人: who answers for it
	Team   string // 服务队
}

// Resident (居民) is a person at a door and what the roster says of them; what it does not say, or not so
// that it can be read, is empty or nil.
type Resident struct {
	Door
	Name       string
	Phone      string // with country code, 8619900000001
	Roles      []model.Role
	Branch     string
	BirthYear  int // model.BirthUnreadable when there is something that is no year
	BirthMonth int // 1 to 12
	Gender     string
	Skills     []string
	Head       *bool // of the household
}

// Severity says what became of a cell that is not as it should be.
type Severity string

// The severities: the value was left out, or it was repaired and taken.
const (
	Bad   Severity = "bad"
	Fixed Severity = "fixed"
)

// Issue is a cell that is not as it should be.
type Issue struct {
	Sheet    string
	Cell     string
	Value    string
	Reason   string
	Severity Severity
}

// Count returns how many issues there are of a severity.
func (b *Book) Count(s Severity) int {
	n := 0
	for _, i := range b.Issues {
		if i.Severity == s {
			n++
		}
	}
	return n
}

// Column is a column of a sheet and the field that it was taken for, empty when it was not understood.
type Column struct {
	Header string
	Field  Field
}

// Sheet is what was understood of one sheet.
type Sheet struct {
	Name      string
	Kind      string // what its rows are, empty when the sheet was left out
	HeaderRow int    // counted from 1
	Columns   []Column
	Rows      int
}

// oneLine takes the line breaks out of what people wrote into a cell.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Describe tells what was understood, sheet by sheet.
func (b *Book) Describe(w io.Writer) {
	for _, s := range b.Sheets {
		switch {
		case s.HeaderRow == 0:
			_, _ = fmt.Fprintf(w, "工作表「%s」：没有看出表头，跳过\n", s.Name)
			continue
		case s.Kind == "":
			_, _ = fmt.Fprintf(w, "工作表「%s」：表头在第 %d 行，但没有说明是哪一户的列（如 楼栋、房号、房屋信息），跳过\n", s.Name, s.HeaderRow)
			continue
		}
		_, _ = fmt.Fprintf(w, "工作表「%s」：%s，表头在第 %d 行，%d 行数据\n", s.Name, s.Kind, s.HeaderRow, s.Rows)
		var known, unknown []string
		for _, c := range s.Columns {
			switch {
			case c.Field != "":
				known = append(known, oneLine(c.Header)+" → "+c.Field.label())
			case c.Header != "":
				unknown = append(unknown, oneLine(c.Header))
			}
		}
		_, _ = fmt.Fprintf(w, "  %s\n", strings.Join(known, "，"))
		if len(unknown) > 0 {
			_, _ = fmt.Fprintf(w, "  不认识的列（可用 --map 列名=字段 指定）：%s\n", strings.Join(unknown, "，"))
		}
	}
	_, _ = fmt.Fprintf(w, "读到 %d 幢楼、%d 个网格、%d 户、%d 人；%d 处已修正，%d 处有误\n",
		len(b.Buildings), len(b.Grids), len(b.Households), len(b.Residents), b.Count(Fixed), b.Count(Bad))
}

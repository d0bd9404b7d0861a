package booklet

import (
	"bytes"
	"fmt"

	"github.com/xuri/excelize/v2"

	"linbanglin/service/ledger"
)

// column is a column of the sheet.
type column struct {
	name  string
	width float64
	style int
}

// styles are the numbers that the file gives to its styles.
type styles struct{ title, head, text, number, change, moment int }

// StatementXLSX returns a statement as a workbook of one sheet. Amounts are numbers and times are times, so
// that they can be added up and sorted; whatever a person wrote is text and never a formula.
func (p *Press) StatementXLSX(b *ledger.Book) (_ []byte, err error) {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	const sheet = "手册"
	if err := file.SetSheetName(file.GetSheetName(0), sheet); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	s, err := newStyles(file)
	if err != nil {
		return nil, err
	}
	w, err := file.NewStreamWriter(sheet)
	if err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	if err := writeBook(w, s, b); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	return out.Bytes(), nil
}

func newStyles(file *excelize.File) (s styles, err error) {
	const asText, plusMinus, moment = "@", "+0;-0;0", "yyyy-mm-dd hh:mm"
	border := []excelize.Border{{Type: "bottom", Color: "BFBFBF", Style: 1}}
	form := func(format string, horizontal string) *excelize.Style {
		return &excelize.Style{Border: border, CustomNumFmt: &format, Alignment: &excelize.Alignment{Horizontal: horizontal, Vertical: "center", WrapText: format == asText}}
	}
	plain := asText
	for _, x := range []struct {
		id    *int
		style *excelize.Style
	}{
		{&s.title, &excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}}},
		{&s.head, &excelize.Style{Border: border, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F2F2F2"}}, CustomNumFmt: &plain}},
		{&s.text, form(asText, "left")},
		{&s.number, form("0", "right")},
		{&s.change, form(plusMinus, "right")},
		{&s.moment, form(moment, "left")},
	} {
		if *x.id, err = file.NewStyle(x.style); err != nil {
			return s, fmt.Errorf("make a workbook: %w", err)
		}
	}
	return s, nil
}

// facts are the lines above the table of a statement: a name and a value that is text or a number.
func facts(b *ledger.Book) [][2]any {
	return [][2]any{
		{"社区", clean(b.Community)},
		{"姓名", clean(b.Member.DisplayName)},
		{"期间", period(b.From, b.To)},
		{"单位", unit(b.Unit)},
		{"期初余额", b.Opening},
		{"期末余额", b.Closing},
		{"打印时间", minute(b.PrintedAt)},
	}
}

func writeBook(w *excelize.StreamWriter, s styles, b *ledger.Book) error {
	columns := []column{
		{"行号", 12, s.number},
		{"时间", 18, s.moment},
		{"事项", 22, s.text},
		{"类别", 8, s.text},
		{"变动", 10, s.change},
		{"余额", 10, s.number},
		{"其中占用", 10, s.number},
		{"说明", 40, s.text},
		{"流水号", 22, s.text},
		{"本行哈希", 68, s.text},
	}
	for i, c := range columns {
		if err := w.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	top := len(facts(b)) + 2 // the title, the facts, the head of the table
	below, _ := excelize.CoordinatesToCellName(1, top+1)
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: top, TopLeftCell: below, ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	rows := [][]any{{cell(s.title, title(b.Unit))}}
	for _, f := range facts(b) {
		style := s.text
		if _, number := f[1].(int64); number {
			style = s.number
		}
		rows = append(rows, []any{cell(s.head, f[0]), cell(style, f[1])})
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		head[i] = cell(s.head, c.name)
	}
	rows = append(rows, head)
	for _, l := range b.Items {
		values := []any{
			l.Seq, l.At.Time(), clean(what(b, l)), class(l.Class), l.Amount, l.Balance, l.Held, clean(l.Memo), l.TransferID.String(), l.Hash,
		}
		for i := range values {
			values[i] = cell(columns[i].style, values[i])
		}
		rows = append(rows, values)
	}
	rows = append(rows,
		[]any{},
		[]any{cell(s.head, "末行行号"), cell(s.number, b.Footer.Seq)},
		[]any{cell(s.head, "末行哈希"), cell(s.text, b.Footer.Hash)},
	)
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

func cell(style int, value any) excelize.Cell { return excelize.Cell{StyleID: style, Value: value} }

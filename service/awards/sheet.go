package awards

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
	"linbanglin/service/community/roster"
)

// column is what a column of a batch's sheet says.
type column struct {
	name  string
	names []string
}

// columns lists the columns of a sheet by the names that they go by; the first is that of the template.
func columns() []column {
	return []column{
		{"id", []string{"编号", "居民编号", "会员编号", "ID", "id"}},
		{"name", []string{"姓名", "名字"}},
		{"phone", []string{"手机号", "手机", "电话", "联系电话", "联系方式"}},
		{"amount", []string{"积分", "分值", "分数", "数量", "时长", "分钟"}},
		{"memo", []string{"说明", "备注", "事由", "内容"}},
	}
}

// row is one line of a sheet as it is written there.
type row struct{ id, name, phone, amount, memo string }

func (r *row) set(column, cell string) {
	switch column {
	case "id":
		r.id = roster.Plain(cell)
	case "name":
		r.name = roster.Plain(cell)
	case "phone":
		r.phone = cell
	case "amount":
		r.amount = roster.Plain(cell)
	case "memo":
		r.memo = strings.TrimSpace(cell)
	}
}

const (
	maxUnzip   = 64 << 20
	headerRows = 20
	// maxMemo is how many characters a line's memo may have.
	maxMemo = 100
)

// ReadSheet reads the lines of a batch from the first sheet of an xlsx file that has a column of amounts and one that
// names people: by id, or by phone, with the name where several have it. A row that names nobody is a line that is refused.
// It fails with ErrForbidden, ErrBatchSheet, ErrBatchEmpty and ErrBatchLarge.
func (a *Awards) ReadSheet(ctx context.Context, who model.Actor, file io.Reader) ([]Line, error) {
	if _, err := who.Reach(model.OpAward); err != nil {
		return nil, err
	}
	rows, err := read(file)
	if err != nil {
		return nil, err
	}
	phones := map[string][]*model.Member{}
	var numbers []string
	for _, r := range rows {
		if number, ok := roster.Mobile(r.phone); ok && r.id == "" {
			numbers = append(numbers, number)
		}
	}
	members, err := a.store.Members.WithPhones(ctx, who.Place.CommunityID, numbers)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if who.May(model.OpAward, m.Place) == nil { // a sheet tells nobody whose phone it is beyond that
			phones[m.Phone] = append(phones[m.Phone], m)
		}
	}
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = r.line(phones)
	}
	return lines, nil
}

func read(file io.Reader) ([]row, error) {
	book, err := excelize.OpenReader(file, excelize.Options{UnzipSizeLimit: maxUnzip, RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrBatchSheet, err)
	}
	defer func() { _ = book.Close() }()
	for _, sheet := range book.GetSheetList() {
		cells, err := book.GetRows(sheet)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", model.ErrBatchSheet, err)
		}
		if at, found := header(cells); found != nil {
			return lines(cells[at+1:], found)
		}
	}
	return nil, model.ErrBatchSheet
}

// header returns the row that names the columns, and which is what.
func header(cells [][]string) (at int, found map[int]string) {
	for i, r := range cells[:min(headerRows, len(cells))] {
		named := map[int]string{}
		for c, cell := range r {
			for _, known := range columns() {
				if slices.Contains(known.names, roster.Header(cell)) {
					named[c] = known.name
				}
			}
		}
		has := func(name string) bool {
			for _, n := range named {
				if n == name {
					return true
				}
			}
			return false
		}
		if has("amount") && (has("id") || has("phone")) {
			return i, named
		}
	}
	return 0, nil
}

func lines(cells [][]string, found map[int]string) ([]row, error) {
	var rows []row
	for _, r := range cells {
		var one row
		for c, cell := range r {
			one.set(found[c], cell)
		}
		if one != (row{}) {
			rows = append(rows, one)
		}
	}
	switch {
	case len(rows) == 0:
		return nil, model.ErrBatchEmpty
	case len(rows) > model.MaxBatchLines:
		return nil, model.ErrBatchLarge
	}
	return rows, nil
}

// line finds who a row is about.
func (r row) line(phones map[string][]*model.Member) Line {
	l := Line{Memo: string([]rune(r.memo)[:min(maxMemo, len([]rune(r.memo)))])}
	amount, err := strconv.ParseInt(strings.TrimSuffix(r.amount, ".0"), 10, 64)
	if err != nil {
		l.Refused = model.ErrAmount
		return l
	}
	l.Amount = amount
	if r.id != "" {
		if l.Member, err = model.ParseID(r.id); err != nil {
			l.Refused = model.ErrLineMember
		}
		return l
	}
	number, _ := roster.Mobile(r.phone)
	fit := slices.DeleteFunc(slices.Clone(phones[number]), func(m *model.Member) bool { return r.name != "" && roster.Plain(m.Name) != r.name })
	switch len(fit) {
	case 0:
		l.Refused = model.ErrLineMember
	case 1:
		l.Member = fit[0].ID
	default:
		l.Refused = model.ErrLineShared
	}
	return l
}

// Template writes an empty sheet with the columns of a batch.
func Template(w io.Writer) error {
	header := make([]any, 0, len(columns()))
	for _, c := range columns() {
		header = append(header, c.names[0])
	}
	return write(w, "批量发放", [][]any{header})
}

// Report writes what became of every line of a batch as a sheet. It fails as Batch does.
func (a *Awards) Report(ctx context.Context, who model.Actor, id model.ID, w io.Writer) error {
	if _, err := a.Batch(ctx, who, id); err != nil {
		return err
	}
	rows := [][]any{{"行号", "编号", "姓名", "应发", "实发", "结果", "原因", "流水号", "说明"}}
	for after := 0; ; {
		lines, err := a.store.Batches.Lines(ctx, id, after, chunkLines)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			break
		}
		if err := a.describe(ctx, who, lines); err != nil {
			return err
		}
		for _, l := range lines {
			rows = append(rows, reported(l))
		}
		after = lines[len(lines)-1].LineNo
	}
	return write(w, "发放结果", rows)
}

func reported(l *model.BatchLine) []any {
	name, result, transfer := "", "未发", ""
	if l.Member != nil {
		name = l.Member.DisplayName
	}
	switch l.Outcome {
	case model.LineGranted:
		result, transfer = "已发", l.TransferID.String()
	case model.LineWaiting:
		result = "等待"
	}
	member := ""
	if l.MemberID != 0 {
		member = l.MemberID.String()
	}
	return []any{l.LineNo, member, name, l.Asked, l.Granted, result, l.Detail, transfer, l.Memo}
}

// write makes a workbook of one sheet; the first row is a header that stays in view.
func write(w io.Writer, sheet string, rows [][]any) (err error) {
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	if err := book.SetSheetName(book.GetSheetName(0), sheet); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	if err := out.SetColWidth(1, max(1, len(rows[0])), 16); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	for i, cells := range rows {
		if err := out.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return fmt.Errorf("write sheet: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("write sheet: %w", err)
	}
	return nil
}

package register

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

// workbook writes a sheet of households and one of teams.
func (s *sheet) workbook() (_ []byte, err error) {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	if err := file.SetSheetName(file.GetSheetName(0), "住户"); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	if _, err := file.NewSheet("服务队"); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	for name, rows := range map[string][][]string{"住户": s.households(), "服务队": s.serviceTeams()} {
		if err := s.write(file, name, rows); err != nil {
			return nil, fmt.Errorf("make a workbook: %w", err)
		}
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	return out.Bytes(), nil
}

// write writes rows below the watermark, which is the first row, the head and foot of each printed page, and the end of each
// row, so that what is cut out of the sheet still has it. All is text: no cell that a person wrote is a formula.
func (s *sheet) write(file *excelize.File, name string, rows [][]string) error {
	mark := plain(s.watermark)
	printed := strings.ReplaceAll(mark, "&", "&&")
	if runes := []rune(printed); len(runes) > 200 { // a head has 255 characters at most
		printed = string(runes[:200])
	}
	if err := file.SetHeaderFooter(name, &excelize.HeaderFooterOptions{OddHeader: "&C" + printed, OddFooter: "&C" + printed + " &P/&N"}); err != nil {
		return err
	}
	w, err := file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	faint, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Color: "A6A6A6", Size: 9}, Alignment: &excelize.Alignment{TextRotation: 15}})
	if err != nil {
		return err
	}
	if err := w.SetRow("A1", []any{excelize.Cell{StyleID: faint, Value: mark}}); err != nil {
		return err
	}
	for i, row := range rows {
		cells := make([]any, 0, len(row)+1)
		for _, text := range row {
			cells = append(cells, plain(text))
		}
		cells = append(cells, excelize.Cell{StyleID: faint, Value: mark})
		if err := w.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

// plain takes control characters out of what people wrote.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) {
			return ' '
		}
		return r
	}, text)
}

// households returns the rows of the sheet of households.
func (s *sheet) households() [][]string {
	head := []string{"楼栋", "单元", "房号", "户别", "居住情况", "中心户", "标记", "包保人", "服务队", "最近走访", "四清"}
	rows := [][]string{head}
	for _, l := range s.lines {
		h := l.facts
		if h == nil {
			h = &model.Household{}
		}
		row := []string{l.Building.Name, l.Unit.Name, l.Door, h.Kind, lived(h.Occupancy), yes(h.Hub), s.marks(l), "", "", "", yes(l.Clear.Complete())}
		if l.Charge != nil {
			row[7] = l.Charge.Member.DisplayName
			if l.Charge.Team != nil {
				row[8] = l.Charge.Team.Name
			}
		}
		if l.LastVisitAt != 0 {
			row[9] = l.LastVisitAt.Day().String()
		}
		rows = append(rows, row)
	}
	return rows
}

// marks names the flags of a household that the reader may see.
func (s *sheet) marks(l *exported) string {
	var names []string
	for _, scheme := range s.colours {
		if l.flags[scheme.Code] {
			names = append(names, scheme.Name)
		}
	}
	return strings.Join(names, "、")
}

// serviceTeams returns the rows of the sheet of teams.
func (s *sheet) serviceTeams() [][]string {
	rows := [][]string{{"服务队", "类型", "服务范围", "队长", "队员", "包保户数"}}
	for _, t := range s.teams {
		kind := "户助服务队"
		if t.Kind == model.TeamGovern {
			kind = "户治服务队"
		}
		var names []string
		for _, m := range t.Members {
			names = append(names, m.DisplayName)
		}
		slices.Sort(names)
		rows = append(rows, []string{t.Name, kind, t.Unit.Name, t.Leader.DisplayName, strings.Join(names, "、"), fmt.Sprint(t.Households)})
	}
	return rows
}

func lived(o model.Occupancy) string {
	switch o {
	case model.OccupancyOwner:
		return "自住"
	case model.OccupancyRented:
		return "出租"
	case model.OccupancyEmpty:
		return "空关"
	}
	return ""
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

package roster

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

const (
	// reportSheet lists all issues of a roster.
	reportSheet = "导入问题"
	// reportAuthor wrote the comments; those of an earlier report are replaced.
	reportAuthor = "邻帮邻"
)

// WriteReport writes the roster again with every issue's cell coloured and commented, red for what was
// left out and yellow for what was repaired, and with a sheet that lists them all and is seen first.
func WriteReport(w io.Writer, original io.Reader, issues []Issue) error {
	file, err := excelize.OpenReader(original, excelize.Options{UnzipSizeLimit: maxUnzip})
	if err != nil {
		return fmt.Errorf("%w: %w", model.ErrInvalid.Saying("不是可以读取的 xlsx 文件", "This is no xlsx file."), err)
	}
	defer func() { _ = file.Close() }()
	r := &report{file: file, styles: map[shade]int{}}
	for _, step := range []func([]Issue) error{r.clear, r.markAll, r.list} {
		if err := step(issues); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if err := file.Write(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// report is a workbook that is being marked.
type report struct {
	file   *excelize.File
	styles map[shade]int
}

// shade is a style that a cell has, in the colour of a severity.
type shade struct {
	style    int
	severity Severity
}

// clear takes out what an earlier report wrote.
func (r *report) clear([]Issue) error {
	if at, err := r.file.GetSheetIndex(reportSheet); err == nil && at >= 0 {
		if err := r.file.DeleteSheet(reportSheet); err != nil {
			return err
		}
	}
	for _, sheet := range r.file.GetSheetList() {
		comments, err := r.file.GetComments(sheet)
		if err != nil {
			continue // a chart has none
		}
		for _, c := range comments {
			if c.Author == reportAuthor {
				if err := r.file.DeleteComment(sheet, c.Cell); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// markAll marks each cell once, with all that is told of it.
func (r *report) markAll(issues []Issue) error {
	type place struct{ sheet, cell string }
	var order []place
	told := map[place][]Issue{}
	for _, i := range issues {
		at := place{i.Sheet, i.Cell}
		if told[at] == nil {
			order = append(order, at)
		}
		told[at] = append(told[at], i)
	}
	was := map[place]string{}
	for _, sheet := range r.file.GetSheetList() {
		comments, _ := r.file.GetComments(sheet)
		for _, c := range comments {
			was[place{sheet, c.Cell}] = textOf(c)
		}
	}
	for _, at := range order {
		if err := r.mark(at.sheet, at.cell, was[at], told[at]); err != nil {
			return err
		}
	}
	return nil
}

func textOf(c excelize.Comment) string {
	text := c.Text
	for _, run := range c.Paragraph {
		text += run.Text
	}
	return text
}

func (r *report) mark(sheet, cell, was string, issues []Issue) error {
	severity, lines := Fixed, []string{}
	for _, i := range issues {
		if i.Severity == Bad {
			severity = Bad
		}
		lines = append(lines, i.Severity.label()+"："+i.Reason)
	}
	if was != "" {
		lines = append(lines, was)
		if err := r.file.DeleteComment(sheet, cell); err != nil {
			return err
		}
	}
	if err := r.paint(sheet, cell, severity); err != nil {
		return err
	}
	return r.file.AddComment(sheet, excelize.Comment{
		Cell: cell, Author: reportAuthor, Paragraph: []excelize.RichTextRun{{Text: strings.Join(lines, "\n")}},
	})
}

// paint gives a cell a colour and leaves the rest of its style.
func (r *report) paint(sheet, cell string, severity Severity) error {
	id, err := r.file.GetCellStyle(sheet, cell)
	if err != nil {
		return err
	}
	key := shade{id, severity}
	if _, known := r.styles[key]; !known {
		style, err := r.file.GetStyle(id)
		if err != nil {
			return err
		}
		colour := map[Severity]string{Bad: "FFC7CE", Fixed: "FFEB9C"}[severity]
		style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
		if r.styles[key], err = r.file.NewStyle(style); err != nil {
			return err
		}
	}
	return r.file.SetCellStyle(sheet, cell, cell, r.styles[key])
}

func (s Severity) label() string {
	if s == Fixed {
		return "已修正"
	}
	return "有误"
}

// list writes all issues, each with a link to its cell.
func (r *report) list(issues []Issue) error {
	index, err := r.file.NewSheet(reportSheet)
	if err != nil {
		return err
	}
	r.file.SetActiveSheet(index)
	rows := [][]any{{"工作表", "单元格", "原值", "结果", "原因"}}
	for _, i := range issues {
		rows = append(rows, []any{i.Sheet, i.Cell, i.Value, i.Severity.label(), i.Reason})
	}
	for at, row := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, at+1)
		if err := r.file.SetSheetRow(reportSheet, cell, &row); err != nil {
			return err
		}
		if at == 0 {
			continue
		}
		link, _ := excelize.CoordinatesToCellName(2, at+1)
		i := issues[at-1]
		target := "'" + strings.ReplaceAll(i.Sheet, "'", "''") + "'!" + i.Cell
		if err := r.file.SetCellHyperLink(reportSheet, link, target, "Location"); err != nil {
			return err
		}
	}
	_ = r.file.SetColWidth(reportSheet, "A", "D", 16)
	_ = r.file.SetColWidth(reportSheet, "E", "E", 50)
	return nil
}

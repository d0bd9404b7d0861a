package roster

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

// reportSheet lists all issues of a roster.
const reportSheet = "导入问题"

// WriteReport writes the roster again with every issue's cell coloured and commented, red for what was
// left out and yellow for what was repaired, and with a first sheet that lists them all.
func WriteReport(w io.Writer, original io.Reader, issues []Issue) error {
	file, err := excelize.OpenReader(original, excelize.Options{UnzipSizeLimit: maxUnzip})
	if err != nil {
		return fmt.Errorf("%w: %w", model.ErrInvalid.Saying("不是可以读取的 xlsx 文件", "This is no xlsx file."), err)
	}
	defer func() { _ = file.Close() }()
	styles := map[Severity]int{}
	for severity, colour := range map[Severity]string{Bad: "FFC7CE", Fixed: "FFEB9C"} {
		styles[severity], err = file.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}})
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	for _, i := range issues {
		if err := mark(file, i, styles[i.Severity]); err != nil {
			return err
		}
	}
	if err := list(file, issues); err != nil {
		return err
	}
	if err := file.Write(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func mark(file *excelize.File, i Issue, style int) error {
	if err := file.SetCellStyle(i.Sheet, i.Cell, i.Cell, style); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	comment := excelize.Comment{Cell: i.Cell, Author: "邻帮邻", Paragraph: []excelize.RichTextRun{{Text: i.Severity.label() + "：" + i.Reason}}}
	if err := file.AddComment(i.Sheet, comment); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func (s Severity) label() string {
	if s == Fixed {
		return "已修正"
	}
	return "有误"
}

func list(file *excelize.File, issues []Issue) error {
	index, err := file.NewSheet(reportSheet)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	file.SetActiveSheet(index)
	rows := [][]any{{"工作表", "单元格", "原值", "结果", "原因"}}
	for _, i := range issues {
		rows = append(rows, []any{i.Sheet, i.Cell, i.Value, i.Severity.label(), i.Reason})
	}
	for r, row := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, r+1)
		if err := file.SetSheetRow(reportSheet, cell, &row); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if r > 0 {
			link, _ := excelize.CoordinatesToCellName(2, r+1)
			if err := file.SetCellHyperLink(reportSheet, link, "'"+issues[r-1].Sheet+"'!"+issues[r-1].Cell, "Location"); err != nil {
				return fmt.Errorf("write report: %w", err)
			}
		}
	}
	_ = file.SetColWidth(reportSheet, "A", "D", 16)
	_ = file.SetColWidth(reportSheet, "E", "E", 50)
	return nil
}

package booklet

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

// ReportXLSX returns the report of a campaign as a workbook: the facts, who was there, grids, sessions and honours.
func (p *Press) ReportXLSX(r *model.Report) (_ []byte, err error) {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	s, err := newStyles(file)
	if err != nil {
		return nil, err
	}
	for i, sheet := range reportSheets(r) {
		if i == 0 {
			err = file.SetSheetName(file.GetSheetName(0), sheet.name)
		} else {
			_, err = file.NewSheet(sheet.name)
		}
		if err == nil {
			err = sheet.write(file, s)
		}
		if err != nil {
			return nil, fmt.Errorf("make a workbook: %w", err)
		}
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	return out.Bytes(), nil
}

// reportSheet is one sheet of a report.
type reportSheet struct {
	name   string
	head   []string
	widths []float64
	rows   [][]any
}

func (x reportSheet) write(file *excelize.File, s styles) error {
	w, err := file.NewStreamWriter(x.name)
	if err != nil {
		return err
	}
	for i, width := range x.widths {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	head := make([]any, len(x.head))
	for i, text := range x.head {
		head[i] = cell(s.head, text)
	}
	for i, row := range append([][]any{head}, x.rows...) {
		for k, value := range row {
			switch v := value.(type) {
			case string:
				row[k] = cell(s.text, clean(v))
			case model.Instant:
				row[k] = cell(s.text, "")
				if v != 0 {
					row[k] = cell(s.moment, v.Time())
				}
			case int, int64:
				row[k] = cell(s.number, v)
			}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

func reportSheets(r *model.Report) []reportSheet {
	facts := reportSheet{"概况", []string{"项目", "内容"}, []float64{20, 60}, nil}
	for _, f := range reportFacts(r) {
		facts.rows = append(facts.rows, []any{f[0], f[1]})
	}
	who := reportSheet{
		"签到",
		[]string{"场次", "姓名", "网格", "签到", "签退", "方式", "围栏", "信用积分", "荣誉积分", "信用分钟", "荣誉分钟", "备注"},
		[]float64{20, 16, 20, 18, 18, 10, 10, 10, 10, 10, 10, 30},
		nil,
	}
	for _, a := range r.Attendance {
		who.rows = append(who.rows, []any{
			a.Part, a.Name, a.Grid, a.CheckedInAt, a.CheckedOutAt, manner(a), sideName(a.Fence),
			a.Own.Verified.Points, a.Own.Declared.Points, a.Own.Verified.Minutes, a.Own.Declared.Minutes, note(a),
		})
	}
	honours := reportSheet{"荣誉", []string{"荣誉", "姓名", "积分", "分钟"}, []float64{16, 16, 10, 10}, nil}
	for _, h := range r.Honours {
		honours.rows = append(honours.rows, []any{honourName(h), h.Member.DisplayName, h.Points, h.Minutes})
	}
	return []reportSheet{facts, who, coverageSheet("网格", r.Grids, true), coverageSheet("场次", r.Sessions, false), honours}
}

func coverageSheet(name string, rows []*model.Coverage, homes bool) reportSheet {
	x := reportSheet{name, append([]string{name}, coverageHead(homes)...), []float64{20, 10, 12, 10, 10, 10, 10, 10}, nil}
	for _, c := range rows {
		row := []any{c.Name}
		for _, n := range coverageRow(c, homes) {
			row = append(row, n)
		}
		x.rows = append(x.rows, row)
	}
	return x
}

// coverageHead names the columns of a coverage, with the households that there are where that is known.
func coverageHead(homes bool) []string {
	head := []string{"参加人数", "覆盖户数", "信用积分", "荣誉积分", "信用分钟", "荣誉分钟"}
	if homes {
		head = slices.Insert(head, 2, "总户数")
	}
	return head
}

func coverageRow(c *model.Coverage, homes bool) []int64 {
	row := []int64{int64(c.Participants), int64(c.Households), c.Verified.Points, c.Declared.Points, c.Verified.Minutes, c.Declared.Minutes}
	if homes {
		row = slices.Insert(row, 2, int64(c.Homes))
	}
	return row
}

// reportFacts are the lines at the head of a report.
func reportFacts(r *model.Report) [][2]string {
	all := r.Total()
	return [][2]string{
		{"活动", r.Title},
		{"主题", r.Theme},
		{"社区", r.Community},
		{"范围", r.Scope},
		{"时间", minute(r.StartsAt) + " 至 " + minute(r.EndsAt)},
		{"参加人数", fmt.Sprint(all.Participants)},
		{"覆盖户数", fmt.Sprint(all.Households)},
		{"发放积分", fmt.Sprintf("%d（信用 %d，荣誉 %d）", all.Verified.Points+all.Declared.Points, all.Verified.Points, all.Declared.Points)},
		{"积分预算", fmt.Sprint(r.Budget)},
		{"服务时长", hours(all.Verified.Minutes + all.Declared.Minutes)},
		{"选用照片", fmt.Sprint(r.Photos)},
		{"制表时间", minute(r.MadeAt)},
	}
}

// manner says how somebody checked in.
func manner(a *model.Attendance) string {
	switch {
	case a.Session == 0:
		return "—"
	case a.Class == model.Declared:
		return "代签到"
	}
	return "扫码"
}

func note(a *model.Attendance) string {
	if a.Forgotten {
		return "未签退，按规则结束"
	}
	return a.Reason
}

func sideName(s model.FenceSide) string {
	return map[model.FenceSide]string{model.InsideFence: "现场", model.OutsideFence: "现场以外"}[s]
}

func honourName(h *model.Honour) string {
	name := "全程参与"
	if h.Kind == model.HonourTop {
		name = fmt.Sprintf("积分第 %d 名", h.Place)
	}
	if h.Withdrawn {
		name += "（已冲正）"
	}
	return name
}

package booklet

import (
	"bytes"
	"context"
	"fmt"

	"codeberg.org/go-pdf/fpdf"

	"linbanglin/model"
)

// ReportPDF returns the report of a campaign as a PDF, with its pictures, at most six, on the last page. It fails with
// ErrPDFFont when there is no font to make it with.
func (p *Press) ReportPDF(ctx context.Context, r *model.Report) ([]byte, error) {
	return p.pdf(ctx, "活动报告 "+r.Title, r.MadeAt, func(s *sheet) {
		page := reportPage{s, "活动报告　" + r.Title, s.reportHead(r)}
		page.coverage("按网格", "网格", r.Grids, true)
		page.coverage("按场次", "场次", r.Sessions, false)
		var rows [][]string
		for _, h := range r.Honours {
			rows = append(rows, []string{honourName(h), h.Member.DisplayName, fmt.Sprint(h.Points), fmt.Sprint(h.Minutes)})
		}
		page.table("荣誉", []tab{{"荣誉", 60, "L"}, {"姓名", 60, "L"}, {"积分", 30, "R"}, {"分钟", 30, "R"}}, rows)
		rows = nil
		for _, a := range r.Attendance {
			in, out := "", ""
			if a.CheckedInAt != 0 {
				in = minute(a.CheckedInAt)
			}
			if a.CheckedOutAt != 0 && !a.Forgotten {
				out = a.CheckedOutAt.Time().Format("15:04")
			}
			rows = append(rows, []string{
				a.Name, a.Grid, in, out, manner(a), fmt.Sprint(a.Own.Verified.Points + a.Own.Declared.Points), fmt.Sprint(a.Own.Verified.Minutes + a.Own.Declared.Minutes),
			})
		}
		page.table("签到", []tab{{"姓名", 30, "L"}, {"网格", 40, "L"}, {"签到", 38, "L"}, {"签退", 18, "L"}, {"方式", 18, "L"}, {"积分", 18, "R"}, {"分钟", 18, "R"}}, rows)
		page.pictures(r.Pictures)
	})
}

// reportPage is how far a report is written.
type reportPage struct {
	*sheet
	title string
	y     float64
}

func (s *sheet) reportHead(r *model.Report) float64 {
	s.ink(black)
	s.write(margin, margin, textWidth, sizeTitle, "C", "活动报告")
	y := margin + 14
	s.rule(margin, y, textWidth, 0.5, black)
	y += 3
	for i, f := range reportFacts(r) {
		x := margin + float64(i%2)*textWidth/2
		s.ink(gray)
		s.write(x, y, 20, sizeText, "L", f[0])
		s.ink(black)
		for n, line := range s.wrap(textWidth/2-22, sizeText, f[1]) {
			if n < 2 {
				s.write(x+21, y+float64(n)*5, textWidth/2-22, sizeText, "L", line)
			}
		}
		if i%2 == 1 {
			y += 10.5
		}
	}
	return y
}

func (p *reportPage) coverage(title, name string, all []*model.Coverage, homes bool) {
	const first = 45.0
	tabs, head := []tab{{name, first, "L"}}, coverageHead(homes)
	for _, h := range head {
		tabs = append(tabs, tab{h, 135 / float64(len(head)), "R"})
	}
	var rows [][]string
	for _, c := range all {
		row := []string{c.Name}
		for _, n := range coverageRow(c, homes) {
			row = append(row, fmt.Sprint(n))
		}
		rows = append(rows, row)
	}
	p.table(title, tabs, rows)
}

// table writes a table of rows of one line each, and begins pages as it needs them. Without rows there is none.
func (p *reportPage) table(title string, tabs []tab, rows [][]string) {
	const line = 6.6
	if len(rows) == 0 {
		return
	}
	if p.y+30 > pageBottom {
		p.y = p.nextPage(p.title)
	}
	p.y += 5
	p.ink(black)
	p.write(margin, p.y, textWidth, sizeText+3, "L", title)
	p.y = p.tableHead(p.y+8, tabs)
	for _, row := range rows {
		if p.y+line > pageBottom {
			p.y = p.tableHead(p.nextPage(p.title), tabs)
		}
		x := margin
		for i, t := range tabs {
			p.write(x, p.y+rowPad, t.width-gap, sizeSmall+1, t.align, p.wrap(t.width-gap, sizeSmall+1, row[i])[0])
			x += t.width
		}
		p.y += line
		p.rule(margin, p.y, textWidth, 0.1, pale)
	}
}

// pictures puts up to six pictures on a page, two beside each other.
func (p *reportPage) pictures(all [][]byte) {
	const width, height = (textWidth - 6) / 2, 76.0
	for i, content := range all[:min(len(all), model.MaxChosenPhotos)] {
		if i == 0 {
			p.y = p.nextPage(p.title)
		}
		name := fmt.Sprint("picture", i)
		info := p.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "JPEG"}, bytes.NewReader(content))
		if info == nil || p.Err() {
			return
		}
		scale := min(width/info.Width(), height/info.Height())
		w, h := info.Width()*scale, info.Height()*scale
		x := margin + float64(i%2)*(width+6) + (width-w)/2
		p.ImageOptions(name, x, p.y+float64(i/2)*(height+4)+(height-h)/2, w, h, false, fpdf.ImageOptions{ImageType: "JPEG"}, 0, "")
	}
}

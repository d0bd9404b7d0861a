package booklet

import (
	"context"
	"fmt"

	"linbanglin/service/ledger"
)

// tab is a column of a table in a PDF.
type tab struct {
	name  string
	width float64
	align string
}

func statementTabs() []tab {
	return []tab{{"行号", 14, "R"}, {"时间", 32, "L"}, {"事项", 34, "L"}, {"类别", 13, "L"}, {"变动", 17, "R"}, {"余额", 19, "R"}, {"说明", 51, "L"}}
}

const (
	gap       = 3.5 // between columns
	rowPad    = 1.3
	rowHeight = 4.6
)

// StatementPDF returns a statement as a PDF. It fails with ErrPDFFont when there is no font to make it with.
func (p *Press) StatementPDF(ctx context.Context, b *ledger.Book) ([]byte, error) {
	return p.pdf(ctx, title(b.Unit), b.PrintedAt, func(s *sheet) {
		y := s.statementHead(b)
		y = s.tableHead(y, statementTabs())
		y = s.row(y, b, []string{"", "", "期初余额", "", "", fmt.Sprint(b.Opening), ""})
		for _, r := range rowsOf(b) {
			y = s.row(y, b, []string{fmt.Sprint(r.Seq), r.At, r.What, r.Class, r.Change, fmt.Sprint(r.Balance), r.Memo})
		}
		y = s.row(y, b, []string{"", "", "期末余额", "", "", fmt.Sprint(b.Closing), ""})
		s.statementFoot(y, b)
	})
}

func (s *sheet) statementHead(b *ledger.Book) float64 {
	s.ink(black)
	s.write(margin, margin, textWidth, sizeTitle, "C", title(b.Unit))
	s.ink(gray)
	s.write(margin, margin+12, textWidth, sizeText, "C", b.Community)
	y := margin + 21
	s.rule(margin, y, textWidth, 0.5, black)
	y += 3
	facts := [][2]string{
		{"姓名", b.Member.DisplayName},
		{"期间", period(b.From, b.To)},
		{"期初余额", fmt.Sprint(b.Opening, " ", unit(b.Unit))},
		{"期末余额", fmt.Sprint(b.Closing, " ", unit(b.Unit))},
		{"共", fmt.Sprint(len(b.Items), " 行")},
		{"打印时间", minute(b.PrintedAt)},
	}
	for i, f := range facts {
		x := margin + float64(i%2)*textWidth/2
		s.ink(gray)
		s.write(x, y, 20, sizeText, "L", f[0])
		s.ink(black)
		s.write(x+21, y, textWidth/2-22, sizeText, "L", f[1])
		if i%2 == 1 {
			y += 6.5
		}
	}
	s.rule(margin, y+1.5, textWidth, 0.25, black)
	return y + 5
}

func (s *sheet) tableHead(y float64, tabs []tab) float64 {
	x := margin
	s.ink(gray)
	for _, t := range tabs {
		s.write(x, y, t.width-gap, sizeText, t.align, t.name)
		x += t.width
	}
	s.ink(black)
	s.rule(margin, y+6.5, textWidth, 0.25, black)
	return y + 7
}

// row writes a row of a statement, on a new page when this one has no room for it, and returns where it ends.
func (s *sheet) row(y float64, b *ledger.Book, cells []string) float64 {
	tabs := statementTabs()
	lines, most := make([][]string, len(cells)), 1
	for i, text := range cells {
		lines[i] = s.wrap(tabs[i].width-gap, sizeSmall+1, text)
		most = max(most, len(lines[i]))
	}
	height := float64(most)*rowHeight + 2*rowPad
	if y+height > pageBottom {
		y = s.nextPage(title(b.Unit) + "　" + b.Community + "　" + b.Member.DisplayName)
		y = s.tableHead(y, tabs)
	}
	x := margin
	for i, t := range tabs {
		for n, line := range lines[i] {
			s.write(x, y+rowPad+float64(n)*rowHeight, t.width-gap, sizeSmall+1, t.align, line)
		}
		x += t.width
	}
	s.rule(margin, y+height, textWidth, 0.1, pale)
	return y + height
}

// nextPage begins a page that says what it continues.
func (s *sheet) nextPage(of string) float64 {
	s.AddPage()
	s.ink(gray)
	s.write(margin, margin, textWidth, sizeSmall, "L", of)
	s.ink(black)
	return margin + 7
}

func (s *sheet) statementFoot(y float64, b *ledger.Book) {
	const needed = 24
	if y+needed > pageBottom {
		y = s.nextPage(title(b.Unit) + "　" + b.Community + "　" + b.Member.DisplayName)
	}
	y += 5
	s.rule(margin, y, textWidth, 0.25, black)
	s.ink(gray)
	y += 2.5
	if b.Footer.Seq > 0 {
		y = s.paragraph(margin, y, textWidth, sizeSmall, 4.6, fmt.Sprintf("末行：第 %d 行，哈希 %s", b.Footer.Seq, b.Footer.Hash))
	}
	s.paragraph(margin, y, textWidth, sizeSmall, 4.6, "每行余额等于上一行余额加本行变动；末行哈希由它之前的每一行算得，任何一行被改动都会使它不同。")
}

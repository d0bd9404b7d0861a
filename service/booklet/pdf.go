package booklet

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"linbanglin/model"
)

// Measures of a page, in millimetres.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	margin     = 15.0
	textWidth  = pageWidth - 2*margin
	pageBottom = pageHeight - 20 // where the text ends; the page number is below
)

// Sizes of letters, in points.
const (
	sizeTitle = 20.0
	sizeText  = 10.0
	sizeSmall = 8.0
)

// sheet is a PDF being written, with one font.
type sheet struct {
	*fpdf.Fpdf
	face *face
}

const family = "hans"

// allPages stands for the number of pages until it is known.
const allPages = "{pages}"

// pdf writes a PDF with draw, when it is its turn. It fails with ErrPDFFont when there is no font.
func (p *Press) pdf(ctx context.Context, title string, made model.Instant, draw func(s *sheet)) (_ []byte, err error) {
	f, err := p.fonts.face()
	if err != nil {
		return nil, err
	}
	done, err := p.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("make a PDF: %w", model.Panicked(broken)) // of a font that is not as it should be
		}
	}()
	s := &sheet{fpdf.New("P", "mm", "A4", ""), f}
	s.AddUTF8FontFromBytes(family, "", f.file)
	s.SetTitle(title, true)
	s.SetCreationDate(made.Time())
	s.SetModificationDate(made.Time())
	s.SetCatalogSort(true)
	s.SetMargins(margin, margin, margin)
	s.SetAutoPageBreak(false, 0)
	s.SetCellMargin(0)
	s.AliasNbPages(allPages)
	s.SetFooterFunc(func() {
		s.ink(gray)
		s.put(margin, pageHeight-14, textWidth, sizeSmall, "C", fmt.Sprintf("%d / "+allPages, s.PageNo()))
	})
	s.AddPage()
	draw(s)
	var out bytes.Buffer
	if err := s.Output(&out); err != nil {
		return nil, fmt.Errorf("make a PDF: %w", err)
	}
	return out.Bytes(), nil
}

// missing stands for a character that the font does not have.
const missing = '□'

// printable takes out what the font cannot show.
func (s *sheet) printable(text string) string { return s.face.printable(text) }

func (f *face) printable(text string) string {
	return strings.Map(func(r rune) rune {
		if f.has(r) {
			return r
		}
		if f.has(missing) {
			return missing
		}
		return '?'
	}, clean(text))
}

// size sets the size of letters and returns the height of a line of them.
func (s *sheet) size(points float64) float64 {
	s.SetFont(family, "", points)
	return points * 0.53
}

// write puts one line of text at a place, aligned L, C or R within a width.
func (s *sheet) write(x, y, width, points float64, align, text string) {
	s.put(x, y, width, points, align, s.printable(text))
}

func (s *sheet) put(x, y, width, points float64, align, text string) {
	height := s.size(points)
	s.SetXY(x, y)
	s.CellFormat(width, height, text, "", 0, align+"M", false, 0, "")
}

// wrap breaks a text into lines of a width at a size. Chinese may be broken anywhere; other words are kept
// together where they fit.
func (s *sheet) wrap(width, points float64, text string) []string {
	s.size(points)
	var lines []string
	var line []rune
	var used float64
	breakable := 0 // how much of the line may end it
	for _, r := range s.printable(text) {
		w := s.GetStringWidth(string(r))
		hangs := used <= width && strings.ContainsRune("，。；：、）》」！？", r) // no line begins with one of these
		if used+w > width && len(line) > 0 && !hangs {
			end := breakable
			if end == 0 {
				end = len(line)
			}
			lines = append(lines, strings.Trim(string(line[:end]), " "))
			line = append([]rune(nil), line[end:]...)
			used, breakable = s.GetStringWidth(string(line)), 0
		}
		line, used = append(line, r), used+w
		if r == ' ' || r > 0x2e80 {
			breakable = len(line)
		}
	}
	return append(lines, strings.Trim(string(line), " "))
}

// paragraph writes wrapped text and returns where it ends.
func (s *sheet) paragraph(x, y, width, points, leading float64, text string) float64 {
	for _, line := range s.wrap(width, points, text) {
		s.write(x, y, width, points, "L", line)
		y += leading
	}
	return y
}

// rule draws a line across.
func (s *sheet) rule(x, y, width, thickness float64, gray int) {
	s.SetDrawColor(gray, gray, gray)
	s.SetLineWidth(thickness)
	s.Line(x, y, x+width, y)
}

// ink sets the darkness of what follows.
func (s *sheet) ink(gray int) { s.SetTextColor(gray, gray, gray) }

const (
	black = 30
	gray  = 100
	pale  = 200
)

// draw paints a QR code into a square.
func (c code) draw(s *sheet, x, y, side float64) {
	module := side / float64(c.Size()+2*quiet)
	s.SetFillColor(0, 0, 0)
	c.runs(func(i, j, length int) {
		s.Rect(x+float64(i+quiet)*module, y+float64(j+quiet)*module, float64(length)*module, module, "F")
	})
}

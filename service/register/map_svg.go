package register

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strconv"

	"linbanglin/model"
)

// The measures of the picture of a map.
const (
	svgColumns = 4
	svgCard    = 240
	svgGap     = 16
	svgLine    = 24
	svgHead    = 96
)

// MapSVG returns the map as a picture: a card for each building or unit, a dot and a count for each flag. It fails as Map does.
func (r *Register) MapSVG(ctx context.Context, who model.Actor, q MapQuery) ([]byte, error) {
	m, err := r.Map(ctx, who, q)
	if err != nil {
		return nil, err
	}
	return Draw(m), nil
}

// Draw returns a map as a picture.
func Draw(m *model.ColourMap) []byte {
	card := 2*svgLine + len(m.Legend)*svgLine
	rows := (len(m.Places) + svgColumns - 1) / svgColumns
	width, height := svgGap+svgColumns*(svgCard+svgGap), svgHead+rows*(card+svgGap)+2*svgLine
	out := &bytes.Buffer{}
	_, _ = fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="14">`,
		width, height, width, height)
	_, _ = fmt.Fprintf(out, `<rect width="%d" height="%d" fill="#ffffff"/>`, width, height)
	write(out, svgGap, 32, 20, "#222222", "分色地图（只显示户数，不显示具体住户）")
	for i, s := range m.Legend {
		x := svgGap + i*140
		dot(out, x+7, 60, s.Colour)
		write(out, x+20, 65, 14, "#222222", s.Name)
	}
	for i, p := range m.Places {
		x, y := svgGap+i%svgColumns*(svgCard+svgGap), svgHead+i/svgColumns*(card+svgGap)
		drawPlace(out, m, p, x, y, card)
	}
	write(out, svgGap, height-svgLine, 12, "#666666",
		fmt.Sprintf("统计时间 %s；“—”为少于 %d 户或不便显示，合计只含显示出来的户数", m.AsOf.Time().Format("2006-01-02 15:04"), m.Minimum))
	out.WriteString(`</svg>`)
	return out.Bytes()
}

// drawPlace draws the card of a building or a unit.
func drawPlace(out *bytes.Buffer, m *model.ColourMap, p *model.MapPlace, x, y, card int) {
	_, _ = fmt.Fprintf(out, `<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="#f7f7f7" stroke="#bbbbbb"/>`, x, y, svgCard, card)
	name := p.Node.Name
	if m.By == string(model.KindUnit) {
		name = p.Building.Name + p.Node.Name
	}
	write(out, x+12, y+22, 15, "#222222", name)
	write(out, x+12, y+2*svgLine-4, 12, "#666666", p.Grid.Name+" · 共 "+strconv.Itoa(p.Households)+" 户")
	for i, c := range p.Cells {
		middle := y + 2*svgLine + i*svgLine + 10
		dot(out, x+19, middle, m.Legend[i].Colour)
		count := "—"
		if c.Count != nil {
			count = strconv.Itoa(*c.Count) + " 户"
		}
		write(out, x+34, middle+5, 14, "#222222", m.Legend[i].Name+"  "+count)
	}
}

// paint is what the colours of flags look like. It is read only.
var paint = map[string]string{
	"red": "#d32f2f", "blue": "#1976d2", "yellow": "#fbc02d", "green": "#388e3c", "orange": "#f57c00", "pink": "#d81b60", "purple": "#7b1fa2", "grey": "#757575",
}

func dot(out *bytes.Buffer, x, y int, colour string) {
	_, _ = fmt.Fprintf(out, `<circle cx="%d" cy="%d" r="7" fill="%s"/>`, x, y, paint[colour])
}

// write writes a text that people wrote, or that has what they wrote in it.
func write(out *bytes.Buffer, x, y, size int, colour, text string) {
	_, _ = fmt.Fprintf(out, `<text x="%d" y="%d" font-size="%d" fill="%s">`, x, y, size, colour)
	_ = xml.EscapeText(out, []byte(text)) // into memory
	out.WriteString(`</text>`)
}

package booklet

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"linbanglin/model"
	"linbanglin/service/boards"
)

// The measures of a card, in pixels.
const (
	cardWidth  = 750
	cardHeight = 1000
	cardEdge   = 36
	cardHead   = 226 // above the panel
	cardFoot   = 74  // below it
	lineHeight = 66
	medal      = 22 // radius
)

// The colours of a card.
var (
	redAbove  = color.RGBA{0xd8, 0x35, 0x2a, 0xff}
	redBelow  = color.RGBA{0x9c, 0x12, 0x1a, 0xff}
	paper     = color.RGBA{0xff, 0xfb, 0xf4, 0xff}
	cream     = color.RGBA{0xff, 0xef, 0xd2, 0xff}
	ink       = color.RGBA{0x2b, 0x24, 0x22, 0xff}
	soft      = color.RGBA{0x8a, 0x7d, 0x78, 0xff}
	hair      = color.RGBA{0xf0, 0xe4, 0xd6, 0xff}
	scarlet   = color.RGBA{0xc4, 0x23, 0x20, 0xff}
	glow      = color.RGBA{0x14, 0x10, 0x0c, 0x14}
	medalTops = []color.RGBA{{0xf2, 0xb6, 0x3c, 0xff}, {0xb4, 0xbc, 0xc8, 0xff}, {0xcd, 0x8a, 0x57, 0xff}}
)

// canvas is a card that is being drawn.
type canvas struct {
	*image.RGBA
	face  *face
	sizes map[float64]font.Face
}

// BoardCard returns a picture of a board as PNG. It fails with ErrPDFFont when there is no font to write it with.
func (p *Press) BoardCard(ctx context.Context, card *boards.Card) ([]byte, error) {
	done, err := p.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	face, err := p.fonts.face()
	if err != nil {
		return nil, err
	}
	c := &canvas{image.NewRGBA(image.Rect(0, 0, cardWidth, cardHeight)), face, map[float64]font.Face{}}
	c.background()
	if err := c.head(card); err != nil {
		return nil, err
	}
	if err := c.panel(card); err != nil {
		return nil, err
	}
	if err := c.foot(card); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&file, c); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return file.Bytes(), nil
}

// background is red, darker below, with two rings of light in the corner.
func (c *canvas) background() {
	mix := func(a, b uint8, y int) uint8 { return uint8((int(a)*(cardHeight-y) + int(b)*y) / cardHeight) }
	for y := range cardHeight {
		row := color.RGBA{mix(redAbove.R, redBelow.R, y), mix(redAbove.G, redBelow.G, y), mix(redAbove.B, redBelow.B, y), 0xff}
		draw.Draw(c, image.Rect(0, y, cardWidth, y+1), image.NewUniform(row), image.Point{}, draw.Src)
	}
	light := color.RGBA{0x12, 0x10, 0x0b, 0x12}
	c.disc(cardWidth-70, 40, 210, light)
	c.disc(cardWidth-70, 40, 140, light)
}

func (c *canvas) head(card *boards.Card) error {
	place := card.Community
	if card.Part != "" {
		place += " · " + card.Part
	}
	c.round(cardEdge, 50, 8, 30, 4, medalTops[0])
	if err := c.text(cardEdge+22, 76, cardWidth-2*cardEdge-22, 28, cream, left, place); err != nil {
		return err
	}
	if err := c.fitted(cardEdge, 146, cardWidth-2*cardEdge, 50, paper, card.Title); err != nil {
		return err
	}
	said := fmt.Sprintf("共 %d 人上榜", card.Total)
	if card.Teams {
		said = fmt.Sprintf("共 %d 支队伍 · 按人均积分排名", card.Total)
	}
	return c.text(cardEdge, 194, cardWidth-2*cardEdge, 24, cream, left, said)
}

// panel holds the lines of the board.
func (c *canvas) panel(card *boards.Card) error {
	height := cardHeight - cardHead - cardFoot
	c.round(cardEdge-2, cardHead+4, cardWidth-2*cardEdge+4, height, 28, glow)
	c.round(cardEdge, cardHead, cardWidth-2*cardEdge, height, 26, paper)
	if len(card.Items) == 0 {
		return c.text(cardEdge, cardHead+height/2, cardWidth-2*cardEdge, 30, soft, centre, "还没有人上榜，等你来！")
	}
	top := cardHead + 20
	for i, r := range card.Items {
		if err := c.line(top+i*lineHeight, r, card.Teams); err != nil {
			return err
		}
		if i > 0 {
			draw.Draw(c, image.Rect(cardEdge+28, top+i*lineHeight, cardWidth-cardEdge-28, top+i*lineHeight+1), image.NewUniform(hair), image.Point{}, draw.Src)
		}
	}
	return nil
}

// line writes one line of the board: the rank, the name and the points.
func (c *canvas) line(top int, r *model.Rank, teams bool) error {
	x, base := cardEdge+28+medal, top+lineHeight/2
	rank, shade, size := fmt.Sprint(r.Rank), soft, 28.0
	if r.Rank >= 1 && r.Rank <= int64(len(medalTops)) {
		c.disc(x, base, medal, medalTops[r.Rank-1])
		shade, size = paper, 26
	}
	if err := c.text(x-60, base+10, 120, size, shade, centre, rank); err != nil {
		return err
	}
	name, points, unit := "", fmt.Sprint(r.Points), "分"
	switch {
	case teams:
		name, points, unit = r.Team.Name, fmt.Sprintf("%.2f", r.PerHead), "分/人"
	default:
		name = r.Member.DisplayName
	}
	right := cardWidth - cardEdge - 30
	wide, err := c.width(unit, 22)
	if err != nil {
		return err
	}
	if err := c.text(right-wide, base+11, wide, 22, soft, left, unit); err != nil {
		return err
	}
	number, err := c.width(points, 34)
	if err != nil {
		return err
	}
	if err := c.text(right-wide-10-number, base+12, number, 34, scarlet, left, points); err != nil {
		return err
	}
	from := x + medal + 26
	return c.text(from, base+11, right-wide-number-34-from, 30, ink, left, name)
}

func (c *canvas) foot(card *boards.Card) error {
	until := card.Until.Time().In(model.Shanghai()).Format("2006-01-02 15:04")
	said := "数据截至 " + until
	if card.Source == boards.FromSettled {
		said = "最终排名 · " + until
	}
	if err := c.text(cardEdge, cardHeight-28, 420, 22, cream, left, said); err != nil {
		return err
	}
	return c.text(cardWidth-cardEdge-280, cardHeight-28, 280, 24, cream, right, "邻帮邻 · 十助十送")
}

// align is where a text is in its box.
type align int

const (
	left align = iota
	centre
	right
)

// at returns the font in a size.
func (c *canvas) at(size float64) (font.Face, error) {
	if f := c.sizes[size]; f != nil {
		return f, nil
	}
	f, err := opentype.NewFace(c.face.glyphs, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("scale the font: %w", err)
	}
	c.sizes[size] = f
	return f, nil
}

func (c *canvas) width(text string, size float64) (int, error) {
	f, err := c.at(size)
	if err != nil {
		return 0, err
	}
	return font.MeasureString(f, c.face.printable(text)).Ceil(), nil
}

// text writes a line on a base line, cut to a width.
func (c *canvas) text(x, y, width int, size float64, shade color.Color, in align, text string) error {
	f, err := c.at(size)
	if err != nil {
		return err
	}
	text = cut(f, c.face.printable(text), width)
	room := width - font.MeasureString(f, text).Ceil()
	switch in {
	case centre:
		x += room / 2
	case right:
		x += room
	case left:
	}
	d := font.Drawer{Dst: c, Src: image.NewUniform(shade), Face: f, Dot: fixed.P(x, y)}
	d.DrawString(text)
	return nil
}

// fitted writes a line as large as its width lets it be.
func (c *canvas) fitted(x, y, width int, size float64, shade color.Color, text string) error {
	const least = 30
	for ; size > least; size -= 2 {
		if wide, err := c.width(text, size); err != nil || wide <= width {
			break
		}
	}
	return c.text(x, y, width, size, shade, left, text)
}

// cut shortens a text to a width, with a mark that there was more.
func cut(f font.Face, text string, width int) string {
	runes := []rune(text)
	for n := len(runes); n > 0; n-- {
		short := string(runes[:n])
		if n < len(runes) {
			short += "…"
		}
		if font.MeasureString(f, short).Ceil() <= width {
			return short
		}
	}
	return ""
}

// disc fills a circle.
func (c *canvas) disc(x, y, radius int, shade color.Color) {
	c.round(x-radius, y-radius, 2*radius, 2*radius, radius, shade)
}

// round fills a rectangle with round corners.
func (c *canvas) round(x, y, width, height, radius int, shade color.Color) {
	const bend = 0.5523 // of a curve that is nearly a quarter of a circle
	w, h, r := float32(width), float32(height), float32(radius)
	k := r * (1 - bend)
	v := vector.NewRasterizer(width, height)
	v.MoveTo(r, 0)
	v.LineTo(w-r, 0)
	v.CubeTo(w-k, 0, w, k, w, r)
	v.LineTo(w, h-r)
	v.CubeTo(w, h-k, w-k, h, w-r, h)
	v.LineTo(r, h)
	v.CubeTo(k, h, 0, h-k, 0, h-r)
	v.LineTo(0, r)
	v.CubeTo(0, k, k, 0, r, 0)
	v.ClosePath()
	v.Draw(c, image.Rect(x, y, x+width, y+height), image.NewUniform(shade), image.Point{})
}

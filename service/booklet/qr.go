package booklet

import (
	"bytes"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"

	qr "github.com/piglig/go-qr"
)

// code is a QR code: a square of dark and light modules.
type code struct{ *qr.QrCode }

// quiet is how many modules around a code stay light, so that cameras find it.
const quiet = 4

func newCode(text string) (code, error) {
	made, err := qr.EncodeText(text, qr.Medium)
	if err != nil {
		return code{}, fmt.Errorf("make a QR code: %w", err)
	}
	return code{made}, nil
}

// runs calls dark for every horizontal run of dark modules.
func (c code) runs(dark func(x, y, length int)) {
	for y := range c.Size() {
		for x := 0; x < c.Size(); x++ {
			start := x
			for x < c.Size() && c.Module(x, y) {
				x++
			}
			if x > start {
				dark(start, y, x-start)
			}
		}
	}
}

// svg draws the code within a page. It is made of numbers only.
func (c code) svg() template.HTML {
	var path strings.Builder
	c.runs(func(x, y, length int) { fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, length, length) })
	side := c.Size() + 2*quiet
	return template.HTML(fmt.Sprintf( //nolint:gosec // only integers are put in
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img" aria-label="二维码"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, side, side, path.String()))
}

// CodeSVG draws a QR code that leads to a path of the public address.
func (p *Press) CodeSVG(path string) ([]byte, error) {
	made, err := newCode(p.public + path)
	if err != nil {
		return nil, err
	}
	return []byte(made.svg()), nil
}

// pixels is how wide a module of a drawn code is.
const pixels = 10

// CodePNG draws a QR code that leads to a path of the public address.
func (p *Press) CodePNG(path string) ([]byte, error) {
	made, err := newCode(p.public + path)
	if err != nil {
		return nil, err
	}
	side := (made.Size() + 2*quiet) * pixels
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	made.runs(func(x, y, length int) {
		at := image.Rect(x+quiet, y+quiet, x+quiet+length, y+quiet+1)
		draw.Draw(img, image.Rect(at.Min.X*pixels, at.Min.Y*pixels, at.Max.X*pixels, at.Max.Y*pixels), image.Black, image.Point{}, draw.Src)
	})
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	return out.Bytes(), nil
}

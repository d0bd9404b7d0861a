package booklet

import (
	"fmt"
	"html/template"
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
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img" aria-label="核验二维码"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, side, side, path.String()))
}

package booklet

import (
	"context"
	"fmt"
	"runtime"

	"linbanglin/model"
)

// Press prints statements and certificates.
type Press struct {
	fonts  *fonts
	public string
	turns  chan struct{} // one for each PDF that is made at a time
}

// New returns a press. Font is the path of a Chinese TrueType font for PDF, empty to look for one where systems
// keep them when the first PDF is asked for; public is the address by which anyone reaches this server, such as
// https://linbanglin.example. It fails when a font is named that cannot be used.
func New(font, public string) (*Press, error) {
	p := &Press{fonts: &fonts{named: font, places: usualPlaces()}, public: public, turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	if font != "" {
		if _, err := p.fonts.face(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// HasFont fails with ErrPDFFont when there is no Chinese font to make a PDF or a picture with.
func (p *Press) HasFont() error {
	_, err := p.fonts.face()
	return err
}

// turn waits until a PDF may be made: it takes memory and time that other requests need too.
func (p *Press) turn(ctx context.Context) (done func(), err error) {
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
	}
}

// checkAddress is where anyone can check a certificate.
func (p *Press) checkAddress(number string) string { return p.public + "/verify/" + number }

package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"net/http"

	"golang.org/x/image/webp"

	"linbanglin/model"
)

// Picture is a photo as it is kept.
type Picture struct {
	JPEG   []byte
	Width  int
	Height int
}

// quality is that of the JPEG that is kept.
const quality = 88

// format is how one type of image is read.
type format struct {
	decode func(*bytes.Reader) (image.Image, error)
	config func(*bytes.Reader) (image.Config, error)
}

// formats are the types that are taken, by their content and not by what a file is called.
func formats() map[string]format {
	return map[string]format{
		"image/jpeg": {func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }, func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) }},
		"image/png":  {func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }, func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) }},
		"image/webp": {func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }, func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) }},
	}
}

// Clean decodes an uploaded image, turns it as its camera said, and encodes it without anything else. It fails with
// ErrPhotoTooLarge over 10 MB, with ErrPhotoType for what is no JPEG, PNG or WebP, with ErrPhotoSides for one that is too
// wide or too high, and with ErrPhoto for one that cannot be read.
func Clean(content []byte) (p *Picture, err error) {
	if len(content) > model.MaxPhotoBytes {
		return nil, model.ErrPhotoTooLarge
	}
	as, ok := formats()[http.DetectContentType(content)]
	if !ok {
		return nil, model.ErrPhotoType
	}
	defer func() {
		if broken := recover(); broken != nil { // in a decoder, by what somebody made for that
			p, err = nil, fmt.Errorf("%w: %v", model.ErrPhoto, broken)
		}
	}()
	config, err := as.config(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrPhoto, err)
	}
	if config.Width > model.MaxPhotoSide || config.Height > model.MaxPhotoSide { // before memory is taken for them
		return nil, model.ErrPhotoSides
	}
	img, err := as.decode(bytes.NewReader(content))
	if err == nil && img.Bounds().Empty() {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrPhoto, err)
	}
	img = upright(onWhite(img), orientation(content))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrPhoto, err)
	}
	return &Picture{out.Bytes(), img.Bounds().Dx(), img.Bounds().Dy()}, nil
}

// onWhite paints an image that may be seen through on white; JPEG has no transparency.
func onWhite(img image.Image) image.Image {
	if o, ok := img.(interface{ Opaque() bool }); ok && o.Opaque() {
		return img
	}
	solid := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(solid, solid.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(solid, solid.Bounds(), img, img.Bounds().Min, draw.Over)
	return solid
}

// turned is an image seen as EXIF says that it must be held: 1 to 8, 1 as it is.
type turned struct {
	image.Image
	how int
}

// upright turns an image.
func upright(img image.Image, how int) image.Image {
	if how <= 1 || how > 8 {
		return img
	}
	return turned{img, how}
}

// Bounds implements image.Image.
func (t turned) Bounds() image.Rectangle {
	b := t.Image.Bounds()
	if t.how >= 5 {
		return image.Rect(0, 0, b.Dy(), b.Dx())
	}
	return image.Rect(0, 0, b.Dx(), b.Dy())
}

// At implements image.Image.
func (t turned) At(x, y int) color.Color {
	b := t.Image.Bounds()
	w, h := b.Dx()-1, b.Dy()-1
	switch t.how {
	case 2:
		x = w - x
	case 3:
		x, y = w-x, h-y
	case 4:
		y = h - y
	case 5:
		x, y = y, x
	case 6:
		x, y = y, h-x
	case 7:
		x, y = w-y, h-x
	case 8:
		x, y = w-y, x
	}
	return t.Image.At(b.Min.X+x, b.Min.Y+y)
}

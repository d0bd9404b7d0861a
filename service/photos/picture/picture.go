package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"

	"golang.org/x/image/draw"
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

// Clean decodes an uploaded image, turns it as its camera said, makes it smaller, and encodes it
// without anything else. It fails with
// ErrPhotoTooLarge over 10 MB, with ErrPhotoType for what is no JPEG, PNG or WebP, with ErrPhotoSides for one that has
// too many pixels, and with ErrPhoto for one that cannot be read.
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
			p, err = nil, fmt.Errorf("%w: %w", model.ErrPhoto, model.Panicked(broken))
		}
	}()
	config, err := as.config(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrPhoto, err)
	}
	if tooLarge(config) { // before memory is taken for them
		return nil, model.ErrPhotoSides
	}
	img, err := as.decode(bytes.NewReader(content))
	if err == nil && img.Bounds().Empty() {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrPhoto, err)
	}
	kept := upright(small(img), orientation(content))
	var out bytes.Buffer
	if err := jpeg.Encode(&out, kept, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("%w: %w", model.ErrPhoto, err)
	}
	return &Picture{out.Bytes(), kept.Bounds().Dx(), kept.Bounds().Dy()}, nil
}

// tooLarge reports whether decoding an image would take more memory than a photo may.
func tooLarge(config image.Config) bool {
	most := model.MaxPhotoPixels
	switch config.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		most /= 2
	}
	return config.Width > model.MaxPhotoSide || config.Height > model.MaxPhotoSide || config.Width*config.Height > most
}

// small paints an image on white, since JPEG has no transparency, and makes one smaller that is larger than what is kept.
func small(img image.Image) *image.RGBA {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if side := max(w, h); side > model.KeptPhotoSide {
		w, h = max(1, w*model.KeptPhotoSide/side), max(1, h*model.KeptPhotoSide/side)
	}
	solid := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(solid, solid.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(solid, solid.Bounds(), img, img.Bounds(), draw.Over, nil)
	return solid
}

// upright turns an image as EXIF says that it must be held: 1 to 8, 1 as it is.
func upright(img *image.RGBA, how int) *image.RGBA {
	if how <= 1 || how > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if how >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			fromX, fromY := held(how, x, y, w-1, h-1)
			copy(out.Pix[out.PixOffset(x, y):][:4], img.Pix[img.PixOffset(fromX, fromY):][:4])
		}
	}
	return out
}

// held returns which pixel of an image is at a place of the image as it must be held.
func held(how, x, y, w, h int) (fromX, fromY int) {
	switch how {
	case 2:
		return w - x, y
	case 3:
		return w - x, h - y
	case 4:
		return x, h - y
	case 5:
		return y, x
	case 6:
		return y, h - x
	case 7:
		return w - y, h - x
	default: // 8
		return w - y, x
	}
}

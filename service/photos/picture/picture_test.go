package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"linbanglin/model"
	"linbanglin/service/photos/picture"
)

// given is white with a red corner at the top left.
func given(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exif puts an EXIF segment behind the start of a JPEG that has an orientation and a place.
func exif(file []byte, order binary.AppendByteOrder, how uint16) []byte {
	tiff := []byte("MM\x00\x2a")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II\x2a\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(order.AppendUint16(tiff, 0x0112), 3)
	tiff = order.AppendUint16(order.AppendUint32(tiff, 1), how)
	tiff = append(tiff, "\x00\x00\x00\x00\x00\x00GPS 25.04N 118.18E"...)
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(segment)+2))
	return append(append(head, segment...), file[2:]...)
}

func TestPhotosAreTurnedUprightAndLoseWhatIsNotPicture(t *testing.T) {
	file := asJPEG(t, given(64, 32))
	for how, want := range map[uint16]struct{ w, h, x, y int }{
		0: {64, 32, 0, 0}, 1: {64, 32, 0, 0}, 2: {64, 32, 1, 0}, 3: {64, 32, 1, 1}, 4: {64, 32, 0, 1},
		5: {32, 64, 0, 0}, 6: {32, 64, 1, 0}, 7: {32, 64, 1, 1}, 8: {32, 64, 0, 1}, 9: {64, 32, 0, 0},
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			p, err := picture.Clean(exif(file, order, how))
			if err != nil || p.Width != want.w || p.Height != want.h {
				t.Fatalf("%d: got %+v, %v", how, p, err)
			}
			if bytes.Contains(p.JPEG, []byte("GPS")) || bytes.Contains(p.JPEG, []byte("Exif")) {
				t.Errorf("%d: something else is left", how)
			}
			img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
			if err != nil || img.Bounds().Dx() != want.w {
				t.Fatal(err)
			}
			for _, corner := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
				_, green, _, _ := img.At(corner[0]*(want.w-1), corner[1]*(want.h-1)).RGBA()
				if red := green < 0x4000; red != (corner == [2]int{want.x, want.y}) {
					t.Errorf("%d: corner %v is red: %t", how, corner, red)
				}
			}
		}
	}
}

// webpFile is one white pixel.
const webpFile = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"

func TestWhatIsNoPhoto(t *testing.T) {
	var animation bytes.Buffer
	if err := gif.Encode(&animation, given(8, 8), nil); err != nil {
		t.Fatal(err)
	}
	good := asJPEG(t, given(64, 32))
	wide := image.NewGray(image.Rect(0, 0, model.MaxPhotoSide+1, 2))
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"a JPEG":                {good, nil},
		"a PNG":                 {asPNG(t, given(64, 32)), nil},
		"one to see through":    {asPNG(t, image.NewNRGBA(image.Rect(0, 0, 9, 9))), nil},
		"a WebP":                {[]byte(webpFile), nil},
		"as wide as can be":     {asPNG(t, image.NewGray(image.Rect(0, 0, model.MaxPhotoSide, 2))), nil},
		"nothing":               {nil, model.ErrPhotoType},
		"a text":                {[]byte("this is no image"), model.ErrPhotoType},
		"a page":                {[]byte("<html><script>alert(1)</script>"), model.ErrPhotoType},
		"a drawing":             {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), model.ErrPhotoType},
		"a GIF":                 {animation.Bytes(), model.ErrPhotoType},
		"only the head of one":  {good[:20], model.ErrPhoto},
		"half a JPEG":           {good[:len(good)/2], model.ErrPhoto},
		"a page behind a head":  {append([]byte("\xff\xd8\xff"), "<script>"...), model.ErrPhoto},
		"a broken WebP":         {[]byte(webpFile[:24]), model.ErrPhoto},
		"too wide":              {asPNG(t, wide), model.ErrPhotoSides},
		"eleven million bytes":  {append(bytes.Clone(good), make([]byte, 11_000_000)...), model.ErrPhotoTooLarge},
		"a file behind a photo": {append(bytes.Clone(good), "PK\x03\x04"...), nil},
	} {
		p, err := picture.Clean(c.content)
		if !errors.Is(err, c.want) || err == nil && (len(p.JPEG) == 0 || p.Width == 0 || bytes.Contains(p.JPEG, []byte("PK\x03\x04"))) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte(webpFile))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II\x2a\x00\x08\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, content []byte) { _, _ = picture.Clean(content) })
}

func TestLargePhotosAreMadeSmallerAndHugeOnesRefused(t *testing.T) {
	p, err := picture.Clean(asPNG(t, given(5200, 260)))
	if err != nil || p.Width != model.KeptPhotoSide || p.Height != 128 {
		t.Errorf("got %+v, %v", p, err)
	}
	for name, img := range map[string]image.Image{
		"over 20 million pixels":           image.NewGray(image.Rect(0, 0, 5000, 4001)),
		"over 10 million with deep colour": image.NewNRGBA64(image.Rect(0, 0, 5000, 2001)),
		"too wide":                         image.NewGray(image.Rect(0, 0, 6001, 10)),
	} {
		if _, err := picture.Clean(asPNG(t, img)); !errors.Is(err, model.ErrPhotoSides) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package booklet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/image/font/sfnt"
)

// face is a font that PDF can embed: a file of one face with TrueType outlines.
type face struct {
	file   []byte
	glyphs *sfnt.Font
}

// maxFont bounds what is read of a font file.
const maxFont = 64 << 20

// wanted are characters that a font must have to be of use here.
const wanted = "邻帮邻服务积分手册志愿时长证明信用荣誉余额0123456789"

// readFace reads a .ttf or the first face of a .ttc. It fails on other outlines and when wanted characters
// are not in it.
func readFace(path string) (*face, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	if info.Size() > maxFont {
		return nil, fmt.Errorf("read font: %s has more than %d bytes", path, maxFont)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	f, err := newFace(content)
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", path, err)
	}
	return f, nil
}

func newFace(content []byte) (*face, error) {
	file, err := firstFace(content)
	if err != nil {
		return nil, err
	}
	glyphs, err := sfnt.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("not a font: %w", err)
	}
	f := &face{file, glyphs}
	for _, r := range wanted {
		if !f.has(r) {
			return nil, fmt.Errorf("it has no %q", r)
		}
	}
	return f, nil
}

// has reports whether the font shows a character. PDF here takes those of the basic plane only.
func (f *face) has(r rune) bool {
	if r > 0xffff {
		return false
	}
	index, err := f.glyphs.GlyphIndex(nil, r)
	return err == nil && index != 0
}

// The marks at the front of font files.
const (
	trueType   = 0x00010000
	trueApple  = 0x74727565 // "true"
	collection = 0x74746366 // "ttcf"
)

var (
	errOutlines = errors.New("only TrueType outlines can be embedded (.ttf or .ttc), not OpenType CFF")
	errBroken   = errors.New("the file is cut short")
)

// firstFace returns a file of one face: the file itself, or the first of a collection with its tables moved
// together.
func firstFace(file []byte) ([]byte, error) {
	if len(file) < 16 {
		return nil, errBroken
	}
	start := 0
	if binary.BigEndian.Uint32(file) == collection {
		start = int(binary.BigEndian.Uint32(file[12:]))
	}
	if start+12 > len(file) {
		return nil, errBroken
	}
	if mark := binary.BigEndian.Uint32(file[start:]); mark != trueType && mark != trueApple {
		return nil, errOutlines
	}
	tables := int(binary.BigEndian.Uint16(file[start+4:]))
	head := 12 + 16*tables
	if start+head > len(file) {
		return nil, errBroken
	}
	if start == 0 {
		return file, nil
	}
	out := append(make([]byte, 0, len(file)), file[start:start+head]...)
	for i := range tables {
		record := out[12+16*i : 28+16*i]
		from, size := int(binary.BigEndian.Uint32(record[8:])), int(binary.BigEndian.Uint32(record[12:]))
		if from+size > len(file) {
			return nil, errBroken
		}
		binary.BigEndian.PutUint32(record[8:], uint32(len(out)))
		out = append(out, file[from:from+size]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out, nil
}

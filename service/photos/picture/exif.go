package picture

import (
	"bytes"
	"encoding/binary"
)

// orientation returns how the camera was held, from 1 to 8: the tag 0x0112 of the EXIF segment of a JPEG. Without one,
// or with one that cannot be read, the image is as it is.
func orientation(content []byte) int {
	for rest := bytes.TrimPrefix(content, []byte{0xff, 0xd8}); len(rest) >= 4 && len(rest) < len(content) && rest[0] == 0xff; {
		kind, size := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		if kind == 0xda || size < 2 || len(rest) < 2+size { // the picture itself begins
			return 1
		}
		segment := rest[4 : 2+size]
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && kind == 0xe1 {
			return orientationTag(tiff)
		}
		rest = rest[2+size:]
	}
	return 1
}

// orientationTag looks for the tag in the first directory of a TIFF header.
func orientationTag(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == 0x0112 {
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 1
}

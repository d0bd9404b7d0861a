package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// DefaultLimit and MaxLimit bound the rows of one page of a list.
const (
	DefaultLimit = 20
	MaxLimit     = 100
)

// Page asks for the rows of a list that come after a cursor.
type Page struct {
	Cursor string
	Limit  int
}

// Size returns the limit within its bounds.
func (p Page) Size() int {
	if p.Limit <= 0 {
		return DefaultLimit
	}
	return min(p.Limit, MaxLimit)
}

// After returns the id of the last row of the page before, for a list that is sorted by id; zero for the start. It fails
// as DecodeCursor does.
func (p Page) After(list string) (ID, error) {
	key, err := DecodeCursor(list, p.Cursor, 1)
	if err != nil || key == nil {
		return 0, err
	}
	return ID(key[0]), nil
}

// List is one page of rows and the cursor of the next, empty on the last.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor"`
}

// PageOf makes a page of rows of which one more was read than the page has. Key is what the list is sorted by.
func PageOf[T any](list string, page Page, rows []T, key func(last T) int64) *List[T] {
	l := &List[T]{Items: []T{}}
	if len(rows) > page.Size() {
		rows = rows[:page.Size()]
		l.NextCursor = EncodeCursor(list, key(rows[len(rows)-1]))
	}
	l.Items = append(l.Items, rows...)
	return l
}

// EncodeCursor makes an opaque cursor from the sort key of the last row of a page. List names the list
// with its filters, so that a cursor is refused by any other list.
func EncodeCursor(list string, key ...int64) string {
	tag := sha256.Sum256([]byte(list))
	buf := append([]byte(nil), tag[:6]...)
	for _, k := range key {
		buf = binary.BigEndian.AppendUint64(buf, uint64(k))
	}
	return base64.RawURLEncoding.EncodeToString(buf)
}

// DecodeCursor reads a cursor of n numbers; an empty cursor gives nil. It fails with ErrCursor when the
// cursor was not made by EncodeCursor for this list.
func DecodeCursor(list, cursor string, n int) ([]int64, error) {
	if cursor == "" {
		return nil, nil
	}
	tag := sha256.Sum256([]byte(list))
	buf, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(buf) != 6+8*n || !bytes.Equal(buf[:6], tag[:6]) {
		return nil, ErrCursor
	}
	key := make([]int64, n)
	for i := range key {
		key[i] = int64(binary.BigEndian.Uint64(buf[6+8*i:]))
	}
	return key, nil
}

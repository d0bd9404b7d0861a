package model

import (
	"strconv"
	"time"
)

// ID names a row of any table: 41 bits of milliseconds since idEpoch, 10 bits of node and 12 bits of a
// counter, so ids sort by time and two processes never make the same one. It is a string in JSON,
// because JavaScript loses integers above 2^53. Zero means none.
type ID int64

// idEpoch is 2026-01-01T00:00:00Z in milliseconds; 41 bits last until 2095.
const idEpoch = 1767225600000

// MaxNode is the highest node number that an id can carry.
const MaxNode = 1<<10 - 1

// NewID packs an id. Millis counts from the Unix epoch.
func NewID(millis int64, node, counter int) ID {
	return ID((millis-idEpoch)<<22 | int64(node&MaxNode)<<12 | int64(counter&0xfff))
}

// ParseID reads the decimal form of an id. It fails with ErrNotFound on anything else, because an id
// that cannot exist is an id that is not there.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || s[0] == '+' || s[0] == '0' {
		return 0, ErrNotFound
	}
	return ID(n), nil
}

// Time returns the instant at which the id was made, in milliseconds' precision.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id)>>22 + idEpoch).UTC() }

// Earlier returns the first id that could have been made so long before.
func (id ID) Earlier(d time.Duration) ID { return max(0, id>>22-ID(d.Milliseconds())) << 22 }

// String returns the decimal form.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(id), 10), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it fails as ParseID does.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

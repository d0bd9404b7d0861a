package model

import (
	"fmt"
	"time"
)

// Shanghai is the zone of every business day, week and month. China has kept one offset since 1991.
func Shanghai() *time.Location { return shanghai }

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Instant is a moment in microseconds since the Unix epoch, UTC. In JSON it is RFC 3339 with the offset
// +08:00. Zero means none.
type Instant int64

// InstantOf returns t in microseconds.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time returns the instant in the zone of Shanghai.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).In(Shanghai()) }

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// String returns the RFC 3339 form.
func (i Instant) String() string { return i.Time().Format(time.RFC3339) }

// MarshalText implements encoding.TextMarshaler.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It takes RFC 3339 with an offset, years 2000 to 2100.
func (i *Instant) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return fmt.Errorf("expected RFC 3339 date-time with offset, such as 2026-11-23T08:00:00+08:00")
	}
	*i = InstantOf(t)
	return nil
}

// Day is a calendar day in Shanghai as yyyymmdd, such as 20261123.
type Day int32

// Day returns the business day of the instant.
func (i Instant) Day() Day { return dayOf(i.Time()) }

func dayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day(year*10000 + int(month)*100 + day)
}

// ParseDay reads 2026-11-23. It fails with ErrInvalid on anything else.
func ParseDay(s string) (Day, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, Shanghai())
	if err != nil {
		return 0, ErrInvalid.Saying("日期格式应为 2026-11-23", "A date looks like 2026-11-23.")
	}
	return dayOf(t), nil
}

// Start returns the first instant of the day.
func (d Day) Start() Instant {
	return InstantOf(time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, Shanghai()))
}

// End returns the first instant of the next day.
func (d Day) End() Instant { return d.Start().Add(24 * time.Hour) }

// Next returns the day after.
func (d Day) Next() Day { return d.End().Day() }

// String returns the form 2026-11-23.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100) }

// MarshalText implements encoding.TextMarshaler.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; it fails as ParseDay does.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

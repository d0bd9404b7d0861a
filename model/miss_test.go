package model

import (
	"errors"
	"math"
	"testing"
	"time"
)

func missed(kind MissKind, days float64) *Miss {
	return &Miss{Kind: kind, Status: MissRecorded, At: monday.Add(time.Duration(days * 24 * float64(time.Hour)))}
}

func TestReliabilityFadesWarnsAndFreezes(t *testing.T) {
	day := func(d float64) Instant { return missed(MissLate, d).At }
	excused := missed(MissNoShow, 0)
	excused.Status = MissExcused
	for name, c := range map[string]struct {
		misses []*Miss
		at     Instant
		score  float64
		warned bool
		until  Instant
	}{
		"nothing":                  {nil, monday, 0, false, 0},
		"late once":                {[]*Miss{missed(MissLate, 0)}, monday, 1, false, 0},
		"half after thirty days":   {[]*Miss{missed(MissNoShow, 0)}, day(30), 1, false, 0},
		"a no-show warns":          {[]*Miss{missed(MissNoShow, 0)}, monday, 2, true, 0},
		"an excuse counts nothing": {[]*Miss{excused}, monday, 0, false, 0},
		"two no-shows freeze":      {[]*Miss{missed(MissNoShow, 0), missed(MissNoShow, 0)}, monday, 4, true, day(14)},
		"two far apart do not":     {[]*Miss{missed(MissNoShow, 0), missed(MissNoShow, 20)}, day(20), 2 + 2*math.Exp2(-20./30), true, 0},
		"forgotten":                {[]*Miss{missed(MissNoShow, 0), missed(MissNoShow, 0)}, day(180) + 1, 0, false, 0},
	} {
		got := ReliabilityOf(c.misses, c.at)
		if math.Abs(got.Score-c.score) > 1e-9 || got.Warned != c.warned || got.FrozenUntil != c.until {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	two := []*Miss{missed(MissNoShow, 0), missed(MissNoShow, 0)}
	if !ReliabilityOf(two, day(14)-1).Frozen(day(14)-1) || ReliabilityOf(two, day(14)).Frozen(day(14)) {
		t.Error("a freeze lasts fourteen days and ends by itself")
	}
	two[0].Status = MissExcused
	if ReliabilityOf(two, monday).Frozen(monday) {
		t.Error("an excuse thaws at once")
	}
}

func TestExcuses(t *testing.T) {
	m := missed(MissLate, 0)
	if err := m.Judge(9, true, "", monday); !errors.Is(err, ErrMissState) {
		t.Errorf("judged without an excuse: %v", err)
	}
	for _, excuse := range []string{"", string(make([]rune, 201))} {
		if err := m.Plead(excuse, monday); !errors.Is(err, ErrInvalid) {
			t.Errorf("an excuse of %d: %v", len([]rune(excuse)), err)
		}
	}
	if err := m.Plead("发烧", monday.Add(ExcuseWithin)); !errors.Is(err, ErrMissState) {
		t.Errorf("after a week: %v", err)
	}
	if err := m.Plead("发烧", monday.Add(ExcuseWithin-1)); err != nil {
		t.Fatal(err)
	}
	if err := m.Plead("发烧", monday); !errors.Is(err, ErrMissState) {
		t.Errorf("twice: %v", err)
	}
	silence := m.PleadedAt.Add(ExcuseWithin)
	if m.Excused(silence-1) || !m.Excused(silence) {
		t.Error("silence excuses after a week")
	}
	if err := m.Judge(9, false, "没有凭据", silence); !errors.Is(err, ErrMissState) {
		t.Errorf("judged after silence: %v", err)
	}
	if err := m.Judge(9, false, "没有凭据", silence-1); err != nil || m.Status != MissUpheld || m.Excused(silence) {
		t.Errorf("it is %s, %v", m.Status, err)
	}
}

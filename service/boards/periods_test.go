package boards_test

import (
	"fmt"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/boards"
)

// edge is a moment at the edge of periods, in Shanghai, and the boards that it belongs to.
type edge struct {
	at                              string
	day, week, month, quarter, year string
}

// edges are in the order of time. The ISO year 2026 has a week 53, which ends in 2027; midnight in UTC is no edge.
func edges() []edge {
	return []edge{
		{"2026-11-30T23:59:59.999999+08:00", "2026-11-30", "2026-W49", "2026-11", "2026-Q4", "2026"},
		{"2026-12-01T00:00:00+08:00", "2026-12-01", "2026-W49", "2026-12", "2026-Q4", "2026"},
		{"2026-12-01T07:59:59.999999+08:00", "2026-12-01", "2026-W49", "2026-12", "2026-Q4", "2026"},
		{"2026-12-01T08:00:00+08:00", "2026-12-01", "2026-W49", "2026-12", "2026-Q4", "2026"},
		{"2026-12-27T23:59:59.999999+08:00", "2026-12-27", "2026-W52", "2026-12", "2026-Q4", "2026"},
		{"2026-12-28T00:00:00+08:00", "2026-12-28", "2026-W53", "2026-12", "2026-Q4", "2026"},
		{"2026-12-31T23:59:59.999999+08:00", "2026-12-31", "2026-W53", "2026-12", "2026-Q4", "2026"},
		{"2027-01-01T00:00:00+08:00", "2027-01-01", "2026-W53", "2027-01", "2027-Q1", "2027"},
		{"2027-01-03T23:59:59.999999+08:00", "2027-01-03", "2026-W53", "2027-01", "2027-Q1", "2027"},
		{"2027-01-04T00:00:00+08:00", "2027-01-04", "2027-W01", "2027-01", "2027-Q1", "2027"},
		{"2027-03-31T23:59:59.999999+08:00", "2027-03-31", "2027-W13", "2027-03", "2027-Q1", "2027"},
		{"2027-04-01T00:00:00+08:00", "2027-04-01", "2027-W13", "2027-04", "2027-Q2", "2027"},
		{"2028-02-29T23:59:59.999999+08:00", "2028-02-29", "2028-W09", "2028-02", "2028-Q1", "2028"},
		{"2028-03-01T00:00:00+08:00", "2028-03-01", "2028-W09", "2028-03", "2028-Q1", "2028"},
	}
}

func (e edge) instant(t *testing.T) model.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, e.at)
	if err != nil {
		t.Fatal(err)
	}
	return model.InstantOf(at)
}

func (e edge) keys() map[model.Period]string {
	return map[model.Period]string{
		model.PeriodDay: e.day, model.PeriodWeek: e.week, model.PeriodMonth: e.month, model.PeriodQuarter: e.quarter, model.PeriodYear: e.year,
	}
}

// booked is what was booked on each board so far, by period and key, by person.
type booked map[string]map[int]int64

func (b booked) add(e edge, person int, points int64) {
	for period, key := range e.keys() {
		name := string(period) + " " + key
		if b[name] == nil {
			b[name] = map[int]int64{}
		}
		b[name][person] += points
	}
}

// wantBooked compares a board with what was booked on it. No key is that of the clock.
func (h *hall) wantBooked(t *testing.T, b booked, period model.Period, key, asked string) {
	t.Helper()
	list, err := h.Top(t.Context(), h.Resident(0), boards.Query{Period: period, Key: asked}, model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	want, got := b[string(period)+" "+key], map[int]int64{}
	for _, r := range list.Items {
		for i, m := range h.people {
			if m.ID == r.Member.ID {
				got[i] = r.Points
			}
		}
	}
	if list.Board.Key != key || fmt.Sprint(got) != fmt.Sprint(want) && len(got)+len(want) > 0 {
		t.Errorf("%s %s: got %v of %s, want %v", period, key, got, list.Board.Key, want)
	}
}

func TestEntriesCountInTheirOwnPeriodWheneverTheyArrive(t *testing.T) {
	eachSource(t, func(t *testing.T, h *hall, _ string) {
		all, b := edges(), booked{}
		for i, e := range all {
			h.now = e.instant(t)
			h.award(t, h.people[i], int64(i+1), e.instant(t), 0, false)
			b.add(e, i, int64(i+1))
			if i > 0 { // what was done just before the edge arrives after it
				h.award(t, h.people[20], 2, all[i-1].instant(t), 0, false)
				b.add(all[i-1], 20, 2)
			}
			h.settleDown(t)
			h.now = e.instant(t)
			for period, key := range e.keys() {
				h.now = e.instant(t) - 1 // the clock of the hall goes on by one with every look at it
				h.wantBooked(t, b, period, key, "")
			}
		}
		for i, e := range all { // and what arrives a year later
			h.award(t, h.people[21], int64(i+1), e.instant(t), 0, false)
			b.add(e, 21, int64(i+1))
		}
		h.reverse(t, h.posted[0], false) // from the board that it was on, not from today's
		b.add(all[0], 0, -1)
		for _, board := range b {
			if board[0] == 0 {
				delete(board, 0)
			}
		}
		h.settleDown(t)
		for _, e := range all {
			for period, key := range e.keys() {
				h.wantBooked(t, b, period, key, key)
			}
		}
		if _, differences, err := h.Check(t.Context()); err != nil || len(differences) > 0 {
			t.Errorf("check: %v, %v", differences, err)
		}
		h.wantCopies(t)
	})
}

func TestACampaignEndsToTheMomentWhateverArrivesLater(t *testing.T) {
	eachSource(t, func(t *testing.T, h *hall, _ string) {
		c := h.givenCampaign(t)
		for i, at := range []model.Instant{c.StartsAt - 1, c.StartsAt, c.EndsAt, c.EndsAt + 1} {
			h.award(t, h.people[i], 5, at, c.ID, false)
		}
		h.now = c.EndsAt.Add(48 * time.Hour)
		h.award(t, h.people[4], 4, c.StartsAt+1, c.ID, false) // late, and before the close
		h.settleDown(t)
		h.wantBoard(t, h.Resident(0), boards.Query{Campaign: c.ID}, h.want(func(p posted) bool {
			return p.at >= c.StartsAt && p.at <= c.EndsAt
		}), map[bool]string{true: boards.FromRedis, false: boards.FromSQL}[h.redis != nil])
	})
}

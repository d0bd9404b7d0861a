package disclosure_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"linbanglin/model"
)

func TestTheCommunitysOwnDays(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		partial := h.Resident(1) // an admin of one area only
		partial.Grants = []model.Grant{{Role: model.RoleCommunityAdmin, NodeID: h.Areas[0].ID, NodeKind: model.KindArea}}
		for name, c := range map[string]struct {
			who  model.Actor
			note string
			want error
		}{
			"the admin": {h.admin, " 社区活动 ", nil}, "an admin of a part": {partial, "", model.ErrForbidden}, "a resident": {h.Resident(0), "", model.ErrForbidden},
			"a long note": {h.admin, strings.Repeat("长", 51), model.ErrInvalid},
		} {
			if _, err := h.SetDay(t.Context(), c.who, 20261125, false, c.note); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		for _, working := range []bool{true, false} { // the later word counts
			day, err := h.SetDay(t.Context(), h.admin, 20261126, working, "")
			must(t, day, err)
		}
		for who, want := range map[*model.Actor][4]bool{new(h.Resident(0)): {true, true, false, false}, new(h.Others.Resident(0)): {true, true, true, true}} {
			days, err := h.Calendar(t.Context(), *who, 20261123, 20261126)
			for i, d := range must(t, days, err) {
				if d.Working != want[i] || (d.Source == model.FromCommunity) == want[i] {
					t.Errorf("got %+v, want %t", d, want[i])
				}
			}
		}
		if days, err := h.Calendar(t.Context(), h.Resident(0), 0, 0); err != nil || len(days) != 31 || days[0].Day != 20261123 || days[2].Note != "社区活动" {
			t.Errorf("got %d days, %v", len(days), err)
		}
		for _, c := range [][2]model.Day{{20261123, 20261122}, {20260101, 20270102}} {
			if _, err := h.Calendar(t.Context(), h.Resident(0), c[0], c[1]); !errors.Is(err, model.ErrPeriod) {
				t.Errorf("%v: %v", c, err)
			}
		}
		if days, err := h.Calendar(t.Context(), h.Resident(0), 20260101, 20270101); err != nil || len(days) != 366 {
			t.Errorf("got %d days, %v", len(days), err)
		}
		p, _ := h.published(t, h.Resident(0))
		a := h.appealed(t, h.Resident(2), p, 1)
		if want := model.Day(20261202).End(); a.DueAt != want { // two days later than without them
			t.Errorf("due at %s, want %s", a.DueAt, want)
		}
		h.wait(time.Hour)
		day, err := h.SetDay(t.Context(), h.admin, 20261127, false, "")
		must(t, day, err)
		if again, err := h.FindAppeal(t.Context(), h.admin, a.ID); err != nil || again.DueAt != a.DueAt {
			t.Errorf("got %+v, %v", again, err)
		}
	})
}

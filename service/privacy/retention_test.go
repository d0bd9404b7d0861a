package privacy_test

import (
	"testing"
	"time"

	"linbanglin/model"
)

// old is what a rule looks at: a row of a table with columns set, the time by which it is judged among them, and what of it
// is gone afterwards, nothing for the row itself.
type old struct {
	table, time string
	set         map[string]any
	blanked     []string
}

func oldRows() map[string]old {
	return map[string]old{
		"request_doors":  {"help_request", "updated_at", map[string]any{"status": "confirmed"}, []string{"building_id", "unit_id", "household_id"}},
		"matter_doors":   {"matter", "updated_at", map[string]any{"status": "closed", "evidence": "[]"}, []string{"household_id", "contact_phone", "contact_name"}},
		"reveals":        {"contact_reveal", "created_at", nil, nil},
		"read_notices":   {"notice", "read_at", nil, nil},
		"messages":       {"message", "updated_at", map[string]any{"status": "sent"}, nil},
		"alarm_answers":  {"doorbell_delivery", "created_at", nil, []string{"answer"}},
		"register_reads": {"register_read", "created_at", nil, nil},
		"exports":        {"data_export", "created_at", map[string]any{"status": "expired"}, nil},
	}
}

// TestEachRuleForgetsInTimeAndNotBefore looks at one row for each rule a microsecond before it is too old, and then.
func TestEachRuleForgetsInTimeAndNotBefore(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		for _, rule := range model.RetentionRules() {
			o, known := oldRows()[rule.Code]
			if !known {
				t.Errorf("%s is not tried", rule.Code)
				continue
			}
			made := testTime
			h.put(o, made)
			h.now = made.Add(rule.Life) - microsecond
			h.forget(rule.Code, 0)
			h.wantOld(rule.Code, o, true)
			h.now += microsecond
			h.forget(rule.Code, 1)
			h.wantOld(rule.Code, o, false)
			h.forget(rule.Code, 0)
			h.exec("DELETE FROM " + o.table)
		}
		admin := h.Holder(model.RoleCommunityAdmin)
		k, err := h.rights.Keeping(t.Context(), admin)
		h.must(err)
		for _, rule := range k.Rules {
			if rule.Total != 1 || rule.Forgotten != 0 || rule.RanAt == 0 {
				t.Errorf("%s: %+v", rule.Code, rule)
			}
		}
		if len(k.Kept) == 0 {
			t.Error("nothing is kept")
		}
		if _, err := h.rights.Keeping(t.Context(), h.Resident(0)); model.Reason(err) != model.ErrForbidden {
			t.Errorf("a resident: %v", err)
		}
	})
}

// TestRulesAreFollowedOnceAnHourAndPartByPart has another process come within the hour, and more rows than one part has.
func TestRulesAreFollowedOnceAnHourAndPartByPart(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		forgets := func(want int64) {
			t.Helper()
			if n, err := h.rights.Forget(ctx); n != want || err != nil {
				t.Errorf("%d rows are forgotten, want %d: %v", n, want, err)
			}
		}
		h.now = testTime.Add(10 * 365 * 24 * time.Hour)
		forgets(0)
		rows := map[string]int{"reveals": 5, "alarm_answers": 3}
		for rule, n := range rows {
			for range n {
				h.put(oldRows()[rule], testTime)
			}
		}
		forgets(0)
		for _, want := range []int{2, 2, 1, 0} {
			if n, err := h.store.Retention.Forget(ctx, "reveals", h.now, 2); n != want || err != nil {
				t.Errorf("a part has %d rows, want %d: %v", n, want, err)
			}
		}
		for _, want := range []int{2, 1, 0} {
			if n, err := h.store.Retention.Forget(ctx, "alarm_answers", h.now, 2); n != want || err != nil {
				t.Errorf("a part has %d rows, want %d: %v", n, want, err)
			}
		}
		h.put(oldRows()["reveals"], testTime)
		h.now = h.now.Add(time.Hour)
		forgets(1)
	})
}

// testTime is when what is too old was made, long before anything else of a test.
const testTime = model.Instant(1_500_000_000_000_000)

// put writes a row for a rule.
func (h *house) put(o old, made model.Instant) {
	h.t.Helper()
	h.row(o.table, "密", h.Members[0].ID, "member_id")
	for c, v := range o.set {
		h.exec("UPDATE "+o.table+" SET "+c+" = ?", v)
	}
	h.exec("UPDATE "+o.table+" SET "+o.time+" = ?", int64(made))
}

// forget runs the rules, as if they had not run within the hour, and wants one to have forgotten so many rows.
func (h *house) forget(rule string, want int64) {
	h.t.Helper()
	h.exec("UPDATE retention_run SET ran_at = 0")
	if _, err := h.rights.Forget(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	runs, err := h.store.Retention.Runs(h.t.Context())
	h.must(err)
	if run := runs[rule]; run == nil || run.Forgotten != want || run.RanAt != h.now {
		h.t.Errorf("%s: the run is %+v, want %d rows", rule, run, want)
	}
}

// wantOld wants the row of a rule to be there as it was, or not.
func (h *house) wantOld(rule string, o old, there bool) {
	h.t.Helper()
	rows := h.rows(o.table)
	if o.blanked == nil {
		if (len(rows) == 1) != there {
			h.t.Errorf("%s: %d rows are there", rule, len(rows))
		}
		return
	}
	for _, c := range o.blanked {
		if had := rows[0][c] != "" && rows[0][c] != "0"; had != there {
			h.t.Errorf("%s: %s is %q", rule, c, rows[0][c])
		}
	}
}

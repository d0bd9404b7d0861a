package market_test

import (
	"testing"

	"pgregory.net/rapid"

	"linbanglin/model"
	"linbanglin/service/market"
)

// hopes is what a neighbour who knows the rules expects of a request: a much simpler thing than the code.
type hopes struct {
	slots    int
	held     map[int]string // by helper: active, started or finished
	over     model.RequestStatus
	objected bool // which one may do once
}

func (h *hopes) status() model.RequestStatus {
	begun, finished := 0, 0
	for _, state := range h.held {
		if state != "active" {
			begun++
		}
		if state == "finished" {
			finished++
		}
	}
	switch {
	case h.over != "":
		return h.over
	case begun > 0 && finished == len(h.held):
		return model.RequestDone
	case begun > 0:
		return model.RequestInProgress
	case len(h.held) == h.slots:
		return model.RequestClaimed
	}
	return model.RequestOpen
}

// try tells whether a step should be possible, and takes it then.
func (h *hopes) try(step string, helper int) bool {
	now, state := h.status(), h.held[helper]
	working := now == model.RequestOpen || now == model.RequestClaimed || now == model.RequestInProgress
	judged := now == model.RequestDone || now == model.RequestDisputed
	switch {
	case step == "claim" && (now == model.RequestOpen || now == model.RequestInProgress) && state == "" && len(h.held) < h.slots:
		h.held[helper] = "active"
	case step == "unclaim" && working && (state == "active" || state == "started"):
		delete(h.held, helper)
	case step == "start" && working && state == "active":
		h.held[helper] = "started"
	case step == "finish" && working && state == "started":
		h.held[helper] = "finished"
	case step == "confirm" && judged, step == "credit" && now == model.RequestDisputed:
		h.over = model.RequestConfirmed
	case step == "dispute" && (now == model.RequestDone || now == model.RequestConfirmed && !h.objected):
		h.over, h.objected = model.RequestDisputed, true
	case step == "close" && now == model.RequestDisputed:
		h.over = model.RequestClosed
	case step == "cancel" && working:
		h.cancel()
	default:
		return false
	}
	return true
}

// cancel keeps what is finished, and ends everything when nothing is.
func (h *hopes) cancel() {
	kept := map[int]string{}
	for helper, state := range h.held {
		if state == "finished" {
			kept[helper] = state
		}
	}
	if h.held = kept; len(kept) == 0 {
		h.over = model.RequestCancelled
	}
}

func TestWalksDoWhatNeighboursExpect(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		earned := map[int]int64{} // confirmed claims, by helper, over all walks
		asker, judge := s.Resident(0), s.Holder(model.RoleGridWorker)
		steps := []string{"claim", "claim", "start", "finish", "unclaim", "confirm", "dispute", "credit", "close", "cancel"}
		rapid.Check(t, func(t *rapid.T) {
			h := &hopes{slots: rapid.IntRange(1, 3).Draw(t, "slots"), held: map[int]string{}}
			r, err := s.Ask(t.Context(), asker, market.RequestInput{Category: "errand", Title: "搬桌子", Slots: h.slots})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _, _ = s.Cancel(t.Context(), asker, r.ID, "散步结束") }() // none stays waiting
			for range rapid.IntRange(1, 14).Draw(t, "steps") {
				step, helper := rapid.SampledFrom(steps).Draw(t, "step"), rapid.IntRange(1, 4).Draw(t, "helper")
				before := h.status()
				want := h.try(step, helper)
				got, err := s.step(t, step, asker, s.Resident(helper), judge, r.ID)
				if (err == nil) != want || err == nil && got.Status != h.status() {
					t.Fatalf("%s by %d when %s: %v, expected success %t and then %s", step, helper, before, err, want, h.status())
				}
				if err != nil && model.Reason(err).Kind != model.Conflict && model.Reason(err).Kind != model.Forbidden {
					t.Fatalf("%s when %s: %v", step, before, err)
				}
			}
			if h.over == model.RequestConfirmed { // in the end, whatever was ruled before
				for helper := range h.held {
					earned[helper]++
				}
			}
			for helper := 1; helper <= 4; helper++ {
				b, err := s.ledger.Balance(t.Context(), s.Resident(helper))
				if err != nil || b.Posted != 10*earned[helper] || b.Minutes != 5*earned[helper] {
					t.Fatalf("helper %d has %d points and %d minutes for %d claims, %v", helper, b.Posted, b.Minutes, earned[helper], err)
				}
			}
		})
	})
}

func (s *square) step(t *rapid.T, step string, asker, helper, judge model.Actor, id model.ID) (*model.HelpRequest, error) {
	ctx := t.Context()
	switch step {
	case "claim":
		return s.Claim(ctx, helper, id)
	case "unclaim":
		return s.Unclaim(ctx, helper, id, "有事")
	case "start":
		return s.Start(ctx, helper, id)
	case "finish":
		return s.Finish(ctx, helper, id, 5, "")
	case "confirm":
		return s.Confirm(ctx, asker, id, market.Review{Rating: 4})
	case "dispute":
		return s.Dispute(ctx, asker, id, "没有来")
	case "cancel":
		return s.Cancel(ctx, asker, id, "不用了")
	default:
		return s.Resolve(ctx, judge, id, step == "credit", "核实过", nil)
	}
}

package model_test

import (
	"errors"
	"slices"
	"testing"

	"linbanglin/model"
)

// requestStates lists every state of a request, with whether it waits for helpers and whether it ended undone.
func requestStates() map[model.RequestStatus][2]bool {
	states := map[model.RequestStatus][2]bool{}
	for from, to := range model.RequestTransitions() {
		for _, s := range append(to, from) {
			states[s] = [2]bool{
				s == model.RequestOpen || s == model.RequestEscalated,
				s == model.RequestCancelled || s == model.RequestExpired || s == model.RequestClosed,
			}
		}
	}
	return states
}

func TestADispatchFollowsItsRequest(t *testing.T) {
	for status, is := range requestStates() {
		for _, from := range []model.DispatchStatus{model.DispatchRunning, model.DispatchCase, model.DispatchFilled, model.DispatchEnded} {
			waits, over := is[0], is[1]
			d := &model.Dispatch{Status: from, NextAt: 5, ProposedID: 3, Note: "x"}
			open := d.Open()
			changed := d.Follow(&model.HelpRequest{Status: status}, 9)
			want := from
			switch {
			case waits && from == model.DispatchFilled:
				want = model.DispatchRunning
			case waits || !open:
			case over:
				want = model.DispatchEnded
			default:
				want = model.DispatchFilled
			}
			if d.Status != want || changed != (want != from) {
				t.Errorf("%s, as the request is %s: %s, changed %t; want %s", from, status, d.Status, changed, want)
			}
			if changed && !slices.Contains(model.DispatchTransitions()[from], want) {
				t.Errorf("%s to %s is in no table", from, want)
			}
			if changed && waits != (d.NextAt == 9) || changed && (d.ProposedID != 0 || d.Note != "") && !waits {
				t.Errorf("%s, as the request is %s: %+v", from, status, d)
			}
		}
	}
}

func TestAnswersToAnAsk(t *testing.T) {
	answers := []model.AskAnswer{model.AskSent, model.AskAccepted, model.AskDeclined, model.AskSilent, model.AskVoid}
	for _, from := range answers {
		for _, to := range answers {
			a := &model.Ask{Answer: from}
			err := a.Settle(to, 7)
			allowed := slices.Contains(model.AskTransitions()[from], to)
			answered := to == model.AskAccepted || to == model.AskDeclined
			switch {
			case allowed && (err != nil || a.Answer != to || (a.AnsweredAt == 7) != answered):
				t.Errorf("%s to %s: %+v, %v", from, to, a, err)
			case !allowed && (!errors.Is(err, model.ErrAskState) || a.Answer != from || a.AnsweredAt != 0):
				t.Errorf("%s to %s: %+v, %v", from, to, a, err)
			}
		}
		if open := slices.Contains(model.OpenAnswers(), from); open != slices.Contains(model.AskTransitions()[from], model.AskAccepted) {
			t.Errorf("%s is open: %t", from, open)
		}
	}
}

func TestACaseHasAnOwnerUntilSomebodyElseAccepts(t *testing.T) {
	d := &model.Dispatch{Status: model.DispatchRunning}
	if err := d.Propose(1, 2, "", 5); !errors.Is(err, model.ErrCaseState) {
		t.Errorf("no case: %v", err)
	}
	d.Own(1, 5)
	for _, c := range []struct{ got, want error }{
		{d.Propose(2, 3, "", 6), model.ErrForbidden},
		{d.Propose(1, 1, "", 6), model.ErrCaseState},
		{d.Accept(2, 6), model.ErrCaseState},
		{d.Propose(1, 2, "x", 6), nil},
		{d.Accept(3, 6), model.ErrCaseState},
	} {
		if !errors.Is(c.got, c.want) || d.OwnerID != 1 {
			t.Errorf("got %v, want %v; %+v", c.got, c.want, d)
		}
	}
	if err := d.Accept(2, 7); err != nil || d.OwnerID != 2 || d.OwnedAt != 7 || d.ProposedID != 0 || d.Note != "" {
		t.Errorf("accepted: %+v, %v", d, err)
	}
	d.Exhaust(8)
	if !d.HasCase() || d.OwnerID != 2 || d.NextAt != 0 {
		t.Errorf("exhausted: %+v", d)
	}
	d.Follow(&model.HelpRequest{Status: model.RequestClaimed}, 9)
	if d.HasCase() || d.Accept(2, 9) == nil {
		t.Errorf("claimed: %+v", d)
	}
}

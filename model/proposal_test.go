package model

import (
	"errors"
	"slices"
	"testing"
)

// TestProposalTransitions walks the whole table: every pair of states either follows or is refused and changes nothing.
func TestProposalTransitions(t *testing.T) {
	states := []ProposalStatus{
		ProposalDraft, ProposalPublished, ProposalDiscussion, ProposalVoting, ProposalDecided, ProposalFailed, ProposalCounted, ProposalAnnounced,
		ProposalExecuting, ProposalReviewed, ProposalClosed, ProposalCancelled,
	}
	for _, from := range states {
		for _, to := range states {
			p := &Proposal{Status: from, Version: 1}
			err := p.move(to, 5)
			switch allowed := slices.Contains(ProposalTransitions()[from], to); {
			case allowed && (err != nil || p.Status != to || p.Version != 2 || p.UpdatedAt != 5):
				t.Errorf("%s -> %s: %v, %+v", from, to, err, p)
			case !allowed && (!errors.Is(err, ErrProposalState) || p.Status != from || p.Version != 1):
				t.Errorf("%s -> %s: %v, %+v", from, to, err, p)
			}
		}
	}
	for from, after := range ProposalTransitions() {
		for _, to := range append(after, from) {
			if !slices.Contains(states, to) {
				t.Errorf("%s is a state that is not walked", to)
			}
		}
	}
}

func TestFractions(t *testing.T) {
	for _, c := range []struct {
		f           Fraction
		part, whole int
		want        bool
	}{
		{Fraction{1, 2, true}, 5, 10, false},
		{Fraction{1, 2, true}, 6, 10, true},
		{Fraction{1, 2, true}, 0, 0, false},
		{Fraction{1, 2, true}, 3, 5, true},
		{Fraction{2, 3, false}, 20, 30, true},
		{Fraction{2, 3, false}, 19, 30, false},
		{Fraction{2, 3, false}, 21, 31, true},
		{Fraction{0, 1, false}, 0, 7, true},
	} {
		if got := c.f.Reached(c.part, c.whole); got != c.want {
			t.Errorf("%+v of %d and %d: got %t", c.f, c.part, c.whole, got)
		}
	}
}

func TestDefaultVotingRulesAreRulesOfEveryVoteAndMeeting(t *testing.T) {
	var want []string
	for _, k := range ProposalKinds() {
		want = append(want, string(k))
	}
	for _, s := range MeetingStages() {
		want = append(want, string(s))
	}
	for i, r := range DefaultVotingRules() {
		if err := r.Validate(); err != nil || r.Kind != want[i] {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

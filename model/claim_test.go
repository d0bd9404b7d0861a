package model

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"
)

// given returns a request that begins in a day, with a helper for each of its slots.
func givenClaimed(t *testing.T, slots int) *HelpRequest {
	t.Helper()
	r := givenRequest(t, slots)
	r.StartsAt, r.EndsAt = monday.Add(24*time.Hour), monday.Add(26*time.Hour)
	r.DeadlineAt = r.StartsAt
	for i := range slots {
		if _, err := r.Claim(neighbour(helperID+ID(i)), ID(50+i), monday); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *HelpRequest) wantClaims(t *testing.T, want ...ClaimStatus) {
	t.Helper()
	var got []ClaimStatus
	for _, c := range r.Claims {
		got = append(got, c.Status)
		if (c.Holding != nil) != c.Status.Holds() {
			t.Errorf("claim %d is %s, and holds a slot: %t", c.ID, c.Status, c.Holding != nil)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("claims are %v, want %v", got, want)
	}
}

func wantMisses(t *testing.T, r *HelpRequest, want ...MissKind) {
	t.Helper()
	var got []MissKind
	for _, m := range r.Misses {
		got = append(got, m.Kind)
	}
	if !slices.Equal(got, want) {
		t.Errorf("missed %v, want %v", got, want)
	}
}

func TestClaimTableIsClosedAndReachable(t *testing.T) {
	all := []ClaimStatus{
		ClaimWaiting, ClaimTaking, ClaimActive, ClaimLeaving, ClaimStarted, ClaimFinished, ClaimConfirmed, ClaimMissed,
		ClaimWithdrawn, ClaimReplaced, ClaimVoid, ClaimUnfilled, ClaimLapsed,
	}
	reached := map[ClaimStatus]bool{ClaimWaiting: true, ClaimTaking: true}
	for range all {
		for from := range maps.Clone(reached) {
			for _, to := range ClaimTransitions()[from] {
				reached[to] = true
			}
		}
	}
	for _, s := range all {
		if !reached[s] {
			t.Errorf("nothing leads to %s", s)
		}
	}
	if len(reached) != len(all) {
		t.Errorf("%d states are reached of %d", len(reached), len(all))
	}
	for _, final := range []ClaimStatus{ClaimWithdrawn, ClaimReplaced, ClaimVoid, ClaimUnfilled, ClaimLapsed} {
		if len(ClaimTransitions()[final]) > 0 {
			t.Errorf("something follows %s", final)
		}
	}
}

func TestAStandInTakesTheSlot(t *testing.T) {
	r := givenClaimed(t, 2)
	late := r.StartsAt.Add(-time.Hour)
	if _, err := r.StandIn(helperID, "发烧了", late); err != nil || r.Status != RequestOpen {
		t.Fatalf("it is %s, %v", r.Status, err)
	}
	r.wantClaims(t, ClaimLeaving, ClaimActive)
	if _, err := r.Claim(neighbour(9), 60, late); err != nil || r.Status != RequestClaimed || r.Claims[2].ReplacesID != r.Claims[0].ID {
		t.Fatalf("it is %s, %v", r.Status, err)
	}
	r.wantClaims(t, ClaimReplaced, ClaimActive, ClaimActive)
	wantMisses(t, r)
	if _, err := r.Claim(neighbour(10), 61, late); !errors.Is(err, ErrAlreadyClaimed) {
		t.Errorf("a third for two slots: %v", err)
	}
}

func TestWithoutAStandIn(t *testing.T) {
	for name, c := range map[string]struct {
		asked time.Duration // before the start
		then  func(r *HelpRequest) error
		want  ClaimStatus
		miss  []MissKind
	}{
		"asked early, nobody came": {3 * time.Hour, nil, ClaimWithdrawn, nil},
		"asked late, nobody came":  {time.Hour, nil, ClaimWithdrawn, []MissKind{MissLate}},
		"changed their mind":       {time.Hour, func(r *HelpRequest) error { _, err := r.Keep(helperID, r.StartsAt); return err }, ClaimActive, nil},
		"went after all":           {time.Hour, func(r *HelpRequest) error { _, err := r.Start(helperID, r.StartsAt); return err }, ClaimStarted, nil},
		"gave it back early": {3 * time.Hour, func(r *HelpRequest) error {
			_, err := r.Unclaim(helperID, "", r.StartsAt.Add(-LateWithin)-1)
			return err
		}, ClaimWithdrawn, nil},
		"asked early, gave back later": {3 * time.Hour, func(r *HelpRequest) error { _, err := r.Unclaim(helperID, "", r.StartsAt.Add(-LateWithin)); return err }, ClaimWithdrawn, nil},
	} {
		r := givenClaimed(t, 1)
		if _, err := r.StandIn(helperID, "有事", r.StartsAt.Add(-c.asked)); err != nil {
			t.Fatal(err)
		}
		if due := r.DueClaim(r.StartsAt - 1); due != nil {
			t.Errorf("%s: given up before the start", name)
		}
		if c.then == nil {
			c.then = func(r *HelpRequest) error { return r.GiveUp(r.DueClaim(r.StartsAt), r.StartsAt) }
		}
		if err := c.then(r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Run(name, func(t *testing.T) {
			r.wantClaims(t, c.want)
			wantMisses(t, r, c.miss...)
		})
		if r.DueClaim(r.StartsAt.Add(48*time.Hour)) != nil {
			t.Errorf("%s: something is due still", name)
		}
	}
}

func TestWhatIsLate(t *testing.T) {
	for name, c := range map[string]struct {
		starts, claimed, back time.Duration
		want                  []MissKind
	}{
		"two hours and more before": {24 * time.Hour, 0, 22*time.Hour - 1, nil},
		"within two hours":          {24 * time.Hour, 0, 22 * time.Hour, []MissKind{MissLate}},
		"second thoughts":           {time.Hour, 30 * time.Minute, 45*time.Minute - 1, nil},
		"no second thoughts":        {time.Hour, 30 * time.Minute, 45 * time.Minute, []MissKind{MissLate}},
		"no wanted time":            {0, 0, 100 * time.Hour, nil},
	} {
		r := givenRequest(t, 1)
		if c.starts != 0 {
			r.StartsAt, r.EndsAt = monday.Add(c.starts), monday.Add(c.starts+time.Hour)
		}
		if _, err := r.Claim(neighbour(helperID), 50, monday.Add(c.claimed)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Unclaim(helperID, "有事", monday.Add(c.back)); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { wantMisses(t, r, c.want...) })
	}
}

func TestTheQueueHasItsTurn(t *testing.T) {
	r := givenClaimed(t, 1)
	for i := range ID(2) {
		if _, err := r.Wait(neighbour(20+i), 70+i, monday); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Wait(neighbour(20), 75, monday); !errors.Is(err, ErrAlreadyClaimed) {
		t.Errorf("waits twice: %v", err)
	}
	if len(r.Queue(monday)) != 0 {
		t.Error("nobody has a turn while no slot is free")
	}
	stalled := r.StartsAt.Add(30 * time.Minute)
	if _, err := r.TakeOver(neighbour(22), 0, 72, stalled-1); !errors.Is(err, ErrNotStalled) {
		t.Errorf("taken over in time: %v", err)
	}
	if _, err := r.TakeOver(neighbour(22), 0, 72, stalled); err != nil {
		t.Fatal(err)
	}
	if _, err := r.TakeOver(neighbour(23), 0, 73, stalled); !errors.Is(err, ErrAlreadyClaimed) {
		t.Errorf("taken over twice: %v", err)
	}
	if _, err := r.Unclaim(helperID, "", stalled); err != nil {
		t.Fatal(err)
	}
	var order []ID
	for _, c := range r.Queue(stalled) {
		order = append(order, c.HelperID)
	}
	if !slices.Equal(order, []ID{22, 20, 21}) {
		t.Errorf("the turns are %v", order)
	}
	if err := r.Promote(r.Queue(stalled)[0], stalled); err != nil || r.Status != RequestClaimed {
		t.Errorf("it is %s, %v", r.Status, err)
	}
	if err := r.Cancel("不用了", stalled); err != nil {
		t.Fatal(err)
	}
	r.wantClaims(t, ClaimWithdrawn, ClaimUnfilled, ClaimUnfilled, ClaimVoid)
}

func TestTakeovers(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(r *HelpRequest, now Instant) error
		claims []ClaimStatus
		miss   []MissKind
	}{
		"silence": {func(r *HelpRequest, now Instant) error {
			return r.TakenInSilence(r.DueClaim(now.Add(12*time.Hour)), now)
		}, []ClaimStatus{ClaimReplaced, ClaimActive}, []MissKind{MissLate}},
		"the helper goes": {func(r *HelpRequest, now Instant) error { _, err := r.Keep(helperID, now); return err }, []ClaimStatus{ClaimActive, ClaimUnfilled}, nil},
		"the helper is there": {
			func(r *HelpRequest, now Instant) error { _, err := r.Start(helperID, now); return err }, []ClaimStatus{ClaimStarted, ClaimUnfilled}, nil,
		},
		"the helper yields":   {func(r *HelpRequest, now Instant) error { _, err := r.Yield(helperID, now); return err }, []ClaimStatus{ClaimReplaced, ClaimActive}, nil},
		"the other withdraws": {func(r *HelpRequest, now Instant) error { _, err := r.Unclaim(secondID, "", now); return err }, []ClaimStatus{ClaimActive, ClaimWithdrawn}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := givenClaimed(t, 1)
			now := r.StartsAt.Add(time.Hour)
			if _, err := r.TakeOver(neighbour(secondID), 0, 60, now); err != nil {
				t.Fatal(err)
			}
			if r.DueClaim(now.Add(12*time.Hour-1)) != nil {
				t.Error("silence approves too early")
			}
			before := r.Version
			if err := c.do(r, now); err != nil || r.Version != before+1 {
				t.Fatalf("%d steps, %v", r.Version-before, err)
			}
			r.wantClaims(t, c.claims...)
			wantMisses(t, r, c.miss...)
		})
	}
}

func TestLapsingIsMissedByWhoDidNotCome(t *testing.T) {
	r := givenClaimed(t, 3)
	if _, err := r.Start(helperID, r.StartsAt); err != nil {
		t.Fatal(err)
	}
	if _, err := r.StandIn(helperID+1, "有事", r.StartsAt.Add(-LateWithin)-1); err != nil {
		t.Fatal(err)
	}
	if err := r.Lapse(RequestExpired, r.EndsAt.Add(ClaimGrace)); err != nil {
		t.Fatal(err)
	}
	r.wantClaims(t, ClaimLapsed, ClaimWithdrawn, ClaimLapsed)
	wantMisses(t, r, MissUnfinished, MissNoShow)
}

func TestFairShares(t *testing.T) {
	r := givenRequest(t, 1)
	r.StartsAt = monday.Add(72 * time.Hour)
	opens := r.StartsAt.Add(-FairShareOpens)
	for name, c := range map[string]struct {
		had  Share
		at   Instant
		want error
	}{
		"little":                {Share{2, 1}, monday, nil},
		"much of the kind":      {Share{3, 0}, monday, ErrFairShare},
		"the same neighbour":    {Share{2, 2}, monday, ErrFairShare},
		"just before it opens":  {Share{9, 9}, opens - 1, ErrFairShare},
		"the last day, for all": {Share{9, 9}, opens, nil},
	} {
		if err := r.FairShare(c.had, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestRatingsAreSeenTogether(t *testing.T) {
	given := func(t *testing.T) *HelpRequest {
		r := givenStatus(t, RequestDone)
		if err := r.Confirm(5, "谢谢", nil, monday); err != nil {
			t.Fatal(err)
		}
		return r
	}
	seen := func(r *HelpRequest, reader ID, at Instant) (of, back int) {
		shown := *r
		c := *r.Claims[0]
		shown.Claims = []*Claim{&c}
		shown.HideRatings(reader, at)
		return c.Rating, c.BackRating
	}
	r := given(t)
	if of, _ := seen(r, helperID, monday.Add(RateWithin-1)); of != 0 {
		t.Error("the helper sees it before they have rated")
	}
	if of, _ := seen(r, helperID, monday.Add(RateWithin)); of != 5 {
		t.Error("the helper never sees it")
	}
	if err := r.Rate(helperID, 0, 4, "好相处", monday); err != nil {
		t.Fatal(err)
	}
	for reader, want := range map[ID][2]int{askerID: {5, 4}, posterID: {5, 4}, helperID: {5, 4}, secondID: {0, 0}} {
		if of, back := seen(r, reader, monday); of != want[0] || back != want[1] {
			t.Errorf("member %d sees %d and %d, want %v", reader, of, back, want)
		}
	}
	for by, want := range map[ID]error{helperID: ErrRated, askerID: ErrRated, secondID: ErrNotHelper} {
		if err := r.Rate(by, 0, 3, "", monday); !errors.Is(err, want) {
			t.Errorf("again by %d: got %v, want %v", by, err, want)
		}
	}
	if err := given(t).Rate(helperID, 0, 4, "", monday.Add(RateWithin)); !errors.Is(err, ErrRequestState) {
		t.Errorf("after the time: %v", err)
	}
	for _, rating := range []int{0, 6, -1} {
		if err := given(t).Rate(helperID, 0, rating, "", monday); !errors.Is(err, ErrInvalid) {
			t.Errorf("%d: got %v", rating, err)
		}
	}
}

func TestVerdicts(t *testing.T) {
	finished := func(t *testing.T) *HelpRequest {
		r := givenClaimed(t, 2)
		for i := range ID(2) {
			_, began := r.Start(helperID+i, r.StartsAt)
			_, ended := r.Finish(helperID+i, 60, "", r.StartsAt.Add(time.Hour))
			if err := errors.Join(began, ended); err != nil {
				t.Fatal(err)
			}
		}
		return r
	}
	for name, c := range map[string]struct {
		verdicts []Verdict
		want     error
		minutes  []int
		claims   []ClaimStatus
	}{
		"all done":            {nil, nil, []int{60, 60}, []ClaimStatus{ClaimConfirmed, ClaimConfirmed}},
		"one partly":          {[]Verdict{{50, OutcomePartly, 45, ""}}, nil, []int{45, 60}, []ClaimStatus{ClaimConfirmed, ClaimConfirmed}},
		"one absent":          {[]Verdict{{51, OutcomeAbsent, 0, ""}}, nil, []int{60, 0}, []ClaimStatus{ClaimConfirmed, ClaimMissed}},
		"nobody came":         {[]Verdict{{50, OutcomeAbsent, 0, ""}, {51, OutcomeAbsent, 0, ""}}, ErrInvalid, nil, nil},
		"more than reported":  {[]Verdict{{50, OutcomePartly, 61, ""}}, ErrInvalid, nil, nil},
		"as many as reported": {[]Verdict{{50, OutcomePartly, 60, ""}}, ErrInvalid, nil, nil},
		"no minutes":          {[]Verdict{{50, OutcomePartly, 0, ""}}, ErrInvalid, nil, nil},
		"another's claim":     {[]Verdict{{99, OutcomeDone, 0, ""}}, ErrInvalid, nil, nil},
		"no such outcome":     {[]Verdict{{50, "good", 0, ""}}, ErrInvalid, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := finished(t)
			err := r.Confirm(5, "", c.verdicts, r.EndsAt)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.want != nil {
				return
			}
			r.wantClaims(t, c.claims...)
			for i, minutes := range c.minutes {
				if got := r.Claims[i]; got.Minutes != minutes || got.Share(10) != int64(minutes*10/60) {
					t.Errorf("claim %d has %d minutes and %d of 10 points", i, got.Minutes, got.Share(10))
				}
			}
		})
	}
}

func TestWhoMayObjectWhen(t *testing.T) {
	r := givenStatus(t, RequestDone)
	if r.MayDispute(helperID) || !r.MayDispute(askerID) {
		t.Error("before the confirmation it is for who asked")
	}
	if err := r.Confirm(5, "", nil, monday); err != nil {
		t.Fatal(err)
	}
	if r.MayDispute(helperID) || !r.MayDispute(posterID) {
		t.Error("a helper whose work was confirmed has nothing to object to")
	}
	r.Claims[0].Minutes--
	if !r.MayDispute(helperID) {
		t.Error("a helper whose work was confirmed for less may object")
	}
	if err := r.Dispute("不对", monday.Add(ObjectWithin)); !errors.Is(err, ErrRequestState) {
		t.Errorf("after a week: %v", err)
	}
	if err := r.Dispute("不对", monday.Add(ObjectWithin-1)); err != nil || r.Status != RequestDisputed {
		t.Errorf("it is %s, %v", r.Status, err)
	}
}

func TestTheQueueDoesNotPutOffTheEnd(t *testing.T) {
	r := givenClaimed(t, 1)
	last := r.UpdatedAt
	for i := range maxClaimsEach {
		if _, err := r.Wait(neighbour(20), ID(70+i), r.EndsAt-1); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Unclaim(20, "", r.EndsAt-1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Keep(helperID, r.EndsAt-1); err != nil || r.UpdatedAt != last {
		t.Errorf("the last step was at %s, want %s; %v", r.UpdatedAt, last, err)
	}
	if _, err := r.Keep(helperID, r.EndsAt); !errors.Is(err, ErrRequestState) {
		t.Errorf("kept when it is over: %v", err)
	}
	if _, err := r.Wait(neighbour(20), 99, r.EndsAt-1); !errors.Is(err, errTooOften) {
		t.Errorf("waits again and again: %v", err)
	}
	if due := r.Due(r.EndsAt.Add(ClaimGrace)); due != RequestExpired {
		t.Errorf("past its end it is %q", due)
	}
}

func TestWhoNeverHelpedIsNotTrusted(t *testing.T) {
	r := givenClaimed(t, 1)
	if _, err := r.Wait(neighbour(20), 70, r.StartsAt); err != nil {
		t.Fatal(err)
	}
	_, began := r.Start(helperID, r.StartsAt)
	_, ended := r.Finish(helperID, 30, "", r.StartsAt)
	if err := errors.Join(began, ended); err != nil || r.Trusts(20) || !r.Trusts(helperID) {
		t.Errorf("who waited is trusted: %t, who helped: %t; %v", r.Trusts(20), r.Trusts(helperID), err)
	}
}

func TestADisputeIsRuledOnByNoParty(t *testing.T) {
	r := givenStatus(t, RequestDisputed)
	if err := r.Confirm(1, "", []Verdict{{8, OutcomePartly, 1, ""}}, monday); !errors.Is(err, ErrRequestState) {
		t.Errorf("who disputes rules on it: %v", err)
	}
	if err := r.Resolve("没有人来过", []Verdict{{8, OutcomeAbsent, 0, ""}}, monday); err != nil || r.Status != RequestClosed {
		t.Errorf("when nobody came it is %s, %v", r.Status, err)
	}
	r.wantClaims(t, ClaimMissed)
	wantMisses(t, r, MissNoShow)
}

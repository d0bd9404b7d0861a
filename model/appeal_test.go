package model

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// The parts in an appeal: 1 did the work, 2 declared it, 3 verified it, 4 published it, 5 appeals. 6 handled it
// and 7 reviewed it, where that was done.
const (
	handlerID  ID = 6
	reviewerID ID = 7
)

func givenAppeal(status AppealStatus) *Appeal {
	a := &Appeal{
		ID: 8, PublicationID: 5, ItemNo: 1, DeclarationID: 7, MemberID: 1, DeclaredBy: 2, VerifiedBy: 3, PublisherID: 4, AppellantID: 5,
		Reason: "当天不在", Status: status, Version: 1, DueAt: monday.Add(time.Hour),
	}
	if status != AppealOpen && status != AppealVoid {
		a.Decisions = []*Decision{{AppealID: 8, Stage: 1, Result: Rejected, DecidedBy: handlerID}}
		a.ReviewUntil = monday.Add(time.Hour)
	}
	return a
}

func asked() *Credit { return &Credit{10, 60} }

func TestAppealStates(t *testing.T) {
	reject, uphold := Ruling{Result: Rejected, Reason: "属实"}, Ruling{Result: Upheld, Reason: "不属实"}
	reached := map[[2]AppealStatus]bool{}
	for name, step := range map[string]struct {
		to   AppealStatus
		from AppealStatus
		run  func(*Appeal) error
	}{
		"resolve": {AppealResolved, AppealOpen, func(a *Appeal) error {
			_, err := a.Resolve(reviewerID, reject, asked(), monday, monday+1)
			return err
		}},
		"uphold": {AppealClosed, AppealOpen, func(a *Appeal) error {
			_, err := a.Resolve(reviewerID, uphold, asked(), monday, monday+1)
			return err
		}},
		"drop": {AppealVoid, AppealOpen, func(a *Appeal) error { return a.Drop(monday) }},
		"ask":  {AppealReviewing, AppealResolved, func(a *Appeal) error { return a.AskReview(5, "不服", monday, monday+1) }},
		"review": {AppealClosed, AppealReviewing, func(a *Appeal) error {
			_, err := a.Review(reviewerID, reject, asked(), monday)
			return err
		}},
	} {
		for _, from := range AppealStatuses() {
			a := givenAppeal(from)
			err := step.run(a)
			switch may := from == step.from; {
			case may && (err != nil || a.Status != step.to || a.Version != 2):
				t.Errorf("%s when %s: got %s, %v", name, from, a.Status, err)
			case !may && (!errors.Is(err, ErrAppealState) || a.Status != from || a.Version != 1 || a.DueAt != monday.Add(time.Hour)):
				t.Errorf("%s when %s: got %+v, %v", name, from, a, err)
			case may:
				reached[[2]AppealStatus{from, step.to}] = true
			}
		}
	}
	arrows := 0
	for from, next := range AppealTransitions() {
		for _, to := range next {
			if arrows++; !reached[[2]AppealStatus{from, to}] {
				t.Errorf("nothing leads from %s to %s", from, to)
			}
		}
	}
	if arrows != len(reached) || arrows != 5 {
		t.Errorf("the table has %d arrows, %d were walked", arrows, len(reached))
	}
}

func TestNobodyJudgesWhatTheyHadAPartIn(t *testing.T) {
	r := Ruling{Result: Rejected, Reason: "属实"}
	for by := ID(1); by <= 8; by++ {
		first, second := givenAppeal(AppealOpen), givenAppeal(AppealReviewing)
		if _, err := first.Resolve(by, r, asked(), monday, monday); (err == nil) != (by > 5) || by <= 5 && !errors.Is(err, ErrOwnRecord) {
			t.Errorf("%d handles: %v", by, err)
		}
		if _, err := second.Review(by, r, asked(), monday); (err == nil) != (by > handlerID) || by <= handlerID && !errors.Is(err, ErrOwnRecord) {
			t.Errorf("%d reviews: %v", by, err)
		}
	}
}

func TestRulings(t *testing.T) {
	for name, c := range map[string]struct {
		r     Ruling
		asked *Credit
		want  error
	}{
		"upheld":                       {Ruling{Result: Upheld}, asked(), nil},
		"rejected":                     {Ruling{Result: Rejected}, asked(), nil},
		"fewer points":                 {Ruling{Result: Partly, Credit: &Credit{9, 60}}, asked(), nil},
		"fewer minutes":                {Ruling{Result: Partly, Credit: &Credit{10, 0}}, asked(), nil},
		"no points":                    {Ruling{Result: Partly, Credit: &Credit{0, 60}}, asked(), nil},
		"nothing":                      {Ruling{Result: Partly, Credit: &Credit{0, 0}}, asked(), ErrInvalid},
		"all":                          {Ruling{Result: Partly, Credit: &Credit{10, 60}}, asked(), ErrInvalid},
		"more points":                  {Ruling{Result: Partly, Credit: &Credit{11, 0}}, asked(), ErrInvalid},
		"more minutes":                 {Ruling{Result: Partly, Credit: &Credit{1, 61}}, asked(), ErrInvalid},
		"negative points":              {Ruling{Result: Partly, Credit: &Credit{-1, 60}}, asked(), ErrInvalid},
		"negative minutes":             {Ruling{Result: Partly, Credit: &Credit{1, -1}}, asked(), ErrInvalid},
		"partly without an amount":     {Ruling{Result: Partly}, asked(), ErrInvalid},
		"upheld with an amount":        {Ruling{Result: Upheld, Credit: &Credit{1, 1}}, asked(), ErrInvalid},
		"a declaration reversed":       {Ruling{Result: Upheld, Reverses: 1}, asked(), ErrInvalid},
		"a declaration awarded":        {Ruling{Result: Upheld, Award: 1}, asked(), ErrInvalid},
		"no result":                    {Ruling{Result: "maybe"}, asked(), ErrInvalid},
		"points":                       {Ruling{Result: Partly}, nil, nil},
		"points reversed and awarded":  {Ruling{Result: Upheld, Reverses: 1, Award: MaxAmount}, nil, nil},
		"points with less":             {Ruling{Result: Partly, Credit: &Credit{1, 1}}, nil, ErrInvalid},
		"points, rejected, reversed":   {Ruling{Result: Rejected, Reverses: 1}, nil, ErrInvalid},
		"points, rejected and awarded": {Ruling{Result: Rejected, Award: 1}, nil, ErrInvalid},
		"points, a negative award":     {Ruling{Result: Upheld, Award: -1}, nil, ErrAmount},
		"points, a huge award":         {Ruling{Result: Upheld, Award: MaxAmount + 1}, nil, ErrAmount},
	} {
		c.r.Reason = "查实"
		a := givenAppeal(AppealOpen)
		if _, err := a.Resolve(handlerID, c.r, c.asked, monday, monday+1); !errors.Is(err, c.want) || (err == nil) != (len(a.Decisions) == 1) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	for _, reason := range []string{"", " ", strings.Repeat("长", 201)} {
		a := givenAppeal(AppealOpen)
		if _, err := a.Resolve(handlerID, Ruling{Result: Upheld, Reason: reason}, asked(), monday, monday); !errors.Is(err, ErrInvalid) {
			t.Errorf("the reason %q: %v", reason, err)
		}
		if err := givenAppeal(AppealResolved).AskReview(5, reason, monday, monday); !errors.Is(err, ErrInvalid) {
			t.Errorf("a review for %q: %v", reason, err)
		}
		if err := (&Appeal{Reason: reason}).Open(monday, monday); !errors.Is(err, ErrInvalid) {
			t.Errorf("an appeal for %q: %v", reason, err)
		}
	}
	if err := (&Appeal{Reason: "x", Evidence: []string{""}}).Open(monday, monday); !errors.Is(err, ErrInvalid) {
		t.Errorf("empty evidence: %v", err)
	}
}

func TestWhileTheResultMayChange(t *testing.T) {
	until := monday.Add(time.Hour)
	for _, status := range AppealStatuses() {
		for _, now := range []Instant{until - 1, until} {
			a := givenAppeal(status)
			waits := status == AppealOpen || status == AppealReviewing
			if got, want := a.Pending(now), waits || status == AppealResolved && now < until; got != want {
				t.Errorf("%s at %s: pending is %t", status, now, got)
			}
			if got, want := a.Late(now), waits && now == until; got != want {
				t.Errorf("%s at %s: late is %t", status, now, got)
			}
			want := error(ErrAppealState)
			switch {
			case status == AppealResolved && now < until:
				want = nil
			case status == AppealResolved:
				want = ErrReviewWindow
			}
			if err := a.AskReview(5, "不服", now, now); !errors.Is(err, want) {
				t.Errorf("%s at %s: a review: got %v, want %v", status, now, err, want)
			}
		}
	}
	if err := givenAppeal(AppealResolved).AskReview(1, "不服", monday, monday); !errors.Is(err, ErrForbidden) {
		t.Errorf("a review for someone else: %v", err)
	}
}

func TestWhatAppealsLeave(t *testing.T) {
	appeal := func(decisions ...*Decision) *Appeal { return &Appeal{Decisions: decisions} }
	rejected := &Decision{Result: Rejected, Reason: "属实"}
	partly := func(points, minutes int64) *Decision {
		return &Decision{Result: Partly, Credit: Credit{points, minutes}, Reason: "核减"}
	}
	for name, c := range map[string]struct {
		appeals []*Appeal
		want    Credit
	}{
		"none":                     {nil, Credit{10, 60}},
		"void":                     {[]*Appeal{appeal()}, Credit{10, 60}},
		"rejected":                 {[]*Appeal{appeal(rejected)}, Credit{10, 60}},
		"partly":                   {[]*Appeal{appeal(partly(4, 60))}, Credit{4, 60}},
		"rejected, then partly":    {[]*Appeal{appeal(rejected, partly(4, 30))}, Credit{4, 30}},
		"partly, then rejected":    {[]*Appeal{appeal(partly(4, 30), rejected)}, Credit{10, 60}},
		"two appeals":              {[]*Appeal{appeal(partly(4, 60)), appeal(rejected), appeal(partly(7, 20))}, Credit{4, 20}},
		"two that leave no credit": {[]*Appeal{appeal(partly(0, 60)), appeal(partly(10, 0))}, Credit{0, 0}},
	} {
		got, reason := Granted(Credit{10, 60}, c.appeals)
		if got != c.want || (reason == "") != slices.Contains([]Credit{{10, 60}}, got) {
			t.Errorf("%s: got %+v, %q, want %+v", name, got, reason, c.want)
		}
	}
}

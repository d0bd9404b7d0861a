package model

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestHitsSeeWhatAReaderSees(t *testing.T) {
	list := &ModerationList{Words: []string{"刷单", "WeChat", "贷款"}}
	for text, want := range map[string]string{
		"":            "",
		"取快递":         "",
		"找人刷单":        "刷单 2-4 刷单",
		"刷 单":         "刷单 0-3 刷 单",
		"刷-_·*单！":     "刷单 0-6 刷-_·*单",
		"刷\u200b单":    "刷单 0-3 刷\u200b单",
		"刷个单":         "",
		"加ＷｅＣｈａｔ":     "WeChat 1-7 ＷｅＣｈａｔ",
		"w.e.C H A T": "WeChat 0-11 w.e.C H A T",
		"贷款刷单":        "刷单 2-4 刷单, 贷款 0-2 贷款",
		"刷单刷单":        "刷单 0-2 刷单",
	} {
		for field, hits := range map[string][]Hit{FieldTitle: list.Hits(text, ""), FieldDescription: list.Hits("", text)} {
			var got []string
			for _, h := range hits {
				got = append(got, fmt.Sprintf("%s %d-%d %s", h.Word, h.From, h.To, h.Text))
				if h.Field != field {
					t.Errorf("%q: in the %s, want the %s", text, h.Field, field)
				}
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("%q: got %v, want %s", text, got, want)
			}
		}
	}
	if hits := (&ModerationList{}).Hits("刷单", "刷单"); len(hits) != 0 {
		t.Errorf("without words: %v", hits)
	}
}

// TestNoiseHidesNothing writes a word with anything between its letters, in a text of anything.
func TestNoiseHidesNothing(t *testing.T) {
	noise := rapid.StringOf(rapid.SampledFrom([]rune(" 　.,，。*-_·!！\t\u200b#")))
	list := &ModerationList{Words: []string{"abc刷单"}}
	rapid.Check(t, func(t *rapid.T) {
		written := ""
		for _, form := range []string{"aAａＡ", "bBｂＢ", "cCｃＣ", "刷", "单"} {
			written += string(rapid.SampledFrom([]rune(form)).Draw(t, "form")) + noise.Draw(t, "noise")
		}
		before := rapid.String().Draw(t, "before")
		text := before + written + rapid.String().Draw(t, "after")
		hits := list.Hits(text, "")
		if len(hits) != 1 {
			t.Fatalf("%q: %v", text, hits)
		}
		if h := hits[0]; h.From < 0 || h.To > utf8.RuneCountInString(text) || fold(h.Text).text != "abc刷单" {
			t.Fatalf("%q: %+v", text, h)
		}
	})
}

func TestListsOfWords(t *testing.T) {
	l := &ModerationList{Version: 3}
	if err := l.Replace([]string{" 刷单 ", "刷 单", "ABC", "ａｂｃ"}, 5, monday); err != nil || strings.Join(l.Words, ",") != "刷单,ABC" || l.Version != 4 || l.UpdatedBy != 5 {
		t.Errorf("got %+v, %v", l, err)
	}
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprint("词", i)
	}
	for name, words := range map[string][]string{"blank": {" "}, "punctuation": {"。。"}, "long": {strings.Repeat("长", 31)}, "too many": many} {
		if err := l.Replace(words, 5, monday); !errors.Is(err, ErrInvalid) || l.Version != 4 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := l.Replace(many[:500], 5, monday); err != nil || len(l.Words) != 500 {
		t.Error(err)
	}
}

func TestDecisionsInEveryState(t *testing.T) {
	as := &HelpRequest{Category: "errand", Title: "取快递", Urgency: UrgencyUrgent, Slots: 2}
	type step struct {
		do   func(r *HelpRequest) error
		want map[RequestStatus]RequestStatus
	}
	later := monday.Add(3600e9)
	for name, c := range map[string]step{
		"approve": {func(r *HelpRequest) error { return r.Approve(later) }, map[RequestStatus]RequestStatus{RequestPending: RequestOpen}},
		"return":  {func(r *HelpRequest) error { return r.Return(FieldTitle, "太长", later) }, map[RequestStatus]RequestStatus{RequestPending: RequestReturned}},
		"edit": {func(r *HelpRequest) error { return r.Edit(as, false, later) }, map[RequestStatus]RequestStatus{
			RequestPending: RequestOpen, RequestReturned: RequestOpen, RequestOpen: RequestOpen, RequestEscalated: RequestEscalated,
		}},
		"edit badly": {func(r *HelpRequest) error { return r.Edit(as, true, later) }, map[RequestStatus]RequestStatus{
			RequestPending: RequestPending, RequestReturned: RequestPending, RequestOpen: RequestPending, RequestEscalated: RequestPending,
		}},
	} {
		for _, from := range allStatuses() {
			r := givenStatus(t, from)
			r.Withheld = from == RequestPending || from == RequestReturned
			before := *r
			err := c.do(r)
			to, may := c.want[from]
			switch {
			case may != (err == nil) || !may && !errors.Is(err, ErrRequestState):
				t.Errorf("%s when %s: %v", name, from, err)
			case !may && (r.Status != from || r.Version != before.Version || r.Title != before.Title):
				t.Errorf("%s when %s was refused, but it is %+v", name, from, r)
			case may && (r.Status != to || r.Version != before.Version+1 || r.Withheld != (to == RequestPending || to == RequestReturned)):
				t.Errorf("%s when %s: %s at version %d, withheld %t; want %s", name, from, r.Status, r.Version, r.Withheld, to)
			case may && to != RequestReturned && r.DeadlineAt <= before.DeadlineAt-Instant(1) && name == "approve":
				t.Errorf("%s when %s: the deadline is %s", name, from, r.DeadlineAt)
			}
		}
	}
	claimed := givenRequest(t, 2)
	if _, err := claimed.Claim(neighbour(helperID), 8, monday); err != nil {
		t.Fatal(err)
	}
	if err := claimed.Edit(as, false, later); !errors.Is(err, ErrRequestState) {
		t.Errorf("an open request with a claim: %v", err)
	}
	if r := givenStatus(t, RequestPending); !errors.Is(r.Return("colour", "x", later), ErrInvalid) || r.Status != RequestPending {
		t.Errorf("returned for nothing: %+v", r)
	}
	over := givenStatus(t, RequestPending)
	over.EndsAt = later
	if err := over.Approve(later); !errors.Is(err, ErrPeriod) || over.Status != RequestPending {
		t.Errorf("what is over: %v", err)
	}
	waiting := givenStatus(t, RequestPending)
	if err := waiting.Approve(later); err != nil || waiting.DeadlineAt != later.Add(UrgencyNormal.patience()) {
		t.Errorf("the deadline is %s, %v", waiting.DeadlineAt, err)
	}
}

func TestSeriesStates(t *testing.T) {
	states := []SeriesStatus{SeriesPending, SeriesActive, SeriesReturned, SeriesEnded}
	for name, c := range map[string]struct {
		do func(s *Series) error
		to SeriesStatus
	}{
		"approve": {func(s *Series) error { return s.Approve(5, monday) }, SeriesActive},
		"return":  {func(s *Series) error { return s.Return(FieldOther, "x", monday) }, SeriesReturned},
		"end":     {func(s *Series) error { return s.End("x", monday) }, SeriesEnded},
	} {
		for _, from := range states {
			s := &Series{Status: from}
			may := false
			for _, to := range SeriesTransitions()[from] {
				may = may || to == c.to
			}
			if err := c.do(s); may != (err == nil) || !may && (!errors.Is(err, ErrSeriesState) || s.Status != from || s.Version != 0) {
				t.Errorf("%s when %s: %v, now %s", name, from, err, s.Status)
			}
		}
	}
	for _, from := range states {
		for _, status := range []InstanceStatus{InstancePlanned, InstanceMade, InstanceSkipped, InstanceEnded} {
			for _, at := range []Instant{monday, monday + 1} {
				live := (from == SeriesPending || from == SeriesActive) && at > monday
				skip, unskip := &SeriesInstance{StartsAt: at, Status: status}, &SeriesInstance{StartsAt: at, Status: status, RequestID: 3}
				s := &Series{Status: from}
				if err := s.Skip(skip, monday); (err == nil) != (live && (status == InstancePlanned || status == InstanceMade)) {
					t.Errorf("skip of %s when %s at %d: %v", status, from, at, err)
				}
				if err := s.Unskip(unskip, monday); (err == nil) != (live && status == InstanceSkipped) || err == nil && (unskip.Status != InstancePlanned || unskip.RequestID != 0) {
					t.Errorf("unskip of %s when %s at %d: %v", status, from, at, err)
				}
			}
		}
	}
}

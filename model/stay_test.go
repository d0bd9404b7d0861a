package model

import "testing"

func TestNobodyIsAtTwoPlacesAtOneTime(t *testing.T) {
	first := &Stay{MemberID: 1, ID: 1, PlaceID: 10, From: 100, To: 200}
	for name, c := range map[string]struct {
		second Stay
		want   bool
	}{
		"within":                {Stay{MemberID: 1, PlaceID: 11, From: 120, To: 130}, true},
		"around":                {Stay{MemberID: 1, PlaceID: 11, From: 50, To: 300}, true},
		"into":                  {Stay{MemberID: 1, PlaceID: 11, From: 50, To: 101}, true},
		"out of":                {Stay{MemberID: 1, PlaceID: 11, From: 199, To: 300}, true},
		"the same time":         {Stay{MemberID: 1, PlaceID: 11, From: 100, To: 200}, true},
		"the same place":        {Stay{MemberID: 1, PlaceID: 10, From: 100, To: 200}, false},
		"somebody else":         {Stay{MemberID: 2, PlaceID: 11, From: 100, To: 200}, false},
		"straight to it":        {Stay{MemberID: 1, PlaceID: 11, From: 50, To: 100}, false},
		"straight from it":      {Stay{MemberID: 1, PlaceID: 11, From: 200, To: 300}, false},
		"a moment in it":        {Stay{MemberID: 1, PlaceID: 11, From: 150, To: 150}, true},
		"a moment at its start": {Stay{MemberID: 1, PlaceID: 11, From: 100, To: 100}, false},
	} {
		if got := first.Contradicts(&c.second); got != c.want || c.second.Contradicts(first) != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

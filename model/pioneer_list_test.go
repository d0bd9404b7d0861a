package model

import (
	"bytes"
	"testing"
)

func TestADigestOfPioneersCoversAllOfTheList(t *testing.T) {
	list := PioneerList{BoardID: 1, NodeID: 2, Percent: 3, Total: 4, AsOfSeq: 5, FrozenAt: 6}
	first, second := Pioneer{BoardID: 1, NodeID: 2, RankNo: 1, SubjectID: 7, Points: 8}, Pioneer{BoardID: 1, NodeID: 2, RankNo: 2, SubjectID: 9, Points: 8}
	digest := list.DigestOf([]*Pioneer{&first, &second})
	list.Digest = digest // which is not of itself
	if !bytes.Equal(list.DigestOf([]*Pioneer{&first, &second}), digest) {
		t.Error("the same list has two digests")
	}
	for name, change := range map[string]func(l *PioneerList, p *Pioneer){
		"board":   func(l *PioneerList, _ *Pioneer) { l.BoardID++ },
		"node":    func(l *PioneerList, _ *Pioneer) { l.NodeID++ },
		"percent": func(l *PioneerList, _ *Pioneer) { l.Percent++ },
		"total":   func(l *PioneerList, _ *Pioneer) { l.Total++ },
		"as of":   func(l *PioneerList, _ *Pioneer) { l.AsOfSeq++ },
		"when":    func(l *PioneerList, _ *Pioneer) { l.FrozenAt++ },
		"rank":    func(_ *PioneerList, p *Pioneer) { p.RankNo++ },
		"who":     func(_ *PioneerList, p *Pioneer) { p.SubjectID++ },
		"points":  func(_ *PioneerList, p *Pioneer) { p.Points++ },
	} {
		l, p := list, first
		change(&l, &p)
		if bytes.Equal(l.DigestOf([]*Pioneer{&p, &second}), digest) {
			t.Errorf("%s is not covered", name)
		}
	}
	if bytes.Equal(list.DigestOf([]*Pioneer{&second, &first}), digest) || bytes.Equal(list.DigestOf([]*Pioneer{&first}), digest) {
		t.Error("lines are not covered")
	}
}

func TestWhenPioneersAreFrozen(t *testing.T) {
	end, late := Day(20270101).Start(), Day(20270301).Start()
	for name, c := range map[string]struct{ begun, want Instant }{
		"a board of its quarter":      {Day(20261002).Start(), end.Add(PioneersOpen)},
		"one that was begun later":    {late, late.Add(PioneersOpen)},
		"one that was begun with it":  {end, end.Add(PioneersOpen)},
		"one that was begun just now": {end + 1, end.Add(PioneersOpen) + 1},
	} {
		board := &Board{Period: PeriodQuarter, PeriodKey: 20264, CreatedAt: c.begun}
		if got := board.FreezesAt(); got != c.want {
			t.Errorf("%s: at %v, want %v", name, got, c.want)
		}
	}
}

package market

import (
	"testing"

	"linbanglin/model"
)

// TestLooksAreRememberedWithinBounds looks at more than a process remembers.
func TestLooksAreRememberedWithinBounds(t *testing.T) {
	var s seen
	for n := range 3*maxLooks + 10 {
		s.look(model.ID(n), 7)
		s.look(model.ID(n), 7)
		if len(s.now)+len(s.older) > 2*maxLooks {
			t.Fatalf("%d looks are remembered", len(s.now)+len(s.older))
		}
	}
	s.back(8, 3)
	if got := s.take(); got[7] != 3*maxLooks+10 || got[8] != 3 || s.take() != nil {
		t.Errorf("got %v", got)
	}
}

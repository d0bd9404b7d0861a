package model

import (
	"errors"
	"slices"
	"testing"
)

func TestPhotosAreAddedUntilAMatterHasEnded(t *testing.T) {
	ended := []MatterStatus{MatterRefused, MatterDuplicate, MatterRedirected, MatterClosed, MatterWithdrawn}
	for _, status := range MatterStatuses() {
		want := error(nil)
		if slices.Contains(ended, status) {
			want = ErrMatterState
		}
		m := &Matter{Status: status}
		for kind, by := range map[PhotoKind][]Part{PhotoOfReport: {PartReporter}, PhotoOfResult: {PartOwner, PartHandler}} {
			for _, part := range by {
				if err := m.MayShow([]Part{part}, kind); !errors.Is(err, want) {
					t.Errorf("%s %s by %s: %v, want %v", status, kind, part, err, want)
				}
			}
			for _, part := range []Part{PartFollower, PartReader, PartUnit, PartCoUnit, PartOfficer, PartLeader, PartProposed} {
				if err := m.MayShow([]Part{part}, kind); !errors.Is(err, ErrForbidden) {
					t.Errorf("%s %s by %s: %v", status, kind, part, err)
				}
			}
			if err := m.MayShow(nil, kind); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s %s by nobody: %v", status, kind, err)
			}
		}
	}
}

func TestTheNameOfAFileSaysWhoseItIs(t *testing.T) {
	for _, p := range []*Photo{{ID: 7, CampaignID: 3}, {ID: 7, MatterID: 3}} {
		if got, ok := PhotoOfKey(p.Key()); !ok || got.ID != p.ID || got.CampaignID != p.CampaignID || got.MatterID != p.MatterID {
			t.Errorf("%s is %+v, %t", p.Key(), got, ok)
		}
	}
	for _, key := range []string{"", "readme.txt", "matters/3/7.png", "matters/3/7.jpg.jpg", "matters/x/7.jpg", "exports/3/7.jpg", "matters/03/7.jpg", "matters/3/7/7.jpg"} {
		if p, ok := PhotoOfKey(key); ok {
			t.Errorf("%q is %+v", key, p)
		}
	}
}

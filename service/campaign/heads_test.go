package campaign_test

import (
	"errors"
	"testing"

	"linbanglin/model"
	"linbanglin/service/boards"
)

// TestTeamsOfASettledCampaignStay has people move in after a campaign was settled.
func TestTeamsOfASettledCampaignStay(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c := f.attended(t, f.plan(), 0, 1, 6)
		f.settled(t, c.ID)
		teams := func(of model.HeadsOf, campaign model.ID) []*model.Rank {
			t.Helper()
			q := boards.Query{Campaign: campaign, Kind: model.BoardTeams, Heads: of}
			list, err := f.boards.Top(t.Context(), f.organizer, q, model.Page{})
			if err != nil || len(list.Items) != 2 {
				t.Fatalf("got %+v, %v", list, err)
			}
			return list.Items
		}
		before := teams(model.HeadsResidents, c.ID)
		if first := before[0]; first.Team.ID != f.Grids[0].ID || first.Members != 12 || first.PerHead != 0.83 {
			t.Errorf("got %+v", first)
		}
		f.Crowd(8) // into the first grid
		for i, r := range teams(model.HeadsResidents, c.ID) {
			if r.Team.ID != before[i].Team.ID || r.Members != before[i].Members || r.PerHead != before[i].PerHead {
				t.Errorf("%+v became %+v", before[i], r)
			}
		}
		if now := teams("", 0); now[0].Members+now[1].Members != 32 {
			t.Errorf("the month's are counted when they are read: %+v", now)
		}
		for _, r := range teams(model.HeadsParty, c.ID) { // the party member lives in another area
			if r.Members != 0 || r.PerHead != 0 {
				t.Errorf("got %+v", r)
			}
		}
		if _, err := f.boards.Top(t.Context(), f.organizer, boards.Query{Heads: model.HeadsParty}, model.Page{}); !errors.Is(err, model.ErrBoard) {
			t.Errorf("heads of a board of members: %v", err)
		}
	})
}

func TestPointsPerPartyMember(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		heads, err := f.store.Boards.HeadCounts(t.Context(), f.Community.ID, model.KindArea, model.HeadsParty)
		if err != nil || len(heads) != 1 || heads[f.Areas[1].ID] != 1 {
			t.Errorf("got %v, %v", heads, err)
		}
		all, err := f.store.Boards.HeadCounts(t.Context(), f.Community.ID, model.KindArea, model.HeadsResidents)
		if err != nil || all[f.Areas[0].ID] != 24 || all[f.Areas[1].ID] != 24 {
			t.Errorf("got %v, %v", all, err)
		}
	})
}

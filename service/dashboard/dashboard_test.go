package dashboard_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/dashboard"
	"linbanglin/service/deliberation"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
	"linbanglin/service/matters"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

func TestADashboardCountsTheRowsOfItsPart(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w, ctx := testworld.New(t, store), t.Context()
		now := func() model.Instant { return testworld.Now }
		d := dashboard.New(store, now)
		asks := market.New(store, ledger.New(store, now), now)
		for _, who := range []model.Actor{w.Resident(0), w.Resident(1), w.Resident(7)} {
			if _, err := asks.Ask(ctx, who, market.RequestInput{Category: "errand", Title: "取快递", Urgency: model.UrgencyNormal, Slots: 1}); err != nil {
				t.Fatal(err)
			}
		}
		talk := deliberation.New(store, now)
		admin := w.Holder(model.RoleCommunityAdmin)
		p, err := talk.Propose(ctx, admin, w.Grids[0].ID, deliberation.Draft{
			Kind: model.KindSurvey, Source: model.SourceCadres, Category: "events", Title: "邻里节", Description: "哪天", VoteBy: model.ByPerson, Options: []string{"周六", "周日"},
		})
		if err == nil {
			_, err = talk.Publish(ctx, admin, p.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := matters.New(store, ledger.New(store, now), now).Report(ctx, w.Resident(0), matters.Report{Category: "neighbours", Title: "楼道堆物"}); err != nil {
			t.Fatal(err)
		}
		givenCare(t, store, w.Doors[0])
		for name, c := range map[string]struct {
			who    model.Actor
			unit   model.ID
			street bool
			tier   model.DashboardTier
			want   map[string]int64
		}{
			"the grid":      {w.Holder(model.RoleGridWorker), w.Grids[0].ID, false, model.DashboardGrid, map[string]int64{"members": 12, "party_members": 2, "households": 6, "requests_open": 2, "proposals_open": 1, "matters_open": 1, "doorbell_alerts": 1, "visits_made": 1}},
			"the next grid": {admin, w.Grids[1].ID, false, model.DashboardGrid, map[string]int64{"members": 12, "party_members": 0, "requests_open": 1, "proposals_open": 0, "matters_open": 0, "doorbell_alerts": 0, "visits_made": 0}},
			"the area":      {admin, w.Areas[0].ID, false, model.DashboardArea, map[string]int64{"members": 24, "requests_open": 3, "proposals_open": 1}},
			"the community": {admin, 0, false, model.DashboardCommunity, map[string]int64{"members": 48, "households": 24, "requests_open": 3, "campaigns": 0, "points_earned": 0}},
			"the street":    {w.Holder(model.RoleStreetOfficer), w.Community.ID, true, model.DashboardStreet, map[string]int64{"members": 48, "requests_open": 3}},
		} {
			got, err := d.Read(ctx, c.who, c.unit, c.street)
			if err != nil || got.Tier != c.tier || got.Month != "2026-11" {
				t.Errorf("%s: %+v, %v", name, got, err)
				continue
			}
			figures := map[string]int64{}
			for _, f := range got.Figures {
				figures[f.Code] = f.Value
			}
			for code, want := range c.want {
				if n, known := figures[code]; !known || n != want {
					t.Errorf("%s: %s is %v, want %d", name, code, figures[code], want)
				}
			}
		}
		for name, c := range map[string]struct {
			who    model.Actor
			unit   model.ID
			street bool
			want   error
		}{
			"a resident":        {w.Resident(0), w.Grids[0].ID, false, model.ErrForbidden},
			"a sibling":         {w.Holder(model.RoleGridWorker), w.Grids[1].ID, false, model.ErrForbidden},
			"wider":             {w.Holder(model.RoleGridWorker), 0, false, model.ErrForbidden},
			"another community": {admin, w.Others.Community.ID, false, model.ErrNotFound},
			"a door":            {admin, w.Doors[0].ID, false, model.ErrInvalid},
			"a street's grid":   {admin, w.Grids[0].ID, true, model.ErrInvalid},
		} {
			if _, err := d.Read(ctx, c.who, c.unit, c.street); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
	})
}

// givenCare has a door's bell ring once in earnest and once as a test, in this month, and the household visited in this
// month and the one before.
func givenCare(t *testing.T, store *repository.Store, door model.Node) {
	t.Helper()
	home := &model.BellHome{HouseholdID: door.ID, CommunityID: door.CommunityID, AreaID: door.AreaID, GridID: door.GridID, BuildingID: door.BuildingID, UnitID: door.UnitID}
	real, test := model.NewAlarm(store.NewID(), home, model.AlarmByApp, testworld.Now), model.NewAlarm(store.NewID(), home, model.AlarmByDrill, testworld.Now)
	test.DrillID = 1
	for _, a := range []*model.Alarm{real, test} {
		if err := store.Alarms.Add(t.Context(), a, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range []model.Instant{testworld.Now, testworld.Now.Add(-30 * 24 * time.Hour)} {
		err := store.Register.AddVisit(t.Context(), &model.HouseholdVisit{
			ID: store.NewID(), CommunityID: door.CommunityID, HouseholdID: door.ID, VisitedAt: at, Outcome: model.VisitMet, Checklist: []model.VisitItem{}, CreatedAt: at,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

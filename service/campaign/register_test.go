package campaign_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/campaign"
)

func TestVisitListsFromTheRegister(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		old := func(i, year int) { // a person of the first area: six households a grid, two people each
			m := f.Members[i]
			m.BirthYear, m.Version = year, m.Version+1
			if err := f.store.Members.UpdateRoster(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		old(0, 1940)
		old(2, 1945)
		old(14, 1930) // of the second grid
		old(4, model.BirthUnreadable)
		old(6, 0)
		old(len(f.Members)-1, 1935) // of another area
		alone := f.Crowd(1)[0]
		homes := []*model.Household{
			{NodeID: f.Members[0].HouseholdID, Kind: "rented", UpdatedAt: testworld.Now},
			{NodeID: f.Members[14].HouseholdID, Kind: "owned", UpdatedAt: testworld.Now},
		}
		if err := f.store.Nodes.SaveHouseholds(t.Context(), homes); err != nil {
			t.Fatal(err)
		}
		schemes := model.DefaultFlagSchemes(f.Community.ID)
		expired := model.RosterFlag(f.store.NewID(), f.Members[16].HouseholdID, schemes[0], testworld.Now.Add(-400*24*time.Hour))
		for _, flag := range []*model.HouseholdFlag{
			model.RosterFlag(f.store.NewID(), f.Members[0].HouseholdID, schemes[0], testworld.Now),
			model.RosterFlag(f.store.NewID(), f.Members[0].HouseholdID, schemes[1], testworld.Now),
			model.RosterFlag(f.store.NewID(), f.Members[14].HouseholdID, schemes[2], testworld.Now),
			expired,
		} {
			if err := f.store.Register.AddFlag(t.Context(), flag); err != nil {
				t.Fatal(err)
			}
		}
		c, err := f.Create(t.Context(), f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		admin, few := f.Holder(model.RoleCommunityAdmin), -1
		for name, x := range map[string]struct {
			who  model.Actor
			in   campaign.RegisterInput
			want int
			err  error
		}{
			"from 80":             {admin, campaign.RegisterInput{MinAge: 80}, 3, nil},
			"from 80 in a grid":   {admin, campaign.RegisterInput{MinAge: 80, Unit: f.Grids[0].ID}, 2, nil},
			"from 80 to 85":       {admin, campaign.RegisterInput{MinAge: 80, MaxAge: 85}, 1, nil},
			"in another area":     {admin, campaign.RegisterInput{MinAge: 80, Unit: f.Areas[1].ID}, 0, nil},
			"alone":               {admin, campaign.RegisterInput{LivingAlone: true}, 1, nil},
			"rented":              {admin, campaign.RegisterInput{HouseholdKind: "rented"}, 2, nil},
			"red":                 {admin, campaign.RegisterInput{Flags: []string{"red"}}, 2, nil},
			"red and old":         {admin, campaign.RegisterInput{Flags: []string{"red"}, MinAge: 80}, 1, nil},
			"by name":             {admin, campaign.RegisterInput{Flags: []string{"党员户"}}, 2, nil},
			"no such flag":        {admin, campaign.RegisterInput{Flags: []string{"redder"}}, 0, model.ErrSchemeUnknown},
			"blue":                {admin, campaign.RegisterInput{Flags: []string{"blue"}}, 2, nil},
			"few by an organizer": {f.organizer, campaign.RegisterInput{MinAge: 80}, few, nil},
			"none by one":         {f.organizer, campaign.RegisterInput{MinAge: 100}, few, nil},
			"many by one":         {f.organizer, campaign.RegisterInput{Unit: f.Grids[1].ID}, 12, nil},
			"red by an organizer": {f.organizer, campaign.RegisterInput{Flags: []string{"red"}}, 0, model.ErrForbidden},
			"rented by one":       {f.organizer, campaign.RegisterInput{HouseholdKind: "rented"}, 0, model.ErrForbidden},
			"a household":         {f.organizer, campaign.RegisterInput{Unit: f.Doors[0].ID}, 0, model.ErrInvalid},
			"a unit":              {admin, campaign.RegisterInput{Unit: f.Doors[0].UnitID}, 0, model.ErrInvalid},
			"by a resident":       {f.Resident(5), campaign.RegisterInput{MinAge: 80}, 0, model.ErrNotFound},
			"no month":            {admin, campaign.RegisterInput{BirthdayMonth: 13}, 0, model.ErrInvalid},
			"two months":          {admin, campaign.RegisterInput{BirthdayMonth: 11, BirthdayNow: true}, 0, model.ErrInvalid},
			"nothing":             {f.organizer, campaign.RegisterInput{}, 0, model.ErrInvalid},
			"ages crossed":        {f.organizer, campaign.RegisterInput{MinAge: 80, MaxAge: 70}, 0, model.ErrInvalid},
			"another community":   {f.organizer, campaign.RegisterInput{MinAge: 80, Unit: f.Others.Grids[0].ID}, 0, model.ErrNotFound},
		} {
			x.in.Preview = true
			got, err := f.VisitFromRegister(t.Context(), x.who, c.ID, x.in)
			if !errors.Is(err, x.err) || err == nil && (got.Matching != max(0, x.want) || got.Planned != 0 || got.Few != (x.want == few)) {
				t.Errorf("%s: got %+v, %v; want %d, %v", name, got, err, x.want, x.err)
			}
		}
		for _, want := range []campaign.RegisterList{{Matching: 3, Planned: 3}, {Matching: 3, Already: 3}} {
			if got, err := f.VisitFromRegister(t.Context(), admin, c.ID, campaign.RegisterInput{MinAge: 80}); err != nil || *got != want {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		}
		reach := []model.Grant{{NodeID: f.Community.ID, NodeKind: model.KindCommunity}}
		reads, err := f.store.Register.Reads(t.Context(), &repository.ReadQuery{Community: f.Community.ID, Reach: reach}, 0, 10)
		if err != nil || len(reads) != 1 || reads[0].What != model.ReadSelection || reads[0].ReaderID != admin.MemberID {
			t.Errorf("%d reads are noted, want that of blue alone: %v", len(reads), err)
		}
		visited, err := f.store.Visits.Visited(t.Context(), c.ID)
		if err != nil || len(visited) != 3 {
			t.Errorf("%v are visited, %v", visited, err)
		}
		if got, err := f.VisitFromRegister(t.Context(), f.organizer, c.ID, campaign.RegisterInput{LivingAlone: true}); err != nil || !got.Few || got.Planned != 0 {
			t.Errorf("%s alone: got %+v, %v", alone.MemberID, got, err)
		}
		if visited, err = f.store.Visits.Visited(t.Context(), c.ID); err != nil || len(visited) != 4 {
			t.Errorf("%v are visited, %v", visited, err)
		}
	})
}

// TestBirthdaysOfAMonth asks for who is over 80 and has a birthday this month in one area, and is told of whom no month is known.
func TestBirthdaysOfAMonth(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		f.now.Store(int64(testworld.Now))
		born := func(i, year, month int) {
			m := f.Members[i]
			m.BirthYear, m.BirthMonth, m.Version = year, month, m.Version+1
			if err := f.store.Members.UpdateRoster(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 6 { // November, as it is
			born(i, 1940, 11)
		}
		born(6, 1940, 10)
		born(7, 1980, 11) // too young
		born(8, 1941, 0)
		born(9, 1941, 0)
		born(10, 0, 11)                  // of no year
		born(len(f.Members)-1, 1935, 11) // of another area
		born(len(f.Members)-2, 1935, 0)  // of another area
		for i := 14; i < 19; i++ {       // of the second grid
			born(i, 1942, 0)
		}
		c, err := f.Create(t.Context(), f.organizer, f.plan())
		if err != nil {
			t.Fatal(err)
		}
		admin := f.Holder(model.RoleCommunityAdmin)
		area, grid := f.Areas[0].ID, f.Grids[0].ID
		for name, x := range map[string]struct {
			who  model.Actor
			in   campaign.RegisterInput
			want campaign.RegisterList
		}{
			"this month":            {admin, campaign.RegisterInput{MinAge: 80, BirthdayNow: true, Unit: area}, campaign.RegisterList{Matching: 6, Monthless: 7}},
			"by its number":         {admin, campaign.RegisterInput{MinAge: 80, BirthdayMonth: 11, Unit: area}, campaign.RegisterList{Matching: 6, Monthless: 7}},
			"the month before":      {admin, campaign.RegisterInput{MinAge: 80, BirthdayMonth: 10}, campaign.RegisterList{Matching: 1, Monthless: 7}},
			"of one grid":           {admin, campaign.RegisterInput{MinAge: 80, BirthdayNow: true, Unit: grid}, campaign.RegisterList{Matching: 6, Monthless: 2}},
			"of any age":            {admin, campaign.RegisterInput{MinAge: 1, BirthdayNow: true}, campaign.RegisterList{Matching: 7, Monthless: 15}},
			"by an organizer":       {f.organizer, campaign.RegisterInput{MinAge: 80, BirthdayNow: true}, campaign.RegisterList{Matching: 6, Monthless: 7}},
			"few by an organizer":   {f.organizer, campaign.RegisterInput{MinAge: 80, BirthdayMonth: 10, Unit: grid}, campaign.RegisterList{Few: true}},
			"few of many by one":    {f.organizer, campaign.RegisterInput{MinAge: 80, BirthdayMonth: 10}, campaign.RegisterList{Few: true}},
			"few lack their month":  {f.organizer, campaign.RegisterInput{MinAge: 80, BirthdayNow: true, Unit: grid}, campaign.RegisterList{Matching: 6, MonthlessFew: true}},
			"no month is asked for": {admin, campaign.RegisterInput{MinAge: 80}, campaign.RegisterList{Matching: 14}},
		} {
			x.in.Preview, x.want.Preview = true, true
			if got, err := f.VisitFromRegister(t.Context(), x.who, c.ID, x.in); err != nil || *got != x.want {
				t.Errorf("%s: got %+v, %v; want %+v", name, got, err, x.want)
			}
		}
		in := campaign.RegisterInput{MinAge: 80, BirthdayNow: true, Unit: area}
		if got, err := f.VisitFromRegister(t.Context(), admin, c.ID, in); err != nil || got.Planned != 6 || got.Monthless != 7 {
			t.Errorf("got %+v, %v", got, err)
		}
		visited, err := f.store.Visits.Visited(t.Context(), c.ID)
		for _, id := range visited {
			if m, err := f.store.Members.Get(t.Context(), id); err != nil || m.BirthMonth != 11 || m.BirthYear != 1940 {
				t.Errorf("visited: %+v, %v", m, err)
			}
		}
		if err != nil || len(visited) != 6 {
			t.Errorf("%v are visited, %v", visited, err)
		}
	})
}

// TestThisMonthIsShanghais looks at the register in the last minute of a month and in the first of the next.
func TestThisMonthIsShanghais(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		for i, month := range []int{11, 12, 12} {
			m := f.Members[i]
			m.BirthMonth, m.Version = month, m.Version+1
			if err := f.store.Members.UpdateRoster(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		midnight := model.InstantOf(time.Date(2026, 12, 1, 0, 0, 0, 0, model.Shanghai()))
		in := f.plan()
		in.StartsAt, in.EndsAt = midnight.Add(time.Hour), midnight.Add(2*time.Hour)
		c, err := f.Create(t.Context(), f.organizer, in)
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range map[model.Instant]int{midnight - 1: 1, midnight: 2} {
			f.now.Store(int64(at))
			got, err := f.VisitFromRegister(t.Context(), f.Holder(model.RoleCommunityAdmin), c.ID, campaign.RegisterInput{BirthdayNow: true, Preview: true})
			if err != nil || got.Matching != want {
				t.Errorf("%s: got %+v, %v; want %d", at.Time(), got, err, want)
			}
		}
	})
}

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// The town that ranking is measured in: so many residents, in areas of 5 grids of 10 buildings of 4 units of 10 doors.
const (
	townResidents = 100_000
	townAreas     = 20
	townWanted    = 500 // requests that wait, to be ranked for
	townPast      = 2   // requests that each helper has helped with before
	townRows      = 500 // in one statement
)

// town makes a large community out of the bench's.
type town struct {
	db        *sql.DB
	store     *repository.Store
	home      model.Place
	chance    *rand.Rand
	doors     []model.Place
	residents []model.ID // in the order of doors, several behind each
	offers    int
	now       model.Instant
}

// openTown fills the community with residents, and with requests that wait.
func (b *bench) openTown(ctx context.Context) (*town, error) {
	address, err := url.Parse(b.database)
	if err != nil {
		return nil, err
	}
	server, err := url.Parse(os.Getenv("LBL_TEST_MYSQL_URL"))
	if err != nil {
		return nil, err
	}
	t := &town{chance: rand.New(rand.NewPCG(1, 2)), now: now()} //nolint:gosec // the same town every time
	if t.db, err = sql.Open("mysql", dsn(server, strings.TrimPrefix(address.Path, "/"))); err != nil {
		return nil, err
	}
	if t.store, err = repository.Open(b.database, ring()); err != nil {
		return nil, err
	}
	if err := t.store.Lease(ctx); err != nil {
		return nil, err
	}
	if t.home.CommunityID, err = model.ParseID(b.home); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "%d residents after %s\n", townResidents, time.Since(start).Round(time.Second))
	return t, nil
}

func (t *town) close() {
	_ = t.store.Close()
	_ = t.db.Close()
}

// settle makes the tree and who lives in it.
func (t *town) settle(ctx context.Context) error {
	var nodes []*model.Node
	grow := func(kind model.NodeKind, parent model.ID, at model.Place, name string) model.Place {
		n := &model.Node{ID: t.store.NewID(), Kind: kind, ParentID: parent, Name: name, Place: at, CreatedAt: t.now}
		n.Settle()
		nodes = append(nodes, n)
		return n.Place
	}
	for a := range townAreas {
		area := grow(model.KindArea, t.home.CommunityID, t.home, fmt.Sprintf("镇%d", a))
		for g := range 5 {
			grid := grow(model.KindGrid, area.AreaID, area, fmt.Sprintf("格%d-%d", a, g))
			for h := range 10 {
				building := grow(model.KindBuilding, grid.GridID, grid, fmt.Sprintf("楼%d-%d-%d", a, g, h))
				for u := range 4 {
					unit := grow(model.KindUnit, building.BuildingID, building, fmt.Sprintf("%d单元", u+1))
					for d := range 10 {
						t.doors = append(t.doors, grow(model.KindHousehold, unit.UnitID, unit, fmt.Sprintf("%d室", d+1)))
					}
				}
			}
		}
	}
	if err := t.store.Nodes.Create(ctx, nodes...); err != nil {
		return err
	}
	members := make([]*model.Member, townResidents)
	for i := range members {
		members[i] = &model.Member{
			ID: t.store.NewID(), Place: t.door(i), Name: "镇民", BirthYear: 1950 + i%50, Gender: []string{"男", "女"}[i%2], Skills: []string{},
			RosterKey: fmt.Sprint("town/", i), Version: 1, CreatedAt: t.now, UpdatedAt: t.now,
		}
		t.residents = append(t.residents, members[i].ID)
	}
	return t.store.Members.Create(ctx, members...)
}

func (t *town) door(resident int) model.Place {
	return t.doors[resident*len(t.doors)/townResidents]
}

// insert adds rows to a table.
func (t *town) insert(ctx context.Context, table, columns string, rows [][]any) error {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", strings.Count(columns, ",")+1), ",") + ")"
	for part := range slices.Chunk(rows, townRows) {
		statement := "INSERT INTO " + table + " (" + columns + ") VALUES " + one + strings.Repeat(","+one, len(part)-1) //nolint:gosec // our own words
		if _, err := t.db.ExecContext(ctx, statement, slices.Concat(part...)...); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

const placeColumns = "community_id, area_id, grid_id, building_id, unit_id, household_id"

func place(p model.Place) []any {
	return []any{int64(p.CommunityID), int64(p.AreaID), int64(p.GridID), int64(p.BuildingID), int64(p.UnitID), int64(p.HouseholdID)}
}

// offer has more residents offer help, until there are so many active offers, each with some past.
func (t *town) offer(ctx context.Context, until int) error {
	var offers, found, requests, claims [][]any
	categories, reaches := model.Categories(), model.Reaches()
	for ; t.offers < until; t.offers++ {
		who := t.offers * 7919 % townResidents // everywhere in the town
		id, at := t.store.NewID(), t.door(who)
		chosen, reach := map[string]bool{}, string(reaches[t.chance.IntN(len(reaches))])
		for range 1 + t.chance.IntN(3) {
			chosen[categories[t.chance.IntN(len(categories))].Code] = true
		}
		var names []string
		for code := range chosen {
			names = append(names, code)
			found = append(found, append(append([]any{int64(id), code}, place(at)[:5]...), reach, int64(at.HouseholdID)))
		}
		slices.Sort(names)
		codes, _ := json.Marshal(names)
		offers = append(offers, append(place(at), int64(id), int64(t.residents[who]), string(codes), "帮忙", t.hours(), reach,
			3, string(model.OfferActive), 1, int64(t.now), int64(t.now)))
		for range townPast {
			asked, done := t.store.NewID(), t.now.Add(-time.Duration(t.chance.IntN(300*24))*time.Hour)
			requests = append(requests, t.request(asked, t.chance.IntN(townResidents), categories[t.chance.IntN(len(categories))].Code, model.RequestConfirmed, done))
			claims = append(claims, []any{
				int64(t.store.NewID()), int64(asked), int64(t.residents[who]), string(model.ClaimConfirmed), 30, "", "", 5, "", int64(done), int64(done), int64(done), int64(done),
			})
		}
	}
	return t.add(ctx, offers, found, requests, claims)
}

// add writes offers with what they are found by, and requests with their claims.
func (t *town) add(ctx context.Context, offers, found, requests, claims [][]any) error {
	for _, x := range []struct {
		table, columns string
		rows           [][]any
	}{
		{"help_offer", placeColumns + ", id, member_id, categories, title, availability, reach, weekly_limit, status, version, created_at, updated_at", offers},
		{"help_offer_category", "offer_id, category, community_id, area_id, grid_id, building_id, unit_id, reach, household_id", found},
		{"help_request", placeColumns + ", id, requester_id, created_by, category, title, description, urgency, status, slots, reason, starts_at, ends_at, deadline_at, " +
			"done_at, version, created_at, updated_at", requests},
		{"help_claim", "id, request_id, helper_id, status, minutes, note, reason, rating, comment, claimed_at, started_at, finished_at, ended_at", claims},
	} {
		if err := t.insert(ctx, x.table, x.columns, x.rows); err != nil {
			return err
		}
	}
	if _, err := t.db.ExecContext(ctx, "ANALYZE TABLE help_offer, help_offer_category, help_request, help_claim, member, node"); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d offers\n", t.offers)
	return nil
}

// hours is when a helper is free: two evenings or mornings of a week.
func (t *town) hours() string {
	from := 8 + t.chance.IntN(10)
	slots := []model.Slot{}
	for range 2 {
		slots = append(slots, model.Slot{Weekday: 1 + t.chance.IntN(7), From: fmt.Sprintf("%02d:00", from), To: fmt.Sprintf("%02d:00", from+4)})
	}
	text, _ := json.Marshal(slots)
	return string(text)
}

func (t *town) request(id model.ID, resident int, category string, status model.RequestStatus, at model.Instant) []any {
	who := int64(t.residents[resident])
	return append(place(t.door(resident)), int64(id), who, who, category, "求助", "", string(model.UrgencyNormal), string(status), 1, "", 0, 0,
		int64(at.Add(24*time.Hour)), int64(at), 1, int64(at), int64(at))
}

// want has residents everywhere ask for help, and returns the requests.
func (t *town) want(ctx context.Context) (ids []string, err error) {
	var rows [][]any
	categories := model.Categories()
	for i := range townWanted {
		id := t.store.NewID()
		ids = append(ids, id.String())
		rows = append(rows, t.request(id, i*4001%townResidents, categories[i%len(categories)].Code, model.RequestOpen, t.now))
	}
	return ids, t.add(ctx, nil, nil, rows, nil)
}

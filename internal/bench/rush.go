package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"linbanglin/internal/wechat"
	"linbanglin/internal/wechattest"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/account"
)

// The rush: so many members at one door, a third of whom scan twice, and what each has for it.
const (
	rushMembers = 5_000
	rushPoints  = 2
	rushMinutes = 30
	rushLogins  = 16
	rushLook    = 100 * time.Millisecond
	rushName    = "the rush: check-in of 5,000 members, 64 connections"
)

// What is wanted of the rush.
const (
	leastRush = 0.6 // of one transaction for each posting
	mostRush  = 60 * time.Millisecond
	rushBoard = 2 * time.Second // after the last check-in the board is as the ledger
	// rushWait is how long the board may lag before the run fails.
	rushWait = time.Minute
)

// rush is how the rush went. That each was booked once, and that the board comes to say so, is not measured: otherwise the
// run fails.
type rush struct {
	Members   int     `json:"members"`
	Scans     int     `json:"scans"`
	Result    result  `json:"result"` // of the scans
	Yardstick result  `json:"yardstick"`
	Rate      float64 `json:"members_per_second"`
	Ratio     float64 `json:"ratio"`
	Behind    float64 `json:"board_behind_seconds"` // after the last check-in
	Reached   bool    `json:"reached"`
}

// rush has a crowd check in to a campaign whose budget is exactly enough, again and again, and returns the median.
func (b *bench) rush(ctx context.Context, o options) (*rush, error) {
	crowd, err := b.crowd(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*rush, o.repeats)
	for n := range all {
		if all[n], err = b.rushOnce(ctx, crowd); err != nil {
			return nil, fmt.Errorf("%s: %w", rushName, err)
		}
		fmt.Printf("run %d  %s  %.0f members/s (%.2f of the yardstick's %.0f/s)  p50 %s  p99 %s  board %.1f s\n", n+1, rushName, all[n].Rate, all[n].Ratio,
			all[n].Yardstick.Rate, all[n].Result.P50, all[n].Result.P99, all[n].Behind)
	}
	slices.SortFunc(all, func(a, b *rush) int { return int(1000 * (a.Ratio - b.Ratio)) })
	return all[len(all)/2], nil
}

// rushOnce measures one rush beside its yardstick. It fails unless everybody was booked once and the board says so.
func (b *bench) rushOnce(ctx context.Context, crowd []member) (*rush, error) {
	r := &rush{Members: len(crowd)}
	var err error
	if r.Yardstick, err = b.bareTransactions(ctx, 16); err != nil {
		return nil, err
	}
	id, path, code, err := b.door(ctx, len(crowd))
	if err != nil {
		return nil, err
	}
	var scans []int // a second one comes right behind the first, on another connection
	for i := range crowd {
		if scans = append(scans, i); i%3 == 0 {
			scans = append(scans, i)
		}
	}
	r.Scans = len(scans)
	conns, err := b.connect(connections)
	if err != nil {
		return nil, err
	}
	defer conns.close()
	r.Result, err = times(ctx, connections, len(scans), func(_ context.Context, caller, n int) error {
		_, err := conns[caller].do("POST", path+"/checkins", crowd[scans[n]].token, b.key(), `{"code":"`+code+`"}`)
		return err
	})
	if err != nil {
		return nil, err
	}
	last := time.Now()
	r.Rate = r.Result.Rate * float64(r.Members) / float64(r.Scans)
	r.Ratio = r.Rate / r.Yardstick.Rate
	looked := time.Now()
	for err = b.wantBoard(ctx, id, len(crowd)); err != nil && time.Since(last) < rushWait; err = b.wantBoard(ctx, id, len(crowd)) {
		time.Sleep(rushLook)
		looked = time.Now()
	}
	r.Behind = looked.Sub(last).Seconds() // when it began to be read, which takes some fifty pages
	r.Reached = r.Ratio >= leastRush && r.Result.P99 <= microsOf(mostRush) && r.Behind <= rushBoard.Seconds()
	return r, errors.Join(err, b.wantBooked(ctx, id, len(crowd)))
}

// door publishes a campaign with a budget for so many, and returns its id, its path and the code of now.
func (b *bench) door(ctx context.Context, members int) (id, path, code string, err error) {
	var c struct{ ID, Code string }
	start := time.Now()
	err = b.call(ctx, "POST", "/api/v1/campaigns", b.organizer, b.key(), map[string]any{
		"theme": "lao", "title": "rush", "scope_unit_id": b.home, "budget": members * rushPoints,
		"starts_at": start.Add(-time.Minute).Format(time.RFC3339), "ends_at": start.Add(time.Hour).Format(time.RFC3339),
		"rules": map[string]any{"points_per_checkin": rushPoints, "minutes_per_checkin": rushMinutes},
	}, &c)
	if err != nil {
		return "", "", "", err
	}
	path = "/api/v1/campaigns/" + c.ID
	if err := b.call(ctx, "POST", path+"/publish", b.organizer, b.key(), nil, nil); err != nil {
		return "", "", "", err
	}
	err = b.call(ctx, "GET", path+"/checkin-code", b.organizer, "", nil, &c)
	return c.ID, path, c.Code, err
}

// wantBooked fails unless each member has one check-in, one transfer of points and one of minutes, and the budget is spent.
func (b *bench) wantBooked(ctx context.Context, id string, members int) error {
	address, err := url.Parse(b.database)
	if err != nil {
		return err
	}
	server, err := url.Parse(os.Getenv("LBL_TEST_MYSQL_URL"))
	if err != nil {
		return err
	}
	db, err := sql.Open("mysql", dsn(server, strings.TrimPrefix(address.Path, "/")))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, x := range []struct {
		name, query string
		want        int64
	}{
		{"check-ins", "SELECT COUNT(*) FROM campaign_checkin WHERE campaign_id = ? AND points = 2 AND minutes = 30", int64(members)},
		{"all check-ins", "SELECT COUNT(*) FROM campaign_checkin WHERE campaign_id = ?", int64(members)},
		{"members with points", "SELECT COUNT(DISTINCT member_id) FROM point_transfer WHERE campaign_id = ? AND measure = 1 AND member_id <> 0", int64(members)},
		{"points", "SELECT SUM(amount) FROM point_transfer WHERE campaign_id = ? AND measure = 1 AND member_id <> 0", int64(members * rushPoints)},
		{"members with minutes", "SELECT COUNT(DISTINCT member_id) FROM point_transfer WHERE campaign_id = ? AND measure = 2", int64(members)},
		{"minutes", "SELECT SUM(amount) FROM point_transfer WHERE campaign_id = ? AND measure = 2", int64(members * rushMinutes)},
		{"refusals", "SELECT COUNT(*) FROM campaign_refusal WHERE campaign_id = ?", 0},
	} {
		var got int64
		if err := db.QueryRowContext(ctx, x.query, id).Scan(&got); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		if got != x.want {
			return fmt.Errorf("%d %s, want %d", got, x.name, x.want)
		}
	}
	return nil
}

// wantBoard fails unless the board of the campaign has every member with what the ledger gave them.
func (b *bench) wantBoard(ctx context.Context, id string, members int) error {
	seen := map[string]bool{}
	for cursor := ""; ; {
		var list struct {
			Source string `json:"source"`
			Total  int    `json:"total"`
			Next   string `json:"next_cursor"`
			Items  []struct {
				Points int64 `json:"points"`
				Member struct {
					ID string `json:"id"`
				} `json:"member"`
			} `json:"items"`
		}
		path := "/api/v1/leaderboards?period=campaign&limit=100&campaign_id=" + id + "&cursor=" + url.QueryEscape(cursor)
		if err := b.call(ctx, "GET", path, b.organizer, "", nil, &list); err != nil {
			return err
		}
		if list.Total != members {
			return fmt.Errorf("the board (%s) has %d members, want %d", list.Source, list.Total, members)
		}
		for _, i := range list.Items {
			if i.Points != rushPoints || seen[i.Member.ID] {
				return fmt.Errorf("the board (%s) has %+v", list.Source, i)
			}
			seen[i.Member.ID] = true
		}
		if cursor = list.Next; cursor == "" {
			break
		}
	}
	if len(seen) != members {
		return fmt.Errorf("the board lists %d members, want %d", len(seen), members)
	}
	return nil
}

// crowd has so many members move in, each behind a door of their own, and logs them in beside the server: the limit on
// logins from one address is not what is measured.
func (b *bench) crowd(ctx context.Context) (crowd []member, err error) {
	store, err := repository.Open(b.database, ring())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Lease(ctx); err != nil {
		return nil, err
	}
	ids, err := b.moveIn(ctx, store)
	if err != nil {
		return nil, err
	}
	keys, err := account.ParseKeys(jwtKeys)
	if err != nil {
		return nil, err
	}
	accounts := account.New(store, wechat.New(wechattest.AppID, wechattest.Secret, b.wechat.URL), keys, false, now)
	crowd = make([]member, len(ids))
	_, err = times(ctx, rushLogins, len(ids), func(ctx context.Context, _, n int) error {
		session, err := accounts.Login(ctx, "ok-"+ids[n].String(), "")
		if err == nil {
			crowd[n] = member{ids[n].String(), session.AccessToken}
		}
		return err
	})
	return crowd, err
}

// moveIn adds members of one unit, with roles and WeChat identities.
func (b *bench) moveIn(ctx context.Context, store *repository.Store) ([]model.ID, error) {
	home, err := model.ParseID(b.home)
	if err != nil {
		return nil, err
	}
	everyone, err := store.Members.All(ctx, home)
	if err != nil {
		return nil, err
	}
	unit := everyone[slices.IndexFunc(everyone, func(m *model.Member) bool { return m.UnitID != 0 })].Place
	unit.HouseholdID, unit.BranchID = 0, 0
	var doors []*model.Node
	var members []*model.Member
	var roles []*repository.Role
	var ids []model.ID
	for i := range rushMembers {
		door := &model.Node{ID: store.NewID(), Kind: model.KindHousehold, ParentID: unit.UnitID, Name: fmt.Sprintf("r%d", i), Place: unit, CreatedAt: now()}
		door.Settle()
		m := &model.Member{ID: store.NewID(), Place: door.Place, Name: "来人", BirthYear: 1980, Skills: []string{}, RosterKey: fmt.Sprint("rush/", i), Version: 1, CreatedAt: now(), UpdatedAt: now()}
		doors, members, ids = append(doors, door), append(members, m), append(ids, m.ID)
		roles = append(roles, &repository.Role{ID: store.NewID(), CommunityID: home, MemberID: m.ID, Role: model.RoleResident, NodeID: home, NodeKind: model.KindCommunity, CreatedAt: now()})
	}
	if err := errors.Join(store.Nodes.Create(ctx, doors...), store.Members.Create(ctx, members...), store.Roles.Grant(ctx, roles...)); err != nil {
		return nil, err
	}
	_, err = times(ctx, rushLogins, len(ids), func(ctx context.Context, _, n int) error {
		return store.Logins.AddIdentity(ctx, &model.Identity{ID: store.NewID(), AppID: wechattest.AppID, OpenID: ids[n].String(), MemberID: ids[n], CreatedAt: now()})
	})
	return ids, err
}

// print writes how the rush went, as docs/benchmarks.md has it.
func (r *rush) print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "\n%s (%d scans): %.0f members/s, %.2f of the yardstick's %.0f/s (at least %.2f), p50 %s, p99 %s (at most %s), on the board after %.1f s (at most %.1f): %s; each was booked once\n",
		rushName, r.Scans, r.Rate, r.Ratio, r.Yardstick.Rate, leastRush, r.Result.P50, r.Result.P99, mostRush, r.Behind, rushBoard.Seconds(), verdict(r.Reached))
}

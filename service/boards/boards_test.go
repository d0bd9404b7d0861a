package boards_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/ledger"
)

// hall is a world with a ledger whose sealer and boards the test drives by hand.
type hall struct {
	*testworld.World
	*boards.Boards
	ledger *ledger.Ledger
	store  *repository.Store
	redis  *repository.Redis
	people []*model.Member
	posted []posted
	now    model.Instant
	seq    int
}

// posted is what the test knows of an award, in the order of the stream.
type posted struct {
	id       model.ID
	member   *model.Member
	points   int64
	at       model.Instant
	campaign model.ID
	closed   bool // the campaign had closed before
}

func open(t *testing.T, store *repository.Store, address string) *hall {
	t.Helper()
	h := &hall{World: testworld.New(t, store), store: store, now: testworld.Now}
	if address != "" {
		opened, err := repository.OpenRedis(address)
		if err != nil {
			t.Fatal(err)
		}
		h.redis = opened
		t.Cleanup(func() { _ = opened.Close() })
	}
	now := func() model.Instant { return model.Instant(atomic.AddInt64((*int64)(&h.now), 1)) } // of all who run at once
	h.ledger = ledger.New(store, now)
	h.Boards = boards.New(store, h.redis, now)
	h.people = h.Members
	child := *h.Members[len(h.Members)-1]
	child.BirthYear = 2015
	h.people[len(h.people)-1] = &child
	return h
}

// redisClient is one that looks into Redis past the boards.
func redisClient(t *testing.T) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(redisURL(t))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func redisURL(t *testing.T) string { return testdb.Server(t, "LBL_TEST_REDIS_URL").String() }

// award posts points to a member, as any use case does.
func (h *hall) award(t *testing.T, m *model.Member, points int64, at model.Instant, campaign model.ID, closed bool) {
	t.Helper()
	h.seq++
	var id model.ID
	err := h.store.Tx(t.Context(), func(tx *repository.Store) error {
		results, err := h.ledger.PostTx(t.Context(), tx, ledger.Posting{
			Key: fmt.Sprintf("%d:%d", h.Community.ID, h.seq), Debit: model.Pool(h.Community.ID, model.Points), Credit: model.Wallet(h.Community.ID, m.ID, model.Points),
			Amount: points, Code: model.RuleAdjust, Class: model.Declared, Member: m, At: at, Campaign: campaign,
		})
		if err == nil {
			id = results[0].TransferID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.posted = append(h.posted, posted{id, m, points, at, campaign, closed})
}

// reverse takes back one award.
func (h *hall) reverse(t *testing.T, p posted, closed bool) {
	t.Helper()
	admin := h.Holder(model.RoleCommunityAdmin)
	if p.member.ID == admin.MemberID { // nobody reverses their own
		admin.MemberID = h.Holder(model.RoleStreetOfficer).MemberID
	}
	h.seq++
	ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: admin.MemberID, Key: strconv.Itoa(h.seq), Replayed: func() {}})
	receipt, err := h.ledger.Reverse(ctx, admin, p.id, "x")
	if err != nil {
		t.Fatal(err)
	}
	h.posted = append(h.posted, posted{receipt.TransferID, p.member, -p.points, p.at, p.campaign, closed})
}

func (h *hall) settleDown(t *testing.T) {
	t.Helper()
	for _, err := range []error{h.ledger.SealAll(t.Context()), h.CatchUp(t.Context())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if h.redis != nil {
		if err := h.SyncAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// standing is a line of a board that the test worked out by itself.
type standing struct {
	member  model.ID
	points  int64
	reached int
}

// want works out a board from the list of awards: who has more points first, then who reached them first.
func (h *hall) want(in func(posted) bool) []standing {
	sums := map[model.ID]*standing{}
	for i, p := range h.posted {
		if !in(p) || !p.member.Adult(2026) {
			continue
		}
		s := sums[p.member.ID]
		if s == nil {
			s = &standing{member: p.member.ID}
			sums[p.member.ID] = s
		}
		if s.points += p.points; p.points > 0 {
			s.reached = i
		}
	}
	var all []standing
	for _, s := range sums {
		if s.points > 0 {
			all = append(all, *s)
		}
	}
	slices.SortFunc(all, func(a, b standing) int {
		return cmp.Or(cmp.Compare(b.points, a.points), cmp.Compare(a.reached, b.reached))
	})
	return all
}

// wantBoard reads a whole board page by page and around every member, and compares.
func (h *hall) wantBoard(t *testing.T, who model.Actor, q boards.Query, want []standing, source string) {
	t.Helper()
	var got []*model.Rank
	page := model.Page{Limit: 3}
	for {
		list, err := h.Top(t.Context(), who, q, page)
		if err != nil {
			t.Fatal(err)
		}
		if list.Total != int64(len(want)) || len(want) > 0 && list.Source != source {
			t.Fatalf("%+v: %d on the board from %s, want %d from %s", q, list.Total, list.Source, len(want), source)
		}
		got = append(got, list.Items...)
		if page.Cursor = list.NextCursor; page.Cursor == "" {
			break
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%+v: %d lines, want %d", q, len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.Rank != int64(i+1) || g.Member.ID != w.member || g.Points != w.points {
			t.Fatalf("%+v: line %d is %d %v %d, want %+v", q, i, g.Rank, g.Member, g.Points, w)
		}
		const limit = 5
		list, err := h.AroundMe(t.Context(), h.actor(w.member), q, limit)
		if err != nil {
			t.Fatal(err)
		}
		first := max(0, min(i-limit/2, len(want)-limit))
		if len(list.Items) != min(limit, len(want)) || list.Items[0].Rank != int64(first+1) {
			t.Fatalf("around %d of %d: %d lines from %d, want from %d", i, len(want), len(list.Items), list.Items[0].Rank, first+1)
		}
		me, err := h.Me(t.Context(), h.actor(w.member), q)
		if err != nil || me.Rank == nil || *me.Rank != int64(i+1) || me.Points != w.points {
			t.Fatalf("me: %+v, %v; want rank %d", me, err, i+1)
		}
		if i > 0 && me.ToNext != want[i-1].points-w.points+1 || i == 0 && me.ToNext != 0 {
			t.Fatalf("me: %d to the next", me.ToNext)
		}
	}
}

func (h *hall) actor(id model.ID) model.Actor {
	for _, m := range h.people {
		if m.ID == id {
			return h.As(m)
		}
	}
	return model.Actor{}
}

// wantAll compares every board of the world with the list of awards.
func (h *hall) wantAll(t *testing.T, days []model.Instant, campaign *model.Campaign, source string) {
	t.Helper()
	reader := h.Resident(0)
	for _, period := range model.CalendarPeriods() {
		for _, day := range days {
			key := period.Key(day.Time())
			q := boards.Query{Period: period, Key: period.Format(key)}
			in := func(p posted) bool { return period.Key(p.at.Time()) == key }
			source := source
			if period.End(key).Add(35*24*time.Hour) <= h.now { // too old for a copy
				source = boards.FromSQL
			}
			h.wantBoard(t, reader, q, h.want(in), source)
			q.Scope, q.ScopeID = model.KindGrid, h.Grids[1].ID
			h.wantBoard(t, h.actor(h.people[12].ID), q, h.want(func(p posted) bool { return in(p) && p.member.GridID == h.Grids[1].ID }), source)
		}
	}
	if campaign != nil {
		h.wantBoard(t, reader, boards.Query{Campaign: campaign.ID}, h.want(func(p posted) bool {
			return p.campaign == campaign.ID && !p.closed && p.at >= campaign.StartsAt && p.at <= campaign.EndsAt
		}), source)
	}
	if _, differences, err := h.Check(t.Context()); err != nil || len(differences) > 0 {
		t.Fatalf("check: %v, %v", differences, err)
	}
	h.wantCopies(t)
}

// wantCopies sees that nothing differs in Redis, whatever has not come there yet.
func (h *hall) wantCopies(t *testing.T) {
	t.Helper()
	if found, err := h.CheckCopies(t.Context()); err != nil || found.Total > 0 {
		t.Fatalf("check of the copies: %+v, %v", found, err)
	}
}

func (h *hall) givenCampaign(t *testing.T) *model.Campaign {
	t.Helper()
	c := &model.Campaign{
		ID: h.store.NewID(), CommunityID: h.Community.ID, ScopeNodeID: h.Community.ID, ScopeKind: model.KindCommunity, Theme: "lao", Title: "x",
		StartsAt: testworld.Now, EndsAt: testworld.Now.Add(48 * time.Hour), Status: model.CampaignPublished, Secret: []byte{1}, Digest: []byte{},
		Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	if err := h.store.Campaigns.Create(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

// wreck does to Redis what accidents do: it loses the group, or goes back to an older image of it.
func wreck(t *testing.T, client *redis.Client, group string, image map[string]string, random *rand.Rand) map[string]string {
	t.Helper()
	ctx := t.Context()
	keys, err := client.Keys(ctx, "lb:{"+group+"}*").Result()
	if err != nil {
		t.Fatal(err)
	}
	switch random.IntN(3) {
	case 0: // take an image
		image = map[string]string{}
		for _, k := range keys {
			if image[k], err = client.Dump(ctx, k).Result(); err != nil {
				t.Fatal(err)
			}
		}
		return image
	case 1: // go back to it
		for k, value := range image {
			if err := client.RestoreReplace(ctx, k, time.Hour, value).Err(); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range keys {
			if _, kept := image[k]; image != nil && !kept {
				client.Del(ctx, k)
			}
		}
	default:
		if len(keys) > 0 {
			client.Del(ctx, keys...)
		}
	}
	return image
}

func TestBoardsEqualTheLedgerWhateverHappens(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		seed := testworld.Seed(t)
		random := rand.New(rand.NewPCG(seed, 1))
		h := open(t, store, redisURL(t))
		client := redisClient(t)
		campaign := h.givenCampaign(t)
		days := []model.Instant{testworld.Now, testworld.Now.Add(24 * time.Hour), testworld.Now.Add(-40 * 24 * time.Hour)}
		second := boards.New(store, h.redis, func() model.Instant { return h.now })
		group := model.BoardKey{CommunityID: h.Community.ID}.Group()
		var image map[string]string
		closed, reversed := false, map[int]bool{}
		for i := range 250 {
			if i%8 == 0 {
				h.wantCopies(t)
			}
			switch n := random.IntN(100); {
			case n < 60:
				c := model.ID(0)
				if random.IntN(3) == 0 {
					c = campaign.ID
				}
				h.award(t, h.people[random.IntN(len(h.people))], random.Int64N(20)+1, days[random.IntN(3)], c, closed)
			case n < 70 && len(h.posted) > 0:
				if i := random.IntN(len(h.posted)); !reversed[i] && h.posted[i].points > 0 {
					reversed[i] = true
					h.reverse(t, h.posted[i], closed)
				}
			case n < 80:
				if err := h.ledger.SealAll(t.Context()); err != nil {
					t.Fatal(err)
				}
			case n < 87:
				if _, err := h.Project(t.Context()); err != nil {
					t.Fatal(err)
				}
			case n < 93:
				if err := second.SyncAll(t.Context()); err != nil {
					t.Fatal(err)
				}
			case n < 98:
				image = wreck(t, client, group, image, random)
			case !closed:
				closed = true
				err := store.Tx(t.Context(), func(tx *repository.Store) error {
					return tx.Stream.AddControl(t.Context(), &model.Control{
						ID: store.NewID(), Kind: model.CampaignClosed, CampaignID: campaign.ID, Payload: []byte{}, CreatedAt: h.now,
					})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		h.settleDown(t)
		h.wantAll(t, days, campaign, boards.FromRedis)
		if err := h.Rebuild(t.Context(), func(int, int) {}); err != nil {
			t.Fatal(err)
		}
		h.wantAll(t, days, campaign, boards.FromRedis)
		if err := h.Recount(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.settleDown(t)
		h.wantAll(t, days, campaign, boards.FromRedis)
		bare := boards.New(store, nil, func() model.Instant { return h.now })
		h.Boards, h.redis = bare, nil
		h.wantAll(t, days, campaign, boards.FromSQL)
	})
}

func TestRedisIsKilledAndComesBackEmpty(t *testing.T) {
	port := testdb.FreePort(t)
	stop := testdb.StartRedis(t, port)
	h := open(t, testdb.Open(t, testdb.SQLite), "redis://127.0.0.1:"+port+"/0")
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	h.settleDown(t)
	days := []model.Instant{testworld.Now}
	h.wantAll(t, days, nil, boards.FromRedis)
	stop()
	h.award(t, h.people[1], 7, testworld.Now, 0, false)
	if err := errors.Join(h.ledger.SealAll(t.Context()), h.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := h.SyncAll(t.Context()); !errors.Is(err, model.ErrUnavailable) {
		t.Fatalf("a dead Redis was pushed to: %v", err)
	}
	h.wantAll(t, days, nil, boards.FromSQL)
	stop = testdb.StartRedis(t, port)
	defer stop()
	h.settleDown(t)
	deadline := time.Now().Add(20 * time.Second)
	for {
		list, err := h.Top(t.Context(), h.Resident(0), boards.Query{}, model.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if list.Source == boards.FromRedis {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the boards do not come from Redis again")
		}
		time.Sleep(50 * time.Millisecond)
	}
	h.wantAll(t, days, nil, boards.FromRedis)
}

func TestALatePushDoesNothing(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), redisURL(t))
	group := model.BoardKey{CommunityID: h.Community.ID}.Group()
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	h.settleDown(t)
	late, err := h.redis.State(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	h.award(t, h.people[0], 2, testworld.Now, 0, false)
	h.settleDown(t)
	if err := h.redis.Push(t.Context(), group, late, late.Cursor, nil); !errors.Is(err, repository.ErrMoved) {
		t.Errorf("a push from an old cursor: %v", err)
	}
	if err := h.redis.Begin(t.Context(), &repository.Building{Group: group, Old: "older", Generation: "other"}); !errors.Is(err, repository.ErrMoved) {
		t.Errorf("a rebuild from an old generation: %v", err)
	}
	if err := h.redis.Drop(t.Context(), group, late.Generation, []repository.Section{{Board: 1}}); !errors.Is(err, repository.ErrMoved) {
		t.Errorf("dropping what is in use: %v", err)
	}
	h.wantAll(t, []model.Instant{testworld.Now}, nil, boards.FromRedis)
}

// TestACopyThatLostAPartIsNeverUsed has Redis forget what was filled, while more is being filled.
func TestACopyThatLostAPartIsNeverUsed(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), redisURL(t))
	ctx, group := t.Context(), model.BoardKey{CommunityID: h.Community.ID}.Group()
	client := redisClient(t)
	fresh := &repository.Building{Group: group, Generation: "g"}
	rows := []repository.Row{{Section: repository.Section{Board: 1, Kind: model.KindCommunity}, Member: 1, RankKey: 1 << 40, Life: time.Hour}}
	for what, fill := range map[string]func() error{
		"another part": func() error { return h.redis.Fill(ctx, fresh, rows) },
		"its use":      func() error { return h.redis.Flip(ctx, fresh, "1.ab") },
	} {
		for _, err := range []error{h.redis.Begin(ctx, fresh), h.redis.Fill(ctx, fresh, rows), client.Del(ctx, "lb:{"+group+"}:m", "lb:{"+group+"}:b").Err()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := fill(); !errors.Is(err, repository.ErrMoved) {
			t.Errorf("%s after a loss: %v", what, err)
		}
	}
}

// TestAGroupIsFilledByOneAtATime has a second process want to fill what the first is filling.
func TestAGroupIsFilledByOneAtATime(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), redisURL(t))
	ctx, group := t.Context(), model.BoardKey{CommunityID: h.Community.ID}.Group()
	first, second := &repository.Building{Group: group, Generation: "a"}, &repository.Building{Group: group, Generation: "b"}
	if err := h.redis.Begin(ctx, first); err != nil {
		t.Fatal(err)
	}
	if err := h.redis.Begin(ctx, second); !errors.Is(err, repository.ErrMoved) {
		t.Errorf("a second began: %v", err)
	}
	if err := h.Rebuild(ctx, func(int, int) {}); err != nil {
		t.Errorf("there is nothing to rebuild: %v", err)
	}
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	for _, err := range []error{h.ledger.SealAll(ctx), h.CatchUp(ctx)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Rebuild(ctx, func(int, int) {}); !errors.Is(err, model.ErrUnavailable) {
		t.Errorf("rebuilt while another process does it: %v", err)
	}
	if err := h.redis.Flip(ctx, first, "0."); err != nil {
		t.Errorf("the first cannot end: %v", err)
	}
	if err := h.redis.Begin(ctx, &repository.Building{Group: group, Old: "a", Generation: "c"}); err != nil {
		t.Errorf("nobody can begin after it: %v", err)
	}
}

// TestACopyIsWholeForAsLongAsItIsRead sees that no part of a board's copy ends before the others, however long ago it
// changed, and that boards of long ago have none.
func TestACopyIsWholeForAsLongAsItIsRead(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), redisURL(t))
	ctx, group := t.Context(), model.BoardKey{CommunityID: h.Community.ID}.Group()
	client := redisClient(t)
	lives := func() []time.Duration {
		var all []time.Duration
		for _, key := range client.Keys(ctx, "lb:{"+group+"}:*:b*").Val() {
			all = append(all, client.PTTL(ctx, key).Val())
		}
		return all
	}
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	h.award(t, h.people[0], 7, testworld.Now.Add(-400*24*time.Hour), 0, false)
	h.settleDown(t)
	first := lives()
	h.now += model.Instant(30 * 24 * time.Hour / time.Microsecond)
	h.award(t, h.people[14], 5, h.now, 0, false) // of another grid
	h.settleDown(t)
	year := model.PeriodYear.End(2026).Time().Sub(testworld.Now.Time())
	for _, life := range first {
		if life < 30*24*time.Hour {
			t.Errorf("a copy ends in %s", life)
		}
	}
	if longest := slices.Max(first); longest < year+35*24*time.Hour || longest > year+37*24*time.Hour {
		t.Errorf("the board of the year ends in %s", longest)
	}
	// Five periods with their parts (community, area, grid, branch), none of 2025 but that of its year, whose copies
	// ended long ago.
	if len(first) != 5*4 {
		t.Errorf("there are %d copies", len(first))
	}
	h.wantAll(t, []model.Instant{testworld.Now, h.now}, nil, boards.FromRedis)
	old := model.PeriodDay.Format(model.PeriodDay.Key(testworld.Now.Add(-400 * 24 * time.Hour).Time()))
	list, err := h.Top(ctx, h.Resident(1), boards.Query{Period: model.PeriodDay, Key: old}, model.Page{})
	if err != nil || list.Source != boards.FromSQL || len(list.Items) != 1 {
		t.Errorf("a day long ago: %+v, %v", list, err)
	}
}

// TestACopyOfAnotherHistoryIsRebuilt is what a database restored from a backup sees: the same place in the
// stream, with another hash, and scores that are not its own.
func TestACopyOfAnotherHistoryIsRebuilt(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), redisURL(t))
	client := redisClient(t)
	group := model.BoardKey{CommunityID: h.Community.ID}.Group()
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	h.award(t, h.people[1], 4, testworld.Now, 0, false)
	h.settleDown(t)
	sets, err := client.Keys(t.Context(), "lb:{"+group+"}:*:b*").Result()
	if err != nil || len(sets) == 0 {
		t.Fatalf("%d sets, %v", len(sets), err)
	}
	for _, set := range sets {
		if err := client.ZAdd(t.Context(), set, redis.Z{Score: 9e15, Member: h.people[2].ID.String()}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.HSet(t.Context(), "lb:{"+group+"}:m", "cur", "2.00000000").Err(); err != nil {
		t.Fatal(err)
	}
	h.settleDown(t)
	h.wantAll(t, []model.Instant{testworld.Now}, nil, boards.FromRedis)
}

func TestTeamsRankByPointsPerHead(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		h.award(t, h.people[0], 24, testworld.Now, 0, false)  // the first grid
		h.award(t, h.people[12], 36, testworld.Now, 0, false) // the second
		h.settleDown(t)
		list, err := h.Top(t.Context(), h.Resident(0), boards.Query{Kind: model.BoardTeams}, model.Page{})
		if err != nil || len(list.Items) != 2 {
			t.Fatalf("got %+v, %v", list, err)
		}
		if first := list.Items[0]; first.Team.ID != h.Grids[1].ID || first.Points != 36 || first.Members != 12 || first.PerHead != 3 {
			t.Errorf("the first is %+v", first)
		}
	})
}

func TestBoardsOfTeamsArePaged(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		for i, points := range []int64{24, 36, 24, 12} { // two grids alike: who was there first is before
			h.award(t, h.people[12*i], points, testworld.Now, 0, false)
		}
		h.settleDown(t)
		want := []model.ID{h.Grids[1].ID, h.Grids[0].ID, h.Grids[2].ID, h.Grids[3].ID}
		for limit := 1; limit <= 5; limit++ {
			page := model.Page{Limit: limit}
			var got []model.ID
			for {
				list, err := h.Top(t.Context(), h.Resident(0), boards.Query{Kind: model.BoardTeams}, page)
				if err != nil || list.Total != 4 || len(list.Items) > limit {
					t.Fatalf("got %+v, %v", list, err)
				}
				for _, item := range list.Items {
					got = append(got, item.Team.ID)
					if item.Rank != int64(len(got)) {
						t.Errorf("line %d has rank %d", len(got), item.Rank)
					}
				}
				if page.Cursor = list.NextCursor; page.Cursor == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("by %d: got %v, want %v", limit, got, want)
			}
		}
		members, err := h.Top(t.Context(), h.Resident(0), boards.Query{}, model.Page{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Top(t.Context(), h.Resident(0), boards.Query{Kind: model.BoardTeams}, model.Page{Cursor: members.NextCursor})
		if !errors.Is(err, model.ErrCursor) {
			t.Errorf("a cursor of the members' board: %v", err)
		}
	})
}

func TestQueriesThatAreRefused(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	draft := h.givenCampaign(t)
	for name, c := range map[string]struct {
		q    boards.Query
		want error
	}{
		"unknown period":       {boards.Query{Period: "decade"}, model.ErrBoard},
		"bad key":              {boards.Query{Period: model.PeriodDay, Key: "2026-13-40"}, model.ErrBoard},
		"campaign without one": {boards.Query{Period: model.PeriodCampaign}, model.ErrBoard},
		"unknown campaign":     {boards.Query{Campaign: 42}, model.ErrNotFound},
		"foreign scope":        {boards.Query{Scope: model.KindGrid, ScopeID: h.Others.Grids[0].ID}, model.ErrNotFound},
		"scope of other kind":  {boards.Query{Scope: model.KindGrid, ScopeID: h.Areas[0].ID}, model.ErrNotFound},
		"no branch":            {boards.Query{Scope: model.KindBranch}, model.ErrBoard},
		"a day of a campaign":  {boards.Query{Campaign: draft.ID, Period: model.PeriodDay}, model.ErrBoard},
		"a key of a campaign":  {boards.Query{Campaign: draft.ID, Key: "2026"}, model.ErrBoard},
		"a part of the teams":  {boards.Query{Kind: model.BoardTeams, Scope: model.KindGrid, ScopeID: h.Grids[0].ID}, model.ErrBoard},
		"empty board":          {boards.Query{Campaign: draft.ID}, nil},
		"a campaign by name":   {boards.Query{Campaign: draft.ID, Period: model.PeriodCampaign}, nil},
		"teams of a campaign":  {boards.Query{Campaign: draft.ID, Kind: model.BoardTeams, Scope: model.KindArea}, nil},
	} {
		list, err := h.Top(t.Context(), h.Resident(5), c.q, model.Page{})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if err == nil && (list.Items == nil || list.Total != 0) {
			t.Errorf("%s: got %+v", name, list)
		}
	}
	if _, err := h.Top(t.Context(), h.Resident(0), boards.Query{}, model.Page{Cursor: "zzz"}); !errors.Is(err, model.ErrCursor) {
		t.Errorf("a bad cursor: %v", err)
	}
}

func TestAnonymousNeighboursAndMinorsAreNotNamed(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	shy := *h.people[0]
	shy.Anonymous = true
	if err := h.store.Tx(t.Context(), func(tx *repository.Store) error { return tx.Members.UpdateProfile(t.Context(), &shy, 1) }); err != nil {
		t.Fatal(err)
	}
	h.award(t, &shy, 9, testworld.Now, 0, false)
	h.award(t, h.people[len(h.people)-1], 99, testworld.Now, 0, false) // a child
	h.settleDown(t)
	list, err := h.Top(t.Context(), h.Resident(1), boards.Query{}, model.Page{})
	if err != nil || len(list.Items) != 1 || *list.Items[0].Member != (model.MemberRef{DisplayName: model.AnonymousName}) {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestWhoReadsWhichBoard(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	campaign := h.givenCampaign(t) // of the whole community
	small := h.givenCampaign(t)
	small.ScopeNodeID, small.ScopeKind = h.Areas[0].ID, model.KindArea
	if err := h.store.Tx(t.Context(), func(tx *repository.Store) error { return tx.Campaigns.Update(t.Context(), small) }); err != nil {
		t.Fatal(err)
	}
	holding := func(role model.Role, at, home model.Node) model.Actor {
		return model.Actor{MemberID: 5, Place: home.Place, Grants: []model.Grant{{Role: role, NodeID: at.ID, NodeKind: at.Kind}}}
	}
	of := func(n model.Node) boards.Query { return boards.Query{Scope: n.Kind, ScopeID: n.ID} }
	whole, teams := boards.Query{}, boards.Query{Kind: model.BoardTeams}
	everybody := []boards.Query{whole, of(h.Areas[0]), of(h.Grids[0]), of(h.Grids[3]), of(h.Branch), teams, {Campaign: campaign.ID}, {Campaign: small.ID}}
	for name, c := range map[string]struct {
		who model.Actor
		may []int // which of them
	}{
		"a resident":                               {h.Resident(0), []int{0, 1, 2, 3, 4, 5, 6, 7}},
		"an auditor of an area, from elsewhere":    {holding(model.RoleAuditor, h.Areas[0], h.Community), []int{1, 2, 4, 7}},
		"an officer of a grid who lives in it":     {holding(model.RoleStreetOfficer, h.Grids[0], h.Doors[0]), []int{2, 6, 7}},
		"an officer of a grid who lives elsewhere": {holding(model.RoleStreetOfficer, h.Grids[3], h.Doors[0]), []int{3}},
		"a secretary":                              {holding(model.RoleSecretary, h.Branch, h.Community), []int{4}},
	} {
		for i, q := range everybody {
			want := error(nil)
			if !slices.Contains(c.may, i) {
				want = model.ErrForbidden
			}
			if _, err := h.Top(t.Context(), c.who, q, model.Page{}); !errors.Is(err, want) {
				t.Errorf("%s, board %d: got %v, want %v", name, i, err, want)
			}
		}
	}
	if _, err := h.Top(t.Context(), model.Actor{MemberID: 5}, whole, model.Page{}); !errors.Is(err, model.ErrUnbound) {
		t.Errorf("nobody yet: %v", err)
	}
}

package repository_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

// givenRequest stores a request of the first resident's, changed as the test needs it.
func givenRequest(t *testing.T, store *repository.Store, w *testworld.World, change func(r *model.HelpRequest)) *model.HelpRequest {
	t.Helper()
	who := w.Resident(0)
	r := &model.HelpRequest{
		ID: store.NewID(), Place: who.Place, RequesterID: who.MemberID, CreatedBy: who.MemberID,
		Category: "errand", Title: "取快递", Urgency: model.UrgencyNormal, Slots: 2,
	}
	if err := r.Open(testworld.Now); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	if err := store.Requests.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func givenClaim(t *testing.T, store *repository.Store, r *model.HelpRequest, helper model.ID, change func(c *model.Claim)) *model.Claim {
	t.Helper()
	one := 1
	c := &model.Claim{ID: store.NewID(), RequestID: r.ID, HelperID: helper, Status: model.ClaimActive, Holding: &one, ClaimedAt: testworld.Now}
	if change != nil {
		change(c)
	}
	if err := store.Requests.AddClaim(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func withdrawn(c *model.Claim) { c.Status, c.Holding = model.ClaimWithdrawn, nil }

func TestRequestComesBackAsItWas(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		r := givenRequest(t, store, w, func(r *model.HelpRequest) { r.Description, r.EndsAt = "三个包裹", testworld.Now.Add(time.Hour) })
		c := givenClaim(t, store, r, w.Resident(1).MemberID, nil)
		got, err := store.Requests.Get(t.Context(), r.ID)
		if err != nil || got.Place != r.Place || got.Description != r.Description || got.EndsAt != r.EndsAt || got.DeadlineAt != r.DeadlineAt {
			t.Errorf("got %+v, %v; want %+v", got, err, r)
		}
		if len(got.Claims) != 1 || got.Claims[0].ID != c.ID || got.Claims[0].Holding == nil {
			t.Errorf("got %d claims", len(got.Claims))
		}
		if _, err := store.Requests.Get(t.Context(), 1); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a request that is not there: %v", err)
		}
	})
}

func TestUpdateWritesOneStepAndRefusesAStaleOne(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		id := givenRequest(t, store, w, nil).ID
		read := func() *model.HelpRequest {
			r, err := store.Requests.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		first, second := read(), read()
		if err := errors.Join(first.Cancel("不用了", testworld.Now.Add(time.Hour)), store.Requests.Update(t.Context(), first)); err != nil {
			t.Fatal(err)
		}
		if err := second.Cancel("算了", testworld.Now); err != nil {
			t.Fatal(err)
		}
		if err := store.Requests.Update(t.Context(), second); !errors.Is(err, model.ErrStale) {
			t.Errorf("a step from where another one had moved on: got %v", err)
		}
		if got := read(); got.Status != model.RequestCancelled || got.Reason != "不用了" || got.Version != 2 || got.UpdatedAt != first.UpdatedAt {
			t.Errorf("got %+v", got)
		}
	})
}

func TestOneHeldSlotForEachHelper(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		r, helper := givenRequest(t, store, w, nil), w.Resident(1).MemberID
		givenClaim(t, store, r, helper, withdrawn)
		first := givenClaim(t, store, r, helper, nil)
		one := 1
		second := &model.Claim{ID: store.NewID(), RequestID: r.ID, HelperID: helper, Status: model.ClaimActive, Holding: &one}
		if err := store.Requests.AddClaim(t.Context(), second); !errors.Is(err, model.ErrDuplicate) {
			t.Errorf("a second slot: got %v", err)
		}
		withdrawn(first)
		if err := store.Requests.UpdateClaims(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if err := store.Requests.AddClaim(t.Context(), second); err != nil {
			t.Errorf("after giving the first back: %v", err)
		}
	})
}

func TestRequestListsWalkAllPagesInOrder(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		var all []*model.HelpRequest
		for i := range 12 { // urgencies and deadlines that meet more than once
			all = append(all, givenRequest(t, store, w, func(r *model.HelpRequest) {
				r.Urgency, r.DeadlineAt = model.Urgencies()[i%3], testworld.Now.Add(time.Duration(i%4)*time.Hour)
				r.Views = int64(i % 2)
			}))
		}
		rank := func(r *model.HelpRequest) int { return slices.Index(model.Urgencies(), r.Urgency) }
		for sort, before := range map[repository.Sort]func(a, b *model.HelpRequest) bool{
			repository.Newest: func(a, b *model.HelpRequest) bool { return a.ID > b.ID },
			repository.Soonest: func(a, b *model.HelpRequest) bool {
				return a.DeadlineAt < b.DeadlineAt || a.DeadlineAt == b.DeadlineAt && a.ID < b.ID
			},
			repository.Recommended: func(a, b *model.HelpRequest) bool {
				return rank(a) < rank(b) || rank(a) == rank(b) && (a.Views < b.Views || a.Views == b.Views && a.ID < b.ID)
			},
		} {
			q := &repository.RequestQuery{Community: w.Community.ID, Reach: w.Resident(0).Grants, Sort: sort, Limit: 5}
			var got []*model.HelpRequest
			for len(got) <= len(all) {
				page, err := store.Requests.List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				q.After = q.Key(page[len(page)-1])
			}
			if len(got) != len(all) {
				t.Errorf("%s: %d of %d", sort, len(got), len(all))
			}
			for i := 1; i < len(got); i++ {
				if !before(got[i-1], got[i]) {
					t.Errorf("%s: place %d is out of order", sort, i)
				}
			}
		}
	})
}

func TestRequestListFilters(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		me := w.Resident(1)
		plain := givenRequest(t, store, w, nil)
		helped := givenRequest(t, store, w, func(r *model.HelpRequest) { r.Category, r.Status = "legal", model.RequestClaimed })
		givenClaim(t, store, helped, me.MemberID, nil)
		asked := givenRequest(t, store, w, func(r *model.HelpRequest) { r.RequesterID, r.Urgency = me.MemberID, model.UrgencyUrgent })
		posted := givenRequest(t, store, w, func(r *model.HelpRequest) { r.CreatedBy = me.MemberID })
		far := givenRequest(t, store, w, func(r *model.HelpRequest) { r.Place = w.Resident(13).Place })
		abroad := givenRequest(t, store, w, func(r *model.HelpRequest) { r.Place = w.Others.Resident(0).Place })
		here := w.Resident(0).Place
		everywhere := []model.Grant{{Role: model.RoleResident, NodeID: w.Community.ID, NodeKind: model.KindCommunity}}
		grid := []model.Grant{{Role: model.RoleGridWorker, NodeID: here.GridID, NodeKind: model.KindGrid}}
		for name, c := range map[string]struct {
			q    repository.RequestQuery
			want []*model.HelpRequest
		}{
			"all within reach":     {repository.RequestQuery{Reach: everywhere}, []*model.HelpRequest{far, posted, asked, helped, plain}},
			"one grid":             {repository.RequestQuery{Reach: grid}, []*model.HelpRequest{posted, asked, helped, plain}},
			"no reach":             {repository.RequestQuery{}, nil},
			"another's community":  {repository.RequestQuery{Reach: []model.Grant{{NodeID: abroad.CommunityID, NodeKind: model.KindCommunity}}}, nil},
			"by status":            {repository.RequestQuery{Reach: everywhere, Statuses: []model.RequestStatus{model.RequestClaimed, model.RequestDone}}, []*model.HelpRequest{helped}},
			"by category":          {repository.RequestQuery{Reach: everywhere, Categories: []string{"legal"}}, []*model.HelpRequest{helped}},
			"by urgency":           {repository.RequestQuery{Reach: everywhere, Urgencies: []model.Urgency{model.UrgencyUrgent}}, []*model.HelpRequest{asked}},
			"asked by me":          {repository.RequestQuery{Part: repository.Asked}, []*model.HelpRequest{asked}},
			"helped by me":         {repository.RequestQuery{Part: repository.Helping}, []*model.HelpRequest{helped}},
			"mine":                 {repository.RequestQuery{Part: repository.Mine}, []*model.HelpRequest{posted, asked, helped}},
			"mine and of a status": {repository.RequestQuery{Part: repository.Mine, Statuses: []model.RequestStatus{model.RequestClaimed}}, []*model.HelpRequest{helped}},
		} {
			q := c.q
			q.Community, q.Member, q.Sort, q.Limit = w.Community.ID, me.MemberID, repository.Newest, 100
			rows, err := store.Requests.List(t.Context(), &q)
			if err != nil || !slices.EqualFunc(rows, c.want, func(a, b *model.HelpRequest) bool { return a.ID == b.ID }) {
				t.Errorf("%s: %d rows, %v; want %d", name, len(rows), err, len(c.want))
			}
		}
	})
}

func TestDueFindsExactlyWhatTheModelCallsDue(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		const day = 24 * time.Hour
		var all []*model.HelpRequest
		for _, status := range []model.RequestStatus{
			model.RequestPending, model.RequestOpen, model.RequestEscalated, model.RequestClaimed, model.RequestInProgress, model.RequestDone,
			model.RequestConfirmed, model.RequestDisputed, model.RequestClosed, model.RequestCancelled, model.RequestExpired,
		} {
			for _, times := range [][2]time.Duration{{0, 0}, {0, 2 * day}, {3 * day, 0}, {3 * day, 4 * day}, {40 * day, 0}} {
				for n, held := range []bool{false, true, true, true} {
					r := givenRequest(t, store, w, func(r *model.HelpRequest) {
						if times[0] > 0 {
							r.StartsAt = testworld.Now.Add(times[0])
						}
						if times[1] > 0 {
							r.EndsAt = testworld.Now.Add(times[1])
						}
						r.Urgency = model.Urgencies()[n%3]
						if n == 2 {
							r.CreatedBy = w.Resident(2).MemberID
						}
						if err := r.Open(testworld.Now); err != nil {
							t.Fatal(err)
						}
						if n > 1 {
							r.UpdatedAt = testworld.Now.Add(5 * day)
						}
						if r.Status = status; status == model.RequestDone {
							r.DoneAt = r.DeadlineAt
						}
					})
					if held {
						r.Claims = append(r.Claims, givenClaim(t, store, r, w.Resident(1).MemberID, nil))
					} else {
						givenClaim(t, store, r, w.Resident(1).MemberID, withdrawn)
					}
					all = append(all, r)
				}
			}
		}
		for _, after := range []time.Duration{0, day, 2 * day, 3 * day, 4 * day, 5 * day, 6 * day, 7 * day, 8 * day, 9 * day, 10 * day, 12 * day, 30 * day, 31 * day, 40 * day, 70 * day, 71 * day} {
			now := testworld.Now.Add(after)
			ids, err := store.Requests.Due(t.Context(), model.CutoffsAt(now), 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range all {
				if due := r.Due(now); (due != "") != slices.Contains(ids, r.ID) {
					t.Errorf("after %s, %s from %d to %d with %d claims: due is %q, found %t",
						after, r.Status, r.StartsAt, r.EndsAt, len(r.Claims), due, slices.Contains(ids, r.ID))
				}
			}
		}
	})
}

func TestLoadsCountsOpenAndRecentClaims(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		busy, idle, stranger := w.Resident(1).MemberID, w.Resident(2).MemberID, w.Resident(3).MemberID
		since := testworld.Now.Add(-7 * 24 * time.Hour)
		for _, change := range []func(c *model.Claim){
			nil,
			func(c *model.Claim) { c.ClaimedAt = since - 1 },                                               // old and open
			func(c *model.Claim) { c.Status, c.Holding = model.ClaimConfirmed, nil },                       // recent and over
			func(c *model.Claim) { c.Status, c.Holding, c.ClaimedAt = model.ClaimConfirmed, nil, since-1 }, // old and over
			withdrawn,
		} {
			givenClaim(t, store, givenRequest(t, store, w, nil), busy, change)
		}
		givenClaim(t, store, givenRequest(t, store, w, nil), stranger, nil)
		// What has a wanted time keeps busy; what was given up after it had begun was missed.
		start := testworld.Now.Add(time.Hour)
		timed := func(r *model.HelpRequest) { r.StartsAt, r.EndsAt = start, start.Add(time.Hour) }
		givenClaim(t, store, givenRequest(t, store, w, timed), busy, nil)
		for _, left := range []model.Instant{start - 1, start} {
			givenClaim(t, store, givenRequest(t, store, w, timed), busy, func(c *model.Claim) {
				c.Status, c.Holding, c.EndedAt = model.ClaimWithdrawn, nil, left
			})
		}
		lapsed := givenClaim(t, store, givenRequest(t, store, w, nil), busy, func(c *model.Claim) { c.Status, c.Holding = model.ClaimLapsed, nil })
		broken := func(claim model.ID, status model.MissStatus, at model.Instant) *model.Miss {
			return &model.Miss{ID: store.NewID(), CommunityID: w.Community.ID, ClaimID: claim, MemberID: busy, Kind: model.MissLate, Status: status, At: at}
		}
		err := store.Misses.Add(t.Context(), []*model.Miss{
			broken(lapsed.ID, model.MissRecorded, testworld.Now), broken(2, model.MissUpheld, testworld.Now), broken(3, model.MissExcused, testworld.Now),
			broken(4, model.MissRecorded, testworld.Now.Add(-model.LoadMemory)-1),
		})
		if err != nil {
			t.Fatal(err)
		}
		for asks, helped := range map[model.ID]int{0: 0, w.Resident(0).MemberID: 2, stranger: 0} {
			loads, err := store.Requests.Loads(t.Context(), []model.ID{busy, idle}, testworld.Now, asks)
			want := model.Load{Open: 3, Week: 4, Busy: []model.Span{{StartsAt: start, EndsAt: start.Add(time.Hour)}}, Done: 2, Missed: 2, Excused: 1, Helped: helped}
			if err != nil || !reflect.DeepEqual(loads, map[model.ID]model.Load{busy: want}) {
				t.Errorf("got %+v, %v; want %+v for one", loads, err, want)
			}
			if none, err := store.Requests.Loads(t.Context(), nil, testworld.Now, asks); err != nil || len(none) != 0 {
				t.Errorf("of nobody: %v, %v", none, err)
			}
		}
		ties, err := store.Requests.Ties(t.Context(), busy, []model.ID{w.Resident(0).MemberID, stranger}, testworld.Now)
		if err != nil || !reflect.DeepEqual(ties, map[model.ID]int{w.Resident(0).MemberID: 2}) {
			t.Errorf("ties are %v, %v", ties, err)
		}
	})
}

func TestWaitingAndCountWaiting(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		waits := 0
		for _, s := range []model.RequestStatus{
			model.RequestPending, model.RequestOpen, model.RequestEscalated, model.RequestClaimed, model.RequestInProgress,
			model.RequestDone, model.RequestDisputed, model.RequestConfirmed, model.RequestCancelled,
		} {
			givenRequest(t, store, w, func(r *model.HelpRequest) { r.Status = s })
			waits++
		}
		if n, err := store.Requests.CountWaiting(t.Context(), w.Resident(0).MemberID); err != nil || n != 5 {
			t.Errorf("%d of %d are not over, want 5; %v", n, waits, err)
		}
		for category, want := range map[string]int{"errand": 2, "legal": 0} {
			rows, err := store.Requests.Waiting(t.Context(), w.Community.ID, []string{category}, 10)
			if err != nil || len(rows) != want {
				t.Errorf("%d wait for %s, want %d; %v", len(rows), category, want, err)
			}
		}
		if rows, err := store.Requests.Waiting(t.Context(), w.Others.Community.ID, []string{"errand"}, 10); err != nil || len(rows) != 0 {
			t.Errorf("%d wait in the other community, %v", len(rows), err)
		}
	})
}

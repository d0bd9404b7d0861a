package boards_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
)

// quarterEnd is when the fourth quarter of 2026 is over; freezing is what counts for its pioneers, and swept
// is when they are frozen: what was booked in time may be committed a little later.
var (
	quarterEnd = model.InstantOf(time.Date(2027, 1, 1, 0, 0, 0, 0, model.Shanghai()))
	freezing   = model.InstantOf(time.Date(2027, 1, 8, 0, 0, 0, 0, model.Shanghai()))
	swept      = freezing.Add(time.Minute)
)

// givenQuarter has seven people on the quarter's board: four of the first grid, two of the second, one of the third. The
// clock of the boards stands still.
func givenQuarter(t *testing.T, store *repository.Store) *hall {
	t.Helper()
	h := open(t, store, "")
	h.newProcess()
	for i, person := range []int{0, 1, 2, 3, 12, 13, 24} {
		h.award(t, h.people[person], int64(9-i), testworld.Now, 0, false)
	}
	h.settleDown(t)
	return h
}

// newProcess has boards that remember nothing.
func (h *hall) newProcess() {
	h.Boards = boards.New(h.store, nil, func() model.Instant { return h.now })
}

// wantFrozen sweeps at a moment and compares of how many boards lists are frozen.
func (h *hall) wantFrozen(t *testing.T, at model.Instant, want int) {
	t.Helper()
	h.now = at
	if got, err := h.FreezePioneers(t.Context()); err != nil || got != want {
		t.Fatalf("at %v %d boards are frozen, %v; want %d", at, got, err, want)
	}
}

// wantPioneers compares a pioneer list of the fourth quarter, whole or of a part, and returns it.
func (h *hall) wantPioneers(t *testing.T, q boards.Query, want ...string) *boards.Pioneers {
	t.Helper()
	if q.Key == "" {
		q.Key = "2026-Q4"
	}
	list, err := h.Pioneers(t.Context(), h.Holder(model.RoleCommunityAdmin), q)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, p := range list.Items {
		who := p.Member.DisplayName
		for i, m := range h.people {
			if m.ID == p.Member.ID {
				who = fmt.Sprint(i)
			}
		}
		got = append(got, fmt.Sprintf("%d. %s: %d", p.Rank, who, p.Points))
	}
	if list.Items == nil || strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%+v: got %v, want %v", q, got, want)
	}
	if list.Final != (list.FrozenAt != 0) || list.Final != (list.Digest != "") || list.Final != (list.Source == boards.FromSettled) || list.Final && list.FreezesAt != 0 {
		t.Errorf("%+v: it is frozen and is not: %+v", q, list)
	}
	return list
}

func TestAPioneerListIsFrozenSevenDaysAfterItsQuarter(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := givenQuarter(t, store)
		h.wantFrozen(t, quarterEnd-1, 0)
		if list := h.wantPioneers(t, boards.Query{}, "1. 0: 9", "2. 1: 8", "3. 2: 7"); list.Final || list.FreezesAt != 0 {
			t.Errorf("in the quarter: %+v", list)
		}
		h.wantFrozen(t, quarterEnd, 0)
		if list := h.wantPioneers(t, boards.Query{}, "1. 0: 9", "2. 1: 8", "3. 2: 7"); list.Final || list.FreezesAt != freezing {
			t.Errorf("at its end: %+v", list)
		}
		h.award(t, h.people[13], 10, testworld.Now, 0, false)
		h.reverse(t, h.posted[0], false)
		h.settleDown(t)
		h.wantFrozen(t, swept-1, 0)
		if list := h.wantPioneers(t, boards.Query{}, "1. 13: 14", "2. 1: 8", "3. 2: 7"); list.Final || list.FreezesAt != freezing {
			t.Errorf("just before it is frozen: %+v", list)
		}
		h.wantFrozen(t, swept, 1)
		frozen := h.wantPioneers(t, boards.Query{}, "1. 13: 14", "2. 1: 8", "3. 2: 7")
		if !frozen.Final || frozen.FrozenAt != swept || len(frozen.Digest) != 64 || frozen.Total != 6 || frozen.Percent != 5 || frozen.AsOfSeq == 0 || frozen.Items[0].Honour == "" {
			t.Errorf("frozen: %+v", frozen)
		}
		h.wantFrozen(t, swept+1, 0)
		h.award(t, h.people[3], 100, testworld.Now, 0, false)
		h.reverse(t, h.posted[1], false)
		h.settleDown(t)
		if err := errors.Join(h.HonourPercent(50), h.Recount(t.Context())); err != nil {
			t.Fatal(err)
		}
		h.wantFrozen(t, swept.Add(365*24*time.Hour), 0)
		if later := h.wantPioneers(t, boards.Query{}, "1. 13: 14", "2. 1: 8", "3. 2: 7"); !reflect.DeepEqual(frozen, later) {
			t.Errorf("a year later it is %+v, was %+v", later, frozen)
		}
		h.wantParts(t)
		if _, differences, err := h.Check(t.Context()); err != nil || len(differences) > 0 {
			t.Errorf("check: %v, %v", differences, err)
		}
	})
}

// wantParts compares the frozen lists of the parts of the board.
func (h *hall) wantParts(t *testing.T) {
	t.Helper()
	digests := map[string]bool{}
	for _, part := range []struct {
		node  model.Node
		total int64
		want  []string
	}{
		{h.Areas[0], 5, []string{"1. 13: 14", "2. 1: 8", "3. 2: 7"}},
		{h.Areas[1], 1, []string{"1. 24: 3"}},
		{h.Grids[0], 3, []string{"1. 1: 8", "2. 2: 7", "3. 3: 6"}},
		{h.Grids[1], 2, []string{"1. 13: 14", "2. 12: 5"}},
		{h.Grids[3], 0, nil},
		{h.Branch, 1, []string{"1. 1: 8"}},
	} {
		list := h.wantPioneers(t, boards.Query{Scope: part.node.Kind, ScopeID: part.node.ID}, part.want...)
		if !list.Final || list.FrozenAt != swept || list.Percent != 5 || list.Total != part.total || digests[list.Digest] || list.Board.ScopeID != part.node.ID {
			t.Errorf("%s: %+v", part.node.Name, list)
		}
		digests[list.Digest] = true
	}
}

func TestAPioneerListIsFrozenOnceByManyProcesses(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := givenQuarter(t, store)
		const processes = 4
		var done [processes]int
		var failed [processes]error
		begin := make(chan struct{})
		var all sync.WaitGroup
		for i := range processes {
			b := boards.New(store, nil, func() model.Instant { return swept })
			all.Go(func() {
				<-begin
				done[i], failed[i] = b.FreezePioneers(t.Context())
			})
		}
		close(begin)
		all.Wait()
		total := 0
		for _, n := range done {
			total += n
		}
		if err := errors.Join(failed[:]...); err != nil || total != 1 {
			t.Errorf("%v boards are frozen, %v", done, err)
		}
		h.now = swept
		h.wantPioneers(t, boards.Query{}, "1. 0: 9", "2. 1: 8", "3. 2: 7")
	})
}

func TestAPioneerListWaitsForWhatWasBookedInTime(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := givenQuarter(t, store)
		h.now = freezing - 100
		h.award(t, h.people[3], 20, testworld.Now, 0, false)
		h.wantFrozen(t, swept, 0) // it is not sealed
		if err := h.ledger.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.wantFrozen(t, swept, 0) // it is not counted
		if list := h.wantPioneers(t, boards.Query{}, "1. 0: 9", "2. 1: 8", "3. 2: 7"); list.Final || list.FreezesAt != freezing {
			t.Errorf("while it waits: %+v", list)
		}
		h.settleDown(t)
		h.forget(t)
		h.wantFrozen(t, swept, 0) // all is being counted anew
		h.settleDown(t)
		h.now = freezing + 100
		h.award(t, h.people[2], 90, testworld.Now, 0, false) // nobody waits for this
		h.wantFrozen(t, swept+200, 1)
		h.settleDown(t)
		h.wantPioneers(t, boards.Query{}, "1. 3: 26", "2. 0: 9", "3. 1: 8")
	})
}

// forget takes the scores away, as the beginning of a recount does.
func (h *hall) forget(t *testing.T) {
	t.Helper()
	err := h.store.Tx(t.Context(), func(tx *repository.Store) error {
		cursor, err := tx.Stream.LockCursor(t.Context(), "proj")
		if err != nil {
			return err
		}
		cursor.Seq, cursor.Hash = 0, []byte{}
		return errors.Join(tx.Boards.Forget(t.Context()), tx.Stream.MoveCursor(t.Context(), cursor))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAQuarterWithoutAnybody(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := open(t, store, "")
		h.newProcess()
		h.wantFrozen(t, swept, 0)
		if list := h.wantPioneers(t, boards.Query{}); list.Final || list.FreezesAt != 0 {
			t.Errorf("nobody was ever on it: %+v", list)
		}
		h.now = testworld.Now
		h.award(t, h.people[0], 5, testworld.Now, 0, false)
		h.reverse(t, h.posted[0], false)
		h.settleDown(t)
		h.wantFrozen(t, swept, 1)
		h.award(t, h.people[1], 5, testworld.Now, 0, false)
		h.settleDown(t)
		h.wantFrozen(t, swept.Add(time.Hour), 0)
		if list := h.wantPioneers(t, boards.Query{}); !list.Final || list.Total != 0 {
			t.Errorf("whoever was on it lost all: %+v", list)
		}
	})
}

func TestQuartersThatWereOverBeforeAreFrozenAsTheyStand(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := givenQuarter(t, store)
		for i, day := range []int{20250601, 20250901} {
			h.award(t, h.people[i], int64(10+i), model.Day(day).Start(), 0, false)
		}
		h.settleDown(t)
		begun := h.now
		h.wantFrozen(t, testworld.Now.Add(model.PioneersOpen)-1, 0) // they were begun a moment ago
		if list := h.wantPioneers(t, boards.Query{Key: "2025-Q2"}, "1. 0: 10"); list.Final || list.FreezesAt > begun.Add(model.PioneersOpen) || list.FreezesAt < testworld.Now.Add(model.PioneersOpen) {
			t.Errorf("open: %+v", list)
		}
		h.wantFrozen(t, begun.Add(model.PioneersOpen+time.Minute), 2)
		for i, key := range []string{"2025-Q2", "2025-Q3"} {
			if list := h.wantPioneers(t, boards.Query{Key: key}, fmt.Sprintf("1. %d: %d", i, 10+i)); !list.Final {
				t.Errorf("%s is not frozen", key)
			}
		}
	})
}

func TestWhoOptsOutLaterIsNotNamedOnAFrozenList(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := givenQuarter(t, store)
		h.wantFrozen(t, swept, 1)
		before := h.wantPioneers(t, boards.Query{}, "1. 0: 9", "2. 1: 8", "3. 2: 7")
		shy := *h.people[1]
		shy.Anonymous = true
		if err := store.Tx(t.Context(), func(tx *repository.Store) error { return tx.Members.UpdateProfile(t.Context(), &shy, shy.Version) }); err != nil {
			t.Fatal(err)
		}
		h.newProcess()
		after := h.wantPioneers(t, boards.Query{}, "1. 0: 9", "2. "+model.AnonymousName+": 8", "3. 2: 7")
		if after.Items[1].Member.ID != 0 || after.Digest != before.Digest {
			t.Errorf("who opted out: %+v", after.Items[1].Member)
		}
	})
}

func TestABoardThatCannotBeFrozenKeepsNoOtherWaiting(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		h := givenQuarter(t, store)
		others := *h
		others.World, others.people = h.Others, h.Others.Members
		others.award(t, others.people[0], 5, testworld.Now, 0, false)
		others.settleDown(t)
		key := model.BoardKey{CommunityID: h.Community.ID, Kind: model.BoardMembers, Scope: model.KindCommunity, Period: model.PeriodQuarter, PeriodKey: 20264}
		board, err := store.Boards.Find(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Boards.AddPioneers(t.Context(), nil, []*model.Pioneer{{BoardID: board.ID, RankNo: 1}}); err != nil {
			t.Fatal(err)
		}
		h.now = swept
		if n, err := h.FreezePioneers(t.Context()); n != 1 || !errors.Is(err, model.ErrDuplicate) {
			t.Errorf("%d boards are frozen, %v", n, err)
		}
		if list := h.wantPioneers(t, boards.Query{}, "1. 0: 9", "2. 1: 8", "3. 2: 7"); list.Final {
			t.Errorf("half of it is frozen: %+v", list)
		}
		list, err := h.Pioneers(t.Context(), h.Others.Resident(0), boards.Query{Key: "2026-Q4"})
		if err != nil || !list.Final || len(list.Items) != 1 {
			t.Errorf("the other community: %+v, %v", list, err)
		}
	})
}

func TestPioneerListsThatWereTamperedWithAreFound(t *testing.T) {
	for name, c := range map[string]struct{ statement, words string }{
		"points":        {"UPDATE pioneer SET points = points + 1 WHERE rank_no = 1 AND node_id = 0", "node 0 does not have its digest"},
		"who":           {"UPDATE pioneer SET subject_id = subject_id + 1 WHERE rank_no = 1 AND node_id = 0", "does not have its digest"},
		"one less":      {"DELETE FROM pioneer WHERE rank_no = 3 AND node_id = 0", "does not have its digest"},
		"a part":        {"UPDATE pioneer SET points = points + 1 WHERE node_id <> 0", "does not have its digest"},
		"the percent":   {"UPDATE pioneer_list SET percent = 6", "does not have its digest"},
		"when":          {"UPDATE pioneer_list SET frozen_at = frozen_at - 1", "does not have its digest"},
		"the digest":    {"UPDATE pioneer_list SET digest = X'00' WHERE node_id = 0", "node 0 does not have its digest"},
		"a list's head": {"DELETE FROM pioneer_list WHERE node_id = 0", "pioneers of node 0 are on no list"},
	} {
		t.Run(name, func(t *testing.T) {
			address := testdb.URL(t, testdb.SQLite)
			h := givenQuarter(t, testdb.Connect(t, address))
			h.wantFrozen(t, swept, 1)
			if _, differences, err := h.Check(t.Context()); err != nil || len(differences) > 0 {
				t.Fatalf("before: %v, %v", differences, err)
			}
			tamper(t, strings.TrimPrefix(address, "sqlite:"), c.statement)
			if _, differences, err := h.Check(t.Context()); err != nil || !strings.Contains(strings.Join(differences, "\n"), c.words) {
				t.Errorf("found %q, %v; want %q", differences, err, c.words)
			}
		})
	}
}

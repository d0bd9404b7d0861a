package boards_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/ledger"
)

// copies are the sets of a hall's calendar boards in Redis.
type copies struct {
	*hall
	client *redis.Client
	group  string
	board  *model.Board // of the day
}

func givenCopies(t *testing.T, store *repository.Store) *copies {
	t.Helper()
	c := &copies{hall: open(t, store, redisURL(t)), client: redisClient(t)}
	for i := range 4 {
		c.award(t, c.people[i], int64(5+i), testworld.Now, 0, false)
	}
	c.settleDown(t)
	key := model.BoardKey{
		CommunityID: c.Community.ID, Kind: model.BoardMembers, Scope: model.KindCommunity, Period: model.PeriodDay,
		PeriodKey: model.PeriodDay.Key(testworld.Now.Time()),
	}
	c.group = key.Group()
	var err error
	if c.board, err = c.store.Boards.Find(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	return c
}

// set names the set of the day's board, or of the part of it that is a node.
func (c *copies) set(t *testing.T, node model.ID) string {
	t.Helper()
	at, err := c.redis.State(t.Context(), c.group)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("lb:{%s}:%s:b%d", c.group, at.Generation, c.board.ID)
	if node != 0 {
		name += ":n" + node.String()
	}
	return name
}

// want has the check find one difference that says all of the words, or none when there are none.
func (c *copies) want(t *testing.T, what string, words ...string) {
	t.Helper()
	found, err := c.CheckCopies(t.Context())
	if err != nil || found.Skipped != "" {
		t.Fatalf("%s: %+v, %v", what, found, err)
	}
	if found.Total != int64(min(len(words), 1)) || len(found.Differences) != int(found.Total) {
		t.Fatalf("%s: %q", what, found.Differences)
	}
	for _, word := range words {
		if !strings.Contains(found.Differences[0], word) {
			t.Errorf("%s: %q does not say %q", what, found.Differences[0], word)
		}
	}
}

func TestACopyThatDiffersIsFound(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c := givenCopies(t, store)
		ctx := t.Context()
		who, board := c.people[1].ID.String(), fmt.Sprintf("board %d", c.board.ID)
		c.want(t, "as it was made")
		for what, set := range map[string]string{"the whole": c.set(t, 0), "a grid": c.set(t, c.people[1].GridID)} {
			kept, err := c.client.ZScore(ctx, set, who).Result()
			if err != nil {
				t.Fatal(err)
			}
			words := []string{board, "member " + who}
			if what == "a grid" {
				words = append(words, fmt.Sprintf("in grid %d", c.people[1].GridID))
			}
			for change, do := range map[string]func() error{
				"a point more":      func() error { return c.client.ZIncrBy(ctx, set, 1<<29, who).Err() },
				"a place less":      func() error { return c.client.ZIncrBy(ctx, set, -1, who).Err() },
				"less than a place": func() error { return c.client.ZIncrBy(ctx, set, 0.5, who).Err() },
				"not there":         func() error { return c.client.ZRem(ctx, set, who).Err() },
			} {
				if err := do(); err != nil {
					t.Fatal(err)
				}
				c.want(t, change+" in "+what, words...)
				if err := c.client.ZAdd(ctx, set, redis.Z{Score: kept, Member: who}).Err(); err != nil {
					t.Fatal(err)
				}
			}
			for _, stranger := range []string{c.people[9].ID.String(), "7", "nobody"} {
				if err := c.client.ZAdd(ctx, set, redis.Z{Score: 1 << 30, Member: stranger}).Err(); err != nil {
					t.Fatal(err)
				}
				c.want(t, stranger+" in "+what, board, "member "+stranger)
				if err := c.client.ZRem(ctx, set, stranger).Err(); err != nil {
					t.Fatal(err)
				}
			}
			c.want(t, "mended")
		}
	})
}

func TestACopyThatIsBehindOrGoneIsNoDifference(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c := givenCopies(t, store)
		ctx := t.Context()
		whole, late := c.set(t, 0), c.people[1].ID.String()
		c.award(t, c.people[1], 3, testworld.Now, 0, false)
		c.award(t, c.people[5], 3, testworld.Now, 0, false)
		c.reverse(t, c.posted[2], false) // who is listed no more
		if err := errors.Join(c.ledger.SealAll(ctx), c.CatchUp(ctx)); err != nil {
			t.Fatal(err)
		}
		c.want(t, "behind")
		if err := c.client.ZIncrBy(ctx, whole, 1, c.people[0].ID.String()).Err(); err != nil {
			t.Fatal(err)
		}
		c.want(t, "behind, and differs in who did not change since", fmt.Sprintf("board %d: member %d", c.board.ID, c.people[0].ID))
		if err := c.client.ZIncrBy(ctx, whole, -1, c.people[0].ID.String()).Err(); err != nil {
			t.Fatal(err)
		}
		if err := c.SyncAll(ctx); err != nil {
			t.Fatal(err)
		}
		c.want(t, "caught up")
		if err := c.client.ZAdd(ctx, whole, redis.Z{Score: 1 << 30, Member: c.people[2].ID.String()}).Err(); err != nil {
			t.Fatal(err)
		}
		c.want(t, "who fell off the board is on it", fmt.Sprintf("member %d", c.people[2].ID), "0 in SQL")
		if err := c.client.ZIncrBy(ctx, whole, 1, late).Err(); err != nil {
			t.Fatal(err)
		}
		meta := "lb:{" + c.group + "}:m"
		cursor, err := c.client.HGet(ctx, meta, "cur").Result()
		if err != nil {
			t.Fatal(err)
		}
		for what, do := range map[string]func() error{
			"of another history": func() error { return c.client.HSet(ctx, meta, "cur", cursor+"0").Err() },
			"of no history":      func() error { return c.client.HDel(ctx, meta, "cur").Err() },
			"without its state":  func() error { return c.client.Del(ctx, meta).Err() },
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			c.want(t, what)
		}
		c.settleDown(t)
		c.want(t, "made anew")
		if err := c.client.Del(ctx, c.set(t, 0)).Err(); err != nil {
			t.Fatal(err)
		}
		c.want(t, "a board that is gone")
	})
}

func TestCopiesThatCannotBeComparedAreNoDifference(t *testing.T) {
	port := testdb.FreePort(t)
	stop := testdb.StartRedis(t, port)
	h := open(t, testdb.Open(t, testdb.SQLite), "redis://127.0.0.1:"+port+"/0")
	h.award(t, h.people[0], 5, testworld.Now, 0, false)
	h.settleDown(t)
	if found, err := h.CheckCopies(t.Context()); err != nil || found.Skipped != "" || found.Rows == 0 {
		t.Errorf("there: %+v, %v", found, err)
	}
	stop()
	found, err := h.CheckCopies(t.Context())
	if err != nil || found.Skipped != ledger.Unavailable || !strings.Contains(found.Cause, "redis") || found.Total != 0 {
		t.Errorf("away: %+v, %v", found, err)
	}
	if found, err := boards.New(h.store, nil, nil).CheckCopies(t.Context()); err != nil || found.Skipped != ledger.NotApplicable || found.Differences == nil {
		t.Errorf("without one: %+v, %v", found, err)
	}
}

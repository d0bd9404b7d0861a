package boards_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/campaign"
	"linbanglin/service/ledger"
)

// contest is a hall with a campaign that was settled: 20, 15, 15 and 10 points for the first four people, and as many
// for a child.
type contest struct {
	*hall
	campaigns *campaign.Campaigns
	campaign  *model.Campaign
	admin     model.Actor
	earned    map[model.ID]model.ID // transfers by member
}

func givenSettled(t *testing.T, store *repository.Store) *contest {
	t.Helper()
	c := &contest{hall: open(t, store, ""), earned: map[model.ID]model.ID{}}
	c.campaigns = campaign.New(store, c.ledger, func() model.Instant { return c.now })
	c.admin = c.Holder(model.RoleCommunityAdmin)
	made, err := c.campaigns.Create(t.Context(), c.admin, campaign.Input{
		Theme: "lao", Title: "重阳敬老", Scope: c.Community.ID, Budget: 200, StartsAt: testworld.Now, EndsAt: testworld.Now.Add(4 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.campaign, err = c.campaigns.Publish(t.Context(), c.admin, made.ID); err != nil {
		t.Fatal(err)
	}
	for i, points := range []int64{20, 15, 15, 10} {
		c.earn(t, c.people[i], points)
	}
	c.earn(t, c.people[len(c.people)-1], 20)
	if _, err := c.campaigns.Close(t.Context(), c.admin, c.campaign.ID); err != nil {
		t.Fatal(err)
	}
	c.settleDown(t)
	if c.campaign, err = c.campaigns.Settle(t.Context(), c.admin, c.campaign.ID); err != nil {
		t.Fatal(err)
	}
	c.settleDown(t)
	return c
}

// earn gives a member points out of the campaign's budget, or the pool once that is gone.
func (c *contest) earn(t *testing.T, m *model.Member, points int64) {
	t.Helper()
	c.seq++
	debit := model.Budget(c.Community.ID, c.campaign.ID, model.Points)
	if c.campaign.Status == model.CampaignDone {
		debit = model.Pool(c.Community.ID, model.Points)
	}
	err := c.store.Tx(t.Context(), func(tx *repository.Store) error {
		results, err := c.ledger.PostTx(t.Context(), tx, ledger.Posting{
			Key: fmt.Sprint("earn:", c.seq), Debit: debit, Credit: model.Wallet(c.Community.ID, m.ID, model.Points), Amount: points,
			Code: model.RuleAdjust, Class: model.Verified, Member: m, At: testworld.Now.Add(time.Hour), Campaign: c.campaign.ID,
		})
		if err == nil {
			c.earned[m.ID] = results[0].TransferID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// undo takes back what a member earned, as an appeal that is upheld does.
func (c *contest) undo(t *testing.T, m *model.Member) {
	t.Helper()
	c.seq++
	ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: c.admin.MemberID, Key: "undo" + strconv.Itoa(c.seq), Replayed: func() {}})
	if _, err := c.ledger.Reverse(ctx, c.admin, c.earned[m.ID], "申诉成立"); err != nil {
		t.Fatal(err)
	}
	c.settleDown(t)
}

// wantStandings compares a version of the standings, read page by page, and returns the first page.
func (c *contest) wantStandings(t *testing.T, revision int, want ...string) *boards.Standings {
	t.Helper()
	var first *boards.Standings
	var got []string
	for page := (model.Page{Limit: 2}); ; {
		s, err := c.Standings(t.Context(), c.Resident(5), c.campaign.ID, revision, page)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = s
		}
		for _, r := range s.Items {
			for i, m := range c.people {
				if m.ID == r.Member.ID {
					got = append(got, fmt.Sprintf("%d. %d: %d", r.Rank, i, r.Points))
				}
			}
		}
		if page.Cursor = s.NextCursor; page.Cursor == "" {
			break
		}
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") || first.Total != int64(len(want)) {
		t.Errorf("revision %d: got %v of %d, want %v", revision, got, first.Total, want)
	}
	return first
}

func (c *contest) wantChecked(t *testing.T, words ...string) {
	t.Helper()
	_, differences, err := c.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(words) == 0 && len(differences) > 0 || len(words) > 0 && !strings.Contains(strings.Join(differences, "\n"), strings.Join(words, " ")) {
		t.Errorf("found %q, want %q", differences, words)
	}
}

func TestAnAppealOnASettledCampaignChangesTheWalletAndNotTheStandings(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c := givenSettled(t, store)
		settled := []string{"1. 0: 20", "2. 1: 15", "3. 2: 15", "4. 3: 10"}
		before := c.wantStandings(t, 0, settled...)
		if len(before.Adjustments) != 0 || before.Revision != 1 || before.Digest != fmt.Sprintf("%x", c.campaign.Digest) {
			t.Errorf("at first: %+v", before)
		}
		c.undo(t, c.people[0])
		c.undo(t, c.people[len(c.people)-1]) // a child, who is in no standings
		if balance, err := c.ledger.Balance(t.Context(), c.As(c.people[0])); err != nil || balance.Posted != 0 {
			t.Errorf("the wallet has %+v, %v", balance, err)
		}
		after := c.wantStandings(t, 0, settled...)
		if len(after.Adjustments) != 1 || after.Adjusted != 1 || after.Digest != before.Digest {
			t.Fatalf("after the appeal: %+v", after)
		}
		if a := after.Adjustments[0]; a.Member.ID != c.people[0].ID || a.Points != -20 || a.Code != model.CodeReverse || a.At == 0 || a.Revision != 0 {
			t.Errorf("the adjustment is %+v", a)
		}
		top, err := c.Top(t.Context(), c.Resident(5), boards.Query{Campaign: c.campaign.ID}, model.Page{})
		if err != nil || top.Source != boards.FromSettled || top.Items[0].Member.ID != c.people[0].ID {
			t.Errorf("the board moved: %+v, %v", top, err)
		}
		c.wantChecked(t)
	})
}

func TestAnAdminPublishesRevisionsOfStandings(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c := givenSettled(t, store)
		ctx, id := t.Context(), c.campaign.ID
		if _, err := c.Revise(ctx, c.admin, id, "申诉成立"); !errors.Is(err, model.ErrUnchanged) {
			t.Errorf("without an adjustment: %v", err)
		}
		c.undo(t, c.people[0])
		c.earn(t, c.people[3], 8)
		c.earn(t, c.people[14], 1) // of a grid that nobody was of
		c.settleDown(t)
		for name, who := range map[string]model.Actor{"a resident": c.Resident(1), "an organizer": c.Holder(model.RoleOrganizer), "an auditor": c.Holder(model.RoleAuditor)} {
			if _, err := c.Revise(ctx, who, id, "x"); !errors.Is(err, model.ErrForbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, reason := range []string{" ", strings.Repeat("长", 201)} {
			if _, err := c.Revise(ctx, c.admin, id, reason); !errors.Is(err, model.ErrInvalid) {
				t.Errorf("a reason of %d bytes: %v", len(reason), err)
			}
		}
		second, err := c.Revise(ctx, c.admin, id, "第一名的签到无效")
		if err != nil || second.Revision != 2 {
			t.Fatalf("%+v, %v", second, err)
		}
		c.settleDown(t)
		revised := []string{"1. 3: 18", "2. 1: 15", "3. 2: 15", "4. 14: 1"}
		now := c.wantStandings(t, 0, revised...)
		if now.Revision != 2 || now.Digest != second.Digest || len(now.Revisions) != 2 || now.Revisions[1].Reason != "第一名的签到无效" {
			t.Errorf("in force: %+v", now)
		}
		for _, a := range now.Adjustments {
			if a.Revision != 2 {
				t.Errorf("not in it: %+v", a)
			}
		}
		first := c.wantStandings(t, 1, "1. 0: 20", "2. 1: 15", "3. 2: 15", "4. 3: 10")
		if first.Digest == now.Digest || first.Digest != fmt.Sprintf("%x", c.campaign.Digest) {
			t.Errorf("the first: %+v", first)
		}
		c.wantRevisedBoard(t)
		c.wantChecked(t)
		if _, err := c.Standings(ctx, c.admin, id, 3, model.Page{}); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("a revision that is not there: %v", err)
		}
		if err := c.Recount(ctx); err != nil {
			t.Fatal(err)
		}
		c.wantChecked(t)
		c.wantStandings(t, 2, revised...)
	})
}

// wantRevisedBoard sees that all that is read of the board is of the revision.
func (c *contest) wantRevisedBoard(t *testing.T) {
	t.Helper()
	ctx, q := t.Context(), boards.Query{Campaign: c.campaign.ID}
	best := c.As(c.people[3])
	me, err := c.Me(ctx, best, q)
	if err != nil || me.Rank == nil || *me.Rank != 1 || me.Points != 18 || me.Source != boards.FromSettled {
		t.Errorf("me: %+v, %v", me, err)
	}
	if gone, err := c.Me(ctx, c.As(c.people[0]), q); err != nil || gone.Rank != nil {
		t.Errorf("who lost all: %+v, %v", gone, err)
	}
	friends, err := c.Friends(ctx, best, q, []model.ID{c.people[14].ID, c.people[0].ID})
	if err != nil || len(friends.Items) != 2 || friends.Items[1].Rank != 4 {
		t.Errorf("friends: %+v, %v", friends, err)
	}
	q.Scope, q.ScopeID = model.KindGrid, c.Grids[1].ID
	part, err := c.Top(ctx, c.admin, q, model.Page{})
	if err != nil || part.Total != 1 || part.Items[0].Member.ID != c.people[14].ID {
		t.Errorf("a part: %+v, %v", part, err)
	}
	teams, err := c.Top(ctx, c.admin, boards.Query{Campaign: c.campaign.ID, Kind: model.BoardTeams}, model.Page{})
	if err != nil || teams.Total != 3 || teams.Items[0].Points != 48 { // the child's grid has 20
		t.Errorf("teams: %+v, %v", teams, err)
	}
}

func TestStandingsAreRevisedAtMostEightTimes(t *testing.T) {
	c := givenSettled(t, testdb.Open(t, testdb.SQLite))
	for n := 2; n <= model.MaxRevisions+1; n++ {
		c.earn(t, c.people[5], 1)
		c.settleDown(t)
		r, err := c.Revise(t.Context(), c.admin, c.campaign.ID, "补记")
		switch {
		case n > model.MaxRevisions:
			if !errors.Is(err, model.ErrRevisions) {
				t.Errorf("number %d: %+v, %v", n, r, err)
			}
		case err != nil || r.Revision != n:
			t.Fatalf("number %d: %+v, %v", n, r, err)
		}
	}
	c.settleDown(t)
	c.wantChecked(t)
	c.wantStandings(t, 5, "1. 0: 20", "2. 1: 15", "3. 2: 15", "4. 3: 10", "5. 5: 4")
	c.wantStandings(t, 0, "1. 0: 20", "2. 1: 15", "3. 2: 15", "4. 3: 10", "5. 5: 8")
}

func TestStandingsThatWereTamperedWithAreFound(t *testing.T) {
	for name, c := range map[string]struct{ statement, words string }{
		"a score of a revision":   {"UPDATE board_revised SET points = points + 1 WHERE revision = 2", "revision 2 of the standings"},
		"who is in a revision":    {"DELETE FROM board_revised WHERE revision = 2 AND points = 18", "do not have their digest"},
		"a team of a revision":    {"UPDATE board_revised SET points = points + 1 WHERE grp = ''", "are not what the stream makes"},
		"a digest of a revision":  {"UPDATE board_revision SET digest = X'00'", "is not the one that was sealed"},
		"up to where it counts":   {"UPDATE board_revision SET as_of_seq = as_of_seq - 1", "is not the one that was sealed"},
		"a revision that is gone": {"DELETE FROM board_revision", "revision 2 of the standings is missing"},
		"the first standings":     {"UPDATE board_standing SET points = points + 1 WHERE rank_no = 1", "do not have the digest that was sealed"},
		"the first digest":        {"UPDATE board SET digest = X'00' WHERE kind = 'member' AND campaign_id <> 0", "do not have the digest that was sealed"},
	} {
		t.Run(name, func(t *testing.T) {
			address := testdb.URL(t, testdb.SQLite)
			x := givenSettled(t, testdb.Connect(t, address))
			x.undo(t, x.people[0])
			x.earn(t, x.people[3], 8)
			x.settleDown(t)
			if _, err := x.Revise(t.Context(), x.admin, x.campaign.ID, "申诉成立"); err != nil {
				t.Fatal(err)
			}
			x.settleDown(t)
			x.wantChecked(t)
			tamper(t, strings.TrimPrefix(address, "sqlite:"), c.statement)
			x.wantChecked(t, c.words)
		})
	}
}

// tamper changes a database behind the service's back.
func tamper(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	result, err := db.ExecContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed %d rows, %v", statement, n, err)
	}
}

func TestStandingsBeforeThereAreAny(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	c := h.givenCampaign(t)
	if _, err := h.Standings(t.Context(), h.Resident(0), c.ID, 0, model.Page{}); !errors.Is(err, model.ErrUnsettled) {
		t.Errorf("read: %v", err)
	}
	if _, err := h.Revise(t.Context(), h.Holder(model.RoleCommunityAdmin), c.ID, "x"); !errors.Is(err, model.ErrUnsettled) {
		t.Errorf("revised: %v", err)
	}
	if _, err := h.Standings(t.Context(), h.Others.Resident(0), c.ID, 0, model.Page{}); !errors.Is(err, model.ErrNotFound) {
		t.Errorf("of another community: %v", err)
	}
}

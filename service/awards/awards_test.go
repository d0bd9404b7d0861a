package awards_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/awards"
	"linbanglin/service/ledger"
)

// counter is where batches are made.
type counter struct {
	*testworld.World
	*awards.Awards
	store  *repository.Store
	ledger *ledger.Ledger
	now    atomic.Int64
	keys   atomic.Int64
}

func each(t *testing.T, test func(t *testing.T, c *counter)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c := &counter{World: testworld.New(t, store), store: store}
		c.now.Store(int64(testworld.Now))
		c.ledger = ledger.New(store, c.clock)
		c.Awards = awards.New(store, c.ledger, c.clock)
		test(t, c)
	})
}

func (c *counter) clock() model.Instant { return model.Instant(c.now.Add(1)) }

// keyed is a context with an idempotency key of its own.
func (c *counter) keyed(t *testing.T, who model.Actor) context.Context {
	return model.WithIdempotency(t.Context(), &model.Idempotency{Member: who.MemberID, Key: fmt.Sprint("k", c.keys.Add(1)), Replayed: func() {}})
}

// run works on batches until the test ends.
func (c *counter) run(t *testing.T, a *awards.Awards) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var working sync.WaitGroup
	working.Go(func() { a.Run(ctx, func(err error) { t.Error(err) }) })
	t.Cleanup(func() { stop(); working.Wait() })
}

func (c *counter) wantClean(t *testing.T) {
	t.Helper()
	if err := c.ledger.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	checks, _, err := c.ledger.Verify(t.Context(), ledger.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range checks {
		for _, difference := range check.Differences {
			t.Errorf("%s: %s", check.Name, difference)
		}
	}
}

func (c *counter) lines(t *testing.T, who model.Actor, id model.ID) []*model.BatchLine {
	t.Helper()
	var all []*model.BatchLine
	for page := (model.Page{Limit: 100}); ; {
		list, err := c.Lines(t.Context(), who, id, page)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, list.Items...); list.NextCursor == "" {
			return all
		}
		page.Cursor = list.NextCursor
	}
}

func (c *counter) points(t *testing.T, who model.Actor) int64 {
	t.Helper()
	balance, err := c.ledger.Balance(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return balance.Posted
}

// TestABadLineFailsAlone books a batch with every kind of bad line in it.
func TestABadLineFailsAlone(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		organizer := c.Holder(model.RoleOrganizer)
		outside := c.Members[len(c.Members)-1]
		line := func(m model.ID, amount int64) awards.Line { return awards.Line{Member: m, Amount: amount} }
		who := c.Resident(0)
		batch, err := c.Create(c.keyed(t, organizer), organizer, awards.Input{Code: model.RuleAdjust, Memo: "帮忙", Lines: []awards.Line{
			line(who.MemberID, 5), line(who.MemberID, 0), line(who.MemberID, -1), line(who.MemberID, model.MaxAmount+1), line(77, 5),
			line(outside.ID, 5), line(c.Others.Members[0].ID, 5), line(c.Resident(1).MemberID, 7),
			{Amount: 5, Refused: model.ErrLineShared},
		}})
		if err != nil || batch.Status != model.BatchDone || batch.Percent != 100 || batch.Done != 9 || batch.Failed != 7 || batch.Granted != 12 {
			t.Fatalf("got %+v, %v", batch, err)
		}
		want := []string{
			model.LineGranted, model.ErrAmount.Code, model.ErrAmount.Code, model.ErrAmount.Code, model.ErrLineMember.Code,
			model.ErrForbidden.Code, model.ErrLineMember.Code, model.LineGranted, model.ErrLineShared.Code,
		}
		for i, l := range c.lines(t, organizer, batch.ID) {
			if beyond := i > 3 && i < 7 || i == 8; (l.Member == nil) != beyond {
				t.Errorf("line %d: %+v is named", i+1, l.Member)
			}
			if l.Outcome != want[i] || (l.TransferID != 0) != (l.Outcome == model.LineGranted) || (l.Detail != "") == (l.Outcome == model.LineGranted) {
				t.Errorf("line %d: got %+v, want %s", i+1, l, want[i])
			}
		}
		if c.points(t, who) != 5 || c.points(t, c.Resident(1)) != 7 {
			t.Error("the good lines are not booked")
		}
		wantReport(t, c, organizer, batch.ID)
		c.wantClean(t)
	})
}

func wantReport(t *testing.T, c *counter, who model.Actor, id model.ID) {
	t.Helper()
	var file bytes.Buffer
	if err := c.Report(t.Context(), who, id, &file); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("发放结果")
	if err != nil || len(rows) != 10 || rows[1][5] != "已发" || rows[2][5] != "未发" || rows[2][6] != model.ErrAmount.Message || rows[5][6] != model.ErrLineMember.Message {
		t.Errorf("got %v, %v", rows, err)
	}
}

// TestBatchesRefuse wants a batch that cannot be one to be refused whole.
// TestNobodyBeyondReachIsNamed sees that a line tells no name of who is beyond its author's reach, whatever is wrong with
// it, and while it waits.
func TestNobodyBeyondReachIsNamed(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		organizer := c.Holder(model.RoleOrganizer)
		for _, n := range []int{3, 300} { // booked at once, and later
			lines := make([]awards.Line, n)
			for i := range lines {
				lines[i] = awards.Line{Member: c.Members[len(c.Members)-1].ID, Amount: int64(i)}
			}
			lines[1].Member, lines[2].Member = c.Others.Members[0].ID, c.Resident(1).MemberID
			batch, err := c.Create(c.keyed(t, organizer), organizer, awards.Input{Code: model.RuleAdjust, Lines: lines})
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range c.lines(t, organizer, batch.ID) {
				if named := l.Member != nil; named != (i == 2) {
					t.Errorf("line %d of %d: %+v is named", i+1, n, l.Member)
				}
			}
		}
	})
}

func TestBatchesRefuse(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		organizer := c.Holder(model.RoleOrganizer)
		lines := []awards.Line{{Member: c.Resident(0).MemberID, Amount: 1}}
		for name, x := range map[string]struct {
			who  model.Actor
			in   awards.Input
			want error
		}{
			"resident":     {c.Resident(1), awards.Input{Code: model.RuleAdjust, Lines: lines}, model.ErrForbidden},
			"empty":        {organizer, awards.Input{Code: model.RuleAdjust}, model.ErrBatchEmpty},
			"large":        {organizer, awards.Input{Code: model.RuleAdjust, Lines: make([]awards.Line, model.MaxBatchLines+1)}, model.ErrBatchLarge},
			"rule":         {organizer, awards.Input{Code: "NONE", Lines: lines}, model.ErrRule},
			"campaign":     {organizer, awards.Input{Code: model.RuleAdjust, Campaign: 5, Lines: lines}, model.ErrNotFound},
			"memo":         {organizer, awards.Input{Code: model.RuleAdjust, Memo: strings.Repeat("长", 101), Lines: lines}, model.ErrInvalid},
			"line's memo":  {organizer, awards.Input{Code: model.RuleAdjust, Lines: []awards.Line{{Member: 1, Amount: 1, Memo: strings.Repeat("长", 101)}}}, model.ErrInvalid},
			"negative cap": {organizer, awards.Input{Code: model.RuleAdjust, CapTotal: -1, Lines: lines}, model.ErrInvalid},
		} {
			if _, err := c.Create(c.keyed(t, x.who), x.who, x.in); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := c.Create(t.Context(), organizer, awards.Input{Code: model.RuleAdjust, Lines: lines}); !errors.Is(err, model.ErrKeyRequired) {
			t.Errorf("without a key: %v", err)
		}
		list, err := c.Batches(t.Context(), organizer, model.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("something was made: %+v, %v", list, err)
		}
	})
}

// TestCapsOfABatch wants exactly what the caps leave to be granted, in the order of the lines.
func TestCapsOfABatch(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		admin := c.Holder(model.RoleCommunityAdmin)
		var lines []awards.Line
		for i := range 600 { // more than one chunk
			lines = append(lines, awards.Line{Member: c.Resident(i % 4).MemberID, Amount: 3})
		}
		c.run(t, c.Awards)
		batch, err := c.Create(c.keyed(t, admin), admin, awards.Input{Code: model.RuleAdjust, CapTotal: 1000, CapMember: 301, Lines: lines})
		if err != nil {
			t.Fatal(err)
		}
		batch = c.wait(t, admin, batch.ID)
		// 100 lines for each of the first three, and what the total leaves to the order of the lines.
		if batch.Granted != 999 || batch.Failed != 600-333 {
			t.Errorf("got %+v", batch)
		}
		sum := int64(0)
		for i := range 4 {
			if n := c.points(t, c.Resident(i)); n > 301 {
				t.Errorf("member %d has %d", i, n)
			} else {
				sum += n
			}
		}
		if sum != 999 {
			t.Errorf("the members have %d", sum)
		}
		c.wantClean(t)
	})
}

func (c *counter) wait(t *testing.T, who model.Actor, id model.ID) *model.Batch {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		batch, err := c.Batch(t.Context(), who, id)
		if err != nil {
			t.Fatal(err)
		}
		if batch.Status == model.BatchDone {
			return batch
		}
		if time.Now().After(deadline) {
			t.Fatalf("the batch is not done: %+v", batch)
		}
	}
}

// TestManyProcessesBookEachLineOnce has several processes work on the same large batches, one of which
// spends a campaign's budget to exactly nothing.
func TestManyProcessesBookEachLineOnce(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		admin := c.Holder(model.RoleCommunityAdmin)
		for range 3 {
			c.run(t, awards.New(c.store, ledger.New(c.store, c.clock), c.clock))
		}
		var batches []*model.Batch
		for b := range 3 {
			var lines []awards.Line
			for i := range 1000 {
				lines = append(lines, awards.Line{Member: c.Members[(i+b)%20].ID, Amount: 1})
			}
			ctx := c.keyed(t, admin)
			batch, err := c.Create(ctx, admin, awards.Input{Code: model.RuleAdjust, Lines: lines})
			if err != nil || batch.Status != model.BatchRunning {
				t.Fatalf("got %+v, %v", batch, err)
			}
			again, err := c.Create(ctx, admin, awards.Input{Code: model.RuleAdjust, Lines: lines})
			if err != nil || again.ID != batch.ID {
				t.Errorf("the same again is %+v, %v", again, err)
			}
			batches = append(batches, batch)
		}
		for _, b := range batches {
			if done := c.wait(t, admin, b.ID); done.Granted != 1000 || done.Failed != 0 {
				t.Errorf("got %+v", done)
			}
		}
		for i := range 20 {
			if n := c.points(t, c.As(c.Members[i])); n != 150 {
				t.Errorf("member %d has %d", i, n)
			}
		}
		c.wantClean(t)
	})
}

func TestSheets(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		organizer := c.Holder(model.RoleOrganizer)
		first, second := c.Members[1], c.Members[2]
		book := excelize.NewFile()
		for i, cells := range [][]any{
			{"十一月积分发放表"},
			{"序号", "姓 名", "联系电话*", "积分", "备注", "居民编号"},
			{1, first.Name, "19900000001", 5, "值勤"},
			{2, "", "１９９ ０００００００２", "7.0", "", ""},
			{3, "", "", 9, "", first.ID.String()},
			{4, "某某", "13300000000", 9, "", ""},
			{5, first.Name, "19900000001", "五", "", ""},
			{6, "", "", 9, "", "x1"},
			{7, "", strings.TrimPrefix(c.Members[len(c.Members)-1].Phone, "86"), 9, "", ""}, // of an area that is not the organizer's
			{},
		} {
			if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
				t.Fatal(err)
			}
		}
		var file bytes.Buffer
		if err := book.Write(&file); err != nil {
			t.Fatal(err)
		}
		lines, err := c.ReadSheet(t.Context(), organizer, &file)
		if err != nil {
			t.Fatal(err)
		}
		want := []awards.Line{
			{Member: first.ID, Amount: 5, Memo: "值勤"},
			{Member: second.ID, Amount: 7},
			{Member: first.ID, Amount: 9},
			{Amount: 9, Refused: model.ErrLineMember},
			{Refused: model.ErrAmount},
			{Amount: 9, Refused: model.ErrLineMember},
			{Amount: 9, Refused: model.ErrLineMember},
		}
		if len(lines) != len(want) {
			t.Fatalf("got %+v", lines)
		}
		for i := range want {
			if lines[i] != want[i] {
				t.Errorf("row %d: got %+v, want %+v", i, lines[i], want[i])
			}
		}
		for name, text := range map[string]string{"no workbook": "hello", "empty": ""} {
			if _, err := c.ReadSheet(t.Context(), organizer, bytes.NewBufferString(text)); !errors.Is(err, model.ErrBatchSheet) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		var template bytes.Buffer
		if err := awards.Template(&template); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ReadSheet(t.Context(), organizer, &template); !errors.Is(err, model.ErrBatchEmpty) {
			t.Errorf("the empty template: %v", err)
		}
		if _, err := c.ReadSheet(t.Context(), c.Resident(3), &file); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a resident: %v", err)
		}
	})
}

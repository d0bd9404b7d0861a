package register_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/register"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// desk is a world with its register and a clock that stands until a test moves it.
type desk struct {
	*testworld.World
	*register.Register
	t      *testing.T
	store  *repository.Store
	clock  model.Instant
	worker model.Actor // of the first grid
	admin  model.Actor
}

const day = 24 * time.Hour

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		d := &desk{World: testworld.New(t, store), t: t, store: store, clock: testworld.Now}
		d.Register = register.New(store, func() model.Instant { return d.clock })
		d.worker, d.admin = d.Holder(model.RoleGridWorker), d.Holder(model.RoleCommunityAdmin)
		test(t, d)
	})
}

// consented is what is written down where a scheme wants consent.
var consented = &model.ConsentGiven{Method: model.ConsentInPerson}

func (d *desk) given(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// flagged marks the i-th household.
func (d *desk) flagged(i int, scheme string) *model.HouseholdFlag {
	d.t.Helper()
	f, err := d.SetFlag(d.t.Context(), d.admin, d.Doors[i].ID, scheme, model.FlagInput{Source: "走访", Reason: "核实过", Consent: consented})
	d.given(err)
	return f
}

// visited has the i-th household visited so many days ago.
func (d *desk) visited(i, days int) {
	d.t.Helper()
	at := d.clock.Add(-time.Duration(days) * day)
	_, err := d.Visit(d.t.Context(), d.admin, d.Doors[i].ID, model.VisitInput{VisitedAt: at, Outcome: model.VisitMet})
	d.given(err)
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// as returns who holds nothing but a role at a node.
func (d *desk) as(role model.Role, at model.Node) model.Actor {
	who := d.Resident(15)
	who.Grants = []model.Grant{{Role: role, NodeID: at.ID, NodeKind: at.Kind}}
	return who
}

// race runs a step of so many at once, and returns what became of them.
func race(n int, step func(i int) error) (errs []error) {
	errs = make([]error, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = step(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// all walks every page of a list.
func all[T any](t *testing.T, read func(page model.Page) (*model.List[T], error)) (items []T) {
	t.Helper()
	page := model.Page{Limit: 3}
	for range 100 {
		list, err := read(page)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, list.Items...)
		if page.Cursor = list.NextCursor; page.Cursor == "" {
			return items
		}
	}
	t.Fatal("the list has no end")
	return nil
}

func (d *desk) reads(ctx context.Context) []*model.RegisterRead {
	d.t.Helper()
	return all(d.t, func(p model.Page) (*model.List[*model.RegisterRead], error) { return d.Reads(ctx, d.admin, 0, 0, p) })
}

package community_test

import (
	"bytes"
	"errors"
	"testing"

	"linbanglin/internal/demo"
	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
	"linbanglin/service/community/roster"
)

func now() model.Instant { return testworld.Now }

func demoBook(t *testing.T) (*roster.Book, demo.Facts) {
	t.Helper()
	var file bytes.Buffer
	facts, err := demo.Roster(&file)
	if err != nil {
		t.Fatal(err)
	}
	book, err := roster.Read(&file, roster.Options{Year: 2026})
	if err != nil {
		t.Fatal(err)
	}
	return book, facts
}

func TestImportTwiceChangesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		book, facts := demoBook(t)
		c := community.New(store, now)
		dry, err := c.Preview(t.Context(), demo.CommunityName, book)
		if err != nil || dry.Members.Created != facts.Residents {
			t.Fatalf("got %+v, %v", dry, err)
		}
		if found, err := store.Nodes.Communities(t.Context()); err != nil || len(found) != 0 {
			t.Fatalf("a dry run made %d communities, %v", len(found), err)
		}
		first, err := c.Import(t.Context(), demo.CommunityName, book)
		if err != nil || *first != *dry || first.Households.Created != facts.Households {
			t.Fatalf("got %+v, want %+v; %v", first, dry, err)
		}
		second, err := c.Import(t.Context(), demo.CommunityName, book)
		if err != nil || second.Changed() {
			t.Fatalf("the second time: %+v, %v", second, err)
		}
		book.Residents[5].Phone = "8619900009999"
		third, err := c.Import(t.Context(), demo.CommunityName, book)
		if err != nil || third.Members != (community.Tally{Updated: 1, Unchanged: facts.Residents - 1}) {
			t.Fatalf("after a change: %+v, %v", third, err)
		}
		found, err := store.Nodes.Communities(t.Context())
		if err != nil || len(found) != 1 {
			t.Fatalf("%d communities, %v", len(found), err)
		}
		workers, err := store.Members.List(t.Context(), found[0].ID, model.RoleGridWorker, 0, []model.Grant{{NodeID: found[0].ID, NodeKind: model.KindCommunity}}, 100)
		if err != nil || len(workers) != facts.Grids {
			t.Errorf("%d grid workers, %v", len(workers), err)
		}
	})
}

func TestRolesAreGrantedWithinTheSubtree(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		c := community.New(store, now)
		admin, member := w.Holder(model.RoleCommunityAdmin), w.Resident(0).MemberID
		for name, x := range map[string]struct {
			who    model.Actor
			member model.ID
			node   model.ID
			want   error
		}{
			"by the admin":         {admin, member, w.Grids[0].ID, nil},
			"to oneself":           {admin, admin.MemberID, w.Community.ID, model.ErrForbidden},
			"by a resident":        {w.Resident(1), member, w.Community.ID, model.ErrForbidden},
			"in another community": {admin, member, w.Others.Community.ID, model.ErrNotFound},
			"to a stranger":        {admin, w.Others.Members[0].ID, w.Community.ID, model.ErrNotFound},
			"at no node":           {admin, member, 42, model.ErrNotFound},
		} {
			if _, err := c.GrantRole(t.Context(), x.who, x.member, model.RoleOrganizer, x.node); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		if _, err := c.GrantRole(t.Context(), admin, member, model.RoleOrganizer, w.Grids[0].ID); !errors.Is(err, model.ErrDuplicate) {
			t.Errorf("twice: %v", err)
		}
		for _, want := range []error{nil, model.ErrNotFound} {
			if err := c.RevokeRole(t.Context(), admin, member, model.RoleOrganizer, w.Grids[0].ID); !errors.Is(err, want) {
				t.Errorf("revoke: got %v, want %v", err, want)
			}
		}
	})
}

func TestListsEndAtTheSubtree(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		c := community.New(store, now)
		worker := w.Holder(model.RoleGridWorker)
		seen, page := 0, model.Page{Limit: 5}
		for {
			list, err := c.Members(t.Context(), worker, "", page)
			if err != nil {
				t.Fatal(err)
			}
			seen += len(list.Items)
			if page.Cursor = list.NextCursor; page.Cursor == "" {
				break
			}
		}
		if seen != 12 {
			t.Errorf("the grid worker sees %d people, want 12", seen)
		}
		if _, err := c.Members(t.Context(), w.Resident(0), "", model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a resident lists people: %v", err)
		}
		doors, err := c.Units(t.Context(), worker, model.KindHousehold, 0, model.Page{Limit: 100})
		if err != nil || len(doors.Items) != 6 {
			t.Errorf("%d doors, %v", len(doors.Items), err)
		}
		if _, err := c.Units(t.Context(), w.Resident(0), model.KindHousehold, 0, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a resident lists doors: %v", err)
		}
		units, err := c.Units(t.Context(), w.Resident(0), "", 0, model.Page{Limit: 100})
		if err != nil || len(units.Items) != 1+2+1+4+4+4 {
			t.Errorf("%d nodes, %v", len(units.Items), err)
		}
	})
}

package honours_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/honours"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

func TestAPostIsApprovedBySomebodyElse(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w, ctx := testworld.New(t, store), t.Context()
		h := honours.New(store, func() model.Instant { return testworld.Now })
		admin, holder := w.Holder(model.RoleCommunityAdmin), w.Resident(0)
		other := holder
		other.Grants = admin.Grants
		second := w.Resident(5)
		second.Grants = admin.Grants
		sibling := w.Resident(7)
		sibling.Grants = []model.Grant{{Role: model.RoleCommunityAdmin, NodeID: w.Grids[1].ID, NodeKind: model.KindGrid}}
		good := honours.PostInput{Holder: holder.MemberID, Spot: "窗口", Title: "服务先锋", From: 20261101, To: 20261231, Reason: "热心", Basis: "支部大会"}
		for name, c := range map[string]struct {
			who    model.Actor
			change func(*honours.PostInput)
			want   error
		}{
			"by a resident":    {w.Resident(1), func(*honours.PostInput) {}, model.ErrForbidden},
			"by a sibling":     {sibling, func(*honours.PostInput) {}, model.ErrForbidden},
			"without a reason": {admin, func(in *honours.PostInput) { in.Reason = "" }, model.ErrInvalid},
			"without a basis":  {admin, func(in *honours.PostInput) { in.Basis = " " }, model.ErrInvalid},
			"backwards":        {admin, func(in *honours.PostInput) { in.To = 20261001 }, model.ErrDays},
			"for ever":         {admin, func(in *honours.PostInput) { in.To = 20301001 }, model.ErrDays},
			"for a stranger":   {admin, func(in *honours.PostInput) { in.Holder = w.Others.Resident(0).MemberID }, model.ErrNotFound},
		} {
			in := good
			c.change(&in)
			if _, err := h.Propose(ctx, c.who, w.Grids[0].ID, in); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		p, err := h.Propose(ctx, admin, w.Grids[0].ID, good)
		if err != nil {
			t.Fatal(err)
		}
		wantList(t, h, w.Resident(3), 0)
		for name, c := range map[string]struct {
			call func() (*model.PioneerPost, error)
			want error
		}{
			"approved by who proposed": {func() (*model.PioneerPost, error) { return h.Approve(ctx, admin, p.ID) }, model.ErrOwnPost},
			"approved by its holder":   {func() (*model.PioneerPost, error) { return h.Approve(ctx, other, p.ID) }, model.ErrOwnPost},
			"approved by a sibling":    {func() (*model.PioneerPost, error) { return h.Approve(ctx, sibling, p.ID) }, model.ErrForbidden},
			"revoked before":           {func() (*model.PioneerPost, error) { return h.Revoke(ctx, second, p.ID, "弄错") }, model.ErrPostState},
			"rejected without reason":  {func() (*model.PioneerPost, error) { return h.Reject(ctx, second, p.ID, "") }, model.ErrInvalid},
		} {
			if _, err := c.call(); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		if got, err := h.Approve(ctx, second, p.ID); err != nil || !got.Now || got.Holder.ID != holder.MemberID {
			t.Fatalf("got %+v, %v", got, err)
		}
		wantList(t, h, w.Resident(3), 1)
		if _, err := h.Approve(ctx, second, p.ID); !errors.Is(err, model.ErrPostState) {
			t.Errorf("approved twice: %v", err)
		}
		if list, err := h.Managed(ctx, sibling, model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("a sibling reads %+v, %v", list, err)
		}
		if _, err := h.Revoke(ctx, second, p.ID, "事迹不实"); err != nil {
			t.Fatal(err)
		}
		wantList(t, h, w.Resident(3), 0)
		if mine, err := h.List(ctx, holder, true, model.Page{}); err != nil || len(mine.Items) != 1 || mine.Items[0].Decision != "事迹不实" {
			t.Errorf("got %+v, %v", mine, err)
		}
		if rows, err := store.Notices.List(ctx, holder.MemberID, false, 0, 10); err != nil || len(rows) != 2 {
			t.Errorf("the holder was told %d times, %v", len(rows), err)
		}
	})
}

func TestAPostThatIsTurnedDownIsSeenByNobodyElse(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w, ctx := testworld.New(t, store), t.Context()
		h := honours.New(store, func() model.Instant { return testworld.Now })
		admin, second, holder := w.Holder(model.RoleCommunityAdmin), w.Resident(5), w.Resident(0)
		second.Grants = admin.Grants
		p, err := h.Propose(ctx, admin, w.Grids[0].ID, honours.PostInput{
			Holder: holder.MemberID, Spot: "窗口", Title: "服务先锋", From: 20261101, To: 20261231, Reason: "热心", Basis: "支部大会",
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.Reject(ctx, second, p.ID, "事迹不足"); err != nil || got.Status != model.PostRejected || got.Decision != "事迹不足" {
			t.Fatalf("got %+v, %v", got, err)
		}
		if _, err := h.Approve(ctx, second, p.ID); !errors.Is(err, model.ErrPostState) {
			t.Errorf("approved afterwards: %v", err)
		}
		wantList(t, h, holder, 0)
		if mine, err := h.List(ctx, holder, true, model.Page{}); err != nil || len(mine.Items) != 0 {
			t.Errorf("got %+v, %v", mine, err)
		}
		if list, err := h.Managed(ctx, admin, model.Page{}); err != nil || len(list.Items) != 1 {
			t.Errorf("got %+v, %v", list, err)
		}
		if rows, err := store.Notices.List(ctx, holder.MemberID, false, 0, 10); err != nil || len(rows) != 0 {
			t.Errorf("the holder was told %d times, %v", len(rows), err)
		}
	})
}

func TestMinorsAreNotHonouredInPublic(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		w := testworld.New(t, store)
		h := honours.New(store, func() model.Instant { return testworld.Now })
		for born, want := range map[int]error{2012: model.ErrInvalid, 1990: nil} {
			m := &model.Member{
				ID: store.NewID(), Place: w.Doors[0].Place, Name: "新来", BirthYear: born, Skills: []string{}, RosterKey: fmt.Sprint("new", born),
				Version: 1, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
			}
			if err := store.Members.Create(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			_, err := h.Propose(t.Context(), w.Holder(model.RoleCommunityAdmin), w.Grids[0].ID, honours.PostInput{
				Holder: m.ID, Spot: "窗口", Title: "服务先锋", From: 20261101, To: 20261231, Reason: "热心", Basis: "支部大会",
			})
			if !errors.Is(err, want) {
				t.Errorf("born in %d: got %v, want %v", born, err, want)
			}
		}
	})
}

func wantList(t *testing.T, h *honours.Honours, who model.Actor, want int) {
	t.Helper()
	if list, err := h.List(t.Context(), who, false, model.Page{}); err != nil || len(list.Items) != want {
		t.Errorf("got %+v, %v, want %d", list, err, want)
	}
}

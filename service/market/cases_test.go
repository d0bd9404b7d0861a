package market_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/market"
)

func (s *square) givenRole(t *testing.T, member model.ID, role model.Role, at model.Node) {
	t.Helper()
	err := s.store.Roles.Grant(t.Context(), &repository.Role{
		ID: s.store.NewID(), CommunityID: s.Community.ID, MemberID: member, Role: role, NodeID: at.ID, NodeKind: at.Kind, CreatedAt: testworld.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// givenCase has a request that nobody can be asked for, and returns it with its owner.
func (s *square) givenCase(t *testing.T, asker model.Actor, onBehalfOf model.ID) (request, owner model.ID) {
	t.Helper()
	in := urgentErrand
	in.OnBehalfOf, in.Consent = onBehalfOf, agreed
	id := s.givenRequest(t, asker, in)
	s.wantMoved(t, 1)
	return id, s.wantDispatch(t, id, model.DispatchCase, 0, model.KindCommunity).OwnerID
}

func (s *square) cases(t *testing.T, who model.Actor, all bool) []*market.Case {
	t.Helper()
	list, err := s.Cases(t.Context(), who, all, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestWhoOwnsACase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		worker, admin := s.Holder(model.RoleGridWorker), s.Holder(model.RoleCommunityAdmin)
		for _, c := range []struct {
			name  string
			asker model.Actor
			of    model.ID
			want  model.ID
		}{
			{"the grid's worker", s.Resident(0), 0, worker.MemberID},
			{"an admin, where no worker is", s.Resident(7), 0, admin.MemberID},
			{"an admin, when the worker posted it", worker, s.Resident(1).MemberID, admin.MemberID},
			{"the worker, when the admin posted it", admin, s.Resident(1).MemberID, worker.MemberID},
			{"the admin, though it is theirs, for want of another", admin, 0, admin.MemberID},
		} {
			if _, owner := s.givenCase(t, c.asker, c.of); owner != c.want {
				t.Errorf("%s: %d owns it, want %d", c.name, owner, c.want)
			}
		}
		// Of several, who has the fewest; and of the household of who asks, none.
		s.givenRole(t, s.Resident(5).MemberID, model.RoleGridWorker, s.Grids[0])
		if _, owner := s.givenCase(t, s.Resident(4), 0); owner != s.Resident(5).MemberID {
			t.Errorf("%d owns it, who has more", owner)
		}
		if _, owner := s.givenCase(t, s.Housemate(5), 0); owner != worker.MemberID {
			t.Errorf("%d owns it, who lives with who asks", owner)
		}
		if kinds := s.inbox(t, worker); len(kinds) != 3 || kinds[0] != model.NoticeCase {
			t.Errorf("the worker was told of %v", kinds)
		}
	})
}

func TestACaseChangesHandsWhenTheOtherAccepts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		worker, admin, asker := s.Holder(model.RoleGridWorker), s.Holder(model.RoleCommunityAdmin), s.Resident(0)
		id, _ := s.givenCase(t, asker, 0)
		hand := func(who model.Actor, to model.ID) error {
			_, err := s.HandOver(t.Context(), who, id, to, " 请接手 ")
			return err
		}
		accept := func(who model.Actor) error { _, err := s.AcceptCase(t.Context(), who, id); return err }
		s.givenRole(t, asker.MemberID, model.RoleCommunityAdmin, s.Community)
		for name, c := range map[string]struct{ got, want error }{
			"by another":           {hand(admin, worker.MemberID), model.ErrForbidden},
			"to oneself":           {hand(worker, worker.MemberID), model.ErrCaseState},
			"to a resident":        {hand(worker, s.Resident(3).MemberID), model.ErrInvalid},
			"to nobody":            {hand(worker, 1), model.ErrInvalid},
			"to who asks":          {hand(worker, asker.MemberID), model.ErrInvalid},
			"to their household":   {hand(worker, s.Housemate(0).MemberID), model.ErrInvalid},
			"accept, not proposed": {accept(admin), model.ErrCaseState},
			"from elsewhere":       {hand(s.Others.Holder(model.RoleCommunityAdmin), admin.MemberID), model.ErrNotFound},
		} {
			if !errors.Is(c.got, c.want) {
				t.Errorf("%s: got %v, want %v", name, c.got, c.want)
			}
		}
		if err := hand(worker, admin.MemberID); err != nil {
			t.Fatal(err)
		}
		for _, who := range []model.Actor{worker, admin} {
			c := s.cases(t, who, false)
			if len(c) != 1 || c[0].Request.ID != id || c[0].Owner.ID != worker.MemberID || c[0].Proposed == nil || c[0].Proposed.ID != admin.MemberID || c[0].Note != "请接手" {
				t.Fatalf("before it is accepted it is %+v", c)
			}
		}
		if kinds := s.inbox(t, admin); len(kinds) != 1 || kinds[0] != model.NoticeCaseProposed {
			t.Errorf("told of %v", kinds)
		}
		if err := accept(admin); err != nil {
			t.Fatal(err)
		}
		if err := accept(admin); !errors.Is(err, model.ErrCaseState) {
			t.Errorf("accepted twice: %v", err)
		}
		if c := s.cases(t, admin, false); len(c) != 1 || c[0].Owner.ID != admin.MemberID || c[0].Proposed != nil || c[0].Note != "" {
			t.Errorf("after it was accepted it is %+v", c)
		}
		if c := s.cases(t, worker, false); len(c) != 0 {
			t.Errorf("the worker still has %d", len(c))
		}
		if c := s.cases(t, worker, true); len(c) != 1 {
			t.Errorf("the worker sees %d of the grid", len(c))
		}
		if kinds := s.inbox(t, worker); kinds[0] != model.NoticeCaseAccepted {
			t.Errorf("told of %v", kinds)
		}
		if _, err := s.Claim(t.Context(), s.Resident(1), id); err != nil {
			t.Fatal(err)
		}
		if c := s.cases(t, admin, true); len(c) != 0 {
			t.Errorf("%d cases of requests that are claimed", len(c))
		}
		if err := hand(admin, worker.MemberID); !errors.Is(err, model.ErrCaseState) {
			t.Errorf("handed over when it is none: %v", err)
		}
		if _, err := s.Cases(t.Context(), s.Resident(2), false, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("cases of a resident: %v", err)
		}
	})
}

func TestCasesWithinReach(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		here, _ := s.givenCase(t, s.Resident(0), 0)
		there, _ := s.givenCase(t, s.Resident(7), 0)
		worker, admin := s.Holder(model.RoleGridWorker), s.Holder(model.RoleCommunityAdmin)
		if c := s.cases(t, worker, true); len(c) != 1 || c[0].Request.ID != here {
			t.Errorf("the worker sees %d", len(c))
		}
		first, err := s.Cases(t.Context(), admin, true, model.Page{Limit: 1})
		if err != nil || len(first.Items) != 1 || first.Items[0].Request.ID != there || first.NextCursor == "" {
			t.Fatalf("the first page is %+v, %v", first, err)
		}
		second, err := s.Cases(t.Context(), admin, true, model.Page{Limit: 1, Cursor: first.NextCursor})
		if err != nil || len(second.Items) != 1 || second.Items[0].Request.ID != here || second.NextCursor != "" {
			t.Errorf("the second page is %+v, %v", second, err)
		}
		if c := s.cases(t, s.Others.Holder(model.RoleCommunityAdmin), true); len(c) != 0 {
			t.Errorf("another community sees %d", len(c))
		}
	})
}

func TestWhatIsEscalatedHasAnOwner(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		s.givenHelpers(t, s.Resident(1))
		id := s.givenRequest(t, s.Resident(0), errand)
		s.wait(24 * time.Hour)
		if _, err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Nobody has been asked yet, as no process dispatched, and that goes on.
		if d := s.wantDispatch(t, id, model.DispatchRunning, 0, ""); d.OwnerID != s.Holder(model.RoleGridWorker).MemberID {
			t.Errorf("%d owns it", d.OwnerID)
		}
		s.wantMoved(t, 1)
		s.wantAsks(t, id, map[model.AskAnswer]int{model.AskSent: 1})
		if c := s.cases(t, s.Holder(model.RoleGridWorker), false); len(c) != 1 || c[0].Request.Status != model.RequestEscalated {
			t.Errorf("the cases are %+v", c)
		}
		s.wait(4 * time.Hour)
		s.wantMoved(t, 1)
		s.wantDispatch(t, id, model.DispatchCase, 1, model.KindCommunity)
		if kinds := s.inbox(t, s.Holder(model.RoleGridWorker)); len(kinds) != 1 {
			t.Errorf("told of %v", kinds)
		}
	})
}

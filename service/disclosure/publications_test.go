package disclosure_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/disclosure"
	"linbanglin/service/ledger"
)

// items returns all items that a reader may see.
func (h *hall) items(t *testing.T, who model.Actor, id model.ID) []*model.PublicationItem {
	t.Helper()
	var all []*model.PublicationItem
	for page := (model.Page{Limit: 2}); ; {
		list, err := h.Items(t.Context(), who, id, page)
		all = append(all, must(t, list, err).Items...)
		if page.Cursor = list.NextCursor; page.Cursor == "" {
			return all
		}
	}
}

// set changes what a member says about themself, or when they were born.
func (h *hall) set(t *testing.T, who model.Actor, change func(*model.Member)) {
	t.Helper()
	m, err := h.store.Members.Get(t.Context(), who.MemberID)
	change(must(t, m, err))
	err = h.store.Tx(t.Context(), func(tx *repository.Store) error {
		changed := *m
		changed.Version = m.Version + 1
		if err := tx.Members.UpdateProfile(t.Context(), &changed, m.Version); err != nil {
			return err
		}
		changed.Version++
		return tx.Members.UpdateRoster(t.Context(), &changed)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestItemsHideWhoWantsToBeHidden(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		plain, shy, minor, later := h.Resident(0), h.Resident(1), h.Resident(2), h.Resident(3)
		h.set(t, shy, func(m *model.Member) { m.Anonymous = true })
		h.set(t, minor, func(m *model.Member) { m.BirthYear = 2012 })
		p, _ := h.published(t, plain, shy, minor, later)
		h.set(t, later, func(m *model.Member) { m.Anonymous = true })
		h.set(t, shy, func(m *model.Member) { m.Anonymous = false })
		if p.Listed != 3 {
			t.Errorf("%d items are listed", p.Listed)
		}
		for name, c := range map[string]struct {
			who  model.Actor
			want []string
		}{
			"a neighbour": {h.Resident(4), []string{"1 甲**", "2 匿名邻居", "4 匿名邻居"}},
			"the minor":   {minor, []string{"1 甲**", "2 匿名邻居", "3 甲** mine", "4 匿名邻居"}},
			"the shy one": {shy, []string{"1 甲**", "2 匿名邻居 mine", "4 匿名邻居"}},
			"the admin":   {h.admin, []string{"1 甲**", "2 匿名邻居", "4 匿名邻居"}},
		} {
			var got []string
			for _, i := range h.items(t, c.who, p.ID) {
				line := fmt.Sprintf("%d %s", i.ItemNo, i.Member.DisplayName)
				if i.Mine {
					line += " mine"
				}
				if i.Member.DisplayName == model.AnonymousName && i.Member.ID != 0 {
					t.Errorf("%s sees who is anonymous", name)
				}
				if i.Declared != (model.Credit{Points: 10, Minutes: 60}) || i.Verified != (model.Credit{}) || i.Code != model.RuleAdjust ||
					i.Description != "打扫楼道" || i.Status != model.DeclarationPublished || i.Disputed || i.Booked != nil {
					t.Errorf("%s: %+v", name, i)
				}
				got = append(got, line)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
		objection := disclosure.Objection{ItemNo: 3, Reason: "不实"}
		if _, err := h.Appeal(t.Context(), h.Resident(4), p.ID, objection); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("an appeal against who is not listed: %v", err)
		}
		h.wait(week)
		h.wantSwept(t, 4)
		if i := h.items(t, plain, p.ID)[0]; i.Status != model.DeclarationBooked || *i.Booked != (model.Credit{Points: 10, Minutes: 60}) {
			t.Errorf("got %+v", i)
		}
	})
}

func TestWhoReadsAPublication(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.verified(t, h.Resident(0))
		byGrid, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Grids[0].ID, Title: "网格"})
		must(t, byGrid, err)
		h.verified(t, h.Resident(0))
		byBranch, err := h.Publish(t.Context(), h.Holder(model.RoleSecretary), disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Branch.ID, Title: "支部", Days: 30})
		must(t, byBranch, err)
		for name, c := range map[string]struct {
			who          model.Actor
			grid, branch error
		}{
			"of the branch":       {h.Housemate(0), nil, nil},
			"of the grid":         {h.Resident(3), nil, model.ErrNotFound},
			"of the next grid":    {h.Resident(7), model.ErrNotFound, model.ErrNotFound},
			"of another area":     {h.outside, model.ErrNotFound, model.ErrNotFound},
			"the worker":          {h.worker, nil, model.ErrNotFound},
			"the organizer":       {h.organizer, nil, nil},
			"the secretary":       {h.Holder(model.RoleSecretary), model.ErrNotFound, nil},
			"the auditor":         {h.Holder(model.RoleAuditor), nil, nil},
			"another community":   {h.Others.Holder(model.RoleCommunityAdmin), model.ErrNotFound, model.ErrNotFound},
			"who is nobody here":  {model.Actor{MemberID: 1}, model.ErrUnbound, model.ErrUnbound},
			"a role held at home": {model.Actor{MemberID: 1, Place: h.Resident(3).Place, Grants: []model.Grant{{Role: model.RoleResident, NodeID: h.Doors[3].ID, NodeKind: model.KindHousehold}}}, nil, model.ErrNotFound},
		} {
			list, err := h.Publications(t.Context(), c.who, nil, nil, model.Page{})
			seen := map[model.ID]bool{}
			if err == nil {
				for _, p := range list.Items {
					seen[p.ID] = true
				}
			}
			for id, want := range map[model.ID]error{byGrid.ID: c.grid, byBranch.ID: c.branch} {
				if _, err := h.Publication(t.Context(), c.who, id); !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", name, err, want)
				}
				if _, err := h.Items(t.Context(), c.who, id, model.Page{}); !errors.Is(err, want) {
					t.Errorf("%s, items: got %v, want %v", name, err, want)
				}
				if seen[id] != (want == nil) {
					t.Errorf("%s: listed %t, readable %v", name, seen[id], want)
				}
			}
		}
		for name, c := range map[string]struct {
			states []model.PublicationStatus
			kinds  []model.PublicationKind
			want   int
		}{
			"all": {nil, nil, 2}, "final": {[]model.PublicationStatus{model.PublicationFinal}, nil, 0}, "points": {nil, []model.PublicationKind{model.PublishPoints}, 0},
			"open declarations": {[]model.PublicationStatus{model.PublicationOpen}, []model.PublicationKind{model.PublishDeclarations}, 2},
		} {
			first, err := h.Publications(t.Context(), h.admin, c.states, c.kinds, model.Page{Limit: 1})
			got := len(must(t, first, err).Items)
			if first.NextCursor != "" {
				second, err := h.Publications(t.Context(), h.admin, c.states, c.kinds, model.Page{Limit: 1, Cursor: first.NextCursor})
				got += len(must(t, second, err).Items)
			}
			if got != c.want {
				t.Errorf("%s: got %d, want %d", name, got, c.want)
			}
		}
	})
}

func TestPlansThatAreRefused(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		for name, c := range map[string]struct {
			who    model.Actor
			change func(*disclosure.Plan)
			want   error
		}{
			"nothing to publish":      {h.organizer, func(*disclosure.Plan) {}, model.ErrNothingToPublish},
			"by a resident":           {h.Resident(0), func(*disclosure.Plan) {}, model.ErrForbidden},
			"by the worker":           {h.worker, func(*disclosure.Plan) {}, model.ErrForbidden},
			"out of reach":            {h.organizer, func(in *disclosure.Plan) { in.Scope = h.Areas[1].ID }, model.ErrForbidden},
			"wider than the reach":    {h.organizer, func(in *disclosure.Plan) { in.Scope = h.Community.ID }, model.ErrForbidden},
			"another community":       {h.organizer, func(in *disclosure.Plan) { in.Scope = h.Others.Areas[0].ID }, model.ErrNotFound},
			"no such scope":           {h.organizer, func(in *disclosure.Plan) { in.Scope = 42 }, model.ErrNotFound},
			"a household":             {h.organizer, func(in *disclosure.Plan) { in.Scope = h.Doors[0].ID }, model.ErrInvalid},
			"two days":                {h.organizer, func(in *disclosure.Plan) { in.Days = 2 }, model.ErrInvalid},
			"points without a period": {h.organizer, func(in *disclosure.Plan) { in.Kind = model.PublishPoints }, model.ErrPeriod},
			"points of nobody": {h.organizer, func(in *disclosure.Plan) {
				in.Kind, in.From, in.To = model.PublishPoints, 20261101, 20261123
			}, model.ErrNothingToPublish},
		} {
			in := disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Areas[0].ID, Title: "申报"}
			c.change(&in)
			if _, err := h.Publish(t.Context(), c.who, in); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
	})
}

func TestUnpublish(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		p, all := h.published(t, h.Resident(0), h.Resident(1))
		a, err := h.Appeal(t.Context(), h.Resident(2), p.ID, disclosure.Objection{ItemNo: 1, Reason: "不实"})
		must(t, a, err)
		for name, c := range map[string]struct {
			who    model.Actor
			reason string
			want   error
		}{
			"a neighbour": {h.Resident(2), "x", model.ErrForbidden}, "from elsewhere": {h.outside, "x", model.ErrNotFound},
			"the auditor": {h.Holder(model.RoleAuditor), "x", model.ErrForbidden}, "without a reason": {h.organizer, " ", model.ErrInvalid},
			"the publisher, while an appeal waits": {h.organizer, "x", model.ErrOwnRecord},
		} {
			if _, err := h.Unpublish(t.Context(), c.who, p.ID, c.reason); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		back, err := h.Unpublish(t.Context(), h.admin, p.ID, "范围有误")
		if must(t, back, err); back.Status != model.PublicationWithdrawn || back.Reason != "范围有误" {
			t.Errorf("got %+v", back)
		}
		for _, d := range all {
			if d = h.wantWork(t, d.ID, model.DeclarationVerified); d.PublicationID != 0 || d.PublishedBy != 0 || d.VerifiedBy != h.worker.MemberID {
				t.Errorf("got %+v", d)
			}
		}
		if a, err = h.FindAppeal(t.Context(), h.Resident(2), a.ID); err != nil || a.Status != model.AppealVoid {
			t.Errorf("the appeal is %+v, %v", a, err)
		}
		if _, err := h.Appeal(t.Context(), h.Resident(3), p.ID, disclosure.Objection{ItemNo: 1, Reason: "不实"}); !errors.Is(err, model.ErrAppealWindow) {
			t.Errorf("an appeal against what was withdrawn: %v", err)
		}
		h.wait(week)
		h.wantSwept(t, 0)
		again, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Areas[0].ID, Title: "再次公示"})
		if must(t, again, err); again.Listed != 2 {
			t.Errorf("got %+v", again)
		}
		if i := h.items(t, h.Resident(0), p.ID)[0]; i.Status != "" {
			t.Errorf("the withdrawn item tells of the other publication: %+v", i)
		}
		h.wait(week)
		h.wantSwept(t, 2)
		if _, err := h.Unpublish(t.Context(), h.organizer, again.ID, "晚了"); !errors.Is(err, model.ErrPublicationState) {
			t.Errorf("withdrawn after it was booked: %v", err)
		}
		h.wantWallet(t, h.Resident(0), 10, 60)
	})
}

func TestWhatIsDecidedOrBookedStaysPublished(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		p, _ := h.published(t, h.Resident(0), h.Resident(1))
		a, err := h.Appeal(t.Context(), h.Resident(2), p.ID, disclosure.Objection{ItemNo: 1, Reason: "不实"})
		must(t, a, err)
		h.wait(week)
		h.wantSwept(t, 1)
		if _, err := h.Unpublish(t.Context(), h.organizer, p.ID, "有误"); !errors.Is(err, model.ErrPublicationState) {
			t.Errorf("withdrawn with one item booked: %v", err)
		}
		h.wantWork(t, h.items(t, h.Resident(0), p.ID)[0].DeclarationID, model.DeclarationPublished)

		second, _ := h.published(t, h.Resident(3))
		b, err := h.Appeal(t.Context(), h.Resident(2), second.ID, disclosure.Objection{ItemNo: 1, Reason: "不实"})
		must(t, b, err)
		b, err = h.Resolve(t.Context(), h.admin, b.ID, model.Ruling{Result: model.Rejected, Reason: "属实"})
		must(t, b, err)
		if _, err := h.Unpublish(t.Context(), h.organizer, second.ID, "有误"); !errors.Is(err, model.ErrPublicationState) {
			t.Errorf("withdrawn with an appeal decided: %v", err)
		}
	})
}

// award gives a member points, or takes the minutes of a confirmed service, on a day.
func (h *hall) award(t *testing.T, who model.Actor, measure model.Measure, class model.Class, amount int64, at model.Instant, by model.ID) model.ID {
	t.Helper()
	m, err := h.store.Members.Get(t.Context(), who.MemberID)
	must(t, m, err)
	code := model.RuleAdjust
	if measure == model.Minutes {
		code = model.CodeMinutes
	}
	var results []ledger.Result
	err = h.store.Tx(t.Context(), func(tx *repository.Store) (err error) {
		results, err = h.ledger.PostTx(t.Context(), tx, ledger.Posting{
			Key: "test:" + h.store.NewID().String(), Code: code, Class: class, Amount: amount, Member: m, At: at, Actor: by,
			Debit: model.Pool(m.CommunityID, measure), Credit: model.Wallet(m.CommunityID, m.ID, measure),
		})
		return err
	})
	return must(t, results, err)[0].TransferID
}

func (h *hall) reverse(t *testing.T, transfer model.ID) {
	t.Helper()
	ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: h.admin.MemberID, Key: transfer.String(), Replayed: func() {}})
	receipt, err := h.ledger.Reverse(ctx, h.admin, transfer, "记错")
	must(t, receipt, err)
}

func TestPublishedPointsKeepVerifiedAndDeclaredApart(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		now, in, before, after := testworld.Now, testworld.Now.Add(-48*time.Hour), testworld.Now.Add(-60*24*time.Hour), testworld.Now
		one, two, minor, undone := h.Resident(0), h.Resident(7), h.Resident(2), h.Resident(3)
		h.set(t, minor, func(m *model.Member) { m.BirthYear = 2012 })
		h.award(t, one, model.Points, model.Verified, 7, in, 1)
		h.award(t, one, model.Points, model.Verified, 4, in, 1)
		h.award(t, one, model.Points, model.Declared, 5, in, 1)
		h.award(t, one, model.Minutes, model.Verified, 30, in, 1)
		h.award(t, one, model.Minutes, model.Declared, 90, in, 1)
		h.award(t, one, model.Points, model.Verified, 100, before, 1)
		h.award(t, one, model.Points, model.Verified, 1000, after, 1)
		h.reverse(t, h.award(t, one, model.Points, model.Declared, 50, in, 1))
		h.reverse(t, h.award(t, one, model.Minutes, model.Verified, 60, in, 1))
		h.award(t, two, model.Minutes, model.Declared, 15, in, 1)
		h.award(t, minor, model.Points, model.Verified, 9, in, 1)
		h.reverse(t, h.award(t, undone, model.Points, model.Verified, 9, in, 1))
		h.award(t, h.outside, model.Points, model.Verified, 8, in, 1)
		h.award(t, h.Others.Resident(0), model.Points, model.Verified, 8, in, 1)
		plan := disclosure.Plan{Kind: model.PublishPoints, Scope: h.Areas[0].ID, Title: "十一月积分", From: 20261101, To: now.Add(-24 * time.Hour).Day()}
		p, err := h.Publish(t.Context(), h.organizer, plan)
		must(t, p, err)
		items := h.items(t, h.Resident(5), p.ID)
		if len(items) != 2 {
			t.Fatalf("got %d items", len(items))
		}
		for i, want := range []struct{ verified, declared model.Credit }{
			{model.Credit{Points: 11, Minutes: 30}, model.Credit{Points: 5, Minutes: 90}}, {model.Credit{}, model.Credit{Minutes: 15}},
		} {
			if items[i].Verified != want.verified || items[i].Declared != want.declared || items[i].Member.DisplayName != "甲**" {
				t.Errorf("got %+v, want %+v", items[i], want)
			}
		}
		h.award(t, one, model.Points, model.Verified, 3, in, 1)
		if frozen := h.items(t, h.Resident(5), p.ID); frozen[0].Verified.Points != 11 {
			t.Error("a publication follows the ledger")
		}
		plan.Scope = h.Branch.ID
		byBranch, err := h.Publish(t.Context(), h.Holder(model.RoleSecretary), plan)
		if must(t, byBranch, err); byBranch.Listed != 1 {
			t.Errorf("the branch has %d items", byBranch.Listed)
		}
		h.wait(week)
		h.wantSwept(t, 0)
		h.wantPublication(t, p.ID, model.PublicationFinal)
	})
}

func TestTwoPublishersTakeEachDeclarationOnce(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		crowd := h.Crowd(40)
		h.verified(t, crowd...)
		var all sync.WaitGroup
		taken := make([]int, 4)
		for i := range taken {
			who := h.organizer
			if i%2 == 1 {
				who = h.admin
			}
			all.Go(func() {
				switch p, err := h.Publish(context.WithoutCancel(t.Context()), who, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Grids[0].ID, Title: "申报"}); {
				case err == nil:
					taken[i] = p.Listed
				case !errors.Is(err, model.ErrNothingToPublish):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if sum := taken[0] + taken[1] + taken[2] + taken[3]; sum != len(crowd) {
			t.Errorf("%v were taken of %d", taken, len(crowd))
		}
		h.wait(week)
		h.wantSwept(t, len(crowd))
	})
}

package disclosure_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/disclosure"
)

// appealed has a resident appeal against an item.
func (h *hall) appealed(t *testing.T, who model.Actor, p *model.Publication, item int) *model.Appeal {
	t.Helper()
	a, err := h.Appeal(t.Context(), who, p.ID, disclosure.Objection{ItemNo: item, Reason: "当天没有看到", Evidence: []string{"照片"}})
	return must(t, a, err)
}

func TestWhatAppealsComeTo(t *testing.T) {
	rejected := model.Ruling{Result: model.Rejected, Reason: "属实"}
	upheld := model.Ruling{Result: model.Upheld, Reason: "不属实"}
	partly := func(points, minutes int64) model.Ruling {
		return model.Ruling{Result: model.Partly, Reason: "核减", Credit: &model.Credit{Points: points, Minutes: minutes}}
	}
	cases := []struct {
		name          string
		first, second *model.Ruling
		want          model.Credit // nothing: it is refused
	}{
		{"rejected", &rejected, nil, model.Credit{Points: 10, Minutes: 60}},
		{"partly", new(partly(4, 30)), nil, model.Credit{Points: 4, Minutes: 30}},
		{"minutes only", new(partly(0, 30)), nil, model.Credit{Minutes: 30}},
		{"points only", new(partly(10, 0)), nil, model.Credit{Points: 10}},
		{"upheld", &upheld, nil, model.Credit{}},
		{"rejected, reviewed, rejected", &rejected, &rejected, model.Credit{Points: 10, Minutes: 60}},
		{"rejected, reviewed, partly", &rejected, new(partly(1, 0)), model.Credit{Points: 1}},
		{"rejected, reviewed, upheld", &rejected, &upheld, model.Credit{}},
		{"partly, reviewed, rejected", new(partly(4, 30)), &rejected, model.Credit{Points: 10, Minutes: 60}},
	}
	each(t, func(t *testing.T, h *hall) {
		members := h.Crowd(len(cases) + 1)
		p, all := h.published(t, members...)
		var appeals []*model.Appeal
		for i, c := range cases {
			a := h.appealed(t, h.Resident(1), p, i+1)
			if want := model.Day(20261130).End(); a.Status != model.AppealOpen || a.DueAt != want || !a.Mine || a.Appellant == nil {
				t.Errorf("%s: got %+v, want it due at %s", c.name, a, want)
			}
			appeals = append(appeals, a)
		}
		if items := h.items(t, members[0], p.ID); !items[0].Disputed || items[len(cases)].Disputed {
			t.Errorf("disputed are %t and %t", items[0].Disputed, items[len(cases)].Disputed)
		}
		h.wait(week)
		h.wantSwept(t, 1) // what nobody appealed against
		if _, err := h.Appeal(t.Context(), h.Resident(2), p.ID, disclosure.Objection{ItemNo: len(cases) + 1, Reason: "x"}); !errors.Is(err, model.ErrAppealWindow) {
			t.Errorf("an appeal against what is booked: %v", err)
		}
		h.wantPublication(t, p.ID, model.PublicationOpen)
		for i, c := range cases {
			a, err := h.Resolve(t.Context(), h.admin, appeals[i].ID, *c.first)
			if must(t, a, err); len(a.Decisions) != 1 || a.Decisions[0].Decider.ID != h.admin.MemberID || a.DueAt != 0 {
				t.Errorf("%s: got %+v", c.name, a)
			}
			if c.second != nil {
				a, err = h.AskReview(t.Context(), h.Resident(1), a.ID, "不服")
				if must(t, a, err); a.Status != model.AppealReviewing || a.DueAt != model.Day(20261207).End() {
					t.Errorf("%s: got %+v", c.name, a)
				}
			}
		}
		h.wantSwept(t, 0)
		for i, c := range cases {
			if c.second != nil {
				a, err := h.Review(t.Context(), h.street, appeals[i].ID, *c.second)
				if must(t, a, err); a.Status != model.AppealClosed || len(a.Decisions) != 2 {
					t.Errorf("%s: got %+v", c.name, a)
				}
			}
		}
		reviewed := 0
		for _, c := range cases {
			if c.second != nil && c.want != (model.Credit{}) {
				reviewed++
			}
		}
		h.wantSwept(t, reviewed) // the others may still be reviewed
		h.now.Store(int64(model.Day(20261207).End()) - 1)
		h.wantSwept(t, 0)
		h.now.Add(1)
		h.wantSwept(t, 4)
		h.wantPublication(t, p.ID, model.PublicationFinal)
		if items := h.items(t, members[0], p.ID); items[0].Disputed || items[1].Booked.Points != 4 {
			t.Errorf("got %+v and %+v", items[0], items[1])
		}
		for i, c := range cases {
			h.wantWallet(t, members[i], c.want.Points, c.want.Minutes)
			status := model.DeclarationBooked
			if c.want == (model.Credit{}) {
				status = model.DeclarationRefused
			}
			if d := h.wantWork(t, all[i].ID, status); d.Booked != c.want || (d.Reason == "") != (c.want == model.Credit{Points: 10, Minutes: 60}) {
				t.Errorf("%s: booked %+v, %q", c.name, d.Booked, d.Reason)
			}
		}
		h.wantWallet(t, members[len(cases)], 10, 60)
		h.wantClean(t)
	})
}

func TestSeveralAppealsAgainstOneItem(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		p, all := h.published(t, h.Resident(0), h.Resident(1), h.Resident(2))
		for item, credits := range map[int][2]model.Credit{
			1: {{Points: 8, Minutes: 20}, {Points: 3, Minutes: 50}}, 2: {{Points: 0, Minutes: 60}, {Points: 10, Minutes: 0}},
		} {
			for i, c := range credits {
				a := h.appealed(t, h.Resident(3+i), p, item)
				r, err := h.Resolve(t.Context(), h.admin, a.ID, model.Ruling{Result: model.Partly, Reason: "核减", Credit: &c})
				must(t, r, err)
			}
		}
		upheld, other := h.appealed(t, h.Resident(3), p, 3), h.appealed(t, h.Resident(4), p, 3)
		r, err := h.Resolve(t.Context(), h.admin, upheld.ID, model.Ruling{Result: model.Upheld, Reason: "不属实"})
		if must(t, r, err); r.Status != model.AppealClosed {
			t.Errorf("got %+v", r)
		}
		h.wantWork(t, all[2].ID, model.DeclarationRefused)
		if _, err := h.AskReview(t.Context(), h.Resident(3), upheld.ID, "不服"); !errors.Is(err, model.ErrAppealState) {
			t.Errorf("a review of what was upheld: %v", err)
		}
		if _, err := h.Appeal(t.Context(), h.Resident(5), p.ID, disclosure.Objection{ItemNo: 3, Reason: "x"}); !errors.Is(err, model.ErrDeclarationState) {
			t.Errorf("an appeal against what is refused: %v", err)
		}
		h.wait(30 * 24 * time.Hour)
		h.wantSwept(t, 1)
		h.wantPublication(t, p.ID, model.PublicationOpen) // one of the appeals has no answer
		if r, err = h.Resolve(t.Context(), h.admin, other.ID, model.Ruling{Result: model.Upheld, Reason: "同上"}); err != nil || r.Status != model.AppealClosed {
			t.Errorf("got %+v, %v", r, err)
		}
		h.wantSwept(t, 0)
		h.wantPublication(t, p.ID, model.PublicationFinal)
		h.wantWallet(t, h.Resident(0), 3, 20)
		h.wantWallet(t, h.Resident(1), 0, 0)
		h.wantWallet(t, h.Resident(2), 0, 0)
		if d := h.wantWork(t, all[1].ID, model.DeclarationRefused); d.Reason != "核减" {
			t.Errorf("got %+v", d)
		}
	})
}

func TestAppealsThatAreRefused(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		p, _ := h.published(t, h.Resident(0))
		h.appealed(t, h.Resident(1), p, 1)
		official := h.Resident(2)
		official.Grants = []model.Grant{{Role: model.RoleAuditor, NodeID: h.Community.ID, NodeKind: model.KindCommunity}}
		for name, c := range map[string]struct {
			who  model.Actor
			in   disclosure.Objection
			wait time.Duration
			want error
		}{
			"by the member":            {h.Resident(0), disclosure.Objection{ItemNo: 1, Reason: "时长有误"}, 0, nil},
			"in the last moment":       {h.Resident(3), disclosure.Objection{ItemNo: 1, Reason: "x"}, week - time.Microsecond, nil},
			"at the end":               {h.Resident(4), disclosure.Objection{ItemNo: 1, Reason: "x"}, week, model.ErrAppealWindow},
			"long after":               {h.Resident(4), disclosure.Objection{ItemNo: 1, Reason: "x"}, 5 * week, model.ErrAppealWindow},
			"twice":                    {h.Resident(1), disclosure.Objection{ItemNo: 1, Reason: "x"}, 0, model.ErrAppealed},
			"no such item":             {h.Resident(4), disclosure.Objection{ItemNo: 2, Reason: "x"}, 0, model.ErrNotFound},
			"without a reason":         {h.Resident(4), disclosure.Objection{ItemNo: 1, Reason: "  "}, 0, model.ErrInvalid},
			"with much evidence":       {h.Resident(4), disclosure.Objection{ItemNo: 1, Reason: "x", Evidence: make([]string, 6)}, 0, model.ErrInvalid},
			"from another area":        {h.outside, disclosure.Objection{ItemNo: 1, Reason: "x"}, 0, model.ErrNotFound},
			"from another community":   {h.Others.Resident(0), disclosure.Objection{ItemNo: 1, Reason: "x"}, 0, model.ErrNotFound},
			"by who changes nothing":   {official, disclosure.Objection{ItemNo: 1, Reason: "x"}, 0, model.ErrForbidden},
			"by who is nobody here":    {model.Actor{MemberID: 1}, disclosure.Objection{ItemNo: 1, Reason: "x"}, 0, model.ErrUnbound},
			"by an office, from afar":  {h.admin, disclosure.Objection{ItemNo: 1, Reason: "x"}, 0, nil},
			"before the clock says so": {h.Resident(4), disclosure.Objection{ItemNo: 1, Reason: "x"}, -time.Second, model.ErrAppealWindow},
		} {
			h.now.Store(int64(testworld.Now.Add(c.wait)))
			if _, err := h.Appeal(t.Context(), c.who, p.ID, c.in); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		list, err := h.Appeals(t.Context(), h.street, disclosure.AppealFilter{}, model.Page{})
		if len(must(t, list, err).Items) != 4 {
			t.Errorf("%d appeals were made, want 4", len(list.Items))
		}
	})
}

func TestWhoDecides(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		secretary := h.Holder(model.RoleSecretary)
		admins := func(who model.Actor) model.Actor { // holds every office
			for _, role := range model.Roles() {
				who.Grants = append(who.Grants, model.Grant{Role: role, NodeID: h.Community.ID, NodeKind: model.KindCommunity})
			}
			return who
		}
		declarer := admins(h.Resident(5))
		in := work()
		in.Member = h.Resident(0).MemberID
		d, err := h.Declare(t.Context(), declarer, in)
		must(t, d, err)
		d, err = h.Verify(t.Context(), h.worker, d.ID)
		must(t, d, err)
		p, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Areas[0].ID, Title: "申报"})
		must(t, p, err)
		a := h.appealed(t, h.Resident(1), p, 1)
		reject := model.Ruling{Result: model.Rejected, Reason: "属实"}
		for name, c := range map[string]struct {
			who  model.Actor
			want error
		}{
			"who declared":      {declarer, model.ErrOwnRecord},
			"who verified":      {admins(h.worker), model.ErrOwnRecord},
			"who published":     {h.organizer, model.ErrOwnRecord},
			"whom it is about":  {admins(h.Resident(0)), model.ErrOwnRecord},
			"the appellant":     {admins(h.Resident(1)), model.ErrOwnRecord},
			"a neighbour":       {h.Resident(2), model.ErrNotFound},
			"the street":        {h.street, model.ErrForbidden},
			"the auditor":       {h.Holder(model.RoleAuditor), model.ErrForbidden},
			"another community": {h.Others.Holder(model.RoleCommunityAdmin), model.ErrNotFound},
		} {
			if _, err := h.Resolve(t.Context(), c.who, a.ID, reject); !errors.Is(err, c.want) {
				t.Errorf("%s resolves: got %v, want %v", name, err, c.want)
			}
		}
		if _, err := h.Review(t.Context(), h.street, a.ID, reject); !errors.Is(err, model.ErrAppealState) {
			t.Errorf("reviewed before it was resolved: %v", err)
		}
		if _, err := h.Resolve(t.Context(), secretary, a.ID, model.Ruling{Result: model.Partly, Reason: "x", Credit: &model.Credit{Points: 11}}); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("more than was asked for: %v", err)
		}
		a, err = h.Resolve(t.Context(), secretary, a.ID, reject) // of the branch that the member is in
		must(t, a, err)
		if _, err := h.Resolve(t.Context(), h.admin, a.ID, reject); !errors.Is(err, model.ErrAppealState) {
			t.Errorf("resolved twice: %v", err)
		}
		for name, c := range map[string]struct {
			who  model.Actor
			want error
		}{"someone else": {h.admin, model.ErrForbidden}, "whom it is about": {h.Resident(0), model.ErrForbidden}, "a neighbour": {h.Resident(2), model.ErrNotFound}} {
			if _, err := h.AskReview(t.Context(), c.who, a.ID, "不服"); !errors.Is(err, c.want) {
				t.Errorf("%s asks for a review: got %v, want %v", name, err, c.want)
			}
		}
		h.now.Store(int64(a.ReviewUntil))
		if _, err := h.AskReview(t.Context(), h.Resident(1), a.ID, "不服"); !errors.Is(err, model.ErrReviewWindow) {
			t.Errorf("a review too late: %v", err)
		}
		h.now.Add(-1)
		a, err = h.AskReview(t.Context(), h.Resident(1), a.ID, "不服")
		must(t, a, err)
		for name, c := range map[string]struct {
			who  model.Actor
			want error
		}{
			"who decided before": {admins(secretary), model.ErrOwnRecord},
			"who published":      {admins(h.organizer), model.ErrOwnRecord},
			"an organizer":       {model.Actor{MemberID: h.Resident(3).MemberID, Place: h.Resident(3).Place, Grants: h.organizer.Grants}, model.ErrForbidden},
		} {
			if _, err := h.Review(t.Context(), c.who, a.ID, reject); !errors.Is(err, c.want) {
				t.Errorf("%s reviews: got %v, want %v", name, err, c.want)
			}
		}
		if a, err = h.Review(t.Context(), h.street, a.ID, reject); err != nil || a.Status != model.AppealClosed {
			t.Errorf("got %+v, %v", a, err)
		}
		if _, err := h.AskReview(t.Context(), h.Resident(1), a.ID, "还是不服"); !errors.Is(err, model.ErrAppealState) {
			t.Errorf("a second review: %v", err)
		}
	})
}

func TestWhoSeesAnAppealAndTheAppellant(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		p, _ := h.published(t, h.Resident(0))
		open := h.appealed(t, h.Resident(1), p, 1)
		hidden, err := h.Appeal(t.Context(), h.Resident(2), p.ID, disclosure.Objection{ItemNo: 1, Reason: "不实", Anonymous: true, Evidence: []string{"x"}})
		must(t, hidden, err)
		for name, c := range map[string]struct {
			who                  model.Actor
			sees, evidence       bool
			openName, hiddenName bool
		}{
			"the appellant":     {h.Resident(1), false, true, true, false},
			"whom it is about":  {h.Resident(0), true, false, false, false},
			"the admin":         {h.admin, true, true, true, false},
			"the auditor":       {h.Holder(model.RoleAuditor), true, true, true, false},
			"the street":        {h.street, true, true, true, false},
			"who published":     {h.organizer, false, false, false, false},
			"who verified":      {h.worker, false, false, false, false},
			"a neighbour":       {h.Resident(3), false, false, false, false},
			"another community": {h.Others.Holder(model.RoleCommunityAdmin), false, false, false, false},
		} {
			list, err := h.Appeals(t.Context(), c.who, disclosure.AppealFilter{}, model.Page{})
			seen := map[model.ID]*model.Appeal{}
			for _, a := range must(t, list, err).Items {
				seen[a.ID] = a
			}
			for _, x := range []struct {
				id         model.ID
				sees, name bool
			}{{open.ID, c.sees || name == "the appellant", c.openName}, {hidden.ID, c.sees, c.hiddenName}} {
				got, err := h.FindAppeal(t.Context(), c.who, x.id)
				if x.sees != (err == nil) || !x.sees && !errors.Is(err, model.ErrNotFound) || x.sees != (seen[x.id] != nil) {
					t.Errorf("%s: got %v, listed %t, want %t", name, err, seen[x.id] != nil, x.sees)
					continue
				}
				if !x.sees {
					continue
				}
				for _, a := range []*model.Appeal{got, seen[x.id]} {
					if (a.Appellant != nil) != x.name || (len(a.Evidence) > 0) != c.evidence {
						t.Errorf("%s: got %+v, want the name %t", name, a, x.name)
					}
				}
			}
		}
	})
}

func TestOverdueAppealsAreSeen(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		p, _ := h.published(t, h.Resident(0), h.Resident(1))
		late, answered := h.appealed(t, h.Resident(2), p, 1), h.appealed(t, h.Resident(2), p, 2)
		r, err := h.Resolve(t.Context(), h.admin, answered.ID, model.Ruling{Result: model.Rejected, Reason: "属实"})
		must(t, r, err)
		overdue := func() (ids []model.ID) {
			list, err := h.Appeals(t.Context(), h.admin, disclosure.AppealFilter{Overdue: true}, model.Page{})
			for _, a := range must(t, list, err).Items {
				if !a.Overdue {
					t.Errorf("listed, and not overdue: %+v", a)
				}
				ids = append(ids, a.ID)
			}
			return ids
		}
		h.now.Store(int64(late.DueAt) - 1)
		if ids := overdue(); len(ids) != 0 {
			t.Errorf("overdue are %v", ids)
		}
		h.now.Add(1)
		if ids := overdue(); len(ids) != 1 || ids[0] != late.ID {
			t.Errorf("overdue are %v", ids)
		}
		for status, want := range map[model.AppealStatus]int{model.AppealOpen: 1, model.AppealResolved: 1, model.AppealClosed: 0} {
			list, err := h.Appeals(t.Context(), h.admin, disclosure.AppealFilter{Statuses: []model.AppealStatus{status}}, model.Page{})
			if len(must(t, list, err).Items) != want {
				t.Errorf("%s: %d appeals", status, len(list.Items))
			}
		}
		h.wantSwept(t, 1) // the other waits for its answer, however long that takes
		h.wait(10 * week)
		h.wantSwept(t, 0)
	})
}

func TestAppealsAgainstPublishedPoints(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		in, member := testworld.Now.Add(-48*time.Hour), h.Resident(0)
		wrong := h.award(t, member, model.Points, model.Declared, 50, in, 1)
		minutes := h.award(t, member, model.Minutes, model.Declared, 90, in, 1)
		byAdmin := h.award(t, member, model.Points, model.Declared, 3, in, h.admin.MemberID)
		earlier := h.award(t, member, model.Points, model.Declared, 2, in.Add(-60*24*time.Hour), 1)
		others := h.award(t, h.Resident(1), model.Points, model.Declared, 4, in, 1)
		p, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{Kind: model.PublishPoints, Scope: h.Areas[0].ID, Title: "积分", From: 20261101, To: 20261122})
		must(t, p, err)
		item := h.items(t, member, p.ID)[0].ItemNo
		a := h.appealed(t, h.Resident(2), p, item)
		for name, c := range map[string]struct {
			ruling model.Ruling
			want   error
		}{
			"no such transfer":     {model.Ruling{Result: model.Upheld, Reverses: 42}, model.ErrNotFound},
			"of someone else":      {model.Ruling{Result: model.Upheld, Reverses: others}, model.ErrNotReversible},
			"of another time":      {model.Ruling{Result: model.Upheld, Reverses: earlier}, model.ErrNotReversible},
			"made by the decider":  {model.Ruling{Result: model.Upheld, Reverses: byAdmin}, model.ErrOwnRecord},
			"a huge award":         {model.Ruling{Result: model.Upheld, Award: model.MaxAmount + 1}, model.ErrAmount},
			"a negative award":     {model.Ruling{Result: model.Upheld, Award: -1}, model.ErrAmount},
			"rejected with effect": {model.Ruling{Result: model.Rejected, Reverses: wrong}, model.ErrInvalid},
			"credit":               {model.Ruling{Result: model.Partly, Credit: &model.Credit{Points: 1}}, model.ErrInvalid},
		} {
			c.ruling.Reason = "查实"
			if _, err := h.Resolve(t.Context(), h.admin, a.ID, c.ruling); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		h.wantWallet(t, member, 55, 90)
		a, err = h.Resolve(t.Context(), h.admin, a.ID, model.Ruling{Result: model.Partly, Reason: "应为 20 分", Reverses: wrong, Award: 20})
		must(t, a, err)
		h.wantWallet(t, member, 25, 90)
		b := h.appealed(t, h.Resident(3), p, item)
		for name, ruling := range map[string]model.Ruling{
			"reversed before": {Result: model.Upheld, Reverses: wrong}, "reversed before, with an award": {Result: model.Upheld, Reverses: wrong, Award: 5},
		} {
			ruling.Reason = "再查"
			if _, err := h.Resolve(t.Context(), h.admin, b.ID, ruling); !errors.Is(err, model.ErrAlreadyReversed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		b, err = h.Resolve(t.Context(), h.admin, b.ID, model.Ruling{Result: model.Rejected, Reason: "属实"})
		must(t, b, err)
		b, err = h.AskReview(t.Context(), h.Resident(3), b.ID, "时长也不对")
		must(t, b, err)
		h.wait(week)
		h.wantSwept(t, 0)
		h.wantPublication(t, p.ID, model.PublicationOpen)
		b, err = h.Review(t.Context(), h.street, b.ID, model.Ruling{Result: model.Upheld, Reason: "查实", Reverses: minutes, Award: 1})
		must(t, b, err)
		h.wantWallet(t, member, 26, 0)
		h.now.Store(int64(a.ReviewUntil))
		h.wantSwept(t, 0)
		h.wantPublication(t, p.ID, model.PublicationFinal)
		earned, err := h.store.Points.EarnedIn(t.Context(), h.Community.ID, model.Grant{NodeID: h.Doors[0].ID, NodeKind: model.KindHousehold}, 20261101, 20261122)
		if must(t, earned, err); len(earned) != 2 || earned[0].Amount != 3 || earned[1].Amount != 0 {
			t.Errorf("what was published is now %+v", earned)
		}
		h.wantClean(t)
	})
}

package disclosure_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/boards"
	"linbanglin/service/disclosure"
	"linbanglin/service/ledger"
)

// hall is a world with its notice board, at a time that the test sets. Residents declare, the worker verifies,
// the organizer publishes, the admin handles appeals and the street officer reviews them.
type hall struct {
	*testworld.World
	*disclosure.Disclosure
	ledger                                    *ledger.Ledger
	store                                     *repository.Store
	worker, organizer, admin, street, outside model.Actor
	now                                       atomic.Int64
}

const week = 7 * 24 * time.Hour

// each runs a test on every engine.
func each(t *testing.T, test func(t *testing.T, h *hall)) {
	t.Helper()
	t.Parallel()
	testdb.Each(t, func(t *testing.T, store *repository.Store) { test(t, givenHall(t, store)) })
}

// once runs a test whose subject is rules and no SQL of its own, on the engine that is quick to make.
func once(t *testing.T, test func(t *testing.T, h *hall)) {
	t.Helper()
	t.Parallel()
	test(t, givenHall(t, testdb.Open(t, testdb.SQLite)))
}

func givenHall(t *testing.T, store *repository.Store) *hall {
	t.Helper()
	h := &hall{World: testworld.New(t, store), store: store}
	h.now.Store(int64(testworld.Now))
	h.ledger = ledger.New(store, h.clock)
	h.Disclosure = disclosure.New(store, h.ledger, h.clock)
	h.worker, h.organizer = h.Holder(model.RoleGridWorker), h.Holder(model.RoleOrganizer)
	h.admin, h.street = h.Holder(model.RoleCommunityAdmin), h.Holder(model.RoleStreetOfficer)
	h.outside = h.Resident(12) // of the second area
	return h
}

func (h *hall) clock() model.Instant { return model.Instant(h.now.Load()) }

func (h *hall) wait(d time.Duration) { h.now.Add(d.Microseconds()) }

// work is two hours of yesterday, for ten points.
func work() disclosure.Work {
	end := testworld.Now.Add(-14 * time.Hour)
	return disclosure.Work{
		Code: model.RuleAdjust, Credit: model.Credit{Points: 10, Minutes: 60}, StartedAt: end.Add(-2 * time.Hour), EndedAt: end,
		Description: "打扫楼道", Evidence: []string{"照片三张"},
	}
}

func must[T any](t *testing.T, result T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// declared has each of the members declare work of their own.
func (h *hall) declared(t *testing.T, members ...model.Actor) []*model.Declaration {
	t.Helper()
	var all []*model.Declaration
	for _, m := range members {
		d, err := h.Declare(t.Context(), m, work())
		all = append(all, must(t, d, err))
	}
	return all
}

// verified has the worker verify what the members declare.
func (h *hall) verified(t *testing.T, members ...model.Actor) []*model.Declaration {
	t.Helper()
	all := h.declared(t, members...)
	for i, d := range all {
		v, err := h.Verify(t.Context(), h.worker, d.ID)
		all[i] = must(t, v, err)
	}
	return all
}

// published has the organizer publish what the members declare, in the order of the members.
func (h *hall) published(t *testing.T, members ...model.Actor) (*model.Publication, []*model.Declaration) {
	t.Helper()
	all := h.verified(t, members...)
	p, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Areas[0].ID, Title: "十一月申报"})
	return must(t, p, err), all
}

func (h *hall) wantSwept(t *testing.T, want int) {
	t.Helper()
	if n, err := h.Sweep(t.Context()); n != want || err != nil {
		t.Errorf("%d were booked, want %d; %v", n, want, err)
	}
}

func (h *hall) wantWallet(t *testing.T, who model.Actor, points, minutes int64) {
	t.Helper()
	b, err := h.ledger.Balance(t.Context(), who)
	if err != nil || b.Posted != points || b.Minutes != minutes {
		t.Errorf("got %d points and %d minutes, want %d and %d; %v", b.Posted, b.Minutes, points, minutes, err)
	}
}

func (h *hall) wantWork(t *testing.T, id model.ID, status model.DeclarationStatus) *model.Declaration {
	t.Helper()
	d, err := h.store.Declarations.Get(t.Context(), id)
	if must(t, d, err).Status != status {
		t.Errorf("the declaration is %s, want %s", d.Status, status)
	}
	return d
}

func (h *hall) wantPublication(t *testing.T, id model.ID, status model.PublicationStatus) {
	t.Helper()
	p, err := h.store.Publications.Get(t.Context(), id)
	if must(t, p, err).Status != status {
		t.Errorf("the publication is %s, want %s", p.Status, status)
	}
}

// wantClean verifies the ledger and the boards.
func (h *hall) wantClean(t *testing.T) {
	t.Helper()
	b := boards.New(h.store, nil, h.clock)
	if err := errors.Join(h.ledger.SealAll(t.Context()), b.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	checks, _, err := h.ledger.Verify(t.Context(), ledger.VerifyOptions{})
	for _, c := range checks {
		for _, d := range c.Differences {
			t.Errorf("%s: %s", c.Name, d)
		}
	}
	for _, check := range []func(context.Context) (int64, []string, error){b.Check, h.Check} {
		if _, differences, checkErr := check(t.Context()); err != nil || checkErr != nil || len(differences) > 0 {
			t.Errorf("%v, %v, %v", differences, err, checkErr)
		}
	}
}

func TestFromTheDeclarationToTheLedger(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		p, all := h.published(t, h.Resident(0), h.Resident(1))
		if p.Status != model.PublicationOpen || p.Listed != 2 || p.EndsAt != testworld.Now.Add(week) || len(p.SnapshotHash) != 64 || p.Scope.Name != h.Areas[0].Name {
			t.Errorf("got %+v", p)
		}
		for _, d := range all {
			d = h.wantWork(t, d.ID, model.DeclarationPublished)
			if d.PublicationID != p.ID || d.PublishedBy != h.organizer.MemberID || d.VerifiedBy != h.worker.MemberID {
				t.Errorf("got %+v", d)
			}
		}
		h.wait(week - time.Microsecond)
		h.wantSwept(t, 0)
		h.wantWallet(t, h.Resident(0), 0, 0)
		h.wait(time.Microsecond)
		h.wantSwept(t, 2)
		h.wantSwept(t, 0)
		h.wantPublication(t, p.ID, model.PublicationFinal)
		for i, d := range all {
			h.wantWallet(t, h.Resident(i), 10, 60)
			booked := h.wantWork(t, d.ID, model.DeclarationBooked)
			transfer, err := h.store.Points.Transfer(t.Context(), booked.TransferID)
			must(t, transfer, err)
			if transfer.Class != model.Declared || transfer.Code != model.RuleAdjust || transfer.RuleVersion != 1 || transfer.ActorID != h.organizer.MemberID ||
				transfer.BizDay != work().EndedAt.Day() || transfer.RefType != model.RefDeclared || transfer.RefID != d.ID ||
				transfer.IdemKey != "declaration:"+d.ID.String() || booked.Booked != (model.Credit{Points: 10, Minutes: 60}) {
				t.Errorf("got %+v of %+v", transfer, booked)
			}
		}
		h.wantClean(t)
	})
}

// TestThreePersons tries every choice of four admins for who declares, verifies and publishes what the first of
// them did.
func TestThreePersons(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		var people []model.Actor
		for i := range 4 {
			who := h.Resident(i)
			who.Grants = append(slices.Clone(who.Grants), model.Grant{Role: model.RoleCommunityAdmin, NodeID: h.Community.ID, NodeKind: model.KindCommunity})
			people = append(people, who)
		}
		plan := disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Community.ID, Title: "申报"}
		allowed := 0
		for d, declarer := range people {
			for v, verifier := range people {
				in := work()
				in.Member = people[0].MemberID
				declared, err := h.Declare(t.Context(), declarer, in)
				must(t, declared, err)
				third := v != 0 && v != d
				if _, err := h.Verify(t.Context(), verifier, declared.ID); (err == nil) != third || !third && !errors.Is(err, model.ErrOwnRecord) {
					t.Errorf("%d declared it, %d verifies it: %v", d, v, err)
				}
				for p, publisher := range people {
					fourth := third && p != 0 && p != d && p != v
					published, err := h.Publish(t.Context(), publisher, plan)
					if (err == nil) != fourth || !fourth && !errors.Is(err, model.ErrNothingToPublish) {
						t.Errorf("%d declared it, %d verified it, %d publishes it: %v", d, v, p, err)
					}
					if err == nil {
						allowed++
						back, err := h.Unpublish(t.Context(), publisher, published.ID, "再试")
						must(t, back, err)
					}
				}
				back, err := h.Withdraw(t.Context(), declarer, declared.ID)
				must(t, back, err)
			}
		}
		// One's own: 3 x 2; by someone else: 3 x 2 x 1.
		if allowed != 12 {
			t.Errorf("%d choices are allowed, want 12", allowed)
		}
	})
}

func TestWhoMayDeclareForWhom(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		inGrid, inArea, far := h.Resident(1).MemberID, h.Resident(7).MemberID, h.outside.MemberID
		before, err := h.store.Declarations.List(t.Context(), &repository.DeclarationQuery{
			Community: h.Community.ID, Reach: h.admin.Grants, Before: 1 << 62, Limit: 100,
		})
		must(t, before, err)
		made := 0
		for name, c := range map[string]struct {
			who    model.Actor
			change func(*disclosure.Work)
			want   error
		}{
			"one's own":                    {h.Resident(0), func(*disclosure.Work) {}, nil},
			"one's own, by name":           {h.Resident(0), func(in *disclosure.Work) { in.Member = h.Resident(0).MemberID }, nil},
			"a neighbour's":                {h.Resident(0), func(in *disclosure.Work) { in.Member = inGrid }, model.ErrForbidden},
			"by the worker in the grid":    {h.worker, func(in *disclosure.Work) { in.Member = inGrid }, nil},
			"by the worker in another":     {h.worker, func(in *disclosure.Work) { in.Member = inArea }, model.ErrForbidden},
			"by the organizer":             {h.organizer, func(in *disclosure.Work) { in.Member = inArea }, nil},
			"by the organizer, beyond":     {h.organizer, func(in *disclosure.Work) { in.Member = far }, model.ErrForbidden},
			"by the admin":                 {h.admin, func(in *disclosure.Work) { in.Member = far }, nil},
			"by the auditor":               {h.Holder(model.RoleAuditor), func(in *disclosure.Work) { in.Member = far }, model.ErrForbidden},
			"of an unknown member":         {h.admin, func(in *disclosure.Work) { in.Member = 42 }, model.ErrNotFound},
			"of another community":         {h.admin, func(in *disclosure.Work) { in.Member = h.Others.Resident(0).MemberID }, model.ErrNotFound},
			"by who is nobody here":        {model.Actor{MemberID: h.Resident(0).MemberID}, func(*disclosure.Work) {}, model.ErrUnbound},
			"by an unknown rule":           {h.Resident(0), func(in *disclosure.Work) { in.Code = "NONE" }, model.ErrRule},
			"by the rule of minutes":       {h.Resident(0), func(in *disclosure.Work) { in.Code = model.CodeMinutes }, model.ErrRule},
			"by a rule at another amount":  {h.Resident(0), func(in *disclosure.Work) { in.Code, in.Credit.Points = model.RuleTaskDone, 11 }, model.ErrAmount},
			"by a rule at its amount":      {h.Resident(0), func(in *disclosure.Work) { in.Code = model.RuleTaskDone }, nil},
			"for nothing":                  {h.Resident(0), func(in *disclosure.Work) { in.Credit.Points = 0 }, model.ErrAmount},
			"for less":                     {h.Resident(0), func(in *disclosure.Work) { in.Credit.Points = -5 }, model.ErrAmount},
			"for too much":                 {h.Resident(0), func(in *disclosure.Work) { in.Credit.Points = model.MaxAmount + 1 }, model.ErrAmount},
			"of the future":                {h.Resident(0), func(in *disclosure.Work) { in.EndedAt = testworld.Now + 1 }, model.ErrWorkTime},
			"without evidence":             {h.Resident(0), func(in *disclosure.Work) { in.Evidence = nil }, model.ErrInvalid},
			"for more time than there was": {h.Resident(0), func(in *disclosure.Work) { in.Credit.Minutes = 121 }, model.ErrInvalid},
		} {
			in := work()
			c.change(&in)
			d, err := h.Declare(t.Context(), c.who, in)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
			if err == nil {
				made++
				if d.DeclaredBy != c.who.MemberID || d.Member.DisplayName == "" || d.Status != model.DeclarationDeclared || d.RuleVersion != 1 {
					t.Errorf("%s: got %+v", name, d)
				}
			}
		}
		after, err := h.store.Declarations.List(t.Context(), &repository.DeclarationQuery{
			Community: h.Community.ID, Reach: h.admin.Grants, Before: 1 << 62, Limit: 100,
		})
		if len(must(t, after, err))-len(before) != made {
			t.Errorf("%d rows were written for %d declarations", len(after)-len(before), made)
		}
	})
}

func TestWhoReadsAndMovesADeclaration(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		in := work()
		in.Member = h.Resident(7).MemberID // of the second grid
		d, err := h.Declare(t.Context(), h.organizer, in)
		must(t, d, err)
		for name, c := range map[string]struct {
			who                    model.Actor
			read, verify, withdraw error
		}{
			"who did it":            {h.Resident(7), nil, model.ErrForbidden, nil},
			"who declared it":       {h.organizer, nil, model.ErrOwnRecord, nil},
			"a neighbour":           {h.Resident(8), model.ErrNotFound, model.ErrNotFound, model.ErrNotFound},
			"a worker elsewhere":    {h.worker, model.ErrNotFound, model.ErrNotFound, model.ErrNotFound},
			"the admin":             {h.admin, nil, nil, model.ErrForbidden},
			"the auditor":           {h.Holder(model.RoleAuditor), nil, model.ErrForbidden, model.ErrForbidden},
			"the street officer":    {h.street, nil, model.ErrForbidden, model.ErrForbidden},
			"another community":     {h.Others.Holder(model.RoleCommunityAdmin), model.ErrNotFound, model.ErrNotFound, model.ErrNotFound},
			"who is nobody anymore": {model.Actor{MemberID: 1, Place: h.Resident(7).Place}, model.ErrNotFound, model.ErrNotFound, model.ErrNotFound},
		} {
			if _, err := h.Declaration(t.Context(), c.who, d.ID); !errors.Is(err, c.read) {
				t.Errorf("%s reads: got %v, want %v", name, err, c.read)
			}
			if c.verify != nil {
				if _, err := h.Verify(t.Context(), c.who, d.ID); !errors.Is(err, c.verify) {
					t.Errorf("%s verifies: got %v, want %v", name, err, c.verify)
				}
				if _, err := h.Refuse(t.Context(), c.who, d.ID, "重复"); !errors.Is(err, c.verify) {
					t.Errorf("%s refuses: got %v, want %v", name, err, c.verify)
				}
			}
			if c.withdraw != nil {
				if _, err := h.Withdraw(t.Context(), c.who, d.ID); !errors.Is(err, c.withdraw) {
					t.Errorf("%s withdraws: got %v, want %v", name, err, c.withdraw)
				}
			}
		}
		if _, err := h.Declaration(t.Context(), h.admin, 42); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("an unknown declaration: %v", err)
		}
		refused, err := h.Refuse(t.Context(), h.admin, d.ID, " 重复 ")
		if must(t, refused, err); refused.Status != model.DeclarationRefused || refused.Reason != "重复" {
			t.Errorf("got %+v", refused)
		}
		if _, err := h.Withdraw(t.Context(), h.Resident(7), d.ID); !errors.Is(err, model.ErrDeclarationState) {
			t.Errorf("withdrawn after it was refused: %v", err)
		}
	})
}

func TestListsOfDeclarations(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.verified(t, h.Resident(0), h.Resident(1))
		h.declared(t, h.Resident(0), h.Resident(7), h.outside)
		for name, c := range map[string]struct {
			who    model.Actor
			states []model.DeclarationStatus
			mine   bool
			want   int
		}{
			"one's own":              {h.Resident(0), nil, false, 2},
			"one's own that wait":    {h.Resident(0), []model.DeclarationStatus{model.DeclarationDeclared}, false, 1},
			"one's own by filter":    {h.Resident(0), nil, true, 2},
			"nobody's":               {h.Resident(2), nil, false, 0},
			"of the grid":            {h.worker, nil, false, 3},
			"of the area":            {h.organizer, nil, false, 4},
			"of the area, verified":  {h.organizer, []model.DeclarationStatus{model.DeclarationVerified}, false, 2},
			"of the community":       {h.admin, nil, false, 5},
			"the admin's own":        {h.admin, nil, true, 0},
			"of another community":   {h.Others.Holder(model.RoleCommunityAdmin), nil, false, 0},
			"of the branch":          {h.Holder(model.RoleSecretary), nil, false, 2},
			"refused, of which none": {h.admin, []model.DeclarationStatus{model.DeclarationRefused}, false, 0},
		} {
			seen := map[model.ID]bool{}
			for page := (model.Page{Limit: 2}); ; {
				list, err := h.Declarations(t.Context(), c.who, c.states, c.mine, page)
				for _, d := range must(t, list, err).Items {
					seen[d.ID] = true
				}
				if page.Cursor = list.NextCursor; page.Cursor == "" {
					break
				}
			}
			if len(seen) != c.want {
				t.Errorf("%s: got %d, want %d", name, len(seen), c.want)
			}
		}
		if _, err := h.Declarations(t.Context(), h.admin, nil, false, model.Page{Cursor: "x"}); !errors.Is(err, model.ErrCursor) {
			t.Errorf("a bad cursor: %v", err)
		}
		if _, err := h.Declarations(t.Context(), model.Actor{MemberID: 1}, nil, false, model.Page{}); !errors.Is(err, model.ErrUnbound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestTheRuleOfTheDayOfTheWork(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		five := int64(5)
		rules := model.DefaultRules(h.Community.ID)
		rules.Version, rules.EffectiveDay = 2, testworld.Now.Day()
		for _, r := range rules.Items {
			if r.Version = 2; r.Code == model.RuleAdjust {
				r.Amount = &five
			}
		}
		if err := h.store.Points.AddRules(t.Context(), rules); err != nil {
			t.Fatal(err)
		}
		yesterday := h.declared(t, h.Resident(0))[0]
		today := work()
		today.StartedAt, today.EndedAt, today.Credit = testworld.Now.Add(-time.Hour), testworld.Now, model.Credit{Points: 5, Minutes: 60}
		d, err := h.Declare(t.Context(), h.Resident(0), today)
		if must(t, d, err).RuleVersion != 2 || yesterday.RuleVersion != 1 {
			t.Errorf("versions %d and %d", yesterday.RuleVersion, d.RuleVersion)
		}
		today.Credit.Points = 10
		if _, err := h.Declare(t.Context(), h.Resident(0), today); !errors.Is(err, model.ErrAmount) {
			t.Errorf("today's work at yesterday's amount: %v", err)
		}
		for _, x := range []*model.Declaration{yesterday, d} {
			v, err := h.Verify(t.Context(), h.worker, x.ID)
			must(t, v, err)
		}
		p, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Grids[0].ID, Title: "申报"})
		must(t, p, err)
		h.wait(week)
		h.wantSwept(t, 2)
		for id, version := range map[model.ID]int32{yesterday.ID: 1, d.ID: 2} {
			transfer, err := h.store.Points.Transfer(t.Context(), h.wantWork(t, id, model.DeclarationBooked).TransferID)
			if must(t, transfer, err).RuleVersion != version {
				t.Errorf("booked by version %d, want %d", transfer.RuleVersion, version)
			}
		}
	})
}

func TestAKeyDeclaresAndPublishesOnce(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		replays := 0
		keyed := func(who model.Actor, key string) context.Context {
			return model.WithIdempotency(t.Context(), &model.Idempotency{Member: who.MemberID, Key: key, Replayed: func() { replays++ }})
		}
		var ids []model.ID
		for range 2 {
			d, err := h.Declare(keyed(h.Resident(0), "d"), h.Resident(0), work())
			ids = append(ids, must(t, d, err).ID)
		}
		v, err := h.Verify(t.Context(), h.worker, ids[0])
		must(t, v, err)
		for range 2 {
			p, err := h.Publish(keyed(h.organizer, "p"), h.organizer, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Areas[0].ID, Title: "申报"})
			ids = append(ids, must(t, p, err).ID)
		}
		h.wait(week)
		h.wantSwept(t, 1)
		points := disclosure.Plan{Kind: model.PublishPoints, Scope: h.Areas[0].ID, Title: "积分", From: 20261101, To: 20261123}
		for range 2 {
			p, err := h.Publish(keyed(h.organizer, "q"), h.organizer, points)
			if must(t, p, err); p.FromDay != 20261101 || p.ToDay != 20261123 {
				t.Errorf("got %+v", p)
			}
			ids = append(ids, p.ID)
		}
		if replays != 3 || ids[0] != ids[1] || ids[2] != ids[3] || ids[4] != ids[5] {
			t.Errorf("%d replays of %v", replays, ids)
		}
	})
}

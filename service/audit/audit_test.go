package audit_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/audit"
	"linbanglin/service/ledger"
)

// past is a world in which things have happened.
type past struct {
	*testworld.World
	*audit.Audit
	store  *repository.Store
	ledger *ledger.Ledger
	booked int
}

func now() model.Instant { return testworld.Now }

func each(t *testing.T, test func(t *testing.T, p *past)) {
	t.Helper()
	t.Parallel()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		p := &past{World: testworld.New(t, store), Audit: audit.New(store, now), store: store}
		// What is booked late was done before, as here; the clock of the books stands in October.
		p.ledger = ledger.New(store, func() model.Instant { return at(20261020, 0) })
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		go func() { done <- p.ledger.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		test(t, p)
	})
}

// at is a time of a day, in minutes.
func at(day model.Day, minutes int) model.Instant {
	return day.Start().Add(time.Duration(minutes) * time.Minute)
}

// grant is something that was granted: by whom helped whom, and who entered it when it was declared.
type grant struct {
	helper, helped int // residents; helped is -1 when that is nobody
	by             model.ID
	measure        model.Measure
	amount         int64
	day            model.Day
}

// book books n grants and returns their transfers, newest first.
func (p *past) book(t *testing.T, n int, g grant) []audit.Row {
	t.Helper()
	rules, err := p.ledger.Rules(t.Context(), p.Community.ID)
	if err != nil {
		t.Fatal(err)
	}
	var rows []audit.Row
	for range n {
		p.booked++
		m := p.Members[2*g.helper]
		posting := ledger.Posting{
			Key: fmt.Sprint("past ", p.booked), Code: model.RuleAdjust, Rules: rules, Class: model.Verified, Member: m, Actor: m.ID, At: at(max(g.day, 20261010), 600),
			Debit: model.Pool(p.Community.ID, model.Points), Credit: model.Wallet(p.Community.ID, m.ID, model.Points), Amount: g.amount,
		}
		if g.helped >= 0 {
			posting.Counter = p.Resident(g.helped).MemberID
		}
		if g.by != 0 {
			posting.Class, posting.Actor = model.Declared, g.by
		}
		if g.measure == model.Minutes {
			posting.Code, posting.Debit = model.CodeMinutes, model.Pool(p.Community.ID, model.Minutes)
			posting.Credit = model.Wallet(p.Community.ID, m.ID, model.Minutes)
		}
		results, err := p.ledger.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{posting}})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, audit.Row{Type: model.RefTransfer, ID: results[0].TransferID})
	}
	slices.Reverse(rows)
	return rows
}

// help adds a claim of a helper on a request of a resident's, with its times, and returns the request.
func (p *past) help(t *testing.T, helper, asker int, from, to model.Instant, status model.ClaimStatus) audit.Row {
	t.Helper()
	who := p.Resident(asker)
	r := &model.HelpRequest{
		ID: p.store.NewID(), Place: who.Place, RequesterID: who.MemberID, CreatedBy: who.MemberID, Category: "errand", Skills: []string{}, Title: "x",
		Urgency: model.UrgencyNormal, Status: model.RequestConfirmed, Slots: 1, Version: 1,
	}
	c := &model.Claim{
		ID: p.store.NewID(), RequestID: r.ID, HelperID: p.Resident(helper).MemberID, Status: status, ClaimedAt: from, StartedAt: from, FinishedAt: to,
	}
	if err := errors.Join(p.store.Requests.Create(t.Context(), r), p.store.Requests.AddClaim(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	return audit.Row{Type: model.RefRequest, ID: r.ID}
}

// attend adds a check-in at a campaign until noon, and returns the campaign; out is zero without a check-out.
func (p *past) attend(t *testing.T, member int, in, out model.Instant) audit.Row {
	t.Helper()
	c := &model.Campaign{
		ID: p.store.NewID(), CommunityID: p.Community.ID, ScopeNodeID: p.Community.ID, ScopeKind: model.KindCommunity, Theme: "lao", Title: "x",
		StartsAt: in.Day().Start(), EndsAt: at(in.Day(), 720), Status: model.CampaignPublished, Secret: []byte{1}, Digest: []byte{}, Version: 1,
	}
	k := &model.Checkin{CampaignID: c.ID, Session: 1, MemberID: p.Resident(member).MemberID, CheckedInAt: in, CheckedOutAt: out}
	err := errors.Join(p.store.Campaigns.Create(t.Context(), c), p.store.Insert(t.Context(), []repository.Insertion{repository.CheckinRow(k)}))
	if err != nil {
		t.Fatal(err)
	}
	return audit.Row{Type: model.RefCampaign, ID: c.ID}
}

// declare adds work that was declared, and returns it.
func (p *past) declare(t *testing.T, member int, from, to model.Instant, status model.DeclarationStatus) audit.Row {
	t.Helper()
	who := p.Resident(member)
	d := &model.Declaration{
		ID: p.store.NewID(), Place: who.Place, MemberID: who.MemberID, DeclaredBy: who.MemberID, Code: model.RuleAdjust, StartedAt: from, EndedAt: to,
		Evidence: []string{}, Status: status, Version: 1,
	}
	if err := p.store.Declarations.Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return audit.Row{Type: model.RefDeclared, ID: d.ID}
}

// givenCleanPast is full of what comes close to a flag and is none.
func (p *past) givenCleanPast(t *testing.T) {
	t.Helper()
	admin, organizer := p.Holder(model.RoleCommunityAdmin).MemberID, p.Holder(model.RoleOrganizer).MemberID
	for i := range 10 {
		p.book(t, 2, grant{helper: i, helped: (i + 1) % 10, amount: 10})
	}
	p.book(t, 2, grant{helper: 1, helped: 0, amount: 10}) // two helped each other, twice each
	p.book(t, 4, grant{helper: 2, helped: 3, amount: 10}) // with those above six times from one person,
	p.book(t, 6, grant{helper: 2, helped: -1, amount: 10})
	p.book(t, 2, grant{helper: 3, helped: 2, amount: 10})             // but half of what they earned, and back twice
	p.book(t, 4, grant{helper: 5, helped: -1, amount: 10, by: admin}) // entered by hand: 8 in all, 80 of 420
	p.book(t, 4, grant{helper: 6, helped: -1, amount: 10, by: organizer})
	p.book(t, 1, grant{helper: 7, helped: -1, amount: 50, measure: model.Minutes})
	p.book(t, 4, grant{helper: 7, helped: -1, amount: 90, measure: model.Minutes, by: admin}) // much, but only four times
	p.book(t, 9, grant{helper: 7, helped: -1, amount: 999, by: admin, day: 20261011})         // reversed below
	p.reverseAll(t, 9)
	p.help(t, 0, 1, at(20261102, 600), at(20261102, 660), model.ClaimConfirmed) // from one to the next at once
	p.help(t, 0, 2, at(20261102, 660), at(20261102, 700), model.ClaimConfirmed)
	p.help(t, 0, 2, at(20261102, 670), at(20261102, 690), model.ClaimConfirmed) // two things for one household
	p.help(t, 0, 3, at(20261102, 600), at(20261102, 700), model.ClaimVoid)      // came to nothing
	p.help(t, 0, 3, at(20261102, 600), 0, model.ClaimStarted)                   // and not yet
	p.help(t, 1, 3, at(20261102, 600), at(20261102, 700), model.ClaimConfirmed) // somebody else
	p.attend(t, 0, at(20261103, 480), at(20261103, 540))
	p.help(t, 0, 3, at(20261103, 540), at(20261103, 600), model.ClaimFinished) // after the check-out
	p.attend(t, 0, at(20261104, 480), 0)                                       // until noon
	p.help(t, 0, 3, at(20261104, 720), at(20261104, 780), model.ClaimFinished)
	p.declare(t, 0, at(20261104, 780), at(20261104, 900), model.DeclarationBooked)
	p.declare(t, 0, at(20261104, 800), at(20261104, 900), model.DeclarationRefused)
	p.declare(t, 0, at(20261104, 800), at(20261104, 900), model.DeclarationWithdrawn)
}

// reverseAll takes back the last n bookings.
func (p *past) reverseAll(t *testing.T, n int) {
	t.Helper()
	admin := p.Holder(model.RoleCommunityAdmin)
	for i := range n {
		key := fmt.Sprint("past ", p.booked-i)
		found, err := p.store.Points.TransfersByKey(t.Context(), []string{key})
		if err != nil || len(found) != 1 {
			t.Fatalf("%d, %v", len(found), err)
		}
		ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: admin.MemberID, Key: key, Replayed: func() {}})
		if _, err := p.ledger.Reverse(ctx, admin, found[0].ID, "记错"); err != nil {
			t.Fatal(err)
		}
	}
}

// flag is what a test wants to see.
type flag struct {
	kind    audit.Kind
	members []model.ID
	figures audit.Figures
	rows    []audit.Row
}

func (p *past) flags(t *testing.T, who model.Actor, q audit.Query) []*audit.Flag {
	t.Helper()
	report, err := p.Flags(t.Context(), who, q)
	if err != nil || !report.Complete {
		t.Fatalf("got %+v, %v", report, err)
	}
	return report.Items
}

// october is a query for all that these tests book.
var october = audit.Query{From: 20261001, To: 20261123}

func (p *past) want(t *testing.T, who model.Actor, q audit.Query, want ...flag) {
	t.Helper()
	got := p.flags(t, who, q)
	if len(got) != len(want) {
		for _, f := range got {
			t.Logf("got %+v", f)
		}
		t.Fatalf("%d flags, want %d", len(got), len(want))
	}
	for i, w := range want {
		f := got[i]
		var members []model.ID
		for _, m := range f.Members {
			members = append(members, m.ID)
			if (m.DisplayName == "") != (m.ID == 0) || m.ID != 0 && !strings.HasSuffix(m.DisplayName, "**") {
				t.Errorf("%d is shown as %q", m.ID, m.DisplayName)
			}
		}
		slices.Sort(members)
		slices.Sort(w.members)
		if f.Kind != w.kind || f.Figures != w.figures || !slices.Equal(members, w.members) || !slices.Equal(f.Rows, w.rows) {
			t.Errorf("flag %d: got %+v, want %+v", i, f, w)
		}
	}
}

func TestExactlyWhatWasPlantedIsFlagged(t *testing.T) {
	each(t, func(t *testing.T, p *past) {
		auditor := p.Holder(model.RoleAuditor)
		admin := p.Holder(model.RoleCommunityAdmin).MemberID
		p.givenCleanPast(t)
		p.want(t, auditor, october)

		a := p.help(t, 4, 5, at(20261110, 600), at(20261110, 660), model.ClaimConfirmed)
		b := p.attend(t, 4, at(20261110, 630), 0)
		c := p.attend(t, 4, at(20261110, 700), at(20261110, 705)) // during the other, which nobody left
		d := p.help(t, 4, 5, at(20261111, 650), at(20261111, 700), model.ClaimFinished)
		e := p.declare(t, 4, at(20261111, 600), at(20261111, 660), model.DeclarationDeclared)
		four := p.Resident(4).MemberID
		overlaps := []flag{
			{audit.Overlap, []model.ID{four}, audit.Figures{From: at(20261110, 630), To: at(20261110, 660)}, []audit.Row{b, a}},
			{audit.Overlap, []model.ID{four}, audit.Figures{From: at(20261110, 700), To: at(20261110, 705)}, []audit.Row{c, b}},
			{audit.Overlap, []model.ID{four}, audit.Figures{From: at(20261111, 650), To: at(20261111, 660)}, []audit.Row{d, e}},
		}
		p.want(t, auditor, october, overlaps...)

		there, back := p.book(t, 3, grant{helper: 8, helped: 9, amount: 10}), p.book(t, 3, grant{helper: 9, helped: 8, amount: 10})
		all := p.flags(t, auditor, audit.Query{From: 20261001, Kinds: []audit.Kind{audit.CircularPair}})
		if len(all) != 1 || len(all[0].Rows) != 8 { // they helped once before: eight helps nine, twice
			t.Fatalf("got %+v", all)
		}
		circular := flag{
			audit.CircularPair,
			[]model.ID{p.Resident(8).MemberID, p.Resident(9).MemberID},
			audit.Figures{Entries: 5, Amount: 50, BackTimes: 3, BackAmount: 30},
			all[0].Rows,
		}
		if !slices.Equal(all[0].Rows[:3], there) || !slices.Equal(all[0].Rows[5:], back) {
			t.Errorf("got %v, want %v and %v in it", all[0].Rows, there, back)
		}
		source := p.flags(t, auditor, audit.Query{From: 20261001, Kinds: []audit.Kind{audit.MainSource}})
		if len(source) != 1 || source[0].Figures != (audit.Figures{Unit: "points", Entries: 5, Amount: 50, Total: 50, Percent: 100}) {
			t.Fatalf("got %+v", source)
		}
		main := flag{audit.MainSource, circular.members, source[0].Figures, all[0].Rows[:5]}
		p.want(t, auditor, october, append(slices.Clone(overlaps), circular, main)...)

		rows := p.book(t, 1, grant{helper: 7, helped: -1, amount: 1, measure: model.Minutes, by: admin})
		declared := p.flags(t, auditor, audit.Query{From: 20261001, Kinds: []audit.Kind{audit.DeclaredShare, audit.DeclaredByActor}})
		figures := audit.Figures{Unit: "minutes", Entries: 5, Amount: 361, Total: 411, Percent: 87}
		if len(declared) != 2 || len(declared[0].Rows) != 5 || declared[0].Rows[0] != rows[0] {
			t.Fatalf("got %+v", declared)
		}
		p.want(t, auditor, october, append([]flag{
			{audit.DeclaredShare, nil, figures, declared[0].Rows}, {audit.DeclaredByActor, []model.ID{admin}, figures, declared[0].Rows},
		}, append(overlaps, circular, main)...)...)
	})
}

// office returns who holds a role, as if it were for one node.
func (p *past) office(kind model.NodeKind, node model.Node, role model.Role) model.Actor {
	who := p.Holder(role)
	who.Grants = []model.Grant{{Role: role, NodeID: node.ID, NodeKind: kind}}
	return who
}

func TestFlagsAreOfTheCallersReachAndOfTheTimeAskedFor(t *testing.T) {
	each(t, func(t *testing.T, p *past) {
		admin := p.Holder(model.RoleCommunityAdmin)
		rows := p.book(t, 60, grant{helper: 0, helped: -1, amount: 10, by: admin.MemberID, day: 20261012}) // in the first grid
		p.book(t, 5, grant{helper: 7, helped: -1, amount: 10, by: admin.MemberID, day: 20261013})          // in the second
		a := p.help(t, 0, 5, at(20261110, 600), at(20261110, 660), model.ClaimConfirmed)
		b := p.help(t, 0, 6, at(20261110, 650), at(20261111, 10), model.ClaimConfirmed)
		share := func(kind audit.Kind, entries int64, total int64, rows []audit.Row) flag {
			f := flag{kind, nil, audit.Figures{Unit: "points", Entries: entries, Amount: 10 * entries, Total: total, Percent: 100}, rows}
			if kind == audit.DeclaredByActor {
				f.members = []model.ID{0} // who lives elsewhere
			}
			return f
		}
		overlap := flag{
			audit.Overlap, []model.ID{p.Resident(0).MemberID}, audit.Figures{From: at(20261110, 650), To: at(20261110, 660)}, []audit.Row{b, a},
		}
		for _, who := range []model.Actor{p.office(model.KindGrid, p.Grids[0], model.RoleAuditor), p.office(model.KindUnit, model.Node{ID: p.Resident(0).Place.UnitID}, model.RoleCommunityAdmin)} {
			p.want(t, who, october, share(audit.DeclaredShare, 60, 600, rows[:50]), share(audit.DeclaredByActor, 60, 600, rows[:50]), overlap)
		}
		p.want(t, p.office(model.KindGrid, p.Grids[2], model.RoleAuditor), october)
		p.want(t, p.Others.Holder(model.RoleAuditor), october)
		for _, c := range []struct {
			q     audit.Query
			kinds string
		}{
			{audit.Query{}, "overlap"}, // October is over 30 days ago
			{audit.Query{Kinds: []audit.Kind{audit.Overlap, audit.MainSource}}, "overlap"},
			{audit.Query{Kinds: []audit.Kind{audit.DeclaredByActor}}, ""},
			{audit.Query{From: 20261001}, "declared_by_actor declared_share overlap"},
			{audit.Query{From: 20261001, Kinds: []audit.Kind{audit.DeclaredByActor}}, "declared_by_actor"},
			{audit.Query{From: 20261013, To: 20261013}, "declared_by_actor declared_share"},
			{audit.Query{From: 20261014, To: 20261109}, ""},
			{audit.Query{From: 20261111, To: 20261111}, ""}, // one of both was over
			{audit.Query{From: 20261112, To: 20261120}, ""},
		} {
			found := map[string]bool{}
			for _, f := range p.flags(t, p.Holder(model.RoleAuditor), c.q) {
				found[string(f.Kind)] = true
			}
			if got := strings.Join(slices.Sorted(maps.Keys(found)), " "); got != c.kinds {
				t.Errorf("%+v: got %q, want %q", c.q, got, c.kinds)
			}
		}
		for name, c := range map[string]struct {
			who  model.Actor
			q    audit.Query
			want error
		}{
			"a resident":       {p.Resident(0), october, model.ErrForbidden},
			"an organizer":     {p.Holder(model.RoleOrganizer), october, model.ErrForbidden},
			"nobody":           {model.Actor{MemberID: 1}, october, model.ErrUnbound},
			"ends before":      {admin, audit.Query{From: 20261102, To: 20261101}, model.ErrInvalid},
			"more than a year": {admin, audit.Query{From: 20250101, To: 20261101}, model.ErrInvalid},
		} {
			if _, err := p.Flags(t.Context(), c.who, c.q); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestPairsAcrossAreasAreFlagged has people of two areas help each other. Who audits one of them sees the pair, and
// only their own people by name.
func TestPairsAcrossAreasAreFlagged(t *testing.T) {
	each(t, func(t *testing.T, p *past) {
		id := func(i int) model.ID { return p.Resident(i).MemberID }
		there := p.book(t, 3, grant{helper: 0, helped: 12, amount: 10})
		back := p.book(t, 4, grant{helper: 12, helped: 0, amount: 10})
		p.book(t, 9, grant{helper: 0, helped: -1, amount: 10})
		p.book(t, 9, grant{helper: 12, helped: -1, amount: 10})
		second := p.book(t, 5, grant{helper: 13, helped: 1, amount: 10}) // 50 of 80 from one of the first area
		p.book(t, 3, grant{helper: 13, helped: -1, amount: 10})
		p.book(t, 5, grant{helper: 15, helped: 3, amount: 10}) // 50 of 110
		p.book(t, 6, grant{helper: 15, helped: -1, amount: 10})
		first := p.book(t, 6, grant{helper: 2, helped: 14, amount: 10}) // all from one of the second area
		inside := p.book(t, 5, grant{helper: 14, helped: 13, amount: 20})
		all := func(sees func(i int) model.ID) (flags []flag) {
			flags = []flag{{
				audit.CircularPair,
				[]model.ID{sees(0), sees(12)},
				audit.Figures{Entries: 3, Amount: 30, BackTimes: 4, BackAmount: 40},
				slices.Concat(there, back),
			}}
			for _, f := range []struct {
				helper, helped         int
				entries, amount, total int64
				rows                   []audit.Row
			}{{2, 14, 6, 60, 60, first}, {14, 13, 5, 100, 100, inside}, {13, 1, 5, 50, 80, second}} {
				if sees(f.helper) != 0 || sees(f.helped) != 0 {
					figures := audit.Figures{Unit: "points", Entries: f.entries, Amount: f.amount, Total: f.total, Percent: f.amount * 100 / f.total}
					flags = append(flags, flag{audit.MainSource, []model.ID{sees(f.helper), sees(f.helped)}, figures, f.rows})
				}
			}
			return flags
		}
		p.want(t, p.Holder(model.RoleAuditor), october, all(id)...)
		for _, area := range p.Areas {
			p.want(t, p.office(model.KindArea, area, model.RoleAuditor), october, all(func(r int) model.ID {
				if p.Resident(r).Place.AreaID != area.ID {
					return 0
				}
				return id(r)
			})...)
		}
		p.want(t, p.office(model.KindGrid, p.Grids[1], model.RoleAuditor), october)
	})
}

func TestAsManyFlagsAreToldAsThereIsRoomFor(t *testing.T) {
	each(t, func(t *testing.T, p *past) {
		auditor := p.Holder(model.RoleAuditor)
		for i := range 100 {
			from := at(20261101, 20*i)
			p.help(t, i%10, 12, from, from.Add(10*time.Minute), model.ClaimConfirmed)
			p.help(t, i%10, 13, from.Add(5*time.Minute), from.Add(11*time.Minute), model.ClaimConfirmed)
		}
		report, err := p.Flags(t.Context(), auditor, october)
		if err != nil || len(report.Items) != 100 || !report.Complete {
			t.Fatalf("%d flags, %+v, %v", len(report.Items), report, err)
		}
		p.help(t, 3, 12, at(20261120, 0), at(20261120, 9), model.ClaimConfirmed)
		p.help(t, 3, 13, at(20261120, 1), at(20261120, 2), model.ClaimConfirmed)
		if report, err = p.Flags(t.Context(), auditor, october); err != nil || len(report.Items) != 100 || report.Complete {
			t.Errorf("one more: %d flags, complete %t, %v", len(report.Items), report.Complete, err)
		}
	})
}

// TestMoreSourcesOfPresence sees that what another module knows of counts like claims and check-ins.
func TestMoreSourcesOfPresence(t *testing.T) {
	each(t, func(t *testing.T, p *past) {
		helper := p.Resident(0).MemberID
		request := p.help(t, 0, 1, at(20261110, 600), at(20261110, 660), model.ClaimConfirmed)
		declared := &model.Stay{MemberID: helper, Type: model.RefDeclared, ID: 77, PlaceID: 77, From: at(20261110, 659), To: at(20261110, 700)}
		a := audit.New(p.store, now, func(_ context.Context, _ *repository.Store, members []model.ID, from, to model.Instant) ([]*model.Stay, error) {
			if slices.Contains(members, helper) && declared.From < to && declared.To > from {
				return []*model.Stay{declared}, nil
			}
			return nil, nil
		})
		report, err := a.Flags(t.Context(), p.Holder(model.RoleAuditor), audit.Query{})
		if err != nil || len(report.Items) != 1 || !slices.Equal(report.Items[0].Rows, []audit.Row{{Type: model.RefDeclared, ID: 77}, request}) {
			t.Errorf("got %+v, %v", report, err)
		}
		p.want(t, p.Holder(model.RoleAuditor), audit.Query{})
		broken := audit.New(p.store, now, func(context.Context, *repository.Store, []model.ID, model.Instant, model.Instant) ([]*model.Stay, error) {
			return nil, model.ErrUnavailable
		})
		if _, err := broken.Flags(t.Context(), p.Holder(model.RoleAuditor), audit.Query{}); !errors.Is(err, model.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

package privacy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/privacy"
)

// bureau is a community with its rights of people, and a clock.
type bureau struct {
	*testworld.World
	t      *testing.T
	store  *repository.Store
	rights *privacy.Privacy
	blobs  *repository.Blobs
	now    model.Instant
}

// closed sweeps, lets those who are nobody by then be so for a while, and wants so many accounts closed.
func (b *bureau) closed(want int) {
	b.t.Helper()
	if n, err := b.rights.SweepErasures(b.t.Context()); n != 0 || err != nil {
		b.t.Errorf("at once, %d accounts are closed: %v", n, err)
	}
	b.now = b.now.Add(model.ErasureQuiet)
	if n, err := b.rights.SweepErasures(b.t.Context()); n != want || err != nil {
		b.t.Errorf("%d accounts are closed, want %d: %v", n, want, err)
	}
}

func eachBureau(t *testing.T, test func(t *testing.T, b *bureau)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		b := &bureau{World: testworld.New(t, store), t: t, store: store, now: testworld.Now}
		b.rights = privacy.New(store, func() model.Instant { return b.now })
		blobs, err := repository.OpenBlobs(t.Context(), "file://"+t.TempDir()+"?no_tmp_dir=true&metadata=skip")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = blobs.Close() })
		b.blobs = blobs
		b.rights.KeepExports(blobs, model.LinkKey("key"))
		test(t, b)
	})
}

func (b *bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bureau) want(what string, got, want error) {
	b.t.Helper()
	if !errors.Is(got, want) {
		b.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// made asks for a copy and has it made.
func (b *bureau) made(who model.Actor) *model.DataExport {
	b.t.Helper()
	e, err := b.rights.Export(b.t.Context(), who)
	b.must(err)
	_, err = b.rights.MakeExports(b.t.Context())
	b.must(err)
	e, err = b.rights.ExportOf(b.t.Context(), who, e.ID)
	b.must(err)
	return e
}

func TestACopyIsItsOwnersForADay(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, who, other := t.Context(), b.Resident(0), b.Resident(1)
		asked, err := b.rights.Export(ctx, who)
		b.must(err)
		_, err = b.rights.Export(ctx, who)
		b.want("asked while one is made", err, model.ErrExportRunning)
		_, err = b.rights.Open(ctx, who, asked.ID, 1<<40, "x")
		b.want("opened before it is made", err, model.ErrExportLink)
		_, err = b.rights.MakeExports(ctx)
		b.must(err)
		e, err := b.rights.ExportOf(ctx, who, asked.ID)
		b.must(err)
		until, signature := link(t, e.URL)
		open := func(who model.Actor, until int64, signature string) error {
			_, err := b.rights.Open(ctx, who, e.ID, until, signature)
			return err
		}
		b.want("opened", open(who, until, signature), nil)
		b.want("opened by another", open(other, until, signature), model.ErrNotFound)
		b.want("a forged end", open(who, until+1, signature), model.ErrExportLink)
		_, err = b.rights.ExportOf(ctx, other, e.ID)
		b.want("seen by another", err, model.ErrNotFound)
		b.now = e.LinkEnd - microsecond
		b.want("just before the link ends", open(who, until, signature), nil)
		b.now = e.LinkEnd
		b.want("when the link ends", open(who, until, signature), model.ErrExportLink)

		b.made(who)
		b.made(who)
		_, err = b.rights.Export(ctx, who)
		b.want("a fourth of the day", err, model.ErrExportsToday)

		b.now = e.ReadyAt.Add(model.ExportLife) - microsecond
		_, err = b.rights.MakeExports(ctx)
		b.must(err)
		if again, err := b.rights.ExportOf(ctx, who, e.ID); err != nil || again.URL == "" {
			t.Errorf("a microsecond before a day is over: %+v %v", again, err)
		}
		b.now += microsecond
		b.want("a day later, before it is swept", open(who, until, signature), model.ErrExportExpired)
		_, err = b.rights.MakeExports(ctx)
		b.must(err)
		if again, err := b.rights.ExportOf(ctx, who, e.ID); err != nil || again.URL != "" || again.Status != model.ExportExpired {
			t.Errorf("a day later: %+v %v", again, err)
		}
		b.want("a day later", open(who, until, signature), model.ErrExportExpired)
	})
}

// TestACopyIsMadeAgainWhenItsMakerDied takes the place where copies are kept away.
func TestACopyIsMadeAgainWhenItsMakerDied(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, who := t.Context(), b.Resident(0)
		gone, err := repository.OpenBlobs(ctx, "file://"+t.TempDir()+"?no_tmp_dir=true&metadata=skip")
		b.must(err)
		b.must(gone.Close())
		broken := privacy.New(b.store, func() model.Instant { return b.now })
		broken.KeepExports(gone, model.LinkKey("key"))
		e, err := b.rights.Export(ctx, who)
		b.must(err)
		if n, err := broken.MakeExports(ctx); n != 0 || err == nil {
			t.Errorf("%d copies are made: %v", n, err)
		}
		b.now = b.now.Add(model.ExportLease) - microsecond
		if n, err := b.rights.MakeExports(ctx); n != 0 || err != nil {
			t.Errorf("%d copies are made while another process may: %v", n, err)
		}
		b.now += microsecond
		if n, err := b.rights.MakeExports(ctx); n != 1 || err != nil {
			t.Errorf("%d copies are made: %v", n, err)
		}
		if e, err = b.rights.ExportOf(ctx, who, e.ID); err != nil || e.Status != model.ExportReady {
			t.Errorf("got %+v %v", e, err)
		}
		e, err = b.rights.Export(ctx, who)
		b.must(err)
		for range model.MaxExportTries + 1 {
			_, _ = broken.MakeExports(ctx)
			b.now = b.now.Add(model.ExportLease)
		}
		if e, err = b.rights.ExportOf(ctx, who, e.ID); err != nil || e.Status != model.ExportFailed {
			t.Errorf("given up: %+v %v", e, err)
		}
	})
}

// TestAFileThatStaysKeepsNoOther has a file that cannot be deleted: a directory is in its place.
func TestAFileThatStaysKeepsNoOther(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, dir := t.Context(), t.TempDir()
		blobs, err := repository.OpenBlobs(ctx, "file://"+dir+"?no_tmp_dir=true&metadata=skip")
		b.must(err)
		t.Cleanup(func() { _ = blobs.Close() })
		b.rights.KeepExports(blobs, model.LinkKey("key"))
		stays := b.made(b.Resident(0))
		b.now += microsecond
		goes := b.made(b.Resident(1))
		path := filepath.Join(dir, filepath.FromSlash(stays.Key()))
		b.must(errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o700)))
		b.now = b.now.Add(model.ExportLife)
		if _, err := b.rights.MakeExports(ctx); err == nil {
			t.Error("all files are deleted")
		}
		for _, c := range []struct {
			of   int
			e    *model.DataExport
			want model.ExportStatus
		}{{0, stays, model.ExportReady}, {1, goes, model.ExportExpired}} {
			if e, err := b.rights.ExportOf(ctx, b.Resident(c.of), c.e.ID); err != nil || e.Status != c.want {
				t.Errorf("got %+v %v, want %s", e, err, c.want)
			}
		}
	})
}

// TestNoCopyOutlivesItsOwner closes an account while a copy is made: its file goes, by its maker or, when that died, later.
func TestNoCopyOutlivesItsOwner(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		for i, dies := range []bool{false, true} {
			ctx, who := t.Context(), b.Resident(i)
			_, err := b.rights.Erase(ctx, who)
			b.must(err)
			b.now = b.now.Add(model.ErasureWait)
			e, err := b.rights.Export(ctx, who)
			b.must(err)
			died := errors.New("died")
			err = b.rights.MakeSlowly(ctx, e.ID, func() error {
				b.closed(1)
				if dies {
					return died
				}
				return nil
			})
			if dies {
				b.want("a maker that dies", err, died)
				_, err = b.rights.MakeExports(ctx)
			}
			b.must(err)
			if _, err := b.blobs.Get(ctx, e.Key()); err == nil {
				t.Errorf("the file is there, died %t", dies)
			}
			if e, err = b.rights.ExportOf(ctx, who, e.ID); err != nil || e.URL != "" || e.Status == model.ExportMaking || e.Closed != e.ID {
				t.Errorf("got %+v %v", e, err)
			}
		}
	})
}

func TestErasureWaitsAndIsCancelled(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, who := t.Context(), b.Resident(0)
		_, err := b.rights.CancelErasure(ctx, who)
		b.want("cancelled before it is asked for", err, model.ErrNotFound)
		_, err = b.rights.Erase(ctx, who)
		b.must(err)
		_, err = b.rights.Erase(ctx, who)
		b.want("asked for twice", err, model.ErrErasureAsked)
		b.now = b.now.Add(model.ErasureWait) - microsecond
		if n, err := b.rights.SweepErasures(ctx); n != 0 || err != nil {
			t.Errorf("a microsecond early, %d accounts are closed: %v", n, err)
		}
		_, err = b.rights.CancelErasure(ctx, who)
		b.must(err)
		_, err = b.rights.CancelErasure(ctx, who)
		b.want("cancelled twice", err, model.ErrErasureState)
		b.now += microsecond
		if n, err := b.rights.SweepErasures(ctx); n != 0 || err != nil {
			t.Errorf("%d cancelled accounts are closed: %v", n, err)
		}
		if m, err := b.store.Members.Get(ctx, who.MemberID); err != nil || m.Erased() || m.Name == "" {
			t.Errorf("got %+v %v", m, err)
		}
		_, err = b.rights.Erase(ctx, who)
		b.must(err)
		b.now = b.now.Add(model.ErasureWait)
		b.must(b.rights.Kill(ctx, who.MemberID, 1))
		_, err = b.rights.CancelErasure(ctx, who)
		b.want("cancelled once it began", err, model.ErrErasureState)
		b.now = b.now.Add(model.ErasureQuiet) - microsecond
		if n, err := b.rights.SweepErasures(ctx); n != 0 || err != nil {
			t.Errorf("while tokens are trusted, %d accounts are closed: %v", n, err)
		}
		b.now += microsecond
		if n, err := b.rights.SweepErasures(ctx); n != 1 || err != nil {
			t.Errorf("%d accounts are closed: %v", n, err)
		}
		_, err = b.rights.CancelErasure(ctx, who)
		b.want("cancelled when it is over", err, model.ErrErasureState)
	})
}

// TestABoundLoginIsNotErased asks for the closing of an account before the login is bound.
func TestABoundLoginIsNotErased(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, person := t.Context(), b.Members[0].ID
		logins := []model.ID{}
		for range 2 {
			m := model.NewPlaceholder(b.store.NewID(), b.now)
			b.must(b.store.Members.Create(ctx, m))
			_, err := b.rights.Erase(ctx, model.Actor{MemberID: m.ID})
			b.must(err)
			logins = append(logins, m.ID)
		}
		b.must(b.store.Tx(ctx, func(tx *repository.Store) error {
			return errors.Join(tx.Members.Merge(ctx, logins[0], person, b.now), tx.Members.Merge(ctx, logins[1], person, b.now), b.rights.Carry(ctx, tx, logins[0], person))
		}))
		b.now = b.now.Add(model.ErasureWait)
		b.must(b.rights.Kill(ctx, logins[1], 1)) // bound by a program that did not cancel it
		b.closed(1)
		if e, err := b.store.Erasures.Latest(ctx, logins[0]); err != nil || e.Status != model.ErasureCancelled {
			t.Errorf("got %+v %v", e, err)
		}
		for _, id := range logins {
			if m, err := b.store.Members.Get(ctx, id); err != nil || m.MergedInto != person {
				t.Errorf("the login is %+v %v", m, err)
			}
		}
		if m, err := b.store.Members.Get(ctx, person); err != nil || m.Name == "" || m.MergedInto != 0 {
			t.Errorf("the person is %+v %v", m, err)
		}
	})
}

// TestADutyIsNamedOnce has somebody help with a request and wait for another place in it.
func TestADutyIsNamedOnce(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, asker, helper := t.Context(), b.Resident(1), b.Resident(0)
		r := &model.HelpRequest{
			ID: b.store.NewID(), Place: asker.Place, RequesterID: asker.MemberID, CreatedBy: asker.MemberID, Category: "errand", Title: "取快递", Skills: []string{}, Status: model.RequestClaimed, Version: 1, CreatedAt: b.now, UpdatedAt: b.now,
		}
		b.must(b.store.Requests.Create(ctx, r))
		for _, status := range []model.ClaimStatus{model.ClaimActive, model.ClaimWaiting} {
			b.must(b.store.Requests.AddClaim(ctx, &model.Claim{ID: b.store.NewID(), RequestID: r.ID, HelperID: helper.MemberID, Status: status, ClaimedAt: b.now}))
		}
		l, err := b.rights.Leaving(ctx, helper)
		b.must(err)
		if len(l.Hindrances) != 1 || l.Hindrances[0].Code != "claims" || l.Hindrances[0].Count != 1 || !slices.Equal(l.Hindrances[0].IDs, []model.ID{r.ID}) {
			t.Errorf("got %+v", l.Hindrances)
		}
	})
}

func TestOpenDutiesKeepAnAccount(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, who, admin := t.Context(), b.Resident(0), b.Holder(model.RoleCommunityAdmin)
		_, err := b.rights.Erase(ctx, admin)
		b.want("the last administrator", err, model.ErrErasureDuties)
		_, err = b.store.Erasures.Latest(ctx, admin.MemberID)
		b.want("what is left of a refused erasure", err, model.ErrNotFound)
		_, err = b.rights.Erase(ctx, who)
		b.must(err)
		shift := &model.Shift{
			ID: b.store.NewID(), CommunityID: who.Place.CommunityID, MemberID: who.MemberID, Status: model.ShiftPublished, Day: 20261201, StartsAt: b.now, EndsAt: b.now.Add(100 * 24 * hour), Version: 1,
		}
		b.must(b.store.Reception.AddRoster(ctx, &model.Roster{ID: b.store.NewID(), CommunityID: who.Place.CommunityID, Status: model.RosterPublished, Gaps: []model.Gap{}, Shifts: []*model.Shift{shift}}))
		b.now = b.now.Add(model.ErasureWait)
		for range 2 {
			if n, err := b.rights.SweepErasures(ctx); n != 0 || err != nil {
				t.Errorf("with a duty, %d accounts are closed: %v", n, err)
			}
		}
		l, err := b.rights.Leaving(ctx, who)
		b.must(err)
		if len(l.Hindrances) != 1 || l.Hindrances[0].Code != "shifts" || l.Hindrances[0].Kind != "shift" || !slices.Equal(l.Hindrances[0].IDs, []model.ID{shift.ID}) || l.Erasure.Status != model.ErasureWaiting || len(l.Kept) == 0 {
			t.Errorf("got %+v", l)
		}
		box, err := b.store.Notices.List(ctx, who.MemberID, false, 0, 10)
		b.must(err)
		if len(box) != 2 || box[0].Title != "注销暂缓" {
			t.Errorf("the notices are %+v", box)
		}
		b.now = shift.EndsAt
		b.must(b.rights.Kill(ctx, who.MemberID, 1))
		late := &model.HelpRequest{
			ID: b.store.NewID(), Place: who.Place, RequesterID: who.MemberID, CreatedBy: who.MemberID, Category: "errand", Title: "取快递", Skills: []string{}, Status: model.RequestOpen, Version: 1, CreatedAt: b.now, UpdatedAt: b.now,
		}
		b.must(b.store.Requests.Create(ctx, late)) // by a token that another process trusts
		b.now = b.now.Add(model.ErasureQuiet)
		b.closed(0)
		if m, err := b.store.Members.Get(ctx, who.MemberID); err != nil || !m.Erased() {
			t.Errorf("got %+v %v", m, err)
		}
		late.Status, late.Version = model.RequestCancelled, late.Version+1
		b.must(b.store.Requests.Update(ctx, late))
		b.now = b.now.Add(model.ErasureRetry)
		if n, err := b.rights.SweepErasures(ctx); n != 1 || err != nil {
			t.Errorf("with no duty, %d accounts are closed: %v", n, err)
		}
	})
}

// TestTheLedgerIsCleanAfterAnErasure pays somebody, closes their account, and has the program check all of it.
func TestTheLedgerIsCleanAfterAnErasure(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, who, admin := t.Context(), b.Resident(0), b.Holder(model.RoleCommunityAdmin)
		l := ledger.New(b.store, func() model.Instant { return b.now })
		posting, stop := context.WithCancel(ctx)
		var posted sync.WaitGroup
		posted.Go(func() { _ = l.Run(posting) })
		defer func() { stop(); posted.Wait() }()
		award := func(code string) error {
			key := &model.Idempotency{Member: admin.MemberID, Key: fmt.Sprint(code, b.now), Replayed: func() {}}
			_, err := l.Award(model.WithIdempotency(ctx, key), admin, ledger.Award{Member: who.MemberID, Amount: 30, Code: code, Memo: "帮忙"})
			return err
		}
		b.must(errors.Join(award("ADJUST"), award("MINUTES")))
		certificate, err := l.Certify(ctx, who, ledger.CertificateQuery{From: 20261101, To: 20261123})
		b.must(err)
		b.must(l.SealAll(ctx))
		_, err = b.rights.Erase(ctx, who)
		b.must(err)
		b.now = b.now.Add(model.ErasureWait)
		b.closed(1)
		stop()
		posted.Wait()
		l = ledger.New(b.store, func() model.Instant { return b.now }) // nobody posts: who is not there is refused before that
		checks, _, err := l.Verify(ctx, ledger.VerifyOptions{})
		b.must(err)
		for _, c := range checks {
			if c.Total > 0 {
				t.Errorf("%+v", c)
			}
		}
		if seen, err := l.Certificate(ctx, admin, certificate.Number); err != nil || seen.Member.DisplayName != model.ErasedName || seen.VerifiedMinutes+seen.DeclaredMinutes != 30 {
			t.Errorf("the certificate is %+v %v", seen, err)
		}
		b.want("paid", award("ADJUST"), model.ErrNotFound)
	})
}

func TestRightsAreAnsweredBySomebodyElse(t *testing.T) {
	eachBureau(t, func(t *testing.T, b *bureau) {
		ctx, who, admin := t.Context(), b.Resident(0), b.Holder(model.RoleCommunityAdmin)
		_, err := b.rights.AskRight(ctx, who, model.RightAccess, " ")
		b.want("without words", err, model.ErrInvalid)
		_, err = b.rights.AskRight(ctx, model.Actor{MemberID: who.MemberID}, model.RightAccess, "看看")
		b.want("by nobody yet", err, model.ErrUnbound)
		r, err := b.rights.AskRight(ctx, who, model.RightCorrect, "姓名写错了")
		b.must(err)
		if want := model.Day(20261214).End(); r.DueAt != want {
			t.Errorf("it is due at %v, want %v", r.DueAt, want)
		}
		own, err := b.rights.AskRight(ctx, admin, model.RightExplain, "积分怎么算")
		b.must(err)
		for range model.MaxOpenRights - 1 {
			_, err = b.rights.AskRight(ctx, who, model.RightExplain, "怎么算")
			b.must(err)
		}
		_, err = b.rights.AskRight(ctx, who, model.RightDelete, "删")
		b.want("a sixth that waits", err, model.ErrRightOpen)
		answer := func(by model.Actor, id model.ID, text string) error {
			_, err := b.rights.AnswerRight(ctx, by, id, true, text)
			return err
		}
		b.want("by a neighbour", answer(b.Resident(1), r.ID, "不"), model.ErrForbidden)
		b.want("in another community", answer(b.Others.Holder(model.RoleCommunityAdmin), r.ID, "不"), model.ErrNotFound)
		b.want("one's own", answer(admin, own.ID, "不"), model.ErrRightOwn)
		b.want("without a reason", answer(admin, r.ID, " "), model.ErrInvalid)
		b.now = r.DueAt
		list, err := b.rights.RightsToAnswer(ctx, admin, model.RightOpen, model.Page{Limit: 100})
		b.must(err)
		if len(list.Items) != 1+model.MaxOpenRights || !list.Items[0].Overdue || list.Items[0].Member.ID != who.MemberID {
			t.Errorf("got %d %+v", len(list.Items), list.Items[0])
		}
		b.want("answered", answer(admin, r.ID, "须提供证明"), nil)
		b.want("answered twice", answer(admin, r.ID, "不"), model.ErrRightState)
		mine, err := b.rights.RightsAsked(ctx, who, model.Page{Limit: 100})
		b.must(err)
		if last := mine.Items[len(mine.Items)-1]; last.Status != model.RightRefused || last.Answer != "须提供证明" || last.Overdue {
			t.Errorf("got %+v", last)
		}
		_, err = b.rights.RightsToAnswer(ctx, who, "", model.Page{})
		b.want("listed by a neighbour", err, model.ErrForbidden)
	})
}

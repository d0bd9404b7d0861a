package disclosure_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/disclosure"
)

// many has the organizer publish verified work of a crowd, which is written into the tables at once.
func (h *hall) many(t *testing.T, crowd []model.Actor) *model.Publication {
	t.Helper()
	err := h.store.Tx(t.Context(), func(tx *repository.Store) error {
		for _, who := range crowd {
			in := work()
			d := &model.Declaration{
				ID: h.store.NewID(), Place: who.Place, MemberID: who.MemberID, DeclaredBy: who.MemberID, VerifiedBy: h.worker.MemberID, Code: in.Code,
				RuleVersion: 1, Credit: in.Credit, StartedAt: in.StartedAt, EndedAt: in.EndedAt, Description: in.Description, Evidence: in.Evidence,
				Status: model.DeclarationVerified, Version: 2, CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
			}
			if err := tx.Declarations.Create(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{Kind: model.PublishDeclarations, Scope: h.Grids[0].ID, Title: "申报"})
	return must(t, p, err)
}

func TestSweepersBookOnce(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		crowd := h.Crowd(120)
		p := h.many(t, crowd)
		h.wait(week)
		var all sync.WaitGroup
		var booked atomic.Int64
		for range 6 {
			all.Go(func() {
				n, err := h.Sweep(context.WithoutCancel(t.Context()))
				if err != nil {
					t.Error(err)
				}
				booked.Add(int64(n))
			})
		}
		all.Wait()
		if booked.Load() != 120 {
			t.Errorf("%d were booked, want 120", booked.Load())
		}
		h.wantPublication(t, p.ID, model.PublicationFinal)
		for _, who := range crowd {
			h.wantWallet(t, who, 10, 60)
		}
		h.wantClean(t)
	})
}

// TestASweepTakesUpWhereAnotherBroke breaks a sweep off at each time that it looks at the clock: before,
// between and within its transactions.
func TestASweepTakesUpWhereAnotherBroke(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		crowd := h.Crowd(110)
		p := h.many(t, crowd)
		h.wait(week)
		var partly, done int
		for at := int64(1); ; at++ {
			ctx, stop := context.WithCancel(t.Context())
			var looks atomic.Int64
			broken := disclosure.New(h.store, h.ledger, func() model.Instant {
				if looks.Add(1) == at {
					stop()
				}
				return h.clock()
			})
			n, err := broken.Sweep(ctx)
			stop()
			if done += n; looks.Load() < at {
				if err != nil || n != 0 {
					t.Errorf("whole again: %d, %v", n, err)
				}
				break
			}
			if !errors.Is(err, model.ErrUnavailable) && done < 110 {
				t.Errorf("broken off at %d: %v", at, err)
			}
			if done > 0 && done < 110 {
				partly++
			}
			booked, err := h.store.Declarations.OfPublication(t.Context(), p.ID, model.DeclarationBooked)
			if len(must(t, booked, err)) != done {
				t.Fatalf("%d are booked after %d were told", len(booked), done)
			}
		}
		if done != 110 || partly == 0 {
			t.Errorf("%d were booked, broken off %d times in the middle", done, partly)
		}
		h.wantPublication(t, p.ID, model.PublicationFinal)
		for _, who := range crowd {
			h.wantWallet(t, who, 10, 60)
		}
		h.wantClean(t)
	})
}

func TestAppealsRaceTheSweep(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		both := h.Crowd(120)
		crowd, appellants := both[:60], both[60:]
		p := h.many(t, crowd)
		h.wait(week - time.Microsecond)
		ctx := context.WithoutCancel(t.Context())
		appealed := make([]bool, len(crowd))
		var all sync.WaitGroup
		for i, who := range appellants {
			all.Go(func() {
				if i == len(appellants)/2 {
					h.wait(time.Microsecond) // the time is over
				}
				switch _, err := h.Appeal(ctx, who, p.ID, disclosure.Objection{ItemNo: i + 1, Reason: "不实"}); {
				case err == nil:
					appealed[i] = true
				case !errors.Is(err, model.ErrAppealWindow) && !errors.Is(err, model.ErrDeclarationState):
					t.Error(err)
				}
			})
		}
		for range 3 {
			all.Go(func() {
				for range 5 {
					if _, err := h.Sweep(ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if _, err := h.Sweep(ctx); err != nil {
			t.Error(err)
		}
		for i, who := range crowd {
			if appealed[i] {
				h.wantWallet(t, who, 0, 0)
			} else {
				h.wantWallet(t, who, 10, 60)
			}
		}
		h.wantClean(t)
	})
}

// TestAClockThatIsBehind appeals by the clock of one process against what another has booked already.
func TestAClockThatIsBehind(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		p, _ := h.published(t, h.Resident(0), h.Resident(1))
		a := h.appealed(t, h.Resident(2), p, 2)
		a, err := h.Resolve(t.Context(), h.admin, a.ID, model.Ruling{Result: model.Rejected, Reason: "属实"})
		must(t, a, err)
		behind := disclosure.New(h.store, h.ledger, func() model.Instant { return testworld.Now })
		h.wait(week)
		h.wantSwept(t, 1)
		if _, err := behind.Appeal(t.Context(), h.Resident(3), p.ID, disclosure.Objection{ItemNo: 1, Reason: "不实"}); !errors.Is(err, model.ErrDeclarationState) {
			t.Errorf("an appeal against what is booked: %v", err)
		}
		h.now.Store(int64(a.ReviewUntil))
		h.wantSwept(t, 1)
		h.wantPublication(t, p.ID, model.PublicationFinal)
		if _, err := behind.AskReview(t.Context(), h.Resident(2), a.ID, "不服"); !errors.Is(err, model.ErrReviewWindow) {
			t.Errorf("a review of what is booked: %v", err)
		}
		if _, err := behind.Appeal(t.Context(), h.Resident(3), p.ID, disclosure.Objection{ItemNo: 1, Reason: "不实"}); !errors.Is(err, model.ErrAppealWindow) {
			t.Errorf("an appeal against what is final: %v", err)
		}
		if _, err := behind.Unpublish(t.Context(), h.organizer, p.ID, "有误"); !errors.Is(err, model.ErrPublicationState) {
			t.Errorf("withdrawn when it is final: %v", err)
		}
	})
}

func TestOneThatCannotBeBookedKeepsNoOthersWaiting(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		p, all := h.published(t, h.Resident(0), h.Resident(1), h.Resident(2))
		// A wallet that is full to the brim: the ledger takes nothing more.
		brim := h.award(t, h.Resident(1), model.Points, model.Verified, 1<<63-5, testworld.Now, 1)
		other, _ := h.published(t, h.Resident(3))
		h.wait(week)
		n, err := h.Sweep(t.Context())
		if n != 3 || err == nil {
			t.Errorf("%d were booked, %v", n, err)
		}
		h.wantWork(t, all[1].ID, model.DeclarationPublished)
		h.wantPublication(t, p.ID, model.PublicationOpen)
		h.wantPublication(t, other.ID, model.PublicationFinal)
		h.wantWallet(t, h.Resident(2), 10, 60)
		h.reverse(t, brim)
		h.wantSwept(t, 1)
		h.wantPublication(t, p.ID, model.PublicationFinal)
	})
}

// TestCapsHoldForDeclaredWork books three pieces of one day's work by a rule that grants 15 points a day.
func TestCapsHoldForDeclaredWork(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		rules := model.DefaultRules(h.Community.ID)
		rules.Version, rules.EffectiveDay = 2, 20260101
		for _, r := range rules.Items {
			if r.Version = 2; r.Code == model.RuleAdjust {
				r.Caps.Day = 15
			}
		}
		if err := h.store.Points.AddRules(t.Context(), rules); err != nil {
			t.Fatal(err)
		}
		bare := work()
		bare.Credit.Minutes = 0
		d, err := h.Declare(t.Context(), h.Resident(0), bare)
		d, err = h.Verify(t.Context(), h.worker, must(t, d, err).ID)
		last := must(t, d, err)
		p, all := h.published(t, h.Resident(0), h.Resident(0))
		h.wait(week)
		h.wantSwept(t, 3)
		h.wantWallet(t, h.Resident(0), 15, 120)
		h.wantPublication(t, p.ID, model.PublicationFinal)
		for _, c := range []struct {
			id     model.ID
			status model.DeclarationStatus
			want   model.Credit
		}{
			{last.ID, model.DeclarationBooked, model.Credit{Points: 10}},
			{all[0].ID, model.DeclarationBooked, model.Credit{Points: 5, Minutes: 60}},
			{all[1].ID, model.DeclarationBooked, model.Credit{Minutes: 60}},
		} {
			d := h.wantWork(t, c.id, c.status)
			if d.Booked != c.want || (d.Reason == "") != (c.want.Points == 10) || d.TransferID == 0 {
				t.Errorf("got %+v, want %+v", d, c.want)
			}
		}
		again, err := h.Declare(t.Context(), h.Resident(0), bare)
		again, err = h.Verify(t.Context(), h.worker, must(t, again, err).ID)
		must(t, again, err)
		h.published(t)
		h.wait(week)
		h.wantSwept(t, 0)
		if d := h.wantWork(t, again.ID, model.DeclarationRefused); d.Reason != model.ErrCapped.Message {
			t.Errorf("got %+v", d)
		}
		h.wantClean(t)
	})
}

func TestWhatWasChangedByHandIsNotBooked(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		work := h.verified(t, h.Resident(0))[0]
		member, err := h.store.Members.Get(t.Context(), h.Resident(0).MemberID)
		must(t, member, err)
		var forged []model.ID
		for _, kind := range model.PublicationKinds() {
			p := &model.Publication{
				ID: h.store.NewID(), Place: h.Grids[0].Place, ScopeNodeID: h.Grids[0].ID, ScopeKind: model.KindGrid, Kind: kind, Title: "公示",
				CreatedBy: h.organizer.MemberID,
			}
			item := model.NewItem(member, testworld.Now.Day())
			item.Code, item.RuleVersion, item.EndedAt, item.Declared = work.Code, work.RuleVersion, work.EndedAt, work.Credit
			if kind == model.PublishPoints {
				p.FromDay, p.ToDay = 20261101, 20261123
			} else {
				item.DeclarationID = work.ID
			}
			if err := p.Open(0, testworld.Now); err != nil {
				t.Fatal(err)
			}
			p.Freeze([]*model.PublicationItem{item})
			item.Declared.Points = 1000
			err := h.store.Tx(t.Context(), func(tx *repository.Store) error {
				if kind == model.PublishDeclarations {
					if err := tx.Declarations.Publish(t.Context(), p, []model.ID{work.ID}, testworld.Now); err != nil {
						return err
					}
				}
				return tx.Publications.Create(t.Context(), p, []*model.PublicationItem{item})
			})
			if err != nil {
				t.Fatal(err)
			}
			forged = append(forged, p.ID)
		}
		h.wait(week)
		if n, err := h.Sweep(t.Context()); n != 0 || !errors.Is(err, model.ErrSnapshot) {
			t.Errorf("%d were booked, %v", n, err)
		}
		for _, id := range forged {
			h.wantPublication(t, id, model.PublicationOpen)
		}
		h.wantWork(t, work.ID, model.DeclarationPublished)
		h.wantWallet(t, h.Resident(0), 0, 0)
	})
}

// publishedMany adds more publications than are looked up at a time, with the items that freeze gives the n-th.
func (h *hall) publishedMany(t *testing.T, freeze func(n int, p *model.Publication) []*model.PublicationItem) {
	t.Helper()
	err := h.store.Tx(t.Context(), func(tx *repository.Store) error {
		for n := range 130 {
			p := &model.Publication{ID: h.store.NewID(), Kind: model.PublishPoints, Title: "积分", FromDay: 20261101, ToDay: 20261101, Snapshot: []byte{}}
			if err := p.Open(3, testworld.Now); err != nil {
				return err
			}
			if err := tx.Publications.Create(t.Context(), p, freeze(n, p)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheSweepComesToEveryPublication(t *testing.T) {
	once(t, func(t *testing.T, h *hall) {
		h.publishedMany(t, func(_ int, p *model.Publication) []*model.PublicationItem { // all of them waiting for nothing
			p.Freeze(nil)
			return nil
		})
		h.wait(week)
		h.wantSwept(t, 0)
		left, err := h.store.Publications.Due(t.Context(), h.clock(), 0, 200)
		if len(must(t, left, err)) != 0 {
			t.Errorf("%d are left", len(left))
		}
	})
}

package market_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
)

// givenTwoDone takes a request of the first resident through to done, helped by two for an hour each.
func (s *square) givenTwoDone(t *testing.T) (id model.ID, claims []model.ID) {
	t.Helper()
	ctx := t.Context()
	in := errand
	in.Slots = 2
	id = s.givenRequest(t, s.Resident(0), in)
	var r *model.HelpRequest
	for i := 1; i <= 2; i++ {
		r = s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(ctx, s.Resident(i), id) })
	}
	for i := 1; i <= 2; i++ {
		r = s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.Start(ctx, s.Resident(i), id) },
			func() (*model.HelpRequest, error) { return s.Finish(ctx, s.Resident(i), id, 60, "") })
	}
	for _, c := range r.Claims {
		claims = append(claims, c.ID)
	}
	return id, claims
}

func (s *square) wantBooksInOrder(t *testing.T) {
	t.Helper()
	if err := s.ledger.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	checks, _, err := s.ledger.Verify(t.Context(), ledger.VerifyOptions{})
	for _, c := range checks {
		if c.Total > 0 {
			t.Errorf("%s: %v", c.Name, c.Differences)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestPartialConfirmation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker := t.Context(), s.Resident(0)
		id, claims := s.givenTwoDone(t)
		verdicts := []model.Verdict{{ClaimID: claims[0], Outcome: model.OutcomePartly, Minutes: 40}, {ClaimID: claims[1], Outcome: model.OutcomeAbsent}}
		bad := []model.Verdict{{ClaimID: claims[0], Outcome: model.OutcomeAbsent}, {ClaimID: claims[1], Outcome: model.OutcomeAbsent}}
		if _, err := s.Confirm(ctx, asker, id, market.Review{Rating: 3, Verdicts: bad}); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("nobody came: %v", err)
		}
		s.wantStatuses(t, id, model.RequestDone, model.ClaimFinished, model.ClaimFinished)
		if _, err := s.Confirm(ctx, asker, id, market.Review{Rating: 3, Verdicts: verdicts}); err != nil {
			t.Fatal(err)
		}
		s.wantStatuses(t, id, model.RequestConfirmed, model.ClaimConfirmed, model.ClaimMissed)
		s.wantBalance(t, s.Resident(1), 6, 40) // 10 points for 60 minutes, rounded down
		s.wantBalance(t, s.Resident(2), 0, 0)
		if rel, err := s.Reliability(ctx, s.Resident(2), s.Resident(2).MemberID); err != nil || rel.Missed != 1 || rel.Done != 0 {
			t.Errorf("got %+v, %v", rel, err)
		}
		s.wantBooksInOrder(t)
	})
}

func TestADisputeAfterTheConfirmationMovesPointsBothWays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker, helper, secretary := t.Context(), s.Resident(0), s.Resident(2), s.Holder(model.RoleSecretary)
		id, claims := s.givenTwoDone(t)
		verdicts := []model.Verdict{{ClaimID: claims[1], Outcome: model.OutcomePartly, Minutes: 30}}
		s.wantAll(t, func() (*model.HelpRequest, error) {
			return s.Confirm(ctx, asker, id, market.Review{Rating: 5, Verdicts: verdicts})
		})
		if _, err := s.Dispute(ctx, s.Resident(1), id, "x"); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("by who got all they reported: %v", err)
		}
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.Dispute(ctx, helper, id, "我做满了一小时") })
		d, err := s.DisputeOf(ctx, helper, id)
		if err != nil || d.Mediator.ID != secretary.MemberID || d.Opener.ID != helper.MemberID {
			t.Fatalf("got %+v, %v", d, err)
		}
		for name, c := range map[string]struct {
			who  model.Actor
			want error
		}{
			"a neighbour": {s.Resident(5), model.ErrForbidden}, "a stranger": {s.Others.Resident(0), model.ErrNotFound}, "who asked": {asker, nil}, "the mediator": {secretary, nil},
		} {
			if _, err := s.Testify(ctx, c.who, id, "我看到了"); !errors.Is(err, c.want) {
				t.Errorf("a statement by %s: got %v, want %v", name, err, c.want)
			}
			if _, err := s.DisputeOf(ctx, c.who, id); !errors.Is(err, c.want) {
				t.Errorf("read by %s: got %v, want %v", name, err, c.want)
			}
		}
		if _, err := s.Testify(ctx, asker, id, ""); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("nothing said: %v", err)
		}
		if list, err := s.Disputes(ctx, secretary, false, model.Page{}); err != nil || len(list.Items) != 1 {
			t.Errorf("the mediator's list is %+v, %v", list, err)
		}
		if _, err := s.Resolve(ctx, s.Housemate(0), id, true, "x", nil); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("resolved by the household: %v", err)
		}
		// The first came for less, the second as reported.
		ruling := []model.Verdict{{ClaimID: claims[0], Outcome: model.OutcomePartly, Minutes: 12}}
		r, err := s.Resolve(ctx, secretary, id, true, "看过聊天记录", ruling)
		if err != nil || r.Status != model.RequestConfirmed {
			t.Fatalf("it is %s, %v", r.Status, err)
		}
		s.wantBalance(t, s.Resident(1), 2, 12)
		s.wantBalance(t, helper, 10, 60)
		if _, err := s.Dispute(ctx, asker, id, "还是不对"); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("disputed twice: %v", err)
		}
		if d, err := s.DisputeOf(ctx, asker, id); err != nil || d.Outcome != model.DisputeUpheld || len(d.Evidence) != 2 {
			t.Errorf("got %+v, %v", d, err)
		}
		if _, err := s.Testify(ctx, asker, id, "太晚了"); !errors.Is(err, model.ErrDisputeState) {
			t.Errorf("after the ruling: %v", err)
		}
		s.wantBooksInOrder(t)
	})
}

func TestADisputeThatIsClosedTakesAllBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker := t.Context(), s.Resident(0)
		id, _ := s.givenTwoDone(t)
		s.wait(model.ConfirmAfter)
		s.swept(t)
		s.wantStatuses(t, id, model.RequestConfirmed, model.ClaimConfirmed, model.ClaimConfirmed)
		s.wantBalance(t, s.Resident(1), 10, 60)
		s.wait(model.ObjectWithin - time.Second)
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.Dispute(ctx, asker, id, "我不在家，没有人来过") },
			func() (*model.HelpRequest, error) {
				return s.Resolve(ctx, s.Holder(model.RoleSecretary), id, false, "没有来", nil)
			})
		s.wantStatuses(t, id, model.RequestClosed, model.ClaimVoid, model.ClaimVoid)
		for i := 1; i <= 2; i++ {
			s.wantBalance(t, s.Resident(i), 0, 0)
		}
		s.wantBooksInOrder(t)
	})
}

func TestTheMediatorIsNoParty(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, secretary := t.Context(), s.Holder(model.RoleSecretary)
		id := s.givenRequest(t, s.Resident(0), errand)
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.Claim(ctx, secretary, id) },
			func() (*model.HelpRequest, error) { return s.Start(ctx, secretary, id) },
			func() (*model.HelpRequest, error) { return s.Finish(ctx, secretary, id, 20, "") },
			func() (*model.HelpRequest, error) { return s.Dispute(ctx, s.Resident(0), id, "没有来") })
		d, err := s.DisputeOf(ctx, s.Resident(0), id)
		if err != nil || d.Mediator.ID != s.Holder(model.RoleGridWorker).MemberID {
			t.Errorf("the mediator is %+v, %v", d, err)
		}
		if _, err := s.Resolve(ctx, secretary, id, true, "x", nil); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("resolved by a party: %v", err)
		}
		s.wantAll(t, func() (*model.HelpRequest, error) {
			return s.Confirm(ctx, s.Resident(0), id, market.Review{Rating: 5})
		})
		if d, err = s.DisputeOf(ctx, s.Resident(0), id); err != nil || d.Outcome != model.DisputeSettled {
			t.Errorf("got %+v, %v", d, err)
		}
		s.wantBalance(t, secretary, 10, 20)
	})
}

func TestARulingClearsWhoHadCome(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, asker, helper := t.Context(), s.Resident(0), s.Resident(2)
		id, claims := s.givenTwoDone(t)
		absent := []model.Verdict{{ClaimID: claims[1], Outcome: model.OutcomeAbsent}}
		s.wantAll(t,
			func() (*model.HelpRequest, error) {
				return s.Confirm(ctx, asker, id, market.Review{Rating: 5, Verdicts: absent})
			},
			func() (*model.HelpRequest, error) { return s.Dispute(ctx, helper, id, "我来了") })
		worse := []model.Verdict{{ClaimID: claims[0], Outcome: model.OutcomeAbsent}}
		if _, err := s.Confirm(ctx, asker, id, market.Review{Rating: 1, Verdicts: worse}); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("who asked rules on it: %v", err)
		}
		s.wantAll(t, func() (*model.HelpRequest, error) {
			return s.Resolve(ctx, s.Holder(model.RoleSecretary), id, true, "有照片", nil)
		})
		s.wantBalance(t, helper, 10, 60)
		if rel, err := s.Reliability(ctx, helper, helper.MemberID); err != nil || rel.Missed != 0 || rel.Score != 0 || rel.Done != 1 {
			t.Errorf("got %+v, %v", rel, err)
		}
		s.wantBooksInOrder(t)
	})
}

func TestAdministratorsHearOfDisputesThatNobodyResolves(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		ctx, admin := t.Context(), s.Holder(model.RoleCommunityAdmin)
		id, asker, _ := s.givenDone(t)
		s.wantAll(t, func() (*model.HelpRequest, error) { return s.Dispute(ctx, asker, id, "没有来") })
		for _, days := range []int{0, 6, 1, 1} {
			s.wait(time.Duration(days) * 24 * time.Hour)
			if _, err := s.ChaseDisputes(ctx); err != nil {
				t.Fatal(err)
			}
			s.wantTitles(t, "the administrator", admin, map[bool][]string{true: {"有一件异议还没有裁定"}}[s.at() >= testworld.Now.Add(model.MediateWithin)]...)
		}
	})
}

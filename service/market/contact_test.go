package market_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/market"
)

// givenSteps takes a helper's claim as far as the steps go.
func (s *square) givenSteps(t *testing.T, id model.ID, helper model.Actor, steps ...string) {
	t.Helper()
	for _, step := range steps {
		var err error
		switch step {
		case "claim":
			_, err = s.Claim(t.Context(), helper, id)
		case "start":
			_, err = s.Start(t.Context(), helper, id)
		case "finish":
			_, err = s.Finish(t.Context(), helper, id, 30, "")
		case "unclaim":
			_, err = s.Unclaim(t.Context(), helper, id, "有事")
		}
		if err != nil {
			t.Fatal(step, err)
		}
	}
}

// wantReveals wants so many rows about a request, as the community sees them.
func (s *square) wantReveals(t *testing.T, who model.Actor, id model.ID, want int) []*model.Reveal {
	t.Helper()
	list, err := s.Reveals(t.Context(), who, id, model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != want {
		t.Errorf("%d reveals are seen, want %d", len(list.Items), want)
	}
	return list.Items
}

func TestPhoneIsToldWhileHelpGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker, helper, second, stranger := s.Resident(0), s.Resident(1), s.Resident(2), s.Resident(3)
		id := s.givenRequest(t, asker, market.RequestInput{Category: "errand", Title: "取快递", Slots: 3})
		s.givenSteps(t, id, helper, "claim")
		s.givenSteps(t, id, second, "claim", "unclaim")
		tell := func(who model.Actor, of model.ID) error {
			_, err := s.Contact(t.Context(), who, id, of, "约时间")
			return err
		}
		for _, c := range []struct {
			name string
			who  model.Actor
			of   model.ID
			want error
		}{
			{"the helper", helper, 0, nil},
			{"the helper, by name", helper, asker.MemberID, nil},
			{"the helper asks another helper's", helper, second.MemberID, model.ErrForbidden},
			{"who asked", asker, 0, nil},
			{"who asked, by name", asker, helper.MemberID, nil},
			{"who asked wants one who gave the claim back", asker, second.MemberID, model.ErrRequestState},
			{"who asked wants a stranger's", asker, stranger.MemberID, model.ErrNotFound},
			{"who gave the claim back", second, 0, model.ErrNotHelper},
			{"a neighbour", stranger, 0, model.ErrNotHelper},
			{"the housemate of who asked", s.Housemate(0), 0, model.ErrNotHelper},
			{"the grid worker", s.Holder(model.RoleGridWorker), 0, model.ErrNotHelper},
			{"the auditor", s.Holder(model.RoleAuditor), 0, model.ErrNotHelper},
			{"another community", s.Others.Resident(0), 0, model.ErrNotFound},
		} {
			if err := tell(c.who, c.of); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			}
		}
		told, err := s.Contact(t.Context(), helper, id, 0, " 约时间 ")
		if err != nil || told.Phone != "+8619900000000" || told.Member.ID != asker.MemberID {
			t.Fatalf("got %+v, %v", told, err)
		}
		back, err := s.Contact(t.Context(), asker, id, helper.MemberID, "约时间")
		if err != nil || back.Phone != "+8619900000002" || back.Member.ID != helper.MemberID {
			t.Fatalf("got %+v, %v", back, err)
		}
		if _, err := s.Contact(t.Context(), helper, id, 0, "  "); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("without a purpose: %v", err)
		}
		s.givenSteps(t, id, helper, "start")
		if err := tell(helper, 0); err != nil {
			t.Error(err)
		}
		s.givenSteps(t, id, helper, "finish")
		for who, of := range map[*model.Actor]model.ID{&helper: 0, &asker: helper.MemberID} {
			if err := tell(*who, of); !errors.Is(err, model.ErrRequestState) {
				t.Errorf("after the work: %v", err)
			}
		}
		s.wantReveals(t, s.Holder(model.RoleGridWorker), id, 7)
		seen := s.wantReveals(t, asker, id, 4)
		s.wantReveals(t, helper, id, 3)
		if r := seen[0]; r.Reader.ID != helper.MemberID || r.Subject.ID != asker.MemberID || r.What != model.RevealedPhone || r.Purpose != "约时间" || r.CreatedAt != testworld.Now {
			t.Errorf("got %+v", r)
		}
		if _, err := s.Reveals(t.Context(), stranger, id, model.Page{}); !errors.Is(err, model.ErrForbidden) {
			t.Errorf("a stranger sees who saw: %v", err)
		}
		if _, err := s.Reveals(t.Context(), s.Others.Holder(model.RoleCommunityAdmin), id, model.Page{}); !errors.Is(err, model.ErrNotFound) {
			t.Errorf("another community sees who saw: %v", err)
		}
	})
}

// TestWhoHasNoPhone sees that who posted for someone is called instead, and that there may be nobody to call.
func TestWhoHasNoPhone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		crowd := s.Crowd(1) // has no phone
		elder, worker, helper := crowd[0], s.Holder(model.RoleGridWorker), s.Resident(1)
		in := errand
		in.OnBehalfOf = elder.MemberID
		posted := s.givenRequest(t, worker, in)
		s.givenSteps(t, posted, helper, "claim")
		told, err := s.Contact(t.Context(), helper, posted, 0, "约时间")
		if err != nil || told.Member.ID != worker.MemberID || told.Phone == "" {
			t.Errorf("got %+v, %v", told, err)
		}
		if told, err = s.Contact(t.Context(), worker, posted, 0, "约时间"); err != nil || told.Member.ID != helper.MemberID {
			t.Errorf("got %+v, %v", told, err)
		}
		s.wantReveals(t, worker, posted, 2)
		own := s.givenRequest(t, elder, errand)
		s.givenSteps(t, own, helper, "claim")
		if _, err := s.Contact(t.Context(), helper, own, 0, "约时间"); !errors.Is(err, model.ErrNoContact) {
			t.Errorf("got %v", err)
		}
		s.wantReveals(t, elder, own, 0)
	})
}

func TestDoorIsToldAfterTheClaimAndHiddenAfterTheEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker, helper, other := s.Resident(0), s.Resident(1), s.Resident(2)
		id := s.givenRequest(t, asker, errand)
		door := func(who model.Actor, want error) {
			t.Helper()
			a, err := s.Address(t.Context(), who, id, "上门")
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			if err == nil && (a.Community != "祥和社区" || a.Building != "1幢" || a.Unit != "1单元" || a.Door != "101") {
				t.Errorf("got %+v", a)
			}
		}
		door(helper, model.ErrNotHelper)
		s.givenSteps(t, id, other, "claim", "unclaim")
		door(other, model.ErrRequestState)
		s.givenSteps(t, id, helper, "claim")
		door(helper, nil)
		door(asker, model.ErrNotHelper)
		door(s.Holder(model.RoleGridWorker), model.ErrNotHelper)
		s.givenSteps(t, id, helper, "start", "finish")
		door(helper, nil)
		if _, err := s.Confirm(t.Context(), asker, id, market.Review{Rating: 5}); err != nil {
			t.Fatal(err)
		}
		s.wait(model.DoorHidden - time.Second)
		door(helper, nil)
		s.wait(time.Second)
		door(helper, model.ErrRequestState)
		s.wantReveals(t, asker, id, 3)
		gone := s.givenRequest(t, asker, errand)
		s.givenSteps(t, gone, helper, "claim")
		if _, err := s.Cancel(t.Context(), asker, gone, "不用了"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Address(t.Context(), helper, gone, "上门"); !errors.Is(err, model.ErrRequestState) {
			t.Errorf("after it was cancelled: %v", err)
		}
	})
}

// TestRevealsADay races more calls than one may make in a day; the next day has its own.
func TestRevealsADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		asker, helper := s.Resident(0), s.Resident(1)
		first, second := s.givenRequest(t, asker, errand), s.givenRequest(t, asker, errand)
		s.givenSteps(t, first, helper, "claim")
		s.givenSteps(t, second, helper, "claim")
		var told, refused atomic.Int64
		var all sync.WaitGroup
		for i := range model.RevealsADay + 10 {
			all.Go(func() {
				switch _, err := s.Contact(t.Context(), helper, []model.ID{first, second}[i%2], 0, "约时间"); {
				case err == nil:
					told.Add(1)
				case errors.Is(err, model.ErrTooManyReveals):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if told.Load() != model.RevealsADay || refused.Load() != 10 {
			t.Errorf("%d were told, %d refused", told.Load(), refused.Load())
		}
		if _, err := s.Address(t.Context(), helper, first, "上门"); !errors.Is(err, model.ErrTooManyReveals) {
			t.Errorf("a door is not counted: %v", err)
		}
		if _, err := s.Contact(t.Context(), asker, first, 0, "约时间"); err != nil {
			t.Errorf("another reader: %v", err)
		}
		s.wait(24 * time.Hour)
		if _, err := s.Contact(t.Context(), helper, second, 0, "约时间"); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

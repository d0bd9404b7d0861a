package market_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/market"
)

const (
	racers    = 200
	raceSlots = 5
	raceActs  = 6 // by each racer
)

// TestManyWithManyWishes has neighbours claim, wait, look for stand-ins, change their mind, take over, yield, begin and
// finish all at once, while who asked may cancel and time passes. Then the steps on record are replayed: none is missing,
// each is one that the tables of states allow, no slot is ever held twice, and they lead to what the rows say.
func TestManyWithManyWishes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		seed := testworld.Seed(t)
		asker, crowd := s.Resident(0), s.Crowd(racers)
		var ids []model.ID
		for i := range 4 {
			in := s.tomorrow(raceSlots)
			in.StartsAt = testworld.Now.Add(24*time.Hour + time.Duration(i)*4*time.Hour) // so that nobody's clash
			in.EndsAt = in.StartsAt.Add(3 * time.Hour)
			id := s.givenRequest(t, asker, in)
			for k := range raceSlots {
				s.wantAll(t, func() (*model.HelpRequest, error) { return s.Claim(t.Context(), crowd[k*4+i], id) })
			}
			ids = append(ids, id)
		}
		s.wait(24*time.Hour + 40*time.Minute) // the first has stalled
		var all sync.WaitGroup
		for i, who := range crowd {
			dice := rand.New(rand.NewPCG(seed, uint64(i)))
			all.Go(func() {
				for range raceActs {
					s.wish(t, who, ids[i%len(ids)], dice)
				}
			})
		}
		all.Go(func() {
			for range 20 {
				s.wait(15 * time.Minute)
				if _, err := s.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() { _, _ = s.Cancel(t.Context(), asker, ids[3], "不用了") })
		all.Wait()
		acts := map[model.Action]int{}
		for _, id := range ids {
			for _, step := range s.wantLifeOnRecord(t, id) {
				acts[step.Action]++
			}
		}
		t.Logf("what happened: %v", acts)
		for _, a := range []model.Action{model.ActionClaim, model.ActionWait, model.ActionPromote, model.ActionStandIn, model.ActionUnclaim, model.ActionCancel} {
			if acts[a] == 0 {
				t.Errorf("no %s ever happened: %v", a, acts)
			}
		}
	})
}

// wish is one act that a neighbour may want, who has a claim or has none; it fails the test when it is refused for no
// reason of the rules.
func (s *square) wish(t *testing.T, who model.Actor, id model.ID, dice *rand.Rand) {
	ctx := t.Context()
	r, err := s.store.Requests.Get(ctx, id)
	if err != nil {
		t.Error(err)
		return
	}
	holds := slices.ContainsFunc(r.Claims, func(c *model.Claim) bool { return c.HelperID == who.MemberID && c.Status.Holds() })
	as := func(do func(context.Context, model.Actor, model.ID) (*model.HelpRequest, error)) func() error {
		return func() error { _, err := do(ctx, who, id); return err }
	}
	because := func(do func(context.Context, model.Actor, model.ID, string) (*model.HelpRequest, error)) func() error {
		return func() error { _, err := do(ctx, who, id, "有事"); return err }
	}
	takeOver := func() error { _, err := s.TakeOver(ctx, who, id, 0); return err }
	finish := func() error { _, err := s.Finish(ctx, who, id, 30, ""); return err }
	wishes := []func() error{as(s.Claim), as(s.Claim), as(s.Claim), as(s.Wait), takeOver, because(s.Unclaim)}
	if holds {
		standIn := because(s.StandIn)
		wishes = []func() error{standIn, standIn, standIn, because(s.Unclaim), because(s.Unclaim), as(s.Keep), as(s.Yield), as(s.Start), finish}
	}
	err = wishes[dice.IntN(len(wishes))]()
	if kind := model.Reason(err).Kind; err != nil && kind != model.Conflict && kind != model.Forbidden {
		t.Error(err)
	}
}

// wantLifeOnRecord replays the steps of a request against the tables of states.
func (s *square) wantLifeOnRecord(t *testing.T, id model.ID) []*model.Step {
	t.Helper()
	r, err := s.store.Requests.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := s.store.Requests.Steps(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	life := &replay{slots: r.Slots, claims: map[model.ID]model.ClaimStatus{}}
	for _, step := range steps {
		if wrong := life.take(step); wrong != "" {
			t.Fatalf("step %d (%s): %s; %+v", step.Version, step.Action, wrong, step)
		}
	}
	if life.version != r.Version || life.status != r.Status || len(life.claims) != len(r.Claims) {
		t.Errorf("the record ends at version %d, %s, with %d claims; the row is at %d, %s, with %d",
			life.version, life.status, len(life.claims), r.Version, r.Status, len(r.Claims))
	}
	for _, c := range r.Claims {
		if life.claims[c.ID] != c.Status || (c.Holding != nil) != c.Status.Holds() {
			t.Errorf("claim %d is %s, and on record %s", c.ID, c.Status, life.claims[c.ID])
		}
	}
	return steps
}

// replay is a request as its record tells it.
type replay struct {
	slots   int
	version int64
	status  model.RequestStatus
	claims  map[model.ID]model.ClaimStatus
}

// take plays one step, and tells what is wrong with it.
func (l *replay) take(step *model.Step) string {
	first := []model.RequestStatus{model.RequestOpen}
	begins := []model.ClaimStatus{model.ClaimActive, model.ClaimWaiting, model.ClaimTaking}
	switch {
	case step.Version != l.version+1:
		return "a step is missing"
	case step.FromStatus != l.status:
		return "it begins where the one before did not end"
	case l.status == "" && !slices.Contains(first, step.ToStatus),
		l.status != "" && step.ToStatus != l.status && !slices.Contains(model.RequestTransitions()[l.status], step.ToStatus):
		return "the table of requests does not allow it"
	}
	l.version, l.status = step.Version, step.ToStatus
	for _, c := range step.Claims {
		had, known := l.claims[c.ClaimID]
		switch {
		case known && had != c.From || !known && c.From != "":
			return "a claim was not so before"
		case !known && !slices.Contains(begins, c.To), known && !slices.Contains(model.ClaimTransitions()[had], c.To):
			return "the table of claims does not allow it"
		}
		l.claims[c.ClaimID] = c.To
	}
	holding := 0
	for _, status := range l.claims {
		if status.Holds() {
			holding++
		}
	}
	if holding > l.slots {
		return "more claims hold a slot than there are"
	}
	return ""
}

// TestAWholeLifeIsOnRecord replays one that ended well, and was disputed.
func TestAWholeLifeIsOnRecord(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *square) {
		id, asker, helper := s.givenDone(t)
		s.wantAll(t,
			func() (*model.HelpRequest, error) { return s.Confirm(t.Context(), asker, id, market.Review{Rating: 5}) },
			func() (*model.HelpRequest, error) { return s.Rate(t.Context(), helper, id, 0, 5, "客气") },
			func() (*model.HelpRequest, error) { return s.Dispute(t.Context(), asker, id, "少了一件") },
			func() (*model.HelpRequest, error) {
				return s.Resolve(t.Context(), s.Holder(model.RoleSecretary), id, true, "已找到", nil)
			})
		s.wantLifeOnRecord(t, id)
		steps, err := s.Steps(t.Context(), helper, id)
		if err != nil || len(steps) != 8 || steps[0].Action != model.ActionAsk || steps[1].Actor.ID != helper.MemberID {
			t.Errorf("got %d steps, %v", len(steps), err)
		}
		if _, err := s.Steps(t.Context(), s.Resident(5), id); model.Reason(err).Kind != model.Forbidden {
			t.Errorf("read by a neighbour: %v", err)
		}
	})
}

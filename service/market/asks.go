package market

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// maxAsks is how many invitations one member sees.
const maxAsks = 100

// Asks lists what the caller is asked for and has not answered, as long as it waits for helpers, newest first.
func (m *Market) Asks(ctx context.Context, who model.Actor) ([]*model.Ask, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	asks, err := m.store.Asks.Open(ctx, who.MemberID, maxAsks)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(asks))
	for i, a := range asks {
		ids[i] = a.RequestID
	}
	found, err := m.store.Requests.Some(ctx, ids)
	if err != nil {
		return nil, err
	}
	shown, requests := []*model.Ask{}, []*model.HelpRequest{}
	for _, a := range asks {
		if r := found[a.RequestID]; r != nil && mayRead(who, r) == nil {
			shown, requests = append(shown, invitation(a, r)), append(requests, r)
		}
	}
	return shown, m.views(ctx, m.store, who, requests)
}

// invitation is an ask as who is asked sees it, without how they were ranked.
func invitation(a *model.Ask, r *model.HelpRequest) *model.Ask {
	a.Request, a.Score, a.Parts = r, 0, nil
	return a
}

// ownAsk returns an ask of the caller's. It fails with ErrNotFound for somebody else's.
func ownAsk(ctx context.Context, s *repository.Store, who model.Actor, id model.ID) (*model.Ask, error) {
	a, err := s.Asks.Get(ctx, id)
	if err == nil && a.MemberID != who.MemberID {
		err = model.ErrNotFound
	}
	return a, err
}

// AcceptAsk takes a slot for the caller, who was asked. It fails with ErrNotFound for somebody else's invitation, with
// ErrAskState when it was answered, and as Claim does.
func (m *Market) AcceptAsk(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	a, err := ownAsk(ctx, m.store, who, id)
	if err != nil {
		return nil, err
	}
	return m.change(ctx, who, a.RequestID, model.ActionClaim, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		a, err := ownAsk(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := a.Settle(model.AskAccepted, now); err != nil {
			return err
		}
		return m.claim(ctx, tx, who, r, now)
	})
}

// acceptOwnAsk notes that a helper of a locked request took what they were asked for, if they were and had not said no.
func acceptOwnAsk(ctx context.Context, tx *repository.Store, r *model.HelpRequest, helper model.ID, now model.Instant) error {
	a, err := tx.Asks.OfMember(ctx, r.ID, helper)
	if err != nil || a == nil {
		return err
	}
	silent := a.Answer == model.AskSilent
	if a.Settle(model.AskAccepted, now) != nil {
		return nil
	}
	if err := tx.Asks.Update(ctx, a); err != nil {
		return err
	}
	return tx.Asks.TallyAnswer(ctx, a, silent)
}

// DeclineAsk says that the caller does not come, which costs nothing; who is asked instead is asked at once. It fails
// with ErrNotFound for somebody else's invitation, and with ErrAskState when it was answered or nobody is needed.
func (m *Market) DeclineAsk(ctx context.Context, who model.Actor, id model.ID) (*model.Ask, error) {
	a, err := ownAsk(ctx, m.store, who, id)
	if err != nil {
		return nil, err
	}
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.Ask, error) {
		r, err := tx.Requests.Lock(ctx, a.RequestID)
		if err != nil {
			return nil, err
		}
		a, err := ownAsk(ctx, tx, who, id)
		if err != nil {
			return nil, err
		}
		if err := mayRead(who, r); err != nil {
			return nil, err
		}
		if err := m.decline(ctx, tx, r, a, m.now()); err != nil {
			return nil, err
		}
		_, err = m.view(ctx, tx, who, r)
		return invitation(a, r), err
	})
}

// decline writes a no down, and replaces who says it while their wave runs.
func (m *Market) decline(ctx context.Context, tx *repository.Store, r *model.HelpRequest, a *model.Ask, now model.Instant) error {
	waited, silent := a.Answer == model.AskSent, a.Answer == model.AskSilent
	if !r.Waits() {
		return model.ErrAskState
	}
	if err := a.Settle(model.AskDeclined, now); err != nil {
		return err
	}
	if err := tx.Asks.Alone(ctx, r.CommunityID); err != nil {
		return err
	}
	if err := tx.Asks.Update(ctx, a); err != nil {
		return err
	}
	if err := tx.Asks.TallyAnswer(ctx, a, silent); err != nil {
		return err
	}
	d, err := tx.Asks.Dispatch(ctx, r.ID)
	if err != nil || d == nil || !waited || !r.Wants(now) || d.Status != model.DispatchRunning || d.Wave != a.Wave {
		return err
	}
	p, err := givePool(ctx, tx, r, now)
	if err != nil {
		return err
	}
	return m.send(ctx, tx, r, d, p, p.round(d).Refused(p.candidates, now), now)
}

// DispatchView is how a request was brought to neighbours: in full for who matches requests there, and in figures for
// those who ask, who never learn who said no.
type DispatchView struct {
	model.Dispatch
	Asked    int              `json:"asked"`
	Waiting  int              `json:"waiting" doc:"还没有回复的"`
	Declined int              `json:"declined"`
	Owner    *model.MemberRef `json:"owner,omitempty" doc:"首问负责人"`
	Asks     []*model.Ask     `json:"asks,omitempty"`
}

// DispatchOf returns how a request was brought to neighbours. It fails with ErrNotFound when it was not, and with
// ErrForbidden unless the caller speaks for the requester or matches requests there.
func (m *Market) DispatchOf(ctx context.Context, who model.Actor, id model.ID) (*DispatchView, error) {
	r, err := m.store.Requests.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, r); err != nil {
		return nil, err
	}
	party := asksFor(who, r)
	if !party {
		if err := who.May(model.OpMatchRequest, r.Place); err != nil {
			return nil, err
		}
	}
	d, err := m.store.Asks.Dispatch(ctx, id)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, model.ErrNotFound
	}
	asks, err := m.store.Asks.Of(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &DispatchView{Dispatch: *d, Asked: len(asks)}
	for _, a := range asks {
		switch a.Answer {
		case model.AskSent:
			v.Waiting++
		case model.AskDeclined:
			v.Declined++
		}
	}
	if party {
		v.Pace, v.Status = "", ""
		return v, nil
	}
	return v, m.named(ctx, v, asks)
}

// named adds who was asked and who owns the request.
func (m *Market) named(ctx context.Context, v *DispatchView, asks []*model.Ask) error {
	people := []model.ID{v.OwnerID}
	for _, a := range asks {
		people = append(people, a.MemberID)
	}
	refs, err := m.store.Members.Refs(ctx, people)
	for _, a := range asks {
		a.Member = refs[a.MemberID]
	}
	if owner, ok := refs[v.OwnerID]; ok {
		v.Owner = &owner
	}
	v.Asks = asks
	return err
}

// asksFor reports whether the caller asks for the help, or did so for somebody.
func asksFor(who model.Actor, r *model.HelpRequest) bool {
	return who.MemberID == r.RequesterID || who.MemberID == r.CreatedBy
}

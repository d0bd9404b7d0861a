package audit

import (
	"bytes"
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// AuthEvent is what happened to an account, as those who audit see it.
type AuthEvent struct {
	ID        model.ID        `json:"id"`
	At        model.Instant   `json:"at"`
	Kind      model.AuthKind  `json:"kind"`
	Member    model.MemberRef `json:"member" doc:"对谁，姓名打码"`
	Actor     model.MemberRef `json:"actor,omitzero" doc:"由谁；运维或系统规则所为则没有"`
	SessionID model.ID        `json:"session_id,omitzero"`
	Detail    string          `json:"detail,omitempty"`
	Origin    model.Hex       `json:"origin" doc:"客户端网段的密钥哈希：可以比较，不能还原"`
	Chain     int16           `json:"chain"`
	Seq       int64           `json:"seq"`
	Hash      model.Hex       `json:"hash"`
}

// AuthSearch narrows a list of events; empty parts let everything pass.
type AuthSearch struct {
	Member, Actor model.ID
	Kinds         []model.AuthKind
	From, To      model.Day
}

// AuthEvents lists what happened to accounts of members within the caller's reach, the newest first. It fails with
// ErrForbidden, ErrCursor, and with ErrDays when the first day is after the last.
func (a *Audit) AuthEvents(ctx context.Context, who model.Actor, search AuthSearch, page model.Page) (*model.List[*AuthEvent], error) {
	reach, err := who.Reach(model.OpReadAuthEvents)
	if err != nil {
		return nil, err
	}
	if search.To != 0 && search.From > search.To {
		return nil, model.ErrDays
	}
	name := fmt.Sprintf("auth-events:%d:%v", who.MemberID, search)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	q := repository.AuthQuery{
		Community: who.Place.CommunityID, Reach: reach, Member: search.Member, Actor: search.Actor, Kinds: search.Kinds, Before: before, Limit: page.Size() + 1,
	}
	if search.From != 0 {
		q.From = search.From.Start()
	}
	if search.To != 0 {
		q.To = search.To.End()
	}
	rows, err := a.store.AuthEvents.List(ctx, q)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, 0, 2*len(rows))
	for _, e := range rows {
		ids = append(ids, e.MemberID, e.ActorID)
	}
	refs, err := a.store.Members.Refs(ctx, ids)
	shown := make([]*AuthEvent, len(rows))
	for i, e := range rows {
		shown[i] = &AuthEvent{e.ID, e.At, e.Kind, refs[e.MemberID], refs[e.ActorID], e.SessionID, e.Detail, e.Origin, e.Chain, e.Seq, e.Hash}
	}
	return model.PageOf(name, page, shown, func(last *AuthEvent) int64 { return int64(last.ID) }), err
}

// chainRows is how many events are in memory at a time.
const chainRows = 2000

// CheckAuthEvents follows every chain of events from its first to its head, on one snapshot, and returns how many there
// are and where they do not follow: a row that was changed, one that is gone, a tail that was cut. An error is a failure
// to read.
func (a *Audit) CheckAuthEvents(ctx context.Context) (rows int64, differences []string, err error) {
	err = a.store.Snapshot(ctx, func(view *repository.Store) error {
		rows, differences = 0, nil
		heads, err := view.AuthEvents.Heads(ctx)
		if err != nil {
			return err
		}
		if len(heads) != model.AuthChains {
			differences = append(differences, fmt.Sprintf("%d chains of auth events have heads, not %d", len(heads), model.AuthChains))
		}
		for _, head := range heads {
			n, found, err := checkChain(ctx, view, head)
			if err != nil {
				return err
			}
			rows, differences = rows+n, append(differences, found...)
		}
		return nil
	})
	return rows, differences, err
}

func checkChain(ctx context.Context, view *repository.Store, head *model.AuthHead) (rows int64, differences []string, err error) {
	at := &model.AuthHead{Chain: head.Chain}
	for {
		events, err := view.AuthEvents.After(ctx, head.Chain, at.Seq, chainRows)
		if err != nil {
			return rows, differences, err
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			switch {
			case e.Seq != at.Seq+1:
				differences = append(differences, fmt.Sprintf("auth events of chain %d: %d to %d are missing", e.Chain, at.Seq+1, e.Seq-1))
			case !bytes.Equal(e.Digest(at.Hash), e.Hash) || model.ChainOf(e.MemberID) != e.Chain:
				differences = append(differences, fmt.Sprintf("auth event %d/%d is not what its hash says", e.Chain, e.Seq))
			}
			at = &model.AuthHead{Chain: e.Chain, Seq: e.Seq, Hash: e.Hash}
		}
		rows += int64(len(events))
	}
	if at.Seq != head.Seq || !bytes.Equal(at.Hash, head.Hash) {
		differences = append(differences, fmt.Sprintf("auth events of chain %d end at %d, their head says %d", head.Chain, at.Seq, head.Seq))
	}
	return rows, differences, nil
}

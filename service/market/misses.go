package market

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// warnings tells helpers of claims that they have broken, and what that means for them.
func warnings(ctx context.Context, tx *repository.Store, r *model.HelpRequest, misses []*model.Miss, now model.Instant) ([]*model.Notice, error) {
	members := make([]model.ID, len(misses))
	for i, m := range misses {
		members[i] = m.MemberID
	}
	all, err := tx.Misses.Of(ctx, members, now.Add(-model.MissMemory))
	if err != nil {
		return nil, err
	}
	notices := make([]*model.Notice, len(misses))
	for i, m := range misses {
		body := "《" + r.Title + "》记为一次失约。有特殊情况请在 7 天内说明，经同意后不计。"
		switch rel := model.ReliabilityOf(all[m.MemberID], now); {
		case rel.Frozen(now):
			body += fmt.Sprintf("近期失约较多，%s 前暂停认领，到时自动恢复。", rel.FrozenUntil.Day())
		case rel.Warned:
			body += "近期再有失约，会暂停认领两周。"
		}
		notices[i] = aboutMiss(m, "记录了一次失约", body, "miss", now)
	}
	return notices, nil
}

func aboutMiss(m *model.Miss, title, body, key string, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: m.CommunityID, MemberID: m.MemberID, Kind: model.NoticeMiss, Title: title, Body: body,
		Ref: model.NoticeRef{Type: model.RefRequest, ID: m.RequestID}, Key: key + ":" + m.ID.String(), CreatedAt: now,
	}
}

// Reliability (守约) is how a member's claims went, and what that means for them. Others see the record alone.
type Reliability struct {
	model.Record
	*model.Reliability
	Misses []*model.Miss `json:"misses,omitempty"`
}

// Reliability returns how the claims of a member of the caller's community went in the last year; what it means, and
// each miss, is for the member and those who manage requests where they live. It fails with ErrNotFound.
func (m *Market) Reliability(ctx context.Context, who model.Actor, member model.ID) (*Reliability, error) {
	someone, err := m.store.Members.Get(ctx, member)
	if err != nil {
		return nil, err
	}
	if !who.Bound() || someone.CommunityID != who.Place.CommunityID {
		return nil, model.ErrNotFound
	}
	now := m.now()
	loads, err := m.store.Requests.Loads(ctx, []model.ID{member}, now, 0)
	if err != nil {
		return nil, err
	}
	r := &Reliability{Record: loads[member].Record()}
	if member != who.MemberID && who.May(model.OpManageRequest, someone.Place) != nil {
		return r, nil
	}
	misses, err := m.store.Misses.Of(ctx, []model.ID{member}, now.Add(-model.MissMemory))
	if err != nil {
		return nil, err
	}
	rel := model.ReliabilityOf(misses[member], now)
	r.Reliability, r.Misses = &rel, misses[member]
	return r, viewMisses(ctx, m.store, r.Misses)
}

// Misses lists misses whose excuse waits for the caller's decision, newest first. It fails with ErrForbidden and
// ErrCursor.
func (m *Market) Misses(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Miss], error) {
	reach, err := who.Reach(model.OpManageRequest)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("misses:%d", who.MemberID)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := m.store.Misses.Pleaded(ctx, who.Place.CommunityID, reach, m.now().Add(-model.ExcuseWithin), before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Miss) int64 { return int64(last.ID) })
	return list, viewMisses(ctx, m.store, list.Items)
}

// viewMisses names who missed.
func viewMisses(ctx context.Context, s *repository.Store, misses []*model.Miss) error {
	people := make([]model.ID, len(misses))
	for i, m := range misses {
		people[i] = m.MemberID
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, m := range misses {
		m.Member = refs[m.MemberID]
	}
	return err
}

// Plead gives an excuse for a miss of the caller's. It fails with ErrNotFound for someone else's, with ErrInvalid, and
// with ErrMissState when there was an excuse already, or after a week.
func (m *Market) Plead(ctx context.Context, who model.Actor, id model.ID, excuse string) (*model.Miss, error) {
	return m.judgment(ctx, id, func(_ *repository.Store, miss *model.Miss, now model.Instant) error {
		if miss.MemberID != who.MemberID {
			return model.ErrNotFound
		}
		return miss.Plead(excuse, now)
	})
}

// JudgeMiss accepts an excuse, or does not, and tells the helper. It fails with ErrForbidden for who does not manage
// requests there, or is a party to this one; and with ErrMissState unless there is an excuse that waits.
func (m *Market) JudgeMiss(ctx context.Context, who model.Actor, id model.ID, excused bool, reason string) (*model.Miss, error) {
	return m.judgment(ctx, id, func(tx *repository.Store, miss *model.Miss, now model.Instant) error {
		r, err := tx.Requests.Get(ctx, miss.RequestID)
		if err != nil {
			return err
		}
		if err := who.May(model.OpManageRequest, r.Place); err != nil {
			return err
		}
		if err := apart(ctx, tx, who, r); err != nil {
			return err
		}
		if err := miss.Judge(who.MemberID, excused, reason, now); err != nil {
			return err
		}
		title := "失约说明没有通过"
		if excused {
			title = "失约说明已通过"
		}
		return notify.Tell(ctx, tx, aboutMiss(miss, title, "《"+r.Title+"》："+reason, "judged", now))
	})
}

// judgment changes a miss by one step.
func (m *Market) judgment(ctx context.Context, id model.ID, step func(tx *repository.Store, miss *model.Miss, now model.Instant) error) (*model.Miss, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.Miss, error) {
		miss, err := tx.Misses.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		from := miss.Status
		if err := step(tx, miss, m.now()); err != nil {
			return nil, err
		}
		if err := tx.Misses.Update(ctx, miss, from); err != nil {
			return nil, err
		}
		return miss, viewMisses(ctx, tx, []*model.Miss{miss})
	})
}

package privacy

import (
	"context"
	"fmt"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// calendarAhead is how far working days are looked up.
const calendarAhead = 60 * 24 * time.Hour

// AskRight takes what the caller asks for about personal information; it is answered within 15 working days. It fails with
// ErrUnbound for who is nobody here yet, with ErrInvalid, and with ErrRightOpen for a sixth one that waits.
func (p *Privacy) AskRight(ctx context.Context, who model.Actor, kind model.RightKind, text string) (*model.RightsRequest, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	now := p.now()
	return repository.Once(ctx, p.store, now, func(tx *repository.Store) (*model.RightsRequest, error) {
		r := &model.RightsRequest{
			ID: tx.NewID(), CommunityID: who.Place.CommunityID, MemberID: who.MemberID, Kind: kind, Body: strings.TrimSpace(text),
			Status: model.RightOpen, Version: 1, CreatedAt: now,
		}
		if err := r.Validate(); err != nil {
			return nil, err
		}
		if _, err := tx.Members.Lock(ctx, who.MemberID); err != nil { // so that no two are counted at once
			return nil, err
		}
		n, err := tx.Rights.CountOpen(ctx, who.MemberID)
		if err == nil && n >= model.MaxOpenRights {
			err = model.ErrRightOpen
		}
		if err != nil {
			return nil, err
		}
		days, err := tx.Calendar.Days(ctx, r.CommunityID, now.Day(), now.Add(calendarAhead).Day())
		if err != nil {
			return nil, err
		}
		r.DueAt = days.AddWorkingDays(now, model.RightDays)
		if err := tx.Rights.Add(ctx, r); err != nil {
			return nil, err
		}
		return r, p.see(ctx, tx, r)
	})
}

// see puts the names on requests, and says which are late.
func (p *Privacy) see(ctx context.Context, s *repository.Store, rows ...*model.RightsRequest) error {
	people := make([]model.ID, len(rows))
	for i, r := range rows {
		people[i] = r.MemberID
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, r := range rows {
		r.Member, r.Overdue = refs[r.MemberID], r.Status == model.RightOpen && p.now() >= r.DueAt
	}
	return err
}

// RightsAsked lists what the caller asked for, the newest first. It fails with ErrCursor.
func (p *Privacy) RightsAsked(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.RightsRequest], error) {
	name := fmt.Sprintf("my-rights:%d", who.MemberID)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := p.store.Rights.Of(ctx, who.MemberID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	return p.rightsPage(ctx, name, page, rows)
}

// RightsToAnswer lists what people of the community asked for, the oldest first, of one state or of any, to who answers it.
// It fails with ErrForbidden and ErrCursor.
func (p *Privacy) RightsToAnswer(ctx context.Context, who model.Actor, status model.RightStatus, page model.Page) (*model.List[*model.RightsRequest], error) {
	if err := mayAnswer(who); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("rights:%d:%s", who.Place.CommunityID, status)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := p.store.Rights.List(ctx, who.Place.CommunityID, status, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	return p.rightsPage(ctx, name, page, rows)
}

func (p *Privacy) rightsPage(ctx context.Context, name string, page model.Page, rows []*model.RightsRequest) (*model.List[*model.RightsRequest], error) {
	list := model.PageOf(name, page, rows, func(last *model.RightsRequest) int64 { return int64(last.ID) })
	return list, p.see(ctx, p.store, list.Items...)
}

// mayAnswer fails with ErrForbidden unless the caller answers requests of their whole community.
func mayAnswer(who model.Actor) error {
	return who.May(model.OpAnswerRights, model.Place{CommunityID: who.Place.CommunityID})
}

// AnswerRight answers a request of the community's, or refuses it with the reason, which its member is told. It fails with
// ErrNotFound, ErrForbidden, ErrRightOwn, ErrRightState and ErrInvalid.
func (p *Privacy) AnswerRight(ctx context.Context, who model.Actor, id model.ID, refuse bool, text string) (*model.RightsRequest, error) {
	now := p.now()
	return repository.Once(ctx, p.store, now, func(tx *repository.Store) (*model.RightsRequest, error) {
		r, err := tx.Rights.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := who.May(model.OpAnswerRights, model.Place{CommunityID: r.CommunityID}); err != nil {
			return nil, err
		}
		if err := r.Reply(who.MemberID, refuse, text, now); err != nil {
			return nil, err
		}
		if err := tx.Rights.Update(ctx, r); err != nil {
			return nil, err
		}
		err = notify.Tell(ctx, tx, &model.Notice{
			CommunityID: r.CommunityID, MemberID: r.MemberID, Kind: model.NoticePrivacy, Title: "个人信息权利请求已答复", Body: "请在权利请求中查看答复。",
			Key: fmt.Sprintf("rights:%d", r.ID), CreatedAt: now,
		})
		if err != nil {
			return nil, err
		}
		return r, p.see(ctx, tx, r)
	})
}

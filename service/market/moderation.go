package market

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
	"linbanglin/service/notify"
)

// hits reports whether what somebody wrote is for a moderator first.
func hits(ctx context.Context, tx *repository.Store, community model.ID, title, description string) (bool, error) {
	words, err := tx.Moderation.Words(ctx, community)
	list := model.ModerationList{Words: words}
	return len(list.Hits(title, description)) > 0, err
}

// ModerationWords returns the words of the caller's community. It fails with ErrForbidden.
func (m *Market) ModerationWords(ctx context.Context, who model.Actor) (*model.ModerationList, error) {
	if err := who.May(model.OpManageWords, model.Place{CommunityID: who.Place.CommunityID}); err != nil {
		return nil, err
	}
	return m.store.Moderation.List(ctx, who.Place.CommunityID)
}

// SetModerationWords replaces the words of the caller's community; without words nothing waits for a moderator. What
// waits already does so still. It fails with ErrForbidden, ErrInvalid, and with ErrStale when the list is at another
// version.
func (m *Market) SetModerationWords(ctx context.Context, who model.Actor, words []string, version int64) (*model.ModerationList, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.ModerationList, error) {
		if err := who.May(model.OpManageWords, model.Place{CommunityID: who.Place.CommunityID}); err != nil {
			return nil, err
		}
		list := &model.ModerationList{CommunityID: who.Place.CommunityID, Version: version}
		if err := list.Replace(words, who.MemberID, m.now()); err != nil {
			return nil, err
		}
		return list, tx.Moderation.Replace(ctx, list)
	})
}

// ModerationQueue lists what waits for a moderator within the caller's reach, oldest first, with which of today's words
// stand where in it. It fails with ErrForbidden and ErrCursor.
func (m *Market) ModerationQueue(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Review], error) {
	reach, err := who.Reach(model.OpModerate)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("moderation:%d", who.MemberID)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	community := who.Place.CommunityID
	requests, err := m.store.Moderation.Requests(ctx, community, reach, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	series, err := m.store.Moderation.Series(ctx, community, reach, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	held, err := m.store.Checks.Holds(ctx, community, reach, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	if err := m.checks.Show(ctx, held); err != nil {
		return nil, err
	}
	if err := m.views(ctx, m.store, who, requests); err != nil {
		return nil, err
	}
	if err := viewSeries(ctx, m.store, series...); err != nil {
		return nil, err
	}
	list, err := m.store.Moderation.List(ctx, community)
	if err != nil {
		return nil, err
	}
	return model.PageOf(name, page, reviews(list, requests, series, held), func(last *model.Review) int64 { return int64(last.Key()) }), nil
}

// reviews puts requests, series and what else waits into one order, with what was hit in them.
func reviews(list *model.ModerationList, requests []*model.HelpRequest, series []*model.Series, held []*model.Held) []*model.Review {
	var all []*model.Review
	for _, r := range requests {
		all = append(all, &model.Review{Kind: "request", Request: r, Hits: list.Hits(r.Title, r.Description)})
	}
	for _, s := range series {
		all = append(all, &model.Review{Kind: "series", Series: s, Hits: list.Hits(s.Title, s.Description)})
	}
	for _, h := range held {
		all = append(all, &model.Review{Kind: "content", Content: h, Hits: list.Hits("", h.Body)})
	}
	slices.SortFunc(all, func(a, b *model.Review) int { return cmp.Compare(a.Key(), b.Key()) })
	return all
}

// Approve puts a request that waits for a moderator before the neighbours, and tells its author. It fails with
// ErrForbidden for who has a part in it, with ErrPeriod when it is over, and with ErrRequestState when it does not wait.
func (m *Market) Approve(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.moderate(ctx, who, id, model.ActionApprove, func(r *model.HelpRequest, now model.Instant) (*model.Notice, error) {
		n := judged(model.NoticeRequestApproved, "您的求助已通过审核", "《"+r.Title+"》已经发布，邻居们可以认领了。")
		return n, r.Approve(now)
	})
}

// Return gives a request that waits for a moderator back to its author, and tells what is to be changed, and why. It
// fails with ErrForbidden for who has a part in it, and with ErrInvalid and ErrRequestState.
func (m *Market) Return(ctx context.Context, who model.Actor, id model.ID, field, reason string) (*model.HelpRequest, error) {
	return m.moderate(ctx, who, id, model.ActionReturn, func(r *model.HelpRequest, now model.Instant) (*model.Notice, error) {
		n := judged(model.NoticeRequestReturned, "您的求助需要修改", fmt.Sprintf("《%s》没有通过审核，请修改%s：%s", r.Title, fieldName(field), reason))
		return n, r.Return(field, reason, now)
	})
}

func judged(kind model.NoticeKind, title, body string) *model.Notice {
	return &model.Notice{Kind: kind, Title: title, Body: body}
}

func fieldName(field string) string {
	switch field {
	case model.FieldTitle:
		return "标题"
	case model.FieldDescription:
		return "描述"
	default:
		return "内容"
	}
}

// moderate decides on a request under its lock, and tells its author.
func (m *Market) moderate(ctx context.Context, who model.Actor, id model.ID, action model.Action,
	decide func(r *model.HelpRequest, now model.Instant) (*model.Notice, error),
) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, action, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := who.May(model.OpModerate, r.Place); err != nil {
			return err
		}
		if err := apart(ctx, tx, who, r); err != nil {
			return err
		}
		n, err := decide(r, now)
		if err != nil {
			return err
		}
		n.CommunityID, n.MemberID, n.CreatedAt, n.Ref = r.CommunityID, r.CreatedBy, now, model.NoticeRef{Type: model.RefRequest, ID: r.ID}
		n.Key = fmt.Sprintf("%s:%d:%d", n.Kind, r.ID, r.Version)
		return notify.Tell(ctx, tx, n)
	})
}

// ApproveSeries lets a series that waits for a moderator make its requests, which wait for none again. It fails with
// ErrForbidden for who has a part in it, and with ErrSeriesState when it does not wait.
func (m *Market) ApproveSeries(ctx context.Context, who model.Actor, id model.ID) (*model.Series, error) {
	return m.moderateSeries(ctx, who, id, func(s *model.Series, now model.Instant) (*model.Notice, error) {
		n := judged(model.NoticeRequestApproved, "您的定期求助已通过审核", "《"+s.Title+"》已经通过审核，到时会自动发布。")
		return n, s.Approve(who.MemberID, now)
	})
}

// ReturnSeries ends a series that waits for a moderator, and tells its author what is wrong, and why. It fails with
// ErrForbidden for who has a part in it, and with ErrInvalid and ErrSeriesState.
func (m *Market) ReturnSeries(ctx context.Context, who model.Actor, id model.ID, field, reason string) (*model.Series, error) {
	return m.moderateSeries(ctx, who, id, func(s *model.Series, now model.Instant) (*model.Notice, error) {
		body := fmt.Sprintf("《%s》没有通过审核，请修改%s后重新发起：%s", s.Title, fieldName(field), reason)
		return judged(model.NoticeRequestReturned, "您的定期求助需要修改", body), s.Return(field, reason, now)
	})
}

// moderateSeries decides on a series under its lock, and tells its author.
func (m *Market) moderateSeries(ctx context.Context, who model.Actor, id model.ID,
	decide func(s *model.Series, now model.Instant) (*model.Notice, error),
) (*model.Series, error) {
	return m.changeSeries(ctx, who, id, func(tx *repository.Store, s *model.Series, now model.Instant) error {
		if err := who.May(model.OpModerate, s.Place); err != nil {
			return err
		}
		if err := s.Judges(who); err != nil {
			return err
		}
		n, err := decide(s, now)
		if err != nil {
			return err
		}
		n.CommunityID, n.MemberID, n.CreatedAt, n.Ref = s.CommunityID, s.CreatedBy, now, model.NoticeRef{Type: model.RefSeries, ID: s.ID}
		n.Key = fmt.Sprintf("%s:%d", n.Kind, s.ID)
		return notify.Tell(ctx, tx, n)
	})
}

// EditRequest replaces what a request asks, as long as nobody has claimed it; then it is checked again. It fails with
// ErrForbidden unless the caller asked for it or posted it, with ErrStale when it was changed meanwhile, with
// ErrRequestState once somebody has claimed it, and as Ask does.
func (m *Market) EditRequest(ctx context.Context, who model.Actor, id model.ID, in RequestInput, version int64) (*model.HelpRequest, error) {
	check, err := m.look(ctx, who, model.SubjectRequest, in)
	if err != nil {
		return repository.AnswerOr[*model.HelpRequest](ctx, m.store, err)
	}
	return m.change(ctx, who, id, model.ActionEdit, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		switch {
		case !r.Asks(who.MemberID):
			return model.ErrForbidden
		case r.Version != version:
			return model.ErrStale
		}
		as := in.request(who)
		hit, err := hits(ctx, tx, r.CommunityID, as.Title, as.Description)
		if err != nil {
			return err
		}
		if err := r.Edit(as, hit || check.Holds(), now); err != nil {
			return err
		}
		if err := content.Keep(ctx, tx, check, r.ID); err != nil {
			return err
		}
		return tx.Requests.Rewrite(ctx, r)
	})
}

package content

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Show puts pictures on what waits for a moderator.
func (c *Checks) Show(ctx context.Context, rows []*model.Held) error {
	var ids []model.ID
	for _, h := range rows {
		if h.Subject == model.SubjectPhoto {
			ids = append(ids, h.SubjectID)
		}
	}
	if c == nil || len(ids) == 0 {
		return nil
	}
	photos, err := c.store.Photos.Some(ctx, ids)
	for _, h := range rows {
		if p := photos[h.SubjectID]; p != nil && h.Subject == model.SubjectPhoto {
			c.key.Link(p, c.now())
			h.Photo = p
		}
	}
	return err
}

// Approve shows what waits for a moderator. It fails with ErrNotFound, with ErrForbidden for who has a part in it, and with
// ErrHoldState when it does not wait.
func (c *Checks) Approve(ctx context.Context, who model.Actor, id model.ID) (*model.Held, error) {
	return c.decide(ctx, who, id, model.HoldApproved, "", func(tx *repository.Store, held *model.Held) error {
		show := c.apply[held.Subject]
		if show == nil {
			return fmt.Errorf("nobody shows a %s", held.Subject)
		}
		return show(ctx, tx, held)
	})
}

// Refuse has what waits for a moderator never be seen, and tells its author why. It fails as Approve does.
func (c *Checks) Refuse(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Held, error) {
	return c.decide(ctx, who, id, model.HoldRefused, reason, func(tx *repository.Store, held *model.Held) error {
		if held.Subject == model.SubjectPhoto {
			if err := tx.Photos.SetChecked(ctx, held.SubjectID, model.CheckRisky); err != nil {
				return err
			}
		}
		return notify.Tell(ctx, tx, refused(held.CommunityID, held.MemberID, held.Subject, held.ID, reason, c.now()))
	})
}

func (c *Checks) decide(ctx context.Context, who model.Actor, id model.ID, as model.HoldStatus, reason string,
	then func(tx *repository.Store, held *model.Held) error,
) (*model.Held, error) {
	now := c.now()
	return repository.Once(ctx, c.store, now, func(tx *repository.Store) (*model.Held, error) {
		held, err := tx.Checks.LockHold(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := who.May(model.OpModerate, held.Place); err != nil {
			return nil, err
		}
		if err := held.Judges(who); err != nil {
			return nil, err
		}
		if err := held.Decide(as, reason, who.MemberID, now); err != nil {
			return nil, err
		}
		verdict := &model.Check{
			ID: tx.NewID(), CommunityID: held.CommunityID, MemberID: held.MemberID, Subject: held.Subject, SubjectID: held.SubjectID,
			Suggest: model.CheckPass, Source: model.SourceModerator, CreatedAt: now, DecidedAt: now,
		}
		if as == model.HoldRefused {
			verdict.Suggest = model.CheckRisky
		}
		if err := tx.Checks.Add(ctx, verdict); err != nil {
			return nil, err
		}
		if err := tx.Checks.UpdateHold(ctx, held); err != nil {
			return nil, err
		}
		return held, then(tx, held)
	})
}

// refused tells somebody that what they wrote or showed is not shown.
func refused(community, member model.ID, subject model.Subject, id model.ID, reason string, now model.Instant) *model.Notice {
	what := map[model.Subject]string{
		model.SubjectOffer: "帮忙信息", model.SubjectNickname: "昵称", model.SubjectSkills: "技能", model.SubjectComment: "评价", model.SubjectCommentBack: "评价",
		model.SubjectPhoto: "照片",
	}[subject]
	body := "您的" + what + "没有通过审核，不会展示。"
	if reason != "" {
		body += "原因：" + reason
	}
	return &model.Notice{
		CommunityID: community, MemberID: member, Kind: model.NoticeContentRefused, Title: what + "没有通过审核", Body: body,
		Key: fmt.Sprintf("content:%d", id), CreatedAt: now,
	}
}

package register

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// ConsentGone has the sensitive flags of a member's household that rest on consent count no more, as one of the household
// took it back, and tells those who review them that this is due now. A child's word does not count. It is done within that
// transaction, and again is as good as once.
func (r *Register) ConsentGone(ctx context.Context, tx *repository.Store, m *model.Member) error {
	if m.HouseholdID == 0 || m.Child(r.now().Time().Year()) {
		return nil
	}
	n, err := tx.Nodes.Get(ctx, m.HouseholdID)
	if err != nil {
		return err
	}
	flags, err := tx.Register.FlagsOf(ctx, []model.ID{n.ID})
	if err != nil {
		return err
	}
	for _, f := range flags {
		if err := r.loseConsent(ctx, tx, n, f.ID); err != nil {
			return err
		}
	}
	return nil
}

func (r *Register) loseConsent(ctx context.Context, tx *repository.Store, n *model.Node, id model.ID) error {
	f, err := tx.Register.LockFlag(ctx, id)
	if err != nil {
		return err
	}
	scheme, err := tx.Register.LockScheme(ctx, n.CommunityID, f.Scheme)
	if err != nil || !f.LoseConsent(scheme, r.now()) {
		return err
	}
	if err := tx.Register.LoseConsent(ctx, f); err != nil {
		return err
	}
	reviewers, err := reviewersOf(ctx, tx, n, scheme)
	if err != nil {
		return err
	}
	notices := make([]*model.Notice, len(reviewers))
	for i, member := range reviewers {
		notices[i] = &model.Notice{
			CommunityID: n.CommunityID, MemberID: member, Kind: model.NoticeFlagReview, Title: "有住户撤回了同意，请复核",
			Body: "有一户撤回了对档案标记的同意，标记已停止使用，请在“待复核”清单中处理。", Ref: model.NoticeRef{Type: model.RefHousehold, ID: n.ID},
			Key: fmt.Sprintf("flag-consent:%d", f.ID), CreatedAt: r.now(),
		}
	}
	return notify.Tell(ctx, tx, notices...)
}

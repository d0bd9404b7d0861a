package register

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// sweepLimit is how many flags one round of the sweep takes.
const sweepLimit = 200

// Sweep tells grid workers of flags that have ended or end soon, so that somebody looks at them again; where a grid has no
// worker, the community's admins. The notice says neither which household it is nor what it is marked with. Any number of
// processes may run it, at any time. It returns of how many flags was told.
func (r *Register) Sweep(ctx context.Context) (int, error) {
	due, err := r.store.Register.UntoldFlags(ctx, r.now().Add(model.FlagReviewAhead), sweepLimit)
	if err != nil {
		return 0, err
	}
	return r.store.Each(ctx, "flag", due, func(tx *repository.Store, id model.ID) (bool, error) {
		f, err := tx.Register.LockFlag(ctx, id)
		if errors.Is(err, model.ErrNotFound) || err == nil && (!f.Standing() || f.ToldAt != 0) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		n, err := tx.Nodes.Get(ctx, f.HouseholdID)
		if err != nil {
			return false, err
		}
		scheme, err := tx.Register.LockScheme(ctx, n.CommunityID, f.Scheme)
		if err != nil {
			return false, err
		}
		reviewers, err := reviewersOf(ctx, tx, n, scheme)
		if err != nil {
			return false, err
		}
		var notices []*model.Notice
		for _, member := range reviewers {
			notices = append(notices, &model.Notice{
				CommunityID: n.CommunityID, MemberID: member, Kind: model.NoticeFlagReview, Title: "有住户档案需要复核",
				Body: "有一户的档案满一年或即将到期，请在“待复核”清单中处理。", Ref: model.NoticeRef{Type: model.RefHousehold, ID: n.ID},
				Key: fmt.Sprintf("flag-review:%d", f.ID), CreatedAt: r.now(),
			})
		}
		if err := notify.Tell(ctx, tx, notices...); err != nil {
			return false, err
		}
		return true, tx.Register.Told(ctx, f.ID, r.now())
	})
}

// reviewersOf returns who is told of a household that has a flag which they may see: its grid workers, else the admins of the
// community.
func reviewersOf(ctx context.Context, tx *repository.Store, n *model.Node, scheme *model.FlagScheme) ([]model.ID, error) {
	officers, err := tx.Roles.Officers(ctx, n.CommunityID, model.RoleGridWorker, model.RoleCommunityAdmin)
	var workers, admins []model.ID
	for _, o := range officers {
		g := model.Grant{Role: o.Role, NodeID: o.NodeID, NodeKind: o.NodeKind}
		switch {
		case !scheme.Active || !scheme.VisibleBy(g) || !g.Covers(n.Place):
		case o.Role == model.RoleGridWorker:
			workers = append(workers, o.MemberID)
		default:
			admins = append(admins, o.MemberID)
		}
	}
	if len(workers) == 0 {
		return admins, err
	}
	return workers, err
}

package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// managers returns who manages campaigns at the scope of a campaign.
func managers(ctx context.Context, tx *repository.Store, c *model.Campaign) ([]model.ID, error) {
	scope, err := tx.Nodes.Get(ctx, c.ScopeNodeID)
	if err != nil {
		return nil, err
	}
	held, err := tx.Roles.Officers(ctx, c.CommunityID, model.Permissions()[model.OpManageCampaign]...)
	if err != nil {
		return nil, err
	}
	var all []model.ID
	for _, h := range held {
		if (model.Grant{Role: h.Role, NodeID: h.NodeID, NodeKind: h.NodeKind}).Covers(scope.Place) && !slices.Contains(all, h.MemberID) {
			all = append(all, h.MemberID)
		}
	}
	return all, nil
}

// tellManagers tells something to those who manage a campaign, but for some.
func tellManagers(ctx context.Context, tx *repository.Store, c *model.Campaign, but []model.ID, notice *model.Notice) error {
	all, err := managers(ctx, tx, c)
	if err != nil {
		return err
	}
	var notices []*model.Notice
	for _, member := range all {
		if !slices.Contains(but, member) {
			n := *notice
			n.MemberID = member
			notices = append(notices, &n)
		}
	}
	return notify.Tell(ctx, tx, notices...)
}

// draftReason says why a campaign of a series is left a draft.
type draftReason string

// The reasons, as they are told.
const (
	fitToPublish draftReason = ""
	asPlanned    draftReason = "请检查后发布"
	plannerGone  draftReason = "策划人已不再负责这里的活动，没有自动发布，请检查后发布"
	themeGone    draftReason = "主题已停用，没有自动发布，请换主题后发布"
)

// unfit returns why the campaigns of a locked series are not published now.
func (s *Campaigns) unfit(ctx context.Context, tx *repository.Store, series *model.CampaignSeries) (draftReason, error) {
	all, err := managers(ctx, tx, &model.Campaign{CommunityID: series.CommunityID, ScopeNodeID: series.ScopeNodeID})
	if err != nil {
		return "", err
	}
	if !slices.Contains(all, series.CreatedBy) {
		return plannerGone, nil
	}
	settings, err := tx.Campaigns.Settings(ctx, series.CommunityID)
	if err != nil || settings.Review || !series.AutoPublish {
		return asPlanned, err
	}
	err = wantTheme(ctx, tx, &model.Campaign{CommunityID: series.CommunityID, Theme: series.Template.Theme})
	if errors.Is(err, model.ErrTheme) {
		return themeGone, nil
	}
	return fitToPublish, err
}

// tellOfDraft tells who planned a series of a draft that was made, or all who manage it when the planner does not any more.
func tellOfDraft(ctx context.Context, tx *repository.Store, c *model.Campaign, why draftReason, now model.Instant) error {
	notice := campaignNotice(c, c.CreatedBy, model.NoticeCampaignDraft, "draft", "定期活动已生成草稿",
		fmt.Sprintf("活动「%s」（%s）已生成草稿，%s。", c.Title, c.StartsAt.Time().Format("1月2日 15:04"), why), now)
	if why == plannerGone {
		return tellManagers(ctx, tx, c, nil, notice)
	}
	return notify.Tell(ctx, tx, notice)
}

package repository

import (
	"context"

	"gorm.io/gorm"

	"linbanglin/model"
)

// Dashboard counts what stands in the rows of a part of the tree.
type Dashboard struct{ conn }

// Figures is what is counted: each with its code and name, and how.
func (d Dashboard) Figures() []DashboardFigure {
	return []DashboardFigure{
		{"members", "居民", d.members},
		{"party_members", "党员", d.partyMembers},
		{"households", "户", d.households},
		{"organisations", "组织", d.organisations},
		{"requests_open", "进行中的求助", d.openRequests},
		{"requests_confirmed", "本月完成并确认的求助", d.confirmedRequests},
		{"campaigns", "本月的活动", d.campaigns},
		{"signups", "本月的活动报名", d.signups},
		{"points_earned", "本月服务积分", d.earned(model.Points)},
		{"minutes_earned", "本月服务时长（分钟）", d.earned(model.Minutes)},
		{"proposals_open", "进行中的议题", d.openProposals},
		{"proposals_decided", "本月表决通过的议题", d.decidedProposals},
		{"undertakings", "进行中的共建事项", d.undertakings},
		{"matters_open", "进行中的社情民意", d.openMatters},
		{"doorbell_alerts", "本月门铃报警（不含演练）", d.alarms},
		{"visits_made", "本月走访户次", d.visits},
	}
}

// DashboardFigure is one count of a dashboard.
type DashboardFigure struct {
	Code, Name string
	Count      func(ctx context.Context, q *DashboardQuery) (int64, error)
}

// DashboardQuery names a part of the tree and a month.
type DashboardQuery struct {
	Community model.ID
	Scope     model.Grant
	From, To  model.Day // both included
}

func (q *DashboardQuery) reach() []model.Grant { return []model.Grant{q.Scope} }

// rows begins a count of a table whose rows have places.
func (d Dashboard) rows(ctx context.Context, q *DashboardQuery, table string) *gorm.DB {
	return within(d.from(ctx).Table(table), q.Community, q.reach())
}

// people are the members of the roster who live within the part.
func (d Dashboard) people(ctx context.Context, q *DashboardQuery) *gorm.DB {
	return d.rows(ctx, q, "member").Where("merged_into = 0")
}

func counted(db *gorm.DB) (int64, error) {
	var n int64
	err := db.Count(&n).Error
	return n, err
}

func (d Dashboard) members(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.people(ctx, q))
}

func (d Dashboard) partyMembers(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.people(ctx, q).Where("branch_id <> 0"))
}

func (d Dashboard) households(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "node").Where("kind = ?", model.KindHousehold))
}

func (d Dashboard) organisations(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "organisation").Where("active = ?", true))
}

func (d Dashboard) openRequests(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "help_request").Where("status IN ?",
		[]model.RequestStatus{model.RequestOpen, model.RequestEscalated, model.RequestClaimed, model.RequestInProgress, model.RequestDone, model.RequestDisputed}))
}

func (d Dashboard) confirmedRequests(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "help_request").Where("status = ? AND done_at >= ? AND done_at < ?", model.RequestConfirmed, q.From.Start(), q.To.End()))
}

// nodes are the parts of the tree within the part.
func (d Dashboard) nodes(ctx context.Context, q *DashboardQuery) *gorm.DB {
	return d.rows(ctx, q, "node").Select("id")
}

func (d Dashboard) campaigns(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.from(ctx).Table("campaign").Where("community_id = ? AND scope_node_id IN (?)", q.Community, d.nodes(ctx, q)).
		Where("status IN ? AND starts_at < ? AND ends_at >= ?",
			[]model.CampaignStatus{model.CampaignPublished, model.CampaignClosing, model.CampaignPublication, model.CampaignDone}, q.To.End(), q.From.Start()))
}

func (d Dashboard) signups(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.from(ctx).Table("campaign_signup").Where("created_at >= ? AND created_at < ? AND member_id IN (?)",
		q.From.Start(), q.To.End(), d.people(ctx, q).Select("id")))
}

// earned counts what the people of the part earned, as Points.EarnedIn has it.
func (d Dashboard) earned(measure model.Measure) func(context.Context, *DashboardQuery) (int64, error) {
	return func(ctx context.Context, q *DashboardQuery) (int64, error) {
		rows, err := Points(d).EarnedIn(ctx, q.Community, q.Scope, q.From, q.To)
		var sum int64
		for _, r := range rows {
			if r.Measure == measure {
				sum += r.Amount
			}
		}
		return sum, err
	}
}

func (d Dashboard) openProposals(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "proposal").Where("status IN ?", []model.ProposalStatus{
		model.ProposalPublished, model.ProposalDiscussion, model.ProposalVoting, model.ProposalDecided, model.ProposalAnnounced, model.ProposalExecuting,
	}))
}

func (d Dashboard) decidedProposals(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "proposal").Where("decided_at >= ? AND decided_at < ? AND status IN ?", q.From.Start(), q.To.End(), []model.ProposalStatus{
		model.ProposalDecided, model.ProposalAnnounced, model.ProposalExecuting, model.ProposalReviewed, model.ProposalClosed,
	}).Where("tally LIKE ?", `%"passed":true%`))
}

func (d Dashboard) undertakings(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "joint_undertaking").Where("status IN ?", []model.JointStatus{model.JointProposed, model.JointActive}))
}

func (d Dashboard) openMatters(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "matter").Where("status IN ?", model.OpenMatters()))
}

func (d Dashboard) alarms(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.rows(ctx, q, "doorbell_alarm").Where("drill_id = 0 AND raised_at >= ? AND raised_at < ?", q.From.Start(), q.To.End()))
}

func (d Dashboard) visits(ctx context.Context, q *DashboardQuery) (int64, error) {
	return counted(d.from(ctx).Table("household_visit").Where("community_id = ? AND visited_at >= ? AND visited_at < ? AND household_id IN (?)",
		q.Community, q.From.Start(), q.To.End(), d.nodes(ctx, q).Where("kind = ?", model.KindHousehold)))
}

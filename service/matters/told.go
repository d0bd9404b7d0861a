package matters

import (
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// tell puts notices of a step into the inboxes of those whom it concerns, but for who took it: the reporter, who brought
// it in, the reporters of what was merged into it, and those who are to do something.
func tell(ctx context.Context, tx *repository.Store, m *model.Matter, step *model.MatterStep) error {
	var notices []*model.Notice
	seen := []model.ID{step.ActorID, 0}
	add := func(member model.ID, title, body string) {
		if title == "" || slices.Contains(seen, member) {
			return
		}
		seen = append(seen, member)
		notices = append(notices, &model.Notice{
			CommunityID: m.CommunityID, MemberID: member, Kind: model.NoticeMatter, Title: title, Body: "《" + m.Title + "》" + body,
			Ref: model.NoticeRef{Type: model.RefMatter, ID: m.ID}, Key: fmt.Sprintf("matter:%d:%d", m.ID, step.Version), CreatedAt: step.At,
		})
	}
	title, body := toReporter(m, step)
	reporters := []model.ID{m.ReporterID, m.FiledBy}
	if title != "" {
		followers, err := tx.Matters.FollowersOf(ctx, m.ID)
		if err != nil {
			return err
		}
		reporters = append(reporters, followers...)
	}
	for _, r := range reporters {
		add(r, title, body)
	}
	title, body = toOwner(m, step)
	add(m.OwnerID, title, body)
	title, body = toProposed(step)
	add(m.ProposedID, title, body)
	officers, title, body, err := toOfficers(ctx, tx, m, step)
	for _, o := range officers {
		add(o, title, body)
	}
	if err != nil {
		return err
	}
	return notify.Tell(ctx, tx, notices...)
}

// complaint tells who was refused what they can do.
const complaint = "如有异议，可向社区党委或街道申诉，也可拨打 12345。"

// toReporter is what the reporter is told of a step; without a title, nothing.
func toReporter(m *model.Matter, step *model.MatterStep) (title, body string) {
	due := func() string { return "，承诺 " + m.DueAt.Time().Format("2006-01-02 15:04") + " 前办结。" }
	switch step.Action {
	case model.ActReport:
		return "您的事项已登记", "已登记，由首问负责人跟进。"
	case model.ActAccept:
		return "您的事项已受理", "已受理" + due()
	case model.ActApproveRefusal:
		return "不予受理告知书", "不予受理。理由：" + m.Result + "；依据：" + m.LegalBasis + "。" + complaint
	case model.ActApproveExplain:
		return "暂不能解决告知书", "暂时不能解决。理由：" + m.Result + "；依据：" + m.LegalBasis + "。" + complaint
	case model.ActRedirect:
		return "请通过其他渠道反映", "不在本社区办理范围：" + m.Result
	case model.ActMerge:
		return "您的事项已合并", "与已有事项是同一件事，进展会一并告诉您。"
	case model.ActDispatch:
		return "已派给承办单位", "已派给承办单位办理。"
	case model.ActTake:
		return "负责人已变更", "已由新的负责人接手。"
	case model.ActContact, model.ActStart:
		return map[model.MatterAction]string{model.ActContact: "已与您联系", model.ActStart: "正在办理"}[step.Action], "办理中。"
	case model.ActPause:
		return "办理已暂停计时", "暂停计时：" + step.Reason
	case model.ActResume:
		return "办理已恢复计时", "恢复计时" + due()
	case model.ActGrantExtension:
		return "办理时限已延长", "经批准延期" + due()
	case model.ActFinish:
		return "您的事项已办理", "办理结果：" + m.Result + "。请评价。"
	case model.ActEscalate:
		return "已上报上一层级", "已转由上一层级办理。"
	case model.ActDescend:
		return "已转回下一层级", "已转回办理：" + step.Reason
	case model.ActClose:
		return "您的事项已办结", "已办结归档。"
	case model.ActReopen:
		return "您的事项重新办理", "已重新办理" + due()
	case model.ActWithdraw:
		return "事项已撤回", "已撤回。"
	}
	return "", ""
}

// toOwner is what the owner is told of a step that somebody else took.
func toOwner(m *model.Matter, step *model.MatterStep) (title, body string) {
	switch step.Action {
	case model.ActReport:
		return "有一件事项由您首问负责", "请受理或当场办结；别人接收之前由您负责。"
	case model.ActReopen:
		return "有一件事项重新办理", "由您负责重新办理。"
	case model.ActDeclineRefusal, model.ActDeclineExplain:
		return "报备未获同意", "请继续办理：" + step.Reason
	case model.ActGrantExtension:
		return "延期已批准", "新的时限是 " + m.DueAt.Time().Format("2006-01-02 15:04") + "。"
	case model.ActDenyExtension:
		return "延期未批准", "请按原时限办理。"
	case model.ActUphold:
		return "派单异议成立", "请改派其他单位。"
	case model.ActObject:
		return "承办单位提出异议", "等待裁定。"
	case model.ActEscalate:
		return "事项已上报", "已上报上一层级；对方接收之前仍由您负责。"
	case model.ActRate:
		return "居民已评价", "居民已作出评价。"
	case model.ActWithdraw:
		return "事项已撤回", "反映人已撤回。"
	}
	return "", ""
}

// toProposed is what somebody is told who is asked to take a matter over.
func toProposed(step *model.MatterStep) (title, body string) {
	switch step.Action {
	case model.ActHandover, model.ActEscalate, model.ActDescend:
		return "请您接收一件事项", "请确认是否接收；接收之后由您负责。"
	}
	return "", ""
}

// toOfficers returns whom of the units a step concerns, and what they are told.
func toOfficers(ctx context.Context, tx *repository.Store, m *model.Matter, step *model.MatterStep) (members []model.ID, title, body string, err error) {
	units := []model.ID{m.OrganisationID}
	switch step.Action {
	case model.ActDispatch:
		title, body = "有一件事项派给您单位", "请接收并在时限内联系反映人。"
	case model.ActOverrule:
		title, body = "派单异议不成立", "请接收办理。"
	case model.ActWhistle:
		title, body = "吹哨：请您单位报到", "请在时限内报到。"
		calls, err := tx.Matters.Whistles(ctx, []model.ID{m.ID})
		if err != nil {
			return nil, "", "", err
		}
		units = nil
		for _, w := range calls {
			if w.ReportedAt == 0 {
				units = append(units, w.OrganisationID)
			}
		}
	default:
		return nil, "", "", nil
	}
	for _, unit := range units {
		officers, err := tx.Organisations.Officers(ctx, unit)
		if err != nil {
			return nil, "", "", err
		}
		for _, o := range officers {
			members = append(members, o.MemberID)
		}
	}
	return members, title, body, nil
}

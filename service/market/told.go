package market

import (
	"fmt"
	"slices"

	"linbanglin/model"
)

// told returns the notices of a step: one at most for each member whom it concerns, but for who took it.
func told(w written) []*model.Notice {
	var notices []*model.Notice
	seen := []model.ID{w.by, 0}
	tell := func(member model.ID, kind model.NoticeKind, title, body string) {
		if title == "" || slices.Contains(seen, member) {
			return
		}
		seen = append(seen, member)
		r := w.request
		notices = append(notices, &model.Notice{
			CommunityID: r.CommunityID, MemberID: member, Kind: kind, Title: title, Body: "《" + r.Title + "》" + body,
			Ref: model.NoticeRef{Type: model.RefRequest, ID: r.ID}, Key: fmt.Sprintf("request:%d:%d", r.ID, w.step.Version), CreatedAt: w.step.At,
		})
	}
	title, body := toAsker(w)
	tell(w.request.RequesterID, model.NoticeRequest, title, body)
	tell(w.request.CreatedBy, model.NoticeRequest, title, body)
	for _, c := range append(slices.Clone(w.added), w.changed...) {
		title, body := toHelper(w, c)
		tell(c.HelperID, model.NoticeClaim, title, body)
	}
	title, body = toHelpers(w)
	for _, c := range w.request.Claims {
		if w.helps(c) {
			tell(c.HelperID, model.NoticeClaim, title, body)
		}
	}
	return notices
}

// helps reports whether what the step tells helpers is for the owner of a claim.
func (w written) helps(c *model.Claim) bool {
	if w.step.Action == model.ActionTakeOver {
		return c.ID == w.added[0].ReplacesID
	}
	return c.Status.Holds() || c.Status == model.ClaimConfirmed || c.Status == model.ClaimMissed
}

// toAsker is what who asked is told of a step; without a title, nothing.
func toAsker(w written) (title, body string) {
	switch w.step.Action {
	case model.ActionClaim, model.ActionPromote:
		return "有邻居认领了您的求助", "已有邻居认领，可以联系了。"
	case model.ActionYield, model.ActionSilence:
		return "帮忙的邻居换人了", "原来的邻居没能开始，已由另一位邻居接手。"
	case model.ActionUnclaim:
		return heldBefore(w, "有邻居退回了认领", "认领的邻居来不了了，我们继续帮您找。")
	case model.ActionStandIn:
		return "正在找人顶替", "认领的邻居临时有事，正在找人顶替。"
	case model.ActionGiveUp:
		return heldBefore(w, "没有找到顶替的邻居", "认领的邻居来不了，也没有找到顶替的人，我们继续帮您找。")
	case model.ActionStart:
		return "邻居开始帮忙了", "邻居已经开始。"
	case model.ActionFinish:
		if w.request.Status == model.RequestDone {
			return toConfirm(w.request)
		}
	case model.ActionConfirm:
		return "求助已确认完成", "已确认完成。"
	case model.ActionRate:
		return "有邻居评价了您", "双方都评价后可以看到。"
	case model.ActionDispute:
		return "有一方提出了异议", "已请人调解，您可以补充说明。"
	case model.ActionResolve:
		return "异议已裁定", "裁定结果：" + w.request.Reason
	case model.ActionCancel:
		return "求助已取消", "已取消：" + w.request.Reason
	case model.ActionLapse:
		return lapsed(w.request)
	}
	return "", ""
}

// lapsed is what who asked is told when time has moved a request on.
func lapsed(r *model.HelpRequest) (title, body string) {
	switch r.Status {
	case model.RequestExpired:
		return "求助已过期", "没有等到合适的邻居，可以重新发起。"
	case model.RequestEscalated:
		return "已转给网格员", "暂时没有邻居认领，网格员会来跟进。"
	case model.RequestDone:
		return toConfirm(r)
	case model.RequestOpen:
		return "认领已失效", "认领的邻居没有按时完成，我们继续帮您找。"
	}
	return "", ""
}

// toConfirm asks for a confirmation.
func toConfirm(r *model.HelpRequest) (title, body string) {
	if r.Proxied() {
		return "请确认帮忙完成", "邻居说已经完成，请回访后确认；七天内没有回应会自动确认。"
	}
	return "请确认帮忙完成", "邻居说已经完成，请确认；三天内没有回应会自动确认。"
}

// heldBefore is the words if the step ended a claim that had a slot.
func heldBefore(w written, title, body string) (string, string) {
	for _, c := range w.step.Claims {
		if c.From.Holds() && !c.To.Holds() {
			return title, body
		}
	}
	return "", ""
}

// toHelper is what a helper is told of what a step made of their claim.
func toHelper(w written, c *model.Claim) (title, body string) {
	switch c.Status {
	case model.ClaimActive:
		if w.step.Action != model.ActionKeep {
			return "轮到您了", "空出了名额，您已经认领；来不了请尽早退回。"
		}
	case model.ClaimReplaced:
		return "已有邻居接替您", "另一位邻居接下了这件事，您不用去了。"
	case model.ClaimWithdrawn:
		return "没有找到顶替的邻居", "没有找到顶替的人，您的认领已经退回。"
	case model.ClaimLapsed:
		return "认领已失效", "没有按时完成，认领已失效。"
	case model.ClaimConfirmed:
		switch {
		case w.step.Action == model.ActionRate:
			return "有邻居评价了您", "双方都评价后可以看到。"
		case c.Minutes < c.Reported:
			return "帮忙已部分确认", fmt.Sprintf("确认了 %d 分钟（您上报 %d 分钟）；如有不同意见，可以在 7 天内提出异议。", c.Minutes, c.Reported)
		}
		return "帮忙已确认", "谢谢您，服务已确认，积分和时长已记入手册。"
	case model.ClaimMissed:
		return "对方表示没有人来", "您的服务没有得到确认；如有不同意见，可以在 7 天内提出异议。"
	case model.ClaimVoid, model.ClaimUnfilled:
		return ended(w)
	}
	return "", ""
}

// ended is what a helper is told whose claim ended with the request, or without a slot.
func ended(w written) (title, body string) {
	switch w.step.Action {
	case model.ActionCancel:
		return "求助已取消", "已取消，您不用去了。"
	case model.ActionResolve:
		return "异议已裁定", "裁定结果：" + w.request.Reason
	case model.ActionKeep, model.ActionStart:
		return "不用接手了", "认领的邻居会去，谢谢您。"
	}
	return "名额没有空出来", "这次没有轮到您，谢谢您的热心。"
}

// toHelpers is what those are told who help, or have helped.
func toHelpers(w written) (title, body string) {
	switch w.step.Action {
	case model.ActionTakeOver:
		return "有邻居愿意接手", "您还没有开始，有邻居愿意接手：您要去请点“我会去”，不回应将由对方接手。"
	case model.ActionDispute:
		return "有一方提出了异议", "已请人调解，您可以补充说明。"
	case model.ActionResolve:
		return "异议已裁定", "裁定结果：" + w.request.Reason
	}
	return "", ""
}

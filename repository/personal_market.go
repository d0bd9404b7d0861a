package repository

import "linbanglin/model"

// noDoor takes what was asked for or done at somebody's home away from it; the grid stays, by which it is counted.
func noDoor(set map[string]any) map[string]any {
	set["building_id"], set["unit_id"], set["household_id"] = 0, 0, 0
	return set
}

// marketKinds is what neighbours asked of each other and did.
func marketKinds() []*PersonalKind {
	const request = "LEFT JOIN help_request r ON r.id = x.request_id"
	return []*PersonalKind{
		{
			Table: "help_request", Of: of("requester_id"), Key: "requests", Title: "求助",
			Fields: []PersonalField{
				text("id", "编号"), text("category", "类别"), text("title", "标题"), text("description", "说明"), text("status", "状态"), text("reason", "原因"),
				moment("created_at", "提出时间"), moment("done_at", "完成时间"),
			},
			Fate: blank(noDoor(map[string]any{"title": model.ErasedText, "description": "", "reason": "", "callback_note": "", "version": Bumped})),
		},
		{
			Table: "help_series", Of: of("requester_id"), Key: "request_series", Title: "定期求助",
			Fields: []PersonalField{text("category", "类别"), text("title", "标题"), text("description", "说明"), text("words", "周期"), text("status", "状态"), moment("created_at", "时间")},
			Fate:   blank(noDoor(map[string]any{"title": model.ErasedText, "description": "", "reason": "", "version": Bumped})),
		},
		{
			Table: "help_claim", Of: of("helper_id"), Key: "claims", Title: "认领", Join: request,
			Fields: []PersonalField{
				text("r.title", "求助"), text("status", "状态"), text("minutes", "分钟"), text("note", "我的说明"), text("reason", "退出原因"), text("rating", "对我的评分"),
				text("comment", "对我的评价"), text("back_rating", "我的评分"), text("back_text", "我的评价"), moment("claimed_at", "认领时间"), moment("finished_at", "完成时间"),
			},
			Fate: emptied("note", "reason", "back_text"),
		},
		{Table: "help_claim", Where: "x.request_id IN (SELECT r.id FROM help_request r WHERE r.requester_id IN ?)", Fate: emptied("comment")},
		{
			Table: "help_offer", Of: of("member_id"), Key: "offers", Title: "帮忙",
			Fields: []PersonalField{text("title", "标题"), text("categories", "类别"), text("availability", "时间"), text("skills", "特长"), text("status", "状态"), moment("created_at", "时间")},
			Fate: blank(noDoor(map[string]any{
				"title": model.ErasedText, "availability": "[]", "days_off": "[]", "skills": "[]", "quiet": "{}", "wishes": "{}", "status": string(model.OfferClosed), "version": Bumped,
			})),
		},
		{Table: "help_offer_category", Where: "x.offer_id IN (SELECT o.id FROM help_offer o WHERE o.member_id IN ?)", Fate: deleted()},
		{
			Table: "help_ask", Of: of("member_id"), Key: "asks", Title: "收到的邀请", Join: request, Fate: keep(keptRecord),
			Fields: []PersonalField{text("r.title", "求助"), text("answer", "答复"), moment("sent_at", "时间"), moment("answered_at", "答复时间")},
		},
		{
			Table: "help_ask_tally", Of: of("member_id"), Key: "ask_tallies", Title: "邀请的答复习惯", Fate: deleted(),
			Fields: []PersonalField{text("category", "类别"), text("day_part", "时段"), text("asked", "邀请"), text("accepted", "接受"), text("ignored", "未答")},
		},
		{
			Table: "help_consent", Of: of("member_id"), Key: "request_consents", Title: "代为求助的同意", Fate: emptied("note"),
			Fields: []PersonalField{text("method", "方式"), text("note", "说明"), moment("created_at", "时间")},
		},
		{
			Table: "help_dispute", Of: of("opened_by"), Key: "disputes", Title: "异议", Join: request, Fate: masked("reason"),
			Fields: []PersonalField{text("r.title", "求助"), text("reason", "理由"), text("outcome", "结果"), text("resolution", "说明"), moment("opened_at", "提出时间"), moment("resolved_at", "解决时间")},
		},
		{
			Table: "help_evidence", Of: of("member_id"), Key: "evidence", Title: "异议的说明", Fate: masked("text"),
			Fields: []PersonalField{text("text", "内容"), moment("created_at", "时间")},
		},
		{
			Table: "help_miss", Of: of("member_id"), Key: "misses", Title: "失约记录", Fate: emptied("excuse"),
			Fields: []PersonalField{text("kind", "类别"), text("status", "状态"), text("excuse", "说明"), text("decision", "决定"), moment("at", "时间")},
		},
	}
}

// pointKinds is what the ledger, boards and shop have; nothing of it is erased, since verify works on it.
func pointKinds() []*PersonalKind {
	const wallets = "x.owner_type = 2 AND x.owner_id IN ?"
	return []*PersonalKind{
		{
			Table: "point_account", Where: wallets, Key: "wallets", Title: "钱包", Fate: keep(keptLedger),
			Fields: []PersonalField{text("measure", "计量（1 积分，2 分钟）"), text("posted", "余额"), text("held", "预留"), text("last_seq", "笔数")},
		},
		{
			Table: "point_entry", Where: "x.account_id IN (SELECT a.id FROM point_account a WHERE a.owner_type = 2 AND a.owner_id IN ?)", Key: "entries", Title: "积分明细",
			Join: "LEFT JOIN point_transfer t ON t.id = x.transfer_id", Fate: keep(keptLedger),
			Fields: []PersonalField{
				moment("created_at", "时间"), text("t.measure", "计量（1 积分，2 分钟）"), text("seq", "序号"), text("posted_delta", "变动"), text("posted_after", "余额"),
				text("held_after", "预留"), text("t.code", "规则"), text("t.class", "类别（1 信用，2 荣誉）"), text("t.memo", "备注"),
			},
		},
		{Table: "point_transfer", Of: of("member_id"), Fate: keep(keptLedger)},
		{
			Table: "point_batch_item", Of: of("member_id"), Key: "batch_lines", Title: "批量积分", Fate: keep(keptLedger),
			Fields: []PersonalField{text("batch_id", "批次"), text("asked", "申请"), text("granted", "发放"), text("memo", "备注"), text("outcome", "结果")},
		},
		{
			Table: "board_standing", Of: of("subject_id"), Key: "standings", Title: "名次", Join: "LEFT JOIN board b ON b.id = x.board_id", Where: "b.kind = 'member'",
			Fields: []PersonalField{text("b.period_key", "期间"), text("b.scope", "范围"), text("rank_no", "名次"), text("points", "积分")}, Fate: keep(keptRecord),
		},
		{
			Table: "pioneer", Of: of("subject_id"), Key: "pioneer_lists", Title: "先锋岗名单", Join: "LEFT JOIN board b ON b.id = x.board_id",
			Fields: []PersonalField{text("b.period_key", "季度"), text("node_id", "范围（0 为全社区）"), text("rank_no", "名次"), text("points", "积分")}, Fate: keep(keptRecord),
		},
		{Table: "board_score", Of: of("subject_id"), Fate: keep(keptRecord)},
		{Table: "board_revised", Of: of("subject_id"), Fate: keep(keptRecord)},
		{
			Table: "certificate", Of: of("member_id"), Key: "certificates", Title: "证明", Fate: keep("证明的编号须可查验；姓名显示为已注销成员"),
			Fields: []PersonalField{text("number", "编号"), day("from_day", "从"), day("to_day", "至"), text("verified_minutes", "信用分钟"), text("declared_minutes", "荣誉分钟"), moment("issued_at", "出具时间")},
		},
		{
			Table: "honour", Of: of("member_id"), Key: "honours", Title: "荣誉", Fate: keep(keptRecord), Join: "LEFT JOIN campaign c ON c.id = x.campaign_id",
			Fields: []PersonalField{text("c.title", "活动"), text("kind", "荣誉"), text("place", "名次"), text("points", "积分"), text("minutes", "分钟"), moment("created_at", "时间")},
		},
		{
			Table: "shop_order", Of: of("buyer_id"), Key: "orders", Title: "兑换",
			Fields: []PersonalField{text("item_name", "物品"), text("quantity", "数量"), text("points", "积分"), text("status", "状态"), moment("created_at", "时间"), moment("picked_at", "领取时间")},
			Fate:   blank(noDoor(map[string]any{"reason": ""})),
		},
	}
}

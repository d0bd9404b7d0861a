package repository

import "linbanglin/model"

// campaignKinds is where somebody took part.
func campaignKinds() []*PersonalKind {
	const campaign = "LEFT JOIN campaign c ON c.id = x.campaign_id"
	return []*PersonalKind{
		{
			Table: "campaign_signup", Of: of("member_id"), Key: "signups", Title: "活动报名", Join: campaign, Fate: emptied("guardian"),
			Fields: []PersonalField{text("c.title", "活动"), text("session", "场次"), text("role", "岗位"), text("status", "状态"), moment("created_at", "时间")},
		},
		{
			Table: "campaign_checkin", Of: of("member_id"), Key: "checkins", Title: "活动签到", Join: campaign, Fate: emptied("reason"),
			Fields: []PersonalField{
				text("c.title", "活动"), text("session", "场次"), moment("checked_in_at", "签到"), moment("checked_out_at", "签退"), text("points", "积分"), text("minutes", "分钟"), text("reason", "补签原因"),
			},
		},
		{
			Table: "campaign_item", Of: of("member_id"), Key: "campaign_items", Title: "活动事项", Join: campaign, Fate: keep(keptRecord),
			Fields: []PersonalField{text("c.title", "活动"), text("item", "事项"), text("times", "次数"), text("points", "积分"), text("minutes", "分钟"), moment("created_at", "时间")},
		},
		{
			Table: "campaign_refusal", Of: of("member_id"), Key: "campaign_refusals", Title: "未能签到", Join: campaign, Fate: deleted(),
			Fields: []PersonalField{text("c.title", "活动"), text("session", "场次"), text("reason", "原因"), moment("created_at", "时间")},
		},
		{
			Table: "campaign_photo", Of: of("member_id"), Key: "photos", Title: "照片", Join: campaign + " LEFT JOIN matter m ON m.id = x.matter_id",
			Fields: []PersonalField{text("c.title", "活动"), {Column: "m.title", Title: "事项", name: "matter"}, text("kind", "种类"), text("status", "状态"), text("size", "字节"), moment("created_at", "时间")},
			Fate:   blank(map[string]any{"status": string(model.PhotoDropped), "updated_at": AtErasure}),
		},
		{
			Table: "visit", Of: of("member_id"), Key: "visits_to_me", Title: "对我的走访", Join: campaign,
			Fields: []PersonalField{text("c.title", "活动"), text("status", "状态"), person("volunteer_id", "走访人"), moment("done_at", "完成时间")},
			Fate:   blank(noDoor(map[string]any{"note": "", "reason": "", "version": Bumped})),
		},
		{
			Table: "visit", Of: of("volunteer_id"), Key: "visits_by_me", Title: "我的走访", Join: campaign, Fate: keep("走访记录写的是被走访的人，随其注销清空"),
			Fields: []PersonalField{text("c.title", "活动"), text("status", "状态"), moment("done_at", "完成时间")},
		},
		{
			Table: "visit_return", Of: of("volunteer_id"), Key: "visits_returned", Title: "退回的走访", Join: campaign, Fate: emptied("reason"),
			Fields: []PersonalField{text("c.title", "活动"), text("reason", "原因"), moment("created_at", "时间")},
		},
	}
}

// disclosureKinds is what somebody declared, and what was put before the neighbours.
func disclosureKinds() []*PersonalKind {
	return []*PersonalKind{
		{
			Table: "declaration", Of: of("member_id", "declared_by"), Key: "declarations", Title: "申报",
			Fields: []PersonalField{
				text("code", "规则"), text("points", "积分"), text("minutes", "分钟"), text("description", "说明"), text("evidence", "凭证"), text("status", "状态"), text("reason", "原因"), moment("created_at", "时间"),
			},
			Where: "(x.member_id IN ? OR x.declared_by = x.member_id)", Fate: keep(keptWithWhat),
		},
		{
			Table: "declaration", Of: of("member_id"),
			Fate: blank(noDoor(map[string]any{"description": model.ErasedText, "evidence": "[]", "reason": "", "version": Bumped})),
		},
		{
			Table: "publication_item", Of: of("member_id"), Key: "publications", Title: "公示", Fate: keep(keptPublic), Join: "LEFT JOIN publication p ON p.id = x.publication_id",
			Fields: []PersonalField{
				text("p.title", "公示"), text("display_name", "显示姓名"), text("verified_points", "信用积分"), text("declared_points", "荣誉积分"), text("description", "说明"), moment("p.starts_at", "开始"), moment("p.ends_at", "结束"),
			},
		},
		{
			Table: "appeal", Of: of("appellant_id"), Key: "appeals", Title: "申诉",
			Fields: []PersonalField{text("reason", "理由"), text("evidence", "凭证"), text("status", "状态"), text("review_reason", "复核理由"), moment("created_at", "时间"), moment("due_at", "时限")},
			Fate:   blank(noDoor(map[string]any{"reason": model.ErasedText, "evidence": "[]", "review_reason": "", "version": Bumped})),
		},
		{
			Table: "appeal_decision", Where: "x.appeal_id IN (SELECT a.id FROM appeal a WHERE a.appellant_id IN ?)", Key: "appeal_decisions", Title: "申诉决定", Fate: keep(keptAudit),
			Fields: []PersonalField{moment("decided_at", "时间"), text("result", "结果"), text("reason", "理由")},
		},
	}
}

// registerKinds is what the register has of somebody's household, as far as each of them may know it of the others, and what
// they do for others: a sensitive flag may be about a housemate, and so may the purpose for which somebody looked.
func registerKinds() []*PersonalKind {
	const plain = " AND EXISTS (SELECT 1 FROM flag_scheme s WHERE s.community_id = x.community_id AND s.code = x.scheme AND s.sensitivity = 'normal')"
	const mine = "IN (SELECT m.household_id FROM member m WHERE m.household_id > 0 AND m.id IN ?)"
	return []*PersonalKind{
		{
			Table: "household_flag", Where: "x.household_id " + mine + plain, Key: "household_flags", Title: "家庭标记", Fate: keep("属于住户档案，不写明是谁；工作人员按期复核"),
			Fields: []PersonalField{text("scheme", "标记"), text("source", "来源"), text("consent", "同意"), moment("since", "从"), moment("expires_at", "至"), moment("ended_at", "结束时间")},
		},
		{
			Table: "household_visit", Where: "x.household_id " + mine, Key: "household_visits", Title: "对我家的走访", Fate: keep("属于住户档案，不写明是谁"),
			Fields: []PersonalField{moment("visited_at", "时间"), person("visitor_id", "走访人"), text("outcome", "结果")},
		},
		{
			Table: "register_read", Where: "x.node_id " + mine, Key: "register_reads", Title: "谁看过我家的档案", Fate: keep(keptAudit),
			Fields: []PersonalField{moment("created_at", "时间"), person("reader_id", "查看人"), text("what", "内容")},
		},
		{
			Table: "household_charge", Of: of("member_id"), Key: "charges", Title: "包保住户", Where: "x.slot >= 0", Fate: keep(keptRecord),
			Fields: []PersonalField{moment("since", "从"), moment("ended_at", "至")},
		},
		{
			Table: "team_member", Of: of("member_id"), Key: "teams", Title: "服务队", Join: "LEFT JOIN service_team s ON s.id = x.team_id", Fate: keep(keptRecord),
			Fields: []PersonalField{text("s.name", "服务队"), moment("joined_at", "加入"), moment("left_at", "离开")},
		},
		{Table: "team_member", Of: of("member_id"), Where: "x.slot = 0", Fate: blank(map[string]any{"slot": OwnID, "left_at": AtErasure})},
		{
			Table: "service_team", Of: of("leader_id"), Key: "teams_led", Title: "带领的服务队", Fate: keep("在任时不能注销"),
			Fields: []PersonalField{text("name", "服务队"), text("active", "在用")},
		},
		{
			Table: "organisation_officer", Of: of("member_id"), Key: "organisations", Title: "单位联系人", Fate: deleted(), Join: "LEFT JOIN organisation o ON o.id = x.organisation_id",
			Fields: []PersonalField{text("o.name", "单位"), moment("created_at", "时间")},
		},
		{
			Table: "family_group_member", Of: of("member_id"), Key: "family_groups", Title: "家庭党小组", Fate: deleted(), Join: "LEFT JOIN family_group g ON g.id = x.group_id",
			Fields: []PersonalField{text("g.name", "小组")},
		},
		{
			Table: "family_group", Of: of("leader_id"), Key: "family_groups_led", Title: "带领的家庭党小组", Fate: keep("在任时不能注销"),
			Fields: []PersonalField{text("name", "小组")},
		},
		{
			Table: "pioneer_post", Of: of("holder_id"), Key: "pioneer_posts", Title: "先锋岗", Fate: emptied("reason"),
			Fields: []PersonalField{text("title", "岗位"), text("spot", "地点"), text("reason", "理由"), text("status", "状态"), day("from_day", "从"), day("to_day", "至")},
		},
		{
			Table: "joint_note", Of: of("member_id"), Key: "joint_notes", Title: "共建记录", Fate: keep("单位共建的工作记录"),
			Fields: []PersonalField{text("body", "内容"), moment("created_at", "时间")},
		},
	}
}

package repository

import "linbanglin/model"

// careKinds is the doorbell and the reception room.
func careKinds() []*PersonalKind {
	return []*PersonalKind{
		{
			Table: "doorbell_home", Of: of("elder_id"), Key: "doorbell_home", Title: "爱心门铃", Fate: emptied("consent_note"),
			Fields: []PersonalField{text("active", "启用"), text("consent_method", "同意方式"), text("consent_note", "说明"), moment("consent_at", "同意时间")},
		},
		{
			Table: "doorbell_alarm", Of: of("elder_id"), Key: "alarms", Title: "我的求助铃", Fate: emptied("note"),
			Fields: []PersonalField{moment("raised_at", "时间"), text("source", "来源"), text("status", "状态"), text("outcome", "结果"), moment("on_site_at", "到场"), moment("resolved_at", "结束")},
		},
		{
			Table: "doorbell_pair", Of: of("volunteer_id"), Key: "pairs", Title: "结对帮扶", Fate: emptied("reason", "consent_note"),
			Fields: []PersonalField{text("kind", "类别"), text("status", "状态"), moment("proposed_at", "提议"), moment("answered_at", "答复"), moment("ended_at", "结束")},
		},
		{
			Table: "doorbell_pair", Where: "x.household_id IN (SELECT h.household_id FROM doorbell_home h WHERE h.elder_id IN ?)", Key: "pairs_of_mine", Title: "与我结对的人",
			Fields: []PersonalField{person("volunteer_id", "志愿者"), text("kind", "类别"), text("status", "状态"), moment("answered_at", "从"), moment("ended_at", "至")},
			Fate:   emptied("reason", "consent_note"),
		},
		{
			Table: "doorbell_delivery", Of: of("recipient_id"), Key: "alarm_calls", Title: "收到的求助铃", Fate: emptied("answer"),
			Fields: []PersonalField{moment("created_at", "时间"), text("channel", "方式"), text("status", "状态")},
		},
		{
			Table: "doorbell_check_in", Of: of("member_id"), Key: "check_ins", Title: "平安签到", Fate: keep(keptRecord),
			Fields: []PersonalField{day("check_day", "日期"), text("source", "方式")},
		},
		{
			Table: "reception_host", Of: of("member_id"), Key: "reception_host", Title: "会客室值守", Fate: deleted(),
			Fields: []PersonalField{text("status", "状态"), text("rest_weekdays", "休息日"), text("days_off", "请假"), moment("created_at", "时间")},
		},
		{
			Table: "reception_shift", Of: of("member_id"), Key: "shifts", Title: "会客室排班", Fate: keep(keptRecord),
			Fields: []PersonalField{day("duty_day", "日期"), text("status", "状态"), moment("checked_in_at", "签到"), moment("checked_out_at", "签退")},
		},
		{
			Table: "reception_swap", Of: of("from_id", "to_id"), Key: "swaps", Title: "换班", Fate: keep(keptRecord),
			Fields: []PersonalField{moment("created_at", "时间"), text("status", "状态")},
		},
		{
			Table: "reception_visit", Of: of("host_id"), Key: "receptions", Title: "我的接待", Fate: keep("接待的工作记录，来访人不在其中"),
			Fields: []PersonalField{day("visit_day", "日期"), text("kind", "类别"), text("outcome", "结果")},
		},
		{
			Table: "reception_party", Of: of("member_id"), Key: "mediations", Title: "参加的调解", Join: "LEFT JOIN reception_mediation d ON d.id = x.mediation_id", Fate: blank(map[string]any{"name": model.ErasedName}),
			Fields: []PersonalField{moment("d.created_at", "时间"), text("name", "称呼"), text("d.outcome", "结果")},
		},
	}
}

// matterKinds is what somebody brought before the community.
func matterKinds() []*PersonalKind {
	return []*PersonalKind{
		{
			Table: "matter", Of: of("reporter_id"), Key: "matters", Title: "社情民意", read: Personal.readMatters,
			Fields: []PersonalField{
				text("id", "编号"), text("category", "类别"), text("title", "标题"), text("text", "内容"), text("contact_name", "联系人"), text("contact_phone", "联系电话"), text("status", "状态"),
				text("result", "结果"), text("satisfaction", "满意度"), moment("created_at", "时间"), moment("done_at", "办结"), moment("closed_at", "关闭"),
			},
			Fate: blank(noDoor(map[string]any{"title": model.ErasedText, "text": "", "contact_name": "", "contact_phone": "", "version": Bumped})),
		},
		{
			Table: "matter_step", Where: "x.actor_id IN ? AND x.reason <> '' AND x.matter_id IN (SELECT m.id FROM matter m WHERE m.reporter_id IN ?)", Key: "matter_words",
			Title: "事项中我的说明", Fate: masked("reason"), // the replay of a matter does not read it
			Fields: []PersonalField{moment("at", "时间"), text("action", "步骤"), text("reason", "说明")},
		},
		{
			Table: "matter", Of: of("filed_by"), Where: "x.filed_by <> x.reporter_id", Key: "matters_filed", Title: "代报的事项", Fate: keep(keptRecord),
			Fields: []PersonalField{moment("created_at", "时间"), text("category", "类别"), text("status", "状态")},
		},
		{
			Table: "breach", Of: of("accountable_id"), Key: "breaches", Title: "违诺记录", Fate: emptied("explanation", "appeal"),
			Fields: []PersonalField{text("kind", "类别"), text("status", "状态"), text("explanation", "说明"), text("decision", "决定"), text("appeal", "申诉"), text("review", "复核"), moment("created_at", "时间")},
		},
		{
			Table: "errand", Of: of("courier_id"), Key: "errands", Title: "无偿代办", Fate: keep(keptRecord),
			Fields: []PersonalField{moment("created_at", "时间"), text("status", "状态"), moment("closed_at", "结束")},
		},
		{
			Table: "errand_receipt", Of: of("by_id"), Key: "errand_receipts", Title: "代办交接", Fate: keep("材料和钱款交接的凭证；只有编号"),
			Fields: []PersonalField{moment("at", "时间"), text("kind", "事项"), text("cents", "金额（分）"), text("note", "说明")},
		},
	}
}

// deliberationKinds is what somebody proposed, said and whether they voted; what they voted is known to nobody.
func deliberationKinds() []*PersonalKind {
	const proposal = "LEFT JOIN proposal p ON p.id = x.proposal_id"
	return []*PersonalKind{
		{
			Table: "proposal", Of: of("created_by"), Key: "proposals", Title: "提出的议题", Fate: keep(keptPublic),
			Fields: []PersonalField{moment("created_at", "时间"), text("title", "标题"), text("description", "说明"), text("status", "状态")},
		},
		{
			Table: "proposal_comment", Of: of("member_id"), Key: "comments", Title: "议题发言", Join: proposal, Fate: masked("body"),
			Fields: []PersonalField{moment("created_at", "时间"), text("p.title", "议题"), text("body", "内容"), text("status", "状态")},
		},
		{
			Table: "proposal_objection", Of: of("member_id"), Key: "objections", Title: "对决议的异议", Join: proposal, Fate: masked("reason"),
			Fields: []PersonalField{moment("created_at", "时间"), text("p.title", "议题"), text("reason", "理由"), text("answer", "答复")},
		},
		{
			Table: "proposal_seconder", Of: of("member_id"), Key: "seconded", Title: "附议", Join: proposal, Fate: keep(keptVote),
			Fields: []PersonalField{moment("created_at", "时间"), text("p.title", "议题")},
		},
		{
			Table: "proposal_elector", Of: of("member_id"), Key: "votes", Title: "表决（只有是否参加）", Fate: keep(keptVote),
			Join:   proposal + " LEFT JOIN ballot_roll b ON b.proposal_id = x.proposal_id AND b.voter_id = x.voter_id",
			Fields: []PersonalField{text("p.title", "议题"), day("b.voted_day", "投票日期")},
		},
		{Table: "ballot_roll", Of: of("voter_id"), Fate: keep(keptVote)},
		{
			Table: "proposal_task", Of: of("owner_id"), Key: "proposal_tasks", Title: "负责的落实事项", Join: proposal, Fate: keep(keptPublic),
			Fields: []PersonalField{{Column: "p.title", Title: "议题", name: "proposal"}, text("title", "事项"), day("due_day", "时限"), text("result", "结果"), moment("done_at", "完成时间")},
		},
	}
}

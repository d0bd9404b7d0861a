package repository

import "linbanglin/model"

// PersonalKinds lists what tables hold of people, in the order in which erasure goes through them. A table that names
// people is here or in PersonalExceptions, which a test sees to. The member's own row is erased by itself.
func PersonalKinds() []*PersonalKind {
	var all []*PersonalKind
	for _, family := range [][]*PersonalKind{
		accountKinds(), inboxKinds(), marketKinds(), pointKinds(), campaignKinds(), disclosureKinds(), registerKinds(), careKinds(), matterKinds(), deliberationKinds(),
	} {
		all = append(all, family...)
	}
	return all
}

func text(column, title string) PersonalField {
	return PersonalField{Column: column, Title: title, As: AsText}
}

func moment(column, title string) PersonalField {
	return PersonalField{Column: column, Title: title, As: AsTime}
}

func day(column, title string) PersonalField {
	return PersonalField{Column: column, Title: title, As: AsDay}
}

func person(column, title string) PersonalField {
	return PersonalField{Column: column, Title: title, As: AsPerson}
}

func secret(column, title string) PersonalField {
	return PersonalField{Column: column, Title: title, As: AsSecret}
}

func of(columns ...string) []string { return columns }

func keep(why string) Fate           { return Fate{Keep: why} }
func blank(set map[string]any) Fate  { return Fate{Set: set} }
func deleted() Fate                  { return Fate{Delete: true} }
func masked(columns ...string) Fate  { return blanked(model.ErasedText, columns...) }
func emptied(columns ...string) Fate { return blanked("", columns...) }

func blanked(with string, columns ...string) Fate {
	set := map[string]any{}
	for _, c := range columns {
		set[c] = with
	}
	return Fate{Set: set}
}

// Why rows stay.
const (
	keptLedger   = "积分和时长账本只增不改，对账和核验需要；只有编号"
	keptRecord   = "服务记录和名次的依据；只有编号，显示为已注销成员"
	keptAudit    = "谁在何时查看、办理的留痕，依法保存；只有编号"
	keptVote     = "表决名册须与票数相符；只有编号，从不记录投了什么"
	keptPublic   = "已经公开的议事和公示记录；姓名显示为已注销成员或已打码"
	keptWithWhat = "与同一张表的另一类一起处理"
)

// accountKinds is who somebody is here, and how they get in.
func accountKinds() []*PersonalKind {
	return []*PersonalKind{
		{
			Table: "member", Of: of("id", "merged_into"), Key: "profile", Title: "基本信息", read: Personal.readProfile, Fate: keep("改为已注销成员：姓名、手机、出生年份和月份、住址等全部清空"),
			Fields: []PersonalField{
				text("id", "编号"), text("name", "姓名"), text("nickname", "昵称"), text("phone", "手机号"), text("birth_year", "出生年份"), text("birth_month", "出生月份"),
				text("gender", "性别"),
				text("skills", "特长"), text("head", "户主"), text("anonymous", "榜单匿名"), moment("created_at", "建立时间"),
			},
		},
		{
			Table: "member", Of: of("id"), Key: "home", Title: "住址", read: Personal.readDoor, Fate: keep(keptWithWhat),
			Fields: []PersonalField{
				text("community", "社区"), text("area", "片区"), text("grid", "网格"), text("branch", "支部"), text("building", "楼幢"), text("unit", "单元"), text("door", "门牌"),
			},
		},
		{
			Table: "wechat_identity", Of: of("member_id"), Key: "identities", Title: "微信身份", Fate: deleted(),
			Fields: []PersonalField{text("app_id", "小程序"), secret("open_id", "微信标识（打码）"), moment("created_at", "绑定时间")},
		},
		{
			Table: "login_session", Of: of("member_id"), Key: "sessions", Title: "登录设备", Fate: emptied("device"),
			Fields: []PersonalField{text("device", "设备"), moment("created_at", "登录时间"), moment("used_at", "最近使用"), moment("ended_at", "退出时间")},
		},
		{
			Table: "auth_event", Of: of("member_id"), Key: "account_events", Title: "登录与权限记录", Fate: keep("网络安全法要求保存的日志，链式记录不可改动；只有编号"),
			Fields: []PersonalField{moment("at", "时间"), text("kind", "事件"), text("detail", "说明")},
		},
		{
			Table: "privacy_agreement", Of: of("member_id"), Key: "consents", Title: "个人信息同意", Fate: emptied("note"),
			Fields: []PersonalField{
				text("purpose", "用途"), text("version", "政策版本"), text("given", "同意"), text("agreer", "由谁表示"), text("channel", "方式"), text("note", "说明"), moment("at", "时间"),
			},
		},
		{Table: "refresh_token", Of: of("member_id"), Fate: deleted()},
		{
			Table: "bind_code", Of: of("member_id"), Key: "bind_codes", Title: "绑定码", Fate: deleted(),
			Fields: []PersonalField{moment("created_at", "发出时间"), moment("expires_at", "到期时间"), moment("used_at", "使用时间")},
		},
		{
			Table: "member_guard", Of: of("member_id"), Key: "locks", Title: "账号锁定", Fate: deleted(),
			Fields: []PersonalField{moment("locked_at", "锁定时间"), moment("locked_until", "锁定至"), text("reason", "原因"), text("strikes", "错误次数")},
		},
		{
			Table: "role_grant", Of: of("member_id"), Key: "roles", Title: "角色", Where: "x.revoked_at = 0", Fate: blank(map[string]any{"revoked_at": AtErasure}),
			Fields: []PersonalField{text("role", "角色"), text("node_kind", "范围"), moment("created_at", "授予时间")},
		},
		{
			Table: "role_grant", Of: of("member_id"), Where: "x.revoked_at > 0", Key: "former_roles", Title: "曾任角色", Fate: keep(keptAudit),
			Fields: []PersonalField{text("role", "角色"), text("node_kind", "范围"), moment("created_at", "授予时间"), moment("revoked_at", "收回时间")},
		},
		{
			Table: "role_proposal", Of: of("member_id"), Key: "role_proposals", Title: "角色提议", Fate: emptied("reason", "decision"),
			Fields: []PersonalField{text("role", "角色"), text("action", "事项"), text("status", "状态"), moment("created_at", "时间")},
		},
		{
			Table: "role_proposal", Of: of("member_id"), Where: "x.status = 'open'",
			Fate: blank(map[string]any{"status": string(model.RoleProposalWithdrawn), "decided_at": AtErasure}),
		},
		{Table: "idempotency", Of: of("member_id"), Fate: deleted()},
		{
			Table: "data_export", Of: of("member_id"), Key: "data_exports", Title: "个人信息副本", Fate: blank(map[string]any{"expires_at": AtErasure}),
			Fields: []PersonalField{text("status", "状态"), moment("created_at", "申请时间"), moment("expires_at", "保留至")},
		},
		{ // one that is made is over too, so that its file goes as those of the others do
			Table: "data_export", Of: of("member_id"), Where: "x.closed = 0", Fate: blank(map[string]any{"status": string(model.ExportReady), "closed": OwnID, "expires_at": AtErasure}),
		},
		{
			Table: "erasure", Of: of("member_id"), Key: "erasures", Title: "注销申请", Fate: keep("证明依申请完成了注销；只有编号"),
			Fields: []PersonalField{text("status", "状态"), moment("asked_at", "申请时间"), moment("due_at", "等待至"), moment("ended_at", "结束时间")},
		},
		{
			Table: "rights_request", Of: of("member_id"), Key: "rights_requests", Title: "权利请求", Fate: masked("body", "answer"),
			Fields: []PersonalField{text("kind", "类别"), text("body", "内容"), text("status", "状态"), text("answer", "答复"), moment("created_at", "提出时间"), moment("answered_at", "答复时间")},
		},
	}
}

// inboxKinds is what somebody was told, and what they allow.
func inboxKinds() []*PersonalKind {
	return []*PersonalKind{
		{
			Table: "notice", Of: of("member_id"), Key: "notices", Title: "通知", Fate: deleted(),
			Fields: []PersonalField{moment("created_at", "时间"), text("kind", "类别"), text("title", "标题"), text("body", "内容"), moment("read_at", "已读时间")},
		},
		{
			Table: "message", Of: of("member_id"), Key: "messages", Title: "微信消息", Fate: deleted(),
			Fields: []PersonalField{moment("created_at", "时间"), text("kind", "类别"), text("status", "状态")},
		},
		{
			Table: "message_stock", Of: of("member_id"), Key: "message_consents", Title: "消息订阅", Fate: deleted(),
			Fields: []PersonalField{text("template_id", "模板"), text("reported", "授权次数"), text("spent", "已用"), moment("refused_at", "拒绝时间")},
		},
		{
			Table: "message_quiet", Of: of("member_id"), Key: "message_quiet", Title: "免打扰", Fate: deleted(),
			Fields: []PersonalField{text("quiet_from", "从"), text("quiet_to", "至")},
		},
		{
			Table: "wechat_withdrawal", Of: of("member_id"), Key: "withdrawals", Title: "撤回授权", Fate: keep("撤回授权的证明；只有编号"),
			Fields: []PersonalField{text("info", "范围"), moment("created_at", "时间")},
		},
		{
			Table: "content_check", Of: of("member_id"), Key: "content_checks", Title: "内容检查", Fate: deleted(),
			Fields: []PersonalField{text("subject", "对象"), text("suggest", "结果"), moment("created_at", "时间")},
		},
		{
			Table: "content_hold", Of: of("member_id"), Key: "content_holds", Title: "待审内容", Fate: deleted(),
			Fields: []PersonalField{text("subject", "对象"), text("body", "内容"), text("status", "状态"), text("reason", "理由"), moment("created_at", "时间")},
		},
		{
			Table: "contact_reveal", Of: of("subject_id"), Key: "reveals_of_me", Title: "谁看过我的联系方式", Fate: keep(keptAudit),
			Fields: []PersonalField{moment("created_at", "时间"), person("reader_id", "查看人"), text("what", "内容"), text("purpose", "用途")},
		},
		{
			Table: "contact_reveal", Of: of("reader_id"), Key: "reveals_by_me", Title: "我看过的联系方式", Fate: keep(keptAudit),
			Fields: []PersonalField{moment("created_at", "时间"), person("subject_id", "对象"), text("what", "内容"), text("purpose", "用途")},
		},
	}
}

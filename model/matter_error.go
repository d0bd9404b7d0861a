package model

// The failures of matters.
var (
	ErrMatterState      = &Error{Conflict, "matter.state", "事项当前状态不能这样操作", "The state of the matter does not allow this."}
	ErrMatterPaused     = &Error{Conflict, "matter.paused", "事项已暂停计时，请先恢复", "The clock of the matter is paused; resume it first."}
	ErrMatterCategory   = &Error{Invalid, "matter.category_unknown", "服务目录里没有这一类事项", "The catalogue has no such category."}
	ErrMatterUnit       = &Error{Invalid, "matter.unit_outside_directory", "这个单位不在派单目录内", "This unit is not in the directory."}
	ErrMatterCommittee  = &Error{Invalid, "matter.not_community_primary", "这类事项不属于居委会职责清单，不能派给居委会", "This is not of the committee's duties and is not passed on to it."}
	ErrMatterNoOfficer  = &Error{Conflict, "matter.no_officer", "这里还没有网格员或社区管理员，暂时不能受理", "Nobody is there yet to whom the matter can go."}
	ErrMatterPlace      = &Error{Invalid, "matter.place", "事发地点应为本社区的片区、网格、楼栋或单元", "The place is an area, a grid, a building or a unit of the community."}
	ErrHandoverSelf     = &Error{Invalid, "matter.handover_self", "不能移交给自己", "One does not hand over to oneself."}
	ErrHandoverTo       = &Error{Invalid, "matter.handover_to", "只能移交给负责这里的工作人员或目录内单位的经办人", "A matter goes to an officer of the place or of a unit in the directory."}
	ErrHandoverState    = &Error{Conflict, "matter.handover_state", "没有等待您接收的移交", "There is no hand-over that waits for you."}
	ErrUnitPending      = &Error{Conflict, "matter.unit_pending", "承办单位还没有接收", "The unit has not accepted the matter yet."}
	ErrUnitAccepted     = &Error{Conflict, "matter.unit_accepted", "承办单位已经接收，首接负责，不能再推回", "The unit has accepted the matter and does not push it back."}
	ErrUnitObjected     = &Error{Conflict, "matter.unit_objected", "这个单位的派单异议已经成立，请派给别的单位", "The objection of this unit was upheld."}
	ErrMatterOwn        = &Error{Forbidden, "matter.own_decision", "须由另一位负责人审核", "Somebody else must decide this."}
	ErrMatterCallSoon   = &Error{Conflict, "matter.call_too_soon", "上次没有打通还不到 4 小时，请晚些时候再打", "The last call that nobody answered is less than 4 hours ago; please try again later."}
	ErrExtensionLate    = &Error{Conflict, "matter.extension_late", "已过办理时限，不能再延期", "An extension is asked and granted before the deadline."}
	ErrExtensionState   = &Error{Conflict, "matter.extension_state", "没有等待审批的延期，或已有一项在审批", "There is no extension to decide on, or there is one already."}
	ErrExtensionTo      = &Error{Invalid, "matter.extension_until", "新的时限应晚于原时限，且不超过原时限后 90 天", "The new deadline is later than the old one, by 90 days at most."}
	ErrMatterNoResult   = &Error{Conflict, "matter.no_result", "没有办理结果，不能办结", "A matter without a result is not closed."}
	ErrMatterReopens    = &Error{Conflict, "matter.reopened_twice", "最多重办两次，可按告知的途径申诉", "A matter is reopened twice at most."}
	ErrMatterUnresolved = &Error{Conflict, "matter.unresolved", "居民不满意或未解决，7 天内可以要求重办，暂不能办结", "The reporter may still have it reopened."}
	ErrMatterFollowed   = &Error{Conflict, "matter.followed", "已有其他居民的同类事项合并到这一件", "Other matters follow this one."}
	ErrMergeTarget      = &Error{Invalid, "matter.merge_target", "只能合并到本社区另一件未办结的主事项", "A matter is merged into another open one of the community."}
	ErrTierTop          = &Error{Conflict, "matter.tier_top", "已经是街道层级", "It is at the top tier already."}
	ErrTierBottom       = &Error{Conflict, "matter.tier_bottom", "已经是网格层级", "It is at the lowest tier already."}
	ErrTierTries        = &Error{Conflict, "matter.tier_tries", "还没有两次办理未成", "It has not failed twice yet."}
	ErrWhistleTier      = &Error{Conflict, "matter.whistle_tier", "只有社区和街道层级可以吹哨", "Units are called at the tiers of the community and of the street."}
	ErrWhistleTime      = &Error{Invalid, "matter.whistle_time", "报到时限应在现在之后、承办时限之前，且在 30 天内", "The time to report in is in the future, within 30 days and before the co-unit's own deadline."}
	ErrWhistleState     = &Error{Conflict, "matter.whistle_state", "没有等待您单位的吹哨，或已经报到、评价过", "There is no call for your unit, or it was answered or rated already."}
	ErrErrandState      = &Error{Conflict, "errand.state", "代办当前状态不能这样操作", "The state of the errand does not allow this."}
	ErrErrandPaper      = &Error{Invalid, "errand.paper_unknown", "材料不在这项代办的清单里，或不在交出的人手里", "The paper is not of this errand, or not where it is handed over from."}
	ErrErrandMoney      = &Error{Invalid, "errand.money", "款项应为 1 分到 10 万元，支付和退还不能多于收到的", "An amount is positive, and no more is paid and returned than was received."}
	ErrErrandOpen       = &Error{Conflict, "errand.open", "材料和款项还没有全部交还", "Not all papers and money are back."}
)

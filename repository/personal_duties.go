package repository

import (
	"context"
	"strconv"
	"strings"

	"linbanglin/model"
)

// duty is what keeps somebody from closing their account: rows of a table that are theirs to end first. Each ? of the
// condition is their ids, each $ the time.
//
// The ids that are told are those of the operations that end it, which may be those of something else, of a kind.
type duty struct{ code, kind, table, id, where, text string }

// duties lists them in the order in which they are told.
func duties() []duty {
	return []duty{
		{"requests", "request", "help_request", "id", "requester_id IN ? AND status NOT IN ('confirmed', 'closed', 'cancelled', 'expired')", "还有未结束的求助，请先确认完成或取消"},
		{"series", "request_series", "help_series", "id", "requester_id IN ? AND status IN ('pending_review', 'active')", "还有定期求助，请先结束"},
		{"claims", "request", "help_claim", "request_id", "helper_id IN ? AND status IN ('waiting', 'taking', 'active', 'leaving', 'started', 'finished')", "还有认领的求助没有办完，请先完成或退出"},
		{
			"disputes", "request", "help_dispute", "request_id", "resolved_at = 0 AND (opened_by IN ? OR mediator_id IN ? OR request_id IN (SELECT c.request_id FROM help_claim c WHERE c.helper_id IN ?))",
			"还有未解决的异议，请等待调解结束",
		},
		{"cases", "request", "help_dispatch", "request_id", "owner_id IN ? AND status = 'case'", "还有首问负责的求助，请先移交"},
		{"shifts", "shift", "reception_shift", "id", "member_id IN ? AND status IN ('draft', 'published', 'checked_in') AND ends_at > $", "会客室还有排班，请先换班或取消"},
		{"campaigns", "campaign", "campaign", "id", "created_by IN ? AND status NOT IN ('settled', 'cancelled')", "组织的活动还没有结束，请先结束、结算或取消"},
		{"visits", "visit", "visit", "id", "volunteer_id IN ? AND status = 'assigned'", "还有走访任务，请先完成或退回"},
		{"orders", "order", "shop_order", "id", "buyer_id IN ? AND status = 'reserved'", "积分超市还有待领取的物品，请先领取或取消"},
		{"declarations", "declaration", "declaration", "id", "member_id IN ? AND status IN ('declared', 'verified', 'published')", "还有申报没有办完，请先撤回或等待入账"},
		{"appeals", "appeal", "appeal", "id", "appellant_id IN ? AND status IN ('open', 'resolved', 'reviewing')", "还有申诉没有办结"},
		{
			"publications", "publication", "publication", "id", "status = 'publishing' AND id IN (SELECT i.publication_id FROM publication_item i WHERE i.member_id IN ?)",
			"您在公示名单中，请等公示结束",
		},
		{"matters", "matter", "matter", "id", "reporter_id IN ? AND status NOT IN ('refused', 'duplicate', 'redirected', 'rated', 'closed', 'withdrawn')", "反映的事项还没有办结，请先撤回或等待办结"},
		{
			"matters_owned", "matter", "matter", "id", "(owner_id IN ? OR proposed_id IN ?) AND status IN ('reported', 'refusal', 'accepted', 'dispatched', 'objected', 'contacted', 'handling', 'explaining')",
			"还有负责办理的事项，请先移交",
		},
		{"errands", "matter", "errand", "matter_id", "courier_id IN ? AND status = 'open'", "还有代办没有交还，请先办完"},
		{"breaches", "breach", "breach", "id", "accountable_id IN ? AND status IN ('open', 'explained', 'upheld', 'appealed')", "还有违诺记录没有办结"},
		{"doorbell", "household", "doorbell_home", "household_id", "elder_id IN ? AND active = 1", "爱心门铃还在使用，请先请网格员停用"},
		{"pairs", "pair", "doorbell_pair", "id", "volunteer_id IN ? AND status IN ('proposed', 'active')", "还有结对帮扶，请先结束结对"},
		{"alarms", "alarm", "doorbell_alarm", "id", "status <> 'resolved' AND (elder_id IN ? OR acked_by IN ? OR on_site_by IN ?)", "还有未结束的求助铃"},
		{"charges", "household", "household_charge", "household_id", "member_id IN ? AND slot = 0", "还有包保的住户，请先请社区移交"},
		{"teams", "team", "service_team", "id", "leader_id IN ? AND active = 1", "还是服务队队长，请先移交"},
		{"groups", "family_group", "family_group", "id", "leader_id IN ?", "还是家庭党小组组长，请先移交"},
		{"proposal_tasks", "proposal_task", "proposal_task", "id", "owner_id IN ? AND done_at = 0", "还有负责落实的决议事项，请先办完或移交"},
		{
			"last_admin", "community", "role_grant", "community_id", "member_id IN ? AND role = 'community_admin' AND node_kind = 'community' AND revoked_at = 0 AND NOT EXISTS (SELECT 1 FROM role_grant o " +
				"WHERE o.community_id = role_grant.community_id AND o.role = 'community_admin' AND o.node_kind = 'community' AND o.revoked_at = 0 AND o.member_id <> role_grant.member_id)",
			"您是本社区最后一位管理员，请先让别人接任",
		},
	}
}

// Duties lists the codes of what keeps somebody from closing their account.
func Duties() []string {
	codes := []string{}
	for _, d := range duties() {
		codes = append(codes, d.code)
	}
	return codes
}

// Hindrances returns why the account of a person cannot be closed now, with what is to be ended first; none when it can.
func (p Personal) Hindrances(ctx context.Context, of []model.ID, now model.Instant) ([]model.Hindrance, error) {
	parts := []any{}
	for i, d := range duties() {
		var args []any
		for _, c := range d.where {
			switch c {
			case '?':
				args = append(args, of)
			case '$':
				args = append(args, now)
			}
		}
		parts = append(parts, p.from(ctx).Table(d.table).Select(strconv.Itoa(i)+" AS duty, "+d.id+" AS id").Where(strings.ReplaceAll(d.where, "$", "?"), args...))
	}
	var rows []struct {
		Duty int
		ID   model.ID
	}
	all := strings.TrimPrefix(strings.Repeat(" UNION ?", len(parts)), " UNION ") + " ORDER BY duty, id"
	if err := p.from(ctx).Raw(all, parts...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	found, last := []model.Hindrance{}, -1
	for _, row := range rows {
		if row.Duty != last {
			d := duties()[row.Duty]
			found, last = append(found, model.Hindrance{Code: d.code, Kind: d.kind, Text: d.text}), row.Duty
		}
		found[len(found)-1].Add(row.ID)
	}
	return found, nil
}

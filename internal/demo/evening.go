package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// campaign runs one of 十助十送 from the plan to the settlement.
func (s *stage) campaign(ctx context.Context) {
	s.scene("傍晚：十助十送活动「助老送关怀」")
	organizer := s.as("organizer-1")
	var c struct {
		ID string `json:"id"`
	}
	now := time.Now()
	plan := map[string]any{
		"theme": "lao", "title": "重阳敬老服务", "scope_unit_id": organizer.home, "budget": 500, "capacity": 40,
		"starts_at": now.Add(-time.Minute).Format(time.RFC3339), "ends_at": now.Add(3 * time.Hour).Format(time.RFC3339),
		"rules": map[string]any{"points_per_checkin": 8, "minutes_per_checkin": 60},
		"plan": map[string]any{
			"organisers": []map[string]string{{"organisation": "社区卫生服务站", "kind": "服务联办", "duty": "量血压"}},
			"sessions": []map[string]any{
				session("第一场", now.Add(-time.Minute), now.Add(time.Hour)), session("第二场", now.Add(time.Hour), now.Add(3*time.Hour)),
			},
		},
	}
	if !s.want("策划", organizer.post(ctx, "/campaigns", s.calls.key(), plan, &c)) ||
		!s.want("发布", organizer.post(ctx, "/campaigns/"+c.ID+"/publish", s.calls.key(), nil, nil)) {
		return
	}
	s.say("%s 发布活动：两场，每场 40 个名额，预算 500 分；社区卫生服务站服务联办", organizer.name)
	people := append(handles("party", 1, 20), handles("resident", 1, 30)...)
	_, errs := s.crowd("报名", people, func(v *visitor) error {
		return v.post(ctx, "/campaigns/"+c.ID+"/signups", s.calls.key(), nil, nil)
	})
	s.want("报名", errors.Join(errs...))
	s.checkIn(ctx, organizer, c.ID, people)
	if !s.want("结束", organizer.post(ctx, "/campaigns/"+c.ID+"/close", s.calls.key(), nil, nil)) {
		return
	}
	err := until(ctx, func() error { return organizer.post(ctx, "/campaigns/"+c.ID+"/settle", s.calls.key(), nil, nil) })
	if !s.want("结算", err) {
		return
	}
	var list ranks
	if s.want("活动榜", organizer.get(ctx, "/leaderboards?campaign_id="+c.ID+"&limit=3", &list)) {
		s.say("活动结束并结算：%d 人上榜（来源 %s），剩余预算退回社区", list.Total, list.Source)
	}
	s.again(ctx, organizer, c.ID, now.Add(7*24*time.Hour))
}

// session is a part of the campaign that one signs up for.
func session(name string, from, to time.Time) map[string]any {
	return map[string]any{"name": name, "starts_at": from.Format(time.RFC3339), "ends_at": to.Format(time.RFC3339)}
}

// again copies a campaign and asks a second person for the review.
func (s *stage) again(ctx context.Context, organizer *visitor, id string, at time.Time) {
	var c struct {
		ID string `json:"id"`
	}
	start := map[string]string{"starts_at": at.Format(time.RFC3339)}
	if !s.want("复制", organizer.post(ctx, "/campaigns/"+id+"/copy", s.calls.key(), start, &c)) ||
		!s.want("提交审核", organizer.post(ctx, "/campaigns/"+c.ID+"/submit", s.calls.key(), nil, nil)) {
		return
	}
	err := organizer.post(ctx, "/campaigns/"+c.ID+"/approve", s.calls.key(), nil, nil)
	if !refused(err, "campaign.own") {
		s.want("自己审核应被拒绝", unexpected(err))
	}
	if s.want("审核", s.as("admin-1").post(ctx, "/campaigns/"+c.ID+"/approve", s.calls.key(), nil, nil)) {
		s.say("%s 把活动复制到下周并提交审核；自己审核被拒绝：%v；由 %s 审核通过", organizer.name, err, s.as("admin-1").name)
	}
}

// checkIn has everybody scan the code at the door, some twice and one with an old code.
func (s *stage) checkIn(ctx context.Context, organizer *visitor, id string, people []string) {
	var code struct {
		Code string `json:"code"`
	}
	if !s.want("签到码", organizer.get(ctx, "/campaigns/"+id+"/checkin-code", &code)) {
		return
	}
	_, errs := s.crowd("扫码签到", people, func(v *visitor) error {
		for range 2 {
			if err := v.post(ctx, "/campaigns/"+id+"/checkins", s.calls.key(), map[string]string{"code": code.Code}, nil); err != nil {
				return err
			}
		}
		return nil
	})
	s.want("签到", errors.Join(errs...))
	err := s.as("resident-35").post(ctx, "/campaigns/"+id+"/checkins", s.calls.key(), map[string]string{"code": "AAAAAAAA"}, nil)
	if !refused(err, "campaign.code_invalid") {
		s.want("假签到码应被拒绝", unexpected(err))
	}
	s.say("每人扫两次只记一次；假签到码被拒绝：%v", err)
}

// corrections has an organizer award by hand, and the community take a mistake back.
func (s *stage) corrections(ctx context.Context) {
	s.scene("傍晚：补记与冲正")
	organizer, admin, member := s.as("organizer-1"), s.as("admin-1"), s.as("resident-1")
	var receipt struct {
		ID      string `json:"transfer_id"`
		Balance int64  `json:"balance"`
	}
	body := map[string]any{"member_id": member.id, "amount": 100, "code": "ADJUST", "memo": "楼道清扫"}
	if s.want("补记", organizer.post(ctx, "/points/awards", s.calls.key(), body, &receipt)) {
		s.say("%s 给 %s 补记 100 分，余额 %d", organizer.name, member.name, receipt.Balance)
	}
	reason := map[string]string{"reason": "多记了一个零"}
	if s.want("冲正", admin.post(ctx, "/points/transfers/"+receipt.ID+"/reverse", s.calls.key(), reason, &receipt)) {
		s.say("%s 冲正这笔：多记了一个零，余额 %d", admin.name, receipt.Balance)
	}
	body["amount"] = 10
	if s.want("补记", organizer.post(ctx, "/points/awards", s.calls.key(), body, &receipt)) {
		s.say("%s 改记 10 分，余额 %d", organizer.name, receipt.Balance)
	}
}

// boards waits until all is counted, and shows where people stand.
func (s *stage) boards(ctx context.Context) {
	s.scene("晚上：排行榜")
	reader := s.as("party-1")
	var head struct {
		Seq  int64  `json:"seq"`
		Hash string `json:"hash"`
	}
	var list ranks
	time.Sleep(300 * time.Millisecond) // the sealer's poll
	err := until(ctx, func() error {
		if err := errors.Join(reader.get(ctx, "/ledger/head", &head), reader.get(ctx, "/leaderboards?period=day&limit=10", &list)); err != nil {
			return err
		}
		if list.Seq < head.Seq {
			return fmt.Errorf("榜单统计到第 %d 条，账本到第 %d 条", list.Seq, head.Seq)
		}
		return nil
	})
	if !s.want("排行榜", err) {
		return
	}
	s.say("账本已封存 %d 条，末尾哈希 %.16s…，榜单已全部计入", head.Seq, head.Hash)
	var me struct {
		Rank       *int64  `json:"rank"`
		Points     int64   `json:"points"`
		Percentile float64 `json:"percentile"`
		ToNext     int64   `json:"to_next"`
	}
	if s.want("我的名次", reader.get(ctx, "/leaderboards/me?period=day", &me)) && me.Rank != nil {
		s.say("%s 今天第 %d 名，%d 分，超过 %.0f%% 的上榜邻居，再得 %d 分前进一名", reader.name, *me.Rank, me.Points, me.Percentile, me.ToNext)
	}
	var teams ranks
	if s.want("网格榜", reader.get(ctx, "/leaderboards?period=day&kind=team&scope=grid", &teams)) && len(teams.Items) > 0 {
		s.say("人均第一的网格：%s，人均 %.2f 分", teams.Items[0].Team.Name, teams.Items[0].PerHead)
	}
}

// summary tells what the day came to.
func (s *stage) summary(ctx context.Context) {
	s.scene("一天的总结")
	admin := s.as("admin-1")
	for _, state := range []struct{ code, name string }{
		{"open,escalated", "等待帮忙"}, {"claimed,in_progress", "正在帮忙"}, {"done", "等待确认"}, {"confirmed", "已确认"}, {"disputed", "有异议"}, {"cancelled,expired,closed", "取消或关闭"},
	} {
		var list struct {
			Items []request `json:"items"`
		}
		if s.want("统计求助", admin.get(ctx, "/requests?limit=100&status="+state.code, &list)) {
			s.say("求助 %s：%d", state.name, len(list.Items))
		}
	}
	var points, minutes int64
	for _, v := range s.cast {
		var b struct {
			Posted  int64 `json:"posted"`
			Minutes int64 `json:"minutes"`
		}
		if s.want("余额", v.get(ctx, "/points/me", &b)) {
			points, minutes = points+b.Posted, minutes+b.Minutes
		}
	}
	s.say("入账 %d 积分，%d 分钟服务时长", points, minutes)
	var list ranks
	if s.want("排行榜", admin.get(ctx, "/leaderboards?period=day&limit=10", &list)) {
		s.say("今日前十（共 %d 人上榜）：", list.Total)
		for _, i := range list.Items {
			s.say("  %2d  %-10s %4d 分", i.Rank, i.Member.Name, i.Points)
		}
	}
}

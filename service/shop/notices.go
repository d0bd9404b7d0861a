package shop

import (
	"fmt"

	"linbanglin/model"
)

// what names what was ordered: 大米 ×2.
func what(o *model.Order) string { return fmt.Sprintf("%s ×%d", o.ItemName, o.Quantity) }

// notice tells the buyer where an order stands. The pick-up code is not in it.
func notice(o *model.Order, now model.Instant) *model.Notice {
	n := &model.Notice{
		CommunityID: o.CommunityID, MemberID: o.BuyerID, Ref: model.NoticeRef{Type: model.RefOrder, ID: o.ID},
		Key: fmt.Sprintf("order:%d:%s", o.ID, o.Status), CreatedAt: now,
	}
	switch o.Status {
	case model.OrderReserved:
		until := o.ExpiresAt.Time().Format("2006-01-02 15:04")
		n.Kind, n.Title = model.NoticeOrderReserved, "兑换成功，请按时领取"
		n.Body = fmt.Sprintf("您用 %d 积分预订了「%s」，请在 %s 前到积分超市出示取货码领取，逾期积分自动退回。", o.Points, what(o), until)
	case model.OrderPickedUp:
		n.Kind, n.Title = model.NoticeOrderPickedUp, "已领取"
		n.Body = fmt.Sprintf("您预订的「%s」已领取，使用 %d 积分。如不是您领取的，请联系社区。", what(o), o.Points)
	case model.OrderCancelled:
		n.Kind, n.Title = model.NoticeOrderCancelled, "预订已取消"
		n.Body = fmt.Sprintf("工作人员取消了您预订的「%s」，%d 积分已退回。原因：%s", what(o), o.Points, o.Reason)
	case model.OrderLapsed:
		n.Kind, n.Title = model.NoticeOrderLapsed, "预订已过期"
		n.Body = fmt.Sprintf("您预订的「%s」超过领取期限，%d 积分已退回。", what(o), o.Points)
	case model.OrderRefunded:
		n.Kind, n.Title = model.NoticeOrderRefunded, "兑换已退回"
		n.Body = fmt.Sprintf("您领取的「%s」已办理退回，%d 积分已退回。原因：%s", what(o), o.Points, o.Reason)
	}
	return n
}

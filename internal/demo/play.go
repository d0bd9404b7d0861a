package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Play lets a day pass in the demo's community at the server of a base address: everything over HTTP, each
// act told in a line. It fails with all that did not go as it should.
func Play(ctx context.Context, base string, out io.Writer) error {
	s := &stage{out: out, base: base, cast: map[string]*visitor{}}
	start := time.Now()
	for _, scene := range []func(context.Context){
		s.morning, s.consents, s.offers, s.requests, s.contest, s.helping, s.dispute, s.campaign, s.corrections, s.boards, s.summary,
	} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		scene(ctx)
	}
	s.say("一天用时 %.1f 秒，%d 步出错", time.Since(start).Seconds(), len(s.failed))
	return errors.Join(s.failed...)
}

// morning logs everybody in.
func (s *stage) morning(context.Context) {
	s.scene("清晨：邻居们登录小程序")
	client := newClient()
	var who []string
	for kind, n := range map[string]int{"resident": 40, "party": 20, "gridworker": 6, "organizer": 1, "admin": 1, "street": 1, "auditor": 1} {
		who = append(who, handles(kind, 1, n)...)
	}
	for _, h := range who {
		s.cast[h] = &visitor{base: s.base, http: client, handle: h}
	}
	_, errs := s.crowd("登录", who, func(v *visitor) error { return v.login(context.Background()) })
	s.want("登录", errors.Join(errs...))
	err := (&visitor{base: s.base, http: client, handle: "nobody-1"}).login(context.Background())
	if !refused(err, "auth.code_invalid") {
		s.want("陌生人登录应被拒绝", unexpected(err))
	}
	s.say("陌生的登录码被拒绝：%v", err)
}

// offers has party members say what they are ready to do.
func (s *stage) offers(ctx context.Context) {
	s.scene("上午：党员和邻居提供帮助")
	kinds := []string{"errand", "repair", "escort", "haircut", "digital", "tutoring"}
	_, errs := s.crowd("发布帮忙", handles("party", 1, 20), func(v *visitor) error {
		kind := kinds[int(v.handle[len(v.handle)-1]-'0')%len(kinds)]
		return v.post(ctx, "/offers", s.calls.key(), map[string]any{
			"categories": []string{kind}, "title": "我来帮忙", "weekly_limit": 10,
			"availability": []map[string]any{{"weekday": 6, "from": "09:00", "to": "17:00"}, {"weekday": 7, "from": "09:00", "to": "17:00"}},
		}, nil)
	})
	s.want("发布帮忙", errors.Join(errs...))
}

// requests has residents ask, and a grid worker ask for someone without a phone.
func (s *stage) requests(ctx context.Context) {
	s.scene("上午：居民发起求助")
	var asked request
	for i, title := range []string{"取一个快递", "修一下灯", "陪老人看病", "上门理发", "学用手机挂号", "辅导作业"} {
		v := s.as(fmt.Sprintf("resident-%d", 21+i))
		category := []string{"errand", "repair", "escort", "haircut", "digital", "tutoring"}[i]
		if s.want("求助", v.post(ctx, "/requests", s.calls.key(), map[string]any{"category": category, "title": title}, &asked)) {
			s.say("%s 求助「%s」", v.name, title)
		}
		s.matched(ctx, v, asked)
	}
	worker := s.as("gridworker-1")
	var people struct {
		Items []struct {
			ID   string `json:"id"`
			Name string `json:"display_name"`
		} `json:"items"`
	}
	if !s.want("查看网格居民", worker.get(ctx, "/members?role=resident&limit=5", &people)) || len(people.Items) == 0 {
		return
	}
	elder := people.Items[len(people.Items)-1]
	err := worker.post(ctx, "/requests", s.calls.key(), map[string]any{
		"category": "companion", "title": "陪老人聊聊天", "on_behalf_of": elder.ID, "consent": map[string]any{"method": "phone", "note": "电话里同意"},
	}, nil)
	if s.want("代为求助", err) {
		s.say("网格员 %s 替没有手机的 %s 求助「陪老人聊聊天」", worker.name, elder.Name)
	}
}

// matched tells the best match of a request, and why.
func (s *stage) matched(ctx context.Context, v *visitor, r request) {
	var found struct {
		Items []struct {
			Score float64            `json:"score"`
			Parts map[string]float64 `json:"parts"`
			Offer struct {
				Member struct {
					Name string `json:"display_name"`
				} `json:"member"`
			} `json:"offer"`
		} `json:"items"`
	}
	if s.want("推荐", v.get(ctx, "/requests/"+r.ID+"/matches", &found)) && len(found.Items) > 0 {
		m := found.Items[0]
		s.say("  推荐 %s，%.2f 分（远近 %.2f，类别 %.2f，时间 %.2f，空闲 %.2f）", m.Offer.Member.Name, m.Score,
			m.Parts["closeness"], m.Parts["category"], m.Parts["availability"], m.Parts["load"])
	}
}

// contest has many helpers claim at once: as many win as there are slots.
func (s *stage) contest(ctx context.Context) {
	s.scene("中午：许多邻居同时认领")
	for _, slots := range []int{1, 3} {
		asker := s.as(fmt.Sprintf("resident-%d", 10+slots))
		var r request
		body := map[string]any{"category": "moving", "title": "帮忙抬家具", "urgency": "urgent", "slots": slots}
		if !s.want("求助", asker.post(ctx, "/requests", s.calls.key(), body, &r)) {
			return
		}
		helpers := append(handles("party", 1, 20), handles("resident", 20, 39)...)
		won, errs := s.crowd(fmt.Sprintf("40 人抢 %d 个名额", slots), helpers, func(v *visitor) error {
			return v.post(ctx, "/requests/"+r.ID+"/claim", s.calls.key(), nil, nil)
		})
		s.expect("认领", errs, "request.already_claimed")
		if won != slots {
			s.want("认领", fmt.Errorf("%d 人认领成功，应为 %d 人", won, slots))
		}
		s.say("%d 人认领成功，%d 人被告知「已经有邻居认领了」", won, len(errs))
		if err := asker.post(ctx, "/requests/"+r.ID+"/claim", s.calls.key(), nil, nil); !refused(err, "request.own") {
			s.want("认领自己的求助应被拒绝", unexpected(err))
		}
		s.finishAll(ctx, asker, r.ID)
	}
}

// finishAll has all who claimed a request help, and its requester confirm.
func (s *stage) finishAll(ctx context.Context, asker *visitor, id string) {
	var r request
	if !s.want("查看求助", asker.get(ctx, "/requests/"+id, &r)) {
		return
	}
	for _, c := range r.Claims {
		helper := s.byID(c.Helper.ID)
		if helper == nil || c.Status != "active" {
			continue
		}
		s.want("开始", helper.post(ctx, "/requests/"+id+"/start", s.calls.key(), nil, nil))
		s.want("完成", helper.post(ctx, "/requests/"+id+"/finish", s.calls.key(), map[string]any{"minutes": 40, "note": "已经抬好"}, nil))
	}
	key := s.calls.key()
	for range 2 { // a client that heard no answer sends it again
		if !s.want("确认", asker.post(ctx, "/requests/"+id+"/confirm", key, map[string]any{"rating": 5}, &r)) {
			return
		}
	}
	s.say("%s 确认完成「%s」，%d 位邻居得到积分和时长", asker.name, r.Title, len(r.Claims))
}

func (s *stage) byID(id string) *visitor {
	for _, v := range s.cast {
		if v.id == id {
			return v
		}
	}
	return nil
}

// helping goes through the requests of the morning: claims, withdrawals, work, confirmations.
func (s *stage) helping(ctx context.Context) {
	s.scene("下午：上门帮忙")
	for i, r := range s.openRequests(ctx) {
		helper := s.as(fmt.Sprintf("party-%d", i+1))
		if err := helper.post(ctx, "/requests/"+r.ID+"/claim", s.calls.key(), nil, nil); !s.want("认领", err) {
			continue
		}
		if i == 0 {
			s.want("退回", helper.post(ctx, "/requests/"+r.ID+"/unclaim", s.calls.key(), map[string]string{"reason": "临时有事"}, nil))
			s.say("%s 临时有事，退回「%s」，求助重新开放", helper.name, r.Title)
			helper = s.as("party-19")
			s.want("认领", helper.post(ctx, "/requests/"+r.ID+"/claim", s.calls.key(), nil, nil))
		}
		s.want("开始", helper.post(ctx, "/requests/"+r.ID+"/start", s.calls.key(), nil, nil))
		s.want("完成", helper.post(ctx, "/requests/"+r.ID+"/finish", s.calls.key(), map[string]any{"minutes": 30 + 10*i}, nil))
		if i == 1 {
			continue // waits for the dispute
		}
		for n := 21; n <= 26; n++ {
			asker := s.as(fmt.Sprintf("resident-%d", n))
			if asker.post(ctx, "/requests/"+r.ID+"/confirm", s.calls.key(), map[string]any{"rating": 5, "comment": "谢谢"}, nil) == nil {
				s.say("%s 帮 %s 完成「%s」，对方确认", helper.name, asker.name, r.Title)
			}
		}
	}
}

// openRequests returns the residents' requests of the morning that are open.
func (s *stage) openRequests(ctx context.Context) []request {
	var open []request
	for n := 21; n <= 26; n++ {
		var mine struct {
			Items []request `json:"items"`
		}
		if s.want("列出求助", s.as(fmt.Sprintf("resident-%d", n)).get(ctx, "/requests?mine=requested&status=open", &mine)) {
			open = append(open, mine.Items...)
		}
	}
	return open
}

// dispute has one requester disagree, and the community decide.
func (s *stage) dispute(ctx context.Context) {
	s.scene("下午：一次异议，一次取消")
	asker, admin := s.as("resident-22"), s.as("admin-1")
	var mine struct {
		Items []request `json:"items"`
	}
	if !s.want("列出求助", asker.get(ctx, "/requests?mine=requested&status=done", &mine)) || len(mine.Items) == 0 {
		return
	}
	r := mine.Items[0]
	if s.want("异议", asker.post(ctx, "/requests/"+r.ID+"/dispute", s.calls.key(), map[string]string{"reason": "灯还是不亮"}, nil)) {
		s.say("%s 对「%s」提出异议：灯还是不亮", asker.name, r.Title)
	}
	body := map[string]string{"outcome": "confirm", "reason": "上门核实，已修好"}
	if s.want("裁定", admin.post(ctx, "/requests/"+r.ID+"/resolve", s.calls.key(), body, nil)) {
		s.say("社区 %s 上门核实后裁定：计分", admin.name)
	}
	var extra request
	late := s.as("resident-30")
	s.want("求助", late.post(ctx, "/requests", s.calls.key(), map[string]any{"category": "other", "title": "借一把梯子"}, &extra))
	if s.want("取消", late.post(ctx, "/requests/"+extra.ID+"/cancel", s.calls.key(), map[string]string{"reason": "已经借到了"}, nil)) {
		s.say("%s 取消「%s」：已经借到了", late.name, extra.Title)
	}
}

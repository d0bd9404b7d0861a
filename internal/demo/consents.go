package demo

import (
	"context"
	"errors"
	"net/http"
)

// policyText is what the demo's street says about personal information.
const policyText = "我们只收集邻里互助所必需的个人信息，不出售，不用于广告。您可以随时查看、更正、导出、删除，也可以随时撤回同意。"

// terms is what a policy says about one purpose.
func terms(purpose, aim, method, retention string, kinds ...string) map[string]any {
	return map[string]any{
		"purpose": purpose, "handler": "演示街道办事处", "contact": "0592-0000000（演示）", "aim": aim, "method": method, "kinds": kinds,
		"retention": retention, "recipients": []string{}, "rights": "在“我的—隐私”中查看、更正、导出、删除和撤回同意",
	}
}

// policy is the demo's privacy policy.
func policy() map[string]any {
	return map[string]any{"text": policyText, "purposes": []map[string]any{
		terms("service", "求助与帮忙、活动、积分和社区服务", "在本系统内处理，他人默认只看到昵称或隐去名字的姓名", "账号存续期间；积分账目按规定保存", "姓名", "手机号", "住址", "服务记录"),
		terms("location_checkin", "判断签到时是否在活动现场；不同意时请组织者代为签到", "只比较是否在围栏内", "不保存位置，只保存在内或在外", "位置"),
		terms("publish_name", "公示时显示全名；不同意时隐去名字", "在公示中向邻居展示", "公示期间", "姓名"),
		terms("household_flag", "安排走访和帮扶；不同意时停止使用并复核", "只有负责的网格员凭用途查看，每次留痕", "最长 12 个月", "困难情况"),
	}}
}

// consents has the street publish a privacy policy, unless there is one, and everybody agree to it who has not.
func (s *stage) consents(ctx context.Context) {
	s.scene("清晨：街道发布隐私政策，邻居们同意")
	var newest struct {
		Version int `json:"version"`
	}
	err := s.as("street-1").get(ctx, "/privacy/policy", &newest)
	if refused(err, "not_found") {
		if err = s.as("street-1").post(ctx, "/privacy/policies", s.calls.key(), policy(), &newest); err == nil {
			s.say("%s 发布隐私政策第 %d 版", s.as("street-1").name, newest.Version)
			early := s.as("resident-1").post(ctx, "/requests", s.calls.key(), map[string]any{"category": "errand", "title": "取快递"}, nil)
			if !refused(early, "privacy.consent_required") {
				s.want("未同意应被拒绝", unexpected(early))
			}
			s.say("还没有同意就求助，被拒绝：%v", early)
		}
	}
	if !s.want("隐私政策", err) {
		return
	}
	var who []string
	for handle := range s.cast {
		who = append(who, handle)
	}
	agree := map[string]any{"version": newest.Version}
	_, errs := s.crowd("同意隐私政策", who, func(v *visitor) error {
		return v.do(ctx, http.MethodPut, "/me/consents/service", "", agree, nil)
	})
	s.want("同意隐私政策", errors.Join(errs...))
}

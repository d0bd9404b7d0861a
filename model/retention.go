package model

import "time"

const (
	year     = 365 * 24 * time.Hour
	halfYear = 180 * 24 * time.Hour
)

// RetentionRule (保存期限) is how long something is kept, and what happens then (个人信息保护法 19).
type RetentionRule struct {
	Code   string        `json:"code"`
	What   string        `json:"what"`
	Life   time.Duration `json:"-"` // since it ended, was read, or was made
	Action string        `json:"action" enum:"delete,blank" doc:"到期后删除整条，或只清空其中的个人信息"`
	Basis  string        `json:"basis"`

	Days      int     `gorm:"-" json:"days"`
	RanAt     Instant `gorm:"-" json:"ran_at,omitzero" doc:"上次执行"`
	Forgotten int64   `gorm:"-" json:"forgotten" doc:"上次清理的条数"`
	Total     int64   `gorm:"-" json:"total" doc:"累计清理的条数"`
}

// RetentionRules is the one table of what is forgotten when.
func RetentionRules() []*RetentionRule {
	rules := []*RetentionRule{
		{Code: "request_doors", What: "已结束求助的门牌", Life: 7 * 24 * time.Hour, Action: "blank", Basis: "个人信息保护法 19：办完 7 天后不再需要上门"},
		{Code: "matter_doors", What: "已关闭事项的门牌和联系电话", Life: MatterReopenClosed + 24*time.Hour, Action: "blank", Basis: "个人信息保护法 19：30 天内可以要求重新办理，其后不再需要联系"},
		{Code: "reveals", What: "联系方式的查看记录", Life: halfYear, Action: "delete", Basis: "个人信息保护法 19、51：留痕 180 天"},
		{Code: "read_notices", What: "已读的站内通知", Life: halfYear, Action: "delete", Basis: "个人信息保护法 19"},
		{Code: "messages", What: "已发送或未能发送的微信消息", Life: halfYear, Action: "delete", Basis: "网络安全法：日志不少于六个月"},
		{Code: "alarm_answers", What: "爱心门铃各渠道的回执内容", Life: halfYear, Action: "blank", Basis: "个人信息保护法 19"},
		{Code: "register_reads", What: "住户档案的查看记录", Life: 3 * year, Action: "delete", Basis: "个人信息保护法 56：处理情况记录至少保存三年"},
		{Code: "exports", What: "个人信息副本的记录", Life: halfYear, Action: "delete", Basis: "文件本身只保留 24 小时"},
	}
	for _, r := range rules {
		r.Days = int(r.Life / (24 * time.Hour))
	}
	return rules
}

// Untouched is what is not forgotten by time, and why.
type Untouched struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// RetentionKept lists what no rule touches.
func RetentionKept() []Untouched {
	return []Untouched{
		{"积分和时长账本、核验的签名", "只增不改，任何一行都可核验；只有编号"},
		{"登录与权限记录", "链式日志只增不改，保存超过六个月；只有编号"},
		{"公示、名次、证明", "对外可查验的记录；注销的人显示为已注销成员"},
		{"求助和事项的步骤、申诉决定、表决名册", "办理过程的留痕；谁、何时、做了什么"},
		{"登录令牌、登录设备、绑定码、幂等键", "由登录和幂等各自的清理任务在到期后删除"},
		{"注销申请和权利请求", "证明依法处理的记录"},
	}
}

// RetentionRun is when a rule ran last, and what it forgot.
type RetentionRun struct {
	Rule      string `gorm:"primaryKey"`
	RanAt     Instant
	Forgotten int64
	Total     int64
}

// TableName implements gorm's Tabler.
func (RetentionRun) TableName() string { return "retention_run" }

package model

// WeChatToken is the access token of a mini-program, as processes share it. The token itself is sealed.
type WeChatToken struct {
	AppID      string `gorm:"primaryKey"`
	Sealed     []byte
	RefreshAt  Instant // from then on somebody renews it
	EndsAt     Instant
	ForcedAt   Instant // when a new one was forced
	LeaseUntil Instant // somebody is renewing it
	Version    int64
}

// TableName implements gorm's Tabler.
func (WeChatToken) TableName() string { return "wechat_token" }

// Withdrawal is that a WeChat user took back what they had allowed the mini-program to know.
type Withdrawal struct {
	ID        ID
	AppID     string
	MemberID  ID
	Info      string // WeChat's numbers of what it was, "" for all
	CreatedAt Instant
}

// TableName implements gorm's Tabler.
func (Withdrawal) TableName() string { return "wechat_withdrawal" }

// The failures of what goes to WeChat and comes from it.
var (
	ErrWeChatRefused = &Error{Unavailable, "wechat.refused", "微信没有接受这个请求，请联系管理员", "WeChat did not accept this; please ask an administrator."}
	ErrPushOff       = &Error{NotFound, "wechat.push_off", "本系统没有开启微信消息推送", "Pushes of WeChat are not configured here."}
	ErrPushSignature = &Error{Forbidden, "wechat.push_signature", "推送的签名不正确", "The signature of the push is wrong."}
	ErrPushPlain     = &Error{Forbidden, "wechat.push_plain", "只接受安全模式（加密）的推送", "Only encrypted pushes are accepted."}
	ErrPushApp       = &Error{Forbidden, "wechat.push_app", "推送不是发给本小程序的", "The push is for another mini-program."}
	ErrPushTime      = &Error{Forbidden, "wechat.push_time", "推送的时间相差太多", "The push is too old, or from the future."}
	ErrPushBody      = &Error{Malformed, "wechat.push_body", "推送的内容无法读取", "The push cannot be read."}
)

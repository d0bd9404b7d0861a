package model

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Kind says what a failure means to the caller. The HTTP layer maps each kind to one status.
type Kind int

// The kinds of failure. Internal is the zero value, so that an error nobody classified is one.
const (
	Internal        Kind = iota // a bug or a broken part
	Malformed                   // the request cannot be read
	Unauthenticated             // who is calling is not known
	Forbidden                   // known, and not allowed
	NotFound                    // not there, or not for the caller to know
	Conflict                    // the state does not allow it
	TooLarge                    // the body is over the limit
	Unsupported                 // the body is not of a type that is read
	Invalid                     // understood, and not acceptable
	TooMany                     // over a rate limit
	Unavailable                 // a part that is needed is away for now
)

// Error is the one error type of the project: a kind, a stable dotted code for programs, and a short
// sentence to show a resident, in Chinese and in English.
type Error struct {
	Kind    Kind
	Code    string
	Message string // Chinese
	English string
}

// Error returns the code, which is all that logs need.
func (e *Error) Error() string { return e.Code }

// Is makes two errors of one code equal, so that a refined message still matches its sentinel.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Saying returns a copy of e that says something more precise about this one case.
func (e *Error) Saying(message, english string) *Error {
	refined := *e
	refined.Message, refined.English = message, english
	return &refined
}

// Shortage is a failure because something ran short, of which so much is left.
type Shortage struct {
	Of   *Error
	Left int64
}

// Error returns the code of what ran short.
func (s *Shortage) Error() string { return s.Of.Code }

// Unwrap makes the failure known as what it is.
func (s *Shortage) Unwrap() error { return s.Of }

// Leaving returns e as a shortage that tells how much is left.
func (e *Error) Leaving(left int64) *Shortage {
	left = max(0, left)
	return &Shortage{e.Saying(fmt.Sprintf("%s，还剩 %d", e.Message, left), fmt.Sprintf("%s %d left.", e.English, left)), left}
}

// Waiting is a failure that is over by itself after some time.
type Waiting struct {
	Of  *Error
	For time.Duration
}

// Error returns the code of what has to wait.
func (w *Waiting) Error() string { return w.Of.Code }

// Unwrap makes the failure known as what it is.
func (w *Waiting) Unwrap() error { return w.Of }

// After returns e as a failure that is over after some time.
func (e *Error) After(d time.Duration) *Waiting { return &Waiting{e, d} }

// Reason returns the first *Error in err's chain, or ErrInternal when there is none.
func Reason(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return ErrInternal
}

// The failures that any use case may have.
var (
	ErrInternal    = &Error{Internal, "internal", "系统出错了，请稍后再试", "Something went wrong. Please try again later."}
	ErrUnavailable = &Error{Unavailable, "unavailable", "服务暂时不可用，请稍后再试", "The service is unavailable for the moment. Please try again soon."}
	ErrMalformed   = &Error{Malformed, "malformed", "请求的格式不正确", "The request cannot be read."}
	ErrInvalid     = &Error{Invalid, "validation", "提交的内容有误，请检查后重试", "What was sent is not acceptable; please check it."}
	ErrNotFound    = &Error{NotFound, "not_found", "没有找到您要的内容", "There is no such thing."}
	ErrForbidden   = &Error{Forbidden, "auth.forbidden", "您没有权限这样做", "You are not allowed to do this."}
	ErrTooLarge    = &Error{TooLarge, "body.too_large", "提交的内容太大（上限 1 MiB）", "The body is over 1 MiB."}
	ErrUnsupported = &Error{Unsupported, "body.unsupported", "只接受 JSON 格式", "Only JSON is accepted."}
	ErrTooMany     = &Error{TooMany, "rate.limited", "操作太频繁，请稍后再试", "Too many requests; please slow down."}
	ErrStale       = &Error{Conflict, "version.stale", "内容已被他人修改，请刷新后重试", "It was changed meanwhile; please reload."}
	ErrCursor      = &Error{Invalid, "cursor.invalid", "翻页位置无效，请从第一页重新开始", "The cursor is not one of this list; start from the first page."}
	ErrDuplicate   = &Error{Conflict, "duplicate", "已经存在，不能重复", "It exists already."}

	ErrKeyReused   = &Error{Invalid, "idempotency.key_reused", "同一个幂等键不能用于不同的请求", "This Idempotency-Key was used for another request."}
	ErrKeyRequired = &Error{Malformed, "idempotency.key_required", "缺少 Idempotency-Key 请求头", "The Idempotency-Key header is required."}
	ErrKeyInvalid  = &Error{Malformed, "idempotency.key_invalid", "Idempotency-Key 必须是 1 到 80 个可见 ASCII 字符", "Idempotency-Key must be 1 to 80 visible ASCII characters."}
	ErrInProgress  = &Error{Conflict, "idempotency.in_progress", "同样的请求正在处理，请稍候", "The same request is being processed."}
)

// The failures of logging in.
var (
	ErrTokenMissing  = &Error{Unauthenticated, "auth.token_missing", "请先登录", "Please log in first."}
	ErrTokenExpired  = &Error{Unauthenticated, "auth.token_expired", "登录已过期，请重新登录", "The login has expired."}
	ErrTokenInvalid  = &Error{Unauthenticated, "auth.token_invalid", "登录无效，请重新登录", "The login is not valid."}
	ErrLoginOver     = &Error{Unauthenticated, "auth.login_over", "登录已到期，请重新登录", "This login has come to its end; please log in again."}
	ErrRefreshReused = &Error{Unauthenticated, "auth.refresh_reused", "登录已失效，请重新登录", "This refresh token was used before; all its successors are revoked."}
	ErrLoginCode     = &Error{Unauthenticated, "auth.code_invalid", "登录码无效，请重试", "The login code is not valid; please try again."}
	ErrLoginBlocked  = &Error{Forbidden, "auth.blocked", "微信限制了该用户登录", "WeChat blocks this user."}
	ErrWeChatBusy    = &Error{Unavailable, "wechat.busy", "微信繁忙，请稍后再试", "WeChat is busy; please try again soon."}
	ErrWeChatOff     = &Error{Unavailable, "wechat.not_configured", "本系统尚未配置微信小程序", "No mini-program of WeChat is configured here."}
	ErrUnbound       = &Error{Forbidden, "auth.unbound", "请先绑定您在社区的住户信息", "Please bind your account to your household first."}
	ErrBound         = &Error{Conflict, "auth.already_bound", "该账号或该住户已经绑定", "This account or this person is bound already."}
	ErrBindCode      = &Error{Invalid, "auth.bind_code_invalid", "绑定码无效或已过期", "The binding code is not valid or has expired."}
	ErrPhoneUnknown  = &Error{NotFound, "auth.phone_unknown", "花名册中没有这个手机号，请联系网格员", "No person of the roster has this phone; please ask your grid worker."}
	ErrLocked        = &Error{Forbidden, "auth.locked", "账号已被锁定，请联系社区或稍后再试", "The account is locked; please ask the community, or try again later."}
	ErrNotLocked     = &Error{Conflict, "auth.not_locked", "这个账号没有被锁定", "The account is not locked."}
	ErrPhoneShared   = &Error{Conflict, "auth.phone_shared", "这个手机号对应多位居民，请向网格员要绑定码", "Several persons share this phone; please ask your grid worker for a code."}
)

// The failures of roles.
var (
	ErrTwoPersons        = &Error{Conflict, "role.two_persons", "这个角色需要两人经手：请提出任命或免职，由另一位审批", "This role takes two persons: propose it, and another one approves."}
	ErrOwnRole           = &Error{Forbidden, "role.own", "提出人和本人都不能审批这项任免", "Neither who proposed this nor whom it is about may decide."}
	ErrRoleProposalState = &Error{Conflict, "role.proposal_state", "这项提议已经处理完毕或已过期", "This proposal is over."}
	ErrLastAdmin         = &Error{Conflict, "role.last_admin", "这是社区最后一位管理员，不能撤销", "The last admin of a community stays."}
	ErrHasAdmin          = &Error{Conflict, "role.has_admin", "社区已有可以登录的管理员，请由管理员提出任命", "The community has an admin who can log in: a role is proposed there."}
)

// The failures of requests, offers and claims.
var (
	ErrRequestState     = &Error{Conflict, "request.state", "当前状态不能这样操作", "The state of the request does not allow this."}
	ErrAlreadyClaimed   = &Error{Conflict, "request.already_claimed", "已经有邻居认领了", "Other neighbours were faster."}
	ErrTooManyClaims    = &Error{Conflict, "claim.too_many", "您手上的求助已经够多了，请先完成一些", "You hold too many claims already."}
	ErrClash            = &Error{Conflict, "claim.clash", "这个时间您已经答应了别的邻居", "You are busy at that time."}
	ErrFrozen           = &Error{Conflict, "claim.frozen", "您近期失约较多，暂时不能认领", "You missed too often lately to claim for now."}
	ErrFairShare        = &Error{Conflict, "claim.fair_share", "您本周已认领不少同类求助，先把机会让给其他邻居", "Others have not had their share yet."}
	ErrNotStalled       = &Error{Conflict, "claim.not_stalled", "认领的邻居还在时间内，暂时不能接手", "No claim of this request has stalled."}
	ErrMissState        = &Error{Conflict, "miss.state", "这条失约记录当前不能这样操作", "The state of this miss does not allow this."}
	ErrDisputeState     = &Error{Conflict, "dispute.state", "这个异议已经处理完毕", "This dispute is over."}
	ErrRated            = &Error{Conflict, "rating.twice", "您已经评价过了", "You have rated this already."}
	ErrOwnRequest       = &Error{Conflict, "request.own", "不能认领自己或自家的求助", "One cannot claim a request of one's own household."}
	ErrNotHelper        = &Error{Forbidden, "request.not_helper", "您没有认领这个求助", "You have not claimed this request."}
	ErrCategory         = &Error{Invalid, "category.unknown", "没有这个类别", "There is no such category."}
	ErrOfferState       = &Error{Conflict, "offer.state", "当前状态不能这样操作", "The state of the offer does not allow this."}
	ErrAskState         = &Error{Conflict, "ask.state", "这个邀请已经回复过，或者已经不需要了", "This invitation was answered, or is not needed any more."}
	ErrCaseState        = &Error{Conflict, "case.state", "这个求助现在不能这样交接", "The case cannot be handed over like this now."}
	ErrPeriod           = &Error{Invalid, "period.invalid", "结束时间必须晚于开始时间", "The end must be after the start."}
	ErrConsentRequired  = &Error{Invalid, "request.consent_required", "代为求助需要先征得对方同意并记录", "Asking for somebody needs their consent on record."}
	ErrCallbackRequired = &Error{Invalid, "request.callback_required", "代为确认前请先回访求助人并记录", "Confirming for somebody needs a call to them on record."}
	ErrSeriesRule       = &Error{Invalid, "series.rule", "这个重复规则不能用", "This rule of recurrence cannot be used."}
	ErrSeriesState      = &Error{Conflict, "series.state", "这个系列当前状态不能这样操作", "The state of the series does not allow this."}
)

// The failures of phones and doors.
var (
	ErrNoContact      = &Error{Conflict, "contact.none", "名册里没有可用的联系方式", "The roster has no contact of this kind."}
	ErrTooManyReveals = &Error{TooMany, "contact.too_many", "您今天查看联系方式的次数已满，请明天再试", "You were told as many contacts today as one may; please try again tomorrow."}
)

// The failures of visits.
var (
	ErrVisitState    = &Error{Conflict, "visit.state", "走访当前状态不能这样操作", "The state of the visit does not allow this."}
	ErrVisitMember   = &Error{Invalid, "visit.member_unknown", "名单里有不认识的居民", "There is nobody of this community with one of these ids."}
	ErrVisitScope    = &Error{Invalid, "visit.outside_scope", "名单里有活动范围以外的居民", "Somebody on the list is outside of the campaign's scope."}
	ErrTooManyVisits = &Error{Invalid, "visit.too_many", "一次活动最多 2000 户走访、2000 位志愿者", "A campaign has at most 2,000 visits and 2,000 volunteers."}
	ErrVolunteer     = &Error{Invalid, "visit.not_volunteer", "名单里有没有报名的志愿者", "Somebody on the list did not sign up."}
)

// The failures of listening.
var (
	ErrStreams = &Error{Unavailable, "events.full", "在线人数太多，请稍后再试；通知都在收件箱里", "Too many are listening; please try again soon. All notices are in the inbox."}
	ErrEventID = &Error{Invalid, "events.last_event_id", "Last-Event-ID 不是事件的编号", "Last-Event-ID is not the id of an event."}
)

// The failures of the ledger.
var (
	ErrInsufficient    = &Error{Conflict, "points.insufficient", "余额不足", "The balance does not cover this."}
	ErrBudget          = &Error{Conflict, "points.budget_exhausted", "活动积分已发完", "The campaign's budget is used up."}
	ErrAlreadyReversed = &Error{Conflict, "points.already_reversed", "这笔记录已经冲正过", "This transfer is reversed already."}
	ErrNotReversible   = &Error{Conflict, "points.not_reversible", "这笔记录不能冲正", "This transfer cannot be reversed."}
	ErrRule            = &Error{Invalid, "points.rule_unknown", "没有这个积分规则", "There is no such point rule in force."}
	ErrAmount          = &Error{Invalid, "points.amount", "数量必须是 1 到 1000000 之间的整数", "The amount must be from 1 to 1,000,000."}
	ErrCapped          = &Error{Conflict, "points.capped", "已达到这条规则的上限", "The cap of this rule is reached."}
	ErrPairCapped      = &Error{Conflict, "points.pair_capped", "你们两位本周互助计分次数已满", "You two have earned from each other as often as counts in a week."}
	ErrAllowance       = &Error{Conflict, "points.batch_capped", "超过了这一批的上限", "The cap of this batch is reached."}
	ErrHoldEnded       = &Error{Conflict, "points.hold_ended", "这笔预留已经结束", "This hold has ended already."}
	ErrRulesState      = &Error{Conflict, "rules.state", "这一版规则当前不能这样操作", "The state of this rule set does not allow this."}
	ErrRulesPast       = &Error{Invalid, "rules.past", "新规则只能从今天或以后生效", "Rules come into force today or later."}
	ErrRulesLast       = &Error{Conflict, "rules.last", "这是唯一生效的规则，停用后就没有规则了", "No other rule set would be in force."}
	ErrOwnTransfer     = &Error{Forbidden, "points.own", "不能冲正自己的记录", "One cannot reverse a transfer of one's own."}
	ErrSelfAward       = &Error{Forbidden, "points.self", "不能给自己发积分", "One cannot award points to oneself."}
)

// The failures of campaigns and boards.
var (
	ErrTheme           = &Error{Invalid, "theme.unknown", "没有这个主题", "There is no such theme."}
	ErrCampaignState   = &Error{Conflict, "campaign.state", "活动当前状态不能这样操作", "The state of the campaign does not allow this."}
	ErrBudgetSpent     = &Error{Conflict, "campaign.budget_spent", "预算不能低于已经发出的积分", "The budget cannot be lower than what is spent."}
	ErrCheckinCode     = &Error{Conflict, "campaign.code_invalid", "签到码无效或已过期", "The check-in code is not valid any more."}
	ErrCheckinWindow   = &Error{Conflict, "campaign.outside_window", "不在活动时间内", "It is not the time of the campaign."}
	ErrCampaignScope   = &Error{Forbidden, "campaign.outside_scope", "您不在活动范围内", "You are outside the campaign's scope."}
	ErrNotReady        = &Error{Conflict, "campaign.not_ready", "活动的积分还在汇总，请稍后再结算", "The campaign's points are still being counted; please settle a little later."}
	ErrNotCheckedIn    = &Error{Conflict, "campaign.not_checked_in", "您还没有签到", "You have not checked in."}
	ErrUnsettled       = &Error{Conflict, "standings.not_settled", "活动还没有结算，没有最终排名", "The campaign is not settled yet."}
	ErrUnchanged       = &Error{Conflict, "standings.unchanged", "自上次排名以来没有调整，无需修订", "Nothing was adjusted since the last standings."}
	ErrRevisions       = &Error{Conflict, "standings.too_many", "排名修订次数已达上限（共 9 版）", "The standings cannot be revised any more."}
	ErrBoard           = &Error{Invalid, "board.unknown", "没有这个排行榜", "There is no such leaderboard."}
	ErrOutsideFence    = &Error{Conflict, "campaign.outside_fence", "您不在活动现场，请到现场再签到", "You are outside the place of the campaign."}
	ErrPhotoTooLarge   = &Error{TooLarge, "photo.too_large", "照片不能超过 10 MB", "A photo has at most 10 MB."}
	ErrPhotoType       = &Error{Invalid, "photo.type", "只接受 JPEG、PNG 或 WebP 照片", "A photo is a JPEG, PNG or WebP image."}
	ErrPhotoSides      = &Error{Invalid, "photo.too_wide", "照片边长不能超过 6000 像素，总共不能超过 2000 万像素", "A photo has at most 6000 pixels a side and 20 million in all."}
	ErrPhoto           = &Error{Invalid, "photo.unreadable", "照片已损坏，无法读取", "The photo cannot be read."}
	ErrTooManyPhotos   = &Error{Conflict, "photo.too_many", "照片太多了：每人 30 张，每个活动 500 张，报告选用 6 张", "There are too many photos: 30 of a member, 500 of a campaign, 6 in its report."}
	ErrPhotoLink       = &Error{Forbidden, "photo.link_expired", "照片链接已失效，请重新打开", "The link to the photo does not work any more."}
	ErrResultPublished = &Error{Conflict, "campaign.published", "活动结果已经公示", "The result of the campaign is published already."}
	ErrResultOpen      = &Error{Conflict, "campaign.result_open", "活动结果还在公示或有申诉未处理，公示结束后才能结算", "The result of the campaign is still published for appeals; it is settled after that."}
	ErrOwnCheckin      = &Error{Forbidden, "campaign.own_checkin", "不能为自己代签到", "Nobody checks themselves in by hand."}
)

// The failures of statements, certificates and proofs.
var (
	ErrStatementLong  = &Error{Invalid, "statement.too_long", "这段时间的记录超过 5000 行，请缩短起止日期后再下载", "There are more than 5,000 lines; please ask for a shorter period."}
	ErrDays           = &Error{Invalid, "period.days", "起始日期不能晚于截止日期", "The first day must not be after the last."}
	ErrFutureDays     = &Error{Invalid, "period.future", "截止日期不能晚于今天", "The last day must not be after today."}
	ErrNoService      = &Error{Conflict, "certificate.no_service", "这段时间没有服务时长，不能出具证明", "There is no service in this period to certify."}
	ErrRevoked        = &Error{Conflict, "certificate.revoked", "这份证明已经撤销", "This certificate is revoked already."}
	ErrPDFFont        = &Error{Unavailable, "pdf.no_font", "服务器上没有可用的中文字体，不能生成 PDF 和图片：请管理员安装 fonts-wqy-microhei，或用 LBL_PDF_FONT 指定字体文件；也可以打开网页版后打印", "There is no Chinese font to make a PDF or a picture with: install fonts-wqy-microhei or set LBL_PDF_FONT, or print the HTML version."}
	ErrProofNotSealed = &Error{Conflict, "proof.not_sealed", "这笔记录还没有封存，请几秒后再试", "This entry is not sealed yet; please try again in a few seconds."}
	ErrProofNotSigned = &Error{Conflict, "proof.not_signed", "这笔记录还没有写进签名的账本头，请一小时后再试", "This entry is not under a signed head yet; please try again in an hour."}
)

// The failures of declarations, publications and appeals.
var (
	ErrOwnRecord        = &Error{Forbidden, "disclosure.own_record", "同一条记录的申报、核实、公示和申诉处理须由不同的人担任，也不能是受益人", "One person never acts twice on one record, nor on one that benefits them."}
	ErrDeclarationState = &Error{Conflict, "declaration.state", "申报当前状态不能这样操作", "The state of the declaration does not allow this."}
	ErrWorkTime         = &Error{Invalid, "declaration.work_time", "服务应已结束，在 366 天之内，且结束时间晚于开始时间", "The work must be over, within the last 366 days, and end after it started."}
	ErrPublicationState = &Error{Conflict, "publication.state", "公示当前状态不能这样操作", "The state of the publication does not allow this."}
	ErrNothingToPublish = &Error{Conflict, "publication.empty", "没有可以公示的内容", "There is nothing to publish."}
	ErrSnapshot         = &Error{Internal, "publication.snapshot", "公示内容与其哈希不一致", "The items of the publication do not match its hash."}
	ErrAppealWindow     = &Error{Conflict, "appeal.window_closed", "不在公示期内，不能提出异议", "Appeals are heard within the time of the publication only."}
	ErrAppealState      = &Error{Conflict, "appeal.state", "申诉当前状态不能这样操作", "The state of the appeal does not allow this."}
	ErrAppealed         = &Error{Conflict, "appeal.duplicate", "您已经对这一条提出过异议", "You have appealed against this item already."}
	ErrReviewWindow     = &Error{Conflict, "appeal.review_closed", "已过申请复核的期限", "It is too late to ask for a review."}
)

// The failures of the shop.
var (
	ErrItemState  = &Error{Conflict, "item.state", "物品当前状态不能这样操作", "The state of the item does not allow this."}
	ErrItemCash   = &Error{Invalid, "item.cash", "积分超市不能兑换现金或类似现金的物品", "The shop gives no cash and nothing that is as good as cash."}
	ErrItemScope  = &Error{Forbidden, "item.outside_scope", "这件物品不在您所在范围内兑换", "This item is not for where you live."}
	ErrNotOnSale  = &Error{Conflict, "item.not_on_sale", "这件物品现在不能兑换", "This item cannot be ordered now."}
	ErrOutOfStock = &Error{Conflict, "item.out_of_stock", "库存不足", "There are not enough pieces."}
	ErrStockMove  = &Error{Invalid, "item.stock_change", "库存变动应为不超过 1000000 的非零整数，入库不能为负", "A change of stock is not zero and within 1,000,000; what is received is not negative."}
	ErrOrderLimit = &Error{Conflict, "order.limit", "已达到每人每月限兑件数", "The limit a month for one person is reached."}
	ErrOrderState = &Error{Conflict, "order.state", "订单当前状态不能这样操作", "The state of the order does not allow this."}
	ErrOrderOver  = &Error{Conflict, "order.over", "已过领取期限，积分将退回", "The time to pick it up is over; the points go back."}
	ErrOwnOrder   = &Error{Forbidden, "order.own", "不能为自己或自家人办理", "One cannot do this for one's own household."}
	ErrPickupCode = &Error{Conflict, "order.code_invalid", "取货码不正确", "There is no order with this code."}
)

// The failures of themes, plans and sign-ups.
var (
	ErrThemeUsed      = &Error{Conflict, "theme.used", "已有活动使用这个主题，不能删除，可以停用", "There are campaigns of this theme: it can be hidden, not deleted."}
	ErrReviewRequired = &Error{Conflict, "campaign.review_required", "活动需要先提交并由第二人审核通过", "The campaign needs the approval of a second person first."}
	ErrOwnCampaign    = &Error{Forbidden, "campaign.own", "不能审核自己策划或提交的活动", "One does not approve what one planned or submitted."}
	ErrSession        = &Error{Invalid, "campaign.session_invalid", "场次的安排有误", "A session of the plan is not acceptable."}
	ErrSessionUnknown = &Error{Invalid, "campaign.session_unknown", "没有这个场次或岗位", "The campaign has no such session or role."}
	ErrRiskNotice     = &Error{Invalid, "campaign.risk_not_accepted", "请先阅读并同意风险告知", "The risk notice must be accepted first."}
	ErrGuardian       = &Error{Invalid, "campaign.guardian_required", "未成年人报名需要监护人同意", "A minor needs the consent of a guardian."}
	ErrAdultsOnly     = &Error{Forbidden, "campaign.adults_only", "有危险的活动只接受年满 18 周岁的居民报名", "Dangerous work is for people of 18 and older."}
	ErrCampaignFull   = &Error{Conflict, "campaign.full", "名额已满", "All places are taken."}
	ErrNotSignedUp    = &Error{Conflict, "campaign.not_signed_up", "这个活动需要先报名并同意告知（未成年人须监护人同意），才能签到", "Please sign up first, and accept what must be accepted; a minor needs the consent of a guardian."}
	ErrStillInside    = &Error{Conflict, "campaign.still_inside", "您还在同时进行的另一场，请先在那里签退", "You are at another session that goes on meanwhile; please check out there first."}
	ErrCampaignItem   = &Error{Invalid, "campaign.item_unknown", "活动没有这个服务项目", "The campaign has no such item."}
	ErrCampaignCap    = &Error{Conflict, "campaign.cap_reached", "已达到本次活动每人的上限", "The campaign's limit for one member is reached."}
)

// The failures of the register.
var (
	ErrPurpose        = &Error{Invalid, "register.purpose_required", "请用 1 到 200 个字说明查看用途", "A purpose has 1 to 200 characters."}
	ErrFlagSource     = &Error{Invalid, "flag.no_source", "标记须注明来源（1 到 60 个字）", "A flag needs a source of 1 to 60 characters."}
	ErrFlagExpiry     = &Error{Invalid, "flag.expiry_invalid", "标记的到期时间应在 12 个月以内", "A flag ends within twelve months."}
	ErrFlagSet        = &Error{Conflict, "flag.already_set", "该户已有这个标记，请复核或先取消", "The household has this flag; review or clear it."}
	ErrFlagState      = &Error{Conflict, "flag.state", "这个标记已经结束", "The flag does not stand any more."}
	ErrSchemeInactive = &Error{Conflict, "flag_scheme.inactive", "这个分色标准已停用", "The scheme is not in use any more."}
	ErrSchemes        = &Error{Conflict, "flag_scheme.too_many", "分色标准已满 100 个，请先删除不用的", "There are 100 flag schemes: please delete those that are not needed."}
	ErrSchemeUsed     = &Error{Conflict, "flag_scheme.used", "已有住户使用过这个分色标准，不能删除，可以停用", "Households have or had this flag: it can be made inactive, not deleted."}
	ErrSchemeUnknown  = &Error{Invalid, "flag_scheme.unknown", "没有这个分色标准", "There is no such scheme."}
	ErrVisitTime      = &Error{Invalid, "household_visit.time_invalid", "走访时间不能在将来，也不能早于一年前", "A visit was not in the future, and not more than a year ago."}
	ErrVisitItem      = &Error{Invalid, "household_visit.item_unknown", "走访清单里没有这一项，或重复了", "The checklist has no such item, or it came twice."}
	ErrTeamMember     = &Error{Invalid, "team.member_unknown", "服务队里有不认识的居民", "Somebody of the team is nobody of this community."}
	ErrChargeMember   = &Error{Invalid, "charge.member_invalid", "包保人应为本社区居民，且不是该户自己人；服务队应在用且包含此人", "Who answers for a household is of the community and not of the household, and of the team, if there is one."}
)

// Panicked returns a failure for what a panic was about. It says the type, and what the runtime found wrong, such as an index
// out of range; another message may hold what somebody wrote, and is for nobody.
func Panicked(about any) error {
	if of, ok := about.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", of)
	}
	return fmt.Errorf("panic of type %T", about)
}

package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"linbanglin/middleware"
	"linbanglin/model"
)

// Problem is an answer that tells what went wrong (RFC 9457).
type Problem struct {
	Type      string              `json:"type" doc:"urn:linbanglin:problem: 加 code"`
	Title     string              `json:"title"`
	Status    int                 `json:"status"`
	Detail    string              `json:"detail" doc:"可直接展示给居民的一句话；默认中文，Accept-Language: en 时为英文"`
	Instance  string              `json:"instance"`
	Code      string              `json:"code" doc:"稳定的错误码，程序据此判断"`
	RequestID string              `json:"request_id"`
	Left      *int64              `json:"left,omitempty" doc:"额度、预算或余额不足时，还剩多少"`
	Policy    int32               `json:"policy_version,omitempty" doc:"需要先同意的隐私政策版本"`
	Errors    []*huma.ErrorDetail `json:"errors,omitempty" doc:"校验失败时逐项说明"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// status is the one map from kinds of failure to HTTP.
func status(kind model.Kind) int {
	switch kind {
	case model.Malformed:
		return http.StatusBadRequest
	case model.Unauthenticated:
		return http.StatusUnauthorized
	case model.Forbidden:
		return http.StatusForbidden
	case model.NotFound:
		return http.StatusNotFound
	case model.Conflict:
		return http.StatusConflict
	case model.TooLarge:
		return http.StatusRequestEntityTooLarge
	case model.Unsupported:
		return http.StatusUnsupportedMediaType
	case model.Invalid:
		return http.StatusUnprocessableEntity
	case model.TooMany:
		return http.StatusTooManyRequests
	case model.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// retryAfter is how many seconds a caller should wait who came too often, or when a part is away.
const retryAfter = "2"

// waitOf returns how many seconds the caller of a failed request should wait, at least one when the failure knows.
func waitOf(err error) string {
	var waiting *model.Waiting
	if !errors.As(err, &waiting) {
		return retryAfter
	}
	return strconv.FormatInt(max(1, int64(math.Ceil(waiting.For.Seconds()))), 10)
}

// errMethod is a route that is there, asked in another way.
var errMethod = &model.Error{Kind: model.NotFound, Code: "method_not_allowed", Message: "不支持这种请求方法", English: "This method is not allowed here."}

// problemOf makes the answer to a failed request, and notes the failure for the log.
func problemOf(c *gin.Context, err error) *Problem {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(model.ErrUnavailable, err)
	}
	reason := model.Reason(err)
	p := &Problem{
		Type: "urn:linbanglin:problem:" + reason.Code, Status: status(reason.Kind), Detail: reason.Message,
		Instance: c.Request.URL.Path, Code: reason.Code, RequestID: middleware.RequestIDOf(c),
	}
	var shortage *model.Shortage
	if errors.As(err, &shortage) {
		p.Left = &shortage.Left
	}
	var unagreed *model.Unagreed
	if errors.As(err, &unagreed) {
		p.Policy = unagreed.Version
	}
	if reason.Code == "busy" {
		p.Code, p.Type = model.ErrUnavailable.Code, "urn:linbanglin:problem:"+model.ErrUnavailable.Code
	}
	if errors.Is(err, errMethod) {
		p.Status = http.StatusMethodNotAllowed
	}
	p.Title = http.StatusText(p.Status)
	if english(c) {
		p.Detail = reason.English
	}
	switch p.Status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		c.Header("Retry-After", waitOf(err))
	case http.StatusUnauthorized:
		c.Header("WWW-Authenticate", `Bearer realm="linbanglin"`)
	}
	if p.Status >= http.StatusInternalServerError {
		_ = c.Error(err)
	}
	return p
}

// fail answers with a problem from outside of an operation.
func fail(c *gin.Context, err error) {
	p := problemOf(c, err)
	c.Abort()
	c.Header("Content-Type", p.ContentType(""))
	c.JSON(p.Status, p)
}

// english reports whether the caller asks for English before Chinese.
func english(c *gin.Context) bool {
	first, _, _ := strings.Cut(c.GetHeader("Accept-Language"), ",")
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(first)), "en")
}

// huma keeps what makes its errors and its schemas in package variables; they are set once, here.
func init() {
	huma.NewErrorWithContext = func(ctx huma.Context, code int, message string, errs ...error) huma.StatusError {
		return fromHuma(humagin.Unwrap(ctx), code, message, errs)
	}
	huma.NewError = func(code int, _ string, _ ...error) huma.StatusError { return &Problem{Status: code} } // for the document
	huma.DefaultArrayNullable = false
	huma.ValidateStrictCasing = true
}

// fromHuma turns what huma found wrong, or what a handler returned, into a problem.
func fromHuma(c *gin.Context, code int, message string, errs []error) *Problem {
	var tooLarge *http.MaxBytesError
	joined := errors.Join(errs...)
	switch {
	case errors.As(joined, &tooLarge) || code == http.StatusRequestEntityTooLarge:
		return problemOf(c, model.ErrTooLarge)
	case code == http.StatusUnsupportedMediaType:
		return problemOf(c, model.ErrUnsupported)
	case code == http.StatusBadRequest, code == http.StatusRequestTimeout:
		return problemOf(c, model.ErrMalformed)
	case code == http.StatusUnprocessableEntity:
		return invalid(c, errs)
	case joined == nil:
		joined = errors.New(message)
	}
	return problemOf(c, joined)
}

// invalid tells field by field what is not acceptable. An id in the path that cannot be one is not found.
func invalid(c *gin.Context, errs []error) *Problem {
	p := problemOf(c, model.ErrInvalid)
	for _, err := range errs {
		var detailer huma.ErrorDetailer
		if !errors.As(err, &detailer) {
			p.Errors = append(p.Errors, &huma.ErrorDetail{Message: err.Error()})
			continue
		}
		d := *detailer.ErrorDetail()
		if strings.HasPrefix(d.Location, "path.") {
			return problemOf(c, model.ErrNotFound)
		}
		if _, whole := d.Value.(map[string]any); whole || private(d.Location) {
			d.Value = nil
		}
		if d = located(d); !english(c) {
			d.Message = inChinese(d.Message)
		}
		p.Errors = append(p.Errors, &d)
	}
	return p
}

// private reports whether the value at a location is not to be echoed.
func private(location string) bool {
	return location == "body" || strings.Contains(location, "token") || strings.Contains(location, "code") || strings.Contains(location, "phone")
}

// inChinese translates a validation message; one it does not know stays as it is.
func inChinese(message string) string {
	for _, m := range [][3]string{
		{"unexpected property", "", "不认识的字段"},
		{"expected required property ", " to be present", "缺少必填字段 "},
		{"expected length >= ", "", "长度至少为 "},
		{"expected length <= ", "", "长度不能超过 "},
		{"expected number >= ", "", "数值不能小于 "},
		{"expected number <= ", "", "数值不能大于 "},
		{"expected value to be one of ", "", "只能是其中之一："},
		{"expected array length >= ", "", "至少需要几项："},
		{"expected array length <= ", "", "项数不能超过 "},
		{"expected string to match pattern ", "", "格式不正确，应符合 "},
		{"expected string to be RFC 3339 date-time", "", "应为带时区的时间，例如 2026-11-23T08:00:00+08:00"},
		{messageTime, "", "应为带时区的时间，例如 2026-11-23T08:00:00+08:00"},
		{messageBroken, "", "含有不能保存的字符"},
		{messageID, "", "不是编号"},
		{"expected another value", "", "取值不正确"},
		{"expected string", "", "应为字符串"},
		{"expected integer", "", "应为整数"},
		{"expected number", "", "应为数字"},
		{"expected boolean", "", "应为 true 或 false"},
		{"expected array", "", "应为数组"},
		{"expected object", "", "应为对象"},
		{"required query parameter is missing", "", "缺少查询参数"},
		{"invalid integer", "", "应为整数"},
		{"invalid boolean", "", "应为 true 或 false"},
	} {
		if rest, ok := strings.CutPrefix(message, m[0]); ok {
			return m[2] + strings.TrimSuffix(rest, m[1])
		}
	}
	return message
}

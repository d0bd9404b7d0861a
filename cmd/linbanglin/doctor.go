package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"linbanglin/internal/wechat"
	"linbanglin/repository"
	"linbanglin/service/booklet"
)

// verdict is what a finding means for an operator.
type verdict string

const (
	fine verdict = "ok"
	warn verdict = "warn"
	bad  verdict = "fail"
)

// finding is one thing that was looked at.
type finding struct {
	Part    string  `json:"part"`
	Verdict verdict `json:"verdict"`
	Text    string  `json:"text"`
}

type doctorCmd struct {
	JSON bool `help:"以 JSON 输出"`
}

var errSick = errors.New("检查发现必须解决的问题")

// Run looks at all that the service needs and changes nothing. It fails when something must be mended.
func (d doctorCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	e := &examination{}
	e.configuration(c)
	h, err := build(c)
	e.judge("连接", err, "地址可以读懂")
	if h != nil {
		e.database(ctx, h.store)
		e.copies(ctx, h.redis)
	}
	e.photos(ctx, c)
	e.weChat(ctx, c)
	if err := errors.Join(h.close(), e.print(out, d.JSON)); err != nil {
		return err
	}
	for _, f := range e.found {
		if f.Verdict == bad {
			return errSick
		}
	}
	return nil
}

// examination gathers findings.
type examination struct{ found []finding }

func (e *examination) note(part string, v verdict, format string, args ...any) {
	e.found = append(e.found, finding{part, v, fmt.Sprintf(format, args...)})
}

// judge notes a failure, or what is good.
func (e *examination) judge(part string, err error, good string) {
	if err != nil {
		e.note(part, bad, "%s", explain(err))
		return
	}
	e.note(part, fine, "%s", good)
}

func (e *examination) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{"findings": e.found})
	}
	sign := map[verdict]string{fine: "✓ 正常", warn: "! 注意", bad: "✗ 错误"}
	for _, f := range e.found {
		if _, err := fmt.Fprintf(out, "%s  %-12s %s\n", sign[f.Verdict], f.Part, f.Text); err != nil {
			return err
		}
	}
	return nil
}

// configuration looks at what is set, without any server.
func (e *examination) configuration(c *Config) {
	e.judge("配置", errors.Join(c.checkWeChat(), c.checkPapers(), c.checkEdge()), "变量都可以读懂，模式为 "+c.Mode)
	if path, embedded := c.embedded(); !embedded || c.JWTKeys != "" {
		_, err := c.keys()
		e.judge("令牌密钥", err, fmt.Sprintf("%d 个密钥，每个至少 32 字节", strings.Count(c.JWTKeys, ",")+1))
	} else {
		e.note("令牌密钥", fine, "与内置数据库 %s 放在一起，请随数据库备份", path)
	}
	if path, kept := c.dataKeysFile(); kept {
		e.note("数据密钥", fine, "与内置数据库放在一起（%s），请另行备份，丢失后手机号和门牌号无法读出", path)
	} else {
		e.judge("数据密钥", c.checkDataKeys(), "已设置，请在数据库之外另行保存")
	}
	if trusted, err := c.trusted(); err == nil && trusted == nil {
		e.note("账本签名", warn, "没有设置 LBL_LEDGER_KEY：账本末尾被截掉时看不出来")
	}
	switch proxies := listed(c.TrustedProxies); {
	case len(proxies) > 0:
		e.note("反向代理", fine, "只信任 %s", strings.Join(proxies, "、"))
	case strings.HasPrefix(c.PublicURL, "https://"):
		e.note("反向代理", warn, "LBL_PUBLIC_URL 是 https，但没有设置 LBL_TRUSTED_PROXIES：所有访问会被当作同一个地址来限流")
	default:
		e.note("反向代理", fine, "没有，直接面对客户端")
	}
	if c.PublicURL == "" && !c.demo() {
		e.note("公开地址", warn, "没有设置 LBL_PUBLIC_URL：证明上的二维码只在本机能打开")
	}
	if c.RateFactor == 0 {
		e.note("限流", warn, "LBL_RATE_FACTOR=0，没有限流")
	}
	press, err := booklet.New(c.PDFFont, "")
	if err == nil {
		err = press.HasFont()
	}
	if err != nil {
		e.note("中文字体", warn, "%s", explain(err))
	} else {
		e.note("中文字体", fine, "可以生成 PDF 和图片")
	}
}

// skewWarn and skewBad are how far clocks may be apart: tokens and codes live by them.
const (
	skewWarn = 2 * time.Second
	skewBad  = time.Minute
)

func (e *examination) skew(part string, c *repository.Condition) {
	if c.Clock.IsZero() {
		return
	}
	skew := c.Skew().Round(time.Millisecond)
	switch off := skew.Abs(); {
	case off > skewBad:
		e.note(part, bad, "与本机时钟相差 %s，请校时", skew)
	case off > skewWarn:
		e.note(part, warn, "与本机时钟相差 %s，请校时", skew)
	default:
		e.note(part, fine, "与本机时钟相差 %s", skew)
	}
}

func (e *examination) database(ctx context.Context, store *repository.Store) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	c, err := store.Condition(ctx)
	if err != nil {
		e.judge("数据库", err, "")
		return
	}
	if store.Embedded() {
		v := fine
		if c.Settings["quick_check"] != "ok" || c.Settings["journal_mode"] != "wal" {
			v = bad
		}
		e.note("数据库", v, "SQLite %s，日志 %s，自检 %s", c.Version, c.Settings["journal_mode"], c.Settings["quick_check"])
	} else {
		e.server(c)
	}
	err = store.Ready(ctx)
	e.judge("数据库结构", err, "已是最新")
	if err == nil {
		found, err := store.Nodes.Communities(ctx)
		e.judge("社区", err, fmt.Sprintf("%d 个", len(found)))
		e.sealed(ctx, store)
	}
}

// sealed tells whether what is sealed can be opened, and whether all is sealed by the key in force.
func (e *examination) sealed(ctx context.Context, store *repository.Store) {
	if err := store.CheckKeys(ctx); err != nil {
		e.judge("封存", err, "")
		return
	}
	counts, err := store.CountSealed(ctx)
	if err != nil {
		e.judge("封存", err, "")
		return
	}
	var values, others int64
	for _, c := range counts {
		if values += c.Values; c.Key != store.SealingKey() {
			others += c.Values
		}
	}
	if others > 0 {
		e.note("封存", warn, "%d 项个人信息还没有用现在的密钥封存，请运行 linbanglin keys rotate", others)
		return
	}
	e.note("封存", fine, "%d 项个人信息都已封存", values)
}

func (e *examination) server(c *repository.Condition) {
	e.note("数据库", fine, "%s", c.Version)
	for _, want := range []struct {
		part, name, value string
		v                 verdict
	}{
		{"字符集", "character_set_database", "utf8mb4", bad},
		{"隔离级别", "transaction_isolation", "READ-COMMITTED", bad},
		{"提交落盘", "innodb_flush_log_at_trx_commit", "1", warn},
	} {
		switch got, known := c.Settings[want.name]; {
		case !known:
		case got == want.value:
			e.note(want.part, fine, "%s", got)
		default:
			e.note(want.part, want.v, "%s 是 %s，应为 %s", want.name, got, want.value)
		}
	}
	if mode := c.Settings["sql_mode"]; !strings.Contains(mode, "STRICT_TRANS_TABLES") {
		e.note("SQL 模式", bad, "不是严格模式：%s", mode)
	}
	e.skew("数据库时钟", c)
}

func (e *examination) copies(ctx context.Context, redis *repository.Redis) {
	if redis == nil {
		e.note("Redis", fine, "没有配置：排行榜由数据库回答，限流按进程计数")
		return
	}
	c, err := redis.Condition(ctx)
	if err != nil {
		e.note("Redis", warn, "连不上（服务照常，排行榜改由数据库回答）：%s", explain(err))
		return
	}
	major, _ := strconv.Atoi(strings.SplitN(c.Version, ".", 2)[0])
	v := fine
	if major < 6 {
		v = warn
	}
	e.note("Redis", v, "%s", c.Version)
	if policy := c.Settings["maxmemory_policy"]; c.Settings["maxmemory"] != "0" && strings.HasPrefix(policy, "allkeys") {
		e.note("Redis 内存", warn, "满了会丢弃任意键（%s）：排行榜会反复重建，建议 volatile-lru 或不设上限", policy)
	} else {
		e.note("Redis 内存", fine, "%s", policy)
	}
	e.note("Redis 持久化", fine, "AOF %s；其中没有独有的数据，不持久化也不会丢失事实", map[string]string{"1": "开启"}[c.Settings["aof_enabled"]]+map[string]string{"0": "关闭"}[c.Settings["aof_enabled"]])
	e.skew("Redis 时钟", c)
}

// photos writes and removes a file where photos are kept.
func (e *examination) photos(ctx context.Context, c *Config) {
	address, err := c.blobAddress()
	if err == nil {
		var blobs *repository.Blobs
		if blobs, err = repository.OpenBlobs(ctx, address); err == nil {
			key := "doctor/" + rand.Text()
			err = blobs.Put(ctx, key, "text/plain", []byte("doctor"))
			if err == nil {
				err = blobs.Delete(ctx, key)
			}
			err = errors.Join(err, blobs.Close())
		}
	}
	e.judge("照片存放处", err, "可以写入："+withoutPassword(address))
}

// weChat asks WeChat for a token and for its own addresses, which shows that the id, the secret and the list of addresses
// that may call are right.
func (e *examination) weChat(ctx context.Context, c *Config) {
	if c.WeChatAppID == "" {
		v := warn
		if c.demo() {
			v = fine
		}
		e.note("微信", v, "没有配置小程序，不能用微信登录")
		return
	}
	base := c.WeChatAPIBase
	if base == "" {
		base = wechat.DefaultBase
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var token struct {
		weChatError
		Token string `json:"access_token"`
	}
	body := map[string]any{"grant_type": "client_credential", "appid": c.WeChatAppID, "secret": c.WeChatSecret}
	if err := askWeChat(ctx, http.MethodPost, base+"/cgi-bin/stable_token", body, &token); err != nil || token.Token == "" {
		e.note("微信", bad, "%s", token.meaning(err))
		return
	}
	e.note("微信", fine, "AppID 和 AppSecret 正确，本机在 IP 白名单中")
	var callers struct {
		weChatError
		List []string `json:"ip_list"`
	}
	if err := askWeChat(ctx, http.MethodGet, base+"/cgi-bin/getcallbackip?access_token="+token.Token, nil, &callers); err != nil || callers.Code != 0 {
		e.note("微信回调地址", warn, "%s", callers.meaning(err))
		return
	}
	e.note("微信回调地址", fine, "%d 个地址段，防火墙应允许它们访问推送接口", len(callers.List))
}

// weChatError is what WeChat says when it refuses.
type weChatError struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

func (w weChatError) meaning(err error) string {
	switch {
	case err != nil:
		return "连不上微信接口"
	case w.Code == 40013:
		return "AppID 不正确（40013）"
	case w.Code == 40125, w.Code == 40001:
		return fmt.Sprintf("AppSecret 不正确或已重置（%d）", w.Code)
	case w.Code == 40164, w.Code == 61004:
		return fmt.Sprintf("本机 IP 不在小程序后台的白名单中（%d）", w.Code)
	}
	return fmt.Sprintf("微信拒绝了（%d）", w.Code)
}

// askWeChat makes one call. Its errors are not shown: the address in them has the token.
func askWeChat(ctx context.Context, method, address string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(answer)
}

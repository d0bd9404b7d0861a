package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/service/content"
	"linbanglin/service/notify"
	"linbanglin/service/push"
)

// wechatHouse is what the house has of WeChat.
type wechatHouse struct {
	client   *wechat.Client
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	messages *notify.Messages
	checks   *content.Checks
	push     *push.Push
}

// buildWeChat makes the client and what goes by it. It fails with a line for settings of a push that are none.
func (h *house) buildWeChat(c *Config) error {
	w := &h.wechat
	w.calls = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "linbanglin_wechat_calls_total", Help: "Calls of WeChat by name and outcome."}, []string{"call", "outcome"})
	w.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "linbanglin_wechat_call_seconds", Help: "How long calls of WeChat took."}, []string{"call"})
	w.client = wechat.New(c.WeChatAppID, c.WeChatSecret, c.WeChatAPIBase)
	w.client.ShareTokens(h.store.WeChat)
	w.client.Observe(func(call, outcome string, took time.Duration) {
		w.calls.WithLabelValues(call, outcome).Inc()
		w.seconds.WithLabelValues(call).Observe(took.Seconds())
	})
	receiver, err := c.pushes()
	w.messages = notify.NewMessages(h.store, w.client, now)
	w.checks = content.New(h.store, w.client, now)
	w.push = push.New(h.store, receiver, c.WeChatAppID, w.messages, w.checks, h.privacy, now)
	h.market.CheckWith(w.checks)
	return err
}

// pushes returns what opens WeChat's pushes, nil when none are configured.
func (c *Config) pushes() (*wechat.Receiver, error) {
	if c.WeChatPushToken == "" && c.WeChatPushKey == "" {
		return nil, nil
	}
	receiver, err := wechat.NewReceiver(c.WeChatPushToken, c.WeChatPushKey, c.WeChatAppID)
	if err != nil {
		return nil, errors.New("LBL_WECHAT_PUSH_TOKEN 应为 3 到 32 位字母数字，LBL_WECHAT_PUSH_KEY 应为 43 位，并须设置 LBL_WECHAT_APPID；都来自小程序后台的消息推送设置")
	}
	return receiver, nil
}

// linkPhotos says how WeChat finds the photos that it is asked about.
func (h *house) linkPhotos(key model.LinkKey, public string) {
	h.wechat.checks.LinkPhotos(key, public)
	h.album.CheckWith(h.wechat.checks)
}

// workWeChat sends messages and sees to photos that wait for their verdict until the context ends.
func (h *house) workWeChat(ctx context.Context, log *slog.Logger) []func() {
	w := &h.wechat
	return []func(){
		func() {
			every(ctx, sweepEvery, log, "messages", func(ctx context.Context) error {
				_, err := w.messages.Look(ctx)
				_, unsent := w.messages.Send(ctx)
				return errors.Join(err, unsent)
			})
		},
		func() {
			every(ctx, sweepEvery, log, "content checks", func(ctx context.Context) error {
				_, err := w.checks.Sweep(ctx)
				return err
			})
		},
		func() {
			every(ctx, forgetEvery, log, "forget pushes", w.push.Forget)
		},
	}
}

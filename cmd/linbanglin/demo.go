package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"linbanglin/internal/demo"
	"linbanglin/service/ledger"
)

type demoCmd struct {
	Exit bool `help:"演示完就退出；有一步失败则以非零状态退出"`
}

// Run plays a day in a fresh database, over HTTP, and then stays up for the visitor.
func (d demoCmd) Run(ctx context.Context, c *Config, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "linbanglin-demo-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	own := *c
	own.Mode, own.DatabaseURL = modeDemo, "sqlite:"+filepath.Join(folder, "demo.db")
	keys, err := own.keys()
	if err != nil {
		return err
	}
	h, err := open(ctx, &own)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "正在导入演示社区 %s ……\n", demo.CommunityName)
	if err := h.importDemo(ctx); err != nil {
		return errors.Join(err, h.close())
	}
	listener, err := net.Listen("tcp", own.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("监听 %s 失败（可用 --listen 换一个）：%w", own.Listen, err), h.close())
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	press, err := h.furnish(ctx, &own, log, listener)
	if err == nil {
		err = h.showMetrics(serving, own.MetricsListen, log)
	}
	if err != nil {
		return errors.Join(err, listener.Close(), h.close())
	}
	go func() { served <- h.serve(serving, h.accounts(&own, keys), press, log, listener) }()
	played := d.play(ctx, h, "http://"+listener.Addr().String(), out)
	if !d.Exit && ctx.Err() == nil {
		_, _ = fmt.Fprintf(out, "\n服务仍在运行：接口文档 http://%s/docs ，按 Ctrl-C 结束\n", listener.Addr())
		<-ctx.Done()
	}
	stop()
	if !d.Exit && errors.Is(played, context.Canceled) {
		played = nil // Ctrl-C is how a visitor leaves
	}
	return errors.Join(played, <-served)
}

// play lets the day pass and verifies the books at its end.
func (d demoCmd) play(ctx context.Context, h *house, base string, out io.Writer) error {
	played := demo.Play(ctx, base, out)
	checks, _, err := h.verify(context.WithoutCancel(ctx), ledger.VerifyOptions{}, nil)
	if err != nil {
		return errors.Join(played, err)
	}
	printChecks(out, checks)
	if differences(checks) > 0 {
		return errors.Join(played, errDiffers)
	}
	return played
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"linbanglin/api"
	"linbanglin/internal/demo"
	"linbanglin/repository"
	"linbanglin/service/account"
	"linbanglin/service/booklet"
	"linbanglin/service/community/roster"
	"linbanglin/service/photos"
)

type serveCmd struct{}

// Run serves until the context ends.
func (serveCmd) Run(ctx context.Context, c *Config, out io.Writer) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	keys, unkeyed := c.keys()
	h, err := build(c)
	if err = errors.Join(unkeyed, c.checkDataKeys(), c.checkWeChat(), c.checkPapers(), c.checkEdge(), err); err == nil {
		err = h.settle(ctx, c)
	}
	if err != nil {
		return errors.Join(err, h.close())
	}
	if c.demo() {
		if err := h.wantDemo(ctx, demo.CommunityName, h.importDemo); err != nil {
			return errors.Join(err, h.close())
		}
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("监听 %s 失败：%w", c.Listen, err), h.close())
	}
	h.edge = h.atEdge(c, keys)
	press, err := h.furnish(ctx, c, log, listener)
	if err == nil {
		err = h.showMetrics(ctx, c.MetricsListen, log)
	}
	if err != nil {
		return errors.Join(err, listener.Close(), h.close())
	}
	_, _ = fmt.Fprintf(out, "邻帮邻 %s 已启动：http://%s ，接口文档 http://%s/docs\n", version, listener.Addr(), listener.Addr())
	return h.serve(ctx, h.accounts(c, keys), press, log, netutil.LimitListener(listener, c.MaxConnections))
}

// importDemo brings the demo's roster in by the same way as any other.
func (h *house) importDemo(ctx context.Context) error {
	var file bytes.Buffer
	if _, err := demo.Roster(&file); err != nil {
		return err
	}
	book, err := roster.Read(&file, roster.Options{})
	if err != nil {
		return err
	}
	_, err = h.community.Import(ctx, demo.CommunityName, book)
	return err
}

const (
	// shutdownTime is how long requests may take to end when the server stops.
	shutdownTime = 15 * time.Second
	headTime     = 5 * time.Second
	readTime     = 15 * time.Second
	writeTime    = 60 * time.Second
	idleTime     = 2 * time.Minute
	maxHead      = 16 << 10
	// gcPercent trades memory, of which the service needs little, for time.
	gcPercent = 200
)

// furnish makes what the configuration decides of papers, photos, honours and signatures, for a server that listens.
func (h *house) furnish(ctx context.Context, c *Config, log *slog.Logger, listener net.Listener) (*booklet.Press, error) {
	public, err := c.public(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	press, err := booklet.New(c.PDFFont, public)
	if err != nil {
		return nil, fmt.Errorf("LBL_PDF_FONT: %w", err)
	}
	if err := h.boards.HonourPercent(c.PioneerPercent); err != nil {
		return nil, fmt.Errorf("LBL_PIONEER_PERCENT: %w", err)
	}
	return press, errors.Join(h.keepPhotos(ctx, c, public), h.sign(ctx, c, log))
}

// keepPhotos opens where photos are kept.
func (h *house) keepPhotos(ctx context.Context, c *Config, public string) error {
	keys, err := c.keys()
	if err != nil {
		return err
	}
	address, err := c.blobAddress()
	if err != nil {
		return err
	}
	if h.blobs, err = repository.OpenBlobs(ctx, address); err != nil {
		return fmt.Errorf("LBL_BLOB_URL: %w", err)
	}
	h.album = photos.New(h.store, h.blobs, keys.Derive("photos"), now)
	h.privacy.KeepExports(h.blobs, keys.Derive("exports"))
	h.linkPhotos(keys.Derive("photos"), public)
	return nil
}

// web makes the server, which waits for no client longer than one on a poor line needs.
func web(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHead, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// maxScrapes is how many connections there are to the metrics' own address at a time.
const maxScrapes = 64

// showMetrics serves metrics at an address of their own, and nowhere else, until the context ends, unless there is none.
func (h *house) showMetrics(ctx context.Context, address string, log *slog.Logger) error {
	if address == "" {
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("LBL_METRICS_LISTEN: %w", err)
	}
	h.edge.Unmeasured = true
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", api.Metrics(h.registry))
	server := web(routes, log)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(netutil.LimitListener(listener, maxScrapes)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics", "error", err)
		}
	}()
	return nil
}

// serve answers requests until the context ends; then requests end, the poster drains, and all is closed.
func (h *house) serve(ctx context.Context, accounts *account.Accounts, press *booklet.Press, log *slog.Logger, listener net.Listener) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	server := web(h.handler(log, accounts, press), log)
	server.RegisterOnShutdown(h.streams.End) // they would keep it open
	server.RegisterOnShutdown(h.boards.EndWatches)
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var beside sync.WaitGroup
	beside.Go(func() { h.work(working, log, accounts) })
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		stopped <- server.Shutdown(ending)
	}()
	err := server.Serve(listener)
	if errors.Is(err, http.ErrServerClosed) {
		err = <-stopped
	}
	stopWork()
	beside.Wait()
	return errors.Join(err, h.close())
}

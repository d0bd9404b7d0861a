package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"linbanglin/api"
	"linbanglin/service/account"
)

// Edge is what an operator sets of how the server meets the network.
type Edge struct {
	RateFactor     float64 `default:"1" help:"限流的倍数：1 为默认（宽松），0 为不限（LBL_RATE_FACTOR）"`
	MaxConnections int     `default:"20000" help:"同时的连接数上限（LBL_MAX_CONNECTIONS）"`
	CORSOrigins    string  `name:"cors-origins" help:"允许跨域调用的网页来源，逗号分隔，如 https://console.example.cn；默认不允许（LBL_CORS_ORIGINS）"`
	MetricsListen  string  `help:"只在这个地址提供 Prometheus 指标 /metrics，如 127.0.0.1:9090；不填则在监听地址上，只给本机直接访问（LBL_METRICS_LISTEN）"`
	TrustedProxies string  `help:"可信的反向代理地址或网段，逗号分隔，只信任它们给的 X-Forwarded-For；默认没有（LBL_TRUSTED_PROXIES）"`
}

func listed(text string) (parts []string) {
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// checkEdge fails with a line for each setting that cannot be what is meant.
func (e Edge) checkEdge() (err error) {
	if !(e.RateFactor >= 0 && e.RateFactor <= 1e6) {
		err = errors.Join(err, errors.New("LBL_RATE_FACTOR 应为 0 到 1000000 之间的数"))
	}
	if e.MaxConnections < 1 || e.MaxConnections > 1_000_000 {
		err = errors.Join(err, errors.New("LBL_MAX_CONNECTIONS 应为 1 到 1000000 之间的整数"))
	}
	if _, port, wrong := net.SplitHostPort(e.MetricsListen); e.MetricsListen != "" && (wrong != nil || port == "") {
		err = errors.Join(err, errors.New("LBL_METRICS_LISTEN 应类似 127.0.0.1:9090"))
	}
	for _, origin := range listed(e.CORSOrigins) {
		u, wrong := url.Parse(origin)
		if wrong != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != origin || strings.Contains(origin, "*") {
			err = errors.Join(err, fmt.Errorf("LBL_CORS_ORIGINS 中的 %q 应类似 https://console.example.cn，不能用通配符", origin))
		}
	}
	for _, proxy := range listed(e.TrustedProxies) {
		prefix, wrong := netip.ParsePrefix(proxy)
		if _, single := netip.ParseAddr(proxy); single != nil && wrong != nil || wrong == nil && prefix.Bits() == 0 {
			err = errors.Join(err, fmt.Errorf("LBL_TRUSTED_PROXIES 中的 %q 应为 10.0.0.5 或 10.0.0.0/24 这样的地址，不能是全部", proxy))
		}
	}
	return err
}

// atEdge is what the configuration makes of the server's edge.
func (h *house) atEdge(c *Config, keys *account.Keys) api.Edge {
	e := api.Edge{
		RateFactor: c.RateFactor, Proxies: listed(c.TrustedProxies), Origins: listed(c.CORSOrigins), HTTPS: strings.HasPrefix(c.PublicURL, "https://"),
		OriginKey: keys.Derive("origin"),
	}
	if h.redis != nil {
		e.Shared = h.redis.Take
	}
	return e
}

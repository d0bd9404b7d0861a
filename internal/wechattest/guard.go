package wechattest

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// Guard has every call by HTTP fail that would leave this machine, for the rest of the process. TestMain calls it.
func Guard() {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return // it is guarded already, by somebody else
	}
	guarded := transport.Clone()
	guarded.Proxy = nil
	dial := guarded.DialContext
	guarded.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf("a test must not reach %s", address)
		}
		return dial(ctx, network, address)
	}
	http.DefaultTransport = guarded
}

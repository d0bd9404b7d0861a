package wechat

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"linbanglin/model"
)

// DefaultBase is WeChat's own host.
const DefaultBase = "https://api.weixin.qq.com"

const (
	callTime = 5 * time.Second
	maxTries = 3
	// firstPause is how long the first pause between two tries is at most; each is twice the one before.
	firstPause = 200 * time.Millisecond

	// A breaker lets nothing through for breakerRest after so many failures one after the other, or when half of many fail.
	breakerRest  = 10 * time.Second
	breakerRow   = 5
	breakerMany  = 20
	breakerCount = 30 * time.Second
)

// Client calls WeChat for one mini-program. It is safe for concurrent use.
type Client struct {
	appID, secret, base string
	http                *http.Client
	now                 func() time.Time
	observe             func(call, outcome string, took time.Duration)

	tokens Tokens
	sealer sealer
	turn   chan struct{} // to fetch an access token, so that callers share it
	kept   keptToken

	mu       sync.Mutex
	breakers map[string]*gobreaker.CircuitBreaker[struct{}] // by call
	rest     time.Duration
}

// New returns a client whose access token is its own. An empty base is DefaultBase; an empty appID makes every call fail
// with ErrWeChatOff.
func New(appID, secret, base string) *Client {
	if base == "" {
		base = DefaultBase
	}
	return &Client{
		appID: appID, secret: secret, base: base, http: &http.Client{Timeout: callTime}, now: time.Now,
		observe: func(string, string, time.Duration) {}, tokens: &ownTokens{}, sealer: sealer(sha256.Sum256([]byte("access token " + secret))),
		turn: make(chan struct{}, 1), breakers: map[string]*gobreaker.CircuitBreaker[struct{}]{}, rest: breakerRest,
	}
}

// ShareTokens has the client share its access token with other processes. It is for before the first call.
func (c *Client) ShareTokens(with Tokens) { c.tokens = with }

// Observe has every call reported with its outcome, one of few words. It is for before the first call.
func (c *Client) Observe(report func(call, outcome string, took time.Duration)) { c.observe = report }

// AppID returns the mini-program's id.
func (c *Client) AppID() string { return c.appID }

// On reports whether there is a mini-program to call for; a nil client is off.
func (c *Client) On() bool { return c != nil && c.appID != "" && c.secret != "" }

// call is one call of the API.
type call struct {
	name, method, path string
	query              url.Values
	body               any
	token              bool // it goes with an access token
	repeats            bool // to make it twice is to make it once, so one whose answer got lost is made again
	picture            bool // it answers a picture, or JSON when it refuses
}

// do makes a call, and again where the table of codes says so. It fails with an *Error that WeChat answered, with
// ErrWeChatBusy and ErrWeChatOff.
func (c *Client) do(ctx context.Context, k call, answer any) error {
	if !c.On() {
		return model.ErrWeChatOff
	}
	began := time.Now()
	err := c.tries(ctx, k, answer)
	c.observe(k.name, outcome(err), time.Since(began))
	return err
}

func (c *Client) tries(ctx context.Context, k call, answer any) error {
	rejected := ""
	for try := 1; ; try++ {
		token := ""
		if k.token {
			var err error
			if token, err = c.accessToken(ctx, rejected); err != nil {
				return err
			}
		}
		err := c.guarded(ctx, k, token, answer)
		refusal := Refusal(err)
		switch {
		case err == nil:
			return nil
		case refusal != nil && refusal.Policy() == Renew && k.token && rejected == "":
			rejected = token
			continue
		case refusal != nil && refusal.Policy() != Again, refusal == nil && !k.repeats, errors.Is(err, ErrOpen), try >= maxTries:
			return err
		}
		if !pause(ctx, firstPause<<(try-1)) {
			return err
		}
	}
}

// pause waits for some time, up to most, unless the context ends.
func pause(ctx context.Context, most time.Duration) bool {
	select {
	case <-time.After(most/2 + time.Duration(rand.Int64N(int64(most/2)))): //nolint:gosec // jitter is no secret
		return true
	case <-ctx.Done():
		return false
	}
}

// ErrOpen is a call that was not made, because those before it failed.
var ErrOpen = errors.New("the circuit is open")

// guarded makes a call once, unless the last ones failed.
func (c *Client) guarded(ctx context.Context, k call, token string, answer any) error {
	_, err := c.breaker(k.name).Execute(func() (struct{}, error) { return struct{}{}, c.once(ctx, k, token, answer) })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return fmt.Errorf("%w: %w", model.ErrWeChatBusy, ErrOpen)
	}
	return err
}

func (c *Client) breaker(name string) *gobreaker.CircuitBreaker[struct{}] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.breakers[name] == nil {
		c.breakers[name] = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name: name, Interval: breakerCount, Timeout: c.rest,
			ReadyToTrip: func(n gobreaker.Counts) bool {
				return n.ConsecutiveFailures >= breakerRow || n.Requests >= breakerMany && 2*n.TotalFailures >= n.Requests
			},
			IsSuccessful: func(err error) bool {
				refusal := Refusal(err)
				return err == nil || refusal != nil && refusal.Policy() != Again
			},
			IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		})
	}
	return c.breakers[name]
}

// outcome is how a call ended, in one word.
func outcome(err error) string {
	refusal := Refusal(err)
	switch {
	case err == nil:
		return "ok"
	case refusal != nil:
		return refusal.Name()
	case errors.Is(err, ErrOpen):
		return "open"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	default:
		return "network"
	}
}

package wechat

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"net/http"
	"sync"
	"time"

	"linbanglin/model"
)

const (
	// tokenMargin is how long before its end an access token is renewed; WeChat renews it as early.
	tokenMargin = 5 * time.Minute
	// renewLease is how long one process has for renewing before another tries.
	renewLease = 10 * time.Second
	// forceEvery is how often a new token is forced at most: WeChat allows 20 a day.
	forceEvery = 2 * time.Hour
	tokenWait  = 100 * time.Millisecond
)

// Tokens is where processes share the access token of a mini-program. The token itself is sealed.
type Tokens interface {
	// Read returns the token of a mini-program, one at version 0 when there is none.
	Read(ctx context.Context, app string) (*model.WeChatToken, error)
	// Lease lets one caller renew the token at a version, until a time, and reports whether this is the one.
	Lease(ctx context.Context, app string, version int64, now, until model.Instant) (bool, error)
	// Write writes what was renewed over the version before, and ends the lease. Who comes too late writes nothing.
	Write(ctx context.Context, token *model.WeChatToken) error
	// Release gives a lease back that came to nothing.
	Release(ctx context.Context, app string, version int64) error
}

// keptToken is the access token that this process uses without a look at what is shared.
type keptToken struct {
	value string
	until model.Instant
}

// accessToken returns a token that all callers share (cgi-bin/stable_token), and none that was rejected.
func (c *Client) accessToken(ctx context.Context, rejected string) (string, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return "", fmt.Errorf("%w: %w", model.ErrWeChatBusy, ctx.Err())
	}
	for {
		now := model.InstantOf(c.now())
		if c.kept.value != rejected && now < c.kept.until {
			return c.kept.value, nil
		}
		shared, err := c.tokens.Read(ctx, c.appID)
		if err != nil {
			return "", fmt.Errorf("%w: %w", model.ErrWeChatBusy, err)
		}
		value := c.sealer.open(shared.Sealed)
		usable := value != "" && value != rejected
		if usable && now < shared.RefreshAt {
			c.kept = keptToken{value, shared.RefreshAt}
			return value, nil
		}
		mine, err := c.tokens.Lease(ctx, c.appID, shared.Version, now, now.Add(renewLease))
		switch {
		case err != nil:
			return "", fmt.Errorf("%w: %w", model.ErrWeChatBusy, err)
		case mine:
			return c.renew(ctx, shared, rejected)
		case usable && now < shared.EndsAt:
			return value, nil // another process renews it
		}
		if !pause(ctx, tokenWait) {
			return "", fmt.Errorf("%w: %w", model.ErrWeChatBusy, ctx.Err())
		}
	}
}

// renew fetches a token and shares it. Only when WeChat gives out again what it has just rejected a new one is forced.
func (c *Client) renew(ctx context.Context, shared *model.WeChatToken, rejected string) (string, error) {
	value, seconds, err := c.fetchToken(ctx, false)
	now := model.InstantOf(c.now())
	if err == nil && value == rejected && now >= shared.ForcedAt.Add(forceEvery) {
		shared.ForcedAt = now
		value, seconds, err = c.fetchToken(ctx, true)
	}
	if err != nil {
		_ = c.tokens.Release(context.WithoutCancel(ctx), c.appID, shared.Version) // or the lease ends by its time
		return "", err
	}
	life := time.Duration(seconds) * time.Second
	shared.AppID, shared.Sealed = c.appID, c.sealer.seal(value)
	shared.EndsAt, shared.RefreshAt = now.Add(life), now.Add(max(life-tokenMargin, min(time.Minute, life/2)))
	if err := c.tokens.Write(context.WithoutCancel(ctx), shared); err != nil {
		return "", fmt.Errorf("%w: %w", model.ErrWeChatBusy, err)
	}
	c.kept = keptToken{value, shared.RefreshAt}
	return value, nil
}

func (c *Client) fetchToken(ctx context.Context, force bool) (string, int64, error) {
	var answer struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	err := c.do(ctx, call{
		name: "stable_token", method: http.MethodPost, path: "/cgi-bin/stable_token", repeats: !force,
		body: map[string]any{"grant_type": "client_credential", "appid": c.appID, "secret": c.secret, "force_refresh": force},
	}, &answer)
	if err == nil && (answer.Token == "" || answer.Seconds <= 0) {
		err = fmt.Errorf("%w: no token", model.ErrWeChatBusy)
	}
	return answer.Token, answer.Seconds, err
}

// sealer hides access tokens from who reads where they are shared. Its key comes of the secret of the mini-program, which
// every process has that may use them.
type sealer [32]byte

func (s sealer) box() cipher.AEAD {
	block, _ := aes.NewCipher(s[:]) // the key has a good length
	box, _ := cipher.NewGCMWithRandomNonce(block)
	return box
}

func (s sealer) seal(token string) []byte {
	return s.box().Seal(nil, nil, []byte(token), nil) //nolint:gosec // the box makes a nonce of its own
}

// open returns what was sealed, "" when that was nothing, or under another secret.
func (s sealer) open(sealed []byte) string {
	token, err := s.box().Open(nil, nil, sealed, nil)
	if err != nil {
		return ""
	}
	return string(token)
}

// ownTokens keeps a token for this process alone.
type ownTokens struct {
	mu    sync.Mutex
	token model.WeChatToken
}

// Read implements Tokens.
func (o *ownTokens) Read(context.Context, string) (*model.WeChatToken, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	token := o.token
	return &token, nil
}

// Lease implements Tokens. Callers of one client take turns already.
func (o *ownTokens) Lease(context.Context, string, int64, model.Instant, model.Instant) (bool, error) {
	return true, nil
}

// Write implements Tokens.
func (o *ownTokens) Write(_ context.Context, token *model.WeChatToken) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.token = *token
	o.token.Version++
	return nil
}

// Release implements Tokens.
func (o *ownTokens) Release(context.Context, string, int64) error { return nil }

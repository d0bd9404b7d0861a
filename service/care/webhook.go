package care

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Webhook returns what posts calls to a gateway of SMS and voice calls, as JSON signed by HMAC-SHA256 of the time, a dot
// and the body. A status of 2xx is that the gateway has it; it knows what comes again by the id.
func Webhook(address string, key []byte) Send {
	client := &http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, call *Call) error {
		text, err := json.Marshal(call)
		if err != nil {
			return fmt.Errorf("write call: %w", err)
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("call the gateway: %w", err)
		}
		at := strconv.FormatInt(time.Now().Unix(), 10)
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write([]byte(at + "."))
		_, _ = mac.Write(text)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Linbanglin-Id", call.ID.String())
		r.Header.Set("X-Linbanglin-Time", at)
		r.Header.Set("X-Linbanglin-Signature", hex.EncodeToString(mac.Sum(nil)))
		answer, err := client.Do(r)
		if err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode < http.StatusOK || answer.StatusCode >= http.StatusMultipleChoices {
			return fmt.Errorf("gateway: status %d", answer.StatusCode)
		}
		return nil
	}
}

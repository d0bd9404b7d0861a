// Package middleware holds what every request passes through on its way to an operation: request id,
// access log, metrics, panics, body limit, who is calling, rate limit and idempotency keys. It knows gin
// and model only; what it needs of the rest is passed in as functions.
package middleware

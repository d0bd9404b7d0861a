package model

import "context"

// Idempotency is a caller's promise that requests with one key are one request. It travels in the
// context from the edge to the transaction that has the effect, where it is settled.
type Idempotency struct {
	Member ID
	Key    string
	Hash   [32]byte // of the method, the path and the body
	// Replayed is called when the answer is that of an earlier request.
	Replayed func()
}

type idempotencyKey struct{}

// WithIdempotency returns a context that carries i.
func WithIdempotency(ctx context.Context, i *Idempotency) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, i)
}

// IdempotencyOf returns what the context carries, nil when the caller made no promise.
func IdempotencyOf(ctx context.Context) *Idempotency {
	i, _ := ctx.Value(idempotencyKey{}).(*Idempotency)
	return i
}

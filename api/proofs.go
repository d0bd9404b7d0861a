package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/ledger"
	"linbanglin/service/ledger/proof"
)

// Proofs registers what anyone can hold the ledger to: its head, the signed heads, their keys, and proofs of lines.
func Proofs(l *ledger.Ledger) Noun {
	return func(on *Operations) {
		get(on, "/ledger/head", "get-ledger-head", "points", "账本的最新序号与哈希，和最近一次签名（公开）",
			func(ctx context.Context, _ model.Actor, _ *none) (*body[*ledger.Head], error) {
				return answer(l.Head(ctx))
			}, public)
		get(on, "/ledger/anchors", "list-ledger-anchors", "points", "签名的账本头（公开）",
			func(ctx context.Context, _ model.Actor, in *Paging) (*body[*model.List[*model.Anchor]], error) {
				return answer(l.Anchors(ctx, in.page()))
			}, public)
		get(on, "/ledger/keys", "list-ledger-keys", "points", "签名账本头的公钥（公开）",
			func(ctx context.Context, _ model.Actor, _ *none) (*body[items[*model.LedgerKey]], error) {
				keys, err := l.Keys(ctx)
				return answer(items[*model.LedgerKey]{keys}, err)
			}, public)
		get(on, "/points/entries/{seq}/proof", "prove-entry", "points", "手册中一行的证明，可用 linbanglin verify-proof 离线核对",
			func(ctx context.Context, who model.Actor, in *struct {
				AccountInput
				Seq int64 `path:"seq" minimum:"1" doc:"手册的行号"`
			},
			) (*body[*proof.Proof], error) {
				return answer(l.Proof(ctx, who, in.account(), in.Seq))
			}, own)
	}
}

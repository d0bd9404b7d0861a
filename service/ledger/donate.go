package ledger

import (
	"context"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// Donate (捐回社区) gives points of the caller's back to the community's pool. They were earned all the same:
// no rank moves. The context's idempotency key makes it happen once. It fails with ErrKeyRequired without a
// key, with ErrUnbound for who is nobody here yet, with ErrAmount, and with ErrInsufficient, which tells
// what is left.
func (l *Ledger) Donate(ctx context.Context, who model.Actor, amount int64, memo string) (*Receipt, error) {
	promise := model.IdempotencyOf(ctx)
	switch {
	case promise == nil:
		return nil, model.ErrKeyRequired
	case !who.Bound():
		return nil, model.ErrUnbound
	case amount < 1 || amount > model.MaxAmount:
		return nil, model.ErrAmount
	}
	member, err := l.store.Members.Known(ctx, who.MemberID)
	if err != nil {
		return nil, err
	}
	wallet := model.Wallet(member.CommunityID, member.ID, model.Points)
	// Who never earned anything has no account, and gets none by asking for what is not there.
	if ids, err := l.existing(ctx, wallet); err != nil || len(ids) == 0 {
		return nil, orShort(err)
	}
	p := Posting{
		Key: "donate:" + who.MemberID.String() + ":" + promise.Key, Hash: promise.Hash[:],
		Debit: wallet, Credit: model.Pool(member.CommunityID, model.Points), Amount: amount,
		Code: model.CodeDonate, Member: member, Actor: who.MemberID, Memo: memo,
	}
	receipt, _, err := Once(ctx, l, Job{Postings: []Posting{p}}, l.now(), receiptOf)
	return receipt, err
}

// orShort returns the error, or that nothing is left.
func orShort(err error) error {
	if err != nil {
		return err
	}
	return model.ErrInsufficient.Leaving(0)
}

// Pool is what a community's points did in a year, by the day of their booking, reversals taken off.
type Pool struct {
	Year     int   `json:"year"`
	Granted  int64 `json:"granted" doc:"发给居民"`
	Donated  int64 `json:"donated" doc:"居民捐回"`
	Expired  int64 `json:"expired" doc:"到期"`
	Redeemed int64 `json:"redeemed" doc:"在积分超市兑换"`
}

// Pool returns what the points of the caller's community did this year. It fails with ErrUnbound.
func (l *Ledger) Pool(ctx context.Context, who model.Actor) (*Pool, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	return l.pools.Get(ctx, poolOf{who.Place.CommunityID, l.now().Time().Year()})
}

// poolOf names what the points of a community did in a year.
type poolOf struct {
	community model.ID
	year      int
}

// readPool adds up a year, which reads much of it: its answers are remembered for a little.
func (l *Ledger) readPool(ctx context.Context, of poolOf) (*Pool, error) {
	year := of.year
	start := time.Date(year, 1, 1, 0, 0, 0, 0, model.Shanghai())
	earned, rest, err := l.store.Points.Flows(ctx, of.community, model.InstantOf(start), model.InstantOf(start.AddDate(1, 0, 0)))
	if err != nil {
		return nil, err
	}
	pool := &Pool{Year: year, Granted: earned}
	for _, f := range rest {
		pool.add(f)
	}
	return pool, nil
}

// add adds a flow to what it is.
func (p *Pool) add(f *repository.Flow) {
	kind, code, amount := f.Kind, f.Code, f.Amount
	if f.Kind == model.KindReverse {
		kind, code, amount = f.OfKind, f.OfCode, -f.Amount
	}
	switch {
	case kind == model.KindPost && code == model.CodeDonate:
		p.Donated += amount
	case kind == model.KindExpire:
		p.Expired += amount
	case kind == model.KindSettle:
		p.Redeemed += amount
	}
}

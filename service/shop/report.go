package shop

import (
	"cmp"
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// MonthReport is what the shop took in and gave out in a month. Nobody is named in it but who donated, and
// organisations are.
type MonthReport struct {
	Month  model.Month   `json:"month"`
	Items  []*ItemReport `json:"items"`
	Donors []*Donation   `json:"donors"`
	Totals Turnover      `json:"totals"`
}

// Turnover is what came and went. The stock at the end is that at the start and all that moved.
type Turnover struct {
	Received  int64 `json:"received" doc:"入库"`
	Sold      int64 `json:"sold" doc:"兑出（已领取）"`
	Returned  int64 `json:"returned" doc:"领取后退回"`
	Corrected int64 `json:"corrected" doc:"盘点更正，可为负"`
	Redeemed  int64 `json:"points_redeemed" doc:"兑换使用的积分"`
	Refunded  int64 `json:"points_refunded" doc:"退回的积分"`
	Stock     int64 `json:"stock" doc:"月末库存"`
}

func (t *Turnover) add(o Turnover) {
	t.Received += o.Received
	t.Sold += o.Sold
	t.Returned += o.Returned
	t.Corrected += o.Corrected
	t.Redeemed += o.Redeemed
	t.Refunded += o.Refunded
	t.Stock += o.Stock
}

// move counts pieces that moved for one reason.
func (t *Turnover) move(kind model.MoveKind, n int64) {
	switch kind {
	case model.StockReceived:
		t.Received += n
	case model.StockSold:
		t.Sold -= n
	case model.StockReturned:
		t.Returned += n
	case model.StockCorrected:
		t.Corrected += n
	}
}

// ItemReport is the turnover of one item.
type ItemReport struct {
	ID   model.ID `json:"id"`
	Name string   `json:"name"`
	Turnover
}

// Donation is what an organisation gave of an item.
type Donation struct {
	Donor    string `json:"donor"`
	Item     string `json:"item"`
	Quantity int64  `json:"quantity"`
}

// Report returns the report of a month of the caller's community, such as 2026-11, for everyone in it. A month
// that is not over is told as far as it has come. It fails with ErrInvalid for what is no month, and with
// ErrUnbound.
func (s *Shop) Report(ctx context.Context, who model.Actor, month string) (*MonthReport, error) {
	if _, err := who.Reach(model.OpReadShop); err != nil {
		return nil, err
	}
	m, err := model.ParseMonth(month)
	if err != nil {
		return nil, err
	}
	r := &MonthReport{Month: m, Items: []*ItemReport{}, Donors: []*Donation{}}
	err = s.store.Snapshot(ctx, func(view *repository.Store) error { return r.fill(ctx, view, who.Place.CommunityID) })
	return r, err
}

// fill adds up one view of the database.
func (r *MonthReport) fill(ctx context.Context, view *repository.Store, community model.ID) error {
	from, to := r.Month.Span()
	moves, err := view.Shop.MovesBetween(ctx, community, from, to)
	if err != nil {
		return err
	}
	stock, err := view.Shop.StockAt(ctx, community, to)
	if err != nil {
		return err
	}
	redeemed, err := view.Shop.Redeemed(ctx, community, from, to)
	if err != nil {
		return err
	}
	refunded, err := view.Shop.Refunded(ctx, community, from, to)
	if err != nil {
		return err
	}
	byItem := map[model.ID]*Turnover{}
	of := func(id model.ID) *Turnover {
		if byItem[id] == nil {
			byItem[id] = &Turnover{}
		}
		return byItem[id]
	}
	for _, m := range moves {
		of(m.ItemID).move(m.Kind, m.Quantity)
	}
	for id, n := range redeemed {
		of(id).Redeemed = n
	}
	for id, n := range refunded {
		of(id).Refunded = n
	}
	for id, n := range stock {
		if n != 0 || byItem[id] != nil {
			of(id).Stock = n
		}
	}
	return r.name(ctx, view, byItem, moves)
}

// name puts names on what was added up, and what was donated beside it.
func (r *MonthReport) name(ctx context.Context, view *repository.Store, byItem map[model.ID]*Turnover, moves []repository.MoveSum) error {
	ids := make([]model.ID, 0, len(byItem))
	for id := range byItem {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	items, err := view.Shop.ItemsByID(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if items[id].Status == model.ItemDraft { // it is not there for who reads this
			continue
		}
		r.Items = append(r.Items, &ItemReport{id, items[id].Name, *byItem[id]})
		r.Totals.add(*byItem[id])
	}
	for _, m := range moves {
		if m.Kind == model.StockReceived && m.Donor != "" && items[m.ItemID].Status != model.ItemDraft {
			r.Donors = append(r.Donors, &Donation{m.Donor, items[m.ItemID].Name, m.Quantity})
		}
	}
	slices.SortStableFunc(r.Donors, func(a, b *Donation) int { return cmp.Compare(a.Donor, b.Donor) })
	return nil
}

package ledger

import (
	"context"
	"slices"

	"linbanglin/model"
)

// addUp sees that each transfer is legal, has exactly the entries and the moves of lots that it should have,
// and adds it to both its sides.
func (v *verifier) addUp(ctx context.Context, c *Check, transfers []*model.Transfer) error {
	if len(transfers) == 0 {
		return nil
	}
	ids := make([]model.ID, len(transfers))
	for i, t := range transfers {
		ids[i] = t.ID
	}
	targets, err := v.targets(ctx, transfers)
	if err != nil {
		return err
	}
	entries, err := v.view.Points.EntriesOf(ctx, ids)
	if err != nil {
		return err
	}
	moved, err := v.view.Points.MovedBy(ctx, ids)
	if err != nil {
		return err
	}
	byTransfer := map[model.ID][]*model.Entry{}
	for _, e := range entries {
		byTransfer[e.TransferID] = append(byTransfer[e.TransferID], e)
	}
	for _, t := range transfers {
		if v.accounts[t.DebitID] == nil || v.accounts[t.CreditID] == nil || t.Amount <= 0 || t.DebitID == t.CreditID {
			c.differ("transfer %d: amount %d from account %d to %d", t.ID, t.Amount, t.DebitID, t.CreditID)
			continue
		}
		target := v.checkTarget(c, t, targets)
		for _, id := range []model.ID{t.DebitID, t.CreditID} {
			if !t.Fits(v.accounts[id], v.reversed(t, targets)) {
				c.differ("transfer %d: account %d is not one that it may touch", t.ID, id)
			}
		}
		v.checkSides(c, t, target, byTransfer[t.ID], moved[t.ID])
		if err := v.checkDays(ctx, c, t, moved[t.ID]); err != nil {
			return err
		}
		if err := v.addCaps(ctx, t, targets); err != nil {
			return err
		}
	}
	return nil
}

// targets reads what transfers reverse, and the holds that they end.
func (v *verifier) targets(ctx context.Context, transfers []*model.Transfer) (map[model.ID]*model.Transfer, error) {
	var ids []model.ID
	for _, t := range transfers {
		for _, id := range []*model.ID{t.ReversesID, t.HoldID} {
			if id != nil {
				ids = append(ids, *id)
			}
		}
	}
	found, err := v.view.Points.Transfers(ctx, ids)
	byID := make(map[model.ID]*model.Transfer, len(found))
	for _, t := range found {
		byID[t.ID] = t
	}
	return byID, err
}

// reversed returns what a transfer reverses, nil when it reverses nothing that is there.
func (v *verifier) reversed(t *model.Transfer, targets map[model.ID]*model.Transfer) *model.Transfer {
	if t.ReversesID == nil {
		return nil
	}
	return targets[*t.ReversesID]
}

// checkTarget sees that a reversal mirrors what it reverses and that the end of a hold fits the hold. It
// returns the amount of the hold that the transfer ends.
func (v *verifier) checkTarget(c *Check, t *model.Transfer, targets map[model.ID]*model.Transfer) (hold int64) {
	if (t.Kind == model.KindReverse) != (t.ReversesID != nil) {
		c.differ("transfer %d: kind %s, but reverses %v", t.ID, t.Kind, t.ReversesID)
	}
	if t.Kind.EndsHold() != (t.HoldID != nil) {
		c.differ("transfer %d: kind %s, but ends %v", t.ID, t.Kind, t.HoldID)
	}
	if t.ReversesID != nil {
		o := targets[*t.ReversesID]
		if o == nil || o.Kind == model.KindReverse || o.Amount != t.Amount || o.DebitID != t.CreditID || o.CreditID != t.DebitID ||
			o.Score != -t.Score || o.EffectiveAt != t.EffectiveAt || o.CampaignID != t.CampaignID {
			c.differ("transfer %d: does not mirror transfer %d", t.ID, *t.ReversesID)
		}
	}
	if t.HoldID != nil {
		h := targets[*t.HoldID]
		if h == nil || h.Kind != model.KindHold || h.DebitID != t.DebitID || h.CreditID != t.CreditID || t.Amount > h.Amount ||
			t.Kind != model.KindSettle && t.Amount != h.Amount {
			c.differ("transfer %d: does not fit the hold %d that it ends", t.ID, *t.HoldID)
		} else {
			hold = h.Amount
		}
	}
	return hold
}

// checkSides adds a transfer to its accounts, and holds its entries and moves against its effect.
func (v *verifier) checkSides(c *Check, t *model.Transfer, hold int64, entries []*model.Entry, moves []model.LotMove) {
	debit, credit := t.Effect(hold)
	expected := 0
	for id, change := range map[model.ID]model.Change{t.DebitID: debit, t.CreditID: credit} {
		a, tally := v.accounts[id], v.tally(id)
		if change == (model.Change{}) {
			continue
		}
		tally.Legs++
		tally.Moved = model.Change{Posted: tally.Moved.Posted + change.Posted, Held: tally.Moved.Held + change.Held}
		if a.Tracked != 1 {
			continue
		}
		expected++
		i := slices.IndexFunc(entries, func(e *model.Entry) bool { return e.AccountID == id })
		if i < 0 || entries[i].PostedDelta != change.Posted || entries[i].HeldDelta != change.Held || entries[i].BizDay != t.BizDay {
			c.differ("transfer %d: account %d has no entry of it that changes by %d (held %d)", t.ID, id, change.Posted, change.Held)
		}
		v.checkMoves(c, t, a, change, moves)
	}
	if len(entries) != expected {
		c.differ("transfer %d: has %d entries instead of %d", t.ID, len(entries), expected)
	}
	switch {
	case t.Kind == model.KindHold:
		v.tally(t.DebitID).Opened += t.Amount
	case t.Kind.EndsHold():
		v.tally(t.DebitID).Opened -= hold
	}
}

// checkMoves sees that what a transfer moves in the lots of a wallet is what it changes there. What is older
// than lots moved none.
func (v *verifier) checkMoves(c *Check, t *model.Transfer, a *model.Account, change model.Change, moves []model.LotMove) {
	var sum model.Change
	n := int64(0)
	for _, m := range moves {
		if m.AccountID == a.ID {
			n++
			sum.Posted += m.DRemaining + m.DHeld
			sum.Held += m.DHeld
		}
	}
	v.reached.Moves += n
	if n > 0 && !a.Expires() || sum != change && a.Expires() && (n > 0 || !v.openings[a.ID]) {
		c.differ("transfer %d: changes account %d by %d (held %d), its lots by %d (%d)", t.ID, a.ID, change.Posted, change.Held, sum.Posted, sum.Held)
	}
}

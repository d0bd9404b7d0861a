package ledger

import (
	"bytes"
	"context"

	"linbanglin/model"
)

// checkEntries follows the chain of every account, line by line.
func (v *verifier) checkEntries(ctx context.Context, c *Check) error {
	if v.reached.Seq == 0 || len(v.reached.Accounts) == 0 || v.freshEntries() {
		return v.scanEntries(ctx, c)
	}
	for id, a := range v.accounts {
		t := v.tally(id)
		for t.Seq < a.LastSeq {
			rows, err := v.view.Points.EntriesAfter(ctx, id, t.Seq, scanRows)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			for _, e := range rows {
				v.checkEntry(c, e)
			}
			v.step(c, len(rows), 0)
		}
	}
	return nil
}

// freshEntries reports whether no entry was checked by an earlier run.
func (v *verifier) freshEntries() bool {
	for _, t := range v.reached.Accounts {
		if t.Seq > 0 {
			return false
		}
	}
	return true
}

func (v *verifier) scanEntries(ctx context.Context, c *Check) error {
	var account model.ID
	var seq int64
	for {
		rows, err := v.view.Points.ScanEntries(ctx, account, seq, scanRows)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, e := range rows {
			v.checkEntry(c, e)
		}
		last := rows[len(rows)-1]
		account, seq = last.AccountID, last.Seq
		v.step(c, len(rows), v.counts.Entries)
	}
}

func (v *verifier) checkEntry(c *Check, e *model.Entry) {
	a, t := v.accounts[e.AccountID], v.tally(e.AccountID)
	if a == nil || a.Tracked != 1 {
		c.differ("entry %d of account %d: the account is not tracked", e.Seq, e.AccountID)
		return
	}
	t.Seq++
	t.Entered.Posted += e.PostedDelta
	t.Entered.Held += e.HeldDelta
	switch {
	case e.Seq != t.Seq:
		c.differ("account %d: entry %d stands at place %d", e.AccountID, e.Seq, t.Seq)
		t.Seq = e.Seq
	case e.PostedAfter != t.Entered.Posted || e.HeldAfter != t.Entered.Held:
		c.differ("account %d, entry %d: balance %d (held %d), its changes make %d (%d)", e.AccountID, e.Seq, e.PostedAfter, e.HeldAfter, t.Entered.Posted, t.Entered.Held)
	case !bytes.Equal(e.Hash, e.Link(t.Hash)):
		c.differ("account %d, entry %d: the hash does not follow from the line and the one before", e.AccountID, e.Seq)
	}
	t.Hash = e.Hash
}

// checkBalances holds each account row against its entries and its transfers.
func (v *verifier) checkBalances(_ context.Context, c *Check) error {
	for id, a := range v.accounts {
		t := v.tally(id)
		if sealed := v.sealed.Accounts[id]; sealed != nil {
			// From here a later run goes on: with the transfers that are sealed, and every entry.
			sealed.Seq, sealed.Entered, sealed.Hash = t.Seq, t.Entered, t.Hash
		}
		if a.Tracked != 1 {
			if a.Posted != 0 || a.Held != 0 || a.LastSeq != 0 {
				c.differ("account %d is not tracked, and has a balance", id)
			}
			continue
		}
		c.Rows++
		if (model.Change{Posted: a.Posted, Held: a.Held}) != t.Entered || a.LastSeq != t.Seq || !bytes.Equal(a.HeadHash, t.Hash) {
			c.differ("account %d: posted %d, held %d, seq %d; its entries make %d, %d, %d", id, a.Posted, a.Held, a.LastSeq, t.Entered.Posted, t.Entered.Held, t.Seq)
		}
		if t.Moved != t.Entered || t.Legs != t.Seq {
			c.differ("account %d: %d entries make %d (%d), %d transfers make %d (%d)", id, t.Seq, t.Entered.Posted, t.Entered.Held, t.Legs, t.Moved.Posted, t.Moved.Held)
		}
	}
	return nil
}

// checkHolds holds the open holds against those that no transfer has ended.
func (v *verifier) checkHolds(ctx context.Context, c *Check) error {
	open := map[model.ID]int64{}
	for after := model.ID(0); ; {
		rows, err := v.view.Points.ScanHolds(ctx, after, scanRows)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		ids := make([]model.ID, len(rows))
		for i, h := range rows {
			ids[i] = h.HoldID
		}
		found, err := v.view.Points.Transfers(ctx, ids)
		if err != nil {
			return err
		}
		made := map[model.ID]*model.Transfer{}
		for _, t := range found {
			made[t.ID] = t
		}
		for _, h := range rows {
			if t := made[h.HoldID]; t == nil || t.Kind != model.KindHold || t.DebitID != h.AccountID || t.Amount != h.Amount {
				c.differ("hold %d: account %d, %d: no transfer made it", h.HoldID, h.AccountID, h.Amount)
			}
			open[h.AccountID] += h.Amount
		}
		after = rows[len(rows)-1].HoldID
		v.step(c, len(rows), 0)
	}
	for id := range v.accounts {
		if t := v.tally(id); t.Opened != open[id] || t.Entered.Held != open[id] {
			c.differ("account %d: holds %d, open holds make %d, holds without an end %d", id, t.Entered.Held, open[id], t.Opened)
		}
	}
	return nil
}

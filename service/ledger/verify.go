package ledger

import (
	"bytes"
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Check is one property of the ledger and where it does not hold.
type Check struct {
	Name        string   `json:"name"`
	Rows        int64    `json:"rows"`
	Differences []string `json:"differences"`
	Total       int64    `json:"total"` // of differences; Differences holds the first of them
}

// shownDifferences is how many differences of one check are told.
const shownDifferences = 20

func (c *Check) differ(format string, args ...any) {
	if c.Total++; c.Total <= shownDifferences {
		c.Differences = append(c.Differences, fmt.Sprintf(format, args...))
	}
}

// scanRows is how many rows are in memory at a time.
const scanRows = 2000

// Verify re-derives every balance, chain and place in the stream from the transfers, on one snapshot, and
// returns what it found. Progress is told after each part of rows. An error is a failure to read, never a
// difference.
func (l *Ledger) Verify(ctx context.Context, progress func(check string, rows int64)) ([]*Check, error) {
	var checks []*Check
	err := l.store.Snapshot(ctx, func(view *repository.Store) error {
		v := &verifier{view: view, progress: progress, accounts: map[model.ID]*tally{}}
		for _, step := range []struct {
			name string
			run  func(context.Context, *Check) error
		}{
			{"accounts", v.readAccounts},
			{"transfers", v.checkTransfers},
			{"entries", v.checkEntries},
			{"balances", v.checkBalances},
			{"stream", v.checkStream},
		} {
			c := &Check{Name: step.name, Differences: []string{}}
			if err := step.run(ctx, c); err != nil {
				return fmt.Errorf("verify %s: %w", step.name, err)
			}
			checks = append(checks, c)
		}
		return nil
	})
	return checks, err
}

// verifier adds up the rows of one snapshot.
type verifier struct {
	view     *repository.Store
	progress func(string, int64)
	accounts map[model.ID]*tally
}

// tally is what one account should be, by its transfers and by its entries.
type tally struct {
	account   *model.Account
	legs      int64 // transfers that touch it
	moved     int64 // by transfers
	seq       int64 // of the last entry
	posted    int64 // by entries
	held      int64
	hash      []byte
	openHolds int64
}

func (v *verifier) readAccounts(ctx context.Context, c *Check) error {
	holds, err := v.view.Points.OpenHolds(ctx)
	if err != nil {
		return err
	}
	for after := model.ID(0); ; {
		rows, err := v.view.Points.ScanAccounts(ctx, after, scanRows)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, a := range rows {
			v.accounts[a.ID] = &tally{account: a, openHolds: holds[a.ID], hash: []byte{}}
			if (a.Tracked == 1) != a.Key().Tracked() {
				c.differ("account %d: tracked is %d", a.ID, a.Tracked)
			}
		}
		after = rows[len(rows)-1].ID
		v.step(c, len(rows))
	}
}

func (v *verifier) step(c *Check, rows int) {
	c.Rows += int64(rows)
	if v.progress != nil {
		v.progress(c.Name, c.Rows)
	}
}

// checkTransfers sees that each transfer is legal by itself and adds it to both its sides.
func (v *verifier) checkTransfers(ctx context.Context, c *Check) error {
	for after := model.ID(0); ; {
		rows, err := v.view.Points.ScanTransfers(ctx, after, scanRows)
		if err != nil || len(rows) == 0 {
			return err
		}
		reversed, err := v.originals(ctx, rows)
		if err != nil {
			return err
		}
		for _, t := range rows {
			v.checkTransfer(c, t, reversed)
		}
		after = rows[len(rows)-1].ID
		v.step(c, len(rows))
	}
}

// originals reads what the reversals among rows reverse.
func (v *verifier) originals(ctx context.Context, rows []*model.Transfer) (map[model.ID]*model.Transfer, error) {
	var ids []model.ID
	for _, t := range rows {
		if t.ReversesID != nil {
			ids = append(ids, *t.ReversesID)
		}
	}
	found, err := v.view.Points.Transfers(ctx, ids)
	byID := make(map[model.ID]*model.Transfer, len(found))
	for _, t := range found {
		byID[t.ID] = t
	}
	return byID, err
}

func (v *verifier) checkTransfer(c *Check, t *model.Transfer, originals map[model.ID]*model.Transfer) {
	debit, credit := v.accounts[t.DebitID], v.accounts[t.CreditID]
	if t.Amount <= 0 || t.DebitID == t.CreditID || debit == nil || credit == nil {
		c.differ("transfer %d: amount %d from account %d to %d", t.ID, t.Amount, t.DebitID, t.CreditID)
		return
	}
	for _, side := range []*tally{debit, credit} {
		if side.account.CommunityID != t.CommunityID || side.account.Measure != t.Measure {
			c.differ("transfer %d: account %d is of another community or measure", t.ID, side.account.ID)
		}
		side.legs++
	}
	debit.moved -= t.Amount
	credit.moved += t.Amount
	if (t.Kind == model.KindReverse) != (t.ReversesID != nil) {
		c.differ("transfer %d: kind %s, but reverses %v", t.ID, t.Kind, t.ReversesID)
	}
	if t.ReversesID == nil {
		return
	}
	o := originals[*t.ReversesID]
	if o == nil || o.Kind == model.KindReverse || o.Amount != t.Amount || o.DebitID != t.CreditID || o.CreditID != t.DebitID ||
		o.Score != -t.Score || o.EffectiveAt != t.EffectiveAt || o.CampaignID != t.CampaignID {
		c.differ("transfer %d: does not mirror transfer %d", t.ID, *t.ReversesID)
	}
}

// checkEntries follows the chain of every account, line by line.
func (v *verifier) checkEntries(ctx context.Context, c *Check) error {
	var account model.ID
	var seq int64
	for {
		rows, err := v.view.Points.ScanEntries(ctx, account, seq, scanRows)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, leg := range rows {
			v.checkEntry(c, leg)
		}
		last := &rows[len(rows)-1].Entry
		account, seq = last.AccountID, last.Seq
		v.step(c, len(rows))
	}
}

func (v *verifier) checkEntry(c *Check, leg *repository.Leg) {
	e := &leg.Entry
	a := v.accounts[e.AccountID]
	if a == nil || a.account.Tracked != 1 {
		c.differ("entry %d of account %d: the account is not tracked", e.Seq, e.AccountID)
		return
	}
	delta := int64(0)
	switch e.AccountID {
	case leg.DebitID:
		delta = -leg.Amount
	case leg.CreditID:
		delta = leg.Amount
	}
	a.seq++
	a.posted += e.PostedDelta
	a.held += e.HeldDelta
	switch {
	case e.Seq != a.seq:
		c.differ("account %d: entry %d stands at place %d", e.AccountID, e.Seq, a.seq)
	case e.PostedDelta != delta:
		c.differ("account %d, entry %d: changes by %d, its transfer %d by %d", e.AccountID, e.Seq, e.PostedDelta, e.TransferID, delta)
	case e.PostedAfter != a.posted || e.HeldAfter != a.held:
		c.differ("account %d, entry %d: balance %d (held %d), its changes make %d (%d)", e.AccountID, e.Seq, e.PostedAfter, e.HeldAfter, a.posted, a.held)
	case !bytes.Equal(e.Hash, e.Link(a.hash)):
		c.differ("account %d, entry %d: the hash does not follow from the line and the one before", e.AccountID, e.Seq)
	}
	a.hash = e.Hash
}

// checkBalances holds each account row against its entries and its transfers.
func (v *verifier) checkBalances(_ context.Context, c *Check) error {
	for id, t := range v.accounts {
		a := t.account
		if a.Tracked != 1 {
			continue
		}
		c.Rows++
		if a.Posted != t.posted || a.Held != t.held || a.LastSeq != t.seq || !bytes.Equal(a.HeadHash, t.hash) {
			c.differ("account %d: posted %d, held %d, seq %d; its entries make %d, %d, %d", id, a.Posted, a.Held, a.LastSeq, t.posted, t.held, t.seq)
		}
		if t.moved != t.posted || t.legs != t.seq {
			c.differ("account %d: %d entries make %d, %d transfers make %d", id, t.seq, t.posted, t.legs, t.moved)
		}
		if t.held != t.openHolds {
			c.differ("account %d: holds %d, open holds make %d", id, t.held, t.openHolds)
		}
	}
	return nil
}

// checkStream follows the seal chain and sees that every record is in it, or waits for it, once.
func (v *verifier) checkStream(ctx context.Context, c *Check) error {
	var seq int64
	hash := []byte{}
	for {
		seals, err := v.view.Stream.After(ctx, seq, scanRows)
		if err != nil {
			return err
		}
		if len(seals) == 0 {
			break
		}
		content, err := v.sealed(ctx, seals)
		if err != nil {
			return err
		}
		for _, s := range seals {
			canonical, there := content[record{s.RecType, s.RecID}]
			seq++
			switch {
			case s.Seq != seq:
				c.differ("seal %d stands at place %d", s.Seq, seq)
				seq = s.Seq
			case !there:
				c.differ("seal %d: its record %d is gone", s.Seq, s.RecID)
			case !bytes.Equal(s.Hash, s.Link(hash, canonical)):
				c.differ("seal %d: the hash does not follow from record %d and the seal before", s.Seq, s.RecID)
			}
			hash = s.Hash
		}
		v.step(c, len(seals))
	}
	head, err := v.view.Stream.Cursor(ctx, sealCursor)
	if err != nil {
		return err
	}
	if head.Seq != seq || !bytes.Equal(head.Hash, hash) {
		c.differ("the head is at %d, the last seal at %d", head.Seq, seq)
	}
	n, err := v.view.Stream.Counts(ctx)
	if err == nil && n.Seals+n.Waiting != n.Transfers+n.Controls {
		c.differ("%d transfers and %d marks, but %d are sealed and %d wait", n.Transfers, n.Controls, n.Seals, n.Waiting)
	}
	return err
}

// sealed returns the bytes of the records that are there.
func (v *verifier) sealed(ctx context.Context, seals []*model.Seal) (map[record][]byte, error) {
	rows := make([]*model.Outbox, len(seals))
	for i, s := range seals {
		rows[i] = &model.Outbox{RecType: s.RecType, RecID: s.RecID}
	}
	return canonicals(ctx, v.view, rows)
}

package ledger

import (
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
	Skipped     Skip     `json:"skipped,omitempty"`
	Cause       string   `json:"cause,omitempty"` // of Skipped
}

// Skip says why a check was not made, or not to its end; empty when it was.
type Skip string

// The reasons.
const (
	NotApplicable Skip = "not_applicable" // there is nothing to check
	Unavailable   Skip = "unavailable"    // what it looks at is away
)

// shownDifferences is how many differences of one check are told.
const shownDifferences = 20

// NewCheck returns what was found by who checks what others make of the ledger.
func NewCheck(name string, rows int64, differences []string) *Check {
	shown := append([]string{}, differences[:min(len(differences), shownDifferences)]...)
	return &Check{Name: name, Rows: rows, Differences: shown, Total: int64(len(differences))}
}

func (c *Check) differ(format string, args ...any) {
	if c.Total++; c.Total <= shownDifferences {
		c.Differences = append(c.Differences, fmt.Sprintf(format, args...))
	}
}

// scanRows is how many rows are in memory at a time.
const scanRows = 2000

// VerifyOptions say how much is verified.
type VerifyOptions struct {
	// Since is what an earlier run found clean; only what came later is read. Nil: everything.
	Since *Checkpoint
	// Progress is told after each part of rows. Nil for nobody.
	Progress func(check string, rows, of int64)
}

// Verify re-derives every balance, hold, lot, cap, chain and place in the stream from the transfers, on one
// snapshot, and returns what it found, and from where a later run may go on when nothing differs. An error is a
// failure to read, never a difference.
func (l *Ledger) Verify(ctx context.Context, o VerifyOptions) (checks []*Check, reached *Checkpoint, err error) {
	err = l.store.Snapshot(ctx, func(view *repository.Store) error {
		v := newVerifier(view, o)
		for _, step := range []struct {
			name string
			run  func(context.Context, *Check) error
		}{
			{"accounts", v.readAccounts},
			{"stream", v.checkStream},
			{"waiting", v.checkWaiting},
			{"entries", v.checkEntries},
			{"balances", v.checkBalances},
			{"holds", v.checkHolds},
			{"lots", v.checkLots},
			{"caps", v.checkCaps},
		} {
			c := &Check{Name: step.name, Differences: []string{}}
			if err := step.run(ctx, c); err != nil {
				return fmt.Errorf("verify %s: %w", step.name, err)
			}
			checks = append(checks, c)
		}
		reached = v.sealed
		return nil
	})
	return checks, reached, err
}

// Checkpoint is how far a run came that found nothing: an auditor keeps it away from the database, and the
// next run goes on from it.
type Checkpoint struct {
	Seq      int64               `json:"seq"` // of the stream
	Hash     []byte              `json:"hash"`
	Moves    int64               `json:"moves"` // of lots
	Accounts map[model.ID]*Tally `json:"accounts"`
}

// Tally is what one account should be, by the transfers that are sealed and by its entries.
type Tally struct {
	Moved   model.Change `json:"moved"` // by transfers
	Legs    int64        `json:"legs"`  // transfers that touch it
	Opened  int64        `json:"open"`  // held by holds that have not ended
	Caps    uint64       `json:"caps"`  // a sum over what was granted of each cap
	Seq     int64        `json:"seq"`   // of the last entry
	Entered model.Change `json:"entered"`
	Hash    []byte       `json:"hash"`
}

// verifier adds up the rows of one snapshot.
type verifier struct {
	view     *repository.Store
	progress func(string, int64, int64)
	counts   repository.Counts
	reached  *Checkpoint // so far
	sealed   *Checkpoint // at the end of the stream, before what waits
	accounts map[model.ID]*model.Account
	wallets  map[walletOf]model.ID
	openings map[model.ID]bool // wallets with points from before there were lots
	rules    map[ruleVersion]*model.RuleSet
}

type ruleVersion struct {
	community model.ID
	version   int32
}

type walletOf struct {
	member  model.ID
	measure model.Measure
}

func newVerifier(view *repository.Store, o VerifyOptions) *verifier {
	v := &verifier{
		view: view, progress: o.Progress, accounts: map[model.ID]*model.Account{}, wallets: map[walletOf]model.ID{},
		rules: map[ruleVersion]*model.RuleSet{},
	}
	v.reached = &Checkpoint{Hash: []byte{}, Accounts: map[model.ID]*Tally{}}
	if o.Since != nil {
		v.reached = o.Since.clone()
	}
	return v
}

func (p *Checkpoint) clone() *Checkpoint {
	c := &Checkpoint{p.Seq, p.Hash, p.Moves, make(map[model.ID]*Tally, len(p.Accounts))}
	for id, t := range p.Accounts {
		copied := *t
		c.Accounts[id] = &copied
	}
	return c
}

// tally returns what is known of an account, nil for one that is not there.
func (v *verifier) tally(id model.ID) *Tally {
	t := v.reached.Accounts[id]
	if t == nil && v.accounts[id] != nil {
		t = &Tally{Hash: []byte{}}
		v.reached.Accounts[id] = t
	}
	return t
}

func (v *verifier) step(c *Check, rows int, of int64) {
	c.Rows += int64(rows)
	if v.progress != nil {
		v.progress(c.Name, c.Rows, of)
	}
}

func (v *verifier) readAccounts(ctx context.Context, c *Check) (err error) {
	if v.counts, err = v.view.Stream.Counts(ctx); err != nil {
		return err
	}
	if v.openings, err = v.view.Points.Openings(ctx); err != nil {
		return err
	}
	for after := model.ID(0); ; {
		rows, err := v.view.Points.ScanAccounts(ctx, after, scanRows)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, a := range rows {
			v.accounts[a.ID] = a
			if a.OwnerType == model.OwnerMember {
				v.wallets[walletOf{a.OwnerID, a.Measure}] = a.ID
			}
			if !a.Legal() {
				c.differ("account %d: owner %d of type %d, kind %d, tracked %d, floor %d", a.ID, a.OwnerID, a.OwnerType, a.Kind, a.Tracked, a.FloorAmt)
			}
		}
		after = rows[len(rows)-1].ID
		v.step(c, len(rows), v.counts.Accounts)
	}
}

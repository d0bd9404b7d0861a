package ledger

import (
	"bytes"
	"context"
	"sync"

	"linbanglin/model"
	"linbanglin/repository"
)

// posted is what was posted under a key.
type posted struct {
	transfer *model.Transfer
	balance  int64
}

// earlier returns what is posted under the keys already.
func (l *Ledger) earlier(ctx context.Context, tx *repository.Store, keys []string) (map[string]posted, error) {
	found := map[string]posted{}
	transfers, err := tx.Points.TransfersByKey(ctx, keys)
	if err != nil || len(transfers) == 0 {
		return found, err
	}
	ids := make([]model.ID, len(transfers))
	for i, t := range transfers {
		ids[i] = t.ID
	}
	entries, err := tx.Points.EntriesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, t := range transfers {
		found[t.IdemKey] = posted{t, balanceAfter(t, entries)}
	}
	return found, nil
}

// balanceAfter returns the balance that a transfer left to the member it is about.
func balanceAfter(t *model.Transfer, entries []*model.Entry) int64 {
	wallet := t.CreditID
	if t.Kind == model.KindReverse {
		wallet = t.DebitID
	}
	for _, e := range entries {
		if t.MemberID != 0 && e.TransferID == t.ID && e.AccountID == wallet {
			return e.PostedAfter
		}
	}
	return 0
}

// run applies one job, or finds what it did before. What it posts is added to earlier, so that a key
// that comes twice in one batch is posted once.
func (l *Ledger) run(m *machine, ids map[model.AccountKey]model.ID, job *Job, earlier map[string]posted) ([]Result, error) {
	results := make([]Result, len(job.Postings))
	if _, again := earlier[job.Postings[0].Key]; again {
		for i, p := range job.Postings {
			before := earlier[p.Key]
			if before.transfer == nil || len(p.Hash) > 0 && !bytes.Equal(p.Hash, before.transfer.IdemHash) {
				return nil, model.ErrKeyReused
			}
			results[i] = Result{before.transfer.ID, before.balance, true}
		}
		return results, nil
	}
	group := make([]*model.Transfer, len(job.Postings))
	for i := range job.Postings {
		p := &job.Postings[i]
		group[i] = p.transfer(l.store.NewID(), l.now())
		group[i].DebitID, group[i].CreditID = ids[p.Debit], ids[p.Credit]
	}
	first := len(m.entries)
	if err := m.post(group); err != nil {
		return nil, err
	}
	for i, t := range group {
		balance := balanceAfter(t, m.entries[first:])
		earlier[t.IdemKey] = posted{t, balance}
		results[i] = Result{t.ID, balance, false}
	}
	return results, nil
}

// save writes what the machine made, and then what the jobs add to it.
func (l *Ledger) save(ctx context.Context, tx *repository.Store, m *machine, jobs []Job, outcomes []outcome) error {
	if len(m.transfers) == 0 {
		return nil
	}
	if err := tx.Points.Append(ctx, m.transfers, m.entries); err != nil {
		return err
	}
	if err := tx.Points.UpdateAccounts(ctx, m.changes()); err != nil {
		return err
	}
	for i, job := range jobs {
		if job.Then == nil || outcomes[i].err != nil || outcomes[i].results[0].Replayed {
			continue
		}
		if err := job.Then(model.WithIdempotency(ctx, job.promise), tx, outcomes[i].results); err != nil {
			return err
		}
	}
	return nil
}

// accountIDs remembers which id an account has; it never changes.
type accountIDs struct {
	mu   sync.RWMutex
	byID map[model.AccountKey]model.ID
}

// maxAccountIDs bounds the memory that the ids take.
const maxAccountIDs = 500_000

func (a *accountIDs) find(keys map[model.AccountKey]model.ID) (missing []model.AccountKey) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	for k := range keys {
		if id := a.byID[k]; id != 0 {
			keys[k] = id
		} else {
			missing = append(missing, k)
		}
	}
	return missing
}

func (a *accountIDs) remember(found map[model.AccountKey]model.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byID == nil || len(a.byID) > maxAccountIDs {
		a.byID = map[model.AccountKey]model.ID{}
	}
	for k, id := range found {
		a.byID[k] = id
	}
}

// resolve finds the accounts of postings, and makes those that a posting is the first to touch. Only
// what is read outside of a transaction is remembered: what is made within one may be rolled back.
func (l *Ledger) resolve(ctx context.Context, s *repository.Store, postings []Posting) (map[model.AccountKey]model.ID, error) {
	ids := map[model.AccountKey]model.ID{}
	for _, p := range postings {
		ids[p.Debit], ids[p.Credit] = 0, 0
	}
	missing := l.accounts.find(ids)
	for try := 0; len(missing) > 0; try++ {
		found, err := s.Points.AccountIDs(ctx, missing)
		if err != nil {
			return nil, err
		}
		var fresh []*model.Account
		var still []model.AccountKey
		for _, k := range missing {
			if ids[k] = found[k]; ids[k] == 0 {
				still = append(still, k)
				fresh = append(fresh, l.account(k))
			}
		}
		if s == l.store {
			l.accounts.remember(found)
		}
		if missing = still; len(still) == 0 {
			break
		}
		if try == 2 {
			return nil, model.ErrInternal
		}
		if err := s.Points.CreateAccounts(ctx, fresh); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (l *Ledger) account(k model.AccountKey) *model.Account {
	now := l.now()
	a := &model.Account{
		ID: l.store.NewID(), CommunityID: k.CommunityID, Measure: k.Measure, OwnerType: k.OwnerType, OwnerID: k.OwnerID, Kind: k.Kind,
		HeadHash: []byte{}, Status: 1, CreatedAt: now, UpdatedAt: now,
	}
	if k.Tracked() {
		a.Tracked = 1
	}
	return a
}

package ledger

import (
	"context"
	"slices"
	"sync"

	"linbanglin/model"
	"linbanglin/repository"
)

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
	for i := range postings {
		for _, k := range postings[i].accounts() {
			ids[k] = 0
		}
	}
	missing := l.accounts.find(ids)
	// All make accounts in one order: of two transactions that each have one and want the other's, neither could go on.
	slices.SortFunc(missing, model.AccountKey.Compare)
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
		if err := l.create(ctx, s, fresh); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// create adds accounts, as far as nobody else does meanwhile.
func (l *Ledger) create(ctx context.Context, s *repository.Store, accounts []*model.Account) error {
	if s != l.store {
		return s.Points.CreateAccounts(ctx, accounts)
	}
	// In a transaction, because that is tried again when it loses against another.
	return s.Tx(ctx, func(tx *repository.Store) error { return tx.Points.CreateAccounts(ctx, accounts) })
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

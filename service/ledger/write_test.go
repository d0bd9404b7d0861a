package ledger

import (
	"errors"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
)

// TestOneBatchPostsAKeyOnce looks inside: if the batch did not see the second by itself, the database would
// refuse the whole batch, and it would be posted job by job.
func TestOneBatchPostsAKeyOnce(t *testing.T) {
	l := New(testdb.Open(t, testdb.SQLite), func() model.Instant { return 1 })
	pool, wallet := model.Pool(1, model.Points), model.Wallet(1, 2, model.Points)
	ids := map[model.AccountKey]model.ID{pool: 10, wallet: 11}
	m := newMachine(state{accounts: map[model.ID]*model.Account{11: {ID: 11, OwnerType: model.OwnerMember, Tracked: 1}}})
	job := &Job{Postings: []Posting{{Key: "k", Debit: pool, Credit: wallet, Amount: 5, Member: &model.Member{ID: 2}}}}
	earlier := map[string]posted{}
	for i := range 3 {
		results, err := run(m, ids, job, []*step{job.Postings[0].step(l.store.NewID(), ids, 1)}, earlier)
		if err != nil || results[0].Replayed != (i > 0) || results[0].Balance != 5 || results[0].TransferID != m.transfers[0].ID {
			t.Errorf("time %d: got %+v, %v", i+1, results, err)
		}
	}
	other := &Job{Postings: []Posting{{Key: "k", Hash: []byte{9}, Debit: pool, Credit: wallet, Amount: 5}}}
	if _, err := run(m, ids, other, nil, earlier); !errors.Is(err, model.ErrKeyReused) {
		t.Errorf("the key for something else: %v", err)
	}
	if len(m.transfers) != 1 {
		t.Errorf("%d transfers", len(m.transfers))
	}
}

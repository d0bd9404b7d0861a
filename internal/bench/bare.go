package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
)

// bareAccounts is how many wallets the yardsticks post to.
const bareAccounts = 3000

const (
	insertTransfer = "INSERT INTO point_transfer (id, community_id, measure, kind, code, rule_version, class, debit_id, credit_id, amount, idem_key, idem_hash, " +
		"ref_type, ref_id, campaign_id, area_id, grid_id, branch_id, member_id, score, ranked, biz_day, effective_at, created_at, actor_id, memo) VALUES "
	transferRow = "(?, 1, 1, 1, 'ADJUST', 1, 2, 0, ?, 1, ?, '', 0, 0, 0, 0, 0, 0, ?, 1, 1, 20261123, 0, 0, 0, 'bench')"
	insertEntry = "INSERT INTO point_entry (account_id, seq, transfer_id, posted_delta, held_delta, posted_after, held_after, biz_day, created_at, hash) VALUES "
	entryRow    = "(?, ?, ?, 1, 0, 1, 0, 20261123, 0, '')"
)

// bareTransactions is the first yardstick: one transaction for each posting, with its unique key, two
// entries and one balance.
func (b *bench) bareTransactions(ctx context.Context, callers int) (result, error) {
	return measure(ctx, callers, b.d, func(ctx context.Context, _, _ int) error {
		id := b.keys.Add(1)
		account := id*7919%bareAccounts + 1
		tx, err := b.bare.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(ctx, insertTransfer+transferRow, id, account, fmt.Sprint(id), account); err != nil {
			return err
		}
		for _, side := range []int64{account, account + bareAccounts} {
			if _, err := tx.ExecContext(ctx, insertEntry+entryRow, side, id, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE point_account SET posted = posted + 1 WHERE id = ?", account); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// bareGroups is the second: callers hand their postings to one writer, which checks for duplicates, locks
// the rows and commits what is waiting.
func (b *bench) bareGroups(ctx context.Context) (result, error) {
	type job struct {
		id, account int64
		done        chan error
	}
	queue := make(chan job, connections)
	var writer sync.WaitGroup
	writer.Go(func() {
		for first := range queue {
			batch := []job{first}
		gather:
			for len(batch) < 128 {
				select {
				case j, open := <-queue:
					if !open {
						break gather
					}
					batch = append(batch, j)
				default:
					break gather
				}
			}
			ids, accounts := make([]int64, len(batch)), make([]int64, len(batch))
			for i, j := range batch {
				ids[i], accounts[i] = j.id, j.account
			}
			err := b.bareGroup(ctx, ids, accounts)
			for _, j := range batch {
				j.done <- err
			}
		}
	})
	r, err := measure(ctx, connections, b.d, func(context.Context, int, int) error {
		id := b.keys.Add(1)
		j := job{id, id*7919%bareAccounts + 1, make(chan error, 1)}
		queue <- j
		return <-j.done
	})
	close(queue)
	writer.Wait()
	return r, err
}

// bareBatches is the yardstick of batches: one writer, so many postings in a transaction.
func (b *bench) bareBatches(ctx context.Context) (result, error) {
	return measure(ctx, 1, b.d, func(ctx context.Context, _, _ int) error {
		ids, accounts := make([]int64, batchLines), make([]int64, batchLines)
		for i := range ids {
			ids[i] = b.keys.Add(1)
			accounts[i] = ids[i]*7919%bareAccounts + 1
		}
		return b.bareGroup(ctx, ids, accounts)
	})
}

func (b *bench) bareGroup(ctx context.Context, ids, accounts []int64) error {
	tx, err := b.bare.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var keys, locks, transfers, entries []any
	for i, id := range ids {
		keys, locks = append(keys, fmt.Sprint(id)), append(locks, accounts[i])
		transfers = append(transfers, id, accounts[i], fmt.Sprint(id), accounts[i])
		entries = append(entries, accounts[i], id, id, accounts[i]+bareAccounts, id, id)
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(ids)), ",")
	for _, s := range []struct {
		statement string
		args      []any
	}{
		{"SELECT id, posted FROM point_account WHERE id IN (" + marks + ") ORDER BY id FOR UPDATE", locks},
		{"SELECT idem_key FROM point_transfer WHERE idem_key IN (" + marks + ")", keys},
		{insertTransfer + rows(transferRow, len(ids)), transfers},
		{insertEntry + rows(entryRow, 2*len(ids)), entries},
		{"UPDATE point_account SET posted = posted + 1 WHERE id IN (" + marks + ")", locks},
	} {
		if _, err := tx.ExecContext(ctx, s.statement, s.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func rows(tuple string, n int) string { return strings.TrimSuffix(strings.Repeat(tuple+",", n), ",") }

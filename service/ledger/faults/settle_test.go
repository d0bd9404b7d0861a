package faults

import (
	"fmt"
	"strings"

	"linbanglin/model"
)

// settle answers everybody, lets everything catch up, and holds the books against what was acknowledged.
func (s *site) settle(asked *callers) error {
	ctx := s.t.Context()
	if err := s.calm.boot(ctx); err != nil {
		return err
	}
	for len(asked.open) > 0 {
		a := asked.open[0]
		asked.open = asked.open[1:]
		id, err := s.calm.do(ctx, a)
		if err := asked.take(a, id, err); err != nil {
			return err
		}
	}
	for _, step := range []func() error{
		func() error { return s.calm.ledger.SealAll(ctx) },
		func() error { return s.calm.boards.CatchUp(ctx) },
		func() error { return s.forgetBuilders(ctx) },
		func() error { return s.calm.boards.SyncAll(ctx) },
		func() error { return s.calm.wantClean(ctx) },
		s.wantCopied,
		func() error { return s.calm.end(ctx) },
		func() error { return s.calm.wantClean(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return s.wantBalances(asked)
}

// wantBalances fails unless every member has what they had, and what was acknowledged since, less what ended.
func (s *site) wantBalances(asked *callers) error {
	for _, a := range asked.answered {
		s.balances[a.member.ID] += a.effect()
	}
	ended, err := s.ended()
	if err != nil {
		return err
	}
	accounts, err := s.calm.store.Points.ScanAccounts(s.t.Context(), 0, scanned)
	if err != nil {
		return err
	}
	have := map[model.ID]int64{}
	for _, a := range accounts {
		if a.OwnerType == model.OwnerMember && a.Measure == model.Points {
			have[a.OwnerID] = a.Posted + ended[a.ID]
		}
	}
	for _, m := range s.Members {
		if have[m.ID] != s.balances[m.ID] {
			return fmt.Errorf("a member had %d points in all; %d were acknowledged", have[m.ID], s.balances[m.ID])
		}
	}
	return nil
}

const scanned = 1_000_000 // rows: all

// ended returns what ended of each wallet.
func (s *site) ended() (map[model.ID]int64, error) {
	points := map[model.ID]int64{}
	transfers, err := s.calm.store.Points.ScanTransfers(s.t.Context(), 0, scanned)
	for _, t := range transfers {
		if t.Kind == model.KindExpire {
			points[t.DebitID] += t.Amount
		}
	}
	return points, err
}

// wantCopied fails unless all boards in Redis are as far as those in SQL.
func (s *site) wantCopied() error {
	ctx := s.t.Context()
	groups, err := s.calm.store.Boards.Groups(ctx)
	if err != nil {
		return err
	}
	cursor, err := s.calm.store.Stream.Cursor(ctx, "proj")
	if err != nil {
		return err
	}
	for _, group := range groups {
		at, err := s.calm.copies.State(ctx, group)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(at.Cursor, fmt.Sprintf("%d.", cursor.Seq)) {
			return fmt.Errorf("the boards of %s in Redis are at %q, those in SQL at %d", group, at.Cursor, cursor.Seq)
		}
	}
	return nil
}

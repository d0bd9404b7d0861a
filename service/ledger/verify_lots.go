package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"maps"
	"slices"

	"linbanglin/model"
)

// scanAccounts is how many accounts are looked at together whose rows are many.
const scanAccounts = 100

// checkLots sees that no lot is below zero but a debt, that together they are the balance, and that no move
// stands for itself.
func (v *verifier) checkLots(ctx context.Context, c *Check) error {
	for part := range slices.Chunk(v.sorted((*model.Account).Expires), scanAccounts) {
		lots := map[model.ID]model.Lots{}
		if err := v.view.Points.ReadLots(ctx, part, lots); err != nil {
			return err
		}
		for _, id := range part {
			for _, day := range lots[id].Days() {
				if lot := lots[id][day]; lot.Held < 0 || lot.Remaining < 0 && day != model.Never {
					c.differ("account %d: the lot of %s has %d, and %d held", id, day, lot.Remaining, lot.Held)
				}
			}
			remaining, held := lots[id].Total()
			if a := v.accounts[id]; remaining+held != a.Posted || held != a.Held {
				c.differ("account %d: lots make %d (held %d), the balance is %d (%d)", id, remaining+held, held, a.Posted, a.Held)
			}
			v.step(c, len(lots[id]), 0)
		}
	}
	if n := v.counts.Moves - int64(len(v.openings)); n != v.reached.Moves {
		c.differ("%d moves of lots, %d of them by transfers", n, v.reached.Moves)
	}
	return nil
}

// sorted returns the ids of those accounts for which keep holds.
func (v *verifier) sorted(keep func(*model.Account) bool) []model.ID {
	var ids []model.ID
	for id, a := range v.accounts {
		if keep(a) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// addCaps adds what a transfer takes of caps, or gives back, to the accounts that these are counted for. As
// there are many caps, only a sum over them is kept of each account: of each amount times a number that its
// cap's name hashes to.
func (v *verifier) addCaps(ctx context.Context, t *model.Transfer, targets map[model.ID]*model.Transfer) error {
	uses, err := v.usesOf(ctx, t, targets)
	for k, n := range uses {
		if tally := v.tally(k.AccountID); tally != nil {
			tally.Caps += weight(k) * uint64(n)
		}
	}
	return err
}

// usesOf returns what a transfer takes of caps, negative for what it gives back.
func (v *verifier) usesOf(ctx context.Context, t *model.Transfer, targets map[model.ID]*model.Transfer) (map[model.CapKey]int64, error) {
	code, wallet, sign := t.Code, t.CreditID, int64(1)
	if t.ReversesID != nil {
		original := targets[*t.ReversesID]
		if original == nil {
			return nil, nil
		}
		code, wallet, sign = original.Code, t.DebitID, -1
	}
	rule, err := v.rule(ctx, t.CommunityID, t.RuleVersion, code)
	if err != nil || rule == nil {
		return nil, err
	}
	uses := map[model.CapKey]int64{}
	for _, u := range rule.Caps.Uses(wallet, code, t.BizDay, t.CampaignID, v.wallets[walletOf{t.CounterID, t.Measure}]) {
		if uses[u.Key] = sign * t.Amount; u.Times {
			uses[u.Key] = sign
		}
	}
	return uses, nil
}

// rule returns a rule of a version, nil where there is none.
func (v *verifier) rule(ctx context.Context, community model.ID, version int32, code string) (*model.Rule, error) {
	set, err := v.ruleSet(ctx, community, version)
	if err != nil {
		return nil, err
	}
	rule, err := set.Find(code)
	if err != nil {
		return nil, nil
	}
	return rule, nil
}

// ruleSet returns a version of rules, an empty one where there is none.
func (v *verifier) ruleSet(ctx context.Context, community model.ID, version int32) (*model.RuleSet, error) {
	key := ruleVersion{community, version}
	if v.rules[key] == nil {
		set, err := v.view.Points.RuleSet(ctx, community, version)
		if errors.Is(err, model.ErrNotFound) {
			set, err = &model.RuleSet{}, nil
		}
		if err != nil {
			return nil, err
		}
		v.rules[key] = set
	}
	return v.rules[key], nil
}

// checkDays sees that what a transfer granted lives as long as its rules say.
func (v *verifier) checkDays(ctx context.Context, c *Check, t *model.Transfer, moves []model.LotMove) error {
	if t.Kind != model.KindPost || t.Score == 0 {
		return nil
	}
	set, err := v.ruleSet(ctx, t.CommunityID, t.RuleVersion)
	for _, m := range moves {
		if err == nil && m.ExpiresDay != model.Never && m.ExpiresDay != set.ExpiryOf(t.BizDay) {
			c.differ("transfer %d: its points end on %s, by its rules on %s", t.ID, m.ExpiresDay, set.ExpiryOf(t.BizDay))
		}
	}
	return err
}

func weight(k model.CapKey) uint64 {
	h := fnv.New64a()
	buf := binary.BigEndian.AppendUint64(nil, uint64(k.AccountID))
	buf = binary.BigEndian.AppendUint32(buf, uint32(k.Period))
	buf = binary.BigEndian.AppendUint64(buf, uint64(k.OtherID))
	_, _ = h.Write(append(buf, k.RuleCode...))
	return h.Sum64() | 1
}

// checkCaps holds what is stored as granted of caps against what the transfers took.
func (v *verifier) checkCaps(ctx context.Context, c *Check) error {
	differing := map[model.ID]bool{}
	rows := int64(0)
	for part := range slices.Chunk(v.sorted(func(a *model.Account) bool { return a.Tracked == 1 }), scanAccounts) {
		used, err := v.view.Points.CapsOf(ctx, part)
		if err != nil {
			return err
		}
		sums := map[model.ID]uint64{}
		for k, n := range used {
			sums[k.AccountID] += weight(k) * uint64(n)
		}
		for _, id := range part {
			if sums[id] != v.tally(id).Caps {
				differing[id] = true
			}
		}
		rows += int64(len(used))
		v.step(c, len(used), v.counts.Caps)
	}
	if rows != v.counts.Caps {
		c.differ("%d caps are of accounts that are not there", v.counts.Caps-rows)
	}
	if len(differing) == 0 {
		return nil
	}
	return v.nameCaps(ctx, c, differing)
}

// nameCaps reads every transfer once more to tell which caps of accounts differ.
func (v *verifier) nameCaps(ctx context.Context, c *Check, accounts map[model.ID]bool) error {
	granted := map[model.CapKey]int64{}
	for after := model.ID(0); ; {
		transfers, err := v.view.Points.ScanTransfers(ctx, after, scanRows)
		if err != nil {
			return err
		}
		if len(transfers) == 0 {
			break
		}
		after = transfers[len(transfers)-1].ID
		targets, err := v.targets(ctx, transfers)
		if err != nil {
			return err
		}
		for _, t := range transfers {
			uses, err := v.usesOf(ctx, t, targets)
			if err != nil {
				return err
			}
			for k, n := range uses {
				if accounts[k.AccountID] {
					granted[k] += n
				}
			}
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(accounts)), scanAccounts) {
		used, err := v.view.Points.CapsOf(ctx, part)
		if err != nil {
			return err
		}
		for k, n := range used {
			if n != granted[k] {
				c.differ("account %d: the cap of %s in %d with %d is at %d, granted were %d", k.AccountID, k.RuleCode, k.Period, k.OtherID, n, granted[k])
			}
			delete(granted, k)
		}
	}
	for k, n := range granted {
		if n != 0 {
			c.differ("account %d: the cap of %s in %d with %d is not there, granted were %d", k.AccountID, k.RuleCode, k.Period, k.OtherID, n)
		}
	}
	return nil
}

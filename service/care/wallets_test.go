package care_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

// givenPoints gives a member points.
func (h *house) givenPoints(t *testing.T, member *model.Member, amount int64) {
	t.Helper()
	l := ledger.New(h.store, h.clock)
	ctx, stop := context.WithCancel(t.Context())
	var posting sync.WaitGroup
	posting.Go(func() { _ = l.Run(ctx) })
	defer func() { stop(); posting.Wait() }()
	_, err := l.Post(t.Context(), ledger.Job{Postings: []ledger.Posting{{
		Key: "given" + member.ID.String(), Debit: model.Pool(h.Community.ID, model.Points), Credit: model.Wallet(h.Community.ID, member.ID, model.Points),
		Amount: amount, Code: model.RuleAdjust, Rules: model.DefaultRules(h.Community.ID), Class: model.Declared, Member: member,
	}}})
	if err != nil {
		t.Fatal(err)
	}
}

// wallets returns what everybody has, points and minutes.
func (h *house) wallets(t *testing.T) map[model.AccountKey]int64 {
	t.Helper()
	var keys []model.AccountKey
	for _, m := range h.Members {
		keys = append(keys, model.Wallet(h.Community.ID, m.ID, model.Points), model.Wallet(h.Community.ID, m.ID, model.Minutes))
	}
	ids, err := h.store.Points.AccountIDs(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	got := map[model.AccountKey]int64{}
	for key, id := range ids {
		accounts, err := h.store.Points.Accounts(t.Context(), []model.ID{id})
		if err != nil || len(accounts) != 1 {
			t.Fatalf("%d accounts, %v", len(accounts), err)
		}
		got[key] = accounts[0].Posted - accounts[0].Held
	}
	return got
}

func TestAFalseAlarmCostsNobodyAnything(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		volunteer := h.Resident(1)
		h.givenPair(t, home, volunteer, model.PairPrimary)
		h.givenPair(t, home, h.Resident(2), model.PairBackup)
		for i, m := range h.Members[:6] {
			h.givenPoints(t, m, int64(10+i))
		}
		before := h.wallets(t)
		b := h.givenButton(t, home)
		for range 3 {
			a := h.givenAlarm(t, b)
			h.wait(2 * time.Minute)
			h.sweep(t)
			if _, err := h.Ack(t.Context(), volunteer, a.ID); err != nil {
				t.Fatal(err)
			}
			h.wait(6 * time.Minute) // and they do not come in time
			h.sweep(t)
			if _, err := h.Resolve(t.Context(), h.Resident(0), a.ID, model.OutcomeFalse, ""); err != nil {
				t.Fatal(err)
			}
			h.sweep(t)
		}
		if after := h.wallets(t); len(before) < 6 || !maps.Equal(before, after) {
			t.Errorf("wallets were %v and are %v", before, after)
		}
	})
}

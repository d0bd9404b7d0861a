package boards_test

import (
	"context"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/boards"
)

// TestADonationMovesNoRank gives back all that the leader has, and more than the distance to who follows.
func TestADonationMovesNoRank(t *testing.T) {
	h := open(t, testdb.Open(t, testdb.SQLite), "")
	leader, other := h.Resident(0), h.Resident(1)
	h.award(t, h.people[0], 30, h.now, 0, false)
	h.award(t, h.people[2], 20, h.now, 0, false)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- h.ledger.Run(ctx) }()
	donating := model.WithIdempotency(t.Context(), &model.Idempotency{Member: leader.MemberID, Key: "d", Replayed: func() {}})
	receipt, err := h.ledger.Donate(donating, leader, 30, "")
	stop()
	if runErr := <-done; err != nil || runErr != nil || receipt.Balance != 0 {
		t.Fatalf("got %+v, %v, %v", receipt, err, runErr)
	}
	if err := h.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, period := range model.CalendarPeriods() {
		list, err := h.Top(t.Context(), other, boards.Query{Period: period}, model.Page{})
		if err != nil || list.Total != 2 || list.Items[0].Member.ID != leader.MemberID || list.Items[0].Points != 30 || list.Items[1].Points != 20 || list.AsOfSeq != 3 {
			t.Errorf("%s: got %+v, %v", period, list, err)
		}
	}
}

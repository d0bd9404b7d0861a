package model

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

func testOrder(secret byte) *Order {
	return NewOrder(7, &ShopItem{ID: 1, Name: "大米", Points: 30}, 9, Place{CommunityID: 1, HouseholdID: 6}, 2, bytes.Repeat([]byte{secret}, 32), 100)
}

// TestOrderStates walks the whole table: each step from each state.
func TestOrderStates(t *testing.T) {
	over := Instant(100).Add(OrderLife)
	steps := []struct {
		to  OrderStatus
		now Instant
		do  func(o *Order, now Instant) error
	}{
		{OrderPickedUp, over - 1, func(o *Order, now Instant) error { return o.PickUp(3, now) }},
		{OrderCancelled, over - 1, func(o *Order, now Instant) error { return o.Cancel("x", now) }},
		{OrderLapsed, over, func(o *Order, now Instant) error { return o.Lapse(now) }},
		{OrderRefunded, over, func(o *Order, now Instant) error { return o.Refund("x", now) }},
	}
	walked := 0
	for _, from := range OrderStatuses() {
		for _, step := range steps {
			o := testOrder(1)
			o.Status = from
			before := *o
			err := step.do(o, step.now)
			if may := slices.Contains(OrderTransitions()[from], step.to); may {
				walked++
				if err != nil || o.Status != step.to || o.PickedAt+o.EndedAt+o.RefundedAt != step.now {
					t.Errorf("%s to %s: %v, %+v", from, step.to, err, o)
				}
			} else if !errors.Is(err, ErrOrderState) || o.Status != from || o.Reason != before.Reason || o.PickedAt+o.EndedAt+o.RefundedAt != 0 {
				t.Errorf("%s to %s is not refused: %v, %+v", from, step.to, err, o)
			}
		}
	}
	moves := 0
	for from, to := range OrderTransitions() {
		if moves += len(to); !slices.Contains(OrderStatuses(), from) {
			t.Errorf("%s is no state", from)
		}
	}
	if walked != moves {
		t.Errorf("%d of %d moves were walked", walked, moves)
	}
	o := testOrder(1)
	if err := o.PickUp(3, over); !errors.Is(err, ErrOrderOver) || o.Status != OrderReserved {
		t.Errorf("picked up too late: %v, %s", err, o.Status)
	}
	if err := o.Lapse(over - 1); !errors.Is(err, ErrOrderState) || o.Status != OrderReserved || o.EndedAt != 0 {
		t.Errorf("lapsed too early: %v, %+v", err, o)
	}
}

func TestNewOrder(t *testing.T) {
	o := testOrder(1)
	if o.Points != 60 || o.Month != 197001 || o.ItemName != "大米" || o.Status != OrderReserved || o.ExpiresAt != Instant(100).Add(OrderLife) {
		t.Errorf("got %+v", o)
	}
}

func TestPickupCode(t *testing.T) {
	o := testOrder(1)
	code := o.PickupCode()
	if len(code) != 8 || strings.Trim(code, pickupAlphabet) != "" || strings.ContainsAny(code, "IO01") {
		t.Errorf("the code is %q", code)
	}
	if again := testOrder(1).PickupCode(); again != code {
		t.Errorf("read again it is %q, not %q", again, code)
	}
	for _, typed := range []string{code, strings.ToLower(code), code[:4] + " " + code[4:], code[:4] + "-" + code[4:], " " + code + "　", wide(code)} {
		if !bytes.Equal(HashPickupCode(1, typed), o.CodeHash) {
			t.Errorf("%q is not found", typed)
		}
	}
	if bytes.Equal(HashPickupCode(2, code), o.CodeHash) {
		t.Error("the code is good in another community")
	}
	other := testOrder(1)
	other.ID = 8
	if testOrder(2).PickupCode() == code || other.PickupCode() == code {
		t.Error("two orders have one code")
	}
}

// wide writes a text in full-width characters.
func wide(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, s)
}

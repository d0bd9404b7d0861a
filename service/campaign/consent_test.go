package campaign_test

import (
	"errors"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/campaign"
	"linbanglin/service/privacy"
)

// TestAPositionIsUsedByConsentOnly has the same position count inside the fence with a consent, and as none without.
func TestAPositionIsUsedByConsentOnly(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		agreed := privacy.New(f.store, f.Now)
		f.AskWith(agreed)
		c := f.given(t, f.plan())
		here := model.Position{Lat: 25.0415, Lng: 118.18}
		check := func(i int, side model.FenceSide, want error) {
			t.Helper()
			k, err := f.CheckIn(t.Context(), f.Resident(i), c.ID, campaign.Scan{Code: f.code(t, c.ID), At: &here})
			if !errors.Is(err, want) || err == nil && k.Fence != side {
				t.Errorf("resident %d: got %+v, %v; want %s, %v", i, k, err, side, want)
			}
		}
		fence := func(required bool) {
			t.Helper()
			if _, err := f.SetFence(t.Context(), f.organizer, c.ID, here, 100, required); err != nil {
				t.Fatal(err)
			}
			f.now.Add((2 * time.Second).Microseconds())
		}
		fence(false)
		check(0, model.InsideFence, nil) // there is no policy yet
		terms := []*model.PurposeTerms{}
		for _, p := range []model.Purpose{model.PurposeService, model.PurposeLocation} {
			terms = append(terms, &model.PurposeTerms{
				Purpose: p, Handler: "街道", Contact: "0592", Aim: "签到", Method: "只判断是否在围栏内", Kinds: []string{"位置"}, Retention: "不保存", Rights: "撤回",
			})
		}
		if _, err := agreed.PublishPolicy(t.Context(), f.Holder(model.RoleStreetOfficer), "全文", terms); err != nil {
			t.Fatal(err)
		}
		check(1, model.UnknownFence, nil)
		if _, err := agreed.Give(t.Context(), f.Resident(2), model.PurposeLocation, 1); err != nil {
			t.Fatal(err)
		}
		check(2, model.InsideFence, nil)
		fence(true)
		for i, want := range map[int]error{3: nil, 4: model.ErrOutsideFence} {
			if _, err := agreed.Give(t.Context(), f.Resident(i), model.PurposeLocation, 1); err != nil {
				t.Fatal(err)
			}
			if want != nil {
				if err := agreed.Withdraw(t.Context(), f.Resident(i), model.PurposeLocation); err != nil {
					t.Fatal(err)
				}
			}
			check(i, model.InsideFence, want)
		}
	})
}

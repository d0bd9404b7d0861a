package disclosure_test

import (
	"testing"

	"linbanglin/model"
	"linbanglin/service/privacy"
)

// TestAFullNameIsPublishedByConsentOnly shows the full name of who agreed before the publication was made, for as long as
// they do.
func TestAFullNameIsPublishedByConsentOnly(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		agreed := privacy.New(h.store, h.clock)
		before, after, shy, never := h.Resident(0), h.Resident(1), h.Resident(2), h.Resident(3)
		terms := []*model.PurposeTerms{}
		for _, p := range []model.Purpose{model.PurposeService, model.PurposeName} {
			terms = append(terms, &model.PurposeTerms{
				Purpose: p, Handler: "街道", Contact: "0592", Aim: "公示", Method: "张贴", Kinds: []string{"姓名"}, Retention: "公示期", Rights: "撤回",
			})
		}
		_, err := agreed.PublishPolicy(t.Context(), h.street, "全文", terms)
		must(t, 0, err)
		agree := func(who model.Actor) {
			t.Helper()
			_, err := agreed.Give(t.Context(), who, model.PurposeName, 1)
			must(t, 0, err)
		}
		agree(before)
		agree(shy)
		h.set(t, shy, func(m *model.Member) { m.Anonymous = true })
		h.wait(1e9)
		p, _ := h.published(t, before, after, shy, never)
		h.wait(1e9)
		agree(after)
		name := h.Members[0].Name
		want := func(when string, names ...string) {
			t.Helper()
			for i, item := range h.items(t, h.Resident(4), p.ID) {
				if item.Member.DisplayName != names[i] {
					t.Errorf("%s: item %d is about %q, want %q", when, i+1, item.Member.DisplayName, names[i])
				}
			}
		}
		want("agreed", name, "甲**", model.AnonymousName, "甲**")
		must(t, 0, agreed.Withdraw(t.Context(), before, model.PurposeName))
		want("taken back", "甲**", "甲**", model.AnonymousName, "甲**")
		agree(before)
		want("agreed anew, after it was made", "甲**", "甲**", model.AnonymousName, "甲**")
	})
}

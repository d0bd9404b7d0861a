package campaign_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

func TestThemesAreTheCommunitys(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin, ctx := f.Holder(model.RoleCommunityAdmin), t.Context()
		in := campaign.ThemeInput{Name: " 助老送关怀 ", Content: "上门", Sort: 3, Checklist: []string{"理发 ", "陪聊"}}
		edited, err := f.EditTheme(ctx, admin, "lao", in)
		if err != nil || edited.Name != "助老送关怀" || edited.Origin != model.OriginSeed || !slices.Equal(edited.Checklist, []string{"理发", "陪聊"}) || !edited.Active {
			t.Errorf("got %+v, %v", edited, err)
		}
		own, err := f.AddTheme(ctx, admin, "he", campaign.ThemeInput{Name: "助河送清波"})
		if err != nil || own.Origin != model.OriginOwn {
			t.Fatalf("got %+v, %v", own, err)
		}
		if _, err := f.AddTheme(ctx, admin, "he", campaign.ThemeInput{Name: "又一个"}); !errors.Is(err, model.ErrDuplicate) {
			t.Errorf("one code twice: %v", err)
		}
		f.given(t, f.plan()) // of lao
		if err := f.DeleteTheme(ctx, admin, "lao"); !errors.Is(err, model.ErrThemeUsed) {
			t.Errorf("a used one is deleted: %v", err)
		}
		if err := f.DeleteTheme(ctx, admin, "he"); err != nil {
			t.Error(err)
		}
		hidden := false
		in.Active = &hidden
		if _, err := f.EditTheme(ctx, admin, "lao", in); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Create(ctx, f.organizer, f.plan()); !errors.Is(err, model.ErrTheme) {
			t.Errorf("a campaign of a hidden theme: %v", err)
		}
		shown, err := f.Themes(ctx, f.Resident(0), false)
		if err != nil || len(shown) != 9 || slices.ContainsFunc(shown, func(x *model.Theme) bool { return x.Code == "lao" }) {
			t.Errorf("%d are shown, %v", len(shown), err)
		}
		all, err := f.Themes(ctx, admin, true)
		if err != nil || len(all) != 10 {
			t.Errorf("%d in all, %v", len(all), err)
		}
		others, err := f.Themes(ctx, f.Others.Resident(0), false)
		if err != nil || len(others) != 10 || len(others[0].Checklist) != 4 {
			t.Errorf("the other community has %+v, %v", others, err)
		}
	})
}

func TestThemesThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		admin := f.Holder(model.RoleCommunityAdmin)
		for name, x := range map[string]struct {
			who  model.Actor
			code string
			in   campaign.ThemeInput
			want error
		}{
			"by a resident":              {f.Resident(0), "lao", campaign.ThemeInput{Name: "名"}, model.ErrForbidden},
			"by an organizer of an area": {f.organizer, "lao", campaign.ThemeInput{Name: "名"}, model.ErrForbidden},
			"unknown":                    {admin, "none", campaign.ThemeInput{Name: "名"}, model.ErrNotFound},
			"no name":                    {admin, "lao", campaign.ThemeInput{Name: " "}, model.ErrInvalid},
			"a long name":                {admin, "lao", campaign.ThemeInput{Name: strings.Repeat("名", 31)}, model.ErrInvalid},
			"21 items":                   {admin, "lao", campaign.ThemeInput{Name: "名", Checklist: slices.Repeat([]string{"项"}, 21)}, model.ErrInvalid},
			"an empty item":              {admin, "lao", campaign.ThemeInput{Name: "名", Checklist: []string{""}}, model.ErrInvalid},
		} {
			if _, err := f.EditTheme(t.Context(), x.who, x.code, x.in); !errors.Is(err, x.want) {
				t.Errorf("%s: got %v, want %v", name, err, x.want)
			}
		}
		if _, err := f.AddTheme(t.Context(), admin, "He", campaign.ThemeInput{Name: "名"}); !errors.Is(err, model.ErrInvalid) {
			t.Errorf("a code in capitals: %v", err)
		}
	})
}

package booklet_test

import (
	"strings"
	"testing"

	"linbanglin/model"
)

func TestPosterSaysWhatWhenAndWhere(t *testing.T) {
	pdf, err := givenPress(t).Poster(t.Context(), &model.Poster{
		Campaign:  &model.Campaign{ID: 118237462348762345, Title: "服务积分手册", StartsAt: now, EndsAt: now.Add(4 * 3_600_000_000_000), Description: strings.Repeat("完成求助", 200)},
		Community: "祥和社区", Scope: "祥和社区", Theme: "完成求助", MadeAt: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, pdf)
	for _, want := range []string{"服务积分手册", "祥和社区", "2026-11-23 08:00 至 12:00", "https://linbanglin.example/campaign?c=118237462348762345", "1 / 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("the poster lacks %q: %s", want, text)
		}
	}
}

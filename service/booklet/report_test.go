package booklet_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"linbanglin/model"
	"linbanglin/service/booklet"
)

// reportCharacters are those that only reports have.
const reportCharacters = "告主题范围人覆盖户发放预用照片表制场总按网格退方式码代上午号楼单第名选钟"

// givenReport is what a campaign came to at which n members were.
func givenReport(n int) *model.Report {
	r := &model.Report{
		Poster: &model.Poster{
			Campaign: &model.Campaign{Title: "服务活动", Budget: 1000, StartsAt: now, EndsAt: now.Add(3_600_000_000_000)}, Community: "祥和社区", Scope: "祥和社区", Theme: "互助", MadeAt: now,
		},
		Grids:    []*model.Coverage{{Name: "甲网格", Participants: n, Households: n, Homes: 2 * n, Verified: model.Credit{Points: int64(5 * n), Minutes: 61}}},
		Sessions: []*model.Coverage{{Name: "上午", Participants: n, Households: n, Verified: model.Credit{Points: int64(5 * n), Minutes: 61}}},
		Honours:  []*model.Honour{{Kind: model.HonourTop, Place: 1, Points: 5, Minutes: 60, Member: model.MemberRef{DisplayName: "甲小明"}}},
		Photos:   3,
	}
	for i := range n {
		a := &model.Attendance{Checkin: &model.Checkin{Session: 1, Class: model.Verified, CheckedInAt: now}, Name: fmt.Sprintf("甲%d", i), Grid: "甲网格"}
		a.Own.Add(model.Verified, 5, 0)
		r.Attendance = append(r.Attendance, a)
	}
	return r
}

func givenPicture(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAReportOnPaperHasItsFiguresAndItsPictures makes report.pdf with none, some and too many pictures.
func TestAReportOnPaperHasItsFiguresAndItsPictures(t *testing.T) {
	press, err := booklet.New(givenFont(t, "hans.ttf", characters+reportCharacters), "https://linbanglin.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ people, pictures, shown, pages int }{{3, 0, 0, 1}, {3, 2, 2, 2}, {60, 6, 6, 4}, {1, 9, model.MaxChosenPhotos, 2}} {
		r := givenReport(c.people)
		for i := range c.pictures {
			r.Pictures = append(r.Pictures, givenPicture(t, 40+i, 30)) // each of its own
		}
		pdf, err := press.ReportPDF(t.Context(), r)
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(pdf), []byte("%%EOF")) {
			t.Fatalf("%d people: %d bytes, %v", c.people, len(pdf), err)
		}
		if !bytes.Contains(pdf, []byte("/FontFile2")) {
			t.Error("the font is not in the file")
		}
		if n := bytes.Count(pdf, []byte("/Type /Page\n")); n != c.pages {
			t.Errorf("%d people and %d pictures: %d pages, want %d", c.people, c.pictures, n, c.pages)
		}
		if n := bytes.Count(pdf, []byte("/Subtype /Image")); n != c.shown {
			t.Errorf("%d pictures are in it, want %d", n, c.shown)
		}
		text := textOf(t, pdf)
		for _, want := range []string{
			"服务活动", fmt.Sprintf("参加人数\n%d\n", c.people), fmt.Sprintf("%d（信用 %d，荣誉 0）", 5*c.people, 5*c.people), "积分预算\n1000\n", "选用照片\n3\n",
			fmt.Sprintf("甲网格\n%d\n%d\n%d\n%d\n0\n61\n0\n", c.people, c.people, 2*c.people, 5*c.people), "积分第 1 名\n甲小明\n5\n60\n",
			fmt.Sprintf("\n甲%d\n甲网格\n", c.people-1),
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%d people: the report lacks %q: %s", c.people, want, text)
			}
		}
	}
}

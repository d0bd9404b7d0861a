package booklet_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"testing"

	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/service/boards"
	"linbanglin/service/booklet"
)

// givenCard is a board of so many lines.
func givenCard(lines int) *boards.Card {
	list := &boards.Listing{Source: boards.FromSQL, Total: int64(lines)}
	names := []string{"王**", "爱笑的银杏树", model.AnonymousName, "欧阳**", "一个名字非常非常非常非常长的热心邻居", "李*", "小区里的😀", "赵**", "周*", "孙**"}
	for i := range lines {
		list.Items = append(list.Items, &model.Rank{Rank: int64(i + 1), Member: &model.MemberRef{DisplayName: names[i%len(names)]}, Points: int64(1280 - i*97)})
	}
	return &boards.Card{Community: "祥和社区", Part: "第一网格", Title: "2026年11月服务积分榜", Until: testworld.Now, Listing: list}
}

// wantCard makes a card and reads it back.
func wantCard(t *testing.T, p *booklet.Press, c *boards.Card) image.Image {
	t.Helper()
	file, err := p.BoardCard(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if folder := os.Getenv("LBL_CARD_FOLDER"); folder != "" { // to look at it
		if err := os.WriteFile(fmt.Sprintf("%s/%d-%t.png", folder, len(c.Items), c.Teams), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil || picture.Bounds() != image.Rect(0, 0, 750, 1000) {
		t.Fatalf("%v, %v", picture.Bounds(), err)
	}
	return picture
}

// marks counts the dark points of a stretch of the panel.
func marks(picture image.Image, top, bottom int) (n int) {
	for y := top; y < bottom; y++ {
		for x := 150; x < 500; x++ {
			if r, g, b, _ := picture.At(x, y).RGBA(); r+g+b < 3*0x6000 {
				n++
			}
		}
	}
	return n
}

func TestACardShowsItsLines(t *testing.T) {
	p, err := booklet.New(os.Getenv("LBL_CARD_FONT"), "")
	if os.Getenv("LBL_CARD_FONT") == "" {
		p, err = booklet.New(givenFont(t, "x.ttf", characters), "")
	}
	if err != nil {
		t.Fatal(err)
	}
	const first, height = 246, 66
	for _, lines := range []int{0, 1, 4, 10} {
		picture := wantCard(t, p, givenCard(lines))
		for i := range 10 {
			if written := marks(picture, first+i*height, first+(i+1)*height) > 50; written != (i < lines) && lines > 0 {
				t.Errorf("of %d lines the %d. is written: %t", lines, i+1, written)
			}
		}
	}
	teams := givenCard(3)
	teams.Teams, teams.Title, teams.Part = true, "重阳敬老 · 网格人均榜", ""
	for i, r := range teams.Items {
		r.Member, r.Team, r.PerHead = nil, &model.NodeRef{Name: fmt.Sprintf("第%d网格", i+1)}, 3.5
	}
	if marks(wantCard(t, p, teams), first, first+height) < 50 {
		t.Error("a team is not written")
	}
}

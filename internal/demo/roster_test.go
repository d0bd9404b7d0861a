package demo

import (
	"bytes"
	"slices"
	"testing"

	"linbanglin/model"
	"linbanglin/service/community/roster"
)

func TestTheDemosRosterHoldsWhatItSays(t *testing.T) {
	var file bytes.Buffer
	facts, err := Roster(&file)
	if err != nil {
		t.Fatal(err)
	}
	book, err := roster.Read(&file, roster.Options{Year: 2026})
	if err != nil {
		t.Fatal(err)
	}
	areas, party, phones, months := map[string]bool{}, 0, 0, map[int]int{}
	for _, b := range book.Buildings {
		areas[b.Area] = true
	}
	for _, r := range book.Residents {
		if slices.Contains(r.Roles, model.RolePartyMember) {
			party++
		}
		if r.Phone != "" {
			phones++
		}
		months[r.BirthMonth]++
	}
	got := Facts{len(areas), len(book.Grids), len(book.Buildings), len(book.Households), len(book.Residents), party}
	if got != facts || facts.Residents != 3000 {
		t.Errorf("got %+v, want %+v", got, facts)
	}
	if phones < 2000 || book.Count(roster.Bad) < 20 || book.Count(roster.Fixed) < 20 {
		t.Errorf("%d phones, %d bad and %d fixed cells", phones, book.Count(roster.Bad), book.Count(roster.Fixed))
	}
	for month := range 13 { // 0: of a third no month is written
		if n := months[month]; n < 100 || month > 0 && n > 250 {
			t.Errorf("%d were born in month %d", n, month)
		}
	}
	for _, g := range book.Grids {
		if g.Worker == "" || g.WorkerPhone == "" {
			t.Errorf("%+v has no worker", g)
		}
	}
	for _, i := range book.Issues {
		t.Logf("%s %s %s %q %s", i.Severity, i.Sheet, i.Cell, i.Value, i.Reason)
	}
}

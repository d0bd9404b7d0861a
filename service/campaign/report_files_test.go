package campaign_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
	"linbanglin/service/booklet"
	"linbanglin/service/campaign"
)

// TestTheWorkbookOfAReportHasTheFiguresOfTheService opens report.xlsx of a day with scans, a check-in by hand, a visit and
// photos, and holds it against the check-ins, the budget and the report.
func TestTheWorkbookOfAReportHasTheFiguresOfTheService(t *testing.T) {
	each(t, func(t *testing.T, f *fair) {
		c, a := f.given(t, f.plan()), f.album(t)
		came := []model.Actor{f.Resident(0), f.Resident(1), f.Resident(7)} // the last of the second grid
		for _, who := range came {
			if _, err := f.CheckIn(t.Context(), who, c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
				t.Fatal(err)
			}
			f.now.Add(time.Minute.Microseconds())
		}
		if _, err := f.CheckInFor(t.Context(), f.organizer, c.ID, f.Resident(2).MemberID, 0, "没有手机"); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			p, err := a.Add(t.Context(), f.organizer, c.ID, givenPhoto(t, uint8(i)))
			if err != nil {
				t.Fatal(err)
			}
			if i < 2 {
				if _, err := a.Choose(t.Context(), f.organizer, p.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := f.CheckOut(t.Context(), came[0], c.ID, campaign.Scan{Code: f.code(t, c.ID)}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Close(t.Context(), f.organizer, c.ID); err != nil {
			t.Fatal(err)
		}
		f.now.Add((8 * time.Hour).Microseconds())
		for range 2 { // those who forgot to check out first
			if _, err := f.SweepDoor(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := f.SweepThanks(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w := f.workbook(t, c.ID)
		list, err := f.Checkins(t.Context(), f.organizer, c.ID, 0, model.Page{Limit: 100})
		if err != nil || len(list.Items) != 4 {
			t.Fatalf("got %+v, %v", list, err)
		}
		var booked [4]int64 // points and minutes, verified and declared
		for _, k := range list.Items {
			class := map[model.Class]int{model.Declared: 1}[k.Class]
			booked[class], booked[2+class] = booked[class]+k.Points, booked[2+class]+k.Minutes
		}
		if booked[0] == 0 || booked[1] == 0 || booked[2] == 0 {
			t.Fatalf("nothing to compare: %v", booked)
		}
		w.wantSums(t, "签到", 4, map[string]int64{"信用积分": booked[0], "荣誉积分": booked[1], "信用分钟": booked[2], "荣誉分钟": booked[3]})
		w.wantSums(t, "网格", 2, map[string]int64{
			"参加人数": 4, "覆盖户数": 4, "总户数": 12, "信用积分": booked[0], "荣誉积分": booked[1], "信用分钟": booked[2], "荣誉分钟": booked[3],
		})
		w.wantSums(t, "场次", 1, map[string]int64{"参加人数": 4, "覆盖户数": 4, "信用积分": booked[0], "荣誉积分": booked[1]})
		f.wantLeft(t, c.ID, c.Budget-booked[0]-booked[1])
		facts := map[string]string{}
		for _, row := range w.sheets["概况"][1:] {
			facts[row[0]] = row[1]
		}
		for name, want := range map[string]string{
			"活动": c.Title, "参加人数": "4", "覆盖户数": "4", "选用照片": "2", "积分预算": fmt.Sprint(c.Budget),
			"发放积分": fmt.Sprintf("%d（信用 %d，荣誉 %d）", booked[0]+booked[1], booked[0], booked[1]),
		} {
			if facts[name] != want {
				t.Errorf("%s: got %q, want %q", name, facts[name], want)
			}
		}
	})
}

// workbook is a report's xlsx, by sheet and row, and the report that it was made of.
type workbook struct {
	*model.Report
	sheets map[string][][]string
}

// workbook downloads the report of a campaign, and wants its sheets, its headings, and the lines of the service in it.
func (f *fair) workbook(t *testing.T, id model.ID) *workbook {
	t.Helper()
	r, err := f.Report(t.Context(), f.organizer, id)
	if err != nil {
		t.Fatal(err)
	}
	press, err := booklet.New("", "https://linbanglin.example")
	if err != nil {
		t.Fatal(err)
	}
	content, err := press.ReportXLSX(r)
	if err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if got := file.GetSheetList(); !slices.Equal(got, []string{"概况", "签到", "网格", "场次", "荣誉"}) {
		t.Errorf("the sheets are %v", got)
	}
	w := &workbook{r, map[string][][]string{}}
	for sheet, head := range map[string][]string{
		"概况": {"项目", "内容"},
		"签到": {"场次", "姓名", "网格", "签到", "签退", "方式", "围栏", "信用积分", "荣誉积分", "信用分钟", "荣誉分钟", "备注"},
		"网格": {"网格", "参加人数", "覆盖户数", "总户数", "信用积分", "荣誉积分", "信用分钟", "荣誉分钟"},
		"场次": {"场次", "参加人数", "覆盖户数", "信用积分", "荣誉积分", "信用分钟", "荣誉分钟"},
		"荣誉": {"荣誉", "姓名", "积分", "分钟"},
	} {
		rows, err := file.GetRows(sheet)
		if err != nil || len(rows) == 0 || !slices.Equal(rows[0], head) {
			t.Fatalf("%s: got %v, %v", sheet, rows, err)
		}
		w.sheets[sheet] = rows
	}
	for i, a := range r.Attendance {
		row := w.sheets["签到"][i+1]
		manner := map[model.Class]string{model.Declared: "代签到", model.Verified: "扫码"}[a.Class]
		if row[1] != a.Name || row[2] != a.Grid || row[3] != a.CheckedInAt.Time().Format("2006-01-02 15:04") || row[5] != manner {
			t.Errorf("line %d: got %v, want %+v", i, row, a)
		}
	}
	for i, g := range r.Grids {
		if row := w.sheets["网格"][i+1]; row[0] != g.Name || row[1] != fmt.Sprint(g.Participants) || row[2] != fmt.Sprint(g.Households) || row[3] != fmt.Sprint(g.Homes) {
			t.Errorf("got %v, want %+v", row, g)
		}
	}
	if len(w.sheets["荣誉"]) != 1+len(r.Honours) || len(r.Honours) == 0 {
		t.Errorf("got %v, want %d honours", w.sheets["荣誉"], len(r.Honours))
	}
	return w
}

// wantSums wants a sheet to have so many rows, and columns to add up.
func (w *workbook) wantSums(t *testing.T, sheet string, rows int, want map[string]int64) {
	t.Helper()
	all := w.sheets[sheet]
	if len(all) != rows+1 {
		t.Fatalf("%s: got %v", sheet, all)
	}
	for name, sum := range want {
		column, got := slices.Index(all[0], name), int64(0)
		for _, row := range all[1:] {
			n, err := strconv.ParseInt(row[column], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
		if got != sum {
			t.Errorf("%s, %s: %d, want %d", sheet, name, got, sum)
		}
	}
}

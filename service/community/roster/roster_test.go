package roster

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
)

// book writes one sheet of rows, with merges such as A2:A3, and reads it.
func book(t *testing.T, rows [][]any, merges []string, mapped ...string) (*Book, []byte) {
	t.Helper()
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	for i, row := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := file.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range merges {
		from, to, _ := strings.Cut(m, ":")
		if err := file.MergeCell("Sheet1", from, to); err != nil {
			t.Fatal(err)
		}
	}
	var content bytes.Buffer
	if err := file.Write(&content); err != nil {
		t.Fatal(err)
	}
	b, err := Read(bytes.NewReader(content.Bytes()), Options{Map: mapped, Year: 2026})
	if err != nil {
		t.Fatal(err)
	}
	return b, content.Bytes()
}

func wantIssue(t *testing.T, b *Book, cell string, s Severity) {
	t.Helper()
	if !slices.ContainsFunc(b.Issues, func(i Issue) bool { return i.Cell == cell && i.Severity == s && i.Reason != "" }) {
		t.Errorf("nothing %s is told of %s: %+v", s, cell, b.Issues)
	}
}

func TestEveryNameOfAHeaderIsUnderstood(t *testing.T) {
	for _, name := range []string{"姓名", "名字", " 姓 名 ", "姓名（必填）", "*姓名"} {
		for _, phone := range []string{"手机号", "联系电话", "电话", "手机号码"} {
			for _, building := range []string{"楼栋", "幢", "栋", "楼号"} {
				for _, door := range []string{"房号", "室号", "门牌号"} {
					b, _ := book(t, [][]any{{phone, door, name, building, "单元"}, {"19900000001", "501", "甲一", "3栋", "2"}}, nil)
					if len(b.Residents) != 1 || b.Residents[0].Door != (Door{"3幢", "2单元", "501"}) || b.Residents[0].Phone != "8619900000001" {
						t.Fatalf("%s %s %s %s: %+v", name, phone, building, door, b.Residents)
					}
				}
			}
		}
	}
}

func TestAddressesOfManySpellingsAreOne(t *testing.T) {
	for _, text := range []string{"3幢2单元501室", "3-2-501", "３号楼２单元５０１", "3栋2单元501", "三幢二单元501室", " 3 幢 2 单元 501 ", "03幢02单元501室", "3#2单元501"} {
		if got, ok := address(text); !ok || got != (Door{"3幢", "2单元", "501"}) {
			t.Errorf("%s: got %+v, %t", text, got, ok)
		}
	}
	for text, want := range map[string]Door{"祥和苑3幢501室": {"祥和苑3幢", "1单元", "501"}, "A座1203": {"A幢", "1单元", "1203"}, "十二幢二十三单元501": {"12幢", "23单元", "501"}} {
		if got, ok := address(text); !ok || got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
	for _, text := range []string{"", "不详", "501", "幢单元室", "3幢"} {
		if got, ok := address(text); ok {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestPhones(t *testing.T) {
	for text, want := range map[string]string{
		"19900000001": "8619900000001", " 199 0000 0001 ": "8619900000001", "199-0000-0001": "8619900000001", "+86 19900000001": "8619900000001",
		"１９９００００００１２": "8619900000012", "1.9900000001E+10": "8619900000001", "19900000001.0": "8619900000001", "0086 19900000001": "8619900000001",
		"1.99E+10": "", "057188888888": "", "1990000000": "", "12345678901": "", "无": "", "1.99000000015E+10": "",
	} {
		got, reason, ok := phone(text)
		if got != want || ok != (want != "") || !ok && reason == "" {
			t.Errorf("%q: got %q %q %t, want %q", text, got, reason, ok, want)
		}
	}
}

func TestYearsOfBirth(t *testing.T) {
	for text, want := range map[string]int{
		"1958": 1958, "1958-03-02": 1958, "1958年3月": 1958, "19580302": 1958, "1958/3/2": 1958, "1958.3": 1958, "195803": 1958, "21246": 1958, "１９５８": 1958,
		"不详": 0, "1850": 0, "2030": 0, "58": 0, "999999": 0,
	} {
		got, reason, ok := birthYear(text, 2026)
		if ok != (want != 0) || ok && got != want || !ok && reason == "" {
			t.Errorf("%q: got %d %q %t, want %d", text, got, reason, ok, want)
		}
	}
	for text, want := range map[string]int{"33010619580302123x": 3, "330106195813021234": 0, "330106195800021234": 0} {
		if year, month, ok := idCardBirth(text, 2026); !ok || year != 1958 || month != want {
			t.Errorf("%s: got %d-%d, %t", text, year, month, ok)
		}
	}
}

func TestMonthsOfBirth(t *testing.T) {
	for text, want := range map[string]int{
		"1944-05": 5, "1944年5月": 5, "1944-05-17": 5, "19440517": 5, "194405": 5, "1944/12/1": 12, "1944.10": 10, "1944.05": 5, "１９４４年十二月": 12, "21246": 3,
		"5": 5, "05": 5, "5月": 5, "五月": 5, "十月": 10, "12": 12, "5月17日": 5, "": 0, "1944": 0, "1944年": 0,
	} {
		if got, reason := birthMonth(text); got != want || reason != "" {
			t.Errorf("%q: got %d %q, want %d", text, got, reason, want)
		}
	}
	for _, text := range []string{"不详", "0", "13", "1944-13", "1944-00", "1944年春", "1944.1", "58", "-5", "腊月"} {
		if got, reason := birthMonth(text); got != 0 || reason == "" {
			t.Errorf("%q: got %d, want a reason", text, got)
		}
	}
}

// TestMonthsOfTheColumnsThatHaveThem reads months from a column of their own, from a second date, or from where the year is.
func TestMonthsOfTheColumnsThatHaveThem(t *testing.T) {
	months := func(b *Book) (all []int) {
		for _, r := range b.Residents {
			all = append(all, r.BirthMonth)
			if r.BirthYear != 1944 {
				t.Errorf("%s was born %d", r.Name, r.BirthYear)
			}
		}
		return all
	}
	b, _ := book(t, [][]any{
		{"房屋信息", "姓名", "出生年份", "出生月份", "身份证号"},
		{"3-2-501", "甲一", "1944", "5月", "330106194407021234"},
		{"3-2-501", "甲二", "1944-06", "", ""},
		{"3-2-501", "甲三", "1944", "春天", "330106194407021234"},
		{"3-2-501", "甲四", "1944", "", "330106195507021234"}, // somebody else's
		{"3-2-501", "甲五", "1944年夏", "", ""},
		{"3-2-501", "甲五", "1944年8月", "", ""}, // the same one again
	}, nil)
	if got := months(b); !slices.Equal(got, []int{5, 6, 7, 0, 8}) || b.Count(Bad) != 1 {
		t.Errorf("got %v, %+v", got, b.Issues)
	}
	wantIssue(t, b, "D4", Bad)
	wantIssue(t, b, "C6", Fixed)
	b, _ = book(t, [][]any{{"房屋信息", "姓名", "出生年份", "出生年月"}, {"3-2-501", "甲一", "1944", "1944-05"}, {"3-2-501", "甲二", "1944", ""}}, nil)
	if got := months(b); !slices.Equal(got, []int{5, 0}) || len(b.Issues) != 0 {
		t.Errorf("beside the year: got %v, %+v", got, b.Issues)
	}
	b, _ = book(t, [][]any{{"房屋信息", "姓名", "出生年月", "出生年份"}, {"3-2-501", "甲一", "1944-05", "1944"}}, nil)
	if got := months(b); !slices.Equal(got, []int{5}) || len(b.Issues) != 0 {
		t.Errorf("before the year: got %v, %+v", got, b.Issues)
	}
}

func TestOneSheetWithMergedHouseholds(t *testing.T) {
	b, _ := book(t, [][]any{
		{"祥和社区居民花名册"},
		{"填表人：甲某", "", "日期：2026.10"},
		{"序号", "房屋信息", "户别", "名字", "与户主关系", "联系电话", "政治面貌", "所属支部", "出生年月", "特长", "身份证号"},
		{1, "3幢2单元501室", "自住", "甲一", "户主", "19900000001", "中共党员", "第一党支部", "1958-03-02", "理发、修表", ""},
		{2, "", "", "甲二", "配偶", "", "群众", "", 21246, "", ""},
		{3, "", "", "甲三", "子女", "", "", "", "", "", "330106200803021234"},
		{4, "3-2-502", "出租", "乙一", "户主", "1.9900000002E+10", "党员、网格员", "第一党支部", "不详", "", ""},
		{5, "", "", "乙二", "", "", "", "", "", "", ""},
		{6, "九号", "自住", "丙一", "户主", "", "", "", "", "", ""},
		{7, "", "", "丙二", "配偶", "", "", "", "", "", ""},
		{8, "3幢2单元501室", "", "甲一", "户主", "", "", "", "", "", ""},
		{9, "3幢2单元503室", "自住", "王5", "户主", "", "热心人", "", "", "", ""},
	}, []string{"A1:K1", "B4:B6", "C4:C6"})
	if len(b.Households) != 3 || len(b.Residents) != 5 {
		t.Fatalf("%d households and %d people: %+v", len(b.Households), len(b.Residents), b.Issues)
	}
	one, three, worker := b.Residents[0], b.Residents[2], b.Residents[3]
	if one.BirthYear != 1958 || one.Head == nil || !*one.Head || !slices.Equal(one.Skills, []string{"理发", "修表"}) || one.Branch != "第一党支部" ||
		!slices.Contains(one.Roles, model.RolePartyMember) || b.Residents[1].Door != one.Door || b.Residents[1].BirthYear != 1958 {
		t.Errorf("got %+v", one)
	}
	if three.Door != one.Door || three.BirthYear != 2008 {
		t.Errorf("got %+v", three)
	}
	if !slices.Contains(worker.Roles, model.RoleGridWorker) || worker.Phone != "8619900000002" || worker.BirthYear != model.BirthUnreadable || b.Residents[4].Door != worker.Door {
		t.Errorf("got %+v", worker)
	}
	for cell, s := range map[string]Severity{"I5": Fixed, "F7": Fixed, "I7": Bad, "B9": Bad, "B10": Bad, "D11": Fixed, "D12": Bad} {
		wantIssue(t, b, cell, s)
	}
	var said strings.Builder
	b.Describe(&said)
	if !strings.Contains(said.String(), "表头在第 3 行") || !strings.Contains(said.String(), "名字 → 姓名") {
		t.Errorf("got %s", said.String())
	}
	for _, i := range b.Issues {
		if strings.Contains(i.Value, "330106") {
			t.Errorf("an identity card is told: %+v", i)
		}
	}
}

func TestColumnsThatMapNames(t *testing.T) {
	rows := [][]any{{"何人", "住哪", "甲乙丙"}, {"甲一", "3-2-501", "x"}}
	if b, _ := book(t, append(rows, []any{"", "", ""}), nil, "何人=name", "Sheet1!住哪=address"); len(b.Residents) != 1 {
		t.Errorf("got %+v", b)
	}
	var ours *model.Error
	for _, bad := range []string{"何人", "何人=colour", "=x"} {
		_, err := parseMap([]string{bad})
		if !errors.As(err, &ours) || ours.Kind != model.Invalid {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestUnknownBuildingsAndUnits(t *testing.T) {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	_, _ = file.NewSheet("楼栋")
	_, _ = file.NewSheet("说明")
	for cell, row := range map[string][]any{"A1": {"片区", "网格", "楼栋", "单元"}, "A2": {"东片区", "第1网格", "1号楼", "1-2"}, "A3": {"东片区", "第2网格", "2号楼", "1单元、3单元"}} {
		_ = file.SetSheetRow("楼栋", cell, &row)
	}
	_ = file.SetCellValue("说明", "A1", "请如实填写")
	for i, row := range [][]any{{"楼号", "单元", "室号", "姓名"}, {"1栋", 2, 101, "甲一"}, {"1栋", 3, 101, "甲二"}, {"9栋", 1, 101, "甲三"}, {"2", "3单元", "101室", "甲四"}, {"2", "x", "101", "甲五"}, {"2", 1, "", "甲六"}} {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		_ = file.SetSheetRow("Sheet1", cell, &row)
	}
	var content bytes.Buffer
	_ = file.Write(&content)
	b, err := Read(&content, Options{Year: 2026})
	if err != nil || len(b.Residents) != 2 || len(b.Buildings) != 2 || b.Count(Bad) != 4 {
		t.Fatalf("%v: %+v %+v", err, b.Residents, b.Issues)
	}
	for _, cell := range []string{"B3", "A4", "B6", "C7"} {
		wantIssue(t, b, cell, Bad)
	}
	if h := b.Buildings[1]; h.Area != "东片区" || h.Grid != "第2网格" || !slices.Equal(h.Units, []string{"1单元", "3单元"}) {
		t.Errorf("got %+v", h)
	}
	if s := b.Sheets[2]; s.Kind != "" {
		t.Errorf("a sheet of words was read: %+v", s)
	}
}

func TestTheReportMarksTheCells(t *testing.T) {
	b, content := book(t, [][]any{{"姓名", "房屋信息", "手机号"}, {"甲一", "3-2-501", "1.99E+10"}, {"甲二", "3-2-502", "199-0000-0002"}}, nil)
	var report bytes.Buffer
	if err := WriteReport(&report, bytes.NewReader(content), b.Issues); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&report)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	comments, err := file.GetComments("Sheet1")
	if err != nil || len(comments) != 2 || comments[0].Cell != "C2" {
		t.Errorf("got %+v, %v", comments, err)
	}
	for cell, colour := range map[string]string{"C2": "FFC7CE", "C3": "FFEB9C"} {
		at, _ := file.GetCellStyle("Sheet1", cell)
		style, err := file.GetStyle(at)
		if err != nil || len(style.Fill.Color) != 1 || style.Fill.Color[0] != colour {
			t.Errorf("%s: %+v, %v", cell, style, err)
		}
	}
}

func TestFilesThatAreNoRosters(t *testing.T) {
	empty := excelize.NewFile()
	var content bytes.Buffer
	_ = empty.Write(&content)
	for name, file := range map[string][]byte{"nothing": nil, "text": []byte("姓名,电话"), "an empty workbook": content.Bytes(), "too much": make([]byte, maxFile+1)} {
		if _, err := Read(bytes.NewReader(file), Options{}); model.Reason(err).Kind != model.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNamesakesOfABuildingAreNoneOfIt(t *testing.T) {
	b, _ := book(t, [][]any{
		{"片区", "网格", "楼栋", "单元", "房号", "姓名"},
		{"东片区", "第1网格", "1幢", 1, 101, "甲一"},
		{"东片区", "一网格", "1幢", 1, 101, "甲二"},
		{"西片区", "第2网格", "1幢", 1, 101, "乙一"},
		{"", "", "1幢", 1, 102, "甲三"},
		{"东片区", "第3网格", "1幢", 1, 103, "乙二"},
		{"西片区", "第2网格", "西苑1幢", 1, 101, "乙三"},
	}, nil)
	var names []string
	for _, r := range b.Residents {
		names = append(names, r.Name)
	}
	if !slices.Equal(names, []string{"甲一", "甲二", "甲三", "乙三"}) || len(b.Buildings) != 2 || len(b.Grids) != 2 {
		t.Errorf("got %v %+v %+v", names, b.Buildings, b.Grids)
	}
	wantIssue(t, b, "A4", Bad)
	wantIssue(t, b, "B6", Bad)
	if b.Count(Bad) != 2 {
		t.Errorf("got %+v", b.Issues)
	}
}

func TestWhatIsTooLongIsLeftOut(t *testing.T) {
	long := strings.Repeat("长", 61)
	b, _ := book(t, [][]any{
		{"片区", "房屋信息", "户别", "标记", "姓名", "支部", "特长", "手机号"},
		{long, "3-2-501", long, long, "甲一", long, "理发、" + long, "19900000001"},
		{"东片区", strings.Repeat("9", 61) + "-2-501", "", "", "甲二", "", "", ""},
		{"东片区", "3-2-502", "自住", strings.Repeat("低保、", 21), "甲三", "", "理发", ""},
	}, nil)
	if len(b.Residents) != 2 || b.Residents[0].Phone == "" || b.Residents[0].Skills != nil || b.Residents[0].Branch != "" || b.Households[0].Kind != "" {
		t.Fatalf("got %+v %+v", b.Residents, b.Households)
	}
	for _, cell := range []string{"A2", "C2", "D2", "F2", "G2", "B3", "D4"} {
		wantIssue(t, b, cell, Bad)
	}
	for _, i := range b.Issues {
		if len([]rune(i.Value)) > 40 {
			t.Errorf("told at length: %s", i.Value)
		}
	}
}

func TestTheFirstBirthThatCanBeReadIsTaken(t *testing.T) {
	b, _ := book(t, [][]any{
		{"房屋信息", "姓名", "出生日期", "身份证号", "年龄"},
		{"3-2-501", "甲一", "不详", "330106195803021234", 3},
		{"3-2-501", "甲二", "", "x", "12岁"},
		{"3-2-501", "甲三", "不详", "", ""},
		{"3-2-501", "甲四", "", "", ""},
	}, nil)
	var years []int
	for _, r := range b.Residents {
		years = append(years, r.BirthYear)
	}
	if !slices.Equal(years, []int{1958, 2014, model.BirthUnreadable, 0}) || b.Count(Bad) != 3 {
		t.Errorf("got %v, %+v", years, b.Issues)
	}
}

// givenFile returns a workbook of one sheet.
func givenFile(t *testing.T, sheet string, rows [][]any) *excelize.File {
	t.Helper()
	file := excelize.NewFile()
	t.Cleanup(func() { _ = file.Close() })
	if err := file.SetSheetName("Sheet1", sheet); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := file.SetSheetRow(sheet, cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// content returns a workbook as a file has it.
func content(t *testing.T, file *excelize.File) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAReportOfAReport has a cell with two issues, one that was commented already, a sheet with a quote in
// its name, and is reported again after it was mended by half.
func TestAReportOfAReport(t *testing.T) {
	const sheet = "3'幢"
	file := givenFile(t, sheet, [][]any{{"姓名", "房屋信息", "手机号", "身份", "出生日期"}, {"甲一", "3-2-501", "1.99E+10", "热心人、好人", "不详"}})
	dates, err := file.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.SetCellStyle(sheet, "C2", "C2", dates), file.AddComment(sheet, excelize.Comment{Cell: "C2", Author: "网格员", Paragraph: []excelize.RichTextRun{{Text: "空号"}}})); err != nil {
		t.Fatal(err)
	}
	original := content(t, file)
	report := func(of []byte) *excelize.File {
		t.Helper()
		b, err := Read(bytes.NewReader(of), Options{Year: 2026})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteReport(&out, bytes.NewReader(of), b.Issues); err != nil {
			t.Fatal(err)
		}
		marked, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = marked.Close() })
		return marked
	}
	told := func(f *excelize.File) map[string]string {
		t.Helper()
		comments, err := f.GetComments(sheet)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, c := range comments {
			if texts[c.Cell] != "" {
				t.Errorf("two comments on %s", c.Cell)
			}
			texts[c.Cell] = textOf(c)
		}
		return texts
	}
	first := report(original)
	texts := told(first)
	if !strings.Contains(texts["C2"], "空号") || !strings.Contains(texts["C2"], "科学计数法") || !strings.Contains(texts["D2"], "热心人") || !strings.Contains(texts["D2"], "好人") || texts["E2"] == "" {
		t.Errorf("got %v", texts)
	}
	id, _ := first.GetCellStyle(sheet, "C2")
	if style, err := first.GetStyle(id); err != nil || style.NumFmt != 14 || style.Fill.Color[0] != "FFC7CE" {
		t.Errorf("got %+v, %v", style, err)
	}
	if linked, target, err := first.GetCellHyperLink(reportSheet, "B2"); err != nil || !linked || target != "'3''幢'!C2" {
		t.Errorf("linked to %s, %v", target, err)
	}
	if err := errors.Join(first.SetCellValue(sheet, "E2", 1958), first.SetCellValue(sheet, "D2", "党员")); err != nil {
		t.Fatal(err)
	}
	second := report(content(t, first))
	texts = told(second)
	if texts["D2"] != "" || texts["E2"] != "" || texts["C2"] == "" {
		t.Errorf("after mending: %v", texts)
	}
	if rows, err := second.GetRows(reportSheet); err != nil || len(rows) != 2 {
		t.Errorf("got %v, %v", rows, err)
	}
}

func TestWhatMakesRostersDirty(t *testing.T) {
	names := func(b *Book) string {
		var all []string
		for _, r := range b.Residents {
			all = append(all, r.Building+r.Unit+r.Number+r.Name)
		}
		return strings.Join(all, " ")
	}
	for name, c := range map[string]struct {
		rows   [][]any
		merges []string
		want   string
		bad    int
	}{
		"a header on every page": {[][]any{{"姓名", "房屋信息", "电话"}, {"甲", "3-2-501", ""}, {"姓名", "房屋信息", "电话"}, {"乙", "", ""}}, nil, "3幢2单元501甲 3幢2单元501乙", 0},
		"two rows of headers":    {[][]any{{"住址", "", "", "成员"}, {"楼栋", "单元", "房号", "姓名"}, {"1", "1", "101", "甲"}}, []string{"A1:C1"}, "1幢1单元101甲", 0},
		"breaks in headers":      {[][]any{{"姓\n名", "房屋\n信息", "联系\n电话"}, {"甲", "3-2-501", "19900000001"}}, nil, "3幢2单元501甲", 0},
		"buildings, units and doors merged down": {[][]any{
			{"幢", "单元", "室号", "姓名"}, {"1幢", "1单元", "101", "甲"}, {"", "", "", "乙"}, {"", "", "102", "丙"}, {"", "2单元", "101", "丁"},
		}, []string{"A2:A5", "B2:B4", "C2:C3"}, "1幢1单元101甲 1幢1单元101乙 1幢1单元102丙 1幢2单元101丁", 0},
		"the same and not merged": {[][]any{
			{"幢", "单元", "室号", "姓名"}, {"1幢", "1单元", "101", "甲"}, {"", "", "", "乙"}, {"", "", "102", "丙"}, {"", "2单元", "101", "丁"},
		}, nil, "1幢1单元101甲 1幢1单元101乙 1幢1单元102丙 1幢2单元101丁", 0},
		"a whole address as the door":   {[][]any{{"姓名", "门牌号"}, {"甲", "3幢2单元501室"}, {"乙", "501"}}, nil, "3幢2单元501甲 3幢2单元501乙", 0},
		"a merged address that is none": {[][]any{{"姓名", "房屋信息"}, {"甲", "某处"}, {"乙", ""}, {"丙", "3-2-501"}}, []string{"B2:B3"}, "3幢2单元501丙", 1},
		"formulas that failed":          {[][]any{{"姓名", "房屋信息", "支部"}, {"甲", "3-2-501", "#REF!"}, {"乙", "#N/A", ""}}, nil, "3幢2单元501甲", 2},
		"floors in addresses":           {[][]any{{"姓名", "房屋信息"}, {"甲", "3幢2单元5楼501室"}, {"乙", "3幢2单元5层502"}, {"丙", "12号503室"}}, nil, "3幢2单元501甲 3幢2单元502乙 12幢1单元503丙", 0},
		"an address in an address":      {[][]any{{"姓名", "房屋信息"}, {"甲", "3幢2单元5幢501"}, {"乙", "建设路12号3幢2单元501"}}, nil, "建设路12号3幢2单元501乙", 1},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := book(t, c.rows, c.merges)
			if got := names(b); got != c.want || b.Count(Bad) != c.bad {
				t.Errorf("got %s, want %s; %+v", got, c.want, b.Issues)
			}
		})
	}
}

func TestDatesThatAreFormattedAsSuchAreFine(t *testing.T) {
	file := givenFile(t, "S", [][]any{{"姓名", "房屋信息", "出生日期"}, {"甲", "3-2-501", 21246}, {"乙", "3-2-501", 21246}, {"丙", "3-2-501", "一九五八年"}})
	style, err := file.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.SetCellStyle("S", "C2", "C2", style); err != nil {
		t.Fatal(err)
	}
	b, err := Read(bytes.NewReader(content(t, file)), Options{Year: 2026})
	if err != nil || len(b.Issues) != 1 || b.Issues[0].Cell != "C3" {
		t.Fatalf("got %+v, %v", b, err)
	}
	for _, r := range b.Residents {
		if r.BirthYear != 1958 {
			t.Errorf("%s was born %d", r.Name, r.BirthYear)
		}
	}
}

func TestWhatIsNotUnderstoodIsShown(t *testing.T) {
	file := content(t, givenFile(t, "表一", [][]any{{"住在\n哪里", "称呼", "=拨打"}, {"3-2-501", "甲一", "19900000001"}}))
	_, err := Read(bytes.NewReader(file), Options{})
	if reason := model.Reason(err); reason.Kind != model.Invalid || !strings.Contains(reason.Message, "住在 哪里") || !strings.Contains(reason.Message, "表一") {
		t.Errorf("got %v %s", err, reason.Message)
	}
	b, err := Read(bytes.NewReader(file), Options{Map: []string{"住在哪里=address", "表一!称呼=name", "=拨打=phone"}})
	if err != nil || len(b.Residents) != 1 || b.Residents[0].Phone == "" {
		t.Errorf("got %+v, %v", b, err)
	}
	for _, column := range []string{"没有的列", "表二!称呼"} {
		_, err := Read(bytes.NewReader(file), Options{Map: []string{"住在哪里=address", "称呼=name", column + "=phone"}})
		if reason := model.Reason(err); reason.Kind != model.Invalid || !strings.Contains(reason.Message, column) {
			t.Errorf("%s: got %v", column, err)
		}
	}
}

func TestSheetsThatAreNoTables(t *testing.T) {
	file := givenFile(t, "S", [][]any{{"姓名", "房屋信息"}, {"甲", "3-2-501"}})
	if err := file.AddChartSheet("图", &excelize.Chart{Type: excelize.Col, Series: []excelize.ChartSeries{{Name: "S!$A$1", Categories: "S!$A$1:$B$1", Values: "S!$A$2:$B$2"}}}); err != nil {
		t.Fatal(err)
	}
	original := content(t, file)
	b, err := Read(bytes.NewReader(original), Options{})
	if err != nil || len(b.Residents) != 1 {
		t.Fatalf("got %+v, %v", b, err)
	}
	if err := WriteReport(&bytes.Buffer{}, bytes.NewReader(original), []Issue{{"S", "A2", "甲", "x", Bad}}); err != nil {
		t.Error(err)
	}
}

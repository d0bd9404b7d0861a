package booklet_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	qr "github.com/piglig/go-qr"
	"github.com/xuri/excelize/v2"

	"linbanglin/model"
	"linbanglin/service/booklet"
	"linbanglin/service/ledger"
)

const now = model.Instant(1_795_392_000_000_000) // 2026-11-23T08:00:00+08:00

func givenPress(t *testing.T) *booklet.Press {
	t.Helper()
	press, err := booklet.New(givenFont(t, "hans.ttf", characters), "https://linbanglin.example")
	if err != nil {
		t.Fatal(err)
	}
	return press
}

// hostile are memos that someone might write to do harm where they are shown.
func hostile() []string {
	return []string{
		`=HYPERLINK("http://evil","x")`, "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`,
		"{{.Book}}", "</style><b>", "a\x00b\x07c", "笑😀\u202e甲", "",
	}
}

func givenBook(n int) *ledger.Book {
	b := &ledger.Book{Community: "祥和社区", Codes: map[string]string{"TASK_DONE": "完成求助"}, PrintedAt: now}
	b.Member.DisplayName, b.Unit, b.From, b.To, b.Opening, b.Closing = "甲小明", model.Points, 20261101, 20261123, 100, 100
	for i := range n {
		amount := int64(10 - 15*(i%2))
		b.Closing += amount
		b.Items = append(b.Items, &ledger.Line{
			Seq: int64(i + 8), At: now.Add(time.Duration(i) * time.Minute), Kind: model.KindPost, Code: "TASK_DONE", Class: model.Class(1 + i%2),
			Amount: amount, Balance: b.Closing, Held: 3, Memo: hostile()[i%len(hostile())], TransferID: model.ID(118237462348762345 + i), Hash: strings.Repeat("a1", 32),
		})
	}
	b.Footer = ledger.BookFooter{Seq: int64(n + 7), Hash: strings.Repeat("9f", 32)}
	return b
}

func givenCertificate() *ledger.Certificate {
	c := &ledger.Certificate{Community: "祥和社区"}
	c.Member.DisplayName, c.MemberID, c.Number = "甲小明", 118237462348762345, "LBL-2026-K7QM-3XWD-P"
	c.FromDay, c.ToDay, c.VerifiedMinutes, c.DeclaredMinutes, c.IssuedAt, c.HeadSeq, c.HeadHash = 20260101, 20261123, 750, 120, now, 42, bytes.Repeat([]byte{0x9f}, 32)
	c.Services = []*model.CertifiedService{{Source: "request", Class: "verified", Times: 9, Minutes: 750}, {Source: "award", Class: "declared", Times: 1, Minutes: 120}}
	return c
}

// TestWorkbookHasNumbersTimesAndNoFormula opens the file again and compares it cell by cell.
func TestWorkbookHasNumbersTimesAndNoFormula(t *testing.T) {
	b := givenBook(len(hostile()))
	content, err := givenPress(t).StatementXLSX(b)
	if err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	const sheet, head = "手册", 9
	want := map[string]string{
		"A1": "服务积分手册", "A2": "社区", "B2": "祥和社区", "B3": "甲小明", "B4": "2026-11-01 至 2026-11-23", "B5": "积分", "B6": "100", "B7": fmt.Sprint(b.Closing), "B8": "2026-11-23 08:00",
		"A9": "行号", "B9": "时间", "C9": "事项", "D9": "类别", "E9": "变动", "F9": "余额", "G9": "其中占用", "H9": "说明", "I9": "流水号", "J9": "本行哈希",
		"A10": "8", "B10": "2026-11-23 08:00", "C10": "完成求助", "D10": "信用", "E10": "+10", "F10": "110", "G10": "3", "H10": hostile()[0], "I10": "118237462348762345", "J10": strings.Repeat("a1", 32),
		"D11": "荣誉", "E11": "-5", "F11": "105", "H11": "+1+1", "H12": hostile()[2], "H13": "@SUM(A1)", "H14": " =1", "H19": "abc", "H20": "笑😀甲", "H21": "",
		"A23": "末行行号", "B23": "19", "A24": "末行哈希", "B24": strings.Repeat("9f", 32),
	}
	for at, text := range want {
		if got, err := file.GetCellValue(sheet, at); err != nil || got != text {
			t.Errorf("%s: got %q, %v, want %q", at, got, err, text)
		}
	}
	for row := head + 1; row <= head+len(hostile()); row++ {
		for column, kind := range map[string]excelize.CellType{"A": excelize.CellTypeUnset, "B": excelize.CellTypeUnset, "E": excelize.CellTypeUnset, "F": excelize.CellTypeUnset, "H": excelize.CellTypeInlineString, "I": excelize.CellTypeInlineString} {
			at := fmt.Sprint(column, row)
			if got, err := file.GetCellType(sheet, at); err != nil || got != kind {
				t.Errorf("%s is of type %v, %v, want %v", at, got, err, kind)
			}
			if formula, err := file.GetCellFormula(sheet, at); err != nil || formula != "" {
				t.Errorf("%s is the formula %q, %v", at, formula, err)
			}
		}
	}
	if raw, err := file.GetCellValue(sheet, "B10", excelize.Options{RawCellValue: true}); err != nil || !strings.HasPrefix(raw, "46349.333") {
		t.Errorf("the time is %q, %v", raw, err) // days since 1900: a third of 2026-11-23
	}
	panes, err := file.GetPanes(sheet)
	if err != nil || !panes.Freeze || panes.YSplit != head {
		t.Errorf("got %+v, %v", panes, err)
	}
	if width, err := file.GetColWidth(sheet, "H"); err != nil || width < 30 {
		t.Errorf("the column is %v wide, %v", width, err)
	}
}

func TestPagesEscapeWhatPersonsWrote(t *testing.T) {
	press := givenPress(t)
	b := givenBook(len(hostile()))
	b.Member.DisplayName, b.Community = "<i>甲</i>", "&社区"
	c := givenCertificate()
	c.Member.DisplayName, c.Community, c.Revocation = "<i>甲</i>", "&社区", &model.Revocation{RevokedAt: now}
	statement, err := press.StatementHTML(b)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := press.CertificateHTML(c)
	if err != nil {
		t.Fatal(err)
	}
	both := string(statement) + string(certificate)
	page := strings.NewReplacer("http://evil", "", "http://www.w3.org/2000/svg", "").Replace(both) // in an escaped memo; a name, not an address
	for _, bad := range []string{"<script", "<img", "<b>", "<i>", "http://", "url(", "@import", "<link", "ZgotmplZ", "\x00", "\u202e"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, text := range []string{
		"&lt;script&gt;alert(1)&lt;/script&gt;", "=HYPERLINK(&#34;", "{{.Book}}", "&lt;i&gt;甲&lt;/i&gt;", "&amp;社区", "2026-11-01 至 2026-11-23", `<td class="n">-5</td>`, "期初余额", strings.Repeat("9f", 32),
		"@page", "size: A4", "display: table-header-group", "break-inside: avoid", "LBL-2026-K7QM-3XWD-P", "14 小时 30 分", "12 小时 30 分", "2 小时", "邻里互助", "组织者核定", "已于 2026-11-23 撤销", "https://linbanglin.example/verify/LBL-2026-K7QM-3XWD-P",
	} {
		if !strings.Contains(both, text) {
			t.Errorf("the pages lack %q", text)
		}
	}
	if n := strings.Count(string(statement), "<tr>"); n != 1+len(b.Items) {
		t.Errorf("%d rows", n)
	}
}

func TestCodesLeadToTheCheckPage(t *testing.T) {
	page, err := givenPress(t).CertificateHTML(givenCertificate())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := qr.Decode(drawn(t, string(page))); err != nil || text != "https://linbanglin.example/verify/LBL-2026-K7QM-3XWD-P" {
		t.Errorf("got %q, %v", text, err)
	}
}

// drawn paints the page's code as a browser does.
func drawn(t *testing.T, page string) image.Image {
	t.Helper()
	side, err := strconv.Atoi(regexp.MustCompile(`viewBox="0 0 (\d+)`).FindStringSubmatch(page)[1])
	if err != nil {
		t.Fatal(err)
	}
	const scale = 8
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(page, -1) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(run[i+1])
		}
		for x := n[0] * scale; x < (n[0]+n[2])*scale; x++ {
			for y := n[1] * scale; y < (n[1]+1)*scale; y++ {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	return img
}

func TestCheckPageSaysNothingElse(t *testing.T) {
	press := givenPress(t)
	valid, err := press.CheckHTML(&ledger.Validity{Valid: true, Name: "甲**"})
	if err != nil || !strings.Contains(string(valid), "证明有效") || !strings.Contains(string(valid), "甲**") {
		t.Errorf("got %s, %v", valid, err)
	}
	invalid, err := press.CheckHTML(&ledger.Validity{})
	if err != nil || !strings.Contains(string(invalid), "没有查到有效的证明") || strings.Contains(string(invalid), "姓名") {
		t.Errorf("got %s, %v", invalid, err)
	}
}

// textOf returns the text of a PDF that was written with one font, page by page.
func textOf(t *testing.T, pdf []byte) string {
	t.Helper()
	var text strings.Builder
	for _, part := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		r, err := zlib.NewReader(bytes.NewReader(part[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil || !bytes.Contains(content, []byte("BT ")) {
			continue
		}
		for _, shown := range regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) ?Tj`).FindAllSubmatch(content, -1) {
			raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(shown[1], func(b []byte) []byte {
				if b[1] == 'r' {
					return []byte{'\r'}
				}
				return b[1:]
			})
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			text.WriteString(string(utf16.Decode(units)) + "\n")
		}
	}
	return text.String()
}

func TestPDFHasWhatThePagesHave(t *testing.T) {
	for _, name := range []string{"hans.ttf", "hans.ttc"} {
		press, err := booklet.New(givenFont(t, name, characters), "https://linbanglin.example")
		if err != nil {
			t.Fatal(err)
		}
		b := givenBook(100)
		statement, err := press.StatementPDF(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		text := textOf(t, statement)
		pages := strings.Count(string(statement), "/Type /Page\n")
		for _, want := range []string{"服务积分手册", "祥和社区", "甲小明", "2026-11-01 至 2026-11-23", "100 积分", "完成求助", "+10", "-5", "=HYPERLINK(", "笑□甲", fmt.Sprintf("1 / %d", pages), fmt.Sprintf("%d / %d", pages, pages), strings.Repeat("9f", 32)} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the statement lacks %q", name, want)
			}
		}
		if n := strings.Count(text, "行号\n"); n != pages || n < 3 {
			t.Errorf("%s: the head of the table is there %d times on %d pages", name, n, pages)
		}
		for _, l := range b.Items {
			if !strings.Contains(text, fmt.Sprintf("\n%d\n2026-11-23", l.Seq)) {
				t.Errorf("%s: line %d is not there", name, l.Seq)
			}
		}
		certificate, err := press.CertificatePDF(t.Context(), givenCertificate())
		if err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(textOf(t, certificate), "\n", "")
		for _, want := range []string{"志愿服务时长证明", "LBL-2026-K7QM-3XWD-P", "兹证明 甲小明", "14 小时 30 分", "邻里互助", "（盖章）", "https://linbanglin.example/verify/LBL-2026-K7QM-3XWD-P", "1 / 1"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the certificate lacks %q", name, want)
			}
		}
	}
}

func TestLongBooksAreMade(t *testing.T) {
	press := givenPress(t)
	b := givenBook(ledger.MaxBookLines)
	pdf, err := press.StatementPDF(t.Context(), b)
	if err != nil || len(pdf) > 8<<20 {
		t.Errorf("%d bytes, %v", len(pdf), err)
	}
	if xlsx, err := press.StatementXLSX(b); err != nil || len(xlsx) > 8<<20 {
		t.Errorf("%d bytes, %v", len(xlsx), err)
	}
	if page, err := press.StatementHTML(b); err != nil || len(page) > 8<<20 {
		t.Errorf("%d bytes, %v", len(page), err)
	}
}

func TestFontsThatCannotBeUsedAreRefused(t *testing.T) {
	good, err := os.ReadFile(givenFont(t, "hans.ttf", characters))
	if err != nil {
		t.Fatal(err)
	}
	collection, err := os.ReadFile(givenFont(t, "hans.ttc", characters))
	if err != nil {
		t.Fatal(err)
	}
	latin, err := os.ReadFile(givenFont(t, "latin.ttf", "abcABC123"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty": {}, "text": []byte("this is no font at all, but a text"), "cut": good[:len(good)/2], "cut in its head": good[:40], "a cut collection": collection[:18],
		"another cut collection": collection[:len(collection)-100], "CFF": append([]byte("OTTO"), good[4:]...), "without Chinese": latin,
	} {
		path := filepath.Join(t.TempDir(), "x.ttf")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := booklet.New(path, ""); !errors.Is(err, model.ErrPDFFont) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := booklet.New(filepath.Join(t.TempDir(), "none.ttf"), ""); !errors.Is(err, model.ErrPDFFont) {
		t.Errorf("got %v", err)
	}
}

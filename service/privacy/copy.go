package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
	"linbanglin/repository"
)

// sheet is a kind of what is known of somebody, as it is given out.
type sheet struct {
	kind *repository.PersonalKind
	rows [][]any // text, numbers, nil for none
}

// copyOf makes the file of a copy.
func (p *Privacy) copyOf(ctx context.Context, e *model.DataExport) ([]byte, error) {
	sheets, err := p.sheets(ctx, e.MemberID)
	if err != nil {
		return nil, err
	}
	data, err := asJSON(e, sheets)
	if err != nil {
		return nil, err
	}
	book, err := asWorkbook(sheets)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range []struct {
		name    string
		content []byte
	}{{"README.txt", []byte(readme(e))}, {"data.json", data}, {"data.xlsx", book}} {
		part, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: e.CreatedAt.Time()})
		if err == nil {
			_, err = part.Write(f.content)
		}
		if err != nil {
			return nil, fmt.Errorf("make a copy: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("make a copy: %w", err)
	}
	return out.Bytes(), nil
}

// sheets reads all that is given out of a member, kind by kind.
func (p *Privacy) sheets(ctx context.Context, member model.ID) ([]sheet, error) {
	of, err := p.store.Personal.People(ctx, member)
	if err != nil {
		return nil, err
	}
	var all []sheet
	for _, kind := range repository.PersonalKinds() {
		if kind.Key == "" {
			continue
		}
		rows, err := p.store.Personal.Rows(ctx, kind, of)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.Key, err)
		}
		s := sheet{kind, rows}
		if err := p.write(ctx, &s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// write makes ids of others into how neighbours see them, and numbers into times.
func (p *Privacy) write(ctx context.Context, s *sheet) error {
	for i, f := range s.kind.Fields {
		var refs map[model.ID]model.MemberRef
		if f.As == repository.AsPerson {
			ids := make([]model.ID, 0, len(s.rows))
			for _, row := range s.rows {
				ids = append(ids, model.ID(number(row[i])))
			}
			var err error
			if refs, err = p.store.Members.Refs(ctx, ids); err != nil {
				return err
			}
		}
		for _, row := range s.rows {
			row[i] = shown(f.As, row[i], refs)
		}
	}
	return nil
}

// shown is how a value is given out.
func shown(as repository.FieldKind, v any, refs map[model.ID]model.MemberRef) any {
	switch n := number(v); as {
	case repository.AsTime:
		if n == 0 {
			return nil
		}
		return model.Instant(n).String()
	case repository.AsDay:
		if n == 0 {
			return nil
		}
		return model.Day(n).String() // #nosec G115 -- a column of days
	case repository.AsPerson:
		if n == 0 {
			return nil
		}
		return refs[model.ID(n)].DisplayName
	case repository.AsSecret:
		text := fmt.Sprint(v)
		if len(text) < 8 {
			return "***"
		}
		return text[:3] + "***" + text[len(text)-3:]
	}
	return v
}

// number is a value of the database as a number, zero for what is none.
func number(v any) int64 {
	n, _ := v.(int64)
	return n
}

// asJSON writes sheets for programs: by kind, each row by the names of its fields. Numbers that JavaScript would round are
// texts.
func asJSON(e *model.DataExport, sheets []sheet) ([]byte, error) {
	type kind struct {
		Title string           `json:"title"`
		Rows  []map[string]any `json:"rows"`
	}
	kinds := map[string]kind{}
	for _, s := range sheets {
		k := kind{s.kind.Title, []map[string]any{}}
		for _, row := range s.rows {
			fields := map[string]any{}
			for i, f := range s.kind.Fields {
				if n, ok := row[i].(int64); ok && n > 1<<53 {
					row[i] = model.ID(n).String()
				}
				fields[f.Name()] = row[i]
			}
			k.Rows = append(k.Rows, fields)
		}
		kinds[s.kind.Key] = k
	}
	text, err := json.MarshalIndent(map[string]any{"member_id": e.MemberID, "made_for": e.CreatedAt, "kinds": kinds}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("make a copy: %w", err)
	}
	return text, nil
}

// asWorkbook writes sheets for people: one a kind that has rows. All is text: no cell that a person wrote is a formula.
func asWorkbook(sheets []sheet) (_ []byte, err error) {
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	first := file.GetSheetName(0)
	for _, s := range sheets {
		if len(s.rows) == 0 {
			continue
		}
		if _, err := file.NewSheet(s.kind.Title); err != nil {
			return nil, fmt.Errorf("make a workbook: %w", err)
		}
		head := make([]any, len(s.kind.Fields))
		for i, f := range s.kind.Fields {
			head[i] = f.Title
		}
		w, err := file.NewStreamWriter(s.kind.Title)
		if err == nil {
			err = w.SetRow("A1", head)
		}
		for i, row := range s.rows {
			if err == nil {
				err = w.SetRow(fmt.Sprintf("A%d", i+2), cells(row))
			}
		}
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			return nil, fmt.Errorf("make a workbook: %w", err)
		}
	}
	if err := file.DeleteSheet(first); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return nil, fmt.Errorf("make a workbook: %w", err)
	}
	return out.Bytes(), nil
}

func cells(row []any) []any {
	out := make([]any, len(row))
	for i, v := range row {
		if v == nil {
			continue
		}
		out[i] = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.C, r) {
				return ' '
			}
			return r
		}, fmt.Sprint(v))
	}
	return out
}

// readme says what is in a copy, and what is not.
func readme(e *model.DataExport) string {
	return "个人信息副本\r\n\r\n" +
		"依据《中华人民共和国个人信息保护法》第四十五条，应您本人于 " + e.CreatedAt.String() + " 的申请生成。\r\n\r\n" +
		"data.xlsx  每类信息一张表，没有记录的类别不列出。\r\n" +
		"data.json  同样的内容，供程序读取，也可以转移给您指定的其他个人信息处理者。\r\n\r\n" +
		"时间为北京时间；状态、类别等写作系统内的代码。其他人的姓名已打码。\r\n" +
		"没有包括：工作人员写给工作人员的备注（可能涉及您的家人或邻居）、对其他人的记录、您在表决中投了什么（系统从不保存）。\r\n" +
		"要查阅这些内容，或更正、补充、删除，请在“个人信息权利请求”中提出，15 个工作日内答复。\r\n\r\n" +
		"本文件含有您的个人信息，请妥善保管。服务器上的文件 24 小时后删除。\r\n"
}

package roster

import (
	"slices"
	"strings"
	"unicode/utf8"

	"linbanglin/model"
)

// issue tells of a cell, once for all rows of a merge.
func (b *reader) issue(l *line, f Field, s Severity, value, reason string) {
	cell := l.cell(f)
	if key := [3]string{l.t.Name, cell, reason}; !b.told[key] {
		b.told[key] = true
		b.book.Issues = append(b.book.Issues, Issue{l.t.Name, cell, value, reason, s})
	}
}

func (b *reader) bad(l *line, f Field, reason string) { b.issue(l, f, Bad, l.text[f], reason) }

// The lengths that are kept, in characters.
const (
	maxCell = 60
	maxWord = model.MaxSkill // of a cell that lists several
	maxList = 20
)

// readable leaves out cells that are too long to be what their column says, or a formula's error. It is
// false when the row's address is one of them: then nobody knows whose the row is.
func (b *reader) readable(l *line) bool {
	ok := true
	for _, c := range l.t.Columns {
		text := l.text[c.Field]
		switch {
		case formulaErrors[strings.ToUpper(text)]:
			b.bad(l, c.Field, "公式出错")
		case tooLong(c.Field, text):
			b.issue(l, c.Field, Bad, string([]rune(text)[:maxWord])+"…", "内容太长")
		default:
			continue
		}
		l.text[c.Field] = ""
		ok = ok && !slices.Contains([]Field{fieldAddress, fieldBuilding, fieldUnit, fieldDoor}, c.Field)
	}
	return ok
}

// formulaErrors is what a formula that failed shows. It is read only.
var formulaErrors = map[string]bool{"#N/A": true, "#REF!": true, "#VALUE!": true, "#NAME?": true, "#DIV/0!": true, "#NULL!": true, "#NUM!": true}

func tooLong(f Field, text string) bool {
	switch f {
	case fieldIDCard:
		return false // it is not kept
	case fieldSkills, fieldFlags, fieldKind:
		found := words(text)
		return len(found) > maxList || slices.ContainsFunc(found, func(w string) bool { return utf8.RuneCountInString(w) > maxWord })
	}
	return utf8.RuneCountInString(text) > maxCell
}

// phoneOf reads a phone and tells what is wrong with it.
func (b *reader) phoneOf(l *line, f Field) string {
	if l.text[f] == "" {
		return ""
	}
	number, reason, ok := phone(l.text[f])
	switch {
	case !ok:
		b.bad(l, f, reason)
	case reason != "":
		b.issue(l, f, Fixed, l.text[f], reason)
	}
	return number
}

package boards

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"linbanglin/model"
)

// AppendJSON appends the listing as encoding/json writes it. It does so by hand, because boards are what is
// read most, and reflection over a hundred rows costs more than all else that an answer needs.
func (l *Listing) AppendJSON(b []byte) []byte {
	const head, row = 300, 120 // bytes, about
	b = slices.Grow(b, head+row*len(l.Items))
	b = append(b, `{"board":`...)
	b = appendAny(b, l.Board)
	b = append(b, `,"as_of_seq":`...)
	b = strconv.AppendInt(b, l.AsOfSeq, 10)
	b = append(b, `,"source":`...)
	b = appendString(b, l.Source)
	b = append(b, `,"total":`...)
	b = strconv.AppendInt(b, l.Total, 10)
	b = append(b, `,"items":[`...)
	for i, item := range l.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRank(b, item)
	}
	b = append(b, `],"next_cursor":`...)
	b = appendString(b, l.NextCursor)
	return append(b, '}')
}

// appendRank appends a line of a board; those of teams are few.
func appendRank(b []byte, r *model.Rank) []byte {
	if r.Member == nil || r.Team != nil || r.Members != 0 || r.PerHead != 0 {
		return appendAny(b, r)
	}
	b = append(b, `{"rank":`...)
	b = strconv.AppendInt(b, r.Rank, 10)
	b = append(b, `,"member":{`...)
	if r.Member.ID != 0 {
		b = append(b, `"id":"`...)
		b = strconv.AppendInt(b, int64(r.Member.ID), 10)
		b = append(b, `",`...)
	}
	b = append(b, `"display_name":`...)
	b = appendString(b, r.Member.DisplayName)
	b = append(b, `},"points":`...)
	b = strconv.AppendInt(b, r.Points, 10)
	return append(b, '}')
}

// appendString appends a string, as it is when nothing in it needs care.
func appendString(b []byte, s string) []byte {
	for _, r := range s {
		if r < ' ' || r == '"' || r == '\\' || r == '\u2028' || r == '\u2029' || r == utf8.RuneError || r == 0x7f {
			return appendAny(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendAny appends anything by reflection. What boards are made of can always be written.
func appendAny(b []byte, v any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

package ledger

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// Ref says what a line is about.
type Ref struct {
	Type model.RefType `json:"type"`
	ID   model.ID      `json:"id,omitzero"`
}

// Line is a line of a statement: the change and the balance after it.
type Line struct {
	Seq        int64              `json:"seq"`
	At         model.Instant      `json:"at"`
	Kind       model.TransferKind `json:"kind"`
	Code       string             `json:"code"`
	Class      model.Class        `json:"class"`
	Amount     int64              `json:"amount"`
	Balance    int64              `json:"balance"`
	Held       int64              `json:"held" doc:"其中被占用、暂不可用的"`
	Memo       string             `json:"memo"`
	Ref        Ref                `json:"ref"`
	CampaignID model.ID           `json:"campaign_id,omitzero"`
	TransferID model.ID           `json:"transfer_id"`
	Hash       string             `json:"hash"`
}

// BookFooter names the line that a closing balance rests on. It stands for every line before it as well, because
// its hash covers theirs.
type BookFooter struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"` // SHA-256, hexadecimal; empty before the first line
}

// Statement (积分手册) is one account over a period: what it opened and closed with, and lines.
type Statement struct {
	Member  model.MemberRef `json:"member"`
	Unit    model.Measure   `json:"unit"`
	From    model.Day       `json:"from,omitzero" doc:"起始日期；没有则从第一笔起"`
	To      model.Day       `json:"to,omitzero" doc:"截止日期；没有则到最新一笔"`
	Opening int64           `json:"opening"`
	Closing int64           `json:"closing"`
	Footer  BookFooter      `json:"footer"`
	model.List[*Line]
}

// Book is a whole statement to print, oldest line first.
type Book struct {
	Statement
	Community string
	Codes     map[string]string // what the rules call the codes of the lines
	PrintedAt model.Instant
}

// StatementQuery asks for lines of one account. From and To are days, both included; zero is open.
type StatementQuery struct {
	Member  model.ID // zero: the caller
	Measure model.Measure
	From    model.Day
	To      model.Day
}

// MaxBookLines is how many lines one book may have.
const MaxBookLines = 5000

// Statement returns a page of the lines of a member's account, newest first. It fails with ErrForbidden or
// ErrNotFound for someone else's that the caller may not read, and with ErrDays and ErrCursor.
func (l *Ledger) Statement(ctx context.Context, who model.Actor, q StatementQuery, page model.Page) (*Statement, error) {
	span, err := l.span(ctx, who, q)
	if err != nil {
		return nil, err
	}
	s := span.statement
	name := fmt.Sprintf("statement:%d:%d:%d:%d", s.Member.ID, q.Measure, q.From, q.To)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := span.last + 1
	if after != nil {
		before = min(before, after[0])
	}
	rows, err := l.store.Points.Lines(ctx, span.account, span.first, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	if len(rows) > page.Size() {
		rows = rows[:page.Size()]
		s.NextCursor = model.EncodeCursor(name, rows[len(rows)-1].Entry.Seq)
	}
	s.Items = lines(rows)
	return s, nil
}

// Book returns a member's whole statement to print. It fails with ErrStatementLong for more than
// MaxBookLines lines, and as Statement does.
func (l *Ledger) Book(ctx context.Context, who model.Actor, q StatementQuery) (*Book, error) {
	span, err := l.span(ctx, who, q)
	if err != nil {
		return nil, err
	}
	if span.last-span.first > MaxBookLines {
		return nil, model.ErrStatementLong
	}
	rows, err := l.store.Points.Lines(ctx, span.account, span.first, span.last+1, MaxBookLines)
	if err != nil {
		return nil, err
	}
	slices.Reverse(rows)
	community, err := l.nodes.Get(ctx, who.Place.CommunityID)
	if err != nil {
		return nil, err
	}
	b := &Book{*span.statement, community.Name, map[string]string{}, l.now()}
	b.Items = lines(rows)
	rules, err := l.Rules(ctx, community.ID)
	if err != nil && !errors.Is(err, model.ErrNotFound) {
		return nil, err
	}
	if rules != nil {
		for _, r := range rules.Items {
			b.Codes[r.Code] = r.Name
		}
	}
	return b, nil
}

// span is the part of an account that a period takes: the lines after first, up to last.
type span struct {
	statement   *Statement
	account     model.ID // zero when the member has none
	first, last int64
}

// span finds where a period begins and ends among the lines of an account. Both ends are places in its order,
// so that periods that adjoin have no line in common and none between them, whatever clocks did.
func (l *Ledger) span(ctx context.Context, who model.Actor, q StatementQuery) (*span, error) {
	if q.From != 0 && q.To != 0 && q.From > q.To {
		return nil, model.ErrDays
	}
	member, err := l.reader(ctx, who, q.Member)
	if err != nil {
		return nil, err
	}
	s := &span{statement: &Statement{Member: named(who, member), Unit: q.Measure, From: q.From, To: q.To}}
	ids, err := l.existing(ctx, model.Wallet(member.CommunityID, member.ID, q.Measure))
	if err != nil || len(ids) == 0 {
		return s, err
	}
	s.account = ids[0]
	if q.From != 0 {
		opening, err := l.store.Points.EntryBefore(ctx, s.account, q.From.Start())
		if err != nil {
			return nil, err
		}
		if opening != nil {
			s.first, s.statement.Opening = opening.Seq, opening.PostedAfter
		}
	}
	end := model.Instant(math.MaxInt64)
	if q.To != 0 {
		end = q.To.End()
	}
	closing, err := l.store.Points.EntryBefore(ctx, s.account, end)
	if err == nil && closing != nil {
		s.last, s.statement.Closing = closing.Seq, closing.PostedAfter
		s.statement.Footer = BookFooter{closing.Seq, fmt.Sprintf("%x", closing.Hash)}
	}
	return s, err
}

// reader returns the member whose book the caller asks for; zero is the caller. It fails with ErrNotFound
// and ErrForbidden when it is not for them to read.
func (l *Ledger) reader(ctx context.Context, who model.Actor, id model.ID) (*model.Member, error) {
	if id == 0 {
		id = who.MemberID
	}
	member, err := l.store.Members.Known(ctx, id)
	if err != nil {
		return nil, err
	}
	if id != who.MemberID {
		err = who.May(model.OpReadPoints, member.Place)
	}
	return member, err
}

// named names a member to the caller: in full to themselves, masked to others.
func named(who model.Actor, m *model.Member) model.MemberRef {
	if who.MemberID == m.ID && m.Name != "" {
		return model.MemberRef{ID: m.ID, DisplayName: m.Name}
	}
	return model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}
}

func lines(rows []*repository.Line) []*Line {
	list := make([]*Line, len(rows))
	for i, r := range rows {
		e, t := &r.Entry, &r.Transfer
		list[i] = &Line{
			Seq: e.Seq, At: e.CreatedAt, Kind: t.Kind, Code: t.Code, Class: t.Class, Amount: e.PostedDelta, Balance: e.PostedAfter, Held: e.HeldAfter,
			Memo: t.Memo, Ref: Ref{t.RefType, t.RefID}, CampaignID: t.CampaignID, TransferID: t.ID, Hash: fmt.Sprintf("%x", e.Hash),
		}
	}
	return list
}

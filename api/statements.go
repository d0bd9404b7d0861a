package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/booklet"
	"linbanglin/service/ledger"
)

// Statements registers the booklet: as pages of JSON, and whole as a file.
func Statements(l *ledger.Ledger, press *booklet.Press) Noun {
	return func(on *Operations) {
		get(on, "/points/statement", "get-statement", "points", "积分手册",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				StatementInput
			},
			) (*body[*ledger.Statement], error) {
				q, err := in.query()
				if err != nil {
					return nil, err
				}
				return answer(l.Statement(ctx, who, q, in.page()))
			}, own)
		for _, x := range []struct {
			suffix, kind, summary string
			print                 func(context.Context, *ledger.Book) ([]byte, error)
		}{
			{"xlsx", mediaXLSX, "积分手册（Excel）", func(_ context.Context, b *ledger.Book) ([]byte, error) { return press.StatementXLSX(b) }},
			{"html", mediaHTML, "积分手册（可打印的网页）", func(_ context.Context, b *ledger.Book) ([]byte, error) { return press.StatementHTML(b) }},
			{"pdf", mediaPDF, "积分手册（PDF）", press.StatementPDF},
		} {
			get(on, "/points/statement."+x.suffix, "print-statement-"+x.suffix, "points", x.summary,
				func(ctx context.Context, who model.Actor, in *StatementInput) (*file, error) {
					q, err := in.query()
					if err != nil {
						return nil, err
					}
					book, err := l.Book(ctx, who, q)
					if err != nil {
						return nil, err
					}
					content, err := x.print(ctx, book)
					return save(content, err, x.kind, "statement-"+book.PrintedAt.Day().String()+"."+x.suffix)
				}, media(x.kind), own)
		}
	}
}

// StatementInput says which account, and which days of it.
type StatementInput struct {
	AccountInput
	From string `query:"from" doc:"起始日期（含），如 2026-11-01"`
	To   string `query:"to" doc:"截止日期（含）"`
}

// AccountInput says which account.
type AccountInput struct {
	Unit     string `query:"unit" enum:"points,minutes" default:"points"`
	MemberID PathID `query:"member_id" doc:"社区管理员、审计员：查看这位居民的手册"`
}

func (in AccountInput) account() ledger.StatementQuery {
	q := ledger.StatementQuery{Member: in.MemberID.ID, Measure: model.Points}
	if in.Unit == model.Minutes.String() {
		q.Measure = model.Minutes
	}
	return q
}

func (in StatementInput) query() (q ledger.StatementQuery, err error) {
	q = in.account()
	for _, day := range []struct {
		text string
		to   *model.Day
	}{{in.From, &q.From}, {in.To, &q.To}} {
		if day.text == "" {
			continue
		}
		if *day.to, err = model.ParseDay(day.text); err != nil {
			return q, err
		}
	}
	return q, nil
}

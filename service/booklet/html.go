package booklet

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

//go:embed page.css statement.html certificate.html check.html
var pages embed.FS

// templates are read once; html/template escapes whatever is put into them.
var templates = template.Must(template.ParseFS(pages, "page.css", "*.html"))

func render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// row is a line of a statement as it is printed.
type row struct {
	Seq                           int64
	At, What, Class, Change, Memo string
	Balance                       int64
}

func rowsOf(b *ledger.Book) []row {
	rows := make([]row, len(b.Items))
	for i, l := range b.Items {
		rows[i] = row{l.Seq, minute(l.At), clean(what(b, l)), class(l.Class), signed(l.Amount), clean(l.Memo), l.Balance}
	}
	return rows
}

// StatementHTML returns a statement as a page to print, without anything from elsewhere.
func (p *Press) StatementHTML(b *ledger.Book) ([]byte, error) {
	return render("statement.html", map[string]any{
		"Title": title(b.Unit), "Community": clean(b.Community), "Name": clean(b.Member.DisplayName), "Period": period(b.From, b.To),
		"Unit": unit(b.Unit), "Lines": rowsOf(b), "PrintedAt": minute(b.PrintedAt), "Book": b,
	})
}

// service is a row of a certificate's table as it is printed.
type service struct {
	What, Class string
	Times       int64
	Hours       string
}

func servicesOf(c *ledger.Certificate) []service {
	rows := make([]service, len(c.Services))
	for i, s := range c.Services {
		of := model.Verified
		if s.Class == model.Declared.String() {
			of = model.Declared
		}
		rows[i] = service{source(s.Source), class(of) + "时长", s.Times, hours(s.Minutes)}
	}
	return rows
}

// CertificateHTML returns a certificate as a page to print, with a QR code of the address that checks it.
func (p *Press) CertificateHTML(c *ledger.Certificate) ([]byte, error) {
	code, err := newCode(p.checkAddress(c.Number))
	if err != nil {
		return nil, err
	}
	revoked := ""
	if c.Revocation != nil {
		revoked = date(c.Revocation.RevokedAt)
	}
	return render("certificate.html", map[string]any{
		"Number": c.Number, "Name": clean(c.Member.DisplayName), "Member": c.MemberID.String(), "Community": clean(c.Community),
		"From": c.FromDay.String(), "To": c.ToDay.String(), "Total": hours(c.Minutes()), "Verified": hours(c.VerifiedMinutes), "Declared": hours(c.DeclaredMinutes),
		"Services": servicesOf(c), "IssuedAt": date(c.IssuedAt), "QR": code.svg(), "Address": p.checkAddress(c.Number),
		"HeadSeq": c.HeadSeq, "HeadHash": c.HeadHash.String(), "Revoked": revoked,
	})
}

// CheckHTML returns the page that tells a stranger whether a certificate is valid, and nothing else of it.
func (p *Press) CheckHTML(v *ledger.Validity) ([]byte, error) { return render("check.html", v) }

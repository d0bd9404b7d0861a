package ledger

import (
	"context"
	"errors"
	"fmt"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
)

// Certificate is a certificate as a reader sees it.
type Certificate struct {
	model.Certificate
	Member     model.MemberRef   `json:"member"`
	Community  string            `json:"community"`
	Revocation *model.Revocation `json:"revocation,omitempty"`
}

// CertificateQuery asks for a certificate over a period of days, both included.
type CertificateQuery struct {
	Member   model.ID // zero: the caller
	From, To model.Day
}

// Certify (出具证明) issues a certificate of a member's service in a period. It fails with ErrUnbound for a
// caller who is nobody here yet, with ErrForbidden or ErrNotFound for someone else's that the caller may not
// certify, and with ErrDays, ErrFutureDays and ErrNoService.
func (l *Ledger) Certify(ctx context.Context, who model.Actor, q CertificateQuery) (*Certificate, error) {
	now := l.now()
	switch {
	case !who.Bound():
		return nil, model.ErrUnbound
	case q.From > q.To:
		return nil, model.ErrDays
	case q.To > now.Day():
		return nil, model.ErrFutureDays
	}
	if q.Member == 0 {
		q.Member = who.MemberID
	}
	member, err := l.store.Members.Known(ctx, q.Member)
	if err != nil {
		return nil, err
	}
	if member.ID != who.MemberID {
		if err := who.May(model.OpCertify, member.Place); err != nil {
			return nil, err
		}
	}
	issued, err := repository.Once(ctx, l.store, now, func(tx *repository.Store) (*numbered, error) {
		c := &model.Certificate{
			ID: l.store.NewID(), CommunityID: member.CommunityID, MemberID: member.ID, Number: model.NewCertificateNumber(now.Time().Year()),
			FromDay: q.From, ToDay: q.To, Services: []*model.CertifiedService{}, IssuedBy: who.MemberID, IssuedAt: now,
		}
		if err := l.addUp(ctx, tx, c); err != nil {
			return nil, err
		}
		return &numbered{c.Number}, tx.Certificates.Create(ctx, c)
	})
	if err != nil {
		return nil, err
	}
	return l.Certificate(ctx, who, issued.Number)
}

// numbered is what an idempotency key remembers of a certificate: with the number, the row tells the rest.
type numbered struct{ Number string }

// addUp writes on a certificate what its member served, and how far the stream had come.
func (l *Ledger) addUp(ctx context.Context, tx *repository.Store, c *model.Certificate) error {
	wallet := model.Wallet(c.CommunityID, c.MemberID, model.Minutes)
	found, err := tx.Points.AccountIDs(ctx, []model.AccountKey{wallet})
	if err != nil {
		return err
	}
	rows, err := tx.Points.Served(ctx, found[wallet], c.FromDay, c.ToDay)
	if err != nil {
		return err
	}
	for _, r := range rows {
		switch r.Class {
		case model.Verified:
			c.VerifiedMinutes += r.Minutes
		case model.Declared:
			c.DeclaredMinutes += r.Minutes
		default:
			continue // no service
		}
		if r.Minutes != 0 {
			c.Services = append(c.Services, &model.CertifiedService{Source: r.Source.String(), Class: r.Class.String(), Times: r.Times, Minutes: r.Minutes})
		}
	}
	if c.Minutes() <= 0 {
		return model.ErrNoService
	}
	head, err := tx.Stream.Cursor(ctx, sealCursor)
	if err == nil {
		c.HeadSeq, c.HeadHash = head.Seq, head.Hash
	}
	return err
}

// Certificate returns a certificate by its number: to its member and to who issues certificates with the full
// name, to others who may read the member's points with a masked one. It fails with ErrNotFound for an unknown
// number and for a certificate that is not for the caller to know of.
func (l *Ledger) Certificate(ctx context.Context, who model.Actor, number string) (*Certificate, error) {
	row, err := l.certificate(ctx, number)
	if err != nil {
		return nil, err
	}
	if _, err := l.reader(ctx, who, row.MemberID); model.Reason(err).Kind == model.Forbidden {
		return nil, model.ErrNotFound
	} else if err != nil {
		return nil, err
	}
	seen, err := l.see(ctx, who, []*model.Certificate{row})
	if err != nil {
		return nil, err
	}
	return seen[0], nil
}

func (l *Ledger) certificate(ctx context.Context, number string) (*model.Certificate, error) {
	number, err := model.ParseCertificateNumber(number)
	if err != nil {
		return nil, err
	}
	return l.store.Certificates.OfNumber(ctx, number)
}

// see dresses certificates of one community up for a reader.
func (l *Ledger) see(ctx context.Context, who model.Actor, rows []*model.Certificate) ([]*Certificate, error) {
	seen, ids := make([]*Certificate, len(rows)), make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	revoked, err := l.store.Certificates.Revocations(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		member, err := l.store.Members.Known(ctx, r.MemberID)
		if err != nil {
			return nil, err
		}
		community, err := l.nodes.Get(ctx, r.CommunityID)
		if err != nil {
			return nil, err
		}
		seen[i] = &Certificate{*r, named(who, member), community.Name, revoked[r.ID]}
		if who.May(model.OpCertify, member.Place) == nil && member.Name != "" {
			seen[i].Member.DisplayName = member.Name
		}
	}
	return seen, nil
}

// Certificates lists the certificates of a member, newest first. It fails with ErrCursor, and with ErrForbidden
// or ErrNotFound for someone else's that the caller may not read.
func (l *Ledger) Certificates(ctx context.Context, who model.Actor, of model.ID, page model.Page) (*model.List[*Certificate], error) {
	member, err := l.reader(ctx, who, of)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("certificates:%d", member.ID)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := model.ID(math.MaxInt64)
	if after != nil {
		before = model.ID(after[0])
	}
	rows, err := l.store.Certificates.OfMember(ctx, member.ID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := &model.List[*Certificate]{}
	if len(rows) > page.Size() {
		rows = rows[:page.Size()]
		list.NextCursor = model.EncodeCursor(name, int64(rows[len(rows)-1].ID))
	}
	list.Items, err = l.see(ctx, who, rows)
	return list, err
}

// Uncertify (撤销证明) ends a certificate, once and with a reason. It fails with ErrForbidden, with ErrNotFound
// and with ErrRevoked.
func (l *Ledger) Uncertify(ctx context.Context, who model.Actor, number, reason string) (*Certificate, error) {
	row, err := l.certificate(ctx, number)
	if err != nil {
		return nil, err
	}
	member, err := l.store.Members.Known(ctx, row.MemberID)
	if err != nil {
		return nil, err
	}
	if err := who.May(model.OpUncertify, member.Place); err != nil {
		return nil, err
	}
	now := l.now()
	_, err = repository.Once(ctx, l.store, now, func(tx *repository.Store) (*numbered, error) {
		return &numbered{row.Number}, tx.Certificates.Revoke(ctx, &model.Revocation{
			CertificateID: row.ID, Reason: reason, RevokedBy: who.MemberID, RevokedAt: now,
		})
	})
	if errors.Is(err, model.ErrDuplicate) {
		err = model.ErrRevoked
	}
	if err != nil {
		return nil, err
	}
	return l.Certificate(ctx, who, row.Number)
}

// stillServed reports whether what a certificate says was served is still booked.
func (l *Ledger) stillServed(ctx context.Context, c *model.Certificate) (bool, error) {
	now := &model.Certificate{CommunityID: c.CommunityID, MemberID: c.MemberID, FromDay: c.FromDay, ToDay: c.ToDay}
	if err := l.addUp(ctx, l.store, now); errors.Is(err, model.ErrNoService) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return now.VerifiedMinutes >= c.VerifiedMinutes && now.DeclaredMinutes >= c.DeclaredMinutes, nil
}

// Validity is all that a stranger learns of a certificate.
type Validity struct {
	Valid bool   `json:"valid"`
	Name  string `json:"name,omitempty"` // masked
}

// Validity tells whether a number is one of a certificate in force, and the masked name on it. A number that is
// unknown, malformed or revoked, or of whose service some was taken back since, gets one and the same answer.
func (l *Ledger) Validity(ctx context.Context, number string) (*Validity, error) {
	row, err := l.certificate(ctx, number)
	if errors.Is(err, model.ErrNotFound) {
		return &Validity{}, nil
	}
	if err != nil {
		return nil, err
	}
	revoked, err := l.store.Certificates.Revocations(ctx, []model.ID{row.ID})
	if err != nil || revoked[row.ID] != nil {
		return &Validity{}, err
	}
	if served, err := l.stillServed(ctx, row); err != nil || !served {
		return &Validity{}, err
	}
	member, err := l.store.Members.Known(ctx, row.MemberID)
	if err != nil {
		return nil, err
	}
	return &Validity{true, model.MaskName(member.Name)}, nil
}

package disclosure

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// booking is a published declaration on its last step.
type booking struct {
	work     *model.Declaration
	item     *model.PublicationItem // what was published is what is booked
	member   *model.Member
	granted  model.Credit
	reason   string   // why that is less than was asked for
	transfer model.ID // the first that was posted
}

// undisputed returns those of the declarations of a locked publication that are still to be booked and that
// no appeal keeps waiting. It fails with ErrSnapshot when the items are not those that were published.
func undisputed(ctx context.Context, tx *repository.Store, p *model.Publication, ids []model.ID, now model.Instant) ([]*booking, error) {
	items, err := tx.Publications.AllItems(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if !p.Intact(items) {
		return nil, model.ErrSnapshot
	}
	all, err := tx.Appeals.OfPublication(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	appeals, pending := map[model.ID][]*model.Appeal{}, map[model.ID]bool{}
	for _, a := range all {
		appeals[a.DeclarationID] = append(appeals[a.DeclarationID], a)
		pending[a.DeclarationID] = pending[a.DeclarationID] || a.Pending(now)
	}
	work, err := tx.Declarations.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	var due []*booking
	var people []model.ID
	for _, item := range items {
		w := work[item.DeclarationID]
		if w == nil || w.PublicationID != p.ID || w.Status != model.DeclarationPublished || pending[w.ID] {
			continue
		}
		b := &booking{work: w, item: item}
		b.granted, b.reason = model.Granted(item.Declared, appeals[w.ID])
		due, people = append(due, b), append(people, item.MemberID)
	}
	members, err := tx.Members.ByIDs(ctx, people)
	for _, b := range due {
		b.member = members[b.item.MemberID]
	}
	return due, err
}

// post posts what the bookings grant.
func (d *Disclosure) post(ctx context.Context, tx *repository.Store, p *model.Publication, due []*booking) error {
	var postings []ledger.Posting
	first := make([]int, len(due))
	for i, b := range due {
		first[i] = len(postings)
		postings = append(postings, b.postings(p)...)
	}
	if len(postings) == 0 {
		return nil
	}
	results, err := d.ledger.PostTx(ctx, tx, postings...)
	if err != nil {
		return err
	}
	for i, b := range due {
		if b.granted != (model.Credit{}) {
			b.transfer = results[first[i]].TransferID
		}
	}
	return nil
}

// postings returns what the booking earns: points by the rule of the day of the work, and minutes.
func (b *booking) postings(p *model.Publication) []ledger.Posting {
	base := ledger.Posting{
		RuleVersion: b.item.RuleVersion, Class: model.Declared, Ref: model.RefDeclared, RefID: b.work.ID,
		Member: b.member, At: b.item.EndedAt, Actor: p.CreatedBy, Memo: p.Title,
	}
	community, key := b.member.CommunityID, "declaration:"+b.work.ID.String()
	var postings []ledger.Posting
	for _, part := range []struct {
		measure   model.Measure
		amount    int64
		key, code string
	}{{model.Points, b.granted.Points, key, b.item.Code}, {model.Minutes, b.granted.Minutes, key + ":minutes", model.CodeMinutes}} {
		if part.amount == 0 {
			continue
		}
		posting := base
		posting.Key, posting.Code, posting.Amount = part.key, part.code, part.amount
		posting.Debit, posting.Credit = model.Pool(community, part.measure), model.Wallet(community, b.member.ID, part.measure)
		postings = append(postings, posting)
	}
	return postings
}

// end writes the booking on its declaration. Where several appeals have left nothing, it is refused.
func (b *booking) end(now model.Instant) error {
	if b.granted == (model.Credit{}) {
		return b.work.Reject(b.reason, now)
	}
	return b.work.Book(b.granted, b.reason, b.transfer, now)
}

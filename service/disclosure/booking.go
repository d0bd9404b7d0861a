package disclosure

import (
	"context"
	"errors"
	"fmt"

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
	members, err := tx.Members.Some(ctx, people)
	for _, b := range due {
		b.member = members[b.item.MemberID]
	}
	return due, err
}

// post posts what the bookings grant, each for itself, and returns those that the ledger took. What one of them
// does wrong keeps none of the others waiting; the errors are joined. Failed is one of them all.
func (d *Disclosure) post(ctx context.Context, tx *repository.Store, p *model.Publication, due []*booking) (taken []*booking, own, failed error) {
	rules := map[int32]*model.RuleSet{}
	jobs := make([]ledger.Job, len(due))
	for i, b := range due {
		version := b.item.RuleVersion
		if rules[version] == nil {
			set, err := tx.Points.RuleSet(ctx, p.CommunityID, version)
			if err != nil {
				return nil, nil, err
			}
			rules[version] = set
		}
		jobs[i].Postings = b.postings(p, rules[version])
	}
	outcomes, err := d.ledger.PostMany(ctx, tx, jobs)
	if err != nil {
		return nil, nil, err
	}
	var failures []error
	for i, b := range due {
		if err := outcomes[i].Err; err != nil {
			failures = append(failures, fmt.Errorf("declaration %d: %w", b.work.ID, err))
			continue
		}
		b.take(jobs[i].Postings, outcomes[i].Results)
		taken = append(taken, b)
	}
	return taken, errors.Join(failures...), nil
}

// postings returns what the booking earns by the rules of the day of the work, as far as their caps go: points and
// minutes.
func (b *booking) postings(p *model.Publication, rules *model.RuleSet) []ledger.Posting {
	base := ledger.Posting{
		Rules: rules, Class: model.Declared, Clip: true, Ref: model.RefDeclared, RefID: b.work.ID,
		Member: b.member, At: b.item.EndedAt, Actor: p.CreatedBy, Memo: p.Title,
	}
	key := "declaration:" + b.work.ID.String()
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
		posting.Debit, posting.Credit = model.Pool(p.CommunityID, part.measure), model.Wallet(p.CommunityID, b.member.ID, part.measure)
		postings = append(postings, posting)
	}
	return postings
}

// take notes what the ledger granted.
func (b *booking) take(postings []ledger.Posting, results []ledger.Result) {
	var granted model.Credit
	for i, r := range results {
		if postings[i].Credit.Measure == model.Points {
			granted.Points = r.Amount
		} else {
			granted.Minutes = r.Amount
		}
		if b.transfer == 0 {
			b.transfer = r.TransferID
		}
	}
	if granted != b.granted {
		b.granted, b.reason = granted, model.ErrCapped.Message
	}
}

// end writes the booking on its declaration. Where appeals and caps have left nothing, it is refused.
func (b *booking) end(now model.Instant) error {
	if b.granted == (model.Credit{}) {
		return b.work.Reject(b.reason, now)
	}
	return b.work.Book(b.granted, b.reason, b.transfer, now)
}

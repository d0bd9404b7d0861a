package market

import (
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// Review is what is said of finished work: a rating from 1 to 5, and verdicts on work that was not done as reported.
type Review struct {
	Rating   int
	Comment  string
	Verdicts []model.Verdict
	Call     *model.Callback // to the requester, when somebody else confirms
}

// Confirm accepts the finished work with a rating from 1 to 5, and credits its helpers: both happen or
// neither does. Who speaks for a requester confirms on a call to them. It fails with ErrForbidden unless the caller
// speaks for the requester, with ErrCallbackRequired without the call, with ErrInvalid on
// another rating or on verdicts that fit no claim, with ErrContentRisky, and with ErrRequestState unless the work is done or disputed.
func (m *Market) Confirm(ctx context.Context, who model.Actor, id model.ID, review Review) (*model.HelpRequest, error) {
	said := review.Comment
	check, shown, err := m.remark(ctx, who, said)
	if err != nil {
		return repository.AnswerOr[*model.HelpRequest](ctx, m.store, err)
	}
	review.Comment = shown
	confirmed, err := m.confirmReviewed(ctx, who, id, review)
	if err != nil || check == nil {
		return confirmed, err
	}
	// Beside the confirmation, which goes with those of others. Who asks again after a crash in between brings it again.
	return confirmed, m.store.Tx(ctx, func(tx *repository.Store) error {
		r, err := tx.Requests.Lock(ctx, id)
		if err != nil {
			return err
		}
		return m.holdComment(ctx, tx, check, who, r, said, r.SettledAt())
	})
}

func (m *Market) confirmReviewed(ctx context.Context, who model.Actor, id model.ID, review Review) (*model.HelpRequest, error) {
	confirmed, err := m.confirmAsRead(ctx, who, id, review)
	if !errors.Is(err, model.ErrStale) {
		return confirmed, err
	}
	defer m.ledger.Nudge()
	return m.change(ctx, who, id, model.ActionConfirm, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := speaks(ctx, tx, who, r, review.Call, now); err != nil {
			return err
		}
		return m.confirm(ctx, tx, r, who.MemberID, review, now)
	})
}

// confirmAsRead confirms a request as it was read, together with what others post at the same time. It fails with
// ErrStale when the request has changed meanwhile, or has nothing to post.
func (m *Market) confirmAsRead(ctx context.Context, who model.Actor, id model.ID, review Review) (*model.HelpRequest, error) {
	var earlier *model.HelpRequest
	if found, err := repository.Replay(ctx, m.store, &earlier); found || err != nil {
		return earlier, err
	}
	shown, job, err := m.confirmation(ctx, who, id, review)
	if err != nil {
		// It may have been confirmed under the key since.
		return repository.AnswerOr[*model.HelpRequest](ctx, m.store, err)
	}
	done, _, err := ledger.Once(ctx, m.ledger, *job, m.now(), func([]ledger.Result) *model.HelpRequest { return shown })
	return done, err
}

// confirmation is what a request becomes by being confirmed, as the caller may see it, and the job that makes it so.
func (m *Market) confirmation(ctx context.Context, who model.Actor, id model.ID, review Review) (*model.HelpRequest, *ledger.Job, error) {
	r, err := m.store.Requests.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if err := mayRead(who, r); err != nil {
		return nil, nil, err
	}
	now, from := m.now(), r.Stand()
	if err := speaks(ctx, m.store, who, r, review.Call, now); err != nil {
		return nil, nil, err
	}
	if r.Status == model.RequestDisputed {
		return nil, nil, model.ErrStale // what was posted before may have to be taken back
	}
	if err := r.Confirm(review.Rating, review.Comment, review.Verdicts, now); err != nil {
		return nil, nil, err
	}
	rules, err := m.ledger.Rules(ctx, r.CommunityID)
	if err != nil {
		return nil, nil, err
	}
	postings, err := credits(ctx, m.store, r, from, rules, who.MemberID)
	if err == nil && len(postings) == 0 {
		err = model.ErrStale
	}
	if err != nil {
		return nil, nil, err
	}
	w := m.written(r, from, model.ActionConfirm, who.MemberID, now)
	job := &ledger.Job{Postings: postings, Row: r.ID}
	job.Change, job.Rows = m.together(w)
	shown := *r
	shown.Claims = make([]*model.Claim, len(r.Claims))
	for i, c := range r.Claims {
		seen := *c
		shown.Claims[i] = &seen
	}
	_, err = m.view(ctx, m.store, who, &shown)
	return &shown, job, err
}

// confirm ends a request well and credits its helpers by the rules in force.
func (m *Market) confirm(ctx context.Context, tx *repository.Store, r *model.HelpRequest, by model.ID, review Review, now model.Instant) error {
	disputed := r.Status == model.RequestDisputed
	err := m.settle(ctx, tx, r, by, func() error { return r.Confirm(review.Rating, review.Comment, review.Verdicts, now) })
	if err != nil || !disputed {
		return err
	}
	return tx.Disputes.Resolve(ctx, r.ID, by, model.DisputeSettled, "", now)
}

// settle has a step say how the helpers' work was done, and the ledger follow: what was credited and is not any more
// is taken back, and what is credited now is posted.
func (m *Market) settle(ctx context.Context, tx *repository.Store, r *model.HelpRequest, by model.ID, step func() error) error {
	from := r.Stand()
	if err := step(); err != nil {
		return err
	}
	if err := m.takeBack(ctx, tx, r, from, by); err != nil {
		return err
	}
	if err := vindicate(ctx, tx, r, from, by, m.now()); err != nil {
		return err
	}
	rules, err := m.ledger.RulesTx(ctx, tx, r.CommunityID)
	if err != nil {
		return err
	}
	postings, err := credits(ctx, tx, r, from, rules, by)
	if err != nil || len(postings) == 0 {
		return err
	}
	_, err = m.ledger.PostTx(ctx, tx, postings...)
	return err
}

// vindicate excuses the misses of helpers who were said not to have come, and had.
func vindicate(ctx context.Context, tx *repository.Store, r *model.HelpRequest, from model.Stand, by model.ID, now model.Instant) error {
	var kept []model.ID
	for _, c := range r.Claims {
		if c.Status == model.ClaimConfirmed && from.Claim(c.ID).Status == model.ClaimMissed {
			kept = append(kept, c.ID)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return tx.Misses.Excuse(ctx, kept, by, r.Reason, now)
}

// takeBack reverses what was credited for claims of which something else is said now.
func (m *Market) takeBack(ctx context.Context, tx *repository.Store, r *model.HelpRequest, from model.Stand, by model.ID) error {
	var keys []string
	for _, c := range r.Claims {
		if had := from.Claim(c.ID); had.Status == model.ClaimConfirmed && (c.Status != had.Status || c.Minutes != had.Minutes) {
			keys = append(keys, creditKey(c.ID, false), creditKey(c.ID, false)+minutesKey)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	posted, err := tx.Points.TransfersByKey(ctx, keys)
	for _, t := range posted {
		if err != nil {
			break
		}
		if _, err = m.ledger.ReverseTx(ctx, tx, t, by, r.Reason); errors.Is(err, model.ErrAlreadyReversed) {
			err = nil // by an administrator
		}
	}
	return err
}

// minutesKey ends the key of a posting of minutes.
const minutesKey = ":minutes"

// creditKey is the key under which a claim is credited, the first time or again after a dispute.
func creditKey(claim model.ID, again bool) string {
	if again {
		return "resolve:" + claim.String()
	}
	return "confirm:" + claim.String()
}

// credits returns what the helpers earn by what became of a request since a stand: points by the rule, in proportion
// to the minutes that were confirmed of those reported, and those minutes.
func credits(ctx context.Context, tx *repository.Store, r *model.HelpRequest, from model.Stand, rules *model.RuleSet, by model.ID) ([]ledger.Posting, error) {
	task, err := rules.Find(model.RuleTaskDone)
	if err != nil {
		return nil, err
	}
	var postings []ledger.Posting
	for _, c := range r.Claims {
		had := from.Claim(c.ID)
		if c.Status != model.ClaimConfirmed || had.Status == c.Status && had.Minutes == c.Minutes {
			continue
		}
		helper, err := tx.Members.Get(ctx, c.HelperID)
		if err != nil {
			return nil, err
		}
		p := ledger.Posting{
			Key: creditKey(c.ID, had.Status != model.ClaimFinished), Code: task.Code, Rules: rules, Class: task.Class, Clip: true, Counter: r.RequesterID,
			Debit: model.Pool(r.CommunityID, model.Points), Credit: model.Wallet(r.CommunityID, helper.ID, model.Points),
			Ref: model.RefRequest, RefID: r.ID, Member: helper, At: c.FinishedAt, Actor: by,
		}
		if task.Amount != nil {
			if p.Amount = c.Share(*task.Amount); p.Amount > 0 {
				postings = append(postings, p)
			}
		}
		if c.Minutes > 0 {
			p.Key, p.Code, p.Amount = p.Key+minutesKey, model.CodeMinutes, int64(c.Minutes)
			p.Debit, p.Credit = model.Pool(r.CommunityID, model.Minutes), model.Wallet(r.CommunityID, helper.ID, model.Minutes)
			postings = append(postings, p)
		}
	}
	return postings, nil
}

// Rate has a party of a confirmed request rate the other side: a helper who asked, or who asked a helper, without a
// claim all whom they have not rated. Neither sees what the other said before both have spoken or RateWithin has passed.
// It fails with ErrInvalid, ErrContentRisky, ErrNotHelper, ErrRated and ErrRequestState.
func (m *Market) Rate(ctx context.Context, who model.Actor, id, claim model.ID, rating int, comment string) (*model.HelpRequest, error) {
	check, shown, err := m.remark(ctx, who, comment)
	if err != nil {
		return repository.AnswerOr[*model.HelpRequest](ctx, m.store, err)
	}
	return m.change(ctx, who, id, model.ActionRate, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := r.Rate(who.MemberID, claim, rating, shown, now); err != nil {
			return err
		}
		return m.holdComment(ctx, tx, check, who, r, comment, now)
	})
}

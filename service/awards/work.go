package awards

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

const (
	// chunkLines is how many lines are booked in one transaction at most.
	chunkLines = 200
	// workPoll is how soon batches that another process left are taken up at the latest.
	workPoll = 2 * time.Second
	// runningBatches is how many batches are looked at in one round.
	runningBatches = 20
)

func (a *Awards) nudge() {
	select {
	case a.nudged <- struct{}{}:
	default:
	}
}

// Run works on the batches that run until the context ends. Any number of processes may.
func (a *Awards) Run(ctx context.Context, failed func(error)) {
	poll := time.NewTicker(workPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.nudged:
		case <-poll.C:
		}
		ids, err := a.store.Batches.Running(ctx, runningBatches)
		for _, id := range ids {
			err = errors.Join(err, a.work(ctx, id))
		}
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

// work books the lines of a batch that are not booked yet.
func (a *Awards) work(ctx context.Context, id model.ID) error {
	defer a.ledger.Nudge()
	for size := chunkLines; ctx.Err() == nil; {
		done, err := a.chunk(ctx, id, size)
		switch {
		case err != nil && size > 1 && !errors.Is(err, model.ErrUnavailable):
			size /= 2 // so that a line's fault is its own
		case err != nil || done:
			return err
		}
	}
	return ctx.Err()
}

// chunk books the next lines of a batch with what became of them, in one transaction.
func (a *Awards) chunk(ctx context.Context, id model.ID, size int) (done bool, err error) {
	batch, err := a.store.Batches.Get(ctx, id)
	if err != nil || batch.Status == model.BatchDone {
		return true, err
	}
	lines, err := a.store.Batches.Lines(ctx, id, batch.Done, size)
	if err != nil {
		return false, err
	}
	// Before the transaction, because it reads on connections of its own.
	postings, err := a.postings(ctx, batch, lines)
	if err != nil {
		return false, err
	}
	from := batch.Done
	err = a.store.Tx(ctx, func(tx *repository.Store) error {
		b, err := tx.Batches.Lock(ctx, id)
		if err != nil {
			return err
		}
		done = b.Status == model.BatchDone
		if b.Done != from {
			return nil // another process was faster
		}
		booked, err := a.book(ctx, tx, b, lines, postings)
		if err != nil {
			return err
		}
		done = b.Status == model.BatchDone
		return tx.Batches.Save(ctx, b, booked)
	})
	return done, err
}

// postings makes what each line asks for; a line that cannot be gets its outcome.
func (a *Awards) postings(ctx context.Context, b *model.Batch, lines []*model.BatchLine) ([]*ledger.Posting, error) {
	author, err := a.author(ctx, b.CreatedBy)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(lines))
	for i, l := range lines {
		ids[i] = l.MemberID
	}
	members, err := a.store.Members.Some(ctx, ids)
	if err != nil {
		return nil, err
	}
	postings := make([]*ledger.Posting, len(lines))
	for i, l := range lines {
		if l.Outcome != model.LineWaiting {
			continue
		}
		m := members[l.MemberID]
		if m == nil || m.CommunityID != b.CommunityID {
			l.Outcome = model.ErrLineMember.Code
			continue
		}
		p, err := a.ledger.Grant(ctx, author, m, ledger.Award{Member: m.ID, Amount: l.Asked, Code: b.Code, Campaign: b.CampaignID, Memo: l.Memo})
		if err != nil {
			if l.Outcome, err = outcomeOf(err); err != nil {
				return nil, err
			}
			continue
		}
		p.Key, p.Batch = fmt.Sprintf("batch:%d:%d", b.ID, l.LineNo), b.ID
		if b.CampaignID == 0 {
			p.Ref, p.RefID = model.RefBatch, b.ID
		}
		postings[i] = p
	}
	return postings, nil
}

// author returns who made a batch, with the roles they hold now: a role that was taken away books no more.
func (a *Awards) author(ctx context.Context, id model.ID) (model.Actor, error) {
	m, err := a.store.Members.Get(ctx, id)
	if err != nil {
		return model.Actor{}, err
	}
	grants, err := a.store.Roles.Of(ctx, id)
	return model.Actor{MemberID: m.ID, Place: m.Place, Grants: grants}, err
}

// outcomeOf returns why a line failed; what is not the line's fault is an error.
func outcomeOf(err error) (string, error) {
	switch reason := model.Reason(err); reason.Kind {
	case model.Internal, model.Unavailable:
		return "", err
	default:
		return reason.Code, nil
	}
}

// book posts lines of a batch that nobody else works on, and returns them with what became of them.
func (a *Awards) book(ctx context.Context, tx *repository.Store, b *model.Batch, lines []*model.BatchLine, postings []*ledger.Posting) ([]*model.BatchLine, error) {
	allowed, err := allowances(ctx, tx, b, lines, postings)
	if err != nil {
		return nil, err
	}
	var jobs []ledger.Job
	var asked []*model.BatchLine
	booked := make([]*model.BatchLine, len(lines))
	for i, line := range lines {
		l := *line // the transaction may run twice
		booked[i] = &l
		if postings[i] != nil {
			jobs = append(jobs, ledger.Job{Postings: []ledger.Posting{*postings[i]}, Allowances: allowed(l.MemberID)})
			asked = append(asked, &l)
		}
	}
	outcomes, err := a.ledger.PostMany(ctx, tx, jobs)
	if err != nil {
		return nil, err
	}
	for i, o := range outcomes {
		l := asked[i]
		if o.Err != nil {
			if l.Outcome, err = outcomeOf(o.Err); err != nil {
				return nil, err
			}
			continue
		}
		l.Outcome, l.Granted, l.TransferID = model.LineGranted, o.Results[0].Amount, o.Results[0].TransferID
	}
	failed, granted := 0, int64(0)
	for _, l := range booked {
		if granted += l.Granted; l.Outcome != model.LineGranted {
			failed++
		}
	}
	b.Lines(len(booked), failed, granted, a.now())
	return booked, nil
}

// allowances returns what the batch's caps, and the limits of its campaign, leave to each of the members of lines.
func allowances(ctx context.Context, tx *repository.Store, b *model.Batch, lines []*model.BatchLine, postings []*ledger.Posting) (func(model.ID) []*ledger.Allowance, error) {
	total, byMember := &ledger.Allowance{Left: b.CapTotal - b.Granted, Over: model.ErrAllowance}, map[model.ID]*ledger.Allowance{}
	if b.CapMember > 0 {
		ids := make([]model.ID, len(lines))
		for i, l := range lines {
			ids[i] = l.MemberID
		}
		granted, err := tx.Batches.Granted(ctx, b.ID, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			byMember[id] = &ledger.Allowance{Left: b.CapMember - granted[id], Over: model.ErrAllowance}
		}
	}
	limits, err := limitsOf(ctx, tx, b, postings)
	return func(member model.ID) (allowed []*ledger.Allowance) {
		if b.CapTotal > 0 {
			allowed = append(allowed, total)
		}
		for _, left := range []*ledger.Allowance{byMember[member], limits[member]} {
			if left != nil {
				allowed = append(allowed, left)
			}
		}
		return allowed
	}, err
}

// limitsOf returns what the limits of a batch's campaign leave the members of postings, nothing where it has none.
func limitsOf(ctx context.Context, tx *repository.Store, b *model.Batch, postings []*ledger.Posting) (map[model.ID]*ledger.Allowance, error) {
	if b.CampaignID == 0 {
		return nil, nil
	}
	c, err := tx.Campaigns.Get(ctx, b.CampaignID)
	if err != nil {
		return nil, err
	}
	var people []model.ID
	var measure model.Measure
	for _, p := range postings {
		if p != nil {
			people, measure = append(people, p.Member.ID), p.Credit.Measure
		}
	}
	return ledger.LeftOf(ctx, tx, c, measure, people)
}

package deliberation

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// SweepNotices tells the electorate, some at a time, that a vote is open, and later what came of it. It reads how far it
// came, so any number of processes may run it, at any time. It returns how many batches it told.
func (d *Deliberation) SweepNotices(ctx context.Context) (told int, err error) {
	var failures []error
	for range tellRounds {
		ids, err := d.store.Proposals.Untold(ctx, sweepBatch)
		if err != nil || len(ids) == 0 {
			return told, errors.Join(append(failures, err)...)
		}
		n, err := d.store.Each(ctx, "tell of proposal", ids, func(tx *repository.Store, id model.ID) (bool, error) { return d.tell(ctx, tx, id) })
		if told, failures = told+n, append(failures, err); n == 0 {
			break
		}
	}
	return told, errors.Join(failures...)
}

// tell tells the next of those who are to know of the opening or the result of a proposal.
func (d *Deliberation) tell(ctx context.Context, tx *repository.Store, id model.ID) (bool, error) {
	p, err := tx.Proposals.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	last, news := &p.ToldResult, resultNotice
	switch {
	case p.Status == model.ProposalVoting:
		last, news = &p.ToldOpening, openingNotice
	case p.Tally == nil, p.Status == model.ProposalCancelled:
		return false, nil
	}
	if *last == model.AllTold {
		return false, nil
	}
	people, err := d.audience(ctx, tx, p, *last)
	if err != nil {
		return false, err
	}
	notices := make([]*model.Notice, len(people))
	for i, member := range people {
		n := news(p)
		n.CommunityID, n.MemberID, n.CreatedAt, n.Ref = p.CommunityID, member, d.now(), model.NoticeRef{Type: model.RefProposal, ID: p.ID}
		n.Key = fmt.Sprintf("%s:%d", n.Kind, p.ID)
		notices[i] = n
	}
	if err := notify.Tell(ctx, tx, notices...); err != nil {
		return false, err
	}
	if *last = model.AllTold; len(people) == tellBatch {
		*last = people[len(people)-1]
	}
	return true, tx.Proposals.Update(ctx, p)
}

// audience returns those after a member who are to know of a vote: its electorate, or whoever lives there where there is
// none.
func (d *Deliberation) audience(ctx context.Context, tx *repository.Store, p *model.Proposal, after model.ID) ([]model.ID, error) {
	if p.Binds() && p.OpensAt != 0 {
		return tx.Ballots.Electors(ctx, p.ID, after, tellBatch)
	}
	return tx.Ballots.Adults(ctx, p, yearOf(d.now()), after, tellBatch)
}

func openingNotice(p *model.Proposal) *model.Notice {
	n := &model.Notice{
		Kind: model.NoticeVoteOpened, Title: "请您参加表决",
		Body: fmt.Sprintf("议题《%s》开始表决，%s 截止。无记名投票，投了什么不保存。", p.Title, noticeTime(p.ClosesAt)),
	}
	if !p.Binds() {
		n.Title, n.Body = "想听听您的意见", fmt.Sprintf("《%s》正在征询意见，%s 截止。%s。", p.Title, noticeTime(p.ClosesAt), model.SurveyNote)
	}
	return n
}

func resultNotice(p *model.Proposal) *model.Notice {
	what := "未获通过"
	switch {
	case !p.Binds():
		what = "意见征询已经结束"
	case p.Tally.Passed:
		what = "已获通过"
	case p.Tally.Failed == model.FailedByQuorum:
		what = "参加人数不够，未获通过"
	}
	return &model.Notice{
		Kind: model.NoticeVoteResult, Title: "表决结果",
		Body: fmt.Sprintf("议题《%s》%s：应投 %d 票，实投 %d 票。", p.Title, what, p.Tally.Electorate, p.Tally.Voted),
	}
}

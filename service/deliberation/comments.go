package deliberation

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Say puts a comment of the caller's into the discussion of a proposal; one with words of the community's list waits for a
// moderator. It fails with ErrForbidden for who does not live in its scope, with ErrInvalid, and with ErrProposalState
// while there is no discussion.
func (d *Deliberation) Say(ctx context.Context, who model.Actor, id model.ID, text string) (*model.ProposalComment, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.ProposalComment, error) {
		p, err := tx.Proposals.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := readable(ctx, tx, who, p); err != nil {
			return nil, err
		}
		if err := takesPart(who, p); err != nil && who.May(model.OpManageProposals, p.Place) != nil {
			return nil, err
		}
		words, err := tx.Moderation.Words(ctx, p.CommunityID)
		if err != nil {
			return nil, err
		}
		c := &model.ProposalComment{ID: d.store.NewID(), MemberID: who.MemberID, Body: text}
		if err := p.Say(c, &model.ModerationList{Words: words}, d.now()); err != nil {
			return nil, err
		}
		if err := tx.Proposals.AddComment(ctx, c); err != nil {
			return nil, err
		}
		return c, authors(ctx, tx, who, c)
	})
}

// authors completes comments for a reader.
func authors(ctx context.Context, s *repository.Store, who model.Actor, comments ...*model.ProposalComment) error {
	people := make([]model.ID, len(comments))
	for i, c := range comments {
		people[i] = c.MemberID
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, c := range comments {
		c.Author, c.Mine = refs[c.MemberID], c.MemberID == who.MemberID
	}
	return err
}

// Comments lists what was said of a proposal that the caller may read, oldest first, with all that the caller said. It
// fails with ErrNotFound and ErrCursor.
func (d *Deliberation) Comments(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.ProposalComment], error) {
	p, err := d.store.Proposals.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := readable(ctx, d.store, who, p); err != nil {
		return nil, err
	}
	return d.comments(ctx, who, fmt.Sprintf("comments:%d:%d", who.MemberID, id), page, func(after model.ID, limit int) ([]*model.ProposalComment, error) {
		return d.store.Proposals.Comments(ctx, id, who.MemberID, after, limit)
	})
}

// HeldComments lists comments within the caller's reach that wait for a moderator, oldest first. It fails with ErrForbidden
// and ErrCursor.
func (d *Deliberation) HeldComments(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.ProposalComment], error) {
	reach, err := who.Reach(model.OpModerate)
	if err != nil {
		return nil, err
	}
	return d.comments(ctx, who, fmt.Sprintf("held comments:%d", who.MemberID), page, func(after model.ID, limit int) ([]*model.ProposalComment, error) {
		return d.store.Proposals.HeldComments(ctx, who.Place.CommunityID, reach, after, limit)
	})
}

func (d *Deliberation) comments(ctx context.Context, who model.Actor, name string, page model.Page,
	read func(after model.ID, limit int) ([]*model.ProposalComment, error),
) (*model.List[*model.ProposalComment], error) {
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := read(after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.ProposalComment) int64 { return int64(last.ID) })
	return list, authors(ctx, d.store, who, list.Items...)
}

// Moderate shows a comment that waits, or removes one and tells its author why. It fails with ErrForbidden for who wrote it
// and for who does not moderate there, with ErrNotFound, ErrInvalid and ErrCommentState.
func (d *Deliberation) Moderate(ctx context.Context, who model.Actor, id model.ID, show bool, reason string) (*model.ProposalComment, error) {
	return repository.Once(ctx, d.store, d.now(), func(tx *repository.Store) (*model.ProposalComment, error) {
		c, err := tx.Proposals.LockComment(ctx, id)
		if err == nil {
			err = who.May(model.OpModerate, c.Place)
		}
		if err != nil {
			return nil, err
		}
		if err := c.Judge(who.MemberID, show, reason); err != nil {
			return nil, err
		}
		if err := tx.Proposals.UpdateComment(ctx, c); err != nil {
			return nil, err
		}
		if err := notify.Tell(ctx, tx, judgement(c, d.now())); err != nil {
			return nil, err
		}
		return c, authors(ctx, tx, who, c)
	})
}

func judgement(c *model.ProposalComment, now model.Instant) *model.Notice {
	n := &model.Notice{
		CommunityID: c.CommunityID, MemberID: c.MemberID, Kind: model.NoticeComment, Title: "您的发言已公开", Body: "您在议题讨论中的发言已通过审核。",
		Ref: model.NoticeRef{Type: model.RefProposal, ID: c.ProposalID}, Key: fmt.Sprintf("comment:%d:%s", c.ID, c.Status), CreatedAt: now,
	}
	if c.Status == model.CommentRemoved {
		n.Title, n.Body = "您的发言没有公开", "您在议题讨论中的发言没有公开："+c.Reason
	}
	return n
}

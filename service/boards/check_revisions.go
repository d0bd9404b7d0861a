package boards

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// settledDigest returns the digest that a campaign was settled with, as it is in the sealed stream; nil when it is not.
func settledDigest(ctx context.Context, view *repository.Store, campaign model.ID) ([]byte, error) {
	marks, err := view.Stream.ControlsOf(ctx, campaign)
	for _, m := range marks {
		if m.Kind == model.CampaignSettled {
			return m.Payload, err
		}
	}
	return nil, err
}

// checkRevisions compares every revision of standings with its digest, with its mark in the stream, and with what the
// stream makes of it.
func (b *Boards) checkRevisions(ctx context.Context, view *repository.Store) (differs []string, err error) {
	marks, err := view.Stream.Revisions(ctx)
	if err != nil {
		return nil, err
	}
	revised, err := view.Boards.Revised(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range marks {
		if !slices.Contains(revised, m.CampaignID) {
			differs = append(differs, fmt.Sprintf("campaign %d: revision %d of the standings is missing", m.CampaignID, m.Kind.Revised()))
		}
	}
	for _, id := range revised {
		own := slices.DeleteFunc(slices.Clone(marks), func(m *model.Control) bool { return m.CampaignID != id })
		found, err := checkCampaign(ctx, view, id, own)
		if err != nil {
			return nil, err
		}
		differs = append(differs, found...)
	}
	return differs, nil
}

// checkCampaign compares the revisions of one campaign's standings.
func checkCampaign(ctx context.Context, view *repository.Store, campaign model.ID, marks []*model.Control) (differs []string, err error) {
	revisions, err := view.Boards.Revisions(ctx, campaign)
	if err != nil {
		return nil, err
	}
	differ := func(revision int, what string) {
		differs = append(differs, fmt.Sprintf("campaign %d: revision %d of the standings %s", campaign, revision, what))
	}
	if len(revisions) != len(marks) {
		differ(len(revisions)+model.FirstRevision, fmt.Sprintf("is the last, and %d are sealed", len(marks)))
	}
	for i, r := range revisions {
		if r.Revision != i+model.FirstRevision+1 || !slices.ContainsFunc(marks, r.MarkedBy) {
			differ(r.Revision, "is not the one that was sealed")
		}
		what, err := checkRevision(ctx, view, r)
		if err != nil {
			return nil, err
		}
		if what != "" {
			differ(r.Revision, what)
		}
	}
	return differs, nil
}

// checkRevision tells what is wrong with the scores of a revision, empty when nothing is.
func checkRevision(ctx context.Context, view *repository.Store, r *model.Revision) (string, error) {
	c, err := view.Campaigns.Get(ctx, r.CampaignID)
	if err != nil {
		return "", err
	}
	list, err := view.Boards.OfCampaign(ctx, r.CampaignID)
	if err != nil {
		return "", err
	}
	boards, ids := map[model.BoardKey]*model.Board{}, make([]model.ID, len(list))
	members := model.ID(0)
	for i, board := range list {
		boards[board.Key()], ids[i] = board, board.ID
		if board.Kind == model.BoardMembers {
			members = board.ID
		}
	}
	have, err := view.Boards.RevisedScores(ctx, ids, r.Revision)
	if err != nil {
		return "", err
	}
	of := slices.DeleteFunc(slices.Clone(have), func(s *model.Score) bool { return s.BoardID != members })
	if !bytes.Equal(model.DigestStandings(standingsOf(of)), r.Digest) {
		return "do not have their digest", nil
	}
	t, err := tallyCampaign(ctx, view, c, r.AsOfSeq)
	if err != nil {
		return "", err
	}
	for cell := range t.cells {
		if boards[cell.board] == nil {
			return "lack a board", nil
		}
	}
	if !slices.EqualFunc(have, t.scores(boards).all, func(x, y *model.Score) bool { return *x == *y }) {
		return "are not what the stream makes", nil
	}
	return "", nil
}

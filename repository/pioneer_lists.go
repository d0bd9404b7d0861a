package repository

import (
	"context"

	"linbanglin/model"
)

// Unfrozen returns boards of quarters, after one, whose pioneer lists are due to be frozen at a moment, and are not.
func (b Boards) Unfrozen(ctx context.Context, now model.Instant, after model.ID, limit int) ([]model.ID, error) {
	var ids []model.ID
	open := now.Add(-model.PioneersOpen) // quarters that were over by then, and boards that were begun by then
	err := b.from(ctx).Raw("SELECT b.id FROM node c JOIN board b ON b.community_id = c.id AND b.campaign_id = 0 AND b.kind = ? AND b.scope = ? "+
		"AND b.period = ? AND b.period_key < ? LEFT JOIN pioneer_list l ON l.board_id = b.id AND l.node_id = 0 "+
		"WHERE c.parent_id = 0 AND c.kind = ? AND b.created_at <= ? AND b.id > ? AND l.board_id IS NULL ORDER BY b.id LIMIT ?",
		model.BoardMembers, model.KindCommunity, model.PeriodQuarter, model.PeriodQuarter.Key(open.Time()), model.KindCommunity, open, after, limit).Scan(&ids).Error
	return ids, err
}

// AddPioneers adds the frozen lists of a board, and their lines. It fails with ErrDuplicate when it has them.
func (b Boards) AddPioneers(ctx context.Context, lists []*model.PioneerList, rows []*model.Pioneer) error {
	if err := createAll(b.to(ctx), lists); err != nil {
		return err
	}
	return createAll(b.to(ctx), rows)
}

// PioneerList returns the frozen list of a part of a board, nil while the board has none. Where nobody was ranked it is empty.
func (b Boards) PioneerList(ctx context.Context, board, node model.ID) (*model.PioneerList, error) {
	var lists []*model.PioneerList
	err := b.from(ctx).Where("board_id = ? AND node_id IN ?", board, []model.ID{0, node}).Order("node_id DESC").Find(&lists).Error
	if err != nil || len(lists) == 0 {
		return nil, err
	}
	list := lists[0]
	if list.NodeID != node {
		list.NodeID, list.Total = node, 0
		list.Digest = list.DigestOf(nil)
	}
	return list, nil
}

// PioneerLists returns all frozen lists of a board.
func (b Boards) PioneerLists(ctx context.Context, board model.ID) ([]*model.PioneerList, error) {
	var lists []*model.PioneerList
	err := b.from(ctx).Where("board_id = ?", board).Order("node_id").Find(&lists).Error
	return lists, err
}

// Pioneers returns the lines of the frozen list of a part of a board, in their order.
func (b Boards) Pioneers(ctx context.Context, board, node model.ID) ([]*model.Pioneer, error) {
	var rows []*model.Pioneer
	err := b.from(ctx).Where("board_id = ? AND node_id = ?", board, node).Order("rank_no").Find(&rows).Error
	return rows, err
}

// EveryPioneer returns the lines of all frozen lists of a board by list, in their order.
func (b Boards) EveryPioneer(ctx context.Context, board model.ID) (map[model.ID][]*model.Pioneer, error) {
	var rows []*model.Pioneer
	err := b.from(ctx).Where("board_id = ?", board).Order("node_id, rank_no").Find(&rows).Error
	lines := map[model.ID][]*model.Pioneer{}
	for _, r := range rows {
		lines[r.NodeID] = append(lines[r.NodeID], r)
	}
	return lines, err
}

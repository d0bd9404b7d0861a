package repository

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"linbanglin/model"
)

// Ballots holds who may vote, who has voted, and how many said what. Who has voted and what was said are in no row, no
// order and no time together.
type Ballots struct{ conn }

// Shards is how many counters a choice has, so that those who vote at the same time do not wait for each other.
const Shards = 16

// adults returns the query of a part of the tree's people who are surely of age in a year.
func (b Ballots) adults(ctx context.Context, community model.ID, scope model.Grant, year int) *gorm.DB {
	return within(b.from(ctx).Model(&model.Member{}), community, []model.Grant{scope}).
		Where("merged_into = 0 AND (birth_year = 0 OR birth_year > 0 AND birth_year < ?)", year-18)
}

// Freeze takes down who may vote on a proposal as of now: the adults of its scope, each with their own vote or with that of
// their household. It returns how many votes there are.
func (b Ballots) Freeze(ctx context.Context, p *model.Proposal, year int) (votes int, err error) {
	people := b.adults(ctx, p.CommunityID, model.Grant{NodeID: p.ScopeNodeID, NodeKind: p.ScopeKind}, year).Select("id")
	if p.VoteBy == model.ByHousehold {
		err = b.to(ctx).Exec("INSERT INTO proposal_elector (proposal_id, member_id, voter_id) "+
			"SELECT ?, m.id, m.household_id FROM member m WHERE m.household_id <> 0 AND m.id IN (?) ORDER BY m.id", p.ID, people).Error
	} else {
		err = b.to(ctx).Exec("INSERT INTO proposal_elector (proposal_id, member_id, voter_id) "+
			"SELECT ?, m.id, m.id FROM member m WHERE m.id IN (?) ORDER BY m.id", p.ID, people).Error
	}
	if err != nil {
		return 0, err
	}
	roll := b.to(ctx).Exec("INSERT INTO ballot_roll (proposal_id, voter_id, voted_day) "+
		"SELECT DISTINCT proposal_id, voter_id, 0 FROM proposal_elector WHERE proposal_id = ? ORDER BY voter_id", p.ID)
	return int(roll.RowsAffected), roll.Error
}

// paper is a row of ballot_paper: how many papers with a choice are in one of the boxes.
type paper struct {
	ProposalID model.ID `gorm:"primaryKey;autoIncrement:false"`
	Shard      int      `gorm:"primaryKey;autoIncrement:false"`
	Choice     string   `gorm:"primaryKey"`
	Papers     int
	IsOpen     bool
}

// TableName implements gorm's Tabler.
func (paper) TableName() string { return "ballot_paper" }

// Box sets up the empty counters of a vote.
func (b Ballots) Box(ctx context.Context, proposal model.ID, choices []string) error {
	var rows []*paper
	for shard := range Shards {
		for _, c := range slices.Sorted(slices.Values(choices)) {
			rows = append(rows, &paper{proposal, shard, c, 0, true})
		}
	}
	return createAll(b.to(ctx), rows)
}

// Voter returns which vote a member may cast, zero for none.
func (b Ballots) Voter(ctx context.Context, proposal, member model.ID) (model.ID, error) {
	var voter model.ID
	err := b.from(ctx).Raw("SELECT COALESCE(MAX(voter_id), 0) FROM proposal_elector WHERE proposal_id = ? AND member_id = ?", proposal, member).Scan(&voter).Error
	return voter, err
}

// Mark notes that a vote on the roll was cast, on a day and not at a time. It fails with ErrVoted when it was before.
func (b Ballots) Mark(ctx context.Context, proposal, voter model.ID, on model.Day) error {
	update := b.to(ctx).Exec("UPDATE ballot_roll SET voted_day = ? WHERE proposal_id = ? AND voter_id = ? AND voted_day = 0", on, proposal, voter)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrVoted
	}
	return update.Error
}

// Enrol notes that somebody took part in a survey, which has no roll before. It fails with ErrDuplicate when they did
// before.
func (b Ballots) Enrol(ctx context.Context, proposal, voter model.ID, on model.Day) error {
	return b.to(ctx).Exec("INSERT INTO ballot_roll (proposal_id, voter_id, voted_day) VALUES (?, ?, ?)", proposal, voter, on).Error
}

// Put counts a paper. It fails with ErrVoteClosed once the counters are closed; who votes holds no other lock then but that
// of their own line of the roll, and who closes needs none of these.
func (b Ballots) Put(ctx context.Context, proposal model.ID, shard int, choice string) error {
	update := b.to(ctx).Exec("UPDATE ballot_paper SET papers = papers + 1 WHERE proposal_id = ? AND shard = ? AND choice = ? AND is_open = 1", proposal, shard, choice)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrVoteClosed
	}
	return update.Error
}

// Seal closes the counters, which waits for those who vote, and returns what they have come to; nobody votes after it.
func (b Ballots) Seal(ctx context.Context, proposal model.ID) (map[string]int, error) {
	if err := b.to(ctx).Exec("UPDATE ballot_paper SET is_open = 0 WHERE proposal_id = ?", proposal).Error; err != nil {
		return nil, err
	}
	var rows []struct {
		Choice string
		Papers int
	}
	err := b.from(ctx).Raw("SELECT choice, SUM(papers) AS papers FROM ballot_paper WHERE proposal_id = ? GROUP BY choice", proposal).Scan(&rows).Error
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.Choice] = r.Papers
	}
	return counts, err
}

// Destroy takes the counters of a vote away that was counted or cancelled, and with them what a file of the database may
// still tell of who changed one last.
func (b Ballots) Destroy(ctx context.Context, proposal model.ID) error {
	return b.to(ctx).Exec("DELETE FROM ballot_paper WHERE proposal_id = ?", proposal).Error
}

// Voted returns how many votes were cast.
func (b Ballots) Voted(ctx context.Context, proposal model.ID) (int, error) {
	var n int
	err := b.from(ctx).Raw("SELECT COUNT(*) FROM ballot_roll WHERE proposal_id = ? AND voted_day <> 0", proposal).Scan(&n).Error
	return n, err
}

// HasVoted reports whether a vote was cast.
func (b Ballots) HasVoted(ctx context.Context, proposal, voter model.ID) (bool, error) {
	var n int
	err := b.from(ctx).Raw("SELECT COUNT(*) FROM ballot_roll WHERE proposal_id = ? AND voter_id = ? AND voted_day <> 0", proposal, voter).Scan(&n).Error
	return n > 0, err
}

// Electors returns the members who may vote on a proposal, after one.
func (b Ballots) Electors(ctx context.Context, proposal, after model.ID, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := b.from(ctx).Raw("SELECT member_id FROM proposal_elector WHERE proposal_id = ? AND member_id > ? ORDER BY member_id LIMIT ?", proposal, after, limit).Scan(&ids).Error
	return ids, err
}

// Adults returns the people who live in the scope of a proposal and are of age, after one.
func (b Ballots) Adults(ctx context.Context, p *model.Proposal, year int, after model.ID, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := b.adults(ctx, p.CommunityID, model.Grant{NodeID: p.ScopeNodeID, NodeKind: p.ScopeKind}, year).
		Where("id > ?", after).Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

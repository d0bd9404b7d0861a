package repository

import (
	"context"

	"linbanglin/model"
)

// HeadCounts returns how many people of the roster each node of a level has, all or those who are party members.
func (b Boards) HeadCounts(ctx context.Context, community model.ID, kind model.NodeKind, of model.HeadsOf) (map[model.ID]int64, error) {
	column := placeColumn(kind)
	db := b.from(ctx).Model(&model.Member{}).Select(column+" AS node_id, COUNT(*) AS heads").
		Where("community_id = ? AND merged_into = 0 AND "+column+" <> 0", community)
	if of == model.HeadsParty {
		db = db.Where("id IN (SELECT member_id FROM role_grant WHERE community_id = ? AND role = ? AND revoked_at = 0)", community, model.RolePartyMember)
	}
	var rows []head
	err := db.Group(column).Scan(&rows).Error
	return headsOf(rows), err
}

// head is how many people a node has. It is a row of campaign_head too, as of a campaign's settlement.
type head struct {
	CampaignID model.ID      `gorm:"primaryKey;autoIncrement:false"`
	HeadsOf    model.HeadsOf `gorm:"primaryKey"`
	NodeID     model.ID      `gorm:"primaryKey;autoIncrement:false"`
	Heads      int64
}

// TableName implements gorm's Tabler.
func (head) TableName() string { return "campaign_head" }

func headsOf(rows []head) map[model.ID]int64 {
	heads := make(map[model.ID]int64, len(rows))
	for _, r := range rows {
		heads[r.NodeID] = r.Heads
	}
	return heads
}

// KeepHeads keeps how many people each team has when a campaign is settled.
func (b Boards) KeepHeads(ctx context.Context, c *model.Campaign) error {
	var rows []*head
	for _, of := range model.AllHeads() {
		for _, kind := range model.TeamKinds() {
			heads, err := b.HeadCounts(ctx, c.CommunityID, kind, of)
			if err != nil {
				return err
			}
			for node, n := range heads {
				rows = append(rows, &head{c.ID, of, node, n})
			}
		}
	}
	return createAll(b.to(ctx), rows)
}

// KeptHeads returns how many people each node had when a campaign was settled; none when that was not kept.
func (b Boards) KeptHeads(ctx context.Context, campaign model.ID, of model.HeadsOf) (map[model.ID]int64, error) {
	var rows []head
	err := b.from(ctx).Where("campaign_id = ? AND heads_of = ?", campaign, of).Find(&rows).Error
	return headsOf(rows), err
}

package boards

import (
	"context"
	"fmt"

	"linbanglin/model"
)

// CardRows is how many lines a card shows.
const CardRows = 10

// Card is what a picture of a board says.
type Card struct {
	Community string
	Title     string // such as 2026年11月服务积分榜
	Part      string // of the community; empty when it is of all of it
	Until     model.Instant
	Teams     bool
	*Listing
}

// Card returns the top of a board for a picture. It fails as Top does.
func (b *Boards) Card(ctx context.Context, who model.Actor, q Query) (*Card, error) {
	p, err := b.resolve(ctx, who, q)
	if err != nil {
		return nil, err
	}
	c := &Card{Until: b.now(), Teams: p.key.Kind == model.BoardTeams}
	if c.Listing, err = b.page(ctx, p, model.Page{Limit: CardRows}); err != nil {
		return nil, err
	}
	community, err := b.nodes.Get(ctx, p.key.CommunityID)
	if err != nil {
		return nil, err
	}
	c.Community = community.Name
	if !c.Teams && p.section.Node != p.key.CommunityID {
		part, err := b.nodes.Get(ctx, p.section.Node)
		if err != nil {
			return nil, err
		}
		c.Part = part.Name
	}
	c.Title, err = b.title(ctx, p)
	return c, err
}

// title says what a board ranks, and when.
func (b *Boards) title(ctx context.Context, p *place) (string, error) {
	what := "服务积分榜"
	if p.key.Kind == model.BoardTeams {
		what = map[model.NodeKind]string{model.KindArea: "片区人均榜", model.KindBranch: "支部人均榜"}[p.key.Scope]
		if what == "" {
			what = "网格人均榜"
		}
	}
	if p.key.CampaignID == 0 {
		return periodText(p.key.Period, p.key.PeriodKey) + what, nil
	}
	campaign, err := b.campaigns.Get(ctx, p.key.CampaignID)
	if err != nil {
		return "", err
	}
	return campaign.Title + " · " + what, nil
}

// periodText says which period a key is of.
func periodText(period model.Period, key int32) string {
	switch period {
	case model.PeriodDay:
		return fmt.Sprintf("%d年%d月%d日", key/10000, key/100%100, key%100)
	case model.PeriodWeek:
		return fmt.Sprintf("%d年第%d周", key/100, key%100)
	case model.PeriodMonth:
		return fmt.Sprintf("%d年%d月", key/100, key%100)
	case model.PeriodQuarter:
		return quarterText(key)
	}
	return fmt.Sprintf("%d年", key)
}

package boards

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Query names a board, and the part of it that the caller wants.
type Query struct {
	Period   model.Period    // month when empty
	Key      string          // such as 2026-11-23, 2026-W48, 2026-11, 2026-Q4, 2026; empty: now
	Scope    model.NodeKind  // community when empty; on a board of teams what the teams are, grid when empty
	ScopeID  model.ID        // zero: the caller's own
	Campaign model.ID        // with PeriodCampaign
	Kind     model.BoardKind // members when empty
	Heads    model.HeadsOf   // of a board of teams; residents when empty
	Shared   bool            // who has as many points shares a rank; else who reached them first is before
}

// place is a board that a query was resolved to.
type place struct {
	ref     BoardRef
	key     model.BoardKey
	section repository.Section // its board is 0 while nobody scored
	settled bool
	shared  bool
	heads   model.HeadsOf
}

// listName names the list that a place is, so that a cursor fits no other.
func (p *place) listName() string {
	return fmt.Sprintf("board:%v:%d:%s:%d:%s", p.key, p.section.Node, p.section.Kind, p.section.Revision, p.heads)
}

// contradiction fails with ErrBoard when parts of a query do not go together.
func (q Query) contradiction() error {
	switch {
	case q.Campaign != 0 && q.Period != "" && q.Period != model.PeriodCampaign:
		return model.ErrBoard.Saying("活动榜不分日、周、月，请去掉 period 或 campaign_id", "The board of a campaign has no period; leave out period or campaign_id.")
	case q.Campaign != 0 && q.Key != "":
		return model.ErrBoard.Saying("活动榜没有期次，请去掉 key", "The board of a campaign has no key.")
	case q.Campaign == 0 && q.Period == model.PeriodCampaign:
		return model.ErrBoard.Saying("请指定活动 campaign_id", "Please say which campaign_id.")
	case q.Kind == model.BoardTeams && q.ScopeID != 0:
		return model.ErrBoard.Saying("团队榜总是全社区的，请去掉 scope_id", "A board of teams is of the whole community; leave out scope_id.")
	case q.Kind != model.BoardTeams && q.Heads != "" && q.Heads != model.HeadsResidents:
		return model.ErrBoard.Saying("只有团队榜按人均排名，请去掉 heads", "Only a board of teams goes by heads; leave out heads.")
	}
	return nil
}

// resolve finds the board of a query. It fails with ErrBoard, with ErrNotFound for a scope or a campaign that
// is not of the caller's community, with ErrForbidden for one that the caller's roles do not reach, and with
// ErrUnbound for who is nobody yet.
func (b *Boards) resolve(ctx context.Context, who model.Actor, q Query) (*place, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	if q.Kind == "" {
		q.Kind = model.BoardMembers
	}
	if err := q.contradiction(); err != nil {
		return nil, err
	}
	p := &place{key: model.BoardKey{CommunityID: who.Place.CommunityID, Kind: q.Kind, Scope: model.KindCommunity, Period: q.Period}, shared: q.Shared, heads: q.Heads}
	campaign, err := b.resolvePeriod(ctx, q, p)
	if err != nil {
		return nil, err
	}
	scope, err := b.resolveScope(ctx, who, q, p)
	if err != nil {
		return nil, err
	}
	if err := b.mayRead(ctx, who, scope, campaign); err != nil {
		return nil, err
	}
	return p, b.find(ctx, p)
}

// find looks a place's board up, which is not there while nobody scored on it.
func (b *Boards) find(ctx context.Context, p *place) error {
	p.ref = BoardRef{p.key.Kind, p.key.Period, p.key.Period.Format(p.key.PeriodKey), p.section.Kind, p.section.Node, p.key.CampaignID}
	board, err := b.found.Get(ctx, p.key)
	if errors.Is(err, model.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	p.section.Board = board.ID
	return nil
}

// resolvePeriod sets the period of a board, and returns the campaign whose board it is, nil for the calendar's.
func (b *Boards) resolvePeriod(ctx context.Context, q Query, p *place) (campaign *model.Campaign, err error) {
	if q.Campaign != 0 {
		if campaign, err = b.campaigns.Get(ctx, q.Campaign); err != nil {
			return nil, err
		}
		if campaign.CommunityID != p.key.CommunityID || campaign.Private() {
			return nil, model.ErrNotFound
		}
		p.key.Period, p.key.CampaignID, p.settled = model.PeriodCampaign, campaign.ID, campaign.Status == model.CampaignDone
		if p.settled {
			p.section.Revision, err = b.revisions.Get(ctx, campaign.ID)
		}
		return campaign, err
	}
	if q.Period == "" {
		p.key.Period = model.PeriodMonth
	}
	p.key.PeriodKey, err = p.key.Period.Parse(q.Key, b.now().Time())
	return nil, err
}

// resolveScope sets what part of a board is asked for, and returns the place of it: the community for the
// whole, and for a board of teams.
func (b *Boards) resolveScope(ctx context.Context, who model.Actor, q Query, p *place) (model.Place, error) {
	community := model.Place{CommunityID: who.Place.CommunityID}
	if q.Kind == model.BoardTeams {
		p.key.Scope = model.KindGrid
		if q.Scope != "" && q.Scope != model.KindCommunity {
			p.key.Scope = q.Scope
		}
		p.section.Kind = p.key.Scope
		return community, nil
	}
	p.section.Kind, p.section.Node = q.Scope, q.ScopeID
	if q.Scope == "" {
		p.section.Kind = model.KindCommunity
	}
	if p.section.Node == 0 {
		p.section.Node = who.Place.At(p.section.Kind)
	}
	switch {
	case p.section.Node == 0:
		return community, model.ErrBoard.Saying("请指定范围 scope_id", "Please say which scope_id.")
	case p.section.Kind == model.KindCommunity && p.section.Node == community.CommunityID:
		return community, nil
	}
	node, err := b.nodes.Get(ctx, p.section.Node)
	if err == nil && (node.CommunityID != community.CommunityID || node.Kind != p.section.Kind) {
		err = model.ErrNotFound
	}
	if err != nil {
		return community, err
	}
	return node.Place, nil
}

// mayRead checks that a role of the caller's reaches what is asked for. The whole board of a campaign reaches
// as far as the campaign does, and whoever the campaign is for reads it.
func (b *Boards) mayRead(ctx context.Context, who model.Actor, scope model.Place, campaign *model.Campaign) error {
	err := who.May(model.OpReadBoards, scope)
	if err == nil || campaign == nil || scope != (model.Place{CommunityID: campaign.CommunityID}) {
		return err
	}
	if campaign.Scope().Covers(who.Place) && who.May(model.OpReadBoards, who.Place) == nil {
		return nil
	}
	node, err := b.nodes.Get(ctx, campaign.ScopeNodeID)
	if err != nil {
		return err
	}
	return who.May(model.OpReadBoards, node.Place)
}

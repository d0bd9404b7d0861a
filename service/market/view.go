package market

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// listName names a list with its filters, so that a cursor fits no other.
func listName(who model.Actor, f RequestFilter) string {
	return fmt.Sprintf("requests:%d:%v:%v:%v:%s:%s", who.MemberID, f.Statuses, f.Categories, f.Urgencies, f.Part, f.Sort)
}

// view completes one request for a reader.
func (m *Market) view(ctx context.Context, s *repository.Store, who model.Actor, r *model.HelpRequest) (*model.HelpRequest, error) {
	return r, m.views(ctx, s, who, []*model.HelpRequest{r})
}

// views completes requests for a reader: who asked and who helps by the names they show, the building but
// never the door, and how near it is. What the parties wrote to each other stays between them and those
// who manage requests there; a helper who gave the claim back sees what was written about that claim.
func (m *Market) views(ctx context.Context, s *repository.Store, who model.Actor, requests []*model.HelpRequest) error {
	var people, buildings []model.ID
	for _, r := range requests {
		people, buildings = append(people, r.RequesterID), append(buildings, building(r.Place))
		for _, c := range r.Claims {
			people = append(people, c.HelperID)
		}
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, buildings)
	if err != nil {
		return err
	}
	for _, r := range requests {
		r.Requester = refs[r.RequesterID]
		r.Unit = model.NodeRef{ID: building(r.Place), Name: names[building(r.Place)]}
		r.Distance = r.Place.Distance(who.Place)
		r.HideRatings(who.MemberID, m.now())
		hidden := !r.Trusts(who.MemberID) && who.May(model.OpManageRequest, r.Place) != nil
		if hidden {
			r.Reason = ""
		}
		for _, c := range r.Claims {
			c.Helper = refs[c.HelperID]
			if hidden && c.HelperID != who.MemberID {
				c.Note, c.Reason = "", ""
			}
		}
	}
	return private(ctx, s, who, requests)
}

// building is as near as an address is told: the building, or the community for who lives in none.
func building(p model.Place) model.ID {
	if p.BuildingID != 0 {
		return p.BuildingID
	}
	return p.CommunityID
}

// viewOffers completes offers for a reader. When a helper is away, sleeps, and whom they would rather help is
// nobody's business but their own.
func viewOffers(ctx context.Context, s *repository.Store, who model.Actor, offers []*model.HelpOffer) error {
	var people, buildings []model.ID
	for _, o := range offers {
		people, buildings = append(people, o.MemberID), append(buildings, building(o.Place))
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, buildings)
	for _, o := range offers {
		o.Member = refs[o.MemberID]
		o.Unit = model.NodeRef{ID: building(o.Place), Name: names[building(o.Place)]}
		if o.MemberID != who.MemberID {
			o.DaysOff, o.Quiet, o.Wishes, o.ResumesAt = []model.DaysOff{}, model.Quiet{}, model.Wishes{}, 0
		}
	}
	return err
}

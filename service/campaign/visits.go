package campaign

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
)

// VisitList is how many visits were planned.
type VisitList struct {
	Planned int `json:"planned"`
	Already int `json:"already" doc:"名单中已经在走访计划里的人数"`
}

// PlanVisits puts people on the visit list of a campaign; who is on it already stays. It fails with ErrForbidden for who
// does not manage the campaign, with ErrVisitMember for someone unknown, with ErrVisitScope for someone outside of the
// campaign's scope, with ErrTooManyVisits, and with ErrCampaignState when the campaign is over.
func (s *Campaigns) PlanVisits(ctx context.Context, who model.Actor, id model.ID, people []model.ID) (*VisitList, error) {
	if len(people) > model.MaxVisits {
		return nil, model.ErrTooManyVisits
	}
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*VisitList, error) {
		c, err := tx.Campaigns.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.mayPlan(ctx, tx, who, c); err != nil {
			return nil, err
		}
		fresh, err := s.freshVisits(ctx, tx, who, c, people)
		if err != nil {
			return nil, err
		}
		return &VisitList{len(fresh), len(people) - len(fresh)}, tx.Visits.Add(ctx, fresh)
	})
}

// freshVisits returns visits to those people who are not on the list of a locked campaign. It fails as PlanVisits does.
func (s *Campaigns) freshVisits(ctx context.Context, tx *repository.Store, who model.Actor, c *model.Campaign, people []model.ID) ([]*model.Visit, error) {
	had, err := tx.Visits.Visited(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	fresh, err := s.newVisits(ctx, tx, who, c, people, had)
	if err == nil && len(had)+len(fresh) > model.MaxVisits {
		err = model.ErrTooManyVisits
	}
	return fresh, err
}

// mayPlan fails unless the caller manages a campaign that is not over.
func (s *Campaigns) mayPlan(ctx context.Context, store *repository.Store, who model.Actor, c *model.Campaign) error {
	if err := s.mayManage(ctx, store, who, c); err != nil {
		return err
	}
	return c.PlansVisits(s.now())
}

// newVisits returns visits to those people who have none, if all of them may be visited.
func (s *Campaigns) newVisits(ctx context.Context, tx *repository.Store, who model.Actor, c *model.Campaign, people, had []model.ID) ([]*model.Visit, error) {
	members, err := tx.Members.Some(ctx, people)
	if err != nil {
		return nil, err
	}
	listed := make(map[model.ID]bool, len(had))
	for _, member := range had {
		listed[member] = true
	}
	var fresh []*model.Visit
	for _, id := range people {
		m := members[id]
		switch {
		case m == nil || m.CommunityID != c.CommunityID || m.MergedInto != 0:
			return nil, model.ErrVisitMember
		case !c.Scope().Covers(m.Place):
			return nil, model.ErrVisitScope
		case listed[id]:
			continue
		}
		listed[id] = true
		fresh = append(fresh, model.NewVisit(tx.NewID(), c, m, who.MemberID, s.now()))
	}
	return fresh, nil
}

// VisitPage is one page of a campaign's visits, and how many there are in which state, by grid.
type VisitPage struct {
	Items      []*model.Visit      `json:"items"`
	NextCursor string              `json:"next_cursor"`
	Grids      []*model.VisitCount `json:"grids"`
}

// Visits lists the visits of a campaign for those who manage it. It fails with ErrForbidden and ErrCursor.
func (s *Campaigns) Visits(ctx context.Context, who model.Actor, id model.ID, states []model.VisitStatus, page model.Page) (*VisitPage, error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("visits:%d:%v", id, states)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Visits.OfCampaign(ctx, id, states, firstID(after), page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Visit) int64 { return int64(last.ID) })
	if err := viewVisits(ctx, s.store, who, list.Items); err != nil {
		return nil, err
	}
	grids, err := s.visitCounts(ctx, id)
	return &VisitPage{list.Items, list.NextCursor, grids}, err
}

func firstID(key []int64) model.ID {
	if key == nil {
		return 0
	}
	return model.ID(key[0])
}

func (s *Campaigns) visitCounts(ctx context.Context, campaign model.ID) ([]*model.VisitCount, error) {
	counts, err := s.store.Visits.Counts(ctx, campaign)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(counts))
	for i, c := range counts {
		ids[i] = c.GridID
	}
	names, err := s.store.Nodes.Names(ctx, ids)
	for _, c := range counts {
		c.Grid = model.NodeRef{ID: c.GridID, Name: names[c.GridID]}
	}
	return counts, err
}

// MyVisits lists the visits that the caller makes and made, newest first, and no others. It fails with ErrCursor.
func (s *Campaigns) MyVisits(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Visit], error) {
	name := fmt.Sprintf("visits:me:%d", who.MemberID)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Visits.OfVolunteer(ctx, who.MemberID, firstID(after), page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Visit) int64 { return int64(last.ID) })
	return list, viewVisits(ctx, s.store, who, list.Items)
}

// viewVisits completes visits for a reader: who is visited by the name they show, and the building but never the door.
// Why somebody else gave a visit back is nothing for who makes it now.
func viewVisits(ctx context.Context, s *repository.Store, who model.Actor, visits []*model.Visit) error {
	var people, buildings []model.ID
	for _, v := range visits {
		people, buildings = append(people, v.MemberID, v.VolunteerID), append(buildings, v.BuildingID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, buildings)
	for _, v := range visits {
		v.Member = refs[v.MemberID]
		v.Unit = model.NodeRef{ID: v.BuildingID, Name: names[v.BuildingID]}
		if ref, ok := refs[v.VolunteerID]; ok {
			v.Volunteer = &ref
		}
		if v.VolunteerID == who.MemberID {
			v.Reason = ""
		}
	}
	return err
}

// FinishVisit says that the caller made a visit. It fails with ErrNotFound for anyone else's, with ErrVisitState, and
// with ErrCampaignState once the campaign is closed.
func (s *Campaigns) FinishVisit(ctx context.Context, who model.Actor, id model.ID, note string) (*model.Visit, error) {
	return s.stepVisit(ctx, who, id, func(tx *repository.Store, v *model.Visit) error {
		c, err := tx.Campaigns.Get(ctx, v.CampaignID)
		if err == nil && c.Status != model.CampaignPublished {
			err = model.ErrCampaignState
		}
		if err != nil {
			return err
		}
		return v.Finish(note, s.now())
	})
}

// GiveBackVisit says that the caller will not make a visit, which costs nothing; it is not assigned to them again. It
// fails with ErrNotFound for anyone else's, and with ErrVisitState.
func (s *Campaigns) GiveBackVisit(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Visit, error) {
	return s.stepVisit(ctx, who, id, func(tx *repository.Store, v *model.Visit) error {
		if err := v.GiveBack(reason); err != nil {
			return err
		}
		return tx.Visits.AddReturn(ctx, v, who.MemberID, reason, s.now())
	})
}

// stepVisit runs one step of a visit of the caller's under its lock.
func (s *Campaigns) stepVisit(ctx context.Context, who model.Actor, id model.ID, step func(tx *repository.Store, v *model.Visit) error) (*model.Visit, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Visit, error) {
		v, err := ownVisit(ctx, tx, who, id)
		if err != nil {
			return nil, err
		}
		if err := step(tx, v); err != nil {
			return nil, err
		}
		if err := tx.Visits.Update(ctx, v); err != nil {
			return nil, err
		}
		return v, viewVisits(ctx, tx, who, []*model.Visit{v})
	})
}

// ownVisit locks a visit that the caller makes or made. It fails with ErrNotFound for any other.
func ownVisit(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID) (*model.Visit, error) {
	v, err := tx.Visits.Lock(ctx, id)
	if err == nil && v.VolunteerID != who.MemberID {
		err = model.ErrNotFound
	}
	return v, err
}

// VisitPhone tells the caller the phone of whom they visit, and notes it. It fails with ErrNotFound for anyone else's
// visit, with ErrVisitState unless it is to be made now, with ErrNoContact and ErrTooManyReveals.
func (s *Campaigns) VisitPhone(ctx context.Context, who model.Actor, id model.ID, purpose string) (*model.Contact, error) {
	return revealVisit(ctx, s, who, id, model.RevealedPhone, purpose, func(tx *repository.Store, v *model.Visit, c *model.Campaign, noted *model.Reveal) (*model.Contact, error) {
		if err := v.ShowsPhone(c, noted.CreatedAt); err != nil {
			return nil, err
		}
		return community.RevealPhone(ctx, tx, noted, []model.ID{v.MemberID})
	})
}

// VisitDoor tells the caller the door of whom they visit, until some days after that, and notes it. It fails as
// VisitPhone does.
func (s *Campaigns) VisitDoor(ctx context.Context, who model.Actor, id model.ID, purpose string) (*model.Address, error) {
	return revealVisit(ctx, s, who, id, model.RevealedAddress, purpose, func(tx *repository.Store, v *model.Visit, c *model.Campaign, noted *model.Reveal) (*model.Address, error) {
		if err := v.ShowsDoor(c, noted.CreatedAt); err != nil {
			return nil, err
		}
		visited, err := tx.Members.Get(ctx, v.MemberID) // who may have moved
		if err != nil {
			return nil, err
		}
		return community.RevealDoor(ctx, tx, noted, v.MemberID, visited.Place)
	})
}

// revealVisit tells something of whom the caller visits under the visit's lock. The answer is kept nowhere.
func revealVisit[T any](ctx context.Context, s *Campaigns, who model.Actor, id model.ID, what model.Revealed, purpose string,
	tell func(tx *repository.Store, v *model.Visit, c *model.Campaign, noted *model.Reveal) (*T, error),
) (told *T, err error) {
	err = s.store.Tx(ctx, func(tx *repository.Store) error {
		v, err := ownVisit(ctx, tx, who, id)
		if err != nil {
			return err
		}
		c, err := tx.Campaigns.Get(ctx, v.CampaignID)
		if err != nil {
			return err
		}
		noted, err := model.NewReveal(tx.NewID(), who, what, model.NoticeRef{Type: model.RefVisit, ID: v.ID}, purpose, s.now())
		if err != nil {
			return err
		}
		told, err = tell(tx, v, c, noted)
		return err
	})
	if err != nil {
		return nil, err
	}
	return told, nil
}

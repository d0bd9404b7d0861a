package campaign

import (
	"context"
	"errors"
	"fmt"
	"math"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// thanksPage is how many campaigns thank together.
const thanksPage = 100

// SweepThanks thanks everybody who took part in a campaign that was closed, once, and honours those who are to be. It
// reads the state, so any number of processes may run it, at any time. It returns how many campaigns thanked.
func (s *Campaigns) SweepThanks(ctx context.Context) (thanked int, err error) {
	now := s.now()
	ids, err := s.store.Campaigns.Unthanked(ctx, now.Add(-model.ThanksWithin), now.Add(-model.ThanksAfter), thanksPage)
	if err != nil {
		return 0, err
	}
	return s.store.Each(ctx, "thank for campaign", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		return s.thank(ctx, tx, id)
	})
}

func (s *Campaigns) thank(ctx context.Context, tx *repository.Store, id model.ID) (bool, error) {
	c, err := tx.Campaigns.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	if err := tx.Campaigns.Thank(ctx, id, s.now()); errors.Is(err, model.ErrDuplicate) {
		return false, nil // another process was faster
	} else if err != nil {
		return false, err
	}
	rows, err := attendances(ctx, tx, c, s.now())
	if err != nil {
		return false, err
	}
	honours := c.Honours(rows, s.now())
	for _, h := range honours {
		h.ID = tx.NewID()
	}
	if err := tx.Campaigns.Honour(ctx, honours); err != nil {
		return false, err
	}
	var notices []*model.Notice
	told := map[model.ID]bool{}
	for _, r := range rows {
		if !told[r.MemberID] {
			told[r.MemberID] = true
			notices = append(notices, thanksNotice(c, r, s.now()))
		}
	}
	return true, notify.Tell(ctx, tx, notices...)
}

func thanksNotice(c *model.Campaign, r *model.Attendance, now model.Instant) *model.Notice {
	points, minutes := r.Verified.Points+r.Declared.Points, r.Verified.Minutes+r.Declared.Minutes
	body := fmt.Sprintf("感谢您参加活动「%s」", c.Title)
	if points > 0 || minutes > 0 {
		body += fmt.Sprintf("，共记 %d 积分、%d 分钟服务时长", points, minutes)
	}
	return &model.Notice{
		CommunityID: c.CommunityID, MemberID: r.MemberID, Kind: model.NoticeThanks, Key: "thanks:" + c.ID.String(), Title: "感谢您的参与", Body: body + "。",
		Ref: model.NoticeRef{Type: model.RefCampaign, ID: c.ID}, CreatedAt: now,
	}
}

// MyHonours lists the caller's honours, newest first. It fails with ErrCursor.
func (s *Campaigns) MyHonours(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Honour], error) {
	name := fmt.Sprintf("honours:%d", who.MemberID)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := model.ID(math.MaxInt64)
	if after != nil {
		before = model.ID(after[0])
	}
	rows, err := s.store.Campaigns.HonoursOf(ctx, who.MemberID, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Honour) int64 { return int64(last.ID) })
	ids := make([]model.ID, len(list.Items))
	for i, h := range list.Items {
		ids[i] = h.CampaignID
	}
	campaigns, err := s.store.Campaigns.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	had, err := s.store.Campaigns.EarnedOf(ctx, who.Place.CommunityID, who.MemberID, ids)
	for _, h := range list.Items {
		h.Check(had[h.CampaignID])
		if c := campaigns[h.CampaignID]; c != nil {
			h.Title = c.Title
		}
	}
	return list, err
}

// Report returns what a campaign has come to, for those who manage it. It fails with ErrForbidden for anyone else.
func (s *Campaigns) Report(ctx context.Context, who model.Actor, id model.ID) (*model.Report, error) {
	poster, err := s.Poster(ctx, who, id)
	if err != nil {
		return nil, err
	}
	r := &model.Report{Poster: poster}
	if r.Attendance, err = attendances(ctx, s.store, r.Campaign, s.now()); err != nil {
		return nil, err
	}
	if r.Honours, err = s.store.Campaigns.Honours(ctx, id); err != nil {
		return nil, err
	}
	names, had := map[model.ID]string{}, map[model.ID]model.Earned{}
	for _, a := range r.Attendance {
		if names[a.MemberID] = a.Name; had[a.MemberID] == (model.Earned{}) { // the first line has it
			had[a.MemberID] = model.Earned{Points: a.Verified.Points + a.Declared.Points, Minutes: a.Verified.Minutes + a.Declared.Minutes}
		}
	}
	for _, h := range r.Honours {
		h.Check(had[h.MemberID])
		h.Member = model.MemberRef{ID: h.MemberID, DisplayName: names[h.MemberID]}
	}
	chosen, err := s.store.Photos.Chosen(ctx, id)
	if err != nil {
		return nil, err
	}
	r.Photos = len(chosen)
	visited, err := s.store.Visits.Households(ctx, id)
	if err != nil {
		return nil, err
	}
	return r, s.cover(ctx, r, visited)
}

// tally counts members and households once each.
type tally struct {
	*model.Coverage
	members, households map[model.ID]bool
}

func newTally(name string) *tally {
	return &tally{&model.Coverage{Name: name}, map[model.ID]bool{}, map[model.ID]bool{}}
}

func (t *tally) reach(household model.ID) {
	if household != 0 && !t.households[household] {
		t.households[household] = true
		t.Households++
	}
}

func (t *tally) count(a *model.Attendance) {
	if !t.members[a.MemberID] {
		t.members[a.MemberID] = true
		t.Participants++
	}
	t.reach(a.Household)
	t.Verified.Points, t.Verified.Minutes = t.Verified.Points+a.Own.Verified.Points, t.Verified.Minutes+a.Own.Verified.Minutes
	t.Declared.Points, t.Declared.Minutes = t.Declared.Points+a.Own.Declared.Points, t.Declared.Minutes+a.Own.Declared.Minutes
}

// cover counts by grid and by session.
func (s *Campaigns) cover(ctx context.Context, r *model.Report, visited []repository.VisitedHousehold) error {
	var grids []model.ID
	for _, a := range r.Attendance {
		grids = append(grids, a.Place.GridID)
	}
	for _, v := range visited {
		grids = append(grids, v.GridID)
	}
	names, err := s.store.Nodes.Names(ctx, grids)
	if err != nil {
		return err
	}
	homes, err := s.store.Nodes.Homes(ctx, r.CommunityID, grids)
	if err != nil {
		return err
	}
	byGrid, bySession := map[model.ID]*tally{}, map[int]*tally{}
	for _, g := range grids {
		if byGrid[g] == nil {
			name := names[g]
			if name == "" {
				name = "未分网格"
			}
			byGrid[g] = newTally(name)
			byGrid[g].Homes = homes[g]
			r.Grids = append(r.Grids, byGrid[g].Coverage)
		}
	}
	for _, a := range r.Attendance {
		a.Grid = byGrid[a.Place.GridID].Name
		byGrid[a.Place.GridID].count(a)
		if bySession[a.Session] == nil {
			bySession[a.Session] = newTally(a.Part)
			r.Sessions = append(r.Sessions, bySession[a.Session].Coverage)
		}
		bySession[a.Session].count(a)
	}
	for _, v := range visited {
		byGrid[v.GridID].reach(v.HouseholdID)
	}
	return nil
}

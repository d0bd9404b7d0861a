package campaign

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// otherPart names what was earned in no session: items, awards, what was taken back.
const otherPart = "其他"

// roll is how people took part in a campaign, as far as it is read.
type roll struct {
	campaign *model.Campaign
	rows     []*model.Attendance
	first    map[model.ID]*model.Attendance // line of a member
	rest     map[model.ID]*model.Credits    // of what they earned, what is on no line yet
}

// attendances returns everybody who took part in a campaign until now: a line for each check-in by session and member,
// and one without a session for who made a visit or earned something beside or without check-ins.
func attendances(ctx context.Context, store *repository.Store, c *model.Campaign, now model.Instant) ([]*model.Attendance, error) {
	checkins, err := store.Campaigns.AllCheckins(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	earned, err := store.Points.CampaignEarned(ctx, c.CommunityID, c.ID, min(c.StartsAt.Day(), c.CreatedAt.Day()), now.Day())
	if err != nil {
		return nil, err
	}
	makers, err := store.Visits.Makers(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	r := &roll{campaign: c, first: map[model.ID]*model.Attendance{}, rest: map[model.ID]*model.Credits{}}
	for _, e := range earned {
		r.earn(e)
	}
	for _, k := range checkins {
		line := r.line(k)
		line.Own.Add(k.Class, k.Points, k.Minutes)
		if rest := r.rest[k.MemberID]; rest != nil {
			rest.Add(k.Class, -k.Points, -k.Minutes)
		}
	}
	for _, e := range earned {
		if rest := r.rest[e.MemberID]; rest != nil && *rest != (model.Credits{}) {
			r.line(&model.Checkin{CampaignID: c.ID, MemberID: e.MemberID}).Own = *rest
			delete(r.rest, e.MemberID)
		}
	}
	for _, maker := range makers {
		if r.first[maker] == nil {
			r.line(&model.Checkin{CampaignID: c.ID, MemberID: maker})
		}
	}
	for _, e := range earned {
		if first := r.first[e.MemberID]; first != nil {
			addEarned(first, e)
		}
	}
	return r.rows, r.name(ctx, store)
}

// earn notes what a member earned.
func (r *roll) earn(e *repository.Earned) {
	if r.rest[e.MemberID] == nil {
		r.rest[e.MemberID] = &model.Credits{}
	}
	if e.Measure == model.Minutes {
		r.rest[e.MemberID].Add(e.Class, 0, e.Amount)
	} else {
		r.rest[e.MemberID].Add(e.Class, e.Amount, 0)
	}
}

// line adds a line.
func (r *roll) line(k *model.Checkin) *model.Attendance {
	line := &model.Attendance{Checkin: k, Part: partOf(r.campaign, k.Session)}
	if r.first[k.MemberID] == nil {
		r.first[k.MemberID] = line
	}
	r.rows = append(r.rows, line)
	return line
}

// partOf names a session.
func partOf(c *model.Campaign, session int) string {
	switch s, err := c.Session(session); {
	case session == 0:
		return otherPart
	case err != nil || len(c.Plan.Sessions) == 0:
		return fmt.Sprintf("第 %d 场", session)
	default:
		return fmt.Sprintf("第 %d 场 %s", session, s.Name)
	}
}

// name puts on the lines who they are about, and what they signed up for.
func (r *roll) name(ctx context.Context, store *repository.Store) error {
	people := make([]model.ID, len(r.rows))
	for i, line := range r.rows {
		people[i] = line.MemberID
	}
	members, err := store.Members.Some(ctx, people)
	if err != nil {
		return err
	}
	signedUp, err := store.Campaigns.SignedUp(ctx, r.campaign.ID)
	for _, line := range r.rows {
		line.SignedUp = signedUp[line.MemberID]
		if m := members[line.MemberID]; m != nil {
			line.Name, line.Place, line.Household = m.DisplayName(), m.Place, m.HouseholdID
			line.Rankable = m.Adult(max(line.CheckedInAt, r.campaign.StartsAt).Time().Year()) && !m.Anonymous
		}
	}
	return err
}

func addEarned(r *model.Attendance, e *repository.Earned) {
	credit := &r.Declared
	if e.Class == model.Verified {
		credit = &r.Verified
	}
	if e.Measure == model.Minutes {
		credit.Minutes += e.Amount
	} else {
		credit.Points += e.Amount
	}
}

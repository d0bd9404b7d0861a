package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/matching/assignment"
	"linbanglin/service/notify"
)

// AssignInput says how visits are shared out.
type AssignInput struct {
	MaxPerVolunteer int        // visits of the campaign, with those that a volunteer has or had
	MaxPerGrid      int        // visits in this round; 0: no limit
	Volunteers      []model.ID // of those who signed up; none: all
}

// AssignedVisit is a visit and who makes it.
type AssignedVisit struct {
	VisitID   model.ID        `json:"visit_id"`
	Member    model.MemberRef `json:"member"`
	Volunteer model.MemberRef `json:"volunteer"`
}

// LeftVisit is a visit that nobody makes, and why.
type LeftVisit struct {
	VisitID model.ID          `json:"visit_id"`
	Member  model.MemberRef   `json:"member"`
	Why     assignment.Reason `json:"why" enum:"forbidden_to_all,grid_used_up,volunteers_used_up"`
}

// VisitPlan is what came of sharing visits out.
type VisitPlan struct {
	Assigned   []AssignedVisit `json:"assigned"`
	LeftOut    []LeftVisit     `json:"left_out"`
	Volunteers int             `json:"volunteers" doc:"参与分配的志愿者人数"`
	Cost       int64           `json:"cost" doc:"总代价：越近、越熟、手上事越少，代价越小"`
	Optimal    bool            `json:"optimal" doc:"已用对偶证书核对：没有更好的分法"`
}

// assignTries is how often visits are shared out anew when the list or the volunteers changed meanwhile.
const assignTries = 3

// AssignVisits gives the planned visits of a campaign to its volunteers: as many as can be, at the least cost of all ways
// to do so, which is checked. It fails with ErrForbidden for who does not manage the campaign, with ErrVolunteer for who
// did not sign up, with ErrTooManyVisits, with ErrCampaignState, and with ErrStale when the list keeps changing.
func (s *Campaigns) AssignVisits(ctx context.Context, who model.Actor, id model.ID, in AssignInput) (*VisitPlan, error) {
	if in.MaxPerVolunteer < 1 || in.MaxPerVolunteer > model.MaxPerVolunteer || in.MaxPerGrid < 0 || len(in.Volunteers) > model.MaxVolunteers {
		return nil, model.ErrInvalid.Saying("每位志愿者 1 到 50 户，志愿者最多 2000 位", "A volunteer has 1 to 50 visits, and there are at most 2,000 volunteers.")
	}
	var earlier *VisitPlan
	if found, err := repository.Replay(ctx, s.store, &earlier); found || err != nil {
		return earlier, err
	}
	for try := 1; ; try++ {
		plan, err := s.assign(ctx, who, id, in)
		if !errors.Is(err, model.ErrStale) || try == assignTries {
			return plan, err
		}
	}
}

// assign solves outside of the transaction, because that may take seconds, and writes the plan if nothing changed.
func (s *Campaigns) assign(ctx context.Context, who model.Actor, id model.ID, in AssignInput) (*VisitPlan, error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayPlan(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	round, err := s.readRound(ctx, s.store, c, in)
	if err != nil {
		return nil, err
	}
	problem, err := s.problem(ctx, round, in)
	if err != nil {
		return nil, err
	}
	solved, err := assignment.Solve(problem)
	if err == nil {
		err = assignment.Check(problem, solved)
	}
	if err != nil {
		return nil, fmt.Errorf("share out visits: %w", err)
	}
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*VisitPlan, error) {
		return s.keep(ctx, tx, who, id, in, round, solved)
	})
}

// round is what is shared out among whom.
type round struct {
	campaign   *model.Campaign
	visits     []*model.Visit
	volunteers []*model.Member
}

// readRound reads the planned visits of a campaign and its volunteers, only those that are named if some are.
func (s *Campaigns) readRound(ctx context.Context, store *repository.Store, c *model.Campaign, in AssignInput) (*round, error) {
	visits, err := store.Visits.Planned(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	volunteers, err := store.Visits.Volunteers(ctx, c.ID, model.MaxVolunteers+1)
	if err != nil {
		return nil, err
	}
	if len(in.Volunteers) > 0 {
		if volunteers, err = named(volunteers, in.Volunteers); err != nil {
			return nil, err
		}
	}
	if len(volunteers) > model.MaxVolunteers {
		return nil, model.ErrTooManyVisits
	}
	return &round{c, visits, volunteers}, nil
}

// named returns those of the volunteers who are named. It fails with ErrVolunteer for who is none.
func named(volunteers []*model.Member, ids []model.ID) ([]*model.Member, error) {
	wanted := make(map[model.ID]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	chosen := slices.DeleteFunc(slices.Clone(volunteers), func(m *model.Member) bool { return !wanted[m.ID] })
	if len(chosen) != len(wanted) {
		return nil, model.ErrVolunteer
	}
	return chosen, nil
}

// same reports whether two readings are of the same visits and volunteers.
func (r *round) same(other *round) bool {
	return slices.EqualFunc(r.visits, other.visits, func(a, b *model.Visit) bool { return a.ID == b.ID && a.Version == b.Version }) &&
		slices.EqualFunc(r.volunteers, other.volunteers, func(a, b *model.Member) bool { return a.ID == b.ID && a.Place == b.Place })
}

// What a pair costs: a step of the tree between both, each of three earlier meetings that is missing, and each thing that
// the volunteer has to do already.
const (
	stepCost   = 100
	strangeOf  = 3
	strange    = 25
	loadCost   = 10
	maxLoadFor = 20
)

// problem puts a round as an assignment.
func (s *Campaigns) problem(ctx context.Context, r *round, in AssignInput) (*assignment.Problem, error) {
	volunteers := make([]model.ID, len(r.volunteers))
	for i, v := range r.volunteers {
		volunteers[i] = v.ID
	}
	people := make([]model.ID, len(r.visits))
	for i, v := range r.visits {
		people[i] = v.MemberID
	}
	visited, err := s.store.Members.Some(ctx, people)
	if err != nil {
		return nil, err
	}
	here, err := s.store.Visits.Loads(ctx, r.campaign.ID, volunteers)
	if err != nil {
		return nil, err
	}
	claims, err := s.store.Requests.Loads(ctx, volunteers, s.now(), 0)
	if err != nil {
		return nil, err
	}
	ties, err := s.store.Visits.Ties(ctx, volunteers, s.now().Add(-model.LoadMemory))
	if err != nil {
		return nil, err
	}
	returned, err := s.store.Visits.Returns(ctx, r.campaign.ID)
	if err != nil {
		return nil, err
	}
	p := &assignment.Problem{}
	for _, v := range volunteers {
		p.Volunteers = append(p.Volunteers, assignment.Volunteer{Quota: max(0, in.MaxPerVolunteer-here[v].Here)})
	}
	grids := map[model.ID]int{}
	for _, visit := range r.visits {
		m := visited[visit.MemberID]
		costs := make([]int32, len(volunteers))
		for i, v := range r.volunteers {
			costs[i] = assignment.Forbidden
			if m != nil && r.campaign.MayMake(v, m, s.now()) && !slices.Contains(returned[visit.ID], v.ID) {
				costs[i] = pairCost(v, m, ties[repository.VisitPair{Volunteer: v.ID, Member: m.ID}], here[v.ID].Open+claims[v.ID].Open)
			}
		}
		p.Visits = append(p.Visits, assignment.Visit{Grid: gridOf(p, grids, visit.GridID, in.MaxPerGrid), Costs: costs})
	}
	return p, nil
}

// pairCost is what it costs that a volunteer visits a member, whom they met so often, with so much to do already.
func pairCost(volunteer, member *model.Member, met, load int) int32 {
	levels := model.Levels()
	steps := slices.Index(levels, volunteer.Distance(member.Place))
	if steps < 0 {
		steps = len(levels)
	}
	return int32(stepCost*steps + strange*max(0, strangeOf-met) + loadCost*min(load, maxLoadFor))
}

// gridOf returns the number of a grid in the problem, and adds it when it is new.
func gridOf(p *assignment.Problem, known map[model.ID]int, grid model.ID, most int) int {
	i, ok := known[grid]
	if !ok {
		if most == 0 {
			most = assignment.NoLimit
		}
		i = len(p.Grids)
		known[grid] = i
		p.Grids = append(p.Grids, assignment.Grid{Quota: most})
	}
	return i
}

// keep writes a plan and tells the volunteers. It fails with ErrStale when the round is not as it was read.
func (s *Campaigns) keep(ctx context.Context, tx *repository.Store, who model.Actor, id model.ID, in AssignInput, r *round, solved *assignment.Plan) (*VisitPlan, error) {
	c, err := tx.Campaigns.Lock(ctx, id) // who signs up or cancels waits for it
	if err != nil {
		return nil, err
	}
	if err := s.mayPlan(ctx, tx, who, c); err != nil {
		return nil, err
	}
	now, err := s.readRound(ctx, tx, c, in)
	if err != nil {
		return nil, err
	}
	if !r.same(now) {
		return nil, model.ErrStale
	}
	byVolunteer := make([][]model.ID, len(r.volunteers))
	for _, pair := range solved.Pairs {
		byVolunteer[pair.Volunteer] = append(byVolunteer[pair.Volunteer], r.visits[pair.Visit].ID)
	}
	var notices []*model.Notice
	key := "visits:" + tx.NewID().String()
	for i, visits := range byVolunteer {
		if len(visits) == 0 {
			continue
		}
		if err := tx.Visits.Assign(ctx, r.volunteers[i].ID, visits, s.now()); err != nil {
			return nil, err
		}
		notices = append(notices, visitNotice(c, r.volunteers[i].ID, len(visits), key, s.now()))
	}
	if err := notify.Tell(ctx, tx, notices...); err != nil {
		return nil, err
	}
	return describe(ctx, tx, r, solved)
}

func visitNotice(c *model.Campaign, volunteer model.ID, visits int, key string, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: c.CommunityID, MemberID: volunteer, Kind: model.NoticeVisitsAssigned, Key: key, Title: "您有新的走访任务",
		Body: fmt.Sprintf("活动「%s」给您分配了 %d 户走访，请在“我的走访”中查看；不便前往可以退回。", c.Title, visits),
		Ref:  model.NoticeRef{Type: model.RefCampaign, ID: c.ID}, CreatedAt: now,
	}
}

// describe puts names on a plan.
func describe(ctx context.Context, tx *repository.Store, r *round, solved *assignment.Plan) (*VisitPlan, error) {
	people := make([]model.ID, len(r.visits))
	for i, v := range r.visits {
		people[i] = v.MemberID
	}
	refs, err := tx.Members.Refs(ctx, people)
	if err != nil {
		return nil, err
	}
	plan := &VisitPlan{Assigned: []AssignedVisit{}, LeftOut: []LeftVisit{}, Volunteers: len(r.volunteers), Cost: solved.Cost, Optimal: true}
	for _, pair := range solved.Pairs {
		v, m := r.visits[pair.Visit], r.volunteers[pair.Volunteer]
		plan.Assigned = append(plan.Assigned, AssignedVisit{v.ID, refs[v.MemberID], model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}})
	}
	for _, left := range solved.LeftOut {
		v := r.visits[left.Visit]
		plan.LeftOut = append(plan.LeftOut, LeftVisit{v.ID, refs[v.MemberID], left.Why})
	}
	return plan, nil
}

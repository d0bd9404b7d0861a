package matters

import (
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// Matter returns one matter. It fails with ErrNotFound for who has nothing to do with it.
func (s *Matters) Matter(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error) {
	m, parts, err := s.readable(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return m, view(ctx, s.store, s.now(), parts, m)
}

func (s *Matters) readable(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, []model.Part, error) {
	m, err := s.store.Matters.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	parts, err := partsOf(ctx, s.store, who, m)
	if err == nil && len(parts) == 0 {
		err = model.ErrNotFound
	}
	return m, parts, err
}

// Steps returns the life of a matter so far. Why somebody wanted to refuse it is not for its reporter until a leader has
// agreed. It fails with ErrNotFound for who has nothing to do with it, and with ErrForbidden for reporters of what was
// merged into it.
func (s *Matters) Steps(ctx context.Context, who model.Actor, id model.ID) ([]*model.MatterStep, error) {
	_, parts, err := s.readable(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if slices.Equal(parts, []model.Part{model.PartFollower}) {
		return nil, model.ErrForbidden
	}
	steps, err := s.store.Matters.Steps(ctx, id)
	if err != nil {
		return nil, err
	}
	var people []model.ID
	for _, step := range steps {
		people = append(people, step.ActorID, step.OwnerAfter, step.OwnerBefore)
	}
	refs, err := s.store.Members.Refs(ctx, people)
	for _, step := range steps {
		step.Actor, step.Owner, step.OwnerWas = refs[step.ActorID], refs[step.OwnerAfter], refs[step.OwnerBefore]
		if !model.Inside(parts) {
			step.Conceal()
		}
	}
	return steps, err
}

// Part says which matters a list shows; repository has its values.
type Part = repository.MatterPart

// Filter narrows a list of matters.
type Filter struct {
	Part         Part
	Statuses     []model.MatterStatus
	Tiers        []model.Tier
	Categories   []string
	Audiences    []model.Audience
	Owner        model.ID
	Organisation model.ID
	Grid         model.ID
	Overdue      bool
}

// List lists matters that the caller may see, the newest first. It fails with ErrCursor.
func (s *Matters) List(ctx context.Context, who model.Actor, f Filter, page model.Page) (*model.List[*model.Matter], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	name := fmt.Sprintf("matters:%d:%v", who.MemberID, f)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	reach, err := who.Reach(model.OpReadMatters)
	if err != nil {
		reach = nil // their own then
	}
	mine, err := s.store.Organisations.OfMember(ctx, who.MemberID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	rows, err := s.store.Matters.List(ctx, &repository.MatterQuery{
		Community: who.Place.CommunityID, Reach: reach, Member: who.MemberID, Organisations: mine, Part: f.Part, Statuses: f.Statuses, Tiers: f.Tiers,
		Categories: f.Categories, Audiences: f.Audiences, Owner: f.Owner, Organisation: f.Organisation, Grid: f.Grid, Overdue: f.Overdue, Now: now,
		Before: before, Limit: page.Size() + 1,
	})
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Matter) int64 { return int64(last.ID) })
	return list, s.show(ctx, who, mine, list.Items)
}

// show completes the matters of a list.
func (s *Matters) show(ctx context.Context, who model.Actor, mine []model.ID, matters []*model.Matter) error {
	if err := complete(ctx, s.store, s.now(), matters); err != nil {
		return err
	}
	for _, m := range matters {
		parts := m.PartsOf(who.MemberID)
		if who.May(model.OpReadMatters, m.Place) == nil {
			parts = append(parts, model.PartReader)
		}
		called := slices.ContainsFunc(m.Whistles, func(w *model.Whistle) bool { return slices.Contains(mine, w.OrganisationID) })
		if called || slices.Contains(mine, m.OrganisationID) {
			parts = append(parts, model.PartUnit)
		}
		conceal(m, parts)
	}
	return nil
}

// view completes one matter for somebody, with what its reporter was told of the service.
func view(ctx context.Context, s *repository.Store, now model.Instant, parts []model.Part, m *model.Matter) error {
	if err := complete(ctx, s, now, []*model.Matter{m}); err != nil {
		return err
	}
	conceal(m, parts)
	catalogue, err := s.Catalogues.Get(ctx, m.CommunityID, m.CatalogueVersion)
	if err != nil {
		return err
	}
	if m.Notice, err = catalogue.Of(m.Category); err != nil {
		return err
	}
	units, err := s.Matters.Organisations(ctx, m.CommunityID, []model.ID{m.Notice.OrganisationID})
	if o := units[m.Notice.OrganisationID]; o != nil {
		m.Notice.Organisation = &model.NodeRef{ID: o.ID, Name: o.Name}
	}
	return err
}

// conceal leaves out what is not for somebody with these parts.
func conceal(m *model.Matter, parts []model.Part) {
	if m.Hides(parts) {
		m.Result, m.LegalBasis = "", ""
	}
	if !model.Inside(parts) && !slices.Contains(parts, model.PartReporter) {
		m.Reporter, m.Text = model.MemberRef{}, ""
	}
}

// complete fills in the names that matters show, and what else is read with them.
func complete(ctx context.Context, s *repository.Store, now model.Instant, matters []*model.Matter) error {
	var ids, people, places, units []model.ID
	for _, m := range matters {
		ids, people = append(ids, m.ID), append(people, m.ReporterID, m.OwnerID, m.FirstHandlerID, m.ProposedID)
		places, units = append(places, at(m)), append(units, m.OrganisationID)
	}
	calls, err := s.Matters.Whistles(ctx, ids)
	if err != nil {
		return err
	}
	for _, w := range calls {
		units = append(units, w.OrganisationID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	names, err := s.Nodes.Names(ctx, places)
	if err != nil || len(matters) == 0 {
		return err
	}
	bodies, err := s.Matters.Organisations(ctx, matters[0].CommunityID, units)
	if err != nil {
		return err
	}
	followers, err := s.Matters.Followers(ctx, ids)
	for _, m := range matters {
		m.Overdue, m.Followers = m.IsOverdue(now), followers[m.ID]
		m.Reporter, m.Owner, m.FirstHandler = refs[m.ReporterID], refs[m.OwnerID], refs[m.FirstHandlerID]
		if ref, ok := refs[m.ProposedID]; ok {
			m.Proposed = &ref
		}
		m.Where = &model.NodeRef{ID: at(m), Name: names[at(m)]}
		if o := bodies[m.OrganisationID]; o != nil {
			m.Organisation = &model.NodeRef{ID: o.ID, Name: o.Name}
		}
		m.Whistles = []*model.Whistle{}
		for _, w := range calls {
			if w.MatterID == m.ID {
				w.Organisation = model.NodeRef{ID: w.OrganisationID}
				if o := bodies[w.OrganisationID]; o != nil {
					w.Organisation.Name = o.Name
				}
				m.Whistles = append(m.Whistles, w)
			}
		}
	}
	return err
}

// at returns the node that shows where a matter is, down to the building.
func at(m *model.Matter) model.ID {
	for _, kind := range []model.NodeKind{model.KindBuilding, model.KindGrid, model.KindArea} {
		if id := m.At(kind); id != 0 {
			return id
		}
	}
	return m.CommunityID
}

package register

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Occupant is somebody who lives in a household, as staff see them: masked, without a phone and a birth.
type Occupant struct {
	model.MemberRef
	Head       bool `json:"head" doc:"户主"`
	PhoneKnown bool `json:"phone_known"`
	BirthKnown bool `json:"birth_known"`
}

// Dossier (一户一档) is what the caller may know of a household.
type Dossier struct {
	ID        model.ID               `json:"id"`
	Building  model.NodeRef          `json:"building"`
	Unit      model.NodeRef          `json:"unit"`
	Door      string                 `json:"door"`
	Kind      string                 `json:"kind" doc:"户别"`
	Occupancy model.Occupancy        `json:"occupancy" enum:",owner,rented,empty" doc:"居住情况：自住、出租、空关；空为未登记"`
	NoNeeds   bool                   `json:"no_needs" doc:"问过，没有需求"`
	Hub       bool                   `json:"hub" doc:"党员中心户"`
	Version   int64                  `json:"version"`
	Members   []*Occupant            `json:"members"`
	Flags     []*model.HouseholdFlag `json:"flags" doc:"您可以看到的标记"`
	Notes     []*model.HouseholdNote `json:"notes"`
	Withheld  bool                   `json:"withheld" doc:"没有说明用途，敏感的标记和健康情况未显示"`
	Clear     model.FourClear        `json:"four_clear" doc:"四清"`
	Charge    *model.Charge          `json:"responsible,omitempty" doc:"包保人"`
	Teams     []model.NodeRef        `json:"teams" doc:"服务这一户所在网格的服务队"`
	Checklist []string               `json:"checklist" doc:"走访清单"`
	LastVisit *model.HouseholdVisit  `json:"last_visit,omitempty"`
	NextVisit model.Instant          `json:"next_visit_at,omitzero"`

	days int // how often it is visited by the flags that are shown, 0 when they ask for nothing
}

// maxNotes is how many notes a record shows, the newest.
const maxNotes = 50

// Household returns the record of a household; what is sensitive only for a purpose, which is noted whatever there is. It
// fails with ErrNotFound, ErrForbidden and ErrPurpose.
func (r *Register) Household(ctx context.Context, who model.Actor, id model.ID, purpose string) (*Dossier, error) {
	n, err := home(ctx, r.store, who, model.OpReadRegister, id)
	if err != nil {
		return nil, err
	}
	if purpose != "" {
		if err := r.store.Tx(ctx, func(tx *repository.Store) error { return r.note(ctx, tx, who, n.ID, model.ReadRecord, purpose) }); err != nil {
			return nil, err
		}
	}
	return r.record(ctx, r.store, who, n, purpose != "")
}

// record gathers what the caller may know of a household.
func (r *Register) record(ctx context.Context, s *repository.Store, who model.Actor, n *model.Node, sensitive bool) (*Dossier, error) {
	names, err := s.Nodes.Names(ctx, []model.ID{n.BuildingID, n.UnitID})
	if err != nil {
		return nil, err
	}
	record := &Dossier{
		ID: n.ID, Building: model.NodeRef{ID: n.BuildingID, Name: names[n.BuildingID]}, Unit: model.NodeRef{ID: n.UnitID, Name: names[n.UnitID]},
		Door: n.Name, Members: []*Occupant{}, Notes: []*model.HouseholdNote{}, Teams: []model.NodeRef{}, Checklist: []string{}, Withheld: !sensitive,
	}
	for _, fill := range []func(context.Context, *repository.Store, model.Actor, *model.Node, *Dossier) error{
		r.fillFlags, r.fillNotes, r.fillService, r.fillClear,
	} {
		if err := fill(ctx, s, who, n, record); err != nil {
			return nil, err
		}
	}
	return record, nil
}

// fillFlags gives a record the flags that stand, and what a visitor should look at.
func (r *Register) fillFlags(ctx context.Context, s *repository.Store, who model.Actor, n *model.Node, record *Dossier) error {
	known, err := colours(ctx, s, n.CommunityID)
	if err != nil {
		return err
	}
	flags, err := s.Register.FlagsOf(ctx, []model.ID{n.ID})
	if err != nil {
		return err
	}
	if record.Flags, err = shownFlags(ctx, s, who, n, known, flags, !record.Withheld, r.now()); err != nil {
		return err
	}
	for _, f := range record.Flags {
		scheme := known.find(f.Scheme)
		if f.Expired {
			continue
		}
		record.Checklist = append(record.Checklist, scheme.Checklist...)
		if scheme.IntervalDays > 0 && (record.days == 0 || scheme.IntervalDays < record.days) {
			record.days = scheme.IntervalDays
		}
	}
	return nil
}

// fillNotes gives a record its notes.
func (r *Register) fillNotes(ctx context.Context, s *repository.Store, _ model.Actor, n *model.Node, record *Dossier) error {
	notes, err := s.Register.NotesOf(ctx, n.ID, maxNotes)
	for _, note := range notes {
		if !note.High() || !record.Withheld {
			record.Notes = append(record.Notes, note)
		}
	}
	return err
}

// fillService gives a record who serves the household, and the last visit.
func (r *Register) fillService(ctx context.Context, s *repository.Store, _ model.Actor, n *model.Node, record *Dossier) error {
	charges, err := s.Register.Charges(ctx, []model.ID{n.ID})
	if err != nil {
		return err
	}
	if record.Charge = charges[n.ID]; record.Charge != nil {
		if err := nameCharges(ctx, s, []*model.Charge{record.Charge}); err != nil {
			return err
		}
	}
	teams, err := s.Register.TeamsServing(ctx, []model.ID{n.CommunityID, n.AreaID, n.GridID, n.BuildingID, n.UnitID})
	if err != nil {
		return err
	}
	for _, t := range teams {
		record.Teams = append(record.Teams, model.NodeRef{ID: t.ID, Name: t.Name})
	}
	visits, err := s.Register.VisitsOf(ctx, n.ID, 0, 1)
	if err != nil || len(visits) == 0 {
		return err
	}
	record.LastVisit = visits[0]
	return nameVisits(ctx, s, visits)
}

// fillClear gives a record who lives there and what is known of them.
func (r *Register) fillClear(ctx context.Context, s *repository.Store, _ model.Actor, n *model.Node, record *Dossier) error {
	known, err := knownOf(ctx, s, []model.ID{n.ID}, func(model.ID) int { return record.days })
	if err != nil {
		return err
	}
	k := known[n.ID]
	if h := k.Household; h != nil {
		record.Kind, record.Occupancy, record.NoNeeds, record.Hub, record.Version = h.Kind, h.Occupancy, h.NoNeeds, h.Hub, h.Version
	}
	for _, m := range k.Members {
		record.Members = append(record.Members, &Occupant{model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}, m.Head, m.Phone != "", m.BirthYear > 0})
	}
	record.Clear = k.Clear(r.now())
	switch {
	case k.LastVisit != 0:
		record.NextVisit = model.VisitDue(k.LastVisit, record.days)
	case record.days > 0:
		record.NextVisit = model.VisitDue(record.firstFlagged(), record.days)
	}
	return nil
}

// firstFlagged returns since when the household has the first of its flags.
func (record *Dossier) firstFlagged() model.Instant {
	first := record.Flags[0].Since
	for _, f := range record.Flags {
		first = min(first, f.Since)
	}
	return first
}

// knownOf returns what rows say of households, which are to be visited so often.
func knownOf(ctx context.Context, s *repository.Store, ids []model.ID, days func(model.ID) int) (map[model.ID]*model.Known, error) {
	facts, err := s.Register.Facts(ctx, ids)
	if err != nil {
		return nil, err
	}
	people, err := s.Register.PeopleOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	visits, err := s.Register.LastVisits(ctx, ids)
	if err != nil {
		return nil, err
	}
	needs, err := s.Register.Needs(ctx, ids)
	known := make(map[model.ID]*model.Known, len(ids))
	for _, id := range ids {
		known[id] = &model.Known{Household: facts[id], Members: people[id], LastVisit: visits[id], EveryDays: days(id), Needs: needs[id]}
	}
	return known, err
}

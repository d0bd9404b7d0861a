package register

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Home is where a household is.
type Home struct {
	ID       model.ID      `json:"id"`
	Building model.NodeRef `json:"building"`
	Unit     model.NodeRef `json:"unit"`
	Door     string        `json:"door"`
}

// placesOf returns where households are, by id.
func placesOf(ctx context.Context, s *repository.Store, ids []model.ID) (map[model.ID]Home, error) {
	nodes, err := s.Nodes.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	return homesOf(ctx, s, nodes)
}

func homesOf(ctx context.Context, s *repository.Store, nodes []*model.Node) (map[model.ID]Home, error) {
	var around []model.ID
	for _, n := range nodes {
		around = append(around, n.BuildingID, n.UnitID)
	}
	names, err := s.Nodes.Names(ctx, around)
	homes := make(map[model.ID]Home, len(nodes))
	for _, n := range nodes {
		homes[n.ID] = Home{
			n.ID, model.NodeRef{ID: n.BuildingID, Name: names[n.BuildingID]}, model.NodeRef{ID: n.UnitID, Name: names[n.UnitID]}, n.Name,
		}
	}
	return homes, err
}

// Filter narrows a list of households. What is zero lets all pass.
type Filter struct {
	Unit        model.ID // of the tree
	Responsible model.ID
	Team        model.ID
	Unassigned  bool
	Flag        string // code of a scheme
	Purpose     string // needed for a flag that is sensitive
}

// query asks for households of the caller's that pass a filter. It fails with ErrForbidden, ErrNotFound, with
// ErrSchemeUnknown, and with ErrPurpose for a flag that is sensitive.
func (r *Register) query(ctx context.Context, who model.Actor, f Filter) (*repository.HomeQuery, palette, error) {
	reach, err := who.Reach(model.OpReadRegister)
	if err != nil {
		return nil, nil, err
	}
	known, err := colours(ctx, r.store, who.Place.CommunityID)
	if err != nil {
		return nil, nil, err
	}
	if f.Flag != "" {
		switch s := known.find(f.Flag); {
		case s == nil:
			return nil, nil, model.ErrSchemeUnknown
		case s.High() && f.Purpose == "":
			return nil, nil, model.ErrPurpose
		}
	}
	within, err := below(ctx, r.store, who, f.Unit)
	return &repository.HomeQuery{
		Community: who.Place.CommunityID, Reach: reach, Below: within, Responsible: f.Responsible, Team: f.Team, Unassigned: f.Unassigned,
		Flag: f.Flag, Sight: known.sight(reach, true), Now: r.now(),
	}, known, err
}

// HouseholdLine is a household in a list.
type HouseholdLine struct {
	Home
	Clear       model.FourClear `json:"four_clear"`
	Charge      *model.Charge   `json:"responsible,omitempty"`
	LastVisitAt model.Instant   `json:"last_visit_at,omitzero"`
}

// Households lists households within the caller's reach. Which of them have a flag that is sensitive is told for a purpose,
// and noted for each. It fails with ErrCursor, and as query does.
func (r *Register) Households(ctx context.Context, who model.Actor, f Filter, page model.Page) (*model.List[*HouseholdLine], error) {
	q, known, err := r.query(ctx, who, f)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("households:%d:%d:%d:%d:%t:%s", who.MemberID, f.Unit, f.Responsible, f.Team, f.Unassigned, f.Flag)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	nodes, err := r.store.Register.Homes(ctx, q, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	lines, err := r.lines(ctx, nodes)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, lines, func(last *HouseholdLine) int64 { return int64(last.ID) })
	if f.Flag == "" || !known.find(f.Flag).High() {
		return list, nil
	}
	ids := make([]model.ID, len(list.Items))
	for i, l := range list.Items {
		ids[i] = l.ID
	}
	return list, r.noteAll(ctx, who, ids, model.ReadList, f.Purpose)
}

// noteAll keeps who read what of each of some places.
func (r *Register) noteAll(ctx context.Context, who model.Actor, nodes []model.ID, what, purpose string) error {
	reads := make([]*model.RegisterRead, len(nodes))
	for i, id := range nodes {
		var err error
		if reads[i], err = model.NewRegisterRead(r.store.NewID(), who, id, what, purpose, r.now()); err != nil {
			return err
		}
	}
	return r.store.Tx(ctx, func(tx *repository.Store) error { return tx.Register.AddReads(ctx, reads...) })
}

// lines gathers what a list shows of households.
func (r *Register) lines(ctx context.Context, nodes []*model.Node) ([]*HouseholdLine, error) {
	ids := make([]model.ID, len(nodes))
	for i, n := range nodes {
		ids[i] = n.ID
	}
	homes, err := homesOf(ctx, r.store, nodes)
	if err != nil {
		return nil, err
	}
	known, err := knownOf(ctx, r.store, ids, func(model.ID) int { return model.DefaultVisitDays })
	if err != nil {
		return nil, err
	}
	charges, err := r.store.Register.Charges(ctx, ids)
	if err != nil {
		return nil, err
	}
	lines, standing := make([]*HouseholdLine, len(nodes)), []*model.Charge{}
	for i, id := range ids {
		lines[i] = &HouseholdLine{homes[id], known[id].Clear(r.now()), charges[id], known[id].LastVisit}
		if charges[id] != nil {
			standing = append(standing, charges[id])
		}
	}
	return lines, nameCharges(ctx, r.store, standing)
}

// DueVisit is a household that is to be visited.
type DueVisit struct {
	Home
	DueAt       model.Instant `json:"due_at"`
	Overdue     bool          `json:"overdue"`
	LastVisitAt model.Instant `json:"last_visit_at,omitzero"`
	Charge      *model.Charge `json:"responsible,omitempty"`
}

// DueVisits lists the households within the caller's reach that are to be visited by their flags, those that are due first
// first; with overdue only those that should have been. Which flags they are is not said, but how often tells: those that
// are sensitive count only for a purpose, which is then noted for each household. It fails with ErrCursor, and as query
// does.
func (r *Register) DueVisits(ctx context.Context, who model.Actor, f Filter, overdue bool, page model.Page) (*model.List[*DueVisit], error) {
	f.Flag = ""
	q, known, err := r.query(ctx, who, f)
	if err != nil {
		return nil, err
	}
	q.Sight = known.sight(q.Reach, f.Purpose != "")
	name := fmt.Sprintf("due-visits:%d:%d:%d:%d:%t:%t:%s", who.MemberID, f.Unit, f.Responsible, f.Team, f.Unassigned, overdue, f.Purpose)
	key, err := model.DecodeCursor(name, page.Cursor, 2)
	if err != nil {
		return nil, err
	}
	var after *repository.DueVisit
	if key != nil {
		after = &repository.DueVisit{DueAt: model.Instant(key[0]), HouseholdID: model.ID(key[1])}
	}
	until := model.Instant(0)
	if overdue {
		until = r.now()
	}
	rows, err := r.store.Register.DueVisits(ctx, q, until, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := &model.List[*DueVisit]{Items: []*DueVisit{}}
	if len(rows) > page.Size() {
		rows = rows[:page.Size()]
		last := rows[len(rows)-1]
		list.NextCursor = model.EncodeCursor(name, int64(last.DueAt), int64(last.HouseholdID))
	}
	if list.Items, err = r.dueLines(ctx, rows); err != nil || f.Purpose == "" {
		return list, err
	}
	ids := make([]model.ID, len(rows))
	for i, d := range rows {
		ids[i] = d.HouseholdID
	}
	return list, r.noteAll(ctx, who, ids, model.ReadVisits, f.Purpose)
}

func (r *Register) dueLines(ctx context.Context, rows []*repository.DueVisit) ([]*DueVisit, error) {
	ids := make([]model.ID, len(rows))
	for i, d := range rows {
		ids[i] = d.HouseholdID
	}
	homes, err := placesOf(ctx, r.store, ids)
	if err != nil {
		return nil, err
	}
	charges, err := r.store.Register.Charges(ctx, ids)
	if err != nil {
		return nil, err
	}
	due, standing := make([]*DueVisit, len(rows)), []*model.Charge{}
	for i, d := range rows {
		due[i] = &DueVisit{homes[d.HouseholdID], d.DueAt, d.DueAt < r.now(), d.LastAt, charges[d.HouseholdID]}
		if c := charges[d.HouseholdID]; c != nil {
			standing = append(standing, c)
		}
	}
	return due, nameCharges(ctx, r.store, standing)
}

// FlagReview is a flag that is to be looked at again.
type FlagReview struct {
	Home Home                 `json:"household"`
	Flag *model.HouseholdFlag `json:"flag"`
}

// Reviews lists the flags within the caller's reach that have ended or end soon, those that end first first; those that are
// sensitive only for a purpose, which is noted for each household. It fails with ErrForbidden, ErrNotFound, ErrPurpose and
// ErrCursor.
func (r *Register) Reviews(ctx context.Context, who model.Actor, unit model.ID, purpose string, page model.Page) (*model.List[*FlagReview], error) {
	reach, err := who.Reach(model.OpReadRegister)
	if err != nil {
		return nil, err
	}
	within, err := below(ctx, r.store, who, unit)
	if err != nil {
		return nil, err
	}
	known, err := colours(ctx, r.store, who.Place.CommunityID)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("reviews:%d:%d:%t", who.MemberID, unit, purpose != "")
	key, err := model.DecodeCursor(name, page.Cursor, 2)
	if err != nil {
		return nil, err
	}
	if key == nil {
		key = []int64{0, 0}
	}
	flags, err := r.store.Register.DueFlags(ctx, who.Place.CommunityID, known.sight(reach, purpose != ""), within,
		r.now().Add(model.FlagReviewAhead), model.Instant(key[0]), model.ID(key[1]), page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := &model.List[*FlagReview]{Items: []*FlagReview{}}
	if len(flags) > page.Size() {
		flags = flags[:page.Size()]
		last := flags[len(flags)-1]
		list.NextCursor = model.EncodeCursor(name, int64(last.ExpiresAt), int64(last.ID))
	}
	list.Items, err = r.reviews(ctx, who, known, flags, purpose)
	return list, err
}

func (r *Register) reviews(ctx context.Context, who model.Actor, known palette, flags []*model.HouseholdFlag, purpose string) ([]*FlagReview, error) {
	var ids, setters, sensitive []model.ID
	for _, f := range flags {
		ids, setters = append(ids, f.HouseholdID), append(setters, f.SetBy)
		if known.find(f.Scheme).High() {
			sensitive = append(sensitive, f.HouseholdID)
		}
	}
	if len(sensitive) > 0 {
		if err := r.noteAll(ctx, who, sensitive, model.ReadReviews, purpose); err != nil {
			return nil, err
		}
	}
	homes, err := placesOf(ctx, r.store, ids)
	if err != nil {
		return nil, err
	}
	refs, err := r.store.Members.Refs(ctx, setters)
	reviews := make([]*FlagReview, len(flags))
	for i, f := range flags {
		f.Expired, f.Setter = !f.Live(r.now()), refs[f.SetBy]
		reviews[i] = &FlagReview{homes[f.HouseholdID], f}
	}
	return reviews, err
}

// Reads lists who read what is sensitive within the caller's reach, newest first, of one place or by one reader where they
// are given. It fails with ErrForbidden and ErrCursor.
func (r *Register) Reads(ctx context.Context, who model.Actor, node, reader model.ID, page model.Page) (*model.List[*model.RegisterRead], error) {
	reach, err := who.Reach(model.OpReadReads)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("reads:%d:%d:%d", who.MemberID, node, reader)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	q := &repository.ReadQuery{Community: who.Place.CommunityID, Reach: reach, Node: node, Reader: reader}
	rows, err := r.store.Register.Reads(ctx, q, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.RegisterRead) int64 { return int64(last.ID) })
	return list, nameReads(ctx, r.store, list.Items)
}

// nameReads gives reads the names of who read, and of the places but for doors.
func nameReads(ctx context.Context, s *repository.Store, reads []*model.RegisterRead) error {
	var people, nodes []model.ID
	for _, read := range reads {
		people, nodes = append(people, read.ReaderID), append(nodes, read.NodeID)
	}
	refs, err := s.Members.Refs(ctx, people)
	if err != nil {
		return err
	}
	found, err := s.Nodes.ByIDs(ctx, nodes)
	places := make(map[model.ID]model.NodeRef, len(found))
	for _, n := range found {
		places[n.ID] = model.NodeRef{ID: n.ID, Name: n.Name}
		if n.Kind == model.KindHousehold {
			places[n.ID] = model.NodeRef{ID: n.ID}
		}
	}
	for _, read := range reads {
		read.Reader, read.Place = refs[read.ReaderID], places[read.NodeID]
	}
	return err
}

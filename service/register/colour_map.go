package register

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// maxPlaces is how many buildings or units a map has at most.
const maxPlaces = 5000

// MapQuery asks for a map.
type MapQuery struct {
	By      model.NodeKind // building or unit
	Unit    model.ID       // of the tree; zero: all within reach
	Purpose string         // to see small cells of what is sensitive
}

// Map counts households by their flags in each building or unit within the caller's reach, and hides small cells from who may
// not know which households those are. Units are shown only to who may, because a unit and its building would tell of
// another. Small cells of what is sensitive are shown for a purpose, which is noted. It fails with ErrForbidden, ErrNotFound,
// ErrInvalid and ErrPurpose.
func (r *Register) Map(ctx context.Context, who model.Actor, q MapQuery) (*model.ColourMap, error) {
	reach, err := who.Reach(model.OpReadMap)
	if err != nil {
		return nil, err
	}
	switch q.By {
	case "":
		q.By = model.KindBuilding
	case model.KindBuilding:
	case model.KindUnit:
		if reach, err = who.Reach(model.OpReadRegister); err != nil {
			return nil, err
		}
	default:
		return nil, model.ErrInvalid.Saying("地图按楼栋（building）或单元（unit）统计", "A map is by building or by unit.")
	}
	within, err := below(ctx, r.store, who, q.Unit)
	if err != nil {
		return nil, err
	}
	if q.Purpose != "" {
		if err := r.noteMap(ctx, who, q); err != nil {
			return nil, err
		}
	}
	var m *model.ColourMap
	err = r.store.Snapshot(ctx, func(view *repository.Store) (err error) {
		m, err = r.drawn(ctx, view, who, q, reach, within)
		return err
	})
	return m, err
}

// noteMap keeps that somebody looked at small cells of what is sensitive.
func (r *Register) noteMap(ctx context.Context, who model.Actor, q MapQuery) error {
	at := q.Unit
	if at == 0 {
		at = who.Place.CommunityID
	}
	return r.store.Tx(ctx, func(tx *repository.Store) error { return r.note(ctx, tx, who, at, model.ReadMap, q.Purpose) })
}

// drawn counts on one view of the database.
func (r *Register) drawn(ctx context.Context, view *repository.Store, who model.Actor, q MapQuery, reach []model.Grant, within *model.Grant) (*model.ColourMap, error) {
	community := who.Place.CommunityID
	known, err := colours(ctx, view, community)
	if err != nil {
		return nil, err
	}
	nodes, err := view.Register.MapPlaces(ctx, community, q.By, reach, within, maxPlaces)
	if err != nil {
		return nil, err
	}
	homes, err := view.Register.CountHomes(ctx, community, q.By)
	if err != nil {
		return nil, err
	}
	counts, err := view.Register.CountFlags(ctx, community, q.By, r.now())
	if err != nil {
		return nil, err
	}
	m := &model.ColourMap{By: string(q.By), Places: make([]*model.MapPlace, len(nodes)), AsOf: r.now()}
	around, places := []model.ID{}, make(map[model.ID]model.Place, len(nodes))
	for _, n := range nodes {
		around, places[n.ID] = append(around, n.GridID, n.BuildingID), n.Place
	}
	names, err := view.Nodes.Names(ctx, around)
	for i, n := range nodes {
		m.Places[i] = &model.MapPlace{
			Node: model.NodeRef{ID: n.ID, Name: n.Name}, Building: model.NodeRef{ID: n.BuildingID, Name: names[n.BuildingID]},
			Grid: model.NodeRef{ID: n.GridID, Name: names[n.GridID]}, Households: homes[n.ID],
		}
	}
	m.Fill(known, counts, func(s *model.FlagScheme, place model.ID) bool {
		return s.VisibleTo(who, places[place]) && (!s.High() || q.Purpose != "")
	})
	return m, err
}

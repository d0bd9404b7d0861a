package network

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// PointInput is what a community edits of a service point.
type PointInput struct {
	Kind         model.PointKind
	Name         string
	Address      string
	Services     []string
	Hours        []model.Slot
	OpenHolidays bool
	At           *model.Position
	Active       *bool // nil: as it is
}

func (in PointInput) apply(p *model.ServicePoint) error {
	p.Kind, p.Name, p.Address, p.Services, p.Hours, p.OpenHolidays = in.Kind, in.Name, in.Address, in.Services, in.Hours, in.OpenHolidays
	if in.Active != nil {
		p.Active = *in.Active
	}
	if err := p.Locate(in.At); err != nil {
		return err
	}
	return p.Validate()
}

// AddPoint adds a service point for the part of the tree below a node. It fails with ErrForbidden, ErrNotFound, ErrInvalid,
// and with ErrDuplicate when the community has one of the name.
func (n *Network) AddPoint(ctx context.Context, who model.Actor, node model.ID, in PointInput) (*model.ServicePoint, error) {
	return repository.Once(ctx, n.store, n.now(), func(tx *repository.Store) (*model.ServicePoint, error) {
		at, err := tx.Nodes.Get(ctx, node)
		if err == nil {
			err = who.May(model.OpManagePlaces, at.Place)
		}
		if err != nil {
			return nil, err
		}
		now := n.now()
		p := &model.ServicePoint{ID: n.store.NewID(), Place: at.Place, NodeID: at.ID, NodeKind: at.Kind, Active: true, Version: 1, CreatedAt: now, UpdatedAt: now}
		if err := in.apply(p); err != nil {
			return nil, err
		}
		if err := tx.ServicePoints.Create(ctx, p); err != nil {
			return nil, err
		}
		return p, n.showPoints(ctx, tx, p)
	})
}

// EditPoint replaces what a community edits of a point. It fails as AddPoint does, and with ErrStale.
func (n *Network) EditPoint(ctx context.Context, who model.Actor, id model.ID, version int64, in PointInput) (*model.ServicePoint, error) {
	return repository.Once(ctx, n.store, n.now(), func(tx *repository.Store) (*model.ServicePoint, error) {
		p, err := tx.ServicePoints.Lock(ctx, id)
		if err == nil {
			err = who.May(model.OpManagePlaces, p.Place)
		}
		switch {
		case err != nil:
			return nil, err
		case p.Version != version:
			return nil, model.ErrStale
		}
		p.Version, p.UpdatedAt = version+1, n.now()
		if err := in.apply(p); err != nil {
			return nil, err
		}
		if err := tx.ServicePoints.Update(ctx, p); err != nil {
			return nil, err
		}
		return p, n.showPoints(ctx, tx, p)
	})
}

// showPoints completes points with whether they are open now.
func (n *Network) showPoints(ctx context.Context, s *repository.Store, points ...*model.ServicePoint) error {
	if len(points) == 0 {
		return nil
	}
	now := n.now()
	calendar, err := s.Calendar.Days(ctx, points[0].CommunityID, now.Day(), now.Day())
	for _, p := range points {
		p.Shown(calendar, now)
	}
	return err
}

// Points lists the service points of the caller's community, of a kind when it is given; those that have ended only with
// all. It fails with ErrUnbound and ErrCursor.
func (n *Network) Points(ctx context.Context, who model.Actor, kind model.PointKind, all bool, page model.Page) (*model.List[*model.ServicePoint], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	name := fmt.Sprintf("service points:%d:%s:%t", who.MemberID, kind, all)
	after, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := n.store.ServicePoints.List(ctx, who.Place.CommunityID, kind, all, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.ServicePoint) int64 { return int64(last.ID) })
	return list, n.showPoints(ctx, n.store, list.Items...)
}

// Point returns one point of the caller's community. It fails with ErrUnbound and ErrNotFound.
func (n *Network) Point(ctx context.Context, who model.Actor, id model.ID) (*model.ServicePoint, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	p, err := n.store.ServicePoints.Get(ctx, id)
	if err == nil && p.CommunityID != who.Place.CommunityID {
		err = model.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return p, n.showPoints(ctx, n.store, p)
}

// PutBuilding says where a building stands. It fails with ErrForbidden, ErrNotFound and ErrInvalid.
func (n *Network) PutBuilding(ctx context.Context, who model.Actor, building model.ID, at model.Position) (*model.BuildingPosition, error) {
	node, err := n.store.Nodes.Get(ctx, building)
	if err == nil {
		err = who.May(model.OpManagePlaces, node.Place)
	}
	if err != nil {
		return nil, err
	}
	position, err := model.NewBuildingPosition(node, at, who.MemberID, n.now())
	if err != nil {
		return nil, err
	}
	return position, n.store.Tx(ctx, func(tx *repository.Store) error { return tx.ServicePoints.SetBuilding(ctx, position) })
}

// maxCircle is how many points are looked at around a home.
const maxCircle = 500

// Circle returns the service points around the caller's home (10分钟党建服务圈), the nearest first, with how far each is as
// far as that is known. It fails with ErrUnbound.
func (n *Network) Circle(ctx context.Context, who model.Actor) (*model.ServiceCircle, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	points, err := n.store.ServicePoints.List(ctx, who.Place.CommunityID, "", false, 0, maxCircle)
	if err != nil {
		return nil, err
	}
	var building *model.BuildingPosition
	if who.Place.BuildingID != 0 {
		if building, err = n.store.ServicePoints.Building(ctx, who.Place.BuildingID); err != nil {
			return nil, err
		}
	}
	circle := &model.ServiceCircle{Minutes: model.CircleMinutes, Estimate: model.CircleNote, HomeKnown: building != nil, Items: []*model.ServicePoint{}}
	for _, p := range points {
		if p.Near = p.From(who.Place, building); p.Near.Within {
			circle.Within++
		}
		circle.Items = append(circle.Items, p)
	}
	slices.SortStableFunc(circle.Items, nearer)
	return circle, n.showPoints(ctx, n.store, circle.Items...)
}

// nearer sorts what is within the circle first, then by minutes where they are known, then by the tree.
func nearer(a, b *model.ServicePoint) int {
	rank := func(p *model.ServicePoint) (int, int, int) {
		in, minutes := 1, p.Near.Minutes
		if p.Near.Within {
			in = 0
		}
		if minutes == 0 {
			minutes = model.CircleMinutes
		}
		return in, minutes, slices.Index(model.Levels(), p.Near.Shares)
	}
	a1, a2, a3 := rank(a)
	b1, b2, b3 := rank(b)
	return cmp.Or(cmp.Compare(a1, b1), cmp.Compare(a2, b2), cmp.Compare(a3, b3))
}

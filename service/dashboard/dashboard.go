package dashboard

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Dashboard is the use case of reading one.
type Dashboard struct {
	store *repository.Store
	now   func() model.Instant
}

// New returns the dashboards of a store.
func New(store *repository.Store, now func() model.Instant) *Dashboard { return &Dashboard{store, now} }

// Read counts what stands in the rows of a grid, an area or a community; without a unit, of the caller's community. A
// street reads its community as the tier of the street. It fails with ErrForbidden and ErrNotFound for a unit out of the
// caller's reach, and with ErrInvalid for a unit without a dashboard.
func (d *Dashboard) Read(ctx context.Context, who model.Actor, unit model.ID, street bool) (*model.Dashboard, error) {
	if unit == 0 {
		unit = who.Place.CommunityID
	}
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	node, err := d.store.Nodes.Get(ctx, unit)
	if err == nil {
		err = who.May(model.OpReadDashboard, node.Place)
	}
	if err != nil {
		return nil, err
	}
	tier, err := tierOf(node, street)
	if err != nil {
		return nil, err
	}
	now := d.now()
	from, to := monthOf(now.Day())
	board := &model.Dashboard{Tier: tier, Unit: model.NodeRef{ID: node.ID, Name: node.Name}, Month: now.Time().Format("2006-01"), AsOf: now}
	q := &repository.DashboardQuery{Community: node.CommunityID, Scope: model.Grant{NodeID: node.ID, NodeKind: node.Kind}, From: from, To: to}
	for _, f := range d.store.Dashboard.Figures() {
		n, err := f.Count(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", f.Code, err)
		}
		board.Figures = append(board.Figures, &model.Figure{Code: f.Code, Name: f.Name, Value: n})
	}
	return board, nil
}

func tierOf(node *model.Node, street bool) (model.DashboardTier, error) {
	switch {
	case street && node.Kind == model.KindCommunity:
		return model.DashboardStreet, nil
	case street:
		return "", model.ErrInvalid.Saying("街道看板按社区查看", "A street reads communities.")
	case node.Kind == model.KindGrid:
		return model.DashboardGrid, nil
	case node.Kind == model.KindArea:
		return model.DashboardArea, nil
	case node.Kind == model.KindCommunity:
		return model.DashboardCommunity, nil
	}
	return "", model.ErrInvalid.Saying("看板只有网格、片区和社区三级", "There are dashboards of grids, areas and communities.")
}

// monthOf returns the first and the last day of the month of a day.
func monthOf(day model.Day) (from, to model.Day) {
	from = day/100*100 + 1
	for to = from; to.Next()/100 == from/100; to = to.Next() {
		continue
	}
	return from, to
}

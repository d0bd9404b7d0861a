package community

import (
	"linbanglin/model"
	"linbanglin/service/community/roster"
)

// node finds a node below a parent, or makes it.
func (p *plan) node(kind model.NodeKind, parent *model.Node, name string) *model.Node {
	key := keyOf(kind, parent.ID, name)
	if n := p.nodes[key]; n != nil {
		return n
	}
	n := &model.Node{ID: p.newID(), Kind: kind, ParentID: parent.ID, Name: name, Place: parent.Place, CreatedAt: p.now}
	n.Settle()
	p.nodes[key], p.byID[n.ID] = n, n
	p.freshNodes = append(p.freshNodes, n)
	p.report.Nodes.Created++
	return n
}

// Where a roster does not say.
const (
	unnamedArea = "未分片区"
	unnamedGrid = "未分网格"
)

// tree makes areas, grids, buildings and units, and moves the buildings that the roster has elsewhere.
func (p *plan) tree(book *roster.Book) {
	for _, g := range book.Grids {
		p.grid(g.Area, g.Name)
	}
	for _, b := range book.Buildings {
		building := p.building(b)
		for _, u := range b.Units {
			p.node(model.KindUnit, building, u)
		}
	}
}

// grid finds or makes a grid. One that is named without its area is the only one of the name.
func (p *plan) grid(area, name string) *model.Node {
	if area == "" {
		if g := p.onlyGrid(name); g != nil {
			return g
		}
		area = unnamedArea
	}
	return p.node(model.KindGrid, p.node(model.KindArea, p.community, area), name)
}

// onlyGrid returns the grid of a name, nil when there is none or more than one.
func (p *plan) onlyGrid(name string) *model.Node {
	var found *model.Node
	for _, area := range p.nodes {
		if area.Kind != model.KindArea {
			continue
		}
		if g := p.nodes[keyOf(model.KindGrid, area.ID, name)]; g != nil {
			if found != nil {
				return nil
			}
			found = g
		}
	}
	return found
}

// building finds or makes a building, in the grid that the roster tells.
func (p *plan) building(b *roster.Building) *model.Node {
	known := p.nodes[keyOf(model.KindBuilding, 0, b.Name)]
	if known == nil {
		grid := b.Grid
		if grid == "" {
			grid = unnamedGrid
		}
		area := b.Area
		if area == "" && b.Grid == "" {
			area = unnamedArea
		}
		return p.node(model.KindBuilding, p.grid(area, grid), b.Name)
	}
	if grid := p.gridOf(b, known); grid.ID != known.ParentID {
		p.move(known, grid)
	}
	return known
}

// gridOf returns the grid of a building that is known: where the roster does not say, the one that it is in.
func (p *plan) gridOf(b *roster.Building, known *model.Node) *model.Node {
	grid, area := p.byID[known.GridID], p.byID[known.AreaID]
	if b.Area != "" {
		area = p.node(model.KindArea, p.community, b.Area)
	}
	sameGrid := b.Grid == "" || roster.NameKey(b.Grid) == roster.NameKey(grid.Name)
	switch {
	case sameGrid && area.ID == known.AreaID:
		return grid
	case b.Grid == "":
		return p.node(model.KindGrid, area, unnamedGrid)
	case b.Area == "":
		if only := p.onlyGrid(b.Grid); only != nil {
			return only
		}
	}
	return p.node(model.KindGrid, area, b.Grid)
}

// move puts a building, all that is in it and who lives there into another grid.
func (p *plan) move(building, grid *model.Node) {
	building.ParentID = grid.ID
	for _, n := range p.nodes {
		if n.BuildingID == building.ID {
			n.AreaID, n.GridID = grid.AreaID, grid.ID
		}
	}
	for _, m := range p.members {
		if m.BuildingID == building.ID {
			m.AreaID, m.GridID = grid.AreaID, grid.ID
		}
	}
	p.moved = append(p.moved, building)
	p.report.Nodes.Updated++
}

// home finds or makes the node of a door. Its building is there: the roster's reader saw to that.
func (p *plan) home(d roster.Door) *model.Node {
	building := p.nodes[keyOf(model.KindBuilding, 0, d.Building)]
	return p.node(model.KindHousehold, p.node(model.KindUnit, building, d.Unit), d.Number)
}

// household takes what the roster says of a door.
func (p *plan) household(h *roster.Household) {
	n := p.home(h.Door)
	marked := p.flags(n.ID, h.Flags)
	had := p.homes[n.ID]
	next := model.Household{NodeID: n.ID}
	if had != nil {
		next = *had
	}
	if lived := model.OccupancyOf(h.Kind); lived != "" && h.Kind != next.Kind {
		next.Occupancy = lived
	}
	if h.Kind != "" {
		next.Kind = h.Kind
	}
	if h.Hub != nil {
		next.Hub = *h.Hub
	}
	switch {
	case had == nil:
		p.report.Households.Created++
	case had.Kind == next.Kind && had.Occupancy == next.Occupancy && had.Hub == next.Hub:
		if !marked {
			p.report.Households.Unchanged++
		} else {
			p.report.Households.Updated++
		}
		return
	default:
		p.report.Households.Updated++
	}
	next.Version++
	next.UpdatedAt = p.now
	p.homes[n.ID] = &next
	p.changedHomes = append(p.changedHomes, &next)
}

package community

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Community shows and changes who lives where and who holds which role.
type Community struct {
	store *repository.Store
	now   func() model.Instant
}

// New returns the community's use cases on a store.
func New(store *repository.Store, now func() model.Instant) *Community { return &Community{store, now} }

// Units lists nodes of the tree within the caller's reach, by kind and parent where given. Households are
// listed only for those who may read who lives there. It fails with ErrCursor.
func (c *Community) Units(ctx context.Context, who model.Actor, kind model.NodeKind, parent model.ID, page model.Page) (*model.List[*model.Node], error) {
	operation, kinds := model.OpReadTree, []model.NodeKind{kind}
	switch kind {
	case "":
		kinds = []model.NodeKind{model.KindCommunity, model.KindArea, model.KindGrid, model.KindBranch, model.KindBuilding, model.KindUnit}
	case model.KindHousehold:
		operation = model.OpReadMembers
	}
	reach, err := who.Reach(operation)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("units:%d:%s:%d", who.MemberID, kind, parent)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Nodes.List(ctx, who.Place.CommunityID, kinds, parent, first(after), reach, page.Size()+1)
	if err != nil {
		return nil, err
	}
	return model.PageOf(name, page, rows, func(last *model.Node) int64 { return int64(last.ID) }), nil
}

func first(key []int64) model.ID {
	if key == nil {
		return 0
	}
	return model.ID(key[0])
}

// Person is a member as the community's staff see one in a list: the name masked.
type Person struct {
	model.MemberRef
	Roles []model.Grant `json:"roles"`
	Unit  model.NodeRef `json:"unit,omitzero"` // the building
}

// Members lists people of the roster within the caller's reach, of one role when given. It fails with
// ErrForbidden and ErrCursor.
func (c *Community) Members(ctx context.Context, who model.Actor, role model.Role, page model.Page) (*model.List[*Person], error) {
	reach, err := who.Reach(model.OpReadMembers)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("members:%d:%s", who.MemberID, role)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := c.store.Members.List(ctx, who.Place.CommunityID, role, first(after), reach, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := &model.List[*Person]{Items: []*Person{}}
	if len(rows) > page.Size() {
		rows = rows[:page.Size()]
		list.NextCursor = model.EncodeCursor(name, int64(rows[len(rows)-1].ID))
	}
	ids, homes := make([]model.ID, len(rows)), make([]model.ID, len(rows))
	for i, m := range rows {
		ids[i], homes[i] = m.ID, m.BuildingID
	}
	grants, err := c.store.Roles.OfMembers(ctx, ids)
	if err != nil {
		return nil, err
	}
	names, err := c.store.Nodes.Names(ctx, homes)
	for _, m := range rows {
		p := &Person{MemberRef: model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}, Roles: grants[m.ID]}
		if p.Roles == nil {
			p.Roles = []model.Grant{}
		}
		if m.BuildingID != 0 {
			p.Unit = model.NodeRef{ID: m.BuildingID, Name: names[m.BuildingID]}
		}
		list.Items = append(list.Items, p)
	}
	return list, err
}

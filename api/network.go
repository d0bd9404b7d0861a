package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/network"
)

// GroupBody is what a branch edits of a family group.
type GroupBody struct {
	Name      string     `json:"name" minLength:"1" maxLength:"50"`
	HubID     model.ID   `json:"hub_household_id,omitzero" doc:"党员中心户的户编号"`
	LeaderID  model.ID   `json:"leader_id" doc:"组长"`
	MemberIDs []model.ID `json:"member_ids" minItems:"1" maxItems:"30" doc:"组员，包括组长；须是本支部的党员"`
}

func (b GroupBody) input() network.GroupInput {
	return network.GroupInput{Name: b.Name, Hub: b.HubID, Leader: b.LeaderID, Members: b.MemberIDs}
}

// PointBody is what a community edits of a service point.
type PointBody struct {
	Kind         model.PointKind    `json:"kind" enum:"service_centre,good_neighbour,reception_room,other" doc:"党群服务中心、睦邻点、党员会客室、其他"`
	Name         string             `json:"name" minLength:"1" maxLength:"50"`
	Address      string             `json:"address" minLength:"1" maxLength:"100" doc:"如 3 幢一楼架空层"`
	Services     []string           `json:"services,omitempty" maxItems:"20"`
	Hours        []model.Slot       `json:"hours,omitempty" maxItems:"21" doc:"每周开放时间"`
	OpenHolidays bool               `json:"open_on_holidays,omitempty" doc:"日历上的假日也开放"`
	Position     *model.FenceCenter `json:"position,omitempty" doc:"坐标，可不填"`
	Active       *bool              `json:"active,omitempty" doc:"false 为停用；不填则不变"`
}

func (b PointBody) input() network.PointInput {
	in := network.PointInput{Kind: b.Kind, Name: b.Name, Address: b.Address, Services: b.Services, Hours: b.Hours, OpenHolidays: b.OpenHolidays, Active: b.Active}
	if b.Position != nil {
		in.At = &model.Position{Lat: b.Position.Lat, Lng: b.Position.Lng}
	}
	return in
}

// Network registers the party network, service points and the ten-minute circle.
func Network(n *network.Network) Noun {
	return func(on *Operations) {
		familyGroups(on, n)
		servicePoints(on, n)
	}
}

func familyGroups(on *Operations, n *network.Network) {
	get(on, "/party-network", "get-party-network", "community", "党组织网络：社区党委、片区党支部、党员中心户、家庭党小组",
		func(ctx context.Context, who model.Actor, _ *none) (*body[*model.PartyNetwork], error) {
			return answer(n.PartyNetwork(ctx, who))
		})
	post(on, "/family-groups", "create-family-group", "community", "设立家庭党小组",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				BranchID model.ID `json:"branch_id" doc:"党支部"`
				GroupBody
			}
		},
		) (*created[*model.FamilyGroup], error) {
			g, err := n.AddGroup(ctx, who, in.Body.BranchID, in.Body.input())
			if err != nil {
				return nil, err
			}
			return &created[*model.FamilyGroup]{basePath + "/family-groups/" + g.ID.String(), g}, nil
		}, answers(http.StatusCreated))
	get(on, "/family-groups/{id}", "get-family-group", "community", "家庭党小组（支部书记、社区管理员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.FamilyGroup], error) {
			return answer(n.Group(ctx, who, in.id()))
		})
	put(on, "/family-groups/{id}", "update-family-group", "community", "修改家庭党小组",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				GroupBody
				Version int64 `json:"version" minimum:"1" doc:"读到的版本"`
			}
		},
		) (*body[*model.FamilyGroup], error) {
			return answer(n.EditGroup(ctx, who, in.id(), in.Body.Version, in.Body.input()))
		})
	del(on, "/family-groups/{id}", "delete-family-group", "community", "撤销家庭党小组",
		func(ctx context.Context, who model.Actor, in *ByID) (*none, error) {
			return nil, n.RemoveGroup(ctx, who, in.id())
		})
}

func servicePoints(on *Operations, n *network.Network) {
	get(on, "/service-points", "list-service-points", "community", "服务中心、睦邻点等服务点，现在是否开放",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Kind model.PointKind `query:"kind" enum:"service_centre,good_neighbour,reception_room,other"`
			All  bool            `query:"all" doc:"包括停用的"`
		},
		) (*body[*model.List[*model.ServicePoint]], error) {
			return answer(n.Points(ctx, who, in.Kind, in.All, in.page()))
		})
	post(on, "/service-points", "create-service-point", "community", "登记服务点",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				UnitID model.ID `json:"unit_id" doc:"在哪里：社区树中的一个编号"`
				PointBody
			}
		},
		) (*created[*model.ServicePoint], error) {
			p, err := n.AddPoint(ctx, who, in.Body.UnitID, in.Body.input())
			if err != nil {
				return nil, err
			}
			return &created[*model.ServicePoint]{basePath + "/service-points/" + p.ID.String(), p}, nil
		}, answers(http.StatusCreated))
	get(on, "/service-points/{id}", "get-service-point", "community", "服务点",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.ServicePoint], error) {
			return answer(n.Point(ctx, who, in.id()))
		})
	put(on, "/service-points/{id}", "update-service-point", "community", "修改服务点",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				PointBody
				Version int64 `json:"version" minimum:"1" doc:"读到的版本"`
			}
		},
		) (*body[*model.ServicePoint], error) {
			return answer(n.EditPoint(ctx, who, in.id(), in.Body.Version, in.Body.input()))
		})
	put(on, "/units/{id}/position", "set-building-position", "community", "设定楼栋坐标",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body model.FenceCenter
		},
		) (*body[*model.BuildingPosition], error) {
			return answer(n.PutBuilding(ctx, who, in.id(), model.Position{Lat: in.Body.Lat, Lng: in.Body.Lng}))
		})
	get(on, "/service-circle", "get-service-circle", "community", "十分钟党建服务圈：我家附近的服务点，步行时间为估算",
		func(ctx context.Context, who model.Actor, _ *none) (*body[*model.ServiceCircle], error) {
			return answer(n.Circle(ctx, who))
		})
}

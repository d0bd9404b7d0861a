package api

import (
	"context"

	"linbanglin/model"
	registry "linbanglin/service/register"
)

// HomeFilter narrows a list of households.
type HomeFilter struct {
	Unit        PathID `query:"unit_id" doc:"只看这个片区、网格、楼栋或单元"`
	Responsible PathID `query:"responsible" doc:"只看由此人包保的"`
	Team        PathID `query:"team" doc:"只看由这支服务队包保的"`
	Unassigned  bool   `query:"unassigned" doc:"只看没有包保人的"`
}

func (f HomeFilter) filter() registry.Filter {
	return registry.Filter{Unit: f.Unit.ID, Responsible: f.Responsible.ID, Team: f.Team.ID, Unassigned: f.Unassigned}
}

// registerLists registers the lists by which households are worked through.
func registerLists(on *Operations, s *registry.Register) {
	get(on, "/register/households", "list-households", "register", "住户名单：四清、包保人、最近走访",
		func(ctx context.Context, who model.Actor, in *struct {
			HomeFilter
			Flag string `query:"flag" maxLength:"16" doc:"只看有这个标记的；敏感的标记须说明用途"`
			ForPurpose
			Paging
		},
		) (*body[*model.List[*registry.HouseholdLine]], error) {
			f := in.filter()
			f.Flag, f.Purpose = in.Flag, in.Purpose
			return answer(s.Households(ctx, who, f, in.page()))
		})
	get(on, "/register/due-visits", "list-due-visits", "register", "待走访清单，最该走访的在前",
		func(ctx context.Context, who model.Actor, in *struct {
			HomeFilter
			ForPurpose
			Overdue bool `query:"overdue" doc:"只看已超期的"`
			Paging
		},
		) (*body[*model.List[*registry.DueVisit]], error) {
			f := in.filter()
			f.Purpose = in.Purpose
			return answer(s.DueVisits(ctx, who, f, in.Overdue, in.page()))
		})
	get(on, "/register/reviews", "list-flag-reviews", "register", "待复核的标记：已到期和 30 天内到期的",
		func(ctx context.Context, who model.Actor, in *struct {
			Unit PathID `query:"unit_id"`
			ForPurpose
			Paging
		},
		) (*body[*model.List[*registry.FlagReview]], error) {
			return answer(s.Reviews(ctx, who, in.Unit.ID, in.Purpose, in.page()))
		})
	get(on, "/register/reads", "list-register-reads", "register", "谁在何时为何查看过敏感内容（社区管理员、审计员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Node   PathID `query:"unit_id" doc:"只看这一户或这个范围的"`
			Reader PathID `query:"reader_id"`
			Paging
		},
		) (*body[*model.List[*model.RegisterRead]], error) {
			return answer(s.Reads(ctx, who, in.Node.ID, in.Reader.ID, in.page()))
		})
	get(on, "/register/export.xlsx", "export-register", "register", "导出住户档案（带水印，留痕；须说明用途）",
		func(ctx context.Context, who model.Actor, in *struct {
			Unit PathID `query:"unit_id" doc:"不填为整个社区"`
			ForPurpose
		},
		) (*file, error) {
			content, err := s.Export(ctx, who, in.Unit.ID, in.Purpose)
			return save(content, err, mediaXLSX, "register.xlsx")
		}, media(mediaXLSX))
}

// MapInput asks for a map.
type MapInput struct {
	By   string `query:"by" enum:",building,unit" doc:"按楼栋或单元；单元只给可以查看住户的人"`
	Unit PathID `query:"unit_id" doc:"只看这个片区、网格或楼栋"`
	ForPurpose
}

func (in MapInput) query() registry.MapQuery {
	return registry.MapQuery{By: model.NodeKind(in.By), Unit: in.Unit.ID, Purpose: in.Purpose}
}

// colourMap registers the map that shows counts only.
func colourMap(on *Operations, s *registry.Register) {
	get(on, "/map", "get-colour-map", "register", "分色地图：每幢各色的户数，少于 5 户的隐去",
		func(ctx context.Context, who model.Actor, in *MapInput) (*body[*model.ColourMap], error) {
			return answer(s.Map(ctx, who, in.query()))
		})
	get(on, "/map.svg", "get-colour-map-svg", "register", "分色地图的图片",
		func(ctx context.Context, who model.Actor, in *MapInput) (*file, error) {
			content, err := s.MapSVG(ctx, who, in.query())
			if err != nil {
				return nil, err
			}
			return &file{mediaSVG, `inline; filename="map.svg"`, pagePolicy, content}, nil
		}, media(mediaSVG))
}

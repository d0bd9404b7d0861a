package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/shop"
)

// Shop registers the shop: its items, orders of them, and the monthly report.
func Shop(s *shop.Shop) Noun {
	return func(on *Operations) {
		get(on, "/shop/items", "list-shop-items", "shop", "可兑换的物品",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Category string `query:"category" enum:"food,household,books,health,service,other" doc:"类别"`
				All      bool   `query:"all" doc:"管理人员：包括草稿和已下架的"`
			},
			) (*body[*model.List[*model.ShopItem]], error) {
				return answer(s.Items(ctx, who, in.Category, in.All, in.page()))
			})
		get(on, "/shop/items/{id}", "get-shop-item", "shop", "查看物品",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.ShopItem], error) {
				return answer(s.Item(ctx, who, in.id()))
			})
		get(on, "/shop/reports/{month}", "get-shop-report", "shop", "积分超市月报（公示）",
			func(ctx context.Context, who model.Actor, in *struct {
				Month string `path:"month" maxLength:"7" doc:"月份，如 2026-11"`
			},
			) (*body[*shop.MonthReport], error) {
				return answer(s.Report(ctx, who, in.Month))
			})
		stocking(on, s)
		ordering(on, s)
	}
}

// stocking registers what staff do with items.
func stocking(on *Operations, s *shop.Shop) {
	post(on, "/shop/items", "create-shop-item", "shop", "新增物品（草稿）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				ItemInput
				Stock int64 `json:"stock,omitempty" minimum:"0" maximum:"1000000" doc:"首批入库件数"`
			}
		},
		) (*created[*model.ShopItem], error) {
			input := in.Body.input()
			input.Stock = in.Body.Stock
			i, err := s.AddItem(ctx, who, input)
			if err != nil {
				return nil, err
			}
			return &created[*model.ShopItem]{basePath + "/shop/items/" + i.ID.String(), i}, nil
		}, answers(http.StatusCreated))
	put(on, "/shop/items/{id}", "update-shop-item", "shop", "修改物品",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				ItemInput
				Version int64 `json:"version" doc:"读到的版本；别处已修改则为 409 version.stale"`
			}
		},
		) (*body[*model.ShopItem], error) {
			input := in.Body.input()
			input.Version = in.Body.Version
			return answer(s.EditItem(ctx, who, in.id(), input))
		})
	for verb, x := range map[string]struct {
		summary string
		to      model.ItemStatus
	}{"on-sale": {"上架", model.ItemOnSale}, "off-sale": {"下架", model.ItemOffSale}} {
		post(on, "/shop/items/{id}/"+verb, "put-shop-item-"+verb, "shop", x.summary,
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.ShopItem], error) {
				return answer(s.MoveItem(ctx, who, in.id(), x.to))
			})
	}
	post(on, "/shop/items/{id}/stock", "change-shop-stock", "shop", "入库或盘点更正",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Kind   string `json:"kind,omitempty" enum:"received,corrected" doc:"不填时：增加为入库 received，减少为更正 corrected"`
				Change int64  `json:"change" minimum:"-1000000" maximum:"1000000" doc:"增减的件数"`
				Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"原因"`
			}
		},
		) (*body[*model.ShopItem], error) {
			b, kind := in.Body, model.MoveKind(in.Body.Kind)
			if kind == "" {
				if kind = model.StockReceived; b.Change < 0 {
					kind = model.StockCorrected
				}
			}
			return answer(s.Restock(ctx, who, in.id(), kind, b.Change, b.Reason))
		})
	get(on, "/shop/items/{id}/moves", "list-shop-stock-moves", "shop", "库存流水（工作人员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*model.List[*model.StockMove]], error) {
			return answer(s.Moves(ctx, who, in.id(), in.page()))
		})
}

// ordering registers orders from the reservation to the pick-up, or back.
func ordering(on *Operations, s *shop.Shop) {
	post(on, "/shop/orders", "create-shop-order", "shop", "兑换（预留物品和积分，7 天内领取）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				ItemID   model.ID `json:"item_id"`
				Quantity int      `json:"quantity" minimum:"1" maximum:"20"`
			}
		},
		) (*created[*model.Order], error) {
			o, err := s.Order(ctx, who, in.Body.ItemID, in.Body.Quantity)
			if err != nil {
				return nil, err
			}
			return &created[*model.Order]{basePath + "/shop/orders/" + o.ID.String(), o}, nil
		}, answers(http.StatusCreated), keyed)
	get(on, "/shop/orders", "list-shop-orders", "shop", "我的兑换；工作人员：范围内的兑换",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Mine   bool   `query:"mine" doc:"工作人员：只看自己的"`
			Status string `query:"status" doc:"状态，可用逗号分隔多个：reserved,picked_up,cancelled,lapsed,refunded"`
		},
		) (*body[*model.List[*model.Order]], error) {
			states, err := several("status", in.Status, model.OrderStatuses()...)
			if err != nil {
				return nil, err
			}
			return answer(s.Orders(ctx, who, in.Mine, states, in.page()))
		})
	get(on, "/shop/orders/{id}", "get-shop-order", "shop", "查看兑换（本人可见取货码）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Order], error) {
			return answer(s.OrderByID(ctx, who, in.id()))
		})
	post(on, "/shop/orders/{id}/cancel", "cancel-shop-order", "shop", "取消兑换（领取之前）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body *struct {
				Reason string `json:"reason,omitempty" maxLength:"200" doc:"工作人员取消时必填"`
			}
		},
		) (*body[*model.Order], error) {
			reason := ""
			if in.Body != nil {
				reason = in.Body.Reason
			}
			return answer(s.Cancel(ctx, who, in.id(), reason))
		}, unasked)
	post(on, "/shop/orders/{id}/refund", "refund-shop-order", "shop", "领取之后退回（社区）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Reason  string `json:"reason" minLength:"1" maxLength:"200" doc:"原因"`
				Restock bool   `json:"restock,omitempty" doc:"物品退回了库存"`
			}
		},
		) (*body[*model.Order], error) {
			return answer(s.Refund(ctx, who, in.id(), in.Body.Reason, in.Body.Restock))
		})
	post(on, "/shop/pickups", "pick-up-shop-order", "shop", "凭取货码发放（工作人员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Code string `json:"code" minLength:"1" maxLength:"64" doc:"取货码"`
			}
		},
		) (*body[*model.Order], error) {
			return answer(s.Pickup(ctx, who, in.Body.Code))
		})
}

// ItemInput is what staff say about an item.
type ItemInput struct {
	Name         string        `json:"name" minLength:"1" maxLength:"50"`
	Description  string        `json:"description,omitempty" maxLength:"500"`
	Category     string        `json:"category" enum:"food,household,books,health,service,other" doc:"食品、日用、图书文具、健康、便民服务、其他"`
	Points       int64         `json:"points" minimum:"1" maximum:"1000000" doc:"每件所需积分"`
	MonthlyLimit int           `json:"monthly_limit,omitempty" minimum:"0" maximum:"1000" doc:"每人每月限兑件数，0 为不限"`
	StartsAt     model.Instant `json:"starts_at,omitzero" doc:"开始兑换的时间"`
	EndsAt       model.Instant `json:"ends_at,omitzero" doc:"停止兑换的时间"`
	Donor        string        `json:"donor,omitempty" maxLength:"50" doc:"捐赠单位"`
	Scope        model.ID      `json:"scope_unit_id,omitzero" doc:"兑换范围：社区、片区、网格、楼栋、单元或党支部的编号，默认全社区"`
}

func (in ItemInput) input() shop.ItemInput {
	return shop.ItemInput{
		Name: in.Name, Description: in.Description, Category: in.Category, Points: in.Points, MonthlyLimit: in.MonthlyLimit,
		StartsAt: in.StartsAt, EndsAt: in.EndsAt, Donor: in.Donor, Scope: in.Scope,
	}
}

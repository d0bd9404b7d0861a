package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/matters"
)

// rates registers how the handling of matters is counted, and the rows behind each number.
func rates(on *Operations, m *matters.Matters) {
	get(on, "/matters/rates", "read-matter-rates", "matters", "三率：响应率、解决率、满意率和未出本层级的解决率，与上月相比",
		func(ctx context.Context, who model.Actor, in *struct {
			Month string       `query:"month" required:"true" maxLength:"7" doc:"办结的月份，如 2026-11"`
			By    model.RateBy `query:"by" enum:"tier,grid,organisation,category" default:"tier" doc:"按层级、网格、承办单位或类别"`
		},
		) (*body[*model.RateReport], error) {
			return answer(m.Rates(ctx, who, in.Month, in.By))
		})
	get(on, "/matters/rates/list", "list-rated-matters", "matters", "三率的明细：每个分子、分母就是这里的条数",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Month   string            `query:"month" required:"true" maxLength:"7" doc:"办结的月份，如 2026-11"`
			Measure model.RateMeasure `query:"measure" required:"true" enum:"response,resolution,satisfaction,within_tier"`
			Part    model.RatePart    `query:"part" enum:"numerator,denominator" default:"denominator" doc:"分子或分母"`
			By      model.RateBy      `query:"by" enum:"tier,grid,organisation,category" doc:"与 key 一起，只列三率表中的一行"`
			Key     string            `query:"key" maxLength:"96" doc:"三率表中这一行的 key"`
		},
		) (*body[*model.List[*model.RateEntry]], error) {
			return answer(m.Rated(ctx, who, in.Month, in.Measure, in.Part, model.RateGroup{By: in.By, Key: in.Key}, in.page()))
		})
}

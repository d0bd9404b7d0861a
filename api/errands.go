package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/matters"
)

// errands registers what is done for somebody without a fee (无偿代办).
func errands(on *Operations, m *matters.Matters) {
	post(on, "/matters/{id}/errand", "open-errand", "matters", "开始代办（不收费）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Papers []string `json:"papers" minItems:"1" maxItems:"20" doc:"材料清单"`
			}
		},
		) (*body[*model.Errand], error) {
			return answer(m.OpenErrand(ctx, who, in.id(), in.Body.Papers))
		}, answers(http.StatusCreated))
	get(on, "/matters/{id}/errand", "get-errand", "matters", "代办的材料、交接凭据与款项",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Errand], error) {
			return answer(m.Errand(ctx, who, in.id()))
		})
	post(on, "/matters/{id}/errand/receipts", "add-errand-receipt", "matters", "登记交接凭据",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Kind        model.ReceiptKind `json:"kind" enum:"papers_received,papers_submitted,papers_collected,papers_returned,money_received,money_paid,money_returned"`
				Papers      []string          `json:"papers,omitempty" maxItems:"20"`
				Cents       int64             `json:"cents,omitempty" minimum:"0" doc:"款项，单位分"`
				Counterpart string            `json:"counterpart,omitempty" maxLength:"50" doc:"交给谁、向谁取"`
				Note        string            `json:"note,omitempty" maxLength:"200"`
			}
		},
		) (*body[*model.Errand], error) {
			b := in.Body
			return answer(m.HandReceipt(ctx, who, in.id(), &model.ErrandReceipt{Kind: b.Kind, Papers: b.Papers, Cents: b.Cents, Counterpart: b.Counterpart, Note: b.Note}))
		}, unasked)
	post(on, "/matters/{id}/errand/close", "close-errand", "matters", "代办结束（材料和款项已交还）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Errand], error) {
			return answer(m.CloseErrand(ctx, who, in.id()))
		}, unasked)
}

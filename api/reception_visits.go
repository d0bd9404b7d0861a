package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/reception"
)

func receptionVisits(on *Operations, r *reception.Reception) {
	post(on, "/reception/shifts/{id}/visits", "note-reception-visit", "reception", "登记来访：咨询、调解、政策（当班党员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Kind     model.ReceptionKind `json:"kind" enum:"consult,mediation,policy"`
				Audience string              `json:"audience" enum:"resident,migrant,unit" doc:"居民、外来人员、驻区单位"`
				Outcome  string              `json:"outcome" enum:"served,solved" doc:"已接待、已办结"`
				Topic    string              `json:"topic" minLength:"1" maxLength:"200" doc:"事由，不要写姓名和证件号码"`
			}
		},
		) (*created[*model.ReceptionVisit], error) {
			b := in.Body
			v, err := r.Note(ctx, who, in.id(), &model.ReceptionVisit{Kind: b.Kind, Audience: b.Audience, Outcome: b.Outcome, Topic: b.Topic})
			if err != nil {
				return nil, err
			}
			return &created[*model.ReceptionVisit]{basePath + "/reception/visits/" + v.ID.String(), v}, nil
		}, answers(http.StatusCreated))
	get(on, "/reception/visits", "list-reception-visits", "reception", "我登记的来访，或全部（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			All bool `query:"all"`
		},
		) (*body[*model.List[*model.ReceptionVisit]], error) {
			return answer(r.Visits(ctx, who, in.All, in.page()))
		})
	post(on, "/reception/visits/{id}/solve", "solve-reception-visit", "reception", "来访事项办结",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.ReceptionVisit], error) {
			return answer(r.Solve(ctx, who, in.id()))
		})
	get(on, "/reception/counters", "reception-counters", "reception", "接待与办结数，由登记逐条统计",
		func(ctx context.Context, who model.Actor, in *struct {
			From string `query:"from" doc:"起始日期（含），默认本月"`
			To   string `query:"to"`
		},
		) (*body[*reception.Counters], error) {
			from, err := dayOrNone(in.From)
			if err != nil {
				return nil, err
			}
			to, err := dayOrNone(in.To)
			if err != nil {
				return nil, err
			}
			return answer(r.Counters(ctx, who, from, to))
		})
}

// PartyInput is one side of a dispute.
type PartyInput struct {
	Member model.ID `json:"member_id,omitempty"`
	Name   string   `json:"name,omitempty" maxLength:"50" doc:"不是本社区居民时"`
}

func receptionMediations(on *Operations, r *reception.Reception) {
	post(on, "/reception/visits/{id}/mediation", "record-mediation", "reception", "调解记录（只有调解人、当事人和社区管理员能看）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Parties   []PartyInput `json:"parties" minItems:"2" maxItems:"10"`
				Agreement string       `json:"agreement" minLength:"1" maxLength:"2000"`
				FollowUp  model.Day    `json:"follow_up_on"`
			}
		},
		) (*created[*model.Mediation], error) {
			var parties []*model.Party
			for _, p := range in.Body.Parties {
				parties = append(parties, &model.Party{MemberID: p.Member, Name: p.Name})
			}
			m, err := r.Mediate(ctx, who, in.id(), parties, in.Body.Agreement, in.Body.FollowUp)
			if err != nil {
				return nil, err
			}
			return &created[*model.Mediation]{basePath + "/reception/mediations/" + m.ID.String(), m}, nil
		}, answers(http.StatusCreated))
	get(on, "/reception/mediations", "list-mediations", "reception", "与我有关的调解，或全部（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			All bool `query:"all"`
		},
		) (*body[*model.List[*model.Mediation]], error) {
			return answer(r.Mediations(ctx, who, in.All, in.page()))
		})
	get(on, "/reception/mediations/{id}", "get-mediation", "reception", "查看调解记录",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Mediation], error) {
			return answer(r.Mediation(ctx, who, in.id()))
		})
	post(on, "/reception/mediations/{id}/follow-up", "follow-up-mediation", "reception", "调解回访：履行或违反",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Outcome string `json:"outcome" enum:"kept,broken"`
				Note    string `json:"note,omitempty" maxLength:"500"`
			}
		},
		) (*body[*model.Mediation], error) {
			return answer(r.FollowUp(ctx, who, in.id(), in.Body.Outcome, in.Body.Note))
		})
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/network"
)

// DutyBody is an organisation and what it answers for.
type DutyBody struct {
	OrganisationID model.ID `json:"organisation_id"`
	Duty           string   `json:"duty" minLength:"1" maxLength:"200" doc:"承担的责任"`
}

// ByPartner names an organisation's part of an undertaking.
type ByPartner struct {
	ByID
	Organisation PathID `path:"organisation_id"`
}

// Undertakings registers what organisations do together (五联), each with its duty.
func Undertakings(n *network.Network) Noun {
	return func(on *Operations) {
		get(on, "/undertakings", "list-undertakings", "organisations", "共建事项，新的在前",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Organisation PathID `query:"organisation_id" doc:"只看某个组织参与的"`
			},
			) (*body[*model.List[*model.JointUndertaking]], error) {
				return answer(n.Undertakings(ctx, who, in.Organisation.ID, in.page()))
			})
		post(on, "/undertakings", "create-undertaking", "organisations", "发起共建活动或事项（牵头单位的联络员或社区管理员）",
			func(ctx context.Context, who model.Actor, in *undertakingInput) (*created[*model.JointUndertaking], error) {
				u, err := n.Undertake(ctx, who, in.joint())
				if err != nil {
					return nil, err
				}
				return &created[*model.JointUndertaking]{basePath + "/undertakings/" + u.ID.String(), u}, nil
			}, answers(http.StatusCreated))
		get(on, "/undertakings/{id}", "get-undertaking", "organisations", "共建事项和进展",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.JointUndertaking], error) {
				return answer(n.Undertaking(ctx, who, in.id()))
			})
		post(on, "/undertakings/{id}/partners/{organisation_id}/accept", "accept-undertaking", "organisations", "参与单位接受",
			func(ctx context.Context, who model.Actor, in *ByPartner) (*body[*model.JointUndertaking], error) {
				return answer(n.Answer(ctx, who, in.id(), in.Organisation.ID, true))
			})
		post(on, "/undertakings/{id}/partners/{organisation_id}/decline", "decline-undertaking", "organisations", "参与单位不接受",
			func(ctx context.Context, who model.Actor, in *ByPartner) (*body[*model.JointUndertaking], error) {
				return answer(n.Answer(ctx, who, in.id(), in.Organisation.ID, false))
			})
		post(on, "/undertakings/{id}/partners/{organisation_id}/notes", "note-undertaking", "organisations", "记进展",
			func(ctx context.Context, who model.Actor, in *struct {
				ByPartner
				Body struct {
					Text string `json:"body" minLength:"1" maxLength:"500"`
				}
			},
			) (*body[*model.JointUndertaking], error) {
				return answer(n.Note(ctx, who, in.id(), in.Organisation.ID, in.Body.Text))
			}, answers(http.StatusCreated))
		post(on, "/undertakings/{id}/partners/{organisation_id}/done", "do-duty", "organisations", "本单位的责任已完成",
			func(ctx context.Context, who model.Actor, in *ByPartner) (*body[*model.JointUndertaking], error) {
				return answer(n.Do(ctx, who, in.id(), in.Organisation.ID))
			})
		post(on, "/undertakings/{id}/finish", "finish-undertaking", "organisations", "牵头单位办结（各单位责任都完成后）",
			func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.JointUndertaking], error) {
				return answer(n.Finish(ctx, who, in.id(), in.Body.Reason))
			})
		post(on, "/undertakings/{id}/cancel", "cancel-undertaking", "organisations", "牵头单位取消",
			func(ctx context.Context, who model.Actor, in *WithReason) (*body[*model.JointUndertaking], error) {
				return answer(n.Cancel(ctx, who, in.id(), in.Body.Reason))
			})
	}
}

type undertakingInput struct {
	Body struct {
		Kind        model.JointKind `json:"kind" enum:"activity,matter" doc:"共建活动或共建事项"`
		Way         string          `json:"way" enum:"组织联建,工作联商,服务联办,责任联担,品牌联创" doc:"五联之一"`
		Title       string          `json:"title" minLength:"1" maxLength:"50"`
		Description string          `json:"description,omitempty" maxLength:"1000"`
		Lead        DutyBody        `json:"lead" doc:"牵头单位"`
		Partners    []DutyBody      `json:"partners" minItems:"1" maxItems:"19"`
		CampaignID  model.ID        `json:"campaign_id,omitzero" doc:"对应的活动"`
		DueOn       model.Day       `json:"due_on,omitzero" format:"date"`
	}
}

func (in *undertakingInput) joint() network.JointInput {
	b := &in.Body
	joint := network.JointInput{
		Kind: b.Kind, Way: b.Way, Title: b.Title, Description: b.Description, Lead: network.Duty{Organisation: b.Lead.OrganisationID, Duty: b.Lead.Duty},
		Campaign: b.CampaignID, Due: b.DueOn,
	}
	for _, p := range b.Partners {
		joint.Partners = append(joint.Partners, network.Duty{Organisation: p.OrganisationID, Duty: p.Duty})
	}
	return joint
}

package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/matters"
)

// ServiceEntry is what a community writes of a service.
type ServiceEntry struct {
	Category         string       `json:"category" minLength:"1" maxLength:"24"`
	Name             string       `json:"name" minLength:"1" maxLength:"30"`
	OrganisationID   model.ID     `json:"organisation_id,omitzero" doc:"承办单位；不填为由本层级自行办理"`
	Tier             model.Tier   `json:"tier" enum:"grid,community,street"`
	Limits           model.Limits `json:"limits"`
	Papers           []string     `json:"papers" maxItems:"20"`
	Steps            []string     `json:"steps" maxItems:"20"`
	Promise          string       `json:"promise" maxLength:"200"`
	CommunityPrimary bool         `json:"community_primary"`
}

func (e ServiceEntry) service() *model.Service {
	return &model.Service{
		Category: e.Category, Name: e.Name, OrganisationID: e.OrganisationID, Tier: e.Tier, Limits: e.Limits, Papers: e.Papers, Steps: e.Steps,
		Promise: e.Promise, CommunityPrimary: e.CommunityPrimary,
	}
}

// catalogue registers what a community promises (服务承诺), which anyone may read.
func catalogue(on *Operations, m *matters.Matters) {
	get(on, "/service-catalogue", "get-service-catalogue", "matters", "服务目录（派单目录与服务承诺）",
		func(ctx context.Context, _ model.Actor, in *struct {
			Community PathID `query:"community_id" required:"true" doc:"社区"`
			Version   int64  `query:"version" minimum:"-1" default:"-1" doc:"版本；不填为最新"`
		},
		) (*body[*model.Catalogue], error) {
			return answer(m.Catalogue(ctx, in.Community.ID, in.Version))
		}, public)
	put(on, "/service-catalogue", "edit-service-catalogue", "matters", "发布新一版服务目录",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Version int64          `json:"version" minimum:"0" doc:"所依据的最新版本；不是最新则 409"`
				Note    string         `json:"note,omitempty" maxLength:"200"`
				Items   []ServiceEntry `json:"items" minItems:"1" maxItems:"100"`
			}
		},
		) (*body[*model.Catalogue], error) {
			var services []*model.Service
			for _, e := range in.Body.Items {
				services = append(services, e.service())
			}
			return answer(m.EditCatalogue(ctx, who, in.Body.Version, in.Body.Note, services))
		})
}

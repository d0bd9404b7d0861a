package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/community"
)

// OrganisationBody is what a community edits of an organisation.
type OrganisationBody struct {
	Kind   model.OrganisationKind `json:"kind" enum:"party_committee,residents_committee,owners_committee,property_company,local_unit,street_department" doc:"社区党委、居委会、业委会、物业公司、辖区单位、街道科室"`
	Name   string                 `json:"name" minLength:"1" maxLength:"50"`
	Duties string                 `json:"duties,omitempty" maxLength:"500" doc:"职责"`
	Phone  string                 `json:"phone,omitempty" maxLength:"20" doc:"办公电话，会公开"`
	Active *bool                  `json:"active,omitempty" doc:"false 为停用；不填则不变"`
}

func (b OrganisationBody) input() community.OrganisationInput {
	return community.OrganisationInput{Kind: b.Kind, Name: b.Name, Duties: b.Duties, WorkPhone: b.Phone, Active: b.Active}
}

// Organisations registers the bodies that act in a community (一心四翼), and who acts for each.
func Organisations(c *community.Community) Noun {
	return func(on *Operations) {
		get(on, "/organisations", "list-organisations", "organisations", "社区的组织：社区党委、居委会、业委会、物业、辖区单位",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				Kind model.OrganisationKind `query:"kind" enum:"party_committee,residents_committee,owners_committee,property_company,local_unit,street_department"`
				All  bool                   `query:"all" doc:"包括停用的"`
			},
			) (*body[*model.List[*model.Organisation]], error) {
				return answer(c.Organisations(ctx, who, in.Kind, in.All, in.page()))
			})
		post(on, "/organisations", "create-organisation", "organisations", "登记组织",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					UnitID model.ID `json:"unit_id" doc:"服务的范围：社区树中的一个编号"`
					OrganisationBody
				}
			},
			) (*created[*model.Organisation], error) {
				o, err := c.AddOrganisation(ctx, who, in.Body.UnitID, in.Body.input())
				if err != nil {
					return nil, err
				}
				return &created[*model.Organisation]{basePath + "/organisations/" + o.ID.String(), o}, nil
			}, answers(http.StatusCreated))
		get(on, "/organisations/{id}", "get-organisation", "organisations", "组织",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Organisation], error) {
				return answer(c.Organisation(ctx, who, in.id()))
			})
		put(on, "/organisations/{id}", "update-organisation", "organisations", "修改组织",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					OrganisationBody
					Version int64 `json:"version" minimum:"1" doc:"读到的版本"`
				}
			},
			) (*body[*model.Organisation], error) {
				return answer(c.EditOrganisation(ctx, who, in.id(), in.Body.Version, in.Body.input()))
			})
		get(on, "/organisations/{id}/officers", "list-officers", "organisations", "组织的联络员",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[items[*model.Officer]], error) {
				officers, err := c.Officers(ctx, who, in.id())
				return answer(items[*model.Officer]{officers}, err)
			})
		post(on, "/organisations/{id}/officers", "add-officer", "organisations", "指定联络员",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					MemberID model.ID `json:"member_id"`
				}
			},
			) (*body[*model.Officer], error) {
				return answer(c.AddOfficer(ctx, who, in.id(), in.Body.MemberID))
			}, answers(http.StatusCreated))
		del(on, "/organisations/{id}/officers/{member_id}", "remove-officer", "organisations", "撤下联络员",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				MemberID PathID `path:"member_id"`
			},
			) (*none, error) {
				return nil, c.RemoveOfficer(ctx, who, in.id(), in.MemberID.ID)
			})
	}
}

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/matters"
)

// Matters registers what people bring before their community (社情民意), the catalogue by which it is handled, and errands.
func Matters(m *matters.Matters) Noun {
	return func(on *Operations) {
		post(on, "/matters", "report-matter", "matters", "反映社情民意（答复含一次性告知）", reportMatter(m), answers(http.StatusCreated))
		get(on, "/matters", "list-matters", "matters", "列出事项", listMatters(m))
		get(on, "/matters/{id}", "get-matter", "matters", "查看事项",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Matter], error) {
				return answer(m.Matter(ctx, who, in.id()))
			})
		get(on, "/matters/{id}/steps", "list-matter-steps", "matters", "事项的流转记录",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[items[*model.MatterStep]], error) {
				steps, err := m.Steps(ctx, who, in.id())
				return answer(items[*model.MatterStep]{steps}, err)
			})
		post(on, "/matters/{id}/reporter-phone", "reveal-matter-phone", "matters", "查看反映人的联系电话（留痕）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					Purpose string `json:"purpose" minLength:"1" maxLength:"200" doc:"用途"`
				}
			},
			) (*body[*model.Contact], error) {
				return answer(m.Reveal(ctx, who, in.id(), in.Body.Purpose))
			}, keyless)
		handling(on, m)
		judging(on, m)
		passing(on, m)
		whistling(on, m)
		concluding(on, m)
		catalogue(on, m)
		errands(on, m)
		rates(on, m)
		breaches(on, m)
	}
}

type reportMatterInput struct {
	Body struct {
		Category     string         `json:"category" maxLength:"24" doc:"类别，见 GET /service-catalogue"`
		Audience     model.Audience `json:"audience,omitempty" enum:"resident,migrant,unit" default:"resident" doc:"居民、外来人员或驻区单位"`
		Title        string         `json:"title" minLength:"1" maxLength:"50"`
		Text         string         `json:"text,omitempty" maxLength:"2000"`
		UnitID       model.ID       `json:"unit_id,omitzero" doc:"事发地点：片区、网格、楼栋或单元；不填为反映人所在单元"`
		OnBehalfOf   model.ID       `json:"on_behalf_of,omitzero" doc:"网格员或中心户代为反映时，反映人的编号"`
		ByPhone      bool           `json:"by_phone,omitempty" doc:"工作人员接听电话代为登记"`
		Organisation model.ID       `json:"organisation_id,omitzero" doc:"反映人认为应由哪个单位办理；必须在派单目录内"`
		ContactName  string         `json:"contact_name,omitempty" maxLength:"20" doc:"联系人，不填为反映人"`
		ContactPhone string         `json:"contact_phone,omitempty" maxLength:"11" doc:"联系人手机号；只在留痕的查看中显示"`
	}
}

func reportMatter(m *matters.Matters) handler[reportMatterInput, created[*model.Matter]] {
	return func(ctx context.Context, who model.Actor, in *reportMatterInput) (*created[*model.Matter], error) {
		b := in.Body
		made, err := m.Report(ctx, who, matters.Report{
			Category: b.Category, Audience: b.Audience, Title: b.Title, Text: b.Text, NodeID: b.UnitID, OnBehalfOf: b.OnBehalfOf, ByPhone: b.ByPhone,
			Organisation: b.Organisation, ContactName: b.ContactName, ContactPhone: b.ContactPhone,
		})
		if err != nil {
			return nil, err
		}
		return &created[*model.Matter]{basePath + "/matters/" + made.ID.String(), made}, nil
	}
}

type listMattersInput struct {
	Paging
	Status         string `query:"status" doc:"状态，可用逗号分隔多个"`
	Tier           string `query:"tier" doc:"层级，可用逗号分隔多个"`
	Audience       string `query:"audience" doc:"对象，可用逗号分隔多个"`
	Category       string `query:"category" maxLength:"24" doc:"类别"`
	Mine           string `query:"mine" enum:"reported,owned,organisation" doc:"我反映的、我负责或待我接收的、我单位的"`
	OwnerID        PathID `query:"owner_id" doc:"负责人"`
	OrganisationID PathID `query:"organisation_id" doc:"承办单位"`
	GridID         PathID `query:"grid_id" doc:"网格"`
	Overdue        bool   `query:"overdue" doc:"只列超时的"`
}

func listMatters(m *matters.Matters) handler[listMattersInput, body[*model.List[*model.Matter]]] {
	return func(ctx context.Context, who model.Actor, in *listMattersInput) (*body[*model.List[*model.Matter]], error) {
		f := matters.Filter{Part: matters.Part(in.Mine), Owner: in.OwnerID.ID, Organisation: in.OrganisationID.ID, Grid: in.GridID.ID, Overdue: in.Overdue}
		var err error
		if f.Statuses, err = several("status", in.Status, model.MatterStatuses()...); err != nil {
			return nil, err
		}
		if f.Tiers, err = several("tier", in.Tier, model.Tiers()...); err != nil {
			return nil, err
		}
		if f.Audiences, err = several("audience", in.Audience, model.AudienceResident, model.AudienceMigrant, model.AudienceUnit); err != nil {
			return nil, err
		}
		if in.Category != "" {
			f.Categories = []string{in.Category}
		}
		return answer(m.List(ctx, who, f, in.page()))
	}
}

// verb registers a step on a matter that has nothing but its id.
func verb(on *Operations, name, summary string, step func(ctx context.Context, who model.Actor, id model.ID) (*model.Matter, error)) {
	post(on, "/matters/{id}/"+name, name+"-matter", "matters", summary,
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Matter], error) {
			return answer(step(ctx, who, in.id()))
		})
}

// matterReason names a matter, and why something is done to it.
type matterReason struct {
	ByID
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"原因"`
	}
}

// reasoned registers a step on a matter that has a reason.
func reasoned(on *Operations, name, summary string, step func(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.Matter, error), options ...option) {
	post(on, "/matters/{id}/"+name, name+"-matter", "matters", summary,
		func(ctx context.Context, who model.Actor, in *matterReason) (*body[*model.Matter], error) {
			return answer(step(ctx, who, in.id(), in.Body.Reason))
		}, options...)
}

// refusal names a matter and why it is not to be done, with the basis for that.
type refusal struct {
	ByID
	Body struct {
		Reason     string `json:"reason" minLength:"1" maxLength:"500"`
		LegalBasis string `json:"legal_basis" minLength:"1" maxLength:"300" doc:"法律或政策依据"`
	}
}

// decision names a matter and what is decided about it.
type decision struct {
	ByID
	Body struct {
		Approve bool   `json:"approve"`
		Reason  string `json:"reason,omitempty" maxLength:"500"`
	}
}

// handling registers the ordinary life of a matter.
func handling(on *Operations, m *matters.Matters) {
	verb(on, "accept", "受理", m.Accept)
	post(on, "/matters/{id}/contact", "contact-matter", "matters", "登记首次联系",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Note string `json:"note,omitempty" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Contact(ctx, who, in.id(), in.Body.Note))
		})
	verb(on, "start", "开始办理", m.Start)
	post(on, "/matters/{id}/pause", "pause-matter", "matters", "暂停计时",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"500"`
				Papers bool   `json:"papers,omitempty" doc:"等待反映人补充材料"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Pause(ctx, who, in.id(), in.Body.Reason, in.Body.Papers))
		})
	verb(on, "resume", "恢复计时", m.Resume)
	post(on, "/matters/{id}/extend", "extend-matter", "matters", "申请延期（须在时限之前）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Until  model.Instant `json:"until" doc:"申请延期至"`
				Reason string        `json:"reason" minLength:"1" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Extend(ctx, who, in.id(), in.Body.Until, in.Body.Reason))
		})
	post(on, "/matters/{id}/finish", "finish-matter", "matters", "办理完成（当场办结须附凭证）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Result   string   `json:"result" minLength:"1" maxLength:"500"`
				Evidence []string `json:"evidence,omitempty" maxItems:"10" doc:"办理凭证"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Finish(ctx, who, in.id(), in.Body.Result, in.Body.Evidence))
		})
	post(on, "/matters/{id}/explain", "explain-matter", "matters", "拟答复暂不能解决（否定报备）",
		func(ctx context.Context, who model.Actor, in *refusal) (*body[*model.Matter], error) {
			return answer(m.Explain(ctx, who, in.id(), in.Body.Reason, in.Body.LegalBasis))
		})
	post(on, "/matters/{id}/refuse", "refuse-matter", "matters", "拟不予受理（否定报备）",
		func(ctx context.Context, who model.Actor, in *refusal) (*body[*model.Matter], error) {
			return answer(m.Refuse(ctx, who, in.id(), in.Body.Reason, in.Body.LegalBasis))
		})
	post(on, "/matters/{id}/redirect", "redirect-matter", "matters", "告知其他渠道",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Channel string `json:"channel" enum:"110,119,120,12345,litigation,petition,other" doc:"报警、火警、急救、热线、诉讼、信访或其他"`
				Reason  string `json:"reason" minLength:"1" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Redirect(ctx, who, in.id(), in.Body.Channel, in.Body.Reason))
		})
	reasoned(on, "withdraw", "撤回", m.Withdraw, unasked)
}

// judging registers what a second person decides.
func judging(on *Operations, m *matters.Matters) {
	post(on, "/matters/{id}/approve-refusal", "approve-refusal", "matters", "审核不予受理或暂不能解决（他人）",
		func(ctx context.Context, who model.Actor, in *decision) (*body[*model.Matter], error) {
			return answer(m.DecideRefusal(ctx, who, in.id(), in.Body.Approve, in.Body.Reason))
		})
	post(on, "/matters/{id}/approve-extension", "approve-extension", "matters", "审批延期（他人，须在时限之前）",
		func(ctx context.Context, who model.Actor, in *decision) (*body[*model.Matter], error) {
			return answer(m.DecideExtension(ctx, who, in.id(), in.Body.Approve, in.Body.Reason))
		})
	post(on, "/matters/{id}/adjudicate", "adjudicate-matter", "matters", "裁定派单异议",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Uphold bool   `json:"uphold" doc:"异议成立"`
				Reason string `json:"reason" minLength:"1" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Adjudicate(ctx, who, in.id(), in.Body.Uphold, in.Body.Reason))
		})
}

// passing registers how a matter changes hands and tiers.
func passing(on *Operations, m *matters.Matters) {
	post(on, "/matters/{id}/dispatch", "dispatch-matter", "matters", "派单",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Organisation model.ID `json:"organisation_id,omitzero" doc:"目录内的单位；不填为目录对应的单位"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Dispatch(ctx, who, in.id(), in.Body.Organisation))
		})
	reasoned(on, "object", "派单异议", m.Object)
	post(on, "/matters/{id}/handover", "hand-over-matter", "matters", "提出移交",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				To     model.ID `json:"to" doc:"移交给谁"`
				Reason string   `json:"reason,omitempty" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Handover(ctx, who, in.id(), in.Body.To, in.Body.Reason))
		}, unasked)
	verb(on, "accept-handover", "接收移交或派单", m.AcceptHandover)
	post(on, "/matters/{id}/escalate", "escalate-matter", "matters", "上报上一层级",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Cause  model.EscalationCause `json:"cause" enum:"beyond_power,failed_twice" doc:"超出职权，或两次未办成"`
				Reason string                `json:"reason" minLength:"1" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Escalate(ctx, who, in.id(), in.Body.Cause, in.Body.Reason))
		})
	reasoned(on, "descend", "转回下一层级", m.Descend)
	post(on, "/matters/{id}/merge", "merge-matter", "matters", "合并到主事项",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Into model.ID `json:"into" doc:"主事项"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Merge(ctx, who, in.id(), in.Body.Into))
		})
}

// whistling registers how units are called to a matter.
func whistling(on *Operations, m *matters.Matters) {
	post(on, "/matters/{id}/whistle", "whistle-matter", "matters", "吹哨：召集单位报到",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Organisations []model.ID    `json:"organisations" minItems:"1" maxItems:"10"`
				Task          string        `json:"task" minLength:"1" maxLength:"500"`
				ReportBy      model.Instant `json:"report_by" doc:"报到时限"`
				DueAt         model.Instant `json:"due_at" doc:"协办时限"`
			}
		},
		) (*body[*model.Matter], error) {
			var calls []*model.Whistle
			for _, o := range in.Body.Organisations {
				calls = append(calls, &model.Whistle{OrganisationID: o, Task: in.Body.Task, ReportBy: in.Body.ReportBy, DueAt: in.Body.DueAt})
			}
			return answer(m.Whistle(ctx, who, in.id(), calls))
		})
	verb(on, "report-in", "报到", m.ReportIn)
	post(on, "/matters/{id}/co-finish", "co-finish-matter", "matters", "协办单位完成自己的部分",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Result string `json:"result" minLength:"1" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.CoFinish(ctx, who, in.id(), in.Body.Result))
		})
	post(on, "/matters/{id}/rate-whistle", "rate-whistle", "matters", "吹哨双方互评",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Organisation model.ID `json:"organisation_id,omitzero" doc:"主办方评价的协办单位；协办单位评价主办方时不填"`
				Rating       int      `json:"rating" minimum:"1" maximum:"5"`
				Comment      string   `json:"comment,omitempty" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.RateWhistle(ctx, who, in.id(), in.Body.Organisation, in.Body.Rating, in.Body.Comment))
		})
}

// concluding registers what follows the work.
func concluding(on *Operations, m *matters.Matters) {
	post(on, "/matters/{id}/callback", "call-back-matter", "matters", "登记回访（由未经办的人）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Answered     bool               `json:"answered" doc:"是否联系上；三次未联系上不再回访"`
				Resolved     bool               `json:"resolved,omitempty"`
				Satisfaction model.Satisfaction `json:"satisfaction,omitempty" enum:"satisfied,basically,unsatisfied"`
				Note         string             `json:"note,omitempty" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Callback(ctx, who, in.id(), matters.Call(in.Body)))
		})
	post(on, "/matters/{id}/rate", "rate-matter", "matters", "评价",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Satisfaction model.Satisfaction `json:"satisfaction" enum:"satisfied,basically,unsatisfied" doc:"满意、基本满意、不满意"`
				Resolved     bool               `json:"resolved" doc:"是否解决"`
				Comment      string             `json:"comment,omitempty" maxLength:"500"`
			}
		},
		) (*body[*model.Matter], error) {
			return answer(m.Rate(ctx, who, in.id(), in.Body.Satisfaction, in.Body.Resolved, in.Body.Comment))
		})
	verb(on, "close", "办结归档", m.Close)
	reasoned(on, "reopen", "要求重办（最多两次）", m.Reopen)
}

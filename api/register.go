package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	registry "linbanglin/service/register"
)

// SchemeBody is what a community edits of a scheme of flags.
type SchemeBody struct {
	Name            string            `json:"name" minLength:"1" maxLength:"30"`
	Colour          string            `json:"colour" enum:"red,blue,yellow,green,orange,pink,purple,grey"`
	Meaning         string            `json:"meaning,omitempty" maxLength:"200"`
	IntervalDays    int               `json:"visit_interval_days,omitempty" minimum:"0" maximum:"366" doc:"至少多少天走访一次，0 为不要求"`
	Sensitivity     model.Sensitivity `json:"sensitivity" enum:"normal,high" doc:"high：每次查看须说明用途并留痕"`
	Roles           []model.Role      `json:"roles" minItems:"1" maxItems:"3" doc:"谁可以看到是哪一户：grid_worker, branch_secretary, community_admin"`
	Words           []string          `json:"words,omitempty" maxItems:"20" doc:"花名册中的写法"`
	Checklist       []string          `json:"checklist,omitempty" maxItems:"20" doc:"走访清单，每项 1 到 60 个字"`
	RequiresConsent bool              `json:"requires_consent,omitempty" doc:"标记前须征得本户同意"`
	Active          bool              `json:"active" doc:"停用的标准不再计入"`
	Sort            int               `json:"sort,omitempty" minimum:"0" maximum:"1000"`
}

func (b SchemeBody) input() registry.SchemeInput {
	return registry.SchemeInput{
		Name: b.Name, Colour: b.Colour, Meaning: b.Meaning, IntervalDays: b.IntervalDays, Sensitivity: b.Sensitivity, Roles: b.Roles,
		Words: b.Words, Checklist: b.Checklist, RequiresConsent: b.RequiresConsent, Active: b.Active, Sort: b.Sort,
	}
}

// ForPurpose asks for what is sensitive too.
type ForPurpose struct {
	Purpose string `query:"purpose" maxLength:"200" doc:"查看敏感内容的用途，每次留痕；不填则不显示敏感内容"`
}

// Register registers the register of households (一户一档).
func Register(s *registry.Register) Noun {
	return func(on *Operations) {
		schemes(on, s)
		households(on, s)
		householdFlags(on, s)
		charges(on, s)
		teams(on, s)
		registerLists(on, s)
		colourMap(on, s)
	}
}

// schemes registers what the colours mean.
func schemes(on *Operations, s *registry.Register) {
	get(on, "/flag-schemes", "list-flag-schemes", "register", "分色标准",
		func(ctx context.Context, who model.Actor, _ *none) (*body[items[*model.FlagScheme]], error) {
			found, err := s.Schemes(ctx, who)
			return answer(items[*model.FlagScheme]{found}, err)
		})
	post(on, "/flag-schemes", "create-flag-scheme", "register", "新增分色标准",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Code string `json:"code" pattern:"^[a-z][a-z0-9_]{0,15}$" doc:"小写字母、数字和下划线"`
				SchemeBody
			}
		},
		) (*created[*model.FlagScheme], error) {
			scheme, err := s.AddScheme(ctx, who, in.Body.Code, in.Body.input())
			if err != nil {
				return nil, err
			}
			return &created[*model.FlagScheme]{basePath + "/flag-schemes/" + scheme.Code, scheme}, nil
		}, answers(http.StatusCreated))
	put(on, "/flag-schemes/{code}", "update-flag-scheme", "register", "修改分色标准",
		func(ctx context.Context, who model.Actor, in *struct {
			Code string `path:"code" maxLength:"16"`
			Body struct {
				SchemeBody
				Version int64 `json:"version" minimum:"1" doc:"读到的版本"`
			}
		},
		) (*body[*model.FlagScheme], error) {
			return answer(s.EditScheme(ctx, who, in.Code, in.Body.input(), in.Body.Version))
		})
	del(on, "/flag-schemes/{code}", "delete-flag-scheme", "register", "删除从未使用过的分色标准",
		func(ctx context.Context, who model.Actor, in *struct {
			Code string `path:"code" maxLength:"16"`
		},
		) (*none, error) {
			return nil, s.DeleteScheme(ctx, who, in.Code)
		})
}

// households registers what is known of a household.
func households(on *Operations, s *registry.Register) {
	get(on, "/households/{id}", "get-household", "register", "一户一档（网格员、支部书记、社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			ForPurpose
		},
		) (*body[*registry.Dossier], error) {
			return answer(s.Household(ctx, who, in.id(), in.Purpose))
		})
	put(on, "/households/{id}", "update-household", "register", "修改住户的基本情况",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Kind      string          `json:"kind,omitempty" maxLength:"30" doc:"户别"`
				Occupancy model.Occupancy `json:"occupancy,omitempty" enum:",owner,rented,empty" doc:"自住、出租、空关"`
				NoNeeds   bool            `json:"no_needs,omitempty" doc:"问过，没有需求"`
				Version   int64           `json:"version" minimum:"0" doc:"读到的版本"`
			}
		},
		) (*body[*registry.Dossier], error) {
			b := in.Body
			return answer(s.WriteFacts(ctx, who, in.id(), model.HouseholdFacts{Kind: b.Kind, Occupancy: b.Occupancy, NoNeeds: b.NoNeeds}, b.Version))
		})
	post(on, "/households/{id}/notes", "add-household-note", "register", "记录需求、健康情况或服务备注",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Kind model.NoteKind `json:"kind" enum:"need,health,remark" doc:"health 敏感，查看须说明用途；remark 只写与服务有关的"`
				Text string         `json:"text" minLength:"1" maxLength:"500"`
			}
		},
		) (*body[*model.HouseholdNote], error) {
			return answer(s.AddNote(ctx, who, in.id(), in.Body.Kind, in.Body.Text))
		}, answers(http.StatusCreated))
	put(on, "/households/{id}/notes/{note}", "update-household-note", "register", "修改或办结一条记录",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Note PathID `path:"note"`
			Body struct {
				Text    string `json:"text" minLength:"1" maxLength:"500"`
				Closed  bool   `json:"closed,omitempty" doc:"已办结"`
				Version int64  `json:"version" minimum:"1" doc:"读到的版本"`
			}
		},
		) (*body[*model.HouseholdNote], error) {
			return answer(s.EditNote(ctx, who, in.id(), in.Note.ID, in.Body.Text, in.Body.Closed, in.Body.Version))
		})
	get(on, "/households/{id}/visits", "list-household-visits", "register", "走访记录",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Paging
		},
		) (*body[*model.List[*model.HouseholdVisit]], error) {
			return answer(s.Visits(ctx, who, in.id(), in.page()))
		})
	post(on, "/households/{id}/visits", "record-household-visit", "register", "记录一次走访（网格员、社区管理员、包保人）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				VisitedAt model.Instant      `json:"visited_at,omitempty" doc:"不填为现在，最早一年前"`
				Outcome   model.VisitOutcome `json:"outcome" enum:"met,not_home,refused,moved" doc:"只有 met 算走访过"`
				Checklist []model.VisitItem  `json:"checklist,omitempty" maxItems:"60"`
				Note      string             `json:"note,omitempty" maxLength:"500"`
				NextNeed  string             `json:"next_need,omitempty" maxLength:"200" doc:"下一步需求，同时记为一条需求"`
			}
		},
		) (*body[*model.HouseholdVisit], error) {
			b := in.Body
			return answer(s.Visit(ctx, who, in.id(), model.VisitInput{
				VisitedAt: b.VisitedAt, Outcome: b.Outcome, Checklist: b.Checklist, Note: b.Note, NextNeed: b.NextNeed,
			}))
		}, answers(http.StatusCreated))
	get(on, "/households/{id}/help", "get-household-help", "register", "户助户治：一户帮助和得到的帮助（本户和工作人员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			From string `query:"from" doc:"从哪一天起，如 2026-01-01；不填为今年"`
		},
		) (*body[*registry.HouseholdHelp], error) {
			var from model.Day
			if in.From != "" {
				var err error
				if from, err = model.ParseDay(in.From); err != nil {
					return nil, err
				}
			}
			return answer(s.Help(ctx, who, in.id(), from))
		})
}

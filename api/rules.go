package api

import (
	"context"
	"fmt"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

// Rules registers the rules in force, and the versions of them from the draft to the end.
func Rules(l *ledger.Ledger) Noun {
	return func(on *Operations) {
		get(on, "/point-rules", "list-point-rules", "rules", "现行积分规则",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*model.RuleSet], error) {
				return answer(l.RulesInForce(ctx, who))
			})
		get(on, "/point-rules/versions", "list-rule-versions", "rules", "积分规则的各个版本，新的在前（草案只给管理规则的人看）",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.RuleSet]], error) {
				return answer(l.RuleVersions(ctx, who, in.page()))
			})
		get(on, "/point-rules/versions/{version}", "get-rule-version", "rules", "查看一版积分规则",
			func(ctx context.Context, who model.Actor, in *ByVersion) (*body[*model.RuleSet], error) {
				return answer(l.RuleVersion(ctx, who, in.Version))
			})
		post(on, "/point-rules/versions", "draft-rules", "rules", "起草新一版积分规则",
			func(ctx context.Context, who model.Actor, in *struct{ Body RulesBody }) (*created[*model.RuleSet], error) {
				set, err := l.DraftRules(ctx, who, in.Body.input())
				if err != nil {
					return nil, err
				}
				return &created[*model.RuleSet]{fmt.Sprintf("%s/point-rules/versions/%d", basePath, set.Version), set}, nil
			}, answers(http.StatusCreated))
		put(on, "/point-rules/versions/{version}", "edit-rules", "rules", "修改草案",
			func(ctx context.Context, who model.Actor, in *struct {
				ByVersion
				Body struct {
					RulesBody
					Revision int64 `json:"revision" doc:"读到的 revision；别处已修改则为 409 version.stale"`
				}
			},
			) (*body[*model.RuleSet], error) {
				return answer(l.EditRules(ctx, who, in.Version, in.Body.Revision, in.Body.input()))
			})
		rulesLife(on, l)
	}
}

// rulesLife registers what becomes of a draft.
func rulesLife(on *Operations, l *ledger.Ledger) {
	get(on, "/point-rules/versions/{version}/dry-run", "dry-run-rules", "rules", "试算：按这版规则，某个月会发放多少（不写入任何数据）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByVersion
			Month string `query:"month" maxLength:"7" doc:"如 2026-10；不填为上个月"`
		},
		) (*body[*ledger.DryRun], error) {
			return answer(l.DryRun(ctx, who, in.Version, in.Month))
		})
	post(on, "/point-rules/versions/{version}/publish", "publish-rules", "rules", "发布：自今天或以后的某天起生效；同一天有两版时，版本号大的生效",
		func(ctx context.Context, who model.Actor, in *struct {
			ByVersion
			Body struct {
				EffectiveFrom model.Day `json:"effective_from" doc:"生效日期，如 2026-12-01；不能早于今天"`
			}
		},
		) (*body[*model.RuleSet], error) {
			return answer(l.PublishRules(ctx, who, in.Version, in.Body.EffectiveFrom))
		})
	post(on, "/point-rules/versions/{version}/retire", "retire-rules", "rules", "停用：自今天起不再生效，恢复之前的一版；草案则作废",
		func(ctx context.Context, who model.Actor, in *ByVersion) (*body[*model.RuleSet], error) {
			return answer(l.RetireRules(ctx, who, in.Version))
		})
}

// ByVersion names one version of the rules.
type ByVersion struct {
	Version int32 `path:"version" minimum:"1" doc:"版本号"`
}

// RulesBody is what a draft says.
type RulesBody struct {
	ValidMonths int           `json:"valid_months" minimum:"0" maximum:"120" doc:"积分有效期（月），0 为不过期"`
	Items       []*model.Rule `json:"items" minItems:"1" maxItems:"100" nullable:"false"`
	Note        string        `json:"note,omitempty" maxLength:"200" doc:"说明"`
}

func (in RulesBody) input() ledger.RulesInput {
	return ledger.RulesInput{ValidMonths: in.ValidMonths, Items: in.Items, Note: in.Note}
}

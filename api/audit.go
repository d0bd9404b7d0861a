package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/audit"
)

// Audit registers what an auditor is told of.
func Audit(a *audit.Audit) Noun {
	return func(on *Operations) {
		get(on, "/audit/flags", "list-flags", "audit", "疑点：人工录入占比、时间冲突、互相刷分（审计员、社区管理员）",
			func(ctx context.Context, who model.Actor, in *struct {
				From string `query:"from" doc:"起始日期（含），默认 30 天前"`
				To   string `query:"to" doc:"截止日期（含），默认今天"`
				Kind string `query:"kind" doc:"类别，可用逗号分隔多个：declared_share,declared_by_actor,overlap,circular_pair,main_source"`
			},
			) (_ *body[*audit.Report], err error) {
				var q audit.Query
				if q.Kinds, err = several("kind", in.Kind, audit.Kinds()...); err != nil {
					return nil, err
				}
				if q.From, err = dayOrNone(in.From); err != nil {
					return nil, err
				}
				if q.To, err = dayOrNone(in.To); err != nil {
					return nil, err
				}
				return answer(a.Flags(ctx, who, q))
			})
		get(on, "/audit/auth-events", "list-auth-events", "audit", "登录与权限记录（审计员、社区管理员）",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				MemberID PathID `query:"member_id" doc:"对谁"`
				ActorID  PathID `query:"actor_id" doc:"由谁"`
				Kind     string `query:"kind" maxLength:"400" doc:"类别，可用逗号分隔多个，例如 login,locked,role_granted"`
				From     string `query:"from" doc:"起始日期（含）"`
				To       string `query:"to" doc:"截止日期（含）"`
			},
			) (_ *body[*model.List[*audit.AuthEvent]], err error) {
				q := audit.AuthSearch{Member: in.MemberID.ID, Actor: in.ActorID.ID}
				if q.Kinds, err = several("kind", in.Kind, model.AuthKinds()...); err != nil {
					return nil, err
				}
				if q.From, err = dayOrNone(in.From); err != nil {
					return nil, err
				}
				if q.To, err = dayOrNone(in.To); err != nil {
					return nil, err
				}
				return answer(a.AuthEvents(ctx, who, q, in.page()))
			}, describes("只追加、按链哈希；linbanglin verify 核验。"))
	}
}

// dayOrNone reads a day that may be left out.
func dayOrNone(text string) (model.Day, error) {
	if text == "" {
		return 0, nil
	}
	return model.ParseDay(text)
}

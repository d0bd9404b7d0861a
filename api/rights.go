package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/privacy"
)

const mediaZip = "application/zip"

// Rights registers what people may do about what is known of them.
func Rights(p *privacy.Privacy) Noun {
	return func(on *Operations) {
		exports(on, p)
		leaving(on, p)
		rightsRequests(on, p)
		get(on, "/privacy/retention", "get-retention", "privacy", "各类信息的保存期限和清理情况（社区管理员）",
			func(ctx context.Context, who model.Actor, _ *none) (*body[*privacy.Keeping], error) {
				return answer(p.Keeping(ctx, who))
			})
	}
}

func exports(on *Operations, p *privacy.Privacy) {
	post(on, "/me/data-exports", "export-my-data", "privacy", "导出我的个人信息",
		func(ctx context.Context, who model.Actor, _ *none) (*created[*model.DataExport], error) {
			e, err := p.Export(ctx, who)
			if err != nil {
				return nil, err
			}
			return &created[*model.DataExport]{basePath + "/me/data-exports/" + e.ID.String(), e}, nil
		}, unasked, answers(http.StatusAccepted), describes("后台生成 zip（data.json、data.xlsx、说明），生成后通知本人，保留 24 小时。每天最多 3 次。"))
	get(on, "/me/data-exports", "list-my-exports", "privacy", "我的导出记录",
		func(ctx context.Context, who model.Actor, _ *none) (*body[items[*model.DataExport]], error) {
			rows, err := p.Exports(ctx, who)
			return answer(items[*model.DataExport]{append([]*model.DataExport{}, rows...)}, err)
		}, own)
	get(on, "/me/data-exports/{id}", "get-my-export", "privacy", "一次导出；生成后有十分钟内有效的下载链接",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.DataExport], error) {
			return answer(p.ExportOf(ctx, who, in.id()))
		}, own)
	get(on, "/me/data-exports/{id}/file", "download-my-export", "privacy", "下载导出的文件（本人登录，凭签名链接）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Expires   int64  `query:"expires" required:"true"`
			Signature string `query:"signature" required:"true" maxLength:"64"`
		},
		) (*file, error) {
			content, err := p.Open(ctx, who, in.id(), in.Expires, in.Signature)
			return save(content, err, mediaZip, "linbanglin-"+in.id().String()+".zip")
		}, own, media(mediaZip))
}

func leaving(on *Operations, p *privacy.Privacy) {
	get(on, "/me/erasure", "get-my-erasure", "privacy", "注销账号：会删除什么、保留什么、要先办完什么，以及申请的进度",
		func(ctx context.Context, who model.Actor, _ *none) (*body[*privacy.Leaving], error) {
			return answer(p.Leaving(ctx, who))
		}, own)
	post(on, "/me/erasure", "erase-me", "privacy", "申请注销账号",
		func(ctx context.Context, who model.Actor, _ *none) (*created[*model.Erasure], error) {
			e, err := p.Erase(ctx, who)
			if err != nil {
				return nil, err
			}
			return &created[*model.Erasure]{basePath + "/me/erasure", e}, nil
		}, unasked, answers(http.StatusAccepted), describes("等待 7 天，其间可以撤销，到期后执行，不能恢复。"))
	post(on, "/me/erasure/cancel", "cancel-my-erasure", "privacy", "撤销注销申请",
		func(ctx context.Context, who model.Actor, _ *none) (*body[*model.Erasure], error) {
			return answer(p.CancelErasure(ctx, who))
		}, unasked)
}

func rightsRequests(on *Operations, p *privacy.Privacy) {
	post(on, "/me/rights-requests", "ask-right", "privacy", "提出个人信息权利请求：查阅、更正、删除、解释、逝者近亲属",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Kind model.RightKind `json:"kind" enum:"access,correct,delete,explain,relative"`
				Text string          `json:"text" minLength:"1" maxLength:"1000"`
			}
		},
		) (*created[*model.RightsRequest], error) {
			r, err := p.AskRight(ctx, who, in.Body.Kind, in.Body.Text)
			if err != nil {
				return nil, err
			}
			return &created[*model.RightsRequest]{basePath + "/me/rights-requests", r}, nil
		}, unasked, answers(http.StatusCreated), describes("15 个工作日内答复；不同意的会说明理由。"))
	get(on, "/me/rights-requests", "list-my-rights", "privacy", "我的个人信息权利请求",
		func(ctx context.Context, who model.Actor, in *Paging) (*body[*model.List[*model.RightsRequest]], error) {
			return answer(p.RightsAsked(ctx, who, in.page()))
		}, own)
	get(on, "/rights-requests", "list-rights", "privacy", "本社区的个人信息权利请求（社区管理员）",
		func(ctx context.Context, who model.Actor, in *struct {
			Paging
			Status model.RightStatus `query:"status" enum:"open,answered,refused"`
		},
		) (*body[*model.List[*model.RightsRequest]], error) {
			return answer(p.RightsToAnswer(ctx, who, in.Status, in.page()))
		})
	post(on, "/rights-requests/{id}/answer", "answer-right", "privacy", "答复权利请求，或说明不同意的理由（不能答复自己的）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Refuse bool   `json:"refuse,omitempty" doc:"不同意；须说明理由"`
				Text   string `json:"text" minLength:"1" maxLength:"1000"`
			}
		},
		) (*body[*model.RightsRequest], error) {
			return answer(p.AnswerRight(ctx, who, in.id(), in.Body.Refuse, in.Body.Text))
		})
}

package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"linbanglin/model"
	"linbanglin/service/campaign"
)

// photoForm is how many bytes the form around a photo may take.
const photoForm = 64 << 10

type addPhotoInput struct {
	ByID
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"JPEG、PNG 或 WebP，不超过 10 MB，边长不超过 6000、总计不超过 2000 万像素；拍摄地点等信息会被去掉"`
	}]
}

// Photos registers the photos of campaigns.
func Photos(p *campaign.Photos) Noun {
	return func(on *Operations) {
		post(on, "/campaigns/{id}/photos", "add-photo", "campaigns", "上传活动照片（组织者，或已签到、有走访任务的志愿者）",
			func(ctx context.Context, who model.Actor, in *addPhotoInput) (*created[*model.Photo], error) {
				content, err := io.ReadAll(io.LimitReader(in.RawBody.Data().File, model.MaxPhotoBytes+1))
				if err != nil {
					return nil, model.ErrPhoto
				}
				photo, err := p.Add(ctx, who, in.id(), content)
				if err != nil {
					return nil, err
				}
				return &created[*model.Photo]{photo.URL, photo}, nil
			}, answers(http.StatusCreated), keyless, upTo(model.MaxPhotoBytes+photoForm))
		get(on, "/campaigns/{id}/photos", "list-photos", "campaigns", "活动照片（组织者看全部，参加者看自己的）；链接十分钟内有效",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Paging
			},
			) (*body[*model.List[*model.Photo]], error) {
				return answer(p.List(ctx, who, in.id(), in.page()))
			})
		get(on, "/photos/{id}", "open-photo", "campaigns", "打开照片（凭列表中的签名链接）",
			func(ctx context.Context, _ model.Actor, in *struct {
				ByID
				Expires   int64  `query:"expires" required:"true"`
				Signature string `query:"signature" required:"true" maxLength:"64"`
			},
			) (*picture, error) {
				content, err := p.Open(ctx, in.id(), in.Expires, in.Signature)
				if err != nil {
					return nil, err
				}
				return &picture{mediaJPEG, "private, max-age=600", content}, nil
			}, public, media(mediaJPEG))
		post(on, "/photos/{id}/choose", "choose-photo", "campaigns", "选入活动报告（最多 6 张）",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Photo], error) {
				return answer(p.Choose(ctx, who, in.id()))
			})
		post(on, "/photos/{id}/drop", "drop-photo", "campaigns", "去掉照片（一天后删除，之前可重新选用）",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Photo], error) {
				return answer(p.Drop(ctx, who, in.id()))
			})
	}
}

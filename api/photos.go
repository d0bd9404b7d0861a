package api

import (
	"cmp"
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"linbanglin/model"
	"linbanglin/service/campaign"
	"linbanglin/service/matters"
	"linbanglin/service/photos"
)

// photoForm is how many bytes the form around a photo may take.
const photoForm = 64 << 10

type addPhotoInput struct {
	ByID
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"JPEG、PNG 或 WebP，不超过 10 MB，边长不超过 6000、总计不超过 2000 万像素；拍摄地点等信息会被去掉"`
	}]
}

// uploaded reads a photo, and a byte more of one that is too large. It fails with ErrPhoto.
func uploaded(file io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(file, model.MaxPhotoBytes+1))
	if err != nil {
		return nil, model.ErrPhoto
	}
	return content, nil
}

// Album registers links to photos.
func Album(a *photos.Album) Noun {
	return func(on *Operations) {
		get(on, "/photos/{id}", "open-photo", "campaigns", "打开照片（凭列表中的签名链接）",
			func(ctx context.Context, _ model.Actor, in *struct {
				ByID
				Expires   int64  `query:"expires" required:"true"`
				Signature string `query:"signature" required:"true" maxLength:"64"`
			},
			) (*picture, error) {
				content, err := a.Open(ctx, in.id(), in.Expires, in.Signature)
				if err != nil {
					return nil, err
				}
				return &picture{mediaJPEG, "private, max-age=600", content}, nil
			}, public, media(mediaJPEG))
	}
}

// Photos registers the photos of campaigns.
func Photos(p *campaign.Photos) Noun {
	return func(on *Operations) {
		post(on, "/campaigns/{id}/photos", "add-photo", "campaigns", "上传活动照片（组织者，或已签到、有走访任务的志愿者）",
			func(ctx context.Context, who model.Actor, in *addPhotoInput) (*created[*model.Photo], error) {
				content, err := uploaded(in.RawBody.Data().File)
				if err != nil {
					return nil, err
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

type addMatterPhotoInput struct {
	ByID
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"JPEG、PNG 或 WebP，不超过 10 MB，边长不超过 6000、总计不超过 2000 万像素；拍摄地点等信息会被去掉"`
		Kind string        `form:"kind" required:"false" enum:"report,result" doc:"report：反映的情况（默认）；result：办理结果"`
	}]
}

// MatterPhotos registers the photos of matters.
func MatterPhotos(p *matters.Photos) Noun {
	return func(on *Operations) {
		post(on, "/matters/{id}/photos", "add-matter-photo", "matters", "上传事项照片：反映人上传情况，办理人上传结果，各最多 9 张",
			func(ctx context.Context, who model.Actor, in *addMatterPhotoInput) (*created[*model.Photo], error) {
				form := in.RawBody.Data()
				content, err := uploaded(form.File)
				if err != nil {
					return nil, err
				}
				photo, err := p.Add(ctx, who, in.id(), cmp.Or(model.PhotoKind(form.Kind), model.PhotoOfReport), content)
				if err != nil {
					return nil, err
				}
				return &created[*model.Photo]{photo.URL, photo}, nil
			}, answers(http.StatusCreated), keyless, upTo(model.MaxPhotoBytes+photoForm))
		get(on, "/matters/{id}/photos", "list-matter-photos", "matters", "事项的照片；链接十分钟内有效",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[items[*model.Photo]], error) {
				rows, err := p.List(ctx, who, in.id())
				return answer(items[*model.Photo]{rows}, err)
			})
		del(on, "/matters/{id}/photos/{photo}", "drop-matter-photo", "matters", "去掉自己上传的事项照片（一天后删除）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Photo PathID `path:"photo"`
			},
			) (*none, error) {
				return nil, p.Drop(ctx, who, in.id(), in.Photo.ID)
			})
	}
}

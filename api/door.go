package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/booklet"
	"linbanglin/service/campaign"
)

// Door registers what happens at the door of a campaign: its codes and poster, its fence, and check-ins by hand.
func Door(s *campaign.Campaigns, press *booklet.Press) Noun {
	return func(on *Operations) {
		for _, x := range []struct {
			suffix, kind string
			draw         func(string) ([]byte, error)
		}{{"png", mediaPNG, press.CodePNG}, {"svg", mediaSVG, press.CodeSVG}} {
			get(on, "/campaigns/{id}/checkin-qr."+x.suffix, "get-checkin-qr-"+x.suffix, "campaigns", "签到二维码（组织者，30 秒一换，"+x.suffix+"）",
				func(ctx context.Context, who model.Actor, in *struct {
					ByID
					OfSession
				},
				) (*picture, error) {
					link, err := s.CheckinLink(ctx, who, in.id(), in.Session)
					if err != nil {
						return nil, err
					}
					content, err := x.draw(link)
					return &picture{x.kind, neverKept, content}, err
				}, media(x.kind))
		}
		get(on, "/campaigns/{id}/poster.pdf", "print-campaign-poster", "campaigns", "活动海报（A4，PDF）",
			func(ctx context.Context, who model.Actor, in *ByID) (*file, error) {
				poster, err := s.Poster(ctx, who, in.id())
				if err != nil {
					return nil, err
				}
				content, err := press.Poster(ctx, poster)
				return save(content, err, mediaPDF, "poster-"+in.id().String()+".pdf")
			}, media(mediaPDF))
		put(on, "/campaigns/{id}/geofence", "set-geofence", "campaigns", "设置活动的电子围栏",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body FenceInput
			},
			) (*body[*model.Fence], error) {
				b := in.Body
				return answer(s.SetFence(ctx, who, in.id(), model.Position{Lat: b.Lat, Lng: b.Lng}, b.RadiusM, b.Required))
			})
		get(on, "/campaigns/{id}/geofence", "get-geofence", "campaigns", "查看活动的电子围栏（组织者）",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Fence], error) {
				return answer(s.Fence(ctx, who, in.id()))
			})
		post(on, "/campaigns/{id}/checkins/manual", "check-in-by-hand", "campaigns", "代为签到（组织者，计荣誉积分；不能为自己）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Body struct {
					MemberID model.ID `json:"member_id"`
					Reason   string   `json:"reason" minLength:"1" maxLength:"100"`
					Session  int      `json:"session,omitempty" minimum:"0" maximum:"30" doc:"场次，不填为正在进行的一场"`
				}
			},
			) (*body[*model.Checkin], error) {
				return answer(s.CheckInFor(ctx, who, in.id(), in.Body.MemberID, in.Body.Session, in.Body.Reason))
			}, answers(http.StatusOK))
		get(on, "/campaigns/{id}/refused", "list-refused-checkins", "campaigns", "未能签到的名单及原因（组织者）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Paging
			},
			) (*body[*model.List[*model.Refusal]], error) {
				return answer(s.Refused(ctx, who, in.id(), in.page()))
			})
	}
}

// FenceInput is where a campaign takes place.
type FenceInput struct {
	Lat      float64 `json:"lat" minimum:"-90" maximum:"90" doc:"纬度，与小程序 wx.getLocation 所用坐标系一致"`
	Lng      float64 `json:"lng" minimum:"-180" maximum:"180" doc:"经度"`
	RadiusM  int     `json:"radius_m" minimum:"20" maximum:"20000" doc:"半径（米）"`
	Required bool    `json:"required,omitempty" doc:"不在现场（或不提供位置）不能签到"`
}

// ScanInput is what somebody brings to the door.
type ScanInput struct {
	Code    string   `json:"code" maxLength:"64"`
	Session int      `json:"session,omitempty" minimum:"0" maximum:"30" doc:"场次，不填为正在进行的一场"`
	Lat     *float64 `json:"lat,omitempty" minimum:"-90" maximum:"90" doc:"签到时的纬度，只用来判断是否在围栏内，不保存"`
	Lng     *float64 `json:"lng,omitempty" minimum:"-180" maximum:"180"`
}

func (in ScanInput) scan() campaign.Scan {
	scan := campaign.Scan{Code: in.Code, Session: in.Session}
	if in.Lat != nil && in.Lng != nil {
		scan.At = &model.Position{Lat: *in.Lat, Lng: *in.Lng}
	}
	return scan
}

// picture is an answer that is an image.
type picture struct {
	ContentType string `header:"Content-Type"`
	Cache       string `header:"Cache-Control"`
	Body        []byte
}

// What images are.
const (
	mediaSVG  = "image/svg+xml"
	mediaJPEG = "image/jpeg"
	neverKept = "no-store"
)

package api

import (
	"context"
	"net/http"

	"linbanglin/model"
	"linbanglin/service/care"
)

// Signed is how a device signs what it sends.
type Signed struct {
	Device    PathID `header:"X-Device-Id" doc:"设备编号"`
	Counter   int64  `header:"X-Device-Counter" minimum:"0" doc:"严格递增的计数器"`
	Sent      int64  `header:"X-Device-Time" doc:"Unix 秒，与服务器相差不超过 5 分钟"`
	Signature string `header:"X-Device-Signature" maxLength:"64" doc:"HMAC-SHA256(密钥, 方法|路径|编号|计数|时间|正文) 的十六进制"`
	RawBody   []byte
}

// message returns what the device signed, at a path.
func (s *Signed) message(path string) *care.Message {
	return &care.Message{
		Method: http.MethodPost, Path: basePath + path, Device: s.Device.ID, Counter: s.Counter, Sent: s.Sent, Body: s.RawBody, Signature: s.Signature,
	}
}

const (
	alertsPath     = "/doorbell/alerts"
	heartbeatsPath = "/doorbell/heartbeats"
	signedDoc      = "设备以 X-Device-* 请求头签名，签名覆盖 方法|路径|设备编号|计数|时间|正文；计数必须大于上一条，重放为 409 device.replayed。"
)

// bellDevices registers the devices of homes, and what devices send.
func bellDevices(on *Operations, c *care.Care) {
	post(on, "/doorbell/households/{id}/devices", "add-bell-device", "doorbell", "登记门铃设备，密钥只显示一次（网格员）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Name string `json:"name,omitempty" maxLength:"40" doc:"例如 卧室按钮"`
			}
		},
		) (*created[*care.Issued], error) {
			d, err := c.AddDevice(ctx, who, in.id(), in.Body.Name)
			if err != nil {
				return nil, err
			}
			return &created[*care.Issued]{basePath + "/doorbell/households/" + d.HouseholdID.String(), d}, nil
		}, answers(http.StatusCreated), keyless)
	post(on, "/doorbell/devices/{id}/rotate", "rotate-bell-device", "doorbell", "更换设备密钥，旧密钥立即失效（网格员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*care.Issued], error) {
			return answer(c.RotateKey(ctx, who, in.id()))
		}, keyless)
	post(on, "/doorbell/devices/{id}/revoke", "revoke-bell-device", "doorbell", "停用设备（网格员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*struct{}, error) {
			return nil, c.RevokeDevice(ctx, who, in.id())
		}, answers(http.StatusNoContent), keyless)
	post(on, alertsPath, "raise-alarm", "doorbell", "报警：设备签名，或登录的老人、网格员",
		func(ctx context.Context, who model.Actor, in *struct {
			Signed
			Body struct {
				Household model.ID `json:"household_id,omitempty" doc:"登录报警时：哪一户，不填为自己家"`
				Battery   int      `json:"battery,omitempty" minimum:"0" maximum:"100" doc:"设备报警时：电量百分比"`
			}
		},
		) (*created[*model.Alarm], error) {
			var a *model.Alarm
			var err error
			switch {
			case who.MemberID != 0:
				a, err = c.Press(ctx, who, in.Body.Household)
			case in.Device.ID == 0:
				err = model.ErrTokenMissing
			default:
				a, err = c.PressDevice(ctx, in.message(alertsPath), in.Body.Battery)
			}
			if err != nil {
				return nil, err
			}
			return &created[*model.Alarm]{basePath + "/doorbell/alarms/" + a.ID.String(), a}, nil
		}, answers(http.StatusCreated), public, either, signed, describes(signedDoc+"未解除前再次报警只计次数，返回同一个报警。"))
	post(on, heartbeatsPath, "device-heartbeat", "doorbell", "设备心跳：电量，可附平安签到",
		func(ctx context.Context, _ model.Actor, in *struct {
			Signed
			Body struct {
				Battery int  `json:"battery,omitempty" minimum:"0" maximum:"100"`
				Well    bool `json:"well,omitempty" doc:"老人按了“平安”键"`
			}
		},
		) (*body[*care.Beat], error) {
			return answer(c.Heartbeat(ctx, in.message(heartbeatsPath), in.Body.Battery, in.Body.Well))
		}, public, signed, describes(signedDoc))
}

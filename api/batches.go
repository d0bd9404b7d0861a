package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"linbanglin/model"
	"linbanglin/service/awards"
)

// Batches registers awards to many at once.
func Batches(a *awards.Awards) Noun {
	return func(on *Operations) {
		post(on, "/points/batches", "create-batch", "points", "批量发放积分（最多 10000 行；超过 200 行时转为后台任务，见 status 与 percent）", createBatch(a), keyed, answersEither(http.StatusCreated, http.StatusAccepted))
		post(on, "/points/batches/xlsx", "create-batch-from-sheet", "points", "用 Excel 表批量发放积分", createBatchFromSheet(a), keyed, answersEither(http.StatusCreated, http.StatusAccepted))
		get(on, "/points/batches/template.xlsx", "get-batch-template", "points", "批量发放的 Excel 模板",
			func(context.Context, model.Actor, *none) (*download, error) {
				return sheet("batch-template.xlsx", awards.Template)
			}, media(mediaXLSX))
		get(on, "/points/batches", "list-batches", "points", "列出批量发放",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Batch]], error) {
				return answer(a.Batches(ctx, who, in.page()))
			})
		get(on, "/points/batches/{id}", "get-batch", "points", "批量发放的进度",
			func(ctx context.Context, who model.Actor, in *ByID) (*body[*model.Batch], error) {
				return answer(a.Batch(ctx, who, in.id()))
			})
		get(on, "/points/batches/{id}/lines", "list-batch-lines", "points", "批量发放逐行的结果",
			func(ctx context.Context, who model.Actor, in *struct {
				ByID
				Paging
			},
			) (*body[*model.List[*model.BatchLine]], error) {
				return answer(a.Lines(ctx, who, in.id(), in.page()))
			})
		get(on, "/points/batches/{id}/report.xlsx", "download-batch-report", "points", "下载批量发放的结果",
			func(ctx context.Context, who model.Actor, in *ByID) (*download, error) {
				return sheet("batch-"+in.id().String()+".xlsx", func(w io.Writer) error { return a.Report(ctx, who, in.id(), w) })
			}, media(mediaXLSX))
		get(on, "/points/batches/{id}/events", "watch-batch", "points", "批量发放进度的事件流（SSE）", watchBatch(a))
	}
}

type createBatchInput struct {
	Body struct {
		Code       string   `json:"code" minLength:"1" maxLength:"24" doc:"积分规则，见 GET /point-rules"`
		CampaignID model.ID `json:"campaign_id,omitzero" doc:"从这个活动的预算中发放"`
		Memo       string   `json:"memo,omitempty" maxLength:"100" doc:"没有说明的行用它"`
		CapTotal   int64    `json:"cap_total,omitempty" minimum:"0" doc:"这一批最多发多少，0 为不限"`
		CapMember  int64    `json:"cap_member,omitempty" minimum:"0" doc:"这一批每人最多发多少，0 为不限"`
		Lines      []struct {
			MemberID model.ID `json:"member_id"`
			Amount   int64    `json:"amount"`
			Memo     string   `json:"memo,omitempty" maxLength:"100"`
		} `json:"lines" doc:"1 到 10000 行；有误的行不影响其他行"`
	}
}

// batchOutput is 201 for a batch that is done and 202 for one to watch.
type batchOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     *model.Batch
}

func batchAnswer(b *model.Batch, err error) (*batchOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &batchOutput{http.StatusCreated, basePath + "/points/batches/" + b.ID.String(), b}
	if b.Status == model.BatchRunning {
		out.Status = http.StatusAccepted
	}
	return out, nil
}

func createBatch(a *awards.Awards) handler[createBatchInput, batchOutput] {
	return func(ctx context.Context, who model.Actor, in *createBatchInput) (*batchOutput, error) {
		b := in.Body
		batch := awards.Input{Code: b.Code, Campaign: b.CampaignID, Memo: b.Memo, CapTotal: b.CapTotal, CapMember: b.CapMember}
		for _, l := range b.Lines {
			batch.Lines = append(batch.Lines, awards.Line{Member: l.MemberID, Amount: l.Amount, Memo: l.Memo})
		}
		return batchAnswer(a.Create(ctx, who, batch))
	}
}

type createBatchFromSheetInput struct {
	RawBody huma.MultipartFormFiles[struct {
		File       huma.FormFile `form:"file" required:"true" doc:"xlsx，列：编号或手机号（及姓名）、积分、说明"`
		Code       string        `form:"code" required:"true"`
		CampaignID string        `form:"campaign_id" required:"false"`
		Memo       string        `form:"memo" required:"false"`
		CapTotal   int64         `form:"cap_total" required:"false"`
		CapMember  int64         `form:"cap_member" required:"false"`
	}]
}

func createBatchFromSheet(a *awards.Awards) handler[createBatchFromSheetInput, batchOutput] {
	return func(ctx context.Context, who model.Actor, in *createBatchFromSheetInput) (*batchOutput, error) {
		form := in.RawBody.Data()
		lines, err := a.ReadSheet(ctx, who, form.File)
		if err != nil {
			return nil, err
		}
		batch := awards.Input{Code: form.Code, Memo: form.Memo, CapTotal: form.CapTotal, CapMember: form.CapMember, Lines: lines}
		if form.CampaignID != "" {
			if batch.Campaign, err = model.ParseID(form.CampaignID); err != nil {
				return nil, err
			}
		}
		return batchAnswer(a.Create(ctx, who, batch))
	}
}

// download is a file that a browser saves.
type download struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// sheet makes a workbook to download.
func sheet(name string, write func(io.Writer) error) (*download, error) {
	var file bytes.Buffer
	if err := write(&file); err != nil {
		return nil, err
	}
	return &download{mediaXLSX, `attachment; filename="` + name + `"`, file.Bytes()}, nil
}

const (
	watchEvery = 500 * time.Millisecond
	// watchTime is below the time of an operation; the client's EventSource connects again.
	watchTime = 25 * time.Second
)

// watchBatch sends the batch as an event whenever it moved on, until it is done.
func watchBatch(a *awards.Awards) handler[ByID, huma.StreamResponse] {
	return func(ctx context.Context, who model.Actor, in *ByID) (*huma.StreamResponse, error) {
		b, err := a.Batch(ctx, who, in.id())
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			out := openEvents(h)
			end := time.After(watchTime)
			tick := time.NewTicker(watchEvery)
			defer tick.Stop()
			for sent := -1; ; {
				if b.Done != sent {
					if out.event(b.Done, "progress", b) != nil {
						return
					}
					sent = b.Done
				}
				if b.Status == model.BatchDone {
					return
				}
				select {
				case <-ctx.Done():
					return
				case <-end:
					return
				case <-tick.C:
				}
				if b, err = a.Batch(ctx, who, in.id()); err != nil {
					return
				}
			}
		}}, nil
	}
}

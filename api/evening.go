package api

import (
	"context"

	"linbanglin/model"
	"linbanglin/service/booklet"
	"linbanglin/service/campaign"
)

// Evening registers what is left of a campaign when its day is over: honours and reports.
func Evening(s *campaign.Campaigns, photos *campaign.Photos, press *booklet.Press) Noun {
	return func(on *Operations) {
		get(on, "/me/honours", "list-my-honours", "me", "我的活动荣誉",
			func(ctx context.Context, who model.Actor, in *struct{ Paging }) (*body[*model.List[*model.Honour]], error) {
				return answer(s.MyHonours(ctx, who, in.page()))
			}, own)
		get(on, "/campaigns/{id}/report.xlsx", "download-campaign-report", "campaigns", "活动报告（Excel，组织者）",
			func(ctx context.Context, who model.Actor, in *ByID) (*file, error) {
				report, err := s.Report(ctx, who, in.id())
				if err != nil {
					return nil, err
				}
				content, err := press.ReportXLSX(report)
				return save(content, err, mediaXLSX, "campaign-"+in.id().String()+".xlsx")
			}, media(mediaXLSX))
		get(on, "/campaigns/{id}/report.pdf", "print-campaign-report", "campaigns", "活动报告（PDF，含选用的照片，组织者）",
			func(ctx context.Context, who model.Actor, in *ByID) (*file, error) {
				report, err := s.Report(ctx, who, in.id())
				if err != nil {
					return nil, err
				}
				if report.Pictures, err = photos.Pictures(ctx, who, in.id()); err != nil {
					return nil, err
				}
				content, err := press.ReportPDF(ctx, report)
				return save(content, err, mediaPDF, "campaign-"+in.id().String()+".pdf")
			}, media(mediaPDF))
	}
}

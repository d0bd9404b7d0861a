package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"linbanglin/model"
	"linbanglin/service/booklet"
	"linbanglin/service/ledger"
)

// Certificates registers service certificates and the public page that checks one.
func Certificates(l *ledger.Ledger, press *booklet.Press) Noun {
	return func(on *Operations) {
		post(on, "/certificates", "issue-certificate", "certificates", "出具服务时长证明",
			func(ctx context.Context, who model.Actor, in *struct {
				Body struct {
					From     model.Day `json:"from" doc:"起始日期（含）"`
					To       model.Day `json:"to" doc:"截止日期（含），不晚于今天"`
					MemberID model.ID  `json:"member_id,omitzero" doc:"社区管理员：为这位居民出具"`
				}
			},
			) (*created[*ledger.Certificate], error) {
				c, err := l.Certify(ctx, who, ledger.CertificateQuery{Member: in.Body.MemberID, From: in.Body.From, To: in.Body.To})
				if err != nil {
					return nil, err
				}
				return &created[*ledger.Certificate]{basePath + "/certificates/" + c.Number, c}, nil
			}, answers(http.StatusCreated))
		get(on, "/certificates", "list-certificates", "certificates", "我的服务时长证明",
			func(ctx context.Context, who model.Actor, in *struct {
				Paging
				MemberID PathID `query:"member_id" doc:"社区管理员、审计员：这位居民的证明"`
			},
			) (*body[*model.List[*ledger.Certificate]], error) {
				return answer(l.Certificates(ctx, who, in.MemberID.ID, in.page()))
			}, own)
		get(on, "/certificates/{number}", "get-certificate", "certificates", "查看一份证明",
			func(ctx context.Context, who model.Actor, in *ByNumber) (*body[*ledger.Certificate], error) {
				return answer(l.Certificate(ctx, who, in.Number))
			}, own)
		post(on, "/certificates/{number}/revoke", "revoke-certificate", "certificates", "撤销一份证明（社区管理员）",
			func(ctx context.Context, who model.Actor, in *struct {
				ByNumber
				Body struct {
					Reason string `json:"reason" minLength:"1" maxLength:"100" doc:"原因"`
				}
			},
			) (*body[*ledger.Certificate], error) {
				return answer(l.Uncertify(ctx, who, in.Number, in.Body.Reason))
			})
		printing(on, l, press)
		on.page("/verify/:number", check(l, press))
	}
}

// ByNumber names one certificate.
type ByNumber struct {
	Number string `path:"number" maxLength:"64" doc:"证明编号，如 LBL-2026-K7QM-3XWD-P"`
}

// printing registers a certificate as a file.
func printing(on *Operations, l *ledger.Ledger, press *booklet.Press) {
	for _, x := range []struct {
		suffix, kind, summary string
		print                 func(context.Context, *ledger.Certificate) ([]byte, error)
	}{
		{"html", mediaHTML, "证明（可打印的网页）", func(_ context.Context, c *ledger.Certificate) ([]byte, error) { return press.CertificateHTML(c) }},
		{"pdf", mediaPDF, "证明（PDF）", press.CertificatePDF},
	} {
		get(on, "/certificates/{number}/"+x.suffix, "print-certificate-"+x.suffix, "certificates", x.summary,
			func(ctx context.Context, who model.Actor, in *ByNumber) (*file, error) {
				c, err := l.Certificate(ctx, who, in.Number)
				if err != nil {
					return nil, err
				}
				content, err := x.print(ctx, c)
				return save(content, err, x.kind, c.Number+"."+x.suffix)
			}, media(x.kind), own)
	}
}

// check answers a stranger whether a certificate is valid: as a page, or as JSON for who asks for that.
func check(l *ledger.Ledger, press *booklet.Press) gin.HandlerFunc {
	return func(c *gin.Context) {
		valid, err := l.Validity(c.Request.Context(), c.Param("number"))
		if err != nil {
			fail(c, err)
			return
		}
		c.Header("Vary", "Accept")
		if strings.Contains(c.GetHeader("Accept"), "application/json") {
			c.JSON(http.StatusOK, valid)
			return
		}
		page, err := press.CheckHTML(valid)
		if err != nil {
			fail(c, err)
			return
		}
		c.Header("Content-Security-Policy", pagePolicy)
		c.Data(http.StatusOK, mediaHTML, page)
	}
}

package booklet

import (
	"context"
	"fmt"

	"linbanglin/service/ledger"
)

func serviceTabs() []tab {
	return []tab{{"服务内容", 70, "L"}, {"类别", 45, "L"}, {"次数", 25, "R"}, {"时长", 40, "R"}}
}

// CertificatePDF returns a certificate as a PDF of one page. It fails with ErrPDFFont when there is no font to
// make it with.
func (p *Press) CertificatePDF(ctx context.Context, c *ledger.Certificate) ([]byte, error) {
	made, err := newCode(p.checkAddress(c.Number))
	if err != nil {
		return nil, err
	}
	return p.pdf(ctx, "志愿服务时长证明 "+c.Number, c.IssuedAt, func(s *sheet) {
		y := s.certificateText(c)
		y = s.services(y, c)
		s.certificateEnd(y, c, made)
		s.certificateFoot(c, p.checkAddress(c.Number))
	})
}

func (s *sheet) certificateText(c *ledger.Certificate) float64 {
	s.ink(black)
	s.write(margin, margin+8, textWidth, sizeTitle+2, "C", "志愿服务时长证明")
	s.ink(gray)
	s.write(margin, margin+21, textWidth, sizeText, "C", "编号 "+c.Number)
	y := margin + 32.0
	if c.Revocation != nil {
		s.SetTextColor(179, 38, 30)
		s.write(margin, y, textWidth, sizeText+2, "C", "本证明已于 "+date(c.Revocation.RevokedAt)+" 撤销，不再有效")
		y += 10
	}
	s.ink(black)
	return 4 + s.paragraph(margin, y, textWidth, sizeText+2, 9, fmt.Sprintf(
		"　　兹证明 %s（志愿者编号 %s）于 %s 至 %s 期间，在%s参加志愿服务，累计服务时长 %s，其中信用时长 %s，荣誉时长 %s。",
		c.Member.DisplayName, c.MemberID, c.FromDay, c.ToDay, c.Community, hours(c.Minutes()), hours(c.VerifiedMinutes), hours(c.DeclaredMinutes)))
}

func (s *sheet) services(y float64, c *ledger.Certificate) float64 {
	tabs := serviceTabs()
	y = s.tableHead(y, tabs)
	for _, r := range servicesOf(c) {
		x := margin
		for i, text := range []string{r.What, r.Class, fmt.Sprint(r.Times), r.Hours} {
			s.write(x, y+rowPad, tabs[i].width-gap, sizeText, tabs[i].align, text)
			x += tabs[i].width
		}
		y += 8
		s.rule(margin, y, textWidth, 0.1, pale)
	}
	return y + 12
}

// certificateEnd leaves room for what is filled in by hand and for the seal.
func (s *sheet) certificateEnd(y float64, c *ledger.Certificate, made code) {
	const side = 38.0
	made.draw(s, margin+textWidth-side, y-4, side)
	s.ink(gray)
	s.write(margin+textWidth-side, y-4+side, side, sizeSmall, "C", "扫码核验真伪")
	s.ink(black)
	for _, f := range [][2]string{
		{"证件类型及号码：", ""}, {"出具单位：" + c.Community + "（盖章）", "-"}, {"负责人：", ""}, {"经办人：", ""}, {"联系电话：", ""}, {"出具日期：" + date(c.IssuedAt), "-"},
	} {
		for _, line := range s.wrap(textWidth-side-8, sizeText, f[0]) {
			s.write(margin, y, textWidth-side-8, sizeText, "L", line)
			if f[1] == "" {
				from := margin + s.GetStringWidth(line) + 1
				s.rule(from, y+5.5, 52, 0.2, black)
			}
			y += 9.5
		}
	}
}

func (s *sheet) certificateFoot(c *ledger.Certificate, address string) {
	y := pageBottom - 30
	s.rule(margin, y, textWidth, 0.25, black)
	y += 2.5
	s.ink(gray)
	for _, text := range []string{
		"信用时长由系统签到或服务双方确认；荣誉时长由事后申报、组织者核定。只计实际服务时间。已冲正的记录不计入。",
		"核验地址：" + address,
		fmt.Sprintf("出具时账本：第 %d 号，哈希 %s", c.HeadSeq, c.HeadHash),
		"数据来自本社区的服务平台记录，由出具单位盖章后生效。免费出具。",
	} {
		y = s.paragraph(margin, y, textWidth, sizeSmall, 4.8, text)
	}
}

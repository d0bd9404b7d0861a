package booklet

import (
	"context"

	"linbanglin/model"
)

// Sizes of a poster, which is read from some steps away.
const (
	sizePoster = 40.0
	sizeNotice = 18.0
	posterCode = 92.0 // millimetres
)

// Poster returns the A4 poster of a campaign as a PDF of one page, with a code that leads to the campaign and does not
// change. It fails with ErrPDFFont when there is no font to make it with.
func (p *Press) Poster(ctx context.Context, c *model.Poster) ([]byte, error) {
	address := p.campaignAddress(c.ID)
	made, err := newCode(address)
	if err != nil {
		return nil, err
	}
	return p.pdf(ctx, c.Title, c.MadeAt, func(s *sheet) {
		y := s.posterHead(c)
		y = s.posterFacts(y, c)
		top := max(y+6, pageBottom-posterCode-24)
		made.draw(s, (pageWidth-posterCode)/2, top, posterCode)
		s.ink(black)
		s.write(margin, top+posterCode+1, textWidth, sizeNotice, "C", "微信扫一扫，查看详情并报名")
		s.ink(gray)
		s.write(margin, top+posterCode+11, textWidth, sizeSmall, "C", address)
	})
}

// campaignAddress is where anyone gets to a campaign.
func (p *Press) campaignAddress(id model.ID) string { return p.public + "/campaign?c=" + id.String() }

func (s *sheet) posterHead(c *model.Poster) float64 {
	s.SetFillColor(179, 38, 30)
	s.Rect(0, 0, pageWidth, 26, "F")
	s.SetTextColor(255, 255, 255)
	s.write(margin, 8, textWidth, sizeNotice, "L", c.Community)
	s.write(margin, 8, textWidth, sizeNotice, "R", "十助十送 · "+c.Theme)
	s.ink(black)
	y := 36.0
	for _, line := range s.wrap(textWidth, sizePoster, c.Title) {
		s.write(margin, y, textWidth, sizePoster, "C", line)
		y += 18
	}
	return y + 2
}

// posterLines is how much of a long description a poster has room for.
const posterLines = 5

func (s *sheet) posterFacts(y float64, c *model.Poster) float64 {
	until := c.EndsAt.Time().Format("15:04")
	if c.EndsAt.Day() != c.StartsAt.Day() {
		until = minute(c.EndsAt)
	}
	for _, f := range [][2]string{{"时间", minute(c.StartsAt) + " 至 " + until}, {"范围", c.Scope}} {
		s.ink(gray)
		s.write(margin+8, y, 22, sizeNotice, "L", f[0])
		s.ink(black)
		for _, line := range s.wrap(textWidth-38, sizeNotice, f[1]) {
			s.write(margin+30, y, textWidth-38, sizeNotice, "L", line)
			y += 10
		}
	}
	y += 3
	lines := s.wrap(textWidth-16, sizeText+3, c.Description)
	if len(lines) > posterLines {
		lines = append(lines[:posterLines-1], "……")
	}
	for _, line := range lines {
		s.write(margin+8, y, textWidth-16, sizeText+3, "L", line)
		y += 7
	}
	return y
}

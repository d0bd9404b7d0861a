package disclosure

import (
	"context"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// maxCalendarDays is how many days are shown at once.
const maxCalendarDays = 366

// calendarAhead is how far ahead a community's own days are looked at to find working days.
const calendarAhead = 120 * 24 * time.Hour

// Calendar tells which days are working days, from the official calendar and what the community says. A zero
// day is today, or a month after the first. It fails with ErrPeriod for more than 366 days, or less than one.
func (d *Disclosure) Calendar(ctx context.Context, who model.Actor, from, to model.Day) ([]model.CalendarDay, error) {
	if err := who.May(model.OpReadCalendar, who.Place); err != nil {
		return nil, err
	}
	if from == 0 {
		from = d.now().Day()
	}
	if to == 0 {
		to = from.Start().Add(30 * 24 * time.Hour).Day()
	}
	if to < from || to.Start() >= from.Start().Add(maxCalendarDays*24*time.Hour) {
		return nil, model.ErrPeriod.Saying("起止日期应为不超过 366 天的一段日期", "A period has 1 to 366 days.")
	}
	own, err := d.store.Calendar.Days(ctx, who.Place.CommunityID, from, to)
	if err != nil {
		return nil, err
	}
	var days []model.CalendarDay
	for day := from; day <= to; day = day.Next() {
		days = append(days, own.On(day))
	}
	return days, nil
}

// SetDay says for the whole community whether a day is a working day. What is due already stays due. It
// fails with ErrForbidden for who does not hold the office for the whole community, and with ErrInvalid.
func (d *Disclosure) SetDay(ctx context.Context, who model.Actor, day model.Day, working bool, note string) (*model.CalendarDay, error) {
	community := model.Place{CommunityID: who.Place.CommunityID}
	if err := who.May(model.OpEditCalendar, community); err != nil {
		return nil, err
	}
	row := &model.CalendarDay{
		CommunityID: community.CommunityID, Day: day, Working: working, Note: strings.TrimSpace(note),
		Source: model.FromCommunity, UpdatedBy: who.MemberID, UpdatedAt: d.now(),
	}
	if err := row.Validate(); err != nil {
		return nil, err
	}
	return row, d.store.Calendar.Set(ctx, row)
}

// due returns the end of the working days within which an appeal is answered, or a review asked for.
func due(ctx context.Context, s *repository.Store, community model.ID, now model.Instant) (model.Instant, error) {
	own, err := s.Calendar.Days(ctx, community, now.Day(), now.Add(calendarAhead).Day())
	return own.AddWorkingDays(now, model.AppealDays), err
}

package market

import (
	"context"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// reminders are how long before a service its helpers are reminded of it.
var reminders = []time.Duration{24 * time.Hour, 2 * time.Hour}

// remindAgain is how far back a process looks that has just started: a member has a reminder once, whoever sends it.
const remindAgain = time.Hour

// Remind tells helpers who have not begun of services that begin in a day, and in two hours. Any number of processes
// may run it, at any time. It returns how many requests it looked at.
func (m *Market) Remind(ctx context.Context) (looked int, err error) {
	now := m.now()
	since := model.Instant(m.reminded.Load())
	if since == 0 {
		since = now.Add(-remindAgain)
	}
	for _, ahead := range reminders {
		soon, err := m.store.Requests.Starting(ctx, since.Add(ahead), now.Add(ahead))
		if err != nil {
			return looked, err
		}
		looked += len(soon)
		var notices []*model.Notice
		for _, r := range soon {
			notices = append(notices, reminding(r, ahead, now)...)
		}
		if err := m.store.Tx(ctx, func(tx *repository.Store) error { return notify.Tell(ctx, tx, notices...) }); err != nil {
			return looked, err
		}
	}
	m.reminded.Store(int64(now))
	return looked, nil
}

// reminding returns the notices to those who are to come.
func reminding(r *model.HelpRequest, ahead time.Duration, now model.Instant) []*model.Notice {
	var notices []*model.Notice
	for _, c := range r.Claims {
		if c.Status != model.ClaimActive && c.Status != model.ClaimLeaving {
			continue
		}
		notices = append(notices, &model.Notice{
			CommunityID: r.CommunityID, MemberID: c.HelperID, Kind: model.NoticeReminder, Title: "帮忙快开始了",
			Body: fmt.Sprintf("《%s》将于 %s 开始；来不了请点“找人顶替”。", r.Title, r.StartsAt.Time().Format("1月2日 15:04")),
			Ref:  model.NoticeRef{Type: model.RefRequest, ID: r.ID}, Key: fmt.Sprintf("remind:%d:%d", c.ID, int(ahead.Hours())), CreatedAt: now,
		})
	}
	return notices
}

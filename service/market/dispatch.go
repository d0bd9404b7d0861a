package market

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/matching/dispatch"
	"linbanglin/service/notify"
)

// Dispatch brings the requests whose time has come to the next members. It reads the state, so any number of processes
// may run it, at any time. It returns how many requests it moved on. A request that fails keeps none of the others
// waiting; the errors are joined.
func (m *Market) Dispatch(ctx context.Context) (moved int, err error) {
	now := m.now()
	if err := m.adopt(ctx, now); err != nil {
		return 0, err
	}
	ids, err := m.store.Asks.Due(ctx, now, sweepBatch)
	if err != nil {
		return 0, err
	}
	return m.store.Each(ctx, "dispatch request", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		return m.nextWave(ctx, tx, id, now)
	})
}

// adoptEvery is how often a process looks for requests that wait without a dispatch, or without the owner they need: those
// of an older program, and of places that had no officer.
const adoptEvery = 10 * time.Minute

// adopt has the dispatch of such requests follow them.
func (m *Market) adopt(ctx context.Context, now model.Instant) error {
	if now < model.Instant(m.adopted.Load()).Add(adoptEvery) {
		return nil
	}
	var failures []error
	for after := model.ID(0); ; {
		ids, err := m.store.Asks.Orphans(ctx, after, sweepBatch)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			m.adopted.Store(int64(now))
			return errors.Join(failures...)
		}
		_, err = m.store.Each(ctx, "adopt request", ids, func(tx *repository.Store, id model.ID) (bool, error) {
			r, err := tx.Requests.Lock(ctx, id)
			if err != nil {
				return false, err
			}
			return true, m.followDispatch(ctx, tx, r, now)
		})
		failures, after = append(failures, err), ids[len(ids)-1]
	}
}

// nextWave asks the next members for one request, unless another process was faster.
func (m *Market) nextWave(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	r, err := tx.Requests.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	d, err := tx.Asks.Dispatch(ctx, id)
	switch {
	case err != nil:
		return false, err
	case d == nil, d.Status != model.DispatchRunning, d.NextAt > now:
		return false, nil
	case !r.Waits():
		// It was moved by a program that knows nothing of dispatches.
		return true, m.followDispatch(ctx, tx, r, now)
	case !r.Wants(now):
		// It is for the sweep of requests to end it.
		d.NextAt, d.UpdatedAt = now.Add(dispatch.Pace(d.Pace).Window()), now
		return false, tx.Asks.UpdateDispatch(ctx, d)
	}
	if err := tx.Asks.Alone(ctx, r.CommunityID); err != nil {
		return false, err
	}
	silent, err := tx.Asks.Settle(ctx, id, model.AskSilent)
	if err != nil {
		return false, err
	}
	if err := tx.Asks.TallySilent(ctx, silent); err != nil {
		return false, err
	}
	p, err := givePool(ctx, tx, r, now)
	if err != nil {
		return false, err
	}
	w := p.round(d).Next(p.candidates, now)
	if len(w.Ask) > 0 {
		d.Wave++
	}
	return true, m.send(ctx, tx, r, d, p, w, now)
}

// followDispatch has the dispatch of a locked request follow the request's state, after every change of that: it
// begins with a request that waits for helpers, begins anew at once when one waits again, and stops when one waits no
// more. Who has not answered by then is told. A request that is escalated has an officer who owns it.
func (m *Market) followDispatch(ctx context.Context, tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
	d, err := tx.Asks.Dispatch(ctx, r.ID)
	if err != nil || d == nil && !r.Waits() {
		return err
	}
	changed := false
	if d == nil {
		d = newDispatch(r, now)
		err = tx.Asks.Begin(ctx, d)
	} else if changed = d.Follow(r, now); changed {
		err = turn(ctx, tx, r, d, now)
	}
	if err != nil {
		return err
	}
	if hurry(d, r, now) {
		changed = true
	}
	if r.Status == model.RequestEscalated && d.OwnerID == 0 {
		changed = true
		if err := own(ctx, tx, r, d, now); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	return tx.Asks.UpdateDispatch(ctx, d)
}

// hurry brings the next wave forward when a request has become more urgent by being edited.
func hurry(d *model.Dispatch, r *model.HelpRequest, now model.Instant) bool {
	pace := dispatch.PaceOf(r)
	if d.Status != model.DispatchRunning || !r.Waits() || d.Pace == string(pace) {
		return false
	}
	d.Pace, d.NextAt = string(pace), min(d.NextAt, pace.Begins(now, r.DeadlineAt))
	return true
}

// turn tells whom it concerns that a dispatch has stopped, or that a case has begun anew.
func turn(ctx context.Context, tx *repository.Store, r *model.HelpRequest, d *model.Dispatch, now model.Instant) error {
	switch {
	case !d.Open():
		return voidAsks(ctx, tx, r, now)
	case d.HasCase():
		return notify.Tell(ctx, tx, aboutCase(r, d.OwnerID, model.NoticeCase, "您负责的求助又需要邻居了", "《"+r.Title+"》的邻居去不了了，请您继续跟进。", now))
	}
	return nil
}

func newDispatch(r *model.HelpRequest, now model.Instant) *model.Dispatch {
	pace := dispatch.PaceOf(r)
	return &model.Dispatch{
		RequestID: r.ID, CommunityID: r.CommunityID, Pace: string(pace), Status: model.DispatchRunning,
		NextAt: pace.Begins(now, r.DeadlineAt), CreatedAt: now, UpdatedAt: now,
	}
}

// voidAsks tells those of the running wave who have not answered that they need not.
func voidAsks(ctx context.Context, tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
	unanswered, err := tx.Asks.Settle(ctx, r.ID, model.AskVoid)
	if err != nil || r.Withheld { // of which neighbours are to know nothing
		return err
	}
	title, body := "已经有邻居去了，谢谢您", "《"+r.Title+"》已经有邻居去帮忙了。"
	if r.Over() {
		title, body = "求助已结束，谢谢您", "《"+r.Title+"》已经不需要帮忙了。"
	}
	var notices []*model.Notice
	for _, a := range unanswered {
		notices = append(notices, aboutRequest(r, a.MemberID, model.NoticeAskOver, title, body, a.Notices, now))
	}
	return notify.Tell(ctx, tx, notices...)
}

// aboutRequest is a notice about a request: a member has one of a kind and a number.
func aboutRequest(r *model.HelpRequest, member model.ID, kind model.NoticeKind, title, body string, number int, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: r.CommunityID, MemberID: member, Kind: kind, Title: title, Body: body,
		Ref: model.NoticeRef{Type: model.RefRequest, ID: r.ID}, Key: fmt.Sprintf("%s:%d:%d", kind, r.ID, number), CreatedAt: now,
	}
}

// send does what a wave says, within the transaction that found it.
func (m *Market) send(ctx context.Context, tx *repository.Store, r *model.HelpRequest, d *model.Dispatch, p *pool, w dispatch.Wave, now model.Instant) error {
	pace := dispatch.Pace(d.Pace)
	d.UpdatedAt = now
	switch {
	case w.Case && p.asleep > 0 && pace != dispatch.Urgent:
		// Who sleeps is asked when they are up; nothing else is to be done until then.
		d.NextAt = now.Add(pace.Window())
		return tx.Asks.UpdateDispatch(ctx, d)
	case w.Case:
		d.Exhaust(now)
		if d.OwnerID == 0 {
			if err := own(ctx, tx, r, d, now); err != nil {
				return err
			}
		}
	case w.Window > 0:
		d.NextAt = now.Add(w.Window)
	}
	d.Level = w.Opened
	if err := tx.Asks.UpdateDispatch(ctx, d); err != nil {
		return err
	}
	return m.ask(ctx, tx, r, d, p, w.Ask, now)
}

// ask writes down whom a wave asks, and tells them. Who was told before that there was no need is asked again.
func (m *Market) ask(ctx context.Context, tx *repository.Store, r *model.HelpRequest, d *model.Dispatch, p *pool, ranked []dispatch.Ranked, now model.Instant) error {
	var fresh, all []*model.Ask
	var notices []*model.Notice
	for _, c := range ranked {
		a := p.again[c.Member]
		if a == nil {
			a = &model.Ask{ID: m.store.NewID(), RequestID: r.ID, MemberID: c.Member, CommunityID: r.CommunityID, Category: r.Category}
			fresh = append(fresh, a)
		}
		a.OfferID, a.Wave, a.Level, a.DayPart = p.offers[c.Member], d.Wave, c.Level, string(dispatch.PartOf(now))
		a.Score, a.Parts, a.Answer, a.SentAt, a.Notices = c.Parts.Score(), explained(c.Parts), model.AskSent, now, a.Notices+1
		if a.Notices > 1 {
			if err := tx.Asks.Update(ctx, a); err != nil {
				return err
			}
		}
		all = append(all, a)
		notices = append(notices, aboutRequest(r, c.Member, model.NoticeAsk, "邻居需要帮忙："+r.Title, "您愿意去吗？去不去都可以，请点开回复一声。", a.Notices, now))
	}
	if err := tx.Asks.Add(ctx, fresh); err != nil {
		return err
	}
	if err := tx.Asks.TallyAsked(ctx, all); err != nil {
		return err
	}
	return notify.Tell(ctx, tx, notices...)
}

func explained(p dispatch.Parts) map[string]float64 {
	return map[string]float64{"acceptance": p.Acceptance, "ease": p.Ease, "rest": p.Rest, "closeness": p.Closeness}
}

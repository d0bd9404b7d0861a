package content

import (
	"context"
	"errors"

	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Picture has a photo wait for WeChat's verdict, within the transaction that adds it; where nothing is checked it may be
// seen.
func (c *Checks) Picture(ctx context.Context, tx *repository.Store, photo *model.Photo) error {
	if !c.On() {
		return nil
	}
	now := c.now()
	photo.Checked = model.CheckWaiting
	return tx.Checks.Add(ctx, &model.Check{
		ID: tx.NewID(), CommunityID: photo.CommunityID, MemberID: photo.MemberID, Subject: model.SubjectPhoto, SubjectID: photo.ID,
		Suggest: model.CheckWaiting, DueAt: now.Add(model.CheckPatience), CreatedAt: now,
	})
}

const pictureBatch = 100

// Sweep asks WeChat about photos that wait, and leaves those to a human whose verdict has not come in time. It reads the
// state, so any number of processes may run it, at any time. It returns of how many it asked or gave up.
func (c *Checks) Sweep(ctx context.Context) (moved int, err error) {
	var failures []error
	if c.On() {
		waiting, err := c.store.Checks.Unasked(ctx, c.now(), pictureBatch)
		if err != nil {
			return 0, err
		}
		for _, check := range waiting {
			did, err := c.ask(ctx, check)
			if failures = append(failures, err); did {
				moved++
			}
		}
	}
	overdue, err := c.store.Checks.Overdue(ctx, c.now(), pictureBatch)
	if err != nil {
		return moved, errors.Join(append(failures, err)...)
	}
	ended, err := c.store.Each(ctx, "check", overdue, func(tx *repository.Store, id model.ID) (bool, error) {
		return c.settle(ctx, tx, id, model.CheckReview, 0, model.SourceNobody)
	})
	return moved + ended, errors.Join(append(failures, err)...)
}

// ask has WeChat look at one photo, unless another process does.
func (c *Checks) ask(ctx context.Context, check *model.Check) (bool, error) {
	now := c.now()
	mine, err := c.store.Checks.Lease(ctx, check.ID, now, now.Add(model.CheckLease))
	if err != nil || !mine {
		return false, err
	}
	return c.submit(ctx, check)
}

// submit hands a photo that this process has leased to WeChat. Whom WeChat does not know, and what it does not want to look
// at, is for a human.
func (c *Checks) submit(ctx context.Context, check *model.Check) (bool, error) {
	open, photo, err := c.shown(ctx, check)
	if err != nil && !errors.Is(err, errUnknown) {
		return false, err
	}
	trace := ""
	if err == nil {
		trace, err = c.wechat.CheckPicture(ctx, open, wechat.SceneForum, c.public+photo.URL)
	}
	if err == nil {
		return true, c.store.Checks.Asked(ctx, check.ID, trace)
	}
	if refusal := wechat.Refusal(err); errors.Is(err, errUnknown) || refusal != nil && refusal.Policy() == wechat.Final {
		return c.settled(ctx, check.ID, model.CheckReview, 0, model.SourceNobody)
	}
	return false, nil // the lease ends, and then somebody asks again, as long as there is time
}

var errUnknown = errors.New("no openid, or no photo")

// photoAge is for how long WeChat may read a photo that it is asked about.
const photoAge = model.CheckPatience

// shown returns who shows a photo, as WeChat knows them, and the photo with a link that WeChat may read. It fails with
// errUnknown.
func (c *Checks) shown(ctx context.Context, check *model.Check) (string, *model.Photo, error) {
	open, err := c.store.Logins.OpenIDs(ctx, c.wechat.AppID(), []model.ID{check.MemberID})
	if err != nil {
		return "", nil, err
	}
	photo, err := c.store.Photos.Get(ctx, check.SubjectID)
	switch {
	case errors.Is(err, model.ErrNotFound), err == nil && open[check.MemberID] == "":
		return "", nil, errUnknown
	case err != nil:
		return "", nil, err
	}
	c.key.LinkUntil(photo, c.now().Add(photoAge))
	return open[check.MemberID], photo, nil
}

func (c *Checks) settled(ctx context.Context, id model.ID, as model.Suggestion, label int, source model.CheckSource) (did bool, err error) {
	err = c.store.Tx(ctx, func(tx *repository.Store) (err error) {
		did, err = c.settle(ctx, tx, id, as, label, source)
		return err
	})
	return did, err
}

// settle writes the verdict on a photo that waits for one.
func (c *Checks) settle(ctx context.Context, tx *repository.Store, id model.ID, as model.Suggestion, label int, source model.CheckSource) (bool, error) {
	check, err := tx.Checks.Lock(ctx, id)
	if err != nil || !check.Decide(as, label, source, c.now()) {
		return false, err
	}
	if err := tx.Checks.Update(ctx, check); err != nil {
		return false, err
	}
	if err := tx.Photos.SetChecked(ctx, check.SubjectID, as); err != nil {
		return false, err
	}
	switch as {
	case model.CheckReview:
		author, err := tx.Members.Get(ctx, check.MemberID)
		if err != nil {
			return false, err
		}
		return true, tx.Checks.Hold(ctx, &model.Held{
			ID: tx.NewID(), Place: author.Place, MemberID: author.ID, Subject: check.Subject, SubjectID: check.SubjectID, Status: model.HoldWaiting, CreatedAt: c.now(),
		})
	case model.CheckRisky:
		return true, notify.Tell(ctx, tx, refused(check.CommunityID, check.MemberID, check.Subject, check.ID, "", c.now()))
	}
	return true, nil
}

// Heard takes in WeChat's opinion on a photo. It fails with ErrNotFound when nobody asked by this trace, or the answer
// came before the trace was written down.
func (c *Checks) Heard(ctx context.Context, tx *repository.Store, m wechat.Media) error {
	id, err := tx.Checks.OfTrace(ctx, m.Trace)
	if err != nil {
		return err
	}
	as := suggestion(m.Suggest)
	if m.Code != "0" { // it could not be read
		as = model.CheckReview
	}
	_, err = c.settle(ctx, tx, id, as, m.Label, model.SourceWeChat)
	return err
}

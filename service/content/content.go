package content

import (
	"context"
	"errors"
	"strings"
	"time"

	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
)

// Checks has content looked at. A nil one checks nothing.
type Checks struct {
	store  *repository.Store
	wechat *wechat.Client
	now    func() model.Instant

	key    model.LinkKey // of photos
	public string        // the address by which WeChat reads them
	apply  map[model.Subject]Apply
}

// Apply shows what was held, within the transaction of its approval.
type Apply func(ctx context.Context, tx *repository.Store, held *model.Held) error

// New returns the checks of a store by a client of WeChat.
func New(store *repository.Store, client *wechat.Client, now func() model.Instant) *Checks {
	c := &Checks{store: store, wechat: client, now: now, apply: map[model.Subject]Apply{}}
	c.OnApproval(func(ctx context.Context, tx *repository.Store, held *model.Held) error {
		return tx.Photos.SetChecked(ctx, held.SubjectID, model.CheckPass)
	}, model.SubjectPhoto)
	return c
}

// LinkPhotos says how links to photos are signed, and at which address WeChat finds this server. It is for before the first
// call.
func (c *Checks) LinkPhotos(key model.LinkKey, public string) { c.key, c.public = key, public }

// OnApproval says how what was held of some subjects is shown once it is approved. It is for before the first call.
func (c *Checks) OnApproval(show Apply, of ...model.Subject) {
	for _, subject := range of {
		c.apply[subject] = show
	}
}

// On reports whether anything is checked.
func (c *Checks) On() bool { return c != nil && c.wechat.On() }

// textTime is how long the check of a text may take before it is left to a human.
const textTime = 4 * time.Second

// Text has WeChat look at what somebody is about to publish, before the transaction that does: nil when nothing is checked,
// else a verdict for Keep, which says whether a human has to look first. It fails with ErrContentRisky, which is on record
// then.
func (c *Checks) Text(ctx context.Context, who model.Actor, subject model.Subject, texts ...string) (*model.Check, error) {
	text := strings.TrimSpace(strings.Join(texts, "\n"))
	if !c.On() || text == "" {
		return nil, nil
	}
	now := c.now()
	check := &model.Check{
		ID: c.store.NewID(), CommunityID: who.Place.CommunityID, MemberID: who.MemberID, Subject: subject,
		Suggest: model.CheckReview, Source: model.SourceNobody, CreatedAt: now, DecidedAt: now,
	}
	open, err := c.store.Logins.OpenIDs(ctx, c.wechat.AppID(), []model.ID{who.MemberID})
	if err != nil {
		return nil, err
	}
	if open[who.MemberID] == "" {
		return check, nil // WeChat wants to know who wrote it
	}
	limited, cancel := context.WithTimeout(ctx, textTime)
	defer cancel()
	opinion, err := c.wechat.CheckText(limited, open[who.MemberID], scene(subject), text)
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(model.ErrUnavailable, ctx.Err())
	case err != nil:
		return check, nil //nolint:nilerr // who does not answer leaves it to a human
	}
	check.Suggest, check.Source, check.Label, check.TraceID = suggestion(opinion.Suggest), model.SourceWeChat, opinion.Label, opinion.Trace
	if check.Suggest == model.CheckRisky {
		if err := c.store.Checks.Add(ctx, check); err != nil {
			return nil, err
		}
		return nil, check.Refusal()
	}
	return check, nil
}

// suggestion is what WeChat's word comes to. A word that nobody knows is for a human.
func suggestion(word string) model.Suggestion {
	switch word {
	case wechat.SuggestPass:
		return model.CheckPass
	case wechat.SuggestRisky:
		return model.CheckRisky
	default:
		return model.CheckReview
	}
}

func scene(subject model.Subject) wechat.Scene {
	switch subject {
	case model.SubjectNickname, model.SubjectSkills:
		return wechat.SceneProfile
	case model.SubjectComment, model.SubjectCommentBack:
		return wechat.SceneComment
	default:
		return wechat.SceneForum
	}
}

// Keep writes a verdict on what came to be, within its transaction.
func Keep(ctx context.Context, tx *repository.Store, check *model.Check, subject model.ID) error {
	if check == nil {
		return nil
	}
	kept := *check
	kept.SubjectID = subject
	return tx.Checks.Add(ctx, &kept)
}

// Hold writes a verdict and, if a human has to look first, puts what somebody wrote before the moderators; else what waited
// for the same is over. The caller shows in its place what was there before, or nothing.
func Hold(ctx context.Context, tx *repository.Store, check *model.Check, who model.Actor, subject model.ID, text string) error {
	if check == nil {
		return nil
	}
	if err := Keep(ctx, tx, check, subject); err != nil {
		return err
	}
	if !check.Holds() {
		return tx.Checks.Drop(ctx, check.Subject, subject, check.CreatedAt)
	}
	return tx.Checks.Hold(ctx, &model.Held{
		ID: tx.NewID(), Place: who.Place, MemberID: who.MemberID, Subject: check.Subject, SubjectID: subject, Body: text,
		Status: model.HoldWaiting, CreatedAt: check.CreatedAt,
	})
}

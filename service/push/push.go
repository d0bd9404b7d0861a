package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
	"linbanglin/service/notify"
	"linbanglin/service/privacy"
)

// Push takes in the pushes of a mini-program.
type Push struct {
	store    *repository.Store
	receiver *wechat.Receiver
	app      string
	messages *notify.Messages
	checks   *content.Checks
	privacy  *privacy.Privacy
	now      func() model.Instant
}

// New returns what takes in the pushes of a mini-program, whose receiver is nil when none are configured.
func New(store *repository.Store, receiver *wechat.Receiver, app string, messages *notify.Messages, checks *content.Checks, agreed *privacy.Privacy, now func() model.Instant) *Push {
	return &Push{store, receiver, app, messages, checks, agreed, now}
}

// Query is what the address of a push says.
type Query = wechat.PushQuery

// Echo answers WeChat's question whether this address is ours. It fails with ErrPushOff, and as wechat.Receiver.Echo does.
func (p *Push) Echo(q Query) (string, error) {
	if p.receiver == nil {
		return "", model.ErrPushOff
	}
	return p.receiver.Echo(q, p.now().Time())
}

// Take takes in one push; the same again is nothing. It fails with ErrPushOff, as wechat.Receiver.Open does, and with
// ErrUnavailable when WeChat should send it again a little later.
func (p *Push) Take(ctx context.Context, q Query, body []byte) error {
	if p.receiver == nil {
		return model.ErrPushOff
	}
	e, err := p.receiver.Open(q, body, p.now().Time())
	if err != nil {
		return err
	}
	taken := false
	err = p.store.Tx(ctx, func(tx *repository.Store) error {
		taken = false
		err := tx.WeChat.TakeIn(ctx, e.Digest[:], p.now())
		if errors.Is(err, model.ErrDuplicate) {
			taken = true
			return err
		}
		if err != nil {
			return err
		}
		return p.hand(ctx, tx, e)
	})
	if e.Name == wechat.EventRevoke {
		p.privacy.Reread()
	}
	if taken {
		return nil
	}
	return err
}

// hand hands a push to those whom it concerns; what concerns nobody here is passed over.
func (p *Push) hand(ctx context.Context, tx *repository.Store, e *wechat.Event) error {
	if e.Name == wechat.EventMedia {
		return p.media(ctx, tx, e)
	}
	identity, err := tx.Logins.Identity(ctx, p.app, e.OpenID)
	if errors.Is(err, model.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch e.Name {
	case wechat.EventPopup, wechat.EventChange, wechat.EventSent:
		return p.messages.Heard(ctx, tx, identity.MemberID, e)
	case wechat.EventRevoke, wechat.EventCancel:
		return p.withdrawn(ctx, tx, identity.MemberID, e)
	}
	return nil
}

// soon is for how long a verdict may have come before the trace that it belongs to was written down.
const soon = 2 * time.Minute

func (p *Push) media(ctx context.Context, tx *repository.Store, e *wechat.Event) error {
	err := p.checks.Heard(ctx, tx, e.Media)
	if !errors.Is(err, model.ErrNotFound) {
		return err
	}
	if p.now() < e.At.Add(soon) {
		return fmt.Errorf("%w: nobody asked by this trace yet", model.ErrUnavailable)
	}
	return nil
}

// maxInfo is how much is kept of what a user took back.
const maxInfo = 50

// withdrawn ends the logins and the consents of who took back what we may know, and has it on record for those who see to
// personal information.
func (p *Push) withdrawn(ctx context.Context, tx *repository.Store, member model.ID, e *wechat.Event) error {
	now := p.now()
	if e.Name == wechat.EventRevoke && e.TookPlaces() { // first, since it locks the member, as all do that lock more of theirs
		if err := p.privacy.Revoked(ctx, tx, member, model.PurposeLocation); err != nil {
			return err
		}
	}
	if err := tx.Sessions.EndAll(ctx, member, now); err != nil {
		return err
	}
	if err := tx.Messages.EmptyStocks(ctx, member, now); err != nil {
		return err
	}
	info := []rune(e.Info)
	if e.Name == wechat.EventCancel {
		info = nil
	}
	return tx.WeChat.AddWithdrawal(ctx, &model.Withdrawal{
		ID: tx.NewID(), AppID: p.app, MemberID: member, Info: string(info[:min(len(info), maxInfo)]), CreatedAt: now,
	})
}

// pushLife is how long a push is remembered: longer than WeChat sends it again, and than its time is taken.
const pushLife = 24 * time.Hour

// Forget forgets pushes of long ago.
func (p *Push) Forget(ctx context.Context) error {
	return p.store.WeChat.ForgetPushes(ctx, p.now().Add(-pushLife))
}

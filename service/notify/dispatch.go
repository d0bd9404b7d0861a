package notify

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
)

const (
	lookBatch = 200
	sendBatch = 200
	// senders is how many messages go out at once from one process.
	senders = 8
)

// Look makes messages of the notices that were put into inboxes since, for members who allow one, and returns of how many
// notices that was. It reads the state, so any number of processes may run it, at any time: a notice has one message.
func (m *Messages) Look(ctx context.Context) (looked int, err error) {
	for {
		notices, err := m.store.Messages.Unsent(ctx, lookBatch)
		if err != nil || len(notices) == 0 {
			return looked, err
		}
		messages, err := m.messages(ctx, notices)
		if err != nil {
			return looked, err
		}
		ids := make([]model.ID, len(notices))
		for i, n := range notices {
			ids[i] = n.ID
		}
		err = m.store.Tx(ctx, func(tx *repository.Store) error { return tx.Messages.Looked(ctx, ids, messages) })
		if looked += len(notices); err != nil || len(notices) < lookBatch {
			return looked, err
		}
	}
}

// messages makes the messages of some notices: of those whose kind has a template, and whose member is known to WeChat
// and has allowed one.
func (m *Messages) messages(ctx context.Context, notices []*model.Notice) ([]*model.Message, error) {
	if !m.wechat.On() {
		return nil, nil
	}
	var communities, members []model.ID
	for _, n := range notices {
		communities, members = append(communities, n.CommunityID), append(members, n.MemberID)
	}
	templates, err := m.store.Messages.Templates(ctx, m.wechat.AppID(), communities)
	if err != nil || len(templates) == 0 {
		return nil, err
	}
	stocks, err := m.store.Messages.Stocks(ctx, members)
	if err != nil {
		return nil, err
	}
	allowed := map[model.ID]map[string]bool{}
	for _, s := range stocks {
		if s.Left() > 0 {
			if allowed[s.MemberID] == nil {
				allowed[s.MemberID] = map[string]bool{}
			}
			allowed[s.MemberID][s.TemplateID] = true
		}
	}
	quiet, err := m.quiets(ctx, m.store, members)
	if err != nil {
		return nil, err
	}
	known, err := m.store.Members.Some(ctx, slices.Collect(maps.Keys(allowed)))
	if err != nil {
		return nil, err
	}
	var messages []*model.Message
	now := m.now()
	for _, n := range notices {
		t, member := templateOf(templates, n.CommunityID, n.Kind), known[n.MemberID]
		if t == nil || member == nil || !allowed[n.MemberID][t.TemplateID] {
			continue
		}
		message := &model.Message{
			ID: m.store.NewID(), Place: member.Place, MemberID: n.MemberID, NoticeID: n.ID, Kind: n.Kind, Priority: n.Kind.Priority(),
			TemplateID: t.TemplateID, Status: model.MessageWaiting, CreatedAt: now, UpdatedAt: now,
		}
		message.DueAt = message.Waits(now, quiet(n.MemberID))
		messages = append(messages, message)
	}
	return messages, nil
}

// Send sends the messages that are due, what matters most first, and returns how many it tried. Any number of processes
// may run it, at any time: one of them takes a message. When a process ends between sending and writing that down another
// sends the message once more after MessageLease; WeChat takes it if the member has allowed another.
func (m *Messages) Send(ctx context.Context) (tried int, err error) {
	if !m.wechat.On() {
		return 0, nil
	}
	due, err := m.store.Messages.Due(ctx, m.now(), sendBatch)
	if err != nil {
		return 0, err
	}
	ids := make(chan model.ID, len(due))
	for _, id := range due {
		ids <- id
	}
	close(ids)
	var all sync.WaitGroup
	var mu sync.Mutex
	for range min(senders, len(due)) {
		all.Go(func() {
			for id := range ids {
				did, failure := m.sendOne(ctx, id)
				mu.Lock()
				if err = errors.Join(err, failure); did {
					tried++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return tried, err
}

// sendOne sends one message, unless another process has it.
func (m *Messages) sendOne(ctx context.Context, id model.ID) (bool, error) {
	if ctx.Err() != nil {
		return false, nil
	}
	message, template, err := m.take(ctx, id)
	if err != nil || message == nil {
		return false, err
	}
	sent, failure := m.hand(ctx, message, template)
	err = m.settle(context.WithoutCancel(ctx), message, sent, failure)
	if unread := (unreadError{}); errors.As(failure, &unread) {
		return false, errors.Join(unread, err)
	}
	return true, err
}

// take leases a message that is due and spends a consent on it; nil is one that somebody else has, or that no consent is
// left for.
func (m *Messages) take(ctx context.Context, id model.ID) (taken *model.Message, template *model.MessageTemplate, err error) {
	err = m.store.Tx(ctx, func(tx *repository.Store) error {
		taken, template = nil, nil
		message, err := tx.Messages.Lock(ctx, id)
		if err != nil || !message.Take(m.now()) {
			return err
		}
		templates, err := tx.Messages.Templates(ctx, m.wechat.AppID(), []model.ID{message.CommunityID})
		if err != nil {
			return err
		}
		if template = templateOf(templates, message.CommunityID, message.Kind); template == nil {
			return m.end(ctx, tx, message, model.MessageDead, 0, "template")
		}
		if !message.Spent {
			message.TemplateID = template.TemplateID
			stock, err := tx.Messages.LockStock(ctx, message.MemberID, message.TemplateID)
			if err != nil {
				return err
			}
			if !stock.Spend(reserve(templates, template), m.now()) {
				return m.end(ctx, tx, message, model.MessageUnpaid, 0, "consent")
			}
			if err := tx.Messages.UpdateStock(ctx, stock); err != nil {
				return err
			}
			message.Spent = true
		}
		taken = message
		return tx.Messages.Update(ctx, message)
	})
	return taken, template, err
}

func (m *Messages) end(ctx context.Context, tx *repository.Store, message *model.Message, as model.MessageStatus, code int, failure string) error {
	if err := message.End(as, code, failure, m.now()); err != nil {
		return err
	}
	return tx.Messages.Update(ctx, message)
}

// errNobody is a member whom WeChat does not know any more, and errNothing a notice that is gone.
var (
	errNobody  = errors.New("no openid")
	errNothing = errors.New("no notice")
)

// unreadError is that the database did not tell what to send: nothing was handed to WeChat.
type unreadError struct{ error }

func (e unreadError) Unwrap() error { return e.error }

// hand makes a message and hands it to WeChat.
func (m *Messages) hand(ctx context.Context, message *model.Message, t *model.MessageTemplate) (string, error) {
	notice, err := m.store.Messages.Notice(ctx, message.NoticeID)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return "", errNothing
	case err != nil:
		return "", unreadError{err}
	}
	data, err := fill(t, notice)
	if err != nil {
		return "", err
	}
	open, err := m.store.Logins.OpenIDs(ctx, m.wechat.AppID(), []model.ID{message.MemberID})
	if err != nil {
		return "", unreadError{err}
	}
	if open[message.MemberID] == "" {
		return "", errNobody
	}
	return m.wechat.Send(ctx, wechat.Message{
		OpenID: open[message.MemberID], Template: message.TemplateID, Page: strings.ReplaceAll(t.Page, "{id}", notice.Ref.ID.String()), Data: data,
	})
}

// settle writes down what became of a message that this process had taken.
func (m *Messages) settle(ctx context.Context, taken *model.Message, sent string, failure error) error {
	return m.store.Tx(ctx, func(tx *repository.Store) error {
		message, err := tx.Messages.Lock(ctx, taken.ID)
		if err != nil || message.Status != model.MessageWaiting || message.Attempts != taken.Attempts {
			return err // the lease was over, and another has it
		}
		stock, err := tx.Messages.LockStock(ctx, message.MemberID, message.TemplateID)
		if err != nil {
			return err
		}
		quiet, err := m.quiets(ctx, tx, []model.ID{message.MemberID})
		if err != nil {
			return err
		}
		message.SentID = sent
		if err := judge(message, stock, quiet(message.MemberID), failure, m.now()); err != nil {
			return err
		}
		if err := tx.Messages.UpdateStock(ctx, stock); err != nil {
			return err
		}
		return tx.Messages.Update(ctx, message)
	})
}

// judge says what a message and the consent that was spent on it become by a try.
func judge(message *model.Message, stock *model.Stock, quiet model.Quiet, failure error, now model.Instant) error {
	refusal, unread := wechat.Refusal(failure), unreadError{}
	refund := func() {
		if message.Spent {
			stock.Refund(now)
			message.Spent = false
		}
	}
	switch {
	case failure == nil:
		return message.End(model.MessageSent, 0, "", now)
	case errors.Is(failure, wechat.ErrOpen), errors.As(failure, &unread):
		message.PutOff(now)
		return nil
	case refusal == nil && errors.Is(failure, model.ErrMessageField):
		refund()
		return message.End(model.MessageDead, 0, "field", now)
	case refusal == nil && errors.Is(failure, errNobody):
		refund()
		return message.End(model.MessageDead, 0, "openid", now)
	case refusal == nil && errors.Is(failure, errNothing):
		refund()
		return message.End(model.MessageDead, 0, "notice", now)
	case refusal == nil: // nobody knows whether it went out, so the consent counts as used
		return message.Postpone(0, "network", quiet, now)
	case refusal.Policy() == wechat.Refused:
		stock.Empty(now)
		return message.End(model.MessageRefused, refusal.Code, refusal.Name(), now)
	case refusal.Policy() == wechat.Final || refusal.Policy() == wechat.Operator:
		refund()
		return message.End(model.MessageDead, refusal.Code, strings.TrimSpace(refusal.Name()+" "+refusal.Field()), now)
	default:
		if err := message.Postpone(refusal.Code, refusal.Name(), quiet, now); err != nil {
			return err
		}
		if message.Status == model.MessageDead {
			refund()
		}
		return nil
	}
}

// Heard takes in what WeChat tells of a member's consents and of what became of messages.
func (m *Messages) Heard(ctx context.Context, tx *repository.Store, member model.ID, e *wechat.Event) error {
	for _, c := range e.Choices {
		stock, err := tx.Messages.LockStock(ctx, member, c.Template)
		if err != nil {
			return err
		}
		switch {
		case c.Accepted && e.Name == wechat.EventPopup:
			stock.Accept(true, 1, m.now())
		case e.Name == wechat.EventChange && !c.Accepted:
			stock.Empty(m.now())
		default:
			stock.RefusedAt = m.now()
		}
		if err := tx.Messages.UpdateStock(ctx, stock); err != nil {
			return err
		}
	}
	for _, d := range e.Sent {
		if d.Code == "0" || d.MessageID == "" {
			continue
		}
		if err := m.undelivered(ctx, tx, member, d); err != nil {
			return err
		}
	}
	return nil
}

// undelivered takes in that a message did not arrive after all, which is as good as a refusal.
func (m *Messages) undelivered(ctx context.Context, tx *repository.Store, member model.ID, d wechat.Delivery) error {
	id, err := tx.Messages.OfSent(ctx, d.MessageID)
	if errors.Is(err, model.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	message, err := tx.Messages.Lock(ctx, id)
	if err != nil || message.MemberID != member || message.Status != model.MessageSent {
		return err
	}
	stock, err := tx.Messages.LockStock(ctx, member, message.TemplateID)
	if err != nil {
		return err
	}
	stock.Empty(m.now())
	if err := tx.Messages.UpdateStock(ctx, stock); err != nil {
		return err
	}
	return m.end(ctx, tx, message, model.MessageRefused, 0, "undelivered")
}

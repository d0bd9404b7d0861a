package notify

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
)

// Messages sends notices as subscribe messages (订阅消息) to members who allow it.
type Messages struct {
	store  *repository.Store
	wechat *wechat.Client
	now    func() model.Instant
}

// NewMessages returns the messages of a store, which go out by a client of WeChat.
func NewMessages(store *repository.Store, client *wechat.Client, now func() model.Instant) *Messages {
	return &Messages{store: store, wechat: client, now: now}
}

// Subscription is a template that a member may allow, and how often they have.
type Subscription struct {
	TemplateID string             `json:"template_id"`
	Kinds      []model.NoticeKind `json:"kinds"`
	Left       int64              `json:"left" doc:"还可以收到几条"`
	RefusedAt  model.Instant      `json:"refused_at,omitzero"`
}

// Subscriptions is what a member allows, and when they want no messages.
type Subscriptions struct {
	Items []*Subscription `json:"items"`
	Quiet model.Quiet     `json:"quiet,omitzero" doc:"免打扰时间；没有则随时可以收到"`
}

// Subscriptions returns the templates of the caller's community with what the caller allows of each. It fails with
// ErrUnbound.
func (m *Messages) Subscriptions(ctx context.Context, who model.Actor) (*Subscriptions, error) {
	return m.subscriptions(ctx, m.store, who)
}

func (m *Messages) subscriptions(ctx context.Context, tx *repository.Store, who model.Actor) (*Subscriptions, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	templates, err := tx.Messages.Templates(ctx, m.wechat.AppID(), []model.ID{who.Place.CommunityID})
	if err != nil {
		return nil, err
	}
	stocks, err := tx.Messages.Stocks(ctx, []model.ID{who.MemberID})
	if err != nil {
		return nil, err
	}
	quiet, err := m.quiets(ctx, tx, []model.ID{who.MemberID})
	if err != nil {
		return nil, err
	}
	by := map[string]*Subscription{}
	for _, t := range templates {
		if by[t.TemplateID] == nil {
			by[t.TemplateID] = &Subscription{TemplateID: t.TemplateID}
		}
		by[t.TemplateID].Kinds = append(by[t.TemplateID].Kinds, t.Kind)
	}
	for _, s := range stocks {
		if sub := by[s.TemplateID]; sub != nil {
			sub.Left, sub.RefusedAt = s.Left(), s.RefusedAt
		}
	}
	items := slices.SortedFunc(maps.Values(by), func(a, b *Subscription) int { return cmp.Compare(a.TemplateID, b.TemplateID) })
	return &Subscriptions{append([]*Subscription{}, items...), quiet(who.MemberID)}, nil
}

// quiets returns the quiet hours of members.
func (m *Messages) quiets(ctx context.Context, tx *repository.Store, members []model.ID) (func(model.ID) model.Quiet, error) {
	set, err := tx.Messages.Quiets(ctx, members)
	return func(member model.ID) model.Quiet {
		if q, ok := set[member]; ok {
			return q
		}
		return model.NightQuiet()
	}, err
}

// maxConsents is how many consents a client may report at a time.
const maxConsents = 5

// Subscribe notes what the caller chose when the mini-program asked for consent: accept and what begins with it, of a
// template, so many times. It fails with ErrUnbound, ErrInvalid, and with ErrMessageTemplate for a template that the
// community does not use.
func (m *Messages) Subscribe(ctx context.Context, who model.Actor, template, result string, count int64) (*Subscriptions, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*Subscriptions, error) {
		had, err := m.subscriptions(ctx, tx, who)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(had.Items, func(s *Subscription) bool { return s.TemplateID == template }) {
			return nil, model.ErrMessageTemplate
		}
		if count < 1 || count > maxConsents {
			return nil, model.ErrInvalid
		}
		stock, err := tx.Messages.LockStock(ctx, who.MemberID, template)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(result, "accept") {
			stock.Accept(false, count, m.now())
		} else {
			stock.RefusedAt, stock.UpdatedAt = m.now(), m.now() // what was allowed before is so still
		}
		if err := tx.Messages.UpdateStock(ctx, stock); err != nil {
			return nil, err
		}
		return m.subscriptions(ctx, tx, who)
	})
}

// SetQuiet sets when the caller wants no messages; without times they come at any. It fails with ErrUnbound and
// ErrInvalid.
func (m *Messages) SetQuiet(ctx context.Context, who model.Actor, quiet model.Quiet) (*Subscriptions, error) {
	if err := quiet.Valid(); err != nil {
		return nil, err
	}
	var now *Subscriptions
	err := m.store.Tx(ctx, func(tx *repository.Store) (err error) {
		if err = tx.Messages.SetQuiet(ctx, who.MemberID, quiet, m.now()); err == nil {
			now, err = m.subscriptions(ctx, tx, who)
		}
		return err
	})
	return now, err
}

// Dead lists messages within the caller's reach that were given up, newest first. It fails with ErrForbidden and
// ErrCursor.
func (m *Messages) Dead(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Message], error) {
	reach, err := who.Reach(model.OpResendMessage)
	if err != nil {
		return nil, err
	}
	before, err := page.After("dead messages")
	if err != nil {
		return nil, err
	}
	rows, err := m.store.Messages.Dead(ctx, who.Place.CommunityID, reach, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf("dead messages", page, rows, func(last *model.Message) int64 { return int64(last.ID) })
	return list, m.view(ctx, m.store, list.Items...)
}

func (m *Messages) view(ctx context.Context, store *repository.Store, rows ...*model.Message) error {
	people := make([]model.ID, len(rows))
	for i, r := range rows {
		people[i] = r.MemberID
	}
	refs, err := store.Members.Refs(ctx, people)
	for _, r := range rows {
		ref := refs[r.MemberID]
		r.Member = &ref
	}
	return err
}

// Resend has a message that was given up go out after all. It fails with ErrNotFound, ErrForbidden and ErrMessageState.
func (m *Messages) Resend(ctx context.Context, who model.Actor, id model.ID) (*model.Message, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.Message, error) {
		message, err := tx.Messages.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := who.May(model.OpResendMessage, message.Place); err != nil {
			return nil, err
		}
		if err := message.Resend(m.now()); err != nil {
			return nil, err
		}
		if err := tx.Messages.Update(ctx, message); err != nil {
			return nil, err
		}
		return message, m.view(ctx, tx, message)
	})
}

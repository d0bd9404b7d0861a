package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Messages holds subscribe messages, the templates that they are made by, and what members allow.
type Messages struct{ conn }

// Templates returns the templates of a mini-program in some communities, by community and kind.
func (m Messages) Templates(ctx context.Context, app string, communities []model.ID) ([]*model.MessageTemplate, error) {
	var rows []*model.MessageTemplate
	err := m.from(ctx).Where("app_id = ? AND community_id IN ?", app, communities).Order("community_id, kind").Find(&rows).Error
	return rows, err
}

// SetTemplate writes a template over the version before. It fails with ErrStale when it is at another.
func (m Messages) SetTemplate(ctx context.Context, t *model.MessageTemplate) error {
	if t.Version == 1 {
		err := m.to(ctx).Create(t).Error
		if errors.Is(err, model.ErrDuplicate) {
			return model.ErrStale
		}
		return err
	}
	update := m.to(ctx).Model(&model.MessageTemplate{}).
		Where("community_id = ? AND app_id = ? AND kind = ? AND version = ?", t.CommunityID, t.AppID, t.Kind, t.Version-1).
		Select("template_id", "page", "fields", "updated_by", "updated_at", "version").Updates(t)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// RemoveTemplate removes the template of a kind at a version. It fails with ErrStale when it is at another.
func (m Messages) RemoveTemplate(ctx context.Context, t *model.MessageTemplate) error {
	removed := m.to(ctx).Exec("DELETE FROM message_template WHERE community_id = ? AND app_id = ? AND kind = ? AND version = ?", t.CommunityID, t.AppID, t.Kind, t.Version)
	if removed.Error == nil && removed.RowsAffected == 0 {
		return model.ErrStale
	}
	return removed.Error
}

// Stocks returns what some members allow, of any template.
func (m Messages) Stocks(ctx context.Context, members []model.ID) ([]*model.Stock, error) {
	var rows []*model.Stock
	err := m.from(ctx).Where("member_id IN ?", members).Order("member_id, template_id").Find(&rows).Error
	return rows, err
}

// LockStock returns what a member allows of a template, nothing if that is nothing, and locks it until the transaction
// ends.
func (m Messages) LockStock(ctx context.Context, member model.ID, template string) (*model.Stock, error) {
	err := m.to(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&model.Stock{MemberID: member, TemplateID: template}).Error
	if err != nil {
		return nil, err
	}
	stock := new(model.Stock)
	err = m.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("member_id = ? AND template_id = ?", member, template).Take(stock).Error
	return stock, err
}

// UpdateStock writes a locked stock.
func (m Messages) UpdateStock(ctx context.Context, s *model.Stock) error {
	return m.to(ctx).Exec("UPDATE message_stock SET reported = ?, pushed = ?, spent = ?, refused_at = ?, updated_at = ? WHERE member_id = ? AND template_id = ?",
		s.Reported, s.Pushed, s.Spent, s.RefusedAt, s.UpdatedAt, s.MemberID, s.TemplateID).Error
}

// EmptyStocks takes all that a member allows away.
func (m Messages) EmptyStocks(ctx context.Context, member model.ID, now model.Instant) error {
	return m.to(ctx).Exec("UPDATE message_stock SET reported = 0, pushed = 0, spent = 0, refused_at = ?, updated_at = ? WHERE member_id = ?", now, now, member).Error
}

// MoveStocks has what one member allowed count for another, who has nothing.
func (m Messages) MoveStocks(ctx context.Context, from, to model.ID) error {
	if err := m.to(ctx).Exec("DELETE FROM message_stock WHERE member_id = ?", to).Error; err != nil {
		return err
	}
	return m.to(ctx).Exec("UPDATE message_stock SET member_id = ? WHERE member_id = ?", to, from).Error
}

// quiet is a row of message_quiet.
type quiet struct {
	MemberID  model.ID `gorm:"primaryKey;autoIncrement:false"`
	QuietFrom string
	QuietTo   string
	UpdatedAt model.Instant
}

// TableName implements gorm's Tabler.
func (quiet) TableName() string { return "message_quiet" }

// Quiets returns the quiet hours of those members who have set them.
func (m Messages) Quiets(ctx context.Context, members []model.ID) (map[model.ID]model.Quiet, error) {
	var rows []*quiet
	err := m.from(ctx).Where("member_id IN ?", members).Find(&rows).Error
	found := make(map[model.ID]model.Quiet, len(rows))
	for _, r := range rows {
		found[r.MemberID] = model.Quiet{From: r.QuietFrom, To: r.QuietTo}
	}
	return found, err
}

// SetQuiet sets a member's quiet hours.
func (m Messages) SetQuiet(ctx context.Context, member model.ID, q model.Quiet, now model.Instant) error {
	return m.to(ctx).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "member_id"}}, DoUpdates: clause.AssignmentColumns([]string{"quiet_from", "quiet_to", "updated_at"}),
	}).Create(&quiet{member, q.From, q.To, now}).Error
}

// Unsent returns notices of which nobody has looked whether they go out as messages, oldest first.
func (m Messages) Unsent(ctx context.Context, limit int) ([]*model.Notice, error) {
	var rows []*model.Notice
	err := m.to(ctx).Where("to_send = ?", true).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// Looked marks notices as looked at, and adds the messages that came of them, each once.
func (m Messages) Looked(ctx context.Context, notices []model.ID, messages []*model.Message) error {
	err := createAll(m.to(ctx).Clauses(clause.OnConflict{DoNothing: true}), messages)
	if err != nil {
		return err
	}
	return m.to(ctx).Exec("UPDATE notice SET to_send = ? WHERE id IN ?", false, notices).Error
}

// Notice returns what a message tells of. It fails with ErrNotFound.
func (m Messages) Notice(ctx context.Context, id model.ID) (*model.Notice, error) {
	notice := new(model.Notice)
	err := m.from(ctx).Where("id = ?", id).Take(notice).Error
	return notice, err
}

// Due returns messages that wait, are due and on nobody's hands, what matters most first.
func (m Messages) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := m.to(ctx).Model(&model.Message{}).Where("status = ? AND due_at <= ? AND lease_until <= ?", model.MessageWaiting, now, now).
		Order("priority, id").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// Lock returns a message and locks it until the transaction ends. It fails with ErrNotFound.
func (m Messages) Lock(ctx context.Context, id model.ID) (*model.Message, error) {
	message := new(model.Message)
	err := m.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(message).Error
	return message, err
}

// Update writes a locked message.
func (m Messages) Update(ctx context.Context, message *model.Message) error {
	return m.to(ctx).Model(message).
		Select("template_id", "status", "attempts", "spent", "due_at", "lease_until", "code", "failure", "sent_id", "updated_at").Updates(message).Error
}

// OfSent returns the message that WeChat knows by an id. It fails with ErrNotFound.
func (m Messages) OfSent(ctx context.Context, sent string) (model.ID, error) {
	var ids []model.ID
	err := m.to(ctx).Model(&model.Message{}).Where("sent_id = ?", sent).Limit(1).Pluck("id", &ids).Error
	if err == nil && len(ids) == 0 {
		return 0, model.ErrNotFound
	}
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// Dead returns messages within a reach that were given up, before an id (0: the newest), newest first.
func (m Messages) Dead(ctx context.Context, community model.ID, reach []model.Grant, before model.ID, limit int) ([]*model.Message, error) {
	var rows []*model.Message
	err := within(m.from(ctx), community, reach).Where("status = ? AND id < ?", model.MessageDead, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// OpenIDs returns by which openid a mini-program knows some members; one who has several is known by the newest.
func (l Logins) OpenIDs(ctx context.Context, app string, members []model.ID) (map[model.ID]string, error) {
	var rows []*model.Identity
	err := l.from(ctx).Where("app_id = ? AND member_id IN ?", app, members).Order("id").Find(&rows).Error
	found := make(map[model.ID]string, len(rows))
	for _, r := range rows {
		found[r.MemberID] = r.OpenID
	}
	return found, err
}

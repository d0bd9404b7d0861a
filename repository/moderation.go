package repository

import (
	"context"
	"errors"

	"linbanglin/model"
)

// Moderation holds the words that moderators look at.
type Moderation struct{ conn }

// word is a row of moderation_word.
type word struct {
	CommunityID model.ID `gorm:"primaryKey;autoIncrement:false"`
	Seq         int      `gorm:"primaryKey;autoIncrement:false"`
	Word        string
}

// TableName implements gorm's Tabler.
func (word) TableName() string { return "moderation_word" }

// List returns a community's list, one without words at version 0 when nobody has made one.
func (m Moderation) List(ctx context.Context, community model.ID) (*model.ModerationList, error) {
	list := &model.ModerationList{CommunityID: community}
	err := m.from(ctx).Where("community_id = ?", community).Take(list).Error
	if err != nil && !errors.Is(err, model.ErrNotFound) {
		return nil, err
	}
	list.Words, err = m.Words(ctx, community)
	return list, err
}

// Words returns the words of a community's list, in their order.
func (m Moderation) Words(ctx context.Context, community model.ID) ([]string, error) {
	words := []string{}
	err := m.from(ctx).Model(word{}).Where("community_id = ?", community).Order("seq").Pluck("word", &words).Error
	return words, err
}

// Replace writes a list over the version before. It fails with ErrStale when the list is at another.
func (m Moderation) Replace(ctx context.Context, list *model.ModerationList) error {
	if err := m.move(ctx, list); err != nil {
		return err
	}
	if err := m.to(ctx).Exec("DELETE FROM moderation_word WHERE community_id = ?", list.CommunityID).Error; err != nil {
		return err
	}
	rows := make([]*word, len(list.Words))
	for i, w := range list.Words {
		rows[i] = &word{list.CommunityID, i + 1, w}
	}
	return createAll(m.to(ctx), rows)
}

// move takes a list from one version to the next. It fails with ErrStale.
func (m Moderation) move(ctx context.Context, list *model.ModerationList) error {
	if list.Version == 1 {
		err := m.to(ctx).Create(list).Error
		if errors.Is(err, model.ErrDuplicate) {
			return model.ErrStale
		}
		return err
	}
	update := m.to(ctx).Exec("UPDATE moderation_list SET version = ?, updated_by = ?, updated_at = ? WHERE community_id = ? AND version = ?",
		list.Version, list.UpdatedBy, list.UpdatedAt, list.CommunityID, list.Version-1)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// Requests returns requests within a reach that wait for a moderator, after an id, oldest first.
func (m Moderation) Requests(ctx context.Context, community model.ID, reach []model.Grant, after model.ID, limit int) ([]*model.HelpRequest, error) {
	var rows []*model.HelpRequest
	err := within(m.from(ctx), community, reach).Where("status = ? AND id > ?", model.RequestPending, after).Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return rows, Requests(m).fillClaims(ctx, rows)
}

// Series returns series within a reach that wait for a moderator, after an id, oldest first.
func (m Moderation) Series(ctx context.Context, community model.ID, reach []model.Grant, after model.ID, limit int) ([]*model.Series, error) {
	var rows []*model.Series
	err := within(m.from(ctx), community, reach).Where("status = ? AND id > ?", model.SeriesPending, after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

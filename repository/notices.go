package repository

import (
	"context"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Notices holds what members are told.
type Notices struct{ conn }

// Add adds notices, but for those whose member has one with the key.
func (n Notices) Add(ctx context.Context, notices []*model.Notice) error {
	for _, notice := range notices {
		notice.ToSend = notice.Kind.Priority() != model.PriorityNone
	}
	return createAll(n.to(ctx).Clauses(clause.OnConflict{DoNothing: true}), notices)
}

// NoticeRow makes the row of a notice that its member cannot have yet, for those who write many together.
func NoticeRow(n *model.Notice) Insertion {
	return Insertion{
		"INSERT INTO notice (id, community_id, member_id, kind, title, body, ref_type, ref_id, notice_key, created_at, read_at, to_send) VALUES ",
		[]any{
			int64(n.ID), int64(n.CommunityID), int64(n.MemberID), string(n.Kind), n.Title, n.Body, int64(n.Ref.Type), int64(n.Ref.ID), n.Key, int64(n.CreatedAt),
			int64(n.ReadAt), n.Kind.Priority() != model.PriorityNone,
		},
	}
}

// List returns notices of a member before an id (0: the newest), newest first; only those that were not read if
// unread says so.
func (n Notices) List(ctx context.Context, member model.ID, unread bool, before model.ID, limit int) ([]*model.Notice, error) {
	db := n.from(ctx).Where("member_id = ?", member)
	if unread {
		db = db.Where("read_at = 0")
	}
	var rows []*model.Notice
	err := db.Where("id < ?", newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// After returns notices of members after an id, oldest first; so many at most if limit is not zero.
func (n Notices) After(ctx context.Context, members []model.ID, after model.ID, limit int) ([]*model.Notice, error) {
	var found []*model.Notice
	for part := range slices.Chunk(members, rowsPerStatement) {
		db := n.from(ctx).Where("member_id IN ? AND id > ?", part, after).Order("id")
		if limit > 0 {
			db = db.Limit(limit)
		}
		var rows []*model.Notice
		if err := db.Find(&rows).Error; err != nil {
			return nil, err
		}
		found = append(found, rows...)
	}
	return found, nil
}

// CountUnread returns how many notices a member has not read.
func (n Notices) CountUnread(ctx context.Context, member model.ID) (int64, error) {
	var count int64
	err := n.from(ctx).Model(&model.Notice{}).Where("member_id = ? AND read_at = 0", member).Count(&count).Error
	return count, err
}

// Get returns one notice of a member. It fails with ErrNotFound.
func (n Notices) Get(ctx context.Context, member, id model.ID) (*model.Notice, error) {
	notice := new(model.Notice)
	err := n.from(ctx).Where("id = ? AND member_id = ?", id, member).Take(notice).Error
	return notice, err
}

// Read marks one notice of a member as read, unless it is.
func (n Notices) Read(ctx context.Context, member, id model.ID, now model.Instant) error {
	return n.to(ctx).Exec("UPDATE notice SET read_at = ? WHERE id = ? AND member_id = ? AND read_at = 0", now, id, member).Error
}

// ReadAll marks every notice of a member as read and returns how many were not.
func (n Notices) ReadAll(ctx context.Context, member model.ID, now model.Instant) (int64, error) {
	update := n.to(ctx).Exec("UPDATE notice SET read_at = ? WHERE member_id = ? AND read_at = 0", now, member)
	return update.RowsAffected, update.Error
}

// NoticeName is the identity of a notice.
type NoticeName struct {
	MemberID model.ID
	Key      string
}

// Sent returns which notices with some keys some members have.
func (n Notices) Sent(ctx context.Context, members []model.ID, keys []string) (map[NoticeName]bool, error) {
	found := map[NoticeName]bool{}
	if len(members) == 0 || len(keys) == 0 {
		return found, nil
	}
	var rows []*model.Notice
	err := n.from(ctx).Select("member_id", "notice_key").Where("member_id IN ? AND notice_key IN ?", members, keys).Find(&rows).Error
	for _, r := range rows {
		found[NoticeName{r.MemberID, r.Key}] = true
	}
	return found, err
}

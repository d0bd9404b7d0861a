package repository

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Offers holds what neighbours are ready to do.
type Offers struct{ conn }

// Create adds an offer.
func (o Offers) Create(ctx context.Context, offer *model.HelpOffer) error {
	if err := o.to(ctx).Create(offer).Error; err != nil {
		return err
	}
	return o.index(ctx, offer)
}

// index has an offer found by its categories, as long as it is not closed.
func (o Offers) index(ctx context.Context, offer *model.HelpOffer) error {
	db := o.to(ctx)
	if err := db.Exec("DELETE FROM help_offer_category WHERE offer_id = ?", offer.ID).Error; err != nil || offer.Status == model.OfferClosed {
		return err
	}
	categories := slices.Compact(slices.Sorted(slices.Values(offer.Categories)))
	return insert(db, "INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id) VALUES ", categories,
		func(args []any, category string) []any {
			return append(args, int64(offer.ID), category, int64(offer.CommunityID), int64(offer.AreaID), int64(offer.GridID), int64(offer.BuildingID), int64(offer.UnitID))
		})
}

// Get returns one offer. It fails with ErrNotFound.
func (o Offers) Get(ctx context.Context, id model.ID) (*model.HelpOffer, error) {
	offer := new(model.HelpOffer)
	err := o.from(ctx).Where("id = ?", id).Take(offer).Error
	return offer, err
}

// Lock returns one offer and locks it until the transaction ends. It fails with ErrNotFound.
func (o Offers) Lock(ctx context.Context, id model.ID) (*model.HelpOffer, error) {
	offer := new(model.HelpOffer)
	err := o.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(offer).Error
	return offer, err
}

// Update writes what the owner edits, and the state, of a locked offer after one change. It fails with
// ErrStale unless the row is at the version before that change.
func (o Offers) Update(ctx context.Context, offer *model.HelpOffer) error {
	update := o.to(ctx).Model(offer).Where("version = ?", offer.Version-1).
		Select("categories", "title", "skills", "availability", "days_off", "quiet", "wishes", "reach", "weekly_limit", "status", "resumes_at", "expires_at",
			"version", "updated_at").Updates(offer)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	if update.Error != nil {
		return update.Error
	}
	return o.index(ctx, offer)
}

// Due returns ids of offers whose life or pause is over.
func (o Offers) Due(ctx context.Context, now model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := o.from(ctx).Raw("SELECT id FROM help_offer WHERE status IN ('active', 'paused') AND expires_at > 0 AND expires_at <= ? "+
		"UNION SELECT id FROM help_offer WHERE status = 'paused' AND resumes_at > 0 AND resumes_at <= ? LIMIT ?", now, now, limit).Scan(&ids).Error
	return ids, err
}

// Expiring returns offers that end after one does, in the order of their ends and ids, and by a time.
func (o Offers) Expiring(ctx context.Context, after *model.HelpOffer, by model.Instant, limit int) ([]*model.HelpOffer, error) {
	var rows []*model.HelpOffer
	err := o.from(ctx).Where("status IN ?", []model.OfferStatus{model.OfferActive, model.OfferPaused}).
		Where("(expires_at > ? OR expires_at = ? AND id > ?) AND expires_at <= ?", after.ExpiresAt, after.ExpiresAt, after.ID, by).
		Order("expires_at, id").Limit(limit).Find(&rows).Error
	return rows, err
}

// List returns offers before an id, newest first: all those of a member, or with none given those within
// a reach that are not closed.
func (o Offers) List(ctx context.Context, community, member model.ID, reach []model.Grant, before model.ID, limit int) ([]*model.HelpOffer, error) {
	db := o.from(ctx).Where("member_id = ?", member)
	if member == 0 {
		db = within(o.from(ctx), community, reach).Where("status <> ?", model.OfferClosed)
	}
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []*model.HelpOffer
	err := db.Where("id < ?", before).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Candidates returns active offers that name one of some categories and reach a place, from near to far, at each level
// those of the categories that are named first before the others, the newest first, but for those of the place's
// household. As many are chosen as are wanted, if there are; those of a level are returned in the order of their ids.
func (o Offers) Candidates(ctx context.Context, near model.Place, categories []string, want int) ([]*model.HelpOffer, error) {
	chosen := map[model.ID]int{} // in which step
	for _, shelves := range shelvesOf(near, categories) {
		if len(chosen) >= want {
			break
		}
		ids, err := o.on(ctx, shelves, near.HouseholdID, want)
		if err != nil {
			return nil, err
		}
		for i, part := range ids {
			for _, id := range part {
				if _, seen := chosen[id]; !seen && len(chosen) < want {
					chosen[id] = slices.Index(model.Reaches(), shelves[i].level)
				}
			}
		}
	}
	if len(chosen) == 0 {
		return nil, nil
	}
	found, err := readOffers(o.from(ctx).Table("help_offer").Where("id IN ?", slices.Collect(maps.Keys(chosen))))
	slices.SortFunc(found, func(a, b *model.HelpOffer) int {
		return cmp.Or(cmp.Compare(chosen[a.ID], chosen[b.ID]), cmp.Compare(b.ID, a.ID))
	})
	return found, err
}

// shelf is where offers of a category are found that go as far as a node.
type shelf struct {
	level    model.NodeKind
	node     model.ID
	category string
}

// shelvesOf returns where the offers for a place are, in the order in which they are looked for. What is as near as the
// grid is little, and is looked through at once; what is farther may be much, and one category may be enough.
func shelvesOf(near model.Place, categories []string) (steps [][]shelf) {
	var around []shelf
	for _, level := range model.Reaches() {
		for _, category := range categories {
			here := shelf{level, near.At(level), category}
			switch {
			case here.node == 0:
			case level == model.KindArea || level == model.KindCommunity:
				steps = append(steps, []shelf{here})
			default:
				around = append(around, here)
			}
		}
	}
	if len(around) > 0 {
		steps = append([][]shelf{around}, steps...)
	}
	return steps
}

// on returns active offers by shelf, on each the newest first, but for those of one household. Each shelf is read in the
// order of its index: at most so many rows of each, however many there are.
func (o Offers) on(ctx context.Context, shelves []shelf, household model.ID, limit int) ([][]model.ID, error) {
	type row struct {
		id    model.ID
		shelf int
	}
	var parts []string
	var args []any
	for i, s := range shelves {
		n := strconv.Itoa(i)
		parts = append(parts, "SELECT id, "+n+" AS shelf FROM (?) s"+n)
		args = append(args, o.near(ctx, s.level, s.node, household, s.category, limit).Select("o.id AS id"))
	}
	rows, err := readRows(o.from(ctx).Raw(strings.Join(parts, " UNION ALL "), args...), func(x *row) []any { return []any{&x.id, &x.shelf} })
	ids := make([][]model.ID, len(shelves))
	for _, x := range rows {
		ids[x.shelf] = append(ids[x.shelf], x.id)
	}
	for _, part := range ids {
		slices.SortFunc(part, func(a, b model.ID) int { return cmp.Compare(b, a) })
	}
	return ids, err
}

// near asks for active offers of one category at a node that go as far as it, the newest first, but for those of one
// household. Who lives nearer and goes less far was found nearer.
func (o Offers) near(ctx context.Context, level model.NodeKind, node, household model.ID, category string, limit int) *gorm.DB {
	reaches := model.Reaches()
	return o.from(ctx).Table("help_offer_category c").Joins("JOIN help_offer o ON o.id = c.offer_id").
		Where("c."+placeColumn(level)+" = ? AND c.category = ?", node, category).
		Where("o.status = ? AND o.reach IN ?", model.OfferActive, reaches[slices.Index(reaches, level):]).
		Where("(o.household_id = 0 OR o.household_id <> ?)", household).
		Order("c.offer_id DESC").Limit(limit)
}

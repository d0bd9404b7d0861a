package repository

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gorm.io/gorm"

	"linbanglin/model"
)

// Candidates returns active offers that name one of some categories and reach a place, from near to far, at each level
// those of the categories that are named first before the others, the newest first, but for those of the place's
// household. As many are chosen as are wanted, if there are; those of a level are returned in the order of their ids.
// Those who ask at the same time share the offers, so nobody changes them.
func (o Offers) Candidates(ctx context.Context, near model.Place, categories []string, want int) ([]*model.HelpOffer, error) {
	levels := map[model.ID]int{} // at which an offer was found
	var found []*model.HelpOffer
	for _, shelves := range shelvesOf(near, categories) {
		if len(found) >= want {
			break
		}
		ids, err := o.on(ctx, shelves, near.HouseholdID, want)
		if err != nil {
			return nil, err
		}
		var fresh []model.ID
		for i, part := range ids {
			for _, id := range part {
				if _, seen := levels[id]; !seen && len(found)+len(fresh) < want {
					levels[id] = slices.Index(model.Reaches(), shelves[i].level)
					fresh = append(fresh, id)
				}
			}
		}
		offers, err := o.active(ctx, fresh, near.HouseholdID)
		if err != nil {
			return nil, err
		}
		found = append(found, offers...)
	}
	slices.SortFunc(found, func(a, b *model.HelpOffer) int {
		return cmp.Or(cmp.Compare(levels[a.ID], levels[b.ID]), cmp.Compare(b.ID, a.ID))
	})
	return found, nil
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

// on returns offers by shelf, on each the newest first, but for those of one household. Each shelf is read in the order of its index: at most so many
// rows of each, however many there are.
func (o Offers) on(ctx context.Context, shelves []shelf, household model.ID, limit int) ([][]model.ID, error) {
	type row struct {
		id    model.ID
		shelf int
	}
	var parts []string
	var args []any
	for i, s := range shelves {
		parts = append(parts, "SELECT offer_id, ? AS shelf FROM (?) s"+strconv.Itoa(i))
		args = append(args, i, o.near(ctx, s.level, s.node, household, s.category, limit))
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

// near asks for offers of one category at a node that go as far as it, the newest first, but for those of one household.
// Who lives nearer and goes less far was found nearer.
func (o Offers) near(ctx context.Context, level model.NodeKind, node, household model.ID, category string, limit int) *gorm.DB {
	reaches := model.Reaches()
	far := append([]model.NodeKind{""}, reaches[slices.Index(reaches, level):]...)
	return o.from(ctx).Table("help_offer_category c").Select("c.offer_id").
		Where("c."+placeColumn(level)+" = ? AND c.category = ? AND c.reach IN ?", node, category, far).
		Where("(c.household_id = 0 OR c.household_id <> ?)", household).
		Order("c.offer_id DESC").Limit(limit)
}

// active returns those of the offers that are active and not of one household.
func (o Offers) active(ctx context.Context, ids []model.ID, household model.ID) ([]*model.HelpOffer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	heads, err := readRows(o.from(ctx).Table("help_offer").Select("id, version, area_id, grid_id, building_id, unit_id").
		Where("id IN ? AND status = ? AND (household_id = 0 OR household_id <> ?)", ids, model.OfferActive, household),
		func(h *offerHead) []any { return []any{&h.id, &h.version, &h.area, &h.grid, &h.building, &h.unit} })
	if err != nil {
		return nil, err
	}
	found, missing := o.known.look(heads)
	if len(missing) == 0 {
		return found, nil
	}
	rows, err := readOffers(o.from(ctx).Table("help_offer").Where("id IN ? AND status = ?", missing, model.OfferActive))
	o.known.keep(rows)
	return append(found, rows...), err
}

// offerHead is what tells whether an offer is as it was: each edit has a version, and a building may move.
type offerHead struct{ id, version, area, grid, building, unit model.ID }

func headOf(o *model.HelpOffer) offerHead {
	return offerHead{o.ID, model.ID(o.Version), o.AreaID, o.GridID, o.BuildingID, o.UnitID}
}

// maxKnown is how many offers are kept at a time.
const maxKnown = 20_000

// knownOffers are offers that were read before, since each is proposed again and again and reading one is long. A
// transaction knows none, because what it reads may never be.
type knownOffers struct {
	mu   sync.Mutex
	rows map[model.ID]*model.HelpOffer
}

// look returns the offers that are known as they are, and the ids of the others.
func (k *knownOffers) look(heads []*offerHead) (found []*model.HelpOffer, missing []model.ID) {
	if k == nil {
		k = &knownOffers{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, h := range heads {
		if o := k.rows[h.id]; o != nil && headOf(o) == *h {
			found = append(found, o)
		} else {
			missing = append(missing, h.id)
		}
	}
	return found, missing
}

// keep makes offers known; all others are forgotten when there are too many.
func (k *knownOffers) keep(rows []*model.HelpOffer) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rows == nil || len(k.rows)+len(rows) > maxKnown {
		k.rows = make(map[model.ID]*model.HelpOffer, len(rows))
	}
	for _, o := range rows {
		k.rows[o.ID] = o
	}
}

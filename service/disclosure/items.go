package disclosure

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/service/privacy"
)

// Items lists the items of a publication with what has become of them. It fails with ErrNotFound for who may
// not read the publication, and with ErrCursor.
func (d *Disclosure) Items(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.PublicationItem], error) {
	p, err := d.store.Publications.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, p); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("items:%d:%d", who.MemberID, id)
	key, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	after := int64(0)
	if key != nil {
		after = key[0]
	}
	rows, err := d.store.Publications.Items(ctx, id, who.MemberID, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.PublicationItem) int64 { return int64(last.ItemNo) })
	if err := d.nameItems(ctx, who, p, list.Items); err != nil {
		return nil, err
	}
	return list, d.followItems(ctx, p, list.Items)
}

// nameItems tells whom items are about: the masked name that was frozen, the full one of who had agreed to that when the
// publication was made and does still (PIPL 25), and none for who is anonymous, then or now.
func (d *Disclosure) nameItems(ctx context.Context, who model.Actor, p *model.Publication, rows []*model.PublicationItem) error {
	var people []model.ID
	for _, i := range rows {
		people = append(people, i.MemberID)
	}
	now, err := d.store.Members.BoardRefs(ctx, people)
	if err != nil {
		return err
	}
	named, err := d.fullNames(ctx, p, people)
	for _, i := range rows {
		i.Mine = i.MemberID == who.MemberID
		i.Member = model.MemberRef{ID: i.MemberID, DisplayName: i.DisplayName}
		if named[i.MemberID] != "" {
			i.Member.DisplayName = named[i.MemberID]
		}
		if i.Anonymous || now[i.MemberID].ID == 0 {
			i.Member = model.MemberRef{DisplayName: model.AnonymousName}
		}
	}
	return err
}

// fullNames returns the names of those who agreed to be named before a publication was made, and do still.
func (d *Disclosure) fullNames(ctx context.Context, p *model.Publication, people []model.ID) (map[model.ID]string, error) {
	since, err := privacy.Since(ctx, d.store, model.PurposeName, people)
	if err != nil || len(since) == 0 {
		return nil, err
	}
	members, err := d.store.Members.Some(ctx, people)
	names := map[model.ID]string{}
	for id, at := range since {
		if m := members[id]; m != nil && at <= p.StartsAt {
			names[id] = m.Name
		}
	}
	return names, err
}

// followItems tells what has become of items.
func (d *Disclosure) followItems(ctx context.Context, p *model.Publication, rows []*model.PublicationItem) error {
	if len(rows) == 0 {
		return nil
	}
	var ids []model.ID
	for _, i := range rows {
		if i.DeclarationID != 0 {
			ids = append(ids, i.DeclarationID)
		}
	}
	work, err := d.store.Declarations.ByIDs(ctx, ids)
	if err != nil {
		return err
	}
	disputed, err := d.store.Appeals.Disputed(ctx, p.ID, rows[0].ItemNo, rows[len(rows)-1].ItemNo, d.now())
	for _, i := range rows {
		i.Disputed = disputed[i.ItemNo]
		w := work[i.DeclarationID]
		if w == nil || w.PublicationID != p.ID { // published again since, elsewhere
			continue
		}
		if i.Status = w.Status; w.Status == model.DeclarationBooked {
			i.Booked = &w.Booked
		}
	}
	return err
}

package disclosure

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
)

// Check takes the hash of every publication anew, and returns how many items it read and which publications are
// not what was put before the neighbours. An error is a failure to read, never a difference.
func (d *Disclosure) Check(ctx context.Context) (rows int64, differences []string, err error) {
	err = d.store.Snapshot(ctx, func(view *repository.Store) error {
		for after := model.ID(0); ; {
			publications, err := view.Publications.Scan(ctx, after, sweepPage)
			if err != nil || len(publications) == 0 {
				return err
			}
			for _, p := range publications {
				items, err := view.Publications.AllItems(ctx, p.ID)
				if err != nil {
					return err
				}
				rows += int64(len(items))
				after = p.ID
				if p.Intact(items) {
					continue
				}
				differs, err := tellApart(ctx, view, p, items)
				if err != nil {
					return err
				}
				differences = append(differences, differs)
			}
		}
	})
	return rows, differences, err
}

// tellApart says of a publication that is not what was published, and of which items that can be seen: the hash is
// of them all, but items of declarations say what those say.
func tellApart(ctx context.Context, view *repository.Store, p *model.Publication, items []*model.PublicationItem) (string, error) {
	differs := fmt.Sprintf("publication %d: its title, dates or %d items are not those that were published", p.ID, len(items))
	ids := make([]model.ID, len(items))
	for n, i := range items {
		ids[n] = i.DeclarationID
	}
	work, err := view.Declarations.ByIDs(ctx, ids)
	for _, i := range items {
		said := *i
		if w := work[i.DeclarationID]; w != nil {
			said.Declares(w)
		}
		if said != *i {
			differs += fmt.Sprintf("; item %d is not what declaration %d says", i.ItemNo, i.DeclarationID)
		}
	}
	return differs, err
}

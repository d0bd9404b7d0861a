package photos

import (
	"context"
	"errors"
	"time"

	"linbanglin/model"
)

const (
	// orphanAge is how old a file must be to be nobody's: that of a photo is there some time before its row.
	orphanAge   = time.Hour
	orphanBatch = 200
)

// Sweep deletes the rows of photos that were dropped a day ago, and then the files that no row knows. Any number of
// processes may run it, at any time. It returns how many files it deleted.
func (a *Album) Sweep(ctx context.Context) (deleted int, err error) {
	if _, err := a.store.Photos.Forget(ctx, a.now().Add(-model.PhotoGrace)); err != nil {
		return 0, err
	}
	var ids []model.ID
	keys := map[model.ID]string{}
	purge := func() error {
		known, err := a.store.Photos.Known(ctx, ids)
		for _, id := range ids {
			if err == nil && !known[id] {
				if err = a.blobs.Delete(ctx, keys[id]); err == nil {
					deleted++
				}
			}
		}
		ids = nil
		clear(keys)
		return err
	}
	err = a.blobs.Before(ctx, a.now().Time().Add(-orphanAge), func(key string) error {
		photo, unknown := model.PhotoOfKey(key)
		if unknown != nil {
			return nil //nolint:nilerr // a file of somebody else's in the same place
		}
		ids, keys[photo.ID] = append(ids, photo.ID), key
		if len(ids) < orphanBatch {
			return nil
		}
		return purge()
	})
	return deleted, errors.Join(err, purge())
}

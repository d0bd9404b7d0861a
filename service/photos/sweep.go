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
// processes may run it, at any time. It returns how many files it deleted; one that cannot be deleted keeps none of the others,
// and the first of them is what it fails with.
func (a *Album) Sweep(ctx context.Context) (deleted int, err error) {
	if _, err := a.store.Photos.Forget(ctx, a.now().Add(-model.PhotoGrace)); err != nil {
		return 0, err
	}
	var ids []model.ID
	var failed error
	keys := map[model.ID]string{}
	purge := func() error {
		known, err := a.store.Photos.Known(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if known[id] {
				continue
			}
			if err := a.blobs.Delete(ctx, keys[id]); err == nil {
				deleted++
			} else if failed == nil {
				failed = err
			}
		}
		ids = nil
		clear(keys)
		return nil
	}
	err = a.blobs.Before(ctx, a.now().Time().Add(-orphanAge), func(key string) error {
		photo, ok := model.PhotoOfKey(key)
		if !ok { // a file of somebody else's in the same place
			return nil
		}
		ids, keys[photo.ID] = append(ids, photo.ID), key
		if len(ids) < orphanBatch {
			return nil
		}
		return purge()
	})
	err = errors.Join(err, purge())
	return deleted, errors.Join(err, failed)
}

package care

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// LookAt looks at devices and homes as a round does that had found them a moment ago.
func (c *Care) LookAt(ctx context.Context, devices, homes []model.ID) error {
	if _, err := c.store.Each(ctx, "look at device", devices, func(tx *repository.Store, id model.ID) (bool, error) {
		return c.lookAtDevice(ctx, tx, id)
	}); err != nil {
		return err
	}
	_, err := c.store.Each(ctx, "look at home", homes, func(tx *repository.Store, id model.ID) (bool, error) {
		return c.lookAtHome(ctx, tx, id)
	})
	return err
}

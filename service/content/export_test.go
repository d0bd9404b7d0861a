package content

import (
	"context"

	"linbanglin/model"
)

// Submit hands a photo to WeChat as the sweep does once it has leased it.
func (c *Checks) Submit(ctx context.Context, check *model.Check) (bool, error) {
	return c.submit(ctx, check)
}

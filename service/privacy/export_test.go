package privacy

import (
	"context"

	"linbanglin/model"
)

// Kill takes some steps of closing an account and no more, as a process does that dies then.
func (p *Privacy) Kill(ctx context.Context, member model.ID, steps int) error {
	for step := range steps {
		if _, _, err := p.eraseStep(ctx, member, step); err != nil {
			return err
		}
	}
	return nil
}

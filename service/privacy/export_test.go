package privacy

import (
	"context"
	"errors"

	"linbanglin/model"
)

// MakeSlowly makes a copy, and does something before it says so.
func (p *Privacy) MakeSlowly(ctx context.Context, id model.ID, meanwhile func() error) error {
	e, err := p.takeExport(ctx, id)
	if err == nil {
		err = errors.Join(p.blobs.Put(ctx, e.Key(), "application/zip", []byte("file")), meanwhile())
	}
	if err != nil {
		return err
	}
	return p.finish(ctx, e, 4)
}

// Kill takes some steps of closing an account and no more, as a process does that dies then.
func (p *Privacy) Kill(ctx context.Context, member model.ID, steps int) error {
	for step := range steps {
		if _, _, err := p.eraseStep(ctx, member, step); err != nil {
			return err
		}
	}
	return nil
}

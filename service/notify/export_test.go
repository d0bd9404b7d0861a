package notify

import (
	"context"

	"linbanglin/model"
)

// SendBlind sends a message as a process does that cannot read the database once it has taken it.
func (m *Messages) SendBlind(ctx context.Context, id model.ID) error {
	message, template, err := m.take(ctx, id)
	if err != nil {
		return err
	}
	blind, cancel := context.WithCancel(ctx)
	cancel()
	sent, failure := m.hand(blind, message, template)
	return m.settle(ctx, message, sent, failure)
}

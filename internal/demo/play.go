package demo

import (
	"context"
	"io"
)

// Play is the day.
func Play(ctx context.Context, base string, out io.Writer) error { return nil }

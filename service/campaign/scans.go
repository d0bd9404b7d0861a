package campaign

import (
	"context"
	"fmt"
	"sync"

	"linbanglin/model"
)

// scans are the check-ins that are on their way in this process.
type scans struct{ going sync.Map } // scanKey -> *scan

type scanKey struct {
	campaign model.ID
	session  int
	member   model.ID
}

// scan is one on its way; what it made may be read once done is closed, is nil when it failed, and changed by nobody.
type scan struct {
	promise *model.Idempotency
	done    chan struct{}
	made    *model.Checkin
}

// sharesKey reports whether it came by the idempotency key of another scan of the same member.
func (s *scan) sharesKey(ctx context.Context) bool {
	mine := model.IdempotencyOf(ctx)
	return mine != nil && s.promise != nil && mine.Key == s.promise.Key
}

// enter waits until no other scan of the member's is on its way. It returns the one before, if that made a check-in; otherwise
// the caller goes on, and leaves with what it made, or nil. It fails with ErrUnavailable when the caller cannot wait.
func (s *scans) enter(ctx context.Context, k *model.Checkin) (leave func(made *model.Checkin), before *scan, err error) {
	key, mine := scanKey{k.CampaignID, k.Session, k.MemberID}, &scan{promise: model.IdempotencyOf(ctx), done: make(chan struct{})}
	for {
		other, going := s.going.LoadOrStore(key, mine)
		if !going {
			return func(made *model.Checkin) {
				if made != nil {
					kept := *made
					mine.made = &kept
				}
				s.going.Delete(key)
				close(mine.done)
			}, nil, nil
		}
		before = other.(*scan) //nolint:forcetypeassert // nothing else is stored
		select {
		case <-before.done:
			if before.made != nil {
				return nil, before, nil
			}
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
		}
	}
}

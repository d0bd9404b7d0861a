package campaign

import (
	"context"
	"fmt"
	"sync"

	"linbanglin/model"
)

// scans are the check-ins that are on their way in this process.
type scans struct{ going sync.Map } // scanKey -> chan struct{}, closed at its end

type scanKey struct {
	campaign model.ID
	session  int
	member   model.ID
}

// enter waits until no other scan of the member's is on its way, and tells whether it had to. It fails with ErrUnavailable when the caller cannot wait.
func (s *scans) enter(ctx context.Context, k *model.Checkin) (leave func(), waited bool, err error) {
	key, mine := scanKey{k.CampaignID, k.Session, k.MemberID}, make(chan struct{})
	for {
		other, going := s.going.LoadOrStore(key, mine)
		if !going {
			return func() { s.going.Delete(key); close(mine) }, waited, nil
		}
		select {
		case <-other.(chan struct{}): //nolint:forcetypeassert // nothing else is stored
			waited = true
		case <-ctx.Done():
			return nil, false, fmt.Errorf("%w: %w", model.ErrUnavailable, ctx.Err())
		}
	}
}

package privacy

import (
	"context"
	"errors"
	"time"

	"linbanglin/internal/memo"
	"linbanglin/model"
	"linbanglin/repository"
)

const (
	// knownTrust is how long a process may not know of a new policy, or of a consent that was taken back.
	knownTrust = 2 * time.Second
	// heldTrust is how long a good consent is remembered. Who took one back within withdrawnFor, which is longer by more than
	// clocks differ and transactions last, is not looked for there.
	heldTrust    = 10 * time.Minute
	withdrawnFor = 15 * time.Minute
	remembered   = 50_000
)

// Privacy is the use cases of personal information.
type Privacy struct {
	store *repository.Store
	now   func() model.Instant
	known *memo.Memo[struct{}, known]
	held  *memo.Memo[need, struct{}]
	gone  map[model.Purpose]Gone

	blobs *repository.Blobs // of copies; nil until they are kept somewhere
	key   model.LinkKey
}

// Gone does what has to be done at once when a member takes back a consent, within that transaction. It may be called again
// for what is done already.
type Gone func(ctx context.Context, tx *repository.Store, member *model.Member) error

// known is what a process knows of the whole installation.
type known struct {
	policy    *model.PrivacyPolicy // nil for none
	withdrawn map[model.ID]bool    // members who lately took back something
}

// need is a consent that somebody asks for: a member's to a purpose, at a version or a later one.
type need struct {
	member  model.ID
	purpose model.Purpose
	version int32
}

// New returns the privacy of a store.
func New(store *repository.Store, now func() model.Instant) *Privacy {
	p := &Privacy{store: store, now: now, gone: map[model.Purpose]Gone{}}
	p.known = memo.New(knownTrust, 1, p.readKnown)
	p.held = memo.New(heldTrust, remembered, p.read)
	return p
}

// KeepExports says where copies of people's data are kept, and how links to them are signed. It is for before the first
// call.
func (p *Privacy) KeepExports(blobs *repository.Blobs, key model.LinkKey) {
	p.blobs, p.key = blobs, key
}

// OnWithdrawal says what is done when consent to a purpose is taken back. It is for before the first call.
func (p *Privacy) OnWithdrawal(purpose model.Purpose, do Gone) { p.gone[purpose] = do }

func (p *Privacy) readKnown(ctx context.Context, _ struct{}) (known, error) {
	policy, err := p.store.Privacy.Newest(ctx)
	if err != nil || policy == nil {
		return known{}, err
	}
	rows, err := p.store.Privacy.Withdrawn(ctx, p.now().Add(-withdrawnFor))
	k := known{policy, make(map[model.ID]bool, len(rows))}
	for _, a := range rows {
		k.withdrawn[a.MemberID] = true
	}
	return k, err
}

// read fails with *model.Unagreed unless a consent is good; that of a child to the service is so with a guardian's.
func (p *Privacy) read(ctx context.Context, n need) (struct{}, error) {
	newest, err := p.store.Privacy.SharedAgreementsOf(ctx, n.member)
	if err != nil {
		return struct{}{}, err
	}
	wanted := []model.Purpose{n.purpose}
	if n.purpose == model.PurposeService {
		m, err := p.store.Members.Known(ctx, n.member)
		if err != nil && !errors.Is(err, model.ErrNotFound) {
			return struct{}{}, err
		}
		if m != nil && m.Child(p.now().Time().Year()) {
			wanted = append(wanted, model.PurposeGuardian)
		}
	}
	for _, purpose := range wanted {
		if a := newest[purpose]; a == nil || !a.Given || a.Version < n.version {
			return struct{}{}, a.Missing(purpose, n.version)
		}
	}
	return struct{}{}, nil
}

// want fails as read does, and asks the database only for who did not agree lately or took something back.
func (p *Privacy) want(ctx context.Context, k known, n need) error {
	var err error
	if k.withdrawn[n.member] {
		_, err = p.read(ctx, n)
	} else {
		_, err = p.held.Get(ctx, n)
	}
	return err
}

// Admit fails unless the caller may go on: with *model.Unagreed for a change by who has not agreed to the newest policy, or
// whose guardian has not, and for a read by who took their consent back. It is for all operations but those that everybody
// may call at any time. Without a policy everybody may go on.
func (p *Privacy) Admit(ctx context.Context, who model.Actor, changes bool) error {
	k, err := p.known.Get(ctx, struct{}{})
	if err != nil || k.policy == nil {
		return err
	}
	err = p.want(ctx, k, need{who.MemberID, model.PurposeService, k.policy.Version})
	var missing *model.Unagreed
	if !changes && errors.As(err, &missing) && !missing.Withdrawn {
		return nil
	}
	return err
}

// Holds reports whether a member has agreed to a purpose. Without a policy nothing is asked, and everything holds.
func (p *Privacy) Holds(ctx context.Context, member model.ID, purpose model.Purpose) (bool, error) {
	k, err := p.known.Get(ctx, struct{}{})
	if err != nil || k.policy == nil {
		return err == nil, err
	}
	version, asked := k.policy.Needs(purpose)
	if !asked {
		return false, nil
	}
	err = p.want(ctx, k, need{member, purpose, version})
	var missing *model.Unagreed
	if errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}

// Since returns of those members who have agreed to a separate purpose since when; nobody has while there is no policy.
func Since(ctx context.Context, s *repository.Store, purpose model.Purpose, members []model.ID) (map[model.ID]model.Instant, error) {
	policy, err := s.Privacy.Newest(ctx)
	if err != nil || policy == nil {
		return nil, err
	}
	newest, err := s.Privacy.AgreementsTo(ctx, purpose, members)
	since := make(map[model.ID]model.Instant, len(newest))
	for id, a := range newest {
		if a.Holds(policy) {
			since[id] = a.At
		}
	}
	return since, err
}

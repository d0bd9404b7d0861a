package deliberation

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"

	"linbanglin/model"
	"linbanglin/repository"
)

// Open opens the vote until a time. Who may vote is taken down now: who moves in or grows up later does not, and a survey
// alone stays open to whoever lives there. It fails with ErrForbidden, with ErrNoElectorate, and as Proposal.Open does.
func (d *Deliberation) Open(ctx context.Context, who model.Actor, id model.ID, closes model.Instant) (*model.Proposal, error) {
	return d.manage(ctx, who, id, func(tx *repository.Store, p *model.Proposal, now model.Instant) error {
		meetings, err := tx.Proposals.Meetings(ctx, id)
		if err != nil {
			return err
		}
		if err := p.Open(closes, meetings, now); err != nil {
			return err
		}
		if p.Binds() {
			votes, err := tx.Ballots.Freeze(ctx, p, now.Time().Year())
			if err != nil {
				return err
			}
			if err := p.Freeze(votes); err != nil {
				return err
			}
		}
		return tx.Ballots.Box(ctx, id, p.ChoiceKeys())
	})
}

// voter returns which vote the caller may cast on a proposal that was opened. It fails with ErrNotElector, and in a survey
// with ErrMinorVote.
func (d *Deliberation) voter(ctx context.Context, s *repository.Store, who model.Actor, p *model.Proposal) (model.ID, error) {
	if p.Binds() {
		voter, err := s.Ballots.Voter(ctx, p.ID, who.MemberID)
		if err == nil && voter == 0 {
			err = model.ErrNotElector
		}
		return voter, err
	}
	if who.Place.CommunityID != p.CommunityID || !p.Scoped(who.Place) {
		return 0, model.ErrNotElector
	}
	if err := grown(ctx, s, who.MemberID, d.now()); err != nil {
		return 0, err
	}
	if p.VoteBy == model.ByHousehold && who.Place.HouseholdID != 0 {
		return who.Place.HouseholdID, nil
	}
	return who.MemberID, nil
}

// Vote casts the caller's vote, or that of their household. What they vote is counted and not kept: no row, no answer to a
// key and no time ties it to who they are, so it cannot be repeated by a key either. It fails with ErrNotFound,
// ErrNotElector, ErrMinorVote, ErrVoted, ErrVoteClosed and ErrChoice.
func (d *Deliberation) Vote(ctx context.Context, who model.Actor, id model.ID, choice string) error {
	now := d.now()
	p, err := d.store.Proposals.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case p.CommunityID != who.Place.CommunityID || p.Status == model.ProposalDraft:
		return model.ErrNotFound
	case p.OpensAt == 0: // it has no roll yet that says whose business it is
		return cmp.Or(readable(ctx, d.store, who, p), error(model.ErrVoteClosed))
	}
	voter, err := d.voter(ctx, d.store, who, p)
	if err != nil {
		return err
	}
	if err := p.Takes(choice, now); err != nil {
		return err
	}
	return d.store.Tx(ctx, func(tx *repository.Store) error { return cast(ctx, tx, p, voter, choice, now.Day()) })
}

// cast marks the roll first and puts the paper last, so that who casts waits for a counter as shortly as can be.
func cast(ctx context.Context, tx *repository.Store, p *model.Proposal, voter model.ID, choice string, on model.Day) error {
	mark := tx.Ballots.Mark
	if !p.Binds() {
		mark = tx.Ballots.Enrol
	}
	if err := mark(ctx, p.ID, voter, on); err != nil {
		if errors.Is(err, model.ErrDuplicate) {
			err = model.ErrVoted
		}
		return err
	}
	shard, err := rand.Int(rand.Reader, big.NewInt(repository.Shards))
	if err != nil {
		return err
	}
	return tx.Ballots.Put(ctx, p.ID, int(shard.Int64()), choice)
}

// closeVote counts a vote whose time is over, unless that was done.
func (d *Deliberation) closeVote(ctx context.Context, id model.ID) error {
	return d.store.Tx(ctx, func(tx *repository.Store) error {
		_, err := closeIn(ctx, tx, id, d.now())
		return err
	})
}

func closeIn(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	p, err := tx.Proposals.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	did, err := count(ctx, tx, p, now)
	if err != nil || !did {
		return false, err
	}
	return true, tx.Proposals.Update(ctx, p)
}

// errMiscount is a roll and counters that do not agree: nothing is decided by them.
var errMiscount = errors.New("the roll and the papers of a ballot differ")

// count ends the vote of a locked proposal whose time is over. Closing the counters waits for those who are voting; what is
// read after it is the last word.
func count(ctx context.Context, tx *repository.Store, p *model.Proposal, now model.Instant) (bool, error) {
	if !p.VoteOver(now) {
		return false, nil
	}
	counts, err := tx.Ballots.Seal(ctx, p.ID)
	if err != nil {
		return false, err
	}
	voted, err := tx.Ballots.Voted(ctx, p.ID)
	if err != nil {
		return false, err
	}
	papers := 0
	for _, n := range counts {
		papers += n
	}
	if papers != voted {
		return false, fmt.Errorf("%w: proposal %d has %d and %d", errMiscount, p.ID, voted, papers)
	}
	if err := p.Close(voted, counts, now); err != nil {
		return false, err
	}
	return true, tx.Ballots.Destroy(ctx, p.ID)
}

const (
	// sweepBatch is how many proposals one sweep looks at.
	sweepBatch = 100
	// tellBatch is how many people are told in one transaction, and tellRounds how many such in one sweep.
	tellBatch, tellRounds = 500, 20
)

// Sweep counts the votes that are over and begins the work on decisions that were published long enough. It reads the
// state, so any number of processes may run it, at any time. It returns how many proposals it moved.
func (d *Deliberation) Sweep(ctx context.Context) (moved int, err error) {
	now := d.now()
	over, err := d.store.Proposals.VotesOver(ctx, now, sweepBatch)
	if err != nil {
		return 0, err
	}
	counted, err := d.store.Each(ctx, "count proposal", over, func(tx *repository.Store, id model.ID) (bool, error) {
		return closeIn(ctx, tx, id, now)
	})
	ready, failed := d.store.Proposals.Executable(ctx, now, sweepBatch)
	if failed != nil {
		return counted, errors.Join(err, failed)
	}
	begun, failed := d.store.Each(ctx, "execute proposal", ready, func(tx *repository.Store, id model.ID) (bool, error) {
		return execute(ctx, tx, id, now)
	})
	return counted + begun, errors.Join(err, failed)
}

func execute(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	p, err := tx.Proposals.Lock(ctx, id)
	if err != nil || !p.Executable(now) {
		return false, err
	}
	open, err := tx.Proposals.OpenObjections(ctx, id)
	if err != nil || open > 0 {
		return false, err
	}
	if err := p.Execute(now); err != nil {
		return false, err
	}
	return true, tx.Proposals.Update(ctx, p)
}

// noticeTime is how an instant is told to residents.
func noticeTime(at model.Instant) string { return at.Time().Format("1月2日 15:04") }

// yearOf is the year in which people are of age or not.
func yearOf(at model.Instant) int { return at.Time().Year() }

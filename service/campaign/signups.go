package campaign

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// SignupInput is what someone signs up for, and what they accept with it.
type SignupInput struct {
	Session int    // 0: the first
	Role    string // of the session; none: any work
	model.Acceptance
}

// firstSession is the session when none is named.
const firstSession = 1

func sessionOr1(session int) int {
	if session == 0 {
		return firstSession
	}
	return session
}

// SignUp takes a place in a session, or one on its wait list when all are taken. Signing up twice is the same answer.
// It fails with ErrCampaignScope outside of the scope, with ErrCampaignState before it is published and after it ends,
// with ErrSessionUnknown, with ErrCampaignFull where there is no wait list, and when something must be accepted first
// with ErrRiskNotice, ErrGuardian and ErrAdultsOnly.
func (s *Campaigns) SignUp(ctx context.Context, who model.Actor, id model.ID, in SignupInput) (*model.Signup, error) {
	in.Session = sessionOr1(in.Session)
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Signup, error) {
		c, session, err := s.openSession(ctx, tx, id, in.Session, func(c *model.Campaign) error { return s.mayJoin(who, c) })
		if err != nil {
			return nil, err
		}
		if _, err := session.Role(in.Role); err != nil {
			return nil, err
		}
		had, err := tx.Campaigns.Signup(ctx, id, in.Session, who.MemberID)
		if err == nil && had.Status != model.SignupCancelled || err != nil && !errors.Is(err, model.ErrNotFound) {
			return had, err
		}
		signup := &model.Signup{CampaignID: id, Session: in.Session, MemberID: who.MemberID, Role: in.Role, Status: model.SignupIn, CreatedAt: s.now()}
		if err := accept(ctx, tx, c, signup, in.Acceptance, s.now()); err != nil {
			return nil, err
		}
		if err := queue(ctx, tx, session, signup); err != nil {
			return nil, err
		}
		return signup, tx.Campaigns.SaveSignup(ctx, signup)
	})
}

// accept notes what somebody accepts who signs up.
func accept(ctx context.Context, tx *repository.Store, c *model.Campaign, signup *model.Signup, in model.Acceptance, now model.Instant) error {
	member, err := tx.Members.Get(ctx, signup.MemberID)
	if err != nil {
		return err
	}
	return signup.Accept(c, member, in, now)
}

// queue puts a sign-up behind all others of its session, and on the wait list if there is no place. It fails with
// ErrCampaignFull when there is no wait list.
func queue(ctx context.Context, tx *repository.Store, session *model.CampaignSession, signup *model.Signup) error {
	taken, err := tx.Campaigns.Seats(ctx, signup.CampaignID, signup.Session)
	if err != nil {
		return err
	}
	if !taken.Free(session, signup.Role) {
		if signup.Status = model.SignupWaiting; session.NoWaitList {
			return model.ErrCampaignFull
		}
	}
	last, err := tx.Campaigns.LastSeq(ctx, signup.CampaignID, signup.Session)
	signup.Seq = last + 1
	return err
}

// openSession locks a campaign that the caller may do something at, and returns one of its sessions. It fails with
// ErrCampaignState when the session is over.
func (s *Campaigns) openSession(ctx context.Context, tx *repository.Store, id model.ID, number int, may func(*model.Campaign) error) (*model.Campaign, *model.CampaignSession, error) {
	c, err := tx.Campaigns.Lock(ctx, id)
	if err == nil {
		err = may(c)
	}
	if err != nil {
		return nil, nil, err
	}
	session, err := c.Session(number)
	if err == nil && (c.Status != model.CampaignPublished || s.now() >= session.EndsAt) {
		err = model.ErrCampaignState
	}
	return c, &session, err
}

// CancelSignup gives a place in a session back, and lets in who waits longest; who has no other place of the campaign
// gives back the visits that were not made. It fails with ErrNotFound without a sign-up.
func (s *Campaigns) CancelSignup(ctx context.Context, who model.Actor, id model.ID, number int) error {
	number = sessionOr1(number)
	return s.store.Tx(ctx, func(tx *repository.Store) error {
		c, session, err := s.openSession(ctx, tx, id, number, func(c *model.Campaign) error { return mayLeave(who, c) })
		if err != nil {
			return err
		}
		signup, err := tx.Campaigns.Signup(ctx, id, number, who.MemberID)
		if err != nil || signup.Status == model.SignupCancelled {
			return err
		}
		had := signup.Status
		signup.Status = model.SignupCancelled
		if err := tx.Campaigns.SaveSignup(ctx, signup); err != nil {
			return err
		}
		others, err := tx.Campaigns.HasPlace(ctx, id, who.MemberID)
		if err == nil && !others {
			err = tx.Visits.Release(ctx, id, who.MemberID)
		}
		if err != nil || had != model.SignupIn {
			return err
		}
		return s.letIn(ctx, tx, c, number, session)
	})
}

// mayLeave fails unless the campaign is one of the caller's community. Who has moved out of its scope may still go.
func mayLeave(who model.Actor, c *model.Campaign) error {
	if c.CommunityID != who.Place.CommunityID || c.Private() {
		return model.ErrNotFound
	}
	return nil
}

// letIn gives the places that are free in a session to those who wait longest, and tells them.
func (s *Campaigns) letIn(ctx context.Context, tx *repository.Store, c *model.Campaign, number int, session *model.CampaignSession) error {
	taken, err := tx.Campaigns.Seats(ctx, c.ID, number)
	if err != nil {
		return err
	}
	for {
		roles := []string{}
		for _, r := range append(session.Roles, model.SessionRole{}) {
			if taken.Free(session, r.Name) {
				roles = append(roles, r.Name)
			}
		}
		if len(roles) == 0 {
			return nil
		}
		next, err := tx.Campaigns.FirstWaiting(ctx, c.ID, number, roles)
		if errors.Is(err, model.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		next.Status = model.SignupIn
		taken[next.Role]++
		if err := tx.Campaigns.SaveSignup(ctx, next); err != nil {
			return err
		}
		if err := notify.Tell(ctx, tx, seatNotice(c, number, session, next, s.now())); err != nil {
			return err
		}
	}
}

func seatNotice(c *model.Campaign, number int, session *model.CampaignSession, signup *model.Signup, now model.Instant) *model.Notice {
	when := session.StartsAt.Time().Format("1月2日 15:04")
	if len(c.Plan.Sessions) > 0 {
		when = session.Name + "，" + when
	}
	return campaignNotice(c, signup.MemberID, model.NoticeCampaignSeat, fmt.Sprintf("seat:%d:%d", number, signup.Seq), "候补成功",
		fmt.Sprintf("活动「%s」（%s）有了空位，您已从候补转为报名成功；不能参加请及时取消。", c.Title, when), now)
}

package campaign

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/notify"
)

// CheckinLink returns what the code at the door leads to now, below the address of the service: the campaign and the
// code, which the mini-program reads. It fails as CheckinCode does.
func (s *Campaigns) CheckinLink(ctx context.Context, who model.Actor, id model.ID, session int) (string, error) {
	code, err := s.CheckinCode(ctx, who, id)
	if err != nil {
		return "", err
	}
	query := url.Values{"c": {id.String()}, "code": {code.Code}}
	if session > firstSession {
		query.Set("session", strconv.Itoa(session))
	}
	return "/checkin?" + query.Encode(), nil
}

// Poster returns what a printed poster of a campaign says, for those who manage it: its plan, its theme and the name of
// its scope. It fails with ErrForbidden for anyone else.
func (s *Campaigns) Poster(ctx context.Context, who model.Actor, id model.ID) (*model.Poster, error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	names, err := s.store.Nodes.Names(ctx, []model.ID{c.CommunityID, c.ScopeNodeID})
	if err != nil {
		return nil, err
	}
	themes, err := s.store.Campaigns.Themes(ctx, c.CommunityID)
	p := &model.Poster{Campaign: c, Community: names[c.CommunityID], Scope: names[c.ScopeNodeID], MadeAt: s.now()}
	for _, t := range themes {
		if t.Code == c.Theme {
			p.Theme = t.Name
		}
	}
	return p, err
}

// SetFence puts a fence around a campaign's place, as long as people can come. It fails with ErrForbidden, ErrCampaignState
// and ErrInvalid.
func (s *Campaigns) SetFence(ctx context.Context, who model.Actor, id model.ID, at model.Position, radius int, required bool) (*model.Fence, error) {
	defer s.fences.Forget(id)
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Fence, error) {
		c, err := tx.Campaigns.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.mayManage(ctx, tx, who, c); err != nil {
			return nil, err
		}
		if c.ClosedAt != 0 {
			return nil, model.ErrCampaignState
		}
		fence, err := model.NewFence(id, at, radius, required, who.MemberID, s.now())
		if err != nil {
			return nil, err
		}
		return fence, tx.Campaigns.SetFence(ctx, fence)
	})
}

// Fence returns the fence of a campaign for those who manage it. It fails with ErrNotFound when there is none.
func (s *Campaigns) Fence(ctx context.Context, who model.Actor, id model.ID) (*model.Fence, error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	fence, err := s.store.Campaigns.Fence(ctx, id)
	if err == nil && fence == nil {
		err = model.ErrNotFound
	}
	return fence, err
}

// CheckInFor checks in by hand a member who is there and cannot scan, from the campaign's start until it is closed. What it
// earns is declared, not verified. A member who has checked in already has the answer of that. It fails with ErrOwnCheckin,
// with ErrInvalid without a reason, with ErrForbidden for who does not manage the campaign, with ErrNotFound for a member
// who is not of the community, and otherwise as CheckIn does but for the code and the fence.
func (s *Campaigns) CheckInFor(ctx context.Context, who model.Actor, id, member model.ID, session int, reason string) (*model.Checkin, error) {
	checkin := &model.Checkin{CampaignID: id, Session: session, MemberID: member, CheckedInAt: s.now(), Fence: model.UnknownFence}
	c, err := s.store.Campaigns.Get(ctx, id)
	if err == nil {
		err = s.mayCheckIn(ctx, who, c, checkin, reason)
	}
	if err != nil {
		return repository.AnswerOr[*model.Checkin](ctx, s.store, err)
	}
	k, err := s.enter(ctx, c, checkin, who.MemberID)
	if err != nil {
		return nil, err
	}
	return k, nameRecorders(ctx, s.store, []*model.Checkin{k})
}

// mayCheckIn fails unless the caller may check the member in by hand, and notes that they did.
func (s *Campaigns) mayCheckIn(ctx context.Context, who model.Actor, c *model.Campaign, k *model.Checkin, reason string) error {
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return err
	}
	if err := k.Record(who.MemberID, reason); err != nil {
		return err
	}
	m, err := s.store.Members.Get(ctx, k.MemberID)
	switch {
	case err != nil:
		return err
	case m.CommunityID != c.CommunityID || m.MergedInto != 0:
		return model.ErrNotFound
	case !c.Scope().Covers(m.Place):
		return model.ErrCampaignScope
	}
	if err := c.LetsOut(k.CheckedInAt); err != nil {
		return err
	}
	return s.mayAttend(ctx, c, k)
}

// mayAttend sets the session of a check-in by hand, when none is named to the one whose time it is, and fails with
// ErrSessionUnknown, and with ErrNotSignedUp where something must be accepted first.
func (s *Campaigns) mayAttend(ctx context.Context, c *model.Campaign, k *model.Checkin) error {
	if k.Session == 0 {
		k.Session = c.SessionAt(k.CheckedInAt)
	}
	if _, err := c.Session(k.Session); err != nil {
		return err
	}
	return s.wantSignup(ctx, c, k.Session, k.MemberID)
}

// nameRecorders puts names on check-ins that were made by hand.
func nameRecorders(ctx context.Context, store *repository.Store, rows []*model.Checkin) error {
	var people []model.ID
	for _, k := range rows {
		if k.RecordedBy != 0 {
			people = append(people, k.RecordedBy)
		}
	}
	if len(people) == 0 {
		return nil
	}
	refs, err := store.Members.Refs(ctx, people)
	for _, k := range rows {
		if ref, ok := refs[k.RecordedBy]; ok {
			k.Recorder = &ref
		}
	}
	return err
}

// turnAway puts a refused check-in on the organizer's list and fails with why, unless the caller's key has an answer.
func (s *Campaigns) turnAway(ctx context.Context, k *model.Checkin, why error) (*model.Checkin, error) {
	had, err := repository.AnswerOr[*model.Checkin](ctx, s.store, why)
	if err == nil {
		return had, nil
	}
	row := &model.Refusal{ID: s.store.NewID(), CampaignID: k.CampaignID, Session: k.Session, MemberID: k.MemberID, Reason: model.Reason(why).Code, CreatedAt: k.CheckedInAt}
	if err := s.store.Tx(ctx, func(tx *repository.Store) error { return tx.Campaigns.Refuse(ctx, row) }); err != nil {
		return nil, err
	}
	return nil, why
}

// Refused lists whose check-in was refused and who did not come in since, when and why, in that order, for those who manage the campaign. It fails with
// ErrCursor.
func (s *Campaigns) Refused(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.Refusal], error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("refused:%d", id)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Campaigns.Refused(ctx, id, firstID(after), page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Refusal) int64 { return int64(last.ID) })
	people := make([]model.ID, len(list.Items))
	for i, r := range list.Items {
		people[i] = r.MemberID
	}
	refs, err := s.store.Members.Refs(ctx, people)
	for _, r := range list.Items {
		r.Member = refs[r.MemberID]
		for _, e := range model.Refusals() {
			if e.Code == r.Reason {
				r.Message = e.Message
			}
		}
	}
	return list, err
}

const (
	// doorPage is how many campaigns are looked at together for forgotten check-outs, and doorBatch how many of those are
	// ended in one transaction.
	doorPage  = 100
	doorBatch = 100
)

// SweepDoor ends check-ins whose check-out was forgotten, by the campaign's rules and once each, and tells the members.
// It reads the state, so any number of processes may run it, at any time. It returns how many it ended; a campaign
// where that fails keeps none of the others waiting, and the errors are joined.
func (s *Campaigns) SweepDoor(ctx context.Context) (ended int, err error) {
	var failures []error
	for after := model.ID(0); ; {
		found, err := s.store.Campaigns.WithOpenCheckins(ctx, s.now(), after, doorPage)
		if err != nil {
			failures = append(failures, err)
			break
		}
		for _, c := range found {
			after = c.ID
			if s.now() < c.ForgetsAt() {
				continue
			}
			n, err := s.forget(ctx, c)
			if ended += n; err != nil {
				failures = append(failures, fmt.Errorf("check-outs of campaign %d: %w", c.ID, err))
			}
		}
		if len(found) < doorPage || ctx.Err() != nil {
			break
		}
	}
	if ended > 0 {
		s.ledger.Nudge()
	}
	return ended, errors.Join(failures...)
}

// forget ends all open check-ins of a campaign.
func (s *Campaigns) forget(ctx context.Context, c *model.Campaign) (ended int, err error) {
	for {
		n := 0
		err := s.store.Tx(ctx, func(tx *repository.Store) (err error) {
			n, err = s.forgetSome(ctx, tx, c)
			return err
		})
		if err != nil || n == 0 {
			return ended, err
		}
		ended += n
	}
}

func (s *Campaigns) forgetSome(ctx context.Context, tx *repository.Store, c *model.Campaign) (int, error) {
	open, err := tx.Campaigns.LockOpenCheckins(ctx, c.ID, doorBatch)
	if err != nil || len(open) == 0 {
		return 0, err
	}
	now := s.now()
	for _, k := range open {
		k.Forget(c, now)
	}
	if !c.Forgives() && open[0].Minutes > 0 {
		if err := s.bookForgotten(ctx, tx, c, open); err != nil {
			return 0, err
		}
	}
	var notices []*model.Notice
	for _, k := range open {
		if err := tx.Campaigns.CheckOut(ctx, k); err != nil {
			return 0, err
		}
		if !c.Forgives() {
			notices = append(notices, forgotNotice(c, k, now))
		}
	}
	return len(open), notify.Tell(ctx, tx, notices...)
}

// bookForgotten posts the minutes of forgotten check-outs.
func (s *Campaigns) bookForgotten(ctx context.Context, tx *repository.Store, c *model.Campaign, open []*model.Checkin) error {
	people := make([]model.ID, len(open))
	for i, k := range open {
		people[i] = k.MemberID
	}
	members, err := tx.Members.Some(ctx, people)
	if err != nil {
		return err
	}
	rules, err := s.ledger.RulesTx(ctx, tx, c.CommunityID)
	if err != nil {
		return err
	}
	var postings []ledger.Posting
	var booked []*model.Checkin
	given := map[model.ID]int64{} // by this batch
	for _, k := range open {
		if c.Rules.Limited() {
			if k.Minutes, err = minutesLeft(ctx, tx, c, k, given[k.MemberID]); err != nil {
				return err
			}
		}
		given[k.MemberID] += k.Minutes
		if k.Minutes > 0 {
			postings, booked = append(postings, stayed(c, k, members[k.MemberID], rules)), append(booked, k)
		}
	}
	if len(postings) == 0 {
		return nil
	}
	results, err := s.ledger.PostTx(ctx, tx, postings...)
	for i, r := range results {
		booked[i].Minutes = r.Amount
	}
	return err
}

func forgotNotice(c *model.Campaign, k *model.Checkin, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: c.CommunityID, MemberID: k.MemberID, Kind: model.NoticeForgotCheckout, Key: fmt.Sprintf("forgot:%d:%d", c.ID, k.Session),
		Title: "您忘记签退了", Body: fmt.Sprintf("活动「%s」已结束，您没有签退，按活动规则记 %d 分钟。如有出入请联系组织者。", c.Title, k.Minutes),
		Ref: model.NoticeRef{Type: model.RefCampaign, ID: c.ID}, CreatedAt: now,
	}
}

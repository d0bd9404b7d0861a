package campaign

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/privacy"
)

// Scan is what somebody brings to the door.
type Scan struct {
	Code    string
	Session int             // 0: the one whose time it is
	At      *model.Position // nil: not told
}

// Code is a check-in code and when it changes.
type Code struct {
	Code      string        `json:"code"`
	ExpiresAt model.Instant `json:"expires_at"`
}

// CheckinCode returns the code that is shown at the door now. It fails with ErrForbidden for who does not
// manage the campaign, and with ErrCampaignState unless it is published.
func (s *Campaigns) CheckinCode(ctx context.Context, who model.Actor, id model.ID) (*Code, error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	if c.Status != model.CampaignPublished {
		return nil, model.ErrCampaignState
	}
	code, expires := c.Code(s.now())
	return &Code{code, expires}, nil
}

// mayJoin fails unless the campaign is for the caller.
func (s *Campaigns) mayJoin(who model.Actor, c *model.Campaign) error {
	if c.CommunityID != who.Place.CommunityID || c.Private() {
		return model.ErrNotFound
	}
	if err := who.May(model.OpJoinCampaign, who.Place); err != nil {
		return err
	}
	if !c.Scope().Covers(who.Place) {
		return model.ErrCampaignScope
	}
	return nil
}

// CheckIn proves by the code at the door that the caller is there, and books what that earns out of the
// budget, as far as the caps of the rule and the limits of the campaign leave it. A second scan has the answer of the
// first. It fails with ErrCheckinCode, ErrCheckinWindow, ErrCampaignScope, ErrCampaignState, ErrSessionUnknown,
// ErrNotSignedUp and ErrStillInside; and, which the organizer then sees, with ErrOutsideFence and, when the budget does not cover it, with
// ErrBudget. A position is looked at with the caller's consent only; without it none was told.
func (s *Campaigns) CheckIn(ctx context.Context, who model.Actor, id model.ID, scan Scan) (*model.Checkin, error) {
	c, err := s.recent.Get(ctx, id)
	if err == nil {
		err = s.admits(who, c, (*model.Campaign).LetsIn, scan.Code)
	}
	if err == nil {
		scan.Session, err = s.sessionNow(ctx, c, who.MemberID, scan.Session)
	}
	if err != nil {
		return repository.AnswerOr[*model.Checkin](ctx, s.store, err)
	}
	checkin := &model.Checkin{CampaignID: c.ID, Session: scan.Session, MemberID: who.MemberID, CheckedInAt: s.now(), Class: model.Verified}
	fence, err := s.fences.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if scan.At, err = s.mayLocate(ctx, who.MemberID, fence, scan.At); err != nil {
		return nil, err
	}
	checkin.Fence = fence.Side(scan.At)
	if err := fence.LetsIn(checkin.Fence); err != nil {
		return s.turnAway(ctx, checkin, err)
	}
	return s.enter(ctx, c, checkin, who.MemberID)
}

// AskWith has positions used by consent only. It is for before the first call.
func (s *Campaigns) AskWith(p *privacy.Privacy) { s.agreed = p }

// mayLocate returns the position that a member told, nil when they did not agree to its use.
func (s *Campaigns) mayLocate(ctx context.Context, member model.ID, fence *model.Fence, at *model.Position) (*model.Position, error) {
	if fence == nil || at == nil || s.agreed == nil {
		return at, nil
	}
	agreed, err := s.agreed.Holds(ctx, member, model.PurposeLocation)
	if err != nil || !agreed {
		return nil, err
	}
	return at, nil
}

// enter books a check-in once. One that is refused goes on the organizer's list.
func (s *Campaigns) enter(ctx context.Context, c *model.Campaign, checkin *model.Checkin, actor model.ID) (made *model.Checkin, err error) {
	// Two scans of one member that are posted together would split the poster's batch: the second waits for the first.
	leave, before, err := s.scans.enter(ctx, checkin)
	switch {
	case err != nil:
		return nil, err
	case before != nil && before.sharesKey(ctx):
		return s.secondScan(ctx, checkin)
	case before != nil:
		had := *before.made
		return s.answerLike(ctx, &had)
	}
	defer func() { // also when it panics: then it made nothing
		shared := made
		if err != nil || made != nil && made.Session != checkin.Session { // an old key may have had the answer of another session
			shared = nil
		}
		leave(shared)
	}()
	member, err := s.store.Members.Known(ctx, checkin.MemberID)
	if err != nil {
		return nil, err
	}
	if c.Rules.Limited() || len(c.Beside(checkin.Session)) > 0 {
		had, err := s.checkInLimited(ctx, c, checkin, member, actor)
		if errors.Is(err, model.ErrBudget) {
			return s.turnAway(ctx, checkin, err)
		}
		return had, err
	}
	job, err := s.reward(ctx, c, checkin, member, actor)
	if err != nil {
		return nil, err
	}
	had, did, err := ledger.Once(ctx, s.ledger, job, checkin.CheckedInAt, func([]ledger.Result) *model.Checkin { return checkin })
	if errors.Is(err, model.ErrDuplicate) || err == nil && !did {
		return s.secondScan(ctx, checkin)
	}
	if errors.Is(err, model.ErrBudget) {
		return s.turnAway(ctx, checkin, err)
	}
	return had, err
}

// secondScan answers a scan that found the check-in made, under this idempotency key or by an earlier scan.
func (s *Campaigns) secondScan(ctx context.Context, k *model.Checkin) (*model.Checkin, error) {
	var answered *model.Checkin
	if found, err := repository.Replay(ctx, s.store, &answered); found || err != nil {
		return answered, err
	}
	had, err := s.store.Campaigns.Checkin(ctx, k.CampaignID, k.Session, k.MemberID)
	if err != nil {
		return nil, err
	}
	return s.answerLike(ctx, had)
}

// answerLike answers a scan with the check-in of an earlier one. Only the caller's key is new: it is kept with the next group of
// postings.
func (s *Campaigns) answerLike(ctx context.Context, had *model.Checkin) (*model.Checkin, error) {
	kept, _, err := ledger.Once(ctx, s.ledger, ledger.Job{}, s.now(), func([]ledger.Result) *model.Checkin { return had })
	return kept, err
}

// admits fails unless the caller, who brings the code of now, may join the campaign and is let in or out.
func (s *Campaigns) admits(who model.Actor, c *model.Campaign, lets func(*model.Campaign, model.Instant) error, code string) error {
	if err := s.mayJoin(who, c); err != nil {
		return err
	}
	if err := lets(c, s.now()); err != nil {
		return err
	}
	return c.CheckCode(code, s.now())
}

// reward makes the job of a check-in: its row, points out of the campaign's budget, and minutes where the
// campaign's rules give them at once.
func (s *Campaigns) reward(ctx context.Context, c *model.Campaign, k *model.Checkin, member *model.Member, actor model.ID) (ledger.Job, error) {
	rules, err := s.ledger.Rules(ctx, c.CommunityID)
	if err != nil {
		return ledger.Job{}, err
	}
	return rewarded(c, k, member, rules, actor), nil
}

// rewarded makes the job of a check-in under a set of rules.
func rewarded(c *model.Campaign, k *model.Checkin, member *model.Member, rules *model.RuleSet, actor model.ID) ledger.Job {
	var job ledger.Job
	base := ledger.Posting{
		Key: fmt.Sprintf("checkin:%d:%d:%d", c.ID, k.Session, member.ID), Code: model.RuleCampaign, Rules: rules, Class: k.Class, Clip: true,
		Ref: model.RefCampaign, RefID: c.ID, Campaign: c.ID, Member: member, At: c.Counts(k.CheckedInAt), Actor: actor, Memo: k.Reason,
	}
	var earned []*int64
	if c.Rules.PointsPerCheckin > 0 {
		p := base
		p.Amount = c.Rules.PointsPerCheckin
		p.Debit, p.Credit = model.Budget(c.CommunityID, c.ID, model.Points), model.Wallet(c.CommunityID, member.ID, model.Points)
		job.Postings, earned = append(job.Postings, p), append(earned, &k.Points)
	}
	if c.Rules.MinutesPerCheckin > 0 {
		job.Postings, earned = append(job.Postings, minutes(base, c.Rules.MinutesPerCheckin)), append(earned, &k.Minutes)
	}
	job.Rows = func(results []ledger.Result) ([]repository.Insertion, error) {
		for i, r := range results {
			*earned[i] = r.Amount
		}
		return []repository.Insertion{repository.CheckinRow(k)}, nil
	}
	return job
}

// minutes makes a posting of minutes out of one of points.
func minutes(p ledger.Posting, amount int64) ledger.Posting {
	community := p.Member.CommunityID
	p.Key, p.Code, p.Amount = p.Key+":minutes", model.CodeMinutes, amount
	p.Debit, p.Credit = model.Pool(community, model.Minutes), model.Wallet(community, p.Member.ID, model.Minutes)
	return p
}

// CheckOut says that the caller leaves, and books the minutes between where the rules do not give them at
// the check-in. It is possible until the campaign is closed, but no minute after the campaign's end counts.
// Who never checks out has the minutes that the rules have for that, see SweepDoor. A second scan has the answer of the
// first. Without a session it is the one that the caller is in, else the last that they were in. It fails with
// ErrNotCheckedIn, ErrCheckinCode, ErrCheckinWindow, ErrCampaignScope and ErrCampaignState.
func (s *Campaigns) CheckOut(ctx context.Context, who model.Actor, id model.ID, scan Scan) (*model.Checkin, error) {
	defer s.ledger.Nudge()
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Checkin, error) {
		c, err := tx.Campaigns.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.admits(who, c, (*model.Campaign).LetsOut, scan.Code); err != nil {
			return nil, err
		}
		k, err := lockStay(ctx, tx, c.ID, scan.Session, who.MemberID)
		if errors.Is(err, model.ErrNotFound) {
			return nil, model.ErrNotCheckedIn
		}
		if err != nil || k.CheckedOutAt != 0 {
			return k, err
		}
		k.CheckedOutAt = s.now()
		if c.Rules.MinutesPerCheckin > 0 {
			return k, tx.Campaigns.CheckOut(ctx, k)
		}
		k.Minutes = k.Stayed(c)
		if c.Rules.Limited() {
			if k.Minutes, err = minutesLeft(ctx, tx, c, k, 0); err != nil || k.Minutes == 0 {
				return k, errors.Join(err, tx.Campaigns.CheckOut(ctx, k))
			}
		}
		if err := s.bookMinutes(ctx, tx, c, k); err != nil {
			return nil, err
		}
		return k, tx.Campaigns.CheckOut(ctx, k)
	})
}

func (s *Campaigns) bookMinutes(ctx context.Context, tx *repository.Store, c *model.Campaign, k *model.Checkin) error {
	member, err := tx.Members.Get(ctx, k.MemberID)
	if err != nil {
		return err
	}
	// Not from the ledger's memory: filling that takes a second connection while this one holds locks.
	rules, err := s.ledger.RulesTx(ctx, tx, c.CommunityID)
	if err != nil {
		return err
	}
	results, err := s.ledger.PostTx(ctx, tx, stayed(c, k, member, rules))
	if err != nil {
		return err
	}
	k.Minutes = results[0].Amount
	return nil
}

// stayed makes the posting of the minutes of a check-out.
func stayed(c *model.Campaign, k *model.Checkin, member *model.Member, rules *model.RuleSet) ledger.Posting {
	return minutes(ledger.Posting{
		Key: fmt.Sprintf("checkout:%d:%d:%d", c.ID, k.Session, member.ID), Rules: rules, Class: k.Class, Clip: true,
		Ref: model.RefCampaign, RefID: c.ID, Campaign: c.ID, Member: member, At: c.Counts(k.CheckedInAt), Actor: member.ID,
	}, k.Minutes)
}

// Signups lists who signed up for a session, for those who manage the campaign. It fails with ErrCursor.
func (s *Campaigns) Signups(ctx context.Context, who model.Actor, id model.ID, session int, page model.Page) (*model.List[*model.Signup], error) {
	read := func(ctx context.Context, campaign, after model.ID, limit int) ([]*model.Signup, error) {
		return s.store.Campaigns.Signups(ctx, campaign, session, after, limit)
	}
	return attendance(ctx, s, who, id, page, fmt.Sprintf("signups:%d", session), read,
		func(k *model.Signup) (model.ID, **model.MemberRef) { return k.MemberID, &k.Member })
}

// Checkins lists who was at a session, with who made a check-in by hand, for those who manage the campaign. It fails with
// ErrCursor.
func (s *Campaigns) Checkins(ctx context.Context, who model.Actor, id model.ID, session int, page model.Page) (*model.List[*model.Checkin], error) {
	read := func(ctx context.Context, campaign, after model.ID, limit int) ([]*model.Checkin, error) {
		return s.store.Campaigns.Checkins(ctx, campaign, max(session, firstSession), after, limit)
	}
	list, err := attendance(ctx, s, who, id, page, fmt.Sprint("checkins:", session), read,
		func(k *model.Checkin) (model.ID, **model.MemberRef) { return k.MemberID, &k.Member })
	if err != nil {
		return nil, err
	}
	return list, nameRecorders(ctx, s.store, list.Items)
}

// attendance pages through rows of a campaign that are ordered by member, and puts names on them.
func attendance[T any](ctx context.Context, s *Campaigns, who model.Actor, id model.ID, page model.Page, list string,
	read func(ctx context.Context, campaign, after model.ID, limit int) ([]*T, error), member func(*T) (model.ID, **model.MemberRef),
) (*model.List[*T], error) {
	c, err := s.store.Campaigns.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.mayManage(ctx, s.store, who, c); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s:%d", list, id)
	key, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	after := model.ID(0)
	if key != nil {
		after = model.ID(key[0])
	}
	rows, err := read(ctx, id, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	out := &model.List[*T]{Items: []*T{}}
	if len(rows) > page.Size() {
		rows = rows[:page.Size()]
		last, _ := member(rows[len(rows)-1])
		out.NextCursor = model.EncodeCursor(name, int64(last))
	}
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i], _ = member(r)
	}
	refs, err := s.store.Members.Refs(ctx, ids)
	for _, r := range rows {
		id, shown := member(r)
		ref := refs[id]
		*shown = &ref
		out.Items = append(out.Items, r)
	}
	return out, err
}

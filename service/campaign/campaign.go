package campaign

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"linbanglin/internal/memo"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/privacy"
)

// Campaigns plans, runs and settles campaigns.
type Campaigns struct {
	store  *repository.Store
	ledger *ledger.Ledger
	now    func() model.Instant
	recent *memo.Memo[model.ID, *model.Campaign]
	fences *memo.Memo[model.ID, *model.Fence]
	scans  scans
	agreed *privacy.Privacy // nil: positions are used as they come
}

const (
	// campaignTrust is how old the state may be that a check-in is held against. That is safe: what is
	// booked after a campaign closed is sealed after the close and counts for no board, and a settled
	// campaign has no budget left.
	campaignTrust = time.Second
	remembered    = 50_000
)

// New returns the campaigns of a store.
func New(store *repository.Store, ledger *ledger.Ledger, now func() model.Instant) *Campaigns {
	return &Campaigns{
		store, ledger, now,
		memo.New(campaignTrust, remembered, store.Campaigns.Get),
		memo.New(campaignTrust, remembered, store.Campaigns.Fence),
		scans{},
		nil,
	}
}

// Input is what an organizer plans.
type Input struct {
	Theme       string
	Title       string
	Description string
	StartsAt    model.Instant
	EndsAt      model.Instant
	Scope       model.ID // a node of the tree or a branch
	Budget      int64    // points
	Capacity    int      // 0: no limit
	Rules       model.CampaignRules
	Plan        model.CampaignPlan
	Version     int64 // of the campaign that is edited

	fence *model.Fence // of the campaign that is copied
}

// Create plans a campaign. It fails with ErrTheme, ErrPeriod, ErrNotFound for a scope that is not of the
// community, and ErrForbidden for one outside of the caller's.
func (s *Campaigns) Create(ctx context.Context, who model.Actor, in Input) (*model.Campaign, error) {
	now := s.now()
	secret, err := newSecret()
	if err != nil {
		return nil, err
	}
	c := &model.Campaign{
		ID: s.store.NewID(), CommunityID: who.Place.CommunityID, Status: model.CampaignDraft, Secret: secret, CreatedBy: who.MemberID, PlannedBy: who.MemberID,
		Digest: []byte{}, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.apply(ctx, who, in, c); err != nil {
		return nil, err
	}
	return repository.Once(ctx, s.store, now, func(tx *repository.Store) (*model.Campaign, error) {
		if err := wantTheme(ctx, tx, c); err != nil {
			return nil, err
		}
		if err := tx.Campaigns.Create(ctx, c); err != nil {
			return nil, err
		}
		return c, copyFence(ctx, tx, in.fence, c)
	})
}

// copyFence puts the fence of one campaign around another, if there is one.
func copyFence(ctx context.Context, tx *repository.Store, fence *model.Fence, to *model.Campaign) error {
	if fence == nil {
		return nil
	}
	same := *fence
	same.CampaignID, same.UpdatedBy, same.UpdatedAt = to.ID, to.CreatedBy, to.CreatedAt
	return tx.Campaigns.SetFence(ctx, &same)
}

// newSecret makes what the check-in codes of a campaign are made of.
func newSecret() ([]byte, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("make a secret: %w", err)
	}
	return secret, nil
}

// apply writes a plan on a campaign after checking it.
func (s *Campaigns) apply(ctx context.Context, who model.Actor, in Input, c *model.Campaign) error {
	c.Theme, c.Title, c.Description, c.StartsAt, c.EndsAt = in.Theme, strings.TrimSpace(in.Title), strings.TrimSpace(in.Description), in.StartsAt, in.EndsAt
	c.Budget, c.Capacity, c.Rules, c.Plan = in.Budget, in.Capacity, in.Rules, in.Plan
	if n := utf8.RuneCountInString(c.Title); n < 1 || n > 50 {
		return model.ErrInvalid.Saying("标题应为 1 到 50 个字", "A title has 1 to 50 characters.")
	}
	if err := c.Validate(); err != nil {
		return err
	}
	if err := s.manage(ctx, who, in.Scope, c); err != nil {
		return err
	}
	return s.nameOrganisers(ctx, c)
}

// manage sets a campaign's scope if the caller may manage campaigns there.
func (s *Campaigns) manage(ctx context.Context, who model.Actor, scope model.ID, c *model.Campaign) error {
	node, err := s.store.Nodes.Get(ctx, scope)
	if err != nil {
		return err
	}
	if err := who.May(model.OpManageCampaign, node.Place); err != nil {
		return err
	}
	if node.Kind == model.KindHousehold {
		return model.ErrInvalid.Saying("活动范围不能是一户", "A household is no scope of a campaign.")
	}
	c.ScopeNodeID, c.ScopeKind = node.ID, node.Kind
	return nil
}

// mayManage fails unless the caller manages campaigns at the campaign's scope.
func (s *Campaigns) mayManage(ctx context.Context, store *repository.Store, who model.Actor, c *model.Campaign) error {
	if c.CommunityID != who.Place.CommunityID {
		return model.ErrNotFound
	}
	node, err := store.Nodes.Get(ctx, c.ScopeNodeID)
	if err != nil {
		return err
	}
	err = who.May(model.OpManageCampaign, node.Place)
	if err != nil && c.Private() {
		return model.ErrNotFound
	}
	return err
}

// change runs one step of a campaign's life under its lock, by someone who manages it.
func (s *Campaigns) change(ctx context.Context, who model.Actor, id model.ID,
	step func(tx *repository.Store, c *model.Campaign, now model.Instant) error,
) (*model.Campaign, error) {
	defer s.recent.Forget(id)
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Campaign, error) {
		c, err := tx.Campaigns.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.mayManage(ctx, tx, who, c); err != nil {
			return nil, err
		}
		if err := step(tx, c, s.now()); err != nil {
			return nil, err
		}
		c.Approved = c.ApprovedBy != 0
		return c, tx.Campaigns.Update(ctx, c)
	})
}

// Edit replaces the plan of a draft, and who edited it last. It fails with ErrStale when it was changed meanwhile, with
// ErrCampaignState once it is published, and as Create does.
func (s *Campaigns) Edit(ctx context.Context, who model.Actor, id model.ID, in Input) (*model.Campaign, error) {
	checked := &model.Campaign{CommunityID: who.Place.CommunityID}
	if err := s.apply(ctx, who, in, checked); err != nil {
		return nil, err
	}
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		switch {
		case c.Status != model.CampaignDraft:
			return model.ErrCampaignState
		case c.Version != in.Version:
			return model.ErrStale
		}
		c.Theme, c.Title, c.Description, c.StartsAt, c.EndsAt = checked.Theme, checked.Title, checked.Description, checked.StartsAt, checked.EndsAt
		c.ScopeNodeID, c.ScopeKind, c.Budget, c.Capacity, c.Rules = checked.ScopeNodeID, checked.ScopeKind, checked.Budget, checked.Capacity, checked.Rules
		c.Plan, c.PlannedBy, c.Version, c.UpdatedAt = checked.Plan, who.MemberID, c.Version+1, now
		return wantTheme(ctx, tx, c)
	})
}

// Publish opens a campaign to its scope and gives it its budget out of the community's pool. It fails with
// ErrReviewRequired without the approval of a second person where that is needed, with ErrPeriod when it is over
// already, and with ErrCampaignState.
func (s *Campaigns) Publish(ctx context.Context, who model.Actor, id model.ID) (*model.Campaign, error) {
	defer s.ledger.Nudge()
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		return s.publish(ctx, tx, who.MemberID, c, now)
	})
}

// publish opens a locked campaign.
func (s *Campaigns) publish(ctx context.Context, tx *repository.Store, by model.ID, c *model.Campaign, now model.Instant) error {
	settings, err := tx.Campaigns.Settings(ctx, c.CommunityID)
	if err != nil {
		return err
	}
	if err := c.Publish(settings.Review, now); err != nil {
		return err
	}
	return s.moveBudget(ctx, tx, by, c, movement{budgetKey(c), c.Budget, ""})
}

// Close ends a campaign: a mark goes into the stream, and what is sealed behind it does not count. Visits that were not
// made are nobody's any more.
func (s *Campaigns) Close(ctx context.Context, who model.Actor, id model.ID) (*model.Campaign, error) {
	defer s.ledger.Nudge()
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		return s.end(ctx, tx, c, now)
	})
}

// mark puts the end of a campaign into the stream.
func (s *Campaigns) mark(ctx context.Context, tx *repository.Store, c *model.Campaign, now model.Instant) error {
	return tx.Stream.AddControl(ctx, &model.Control{
		ID: s.store.NewID(), Kind: model.CampaignClosed, CampaignID: c.ID, Payload: []byte{}, CreatedAt: now,
	})
}

// Settle makes the standings of a closed campaign final, seals their digest, and returns what is left of
// the budget to the pool. It fails with ErrResultOpen while neighbours may appeal against the published result or wait
// for an answer, with ErrNotReady while the boards have not come as far as the close, and with ErrCampaignState.
func (s *Campaigns) Settle(ctx context.Context, who model.Actor, id model.ID) (*model.Campaign, error) {
	defer s.ledger.Nudge()
	return s.change(ctx, who, id, func(tx *repository.Store, c *model.Campaign, now model.Instant) error {
		if err := c.Move(model.CampaignDone, now); err != nil {
			return err
		}
		if err := wantHeard(ctx, tx, c); err != nil {
			return err
		}
		if err := s.wantCounted(ctx, tx, c); err != nil {
			return err
		}
		// The budget's account before the standings: locks are taken in one order everywhere.
		if err := s.returnBudget(ctx, tx, who.MemberID, c); err != nil {
			return err
		}
		digest, err := tx.Boards.Settle(ctx, c.ID, now)
		if err != nil {
			return err
		}
		c.Digest = digest
		if err := tx.Boards.KeepHeads(ctx, c); err != nil {
			return err
		}
		return tx.Stream.AddControl(ctx, &model.Control{
			ID: s.store.NewID(), Kind: model.CampaignSettled, CampaignID: c.ID, Payload: c.Digest, CreatedAt: now,
		})
	})
}

// wantHeard fails with ErrResultOpen while the publication of a locked campaign's result is open. One that is made now
// waits for the lock.
func wantHeard(ctx context.Context, tx *repository.Store, c *model.Campaign) error {
	result, err := tx.Publications.CampaignResult(ctx, c.ID)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return nil
	case err == nil && result.Status == model.PublicationOpen:
		return model.ErrResultOpen
	}
	return err
}

// wantCounted fails with ErrNotReady unless the boards have come as far as the campaign's close.
func (s *Campaigns) wantCounted(ctx context.Context, tx *repository.Store, c *model.Campaign) error {
	closes, err := tx.Stream.CampaignCloses(ctx, []model.ID{c.ID})
	if err != nil {
		return err
	}
	counted, err := tx.Boards.Projected(ctx)
	if err == nil && (closes[c.ID] == 0 || counted < closes[c.ID]) {
		err = model.ErrNotReady
	}
	return err
}

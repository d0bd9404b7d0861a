package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// RulesInput is what a draft of rules says.
type RulesInput struct {
	ValidMonths int
	Items       []*model.Rule
	Note        string
}

// set makes a version of rules that says so. The rules are copied: a transaction may run twice.
func (in RulesInput) set(community model.ID, version int32) *model.RuleSet {
	set := &model.RuleSet{
		CommunityID: community, Version: version, Status: model.RulesDraft, Revision: 1,
		ValidMonths: in.ValidMonths, Note: strings.TrimSpace(in.Note), Items: make([]*model.Rule, len(in.Items)),
	}
	for i, r := range in.Items {
		rule := *r
		rule.CommunityID, rule.Version, rule.Name = community, version, strings.TrimSpace(r.Name)
		set.Items[i] = &rule
	}
	slices.SortFunc(set.Items, func(a, b *model.Rule) int { return cmp.Compare(a.Code, b.Code) })
	return set
}

// mayManageRules fails unless the caller manages the rules of the whole community: they hold in all of it.
func mayManageRules(who model.Actor) error {
	return who.May(model.OpManageRules, model.Place{CommunityID: who.Place.CommunityID})
}

// DraftRules makes a draft with the community's next version. It fails with ErrForbidden, and with
// ErrInvalid for what could not be published.
func (l *Ledger) DraftRules(ctx context.Context, who model.Actor, in RulesInput) (*model.RuleSet, error) {
	if err := mayManageRules(who); err != nil {
		return nil, err
	}
	community := who.Place.CommunityID
	return repository.Once(ctx, l.store, l.now(), func(tx *repository.Store) (*model.RuleSet, error) {
		if err := tx.Points.LockRules(ctx, community); err != nil {
			return nil, err
		}
		last, err := tx.Points.LastVersion(ctx, community)
		if err != nil {
			return nil, err
		}
		set := in.set(community, last+1)
		set.CreatedBy, set.CreatedAt = who.MemberID, l.now()
		if err := set.Validate(); err != nil {
			return nil, err
		}
		return set, tx.Points.AddRules(ctx, set)
	})
}

// EditRules replaces what a draft says. It fails with ErrStale when it was changed since the revision, with
// ErrRulesState once it is no draft any more, and as DraftRules does.
func (l *Ledger) EditRules(ctx context.Context, who model.Actor, version int32, revision int64, in RulesInput) (*model.RuleSet, error) {
	return l.changeRules(ctx, who, version, func(tx *repository.Store, set *model.RuleSet) error {
		if err := set.Edit(in.set(set.CommunityID, version), revision); err != nil {
			return err
		}
		if err := set.Validate(); err != nil {
			return err
		}
		return tx.Points.ReplaceRules(ctx, set)
	})
}

// PublishRules puts a draft into force from a day on. Which rules are in force on a day that is past does
// not change by it. Of two sets from one day the higher version holds. It fails with ErrRulesPast for a day
// before today, and with ErrRulesState.
func (l *Ledger) PublishRules(ctx context.Context, who model.Actor, version int32, from model.Day) (*model.RuleSet, error) {
	return l.changeRules(ctx, who, version, func(_ *repository.Store, set *model.RuleSet) error {
		if err := set.Validate(); err != nil {
			return err
		}
		return set.Publish(from, l.now().Day())
	})
}

// RetireRules takes a set out of force from today on, after which the one before it is in force again; a
// draft is given up. It fails with ErrRulesState, and with ErrRulesLast when no other would be in force.
func (l *Ledger) RetireRules(ctx context.Context, who model.Actor, version int32) (*model.RuleSet, error) {
	return l.changeRules(ctx, who, version, func(tx *repository.Store, set *model.RuleSet) error {
		today := l.now().Day()
		if err := set.Retire(today); err != nil || !set.Public() {
			return err
		}
		if err := tx.Points.UpdateRules(ctx, set); err != nil {
			return err
		}
		// What is in force today and was not retired stays so on every later day.
		_, err := tx.Points.Rules(ctx, set.CommunityID, today)
		if errors.Is(err, model.ErrNotFound) {
			return model.ErrRulesLast
		}
		return err
	})
}

// changeRules runs one step of a version's life while nobody else changes the community's rules. What this
// process remembers of them is forgotten after it.
func (l *Ledger) changeRules(ctx context.Context, who model.Actor, version int32, step func(*repository.Store, *model.RuleSet) error) (*model.RuleSet, error) {
	if err := mayManageRules(who); err != nil {
		return nil, err
	}
	community := who.Place.CommunityID
	defer func() { l.rules.Forget(rulesOn{community, l.now().Day()}) }()
	return repository.Once(ctx, l.store, l.now(), func(tx *repository.Store) (*model.RuleSet, error) {
		if err := tx.Points.LockRules(ctx, community); err != nil {
			return nil, err
		}
		set, err := tx.Points.RuleSet(ctx, community, version)
		if err != nil {
			return nil, err
		}
		if err := step(tx, set); err != nil {
			return nil, err
		}
		return set, tx.Points.UpdateRules(ctx, set)
	})
}

// RuleVersions lists the versions of the caller's community, newest first. What was never to come into
// force is listed for those who manage rules. It fails with ErrUnbound and ErrCursor.
func (l *Ledger) RuleVersions(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.RuleSet], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	drafts := mayManageRules(who) == nil
	name := fmt.Sprintf("rules:%d:%t", who.Place.CommunityID, drafts)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := int32(math.MaxInt32)
	if after != nil {
		before = int32(after[0])
	}
	sets, err := l.store.Points.RuleSets(ctx, who.Place.CommunityID, drafts, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := &model.List[*model.RuleSet]{Items: []*model.RuleSet{}}
	if len(sets) > page.Size() {
		sets = sets[:page.Size()]
		list.NextCursor = model.EncodeCursor(name, int64(sets[len(sets)-1].Version))
	}
	list.Items = append(list.Items, sets...)
	return list, nil
}

// RuleVersion returns one version of the rules of the caller's community. It fails with ErrNotFound for one
// that was never to come into force, unless the caller manages rules.
func (l *Ledger) RuleVersion(ctx context.Context, who model.Actor, version int32) (*model.RuleSet, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	set, err := l.store.Points.RuleSet(ctx, who.Place.CommunityID, version)
	if err == nil && !set.Public() && mayManageRules(who) != nil {
		return nil, model.ErrNotFound
	}
	return set, err
}

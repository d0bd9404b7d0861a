package campaign

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// RegisterInput says who of the register is to be visited. All that is given must be so.
type RegisterInput struct {
	MinAge        int // by the year of birth; 0: any
	MaxAge        int
	BirthdayMonth int
	HouseholdKind string
	Flags         []string // one of them; only for who may select by them
	LivingAlone   bool
	Unit          model.ID // within the campaign's scope; 0: all of it
	Preview       bool     // only count
}

// maxAge is how old people are at most.
const maxAge = 150

// validate fails with ErrInvalid unless something is asked for that can be, and with ErrNoMonths.
func (in RegisterInput) validate() error {
	switch {
	case in.BirthdayMonth != 0:
		return model.ErrNoMonths
	case in.MinAge < 0 || in.MaxAge < 0 || in.MinAge > maxAge || in.MaxAge > maxAge || in.MaxAge > 0 && in.MinAge > in.MaxAge:
		return model.ErrInvalid.Saying("年龄应为 0 到 150，且下限不大于上限", "Ages are from 0 to 150, the least not above the most.")
	case in.MinAge == 0 && in.MaxAge == 0 && in.HouseholdKind == "" && len(in.Flags) == 0 && !in.LivingAlone && in.Unit == 0:
		return model.ErrInvalid.Saying("请至少给出一个条件", "Give one condition at least.")
	}
	return nil
}

// RegisterList is how many of the register match, and how many visits that made. Who they are is said to nobody.
type RegisterList struct {
	Matching int  `json:"matching" doc:"符合条件的人数"`
	Planned  int  `json:"planned" doc:"新加入走访名单的人数"`
	Already  int  `json:"already" doc:"已经在名单中的人数"`
	Preview  bool `json:"preview"`
}

// VisitFromRegister puts those people of the register within a campaign's scope on its visit list who match. It fails
// with ErrNoMonths, with ErrInvalid, with ErrSchemeUnknown, with ErrForbidden for who does not manage the campaign or may not
// select by flags, and as PlanVisits does.
func (s *Campaigns) VisitFromRegister(ctx context.Context, who model.Actor, id model.ID, in RegisterInput) (*RegisterList, error) {
	if err := in.validate(); err != nil {
		return nil, err
	}
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*RegisterList, error) {
		c, err := tx.Campaigns.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.mayPlan(ctx, tx, who, c); err != nil {
			return nil, err
		}
		people, err := s.register(ctx, tx, who, c, in)
		if err != nil {
			return nil, err
		}
		if len(people) > model.MaxVisits {
			return nil, model.ErrTooManyVisits
		}
		fresh, err := s.freshVisits(ctx, tx, who, c, people)
		if err != nil {
			return nil, err
		}
		list := &RegisterList{Matching: len(people), Already: len(people) - len(fresh), Preview: in.Preview}
		if in.Preview {
			return list, nil
		}
		list.Planned = len(fresh)
		return list, tx.Visits.Add(ctx, fresh)
	})
}

// register reads who matches, one more than a visit list may have if there are so many.
func (s *Campaigns) register(ctx context.Context, tx *repository.Store, who model.Actor, c *model.Campaign, in RegisterInput) ([]model.ID, error) {
	scope, err := tx.Nodes.Get(ctx, c.ScopeNodeID)
	if err != nil {
		return nil, err
	}
	schemes, err := s.selectable(ctx, tx, who, c, scope, in.Flags)
	if err != nil {
		return nil, err
	}
	q := &repository.RegisterQuery{
		Community: c.CommunityID, Within: []model.Grant{c.Scope()}, Kind: in.HouseholdKind, Flags: schemes, Now: s.now(), LivingAlone: in.LivingAlone,
		Limit: model.MaxVisits + 1,
	}
	year := s.now().Time().Year()
	if in.MinAge > 0 {
		q.BornUntil = year - in.MinAge
	}
	if in.MaxAge > 0 {
		q.BornFrom = year - in.MaxAge
	}
	if in.Unit != 0 {
		unit, err := tx.Nodes.Get(ctx, in.Unit)
		if err == nil && unit.CommunityID != c.CommunityID {
			err = model.ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		q.Within = append(q.Within, model.Grant{NodeID: unit.ID, NodeKind: unit.Kind})
	}
	return tx.Members.Register(ctx, q)
}

// selectable returns the schemes of the flags that somebody selects households by, and notes that they do where one is
// sensitive. It fails with ErrForbidden and ErrSchemeUnknown.
func (s *Campaigns) selectable(ctx context.Context, tx *repository.Store, who model.Actor, c *model.Campaign, scope *model.Node, flags []string) ([]string, error) {
	if len(flags) == 0 {
		return nil, nil
	}
	if err := who.May(model.OpSelectHousehold, scope.Place); err != nil {
		return nil, err
	}
	known, err := tx.Register.Schemes(ctx, c.CommunityID)
	if err != nil {
		return nil, err
	}
	var codes []string
	sensitive := false
	for _, flag := range flags {
		scheme := model.SchemeOf(known, flag)
		if scheme == nil {
			return nil, model.ErrSchemeUnknown
		}
		codes, sensitive = append(codes, scheme.Code), sensitive || scheme.High()
	}
	if !sensitive {
		return codes, nil
	}
	read, err := model.NewRegisterRead(s.store.NewID(), who, scope.ID, model.ReadSelection, "活动走访名单："+c.Title, s.now())
	if err != nil {
		return nil, err
	}
	return codes, tx.Register.AddReads(ctx, read)
}

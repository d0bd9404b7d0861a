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
	BirthdayMonth int      // 1 to 12; 0: any
	BirthdayNow   bool     // in the month that it is in Shanghai, instead
	HouseholdKind string   // only for who may select by it
	Flags         []string // one of them; only for who may select by them
	LivingAlone   bool
	Unit          model.ID // a building or more, within the campaign's scope; 0: all of it
	Preview       bool     // only count
}

// maxAge is how old people are at most.
const maxAge = 150

// validate fails with ErrInvalid unless something is asked for that can be.
func (in RegisterInput) validate() error {
	switch {
	case in.BirthdayMonth < 0 || in.BirthdayMonth > 12 || in.BirthdayMonth > 0 && in.BirthdayNow:
		return model.ErrInvalid.Saying("生日月份应为 1 到 12，或只选「本月」", "The month of a birthday is 1 to 12, or this month alone.")
	case in.MinAge < 0 || in.MaxAge < 0 || in.MinAge > maxAge || in.MaxAge > maxAge || in.MaxAge > 0 && in.MinAge > in.MaxAge:
		return model.ErrInvalid.Saying("年龄应为 0 到 150，且下限不大于上限", "Ages are from 0 to 150, the least not above the most.")
	case in.MinAge == 0 && in.MaxAge == 0 && in.HouseholdKind == "" && in.BirthdayMonth == 0 && !in.BirthdayNow && len(in.Flags) == 0 && !in.LivingAlone && in.Unit == 0:
		return model.ErrInvalid.Saying("请至少给出一个条件", "Give one condition at least.")
	}
	return nil
}

// month returns the month of birth that is asked for at a time, 0 when none is.
func (in RegisterInput) month(now model.Instant) int {
	if in.BirthdayNow {
		return int(now.Time().Month())
	}
	return in.BirthdayMonth
}

// fewest is how many people a count is told of.
const fewest = 5

// RegisterList is how many of the register match, and how many visits that made. Who they are is said to nobody, and of
// fewer than five not even how many, but to who may select households by what only the community knows.
type RegisterList struct {
	Matching int  `json:"matching" doc:"符合条件的人数"`
	Planned  int  `json:"planned" doc:"新加入走访名单的人数"`
	Already  int  `json:"already" doc:"已经在名单中的人数"`
	Few      bool `json:"few,omitempty" doc:"少于 5 人：不显示人数"`
	Preview  bool `json:"preview"`

	Monthless    int  `json:"month_unknown,omitempty" doc:"符合其他条件、但名册没有出生月份的人数：未列入；few 为 true 时不显示"`
	MonthlessFew bool `json:"month_unknown_few,omitempty" doc:"没有出生月份的有 1 到 4 人：不显示人数；few 为 true 时不说明"`
}

// counted returns how many match, and of how many more the month is not known, as far as that may be told. Where the first is
// hidden so is the second: with it and the other months one would subtract.
func counted(matching, fresh, monthless int, preview, exact bool) *RegisterList {
	list := &RegisterList{Preview: preview}
	if !exact && matching < fewest {
		list.Few = true
		return list
	}
	if list.MonthlessFew = !exact && monthless > 0 && monthless < fewest; !list.MonthlessFew {
		list.Monthless = monthless
	}
	if list.Matching, list.Already = matching, matching-fresh; !preview {
		list.Planned = fresh
	}
	return list
}

// VisitFromRegister puts those people of the register within a campaign's scope on its visit list who match. It fails
// with ErrInvalid, with ErrSchemeUnknown, with ErrForbidden for who does not manage the campaign or may not
// select by what is asked for, and as PlanVisits does.
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
		scope, err := tx.Nodes.Get(ctx, c.ScopeNodeID)
		if err != nil {
			return nil, err
		}
		selects := who.May(model.OpSelectHousehold, scope.Place)
		if selects != nil && (len(in.Flags) > 0 || in.HouseholdKind != "") {
			return nil, selects
		}
		schemes, err := s.selectable(ctx, tx, who, c, in.Flags)
		if err != nil {
			return nil, err
		}
		people, monthless, err := s.register(ctx, tx, c, schemes, in)
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
		list := counted(len(people), len(fresh), monthless, in.Preview, selects == nil)
		if in.Preview {
			return list, nil
		}
		return list, tx.Visits.Add(ctx, fresh)
	})
}

// register reads who matches, one more than a visit list may have if there are so many, and counts of whom the month that is
// asked for is not known.
func (s *Campaigns) register(ctx context.Context, tx *repository.Store, c *model.Campaign, schemes []string, in RegisterInput) (people []model.ID, monthless int, err error) {
	q := &repository.RegisterQuery{
		Community: c.CommunityID, Within: []model.Grant{c.Scope()}, Kind: in.HouseholdKind, Flags: schemes, Now: s.now(), LivingAlone: in.LivingAlone,
		BornIn: in.month(s.now()), Limit: model.MaxVisits + 1,
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
		if err == nil && (unit.Kind == model.KindHousehold || unit.Kind == model.KindUnit) {
			err = model.ErrInvalid.Saying("请选择楼栋或更大的范围，不能只选一个单元或一户", "Choose a building or more, not a unit or a household.")
		}
		if err != nil {
			return nil, 0, err
		}
		q.Within = append(q.Within, model.Grant{NodeID: unit.ID, NodeKind: unit.Kind})
	}
	if people, err = tx.Members.Register(ctx, q); err != nil || q.BornIn == 0 {
		return people, 0, err
	}
	n, err := tx.Members.Monthless(ctx, q)
	return people, int(n), err
}

// selectable returns the schemes of the flags that somebody selects households by, and notes that they do where one is
// sensitive. It fails with ErrSchemeUnknown.
func (s *Campaigns) selectable(ctx context.Context, tx *repository.Store, who model.Actor, c *model.Campaign, flags []string) ([]string, error) {
	if len(flags) == 0 {
		return nil, nil
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
	read, err := model.NewRegisterRead(s.store.NewID(), who, c.ScopeNodeID, model.ReadSelection, "活动走访名单："+c.Title, s.now())
	if err != nil {
		return nil, err
	}
	return codes, tx.Register.AddReads(ctx, read)
}

package register

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
)

// Helped is how often somebody helped or was helped, and what the ledger has of it.
type Helped struct {
	Times   int64 `json:"times" doc:"确认完成的帮助次数"`
	Points  int64 `json:"points"`
	Minutes int64 `json:"minutes"`
}

func (h *Helped) add(t *repository.HelpTotal) {
	if t != nil {
		h.Times, h.Points, h.Minutes = h.Times+t.Times, h.Points+t.Points, h.Minutes+t.Minutes
	}
}

// PersonHelp is the help of one person of a household.
type PersonHelp struct {
	Member   model.MemberRef `json:"member"`
	Given    Helped          `json:"given"`
	Received Helped          `json:"received"`
}

// HouseholdHelp (户助户治) is the help of a household between two days, both included.
type HouseholdHelp struct {
	From     model.Day     `json:"from"`
	To       model.Day     `json:"to"`
	Given    Helped        `json:"given"`
	Received Helped        `json:"received" doc:"积分和时长是帮助这一户的邻居所得"`
	Members  []*PersonHelp `json:"members"`
}

// Help sums up the help that a household gave and was given since a day, for those who live there now; since the beginning of
// the year without one. It is for them and for staff, and fails with ErrNotFound and ErrForbidden.
func (r *Register) Help(ctx context.Context, who model.Actor, household model.ID, from model.Day) (*HouseholdHelp, error) {
	if household == 0 || who.Place.HouseholdID != household {
		if _, err := home(ctx, r.store, who, model.OpReadRegister, household); err != nil {
			return nil, err
		}
	}
	today := r.now().Day()
	if from == 0 {
		from = today/10000*10000 + 101
	}
	help := &HouseholdHelp{From: from, To: today, Members: []*PersonHelp{}}
	people, err := r.store.Register.PeopleOf(ctx, []model.ID{household})
	if err != nil || len(people[household]) == 0 {
		return help, err
	}
	ids := make([]model.ID, len(people[household]))
	for i, m := range people[household] {
		ids[i] = m.ID
	}
	q := &repository.GrantQuery{Community: who.Place.CommunityID, From: from, To: today}
	given, err := r.store.Points.HelpGiven(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	received, err := r.store.Points.HelpReceived(ctx, q, ids)
	for _, m := range people[household] {
		person := &PersonHelp{Member: model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}}
		person.Given.add(given[m.ID])
		person.Received.add(received[m.ID])
		help.Given.add(given[m.ID])
		help.Received.add(received[m.ID])
		help.Members = append(help.Members, person)
	}
	return help, err
}

package ledger

import (
	"context"
	"sync"

	"linbanglin/model"
	"linbanglin/repository"
)

// Earned is how many points a member earned, reversals taken off, in the current periods of Shanghai time.
type Earned struct {
	Day     int64 `json:"day"`
	Week    int64 `json:"week"`
	Month   int64 `json:"month"`
	Quarter int64 `json:"quarter"`
	Year    int64 `json:"year"`
	Total   int64 `json:"total"`
}

// Expiring is an amount of points whose last day is a date.
type Expiring struct {
	Date   model.Day `json:"date"`
	Amount int64     `json:"amount"`
}

// Balance is what a member has.
type Balance struct {
	Posted    int64      `json:"posted"`
	Held      int64      `json:"held"`
	Available int64      `json:"available"`
	Minutes   int64      `json:"minutes"`
	Earned    Earned     `json:"earned"`
	Expiring  []Expiring `json:"expiring"`
}

// Balance returns what the caller has, in points and minutes.
func (l *Ledger) Balance(ctx context.Context, who model.Actor) (*Balance, error) {
	balance := &Balance{Expiring: []Expiring{}}
	points := model.Wallet(who.Place.CommunityID, who.MemberID, model.Points)
	minutes := model.Wallet(who.Place.CommunityID, who.MemberID, model.Minutes)
	ids, err := l.existing(ctx, points, minutes)
	if err != nil {
		return nil, err
	}
	accounts, err := l.store.Points.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		if a.Measure == model.Minutes {
			balance.Minutes = a.Posted
			continue
		}
		balance.Posted, balance.Held, balance.Available = a.Posted, a.Held, a.Available()
		known, err := l.knownOf(ctx, a)
		if err != nil {
			return nil, err
		}
		balance.Earned, balance.Expiring = known.sums, known.expiring
	}
	return balance, nil
}

// existing returns the ids of those accounts that there are.
func (l *Ledger) existing(ctx context.Context, keys ...model.AccountKey) ([]model.ID, error) {
	wanted := map[model.AccountKey]model.ID{}
	for _, k := range keys {
		wanted[k] = 0
	}
	if missing := l.accounts.find(wanted); len(missing) > 0 {
		found, err := l.store.Points.AccountIDs(ctx, missing)
		if err != nil {
			return nil, err
		}
		l.accounts.remember(found)
		for k, id := range found {
			wanted[k] = id
		}
	}
	var ids []model.ID
	for _, id := range wanted {
		if id != 0 {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// known remembers what follows from the entries of accounts. Entries never change, so it holds while the
// account has no new one and the day is the same: no time makes it stale.
type known struct {
	mu     sync.Mutex
	latest map[model.ID]knownAt
}

type knownAt struct {
	seq      int64
	day      model.Day
	sums     Earned
	expiring []Expiring
}

func (l *Ledger) knownOf(ctx context.Context, a *model.Account) (knownAt, error) {
	today := l.now().Day()
	l.known.mu.Lock()
	k, ok := l.known.latest[a.ID]
	l.known.mu.Unlock()
	if ok && k.seq == a.LastSeq && k.day == today {
		return k, nil
	}
	byDay, err := l.store.Points.EarnedByDay(ctx, a.ID)
	if err != nil {
		return knownAt{}, err
	}
	lots := map[model.ID]model.Lots{}
	if err := l.store.Points.ReadLots(ctx, []model.ID{a.ID}, lots); err != nil {
		return knownAt{}, err
	}
	k = knownAt{a.LastSeq, today, sumEarned(byDay, l.now()), expiring(lots[a.ID])}
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	if l.known.latest == nil || len(l.known.latest) >= rememberedRows {
		l.known.latest = map[model.ID]knownAt{}
	}
	l.known.latest[a.ID] = k
	return k, nil
}

// expiring lists what ends by time, soonest first.
func expiring(lots model.Lots) []Expiring {
	list := []Expiring{}
	for _, day := range lots.Days() {
		if left := lots[day].Remaining; left > 0 && day != model.Never {
			list = append(list, Expiring{day, left})
		}
	}
	return list
}

// sumEarned adds up days by the periods that now is in.
func sumEarned(byDay map[model.Day]int64, now model.Instant) Earned {
	var e Earned
	for day, points := range byDay {
		at := day.Start().Time()
		for period, sum := range map[model.Period]*int64{
			model.PeriodDay: &e.Day, model.PeriodWeek: &e.Week, model.PeriodMonth: &e.Month,
			model.PeriodQuarter: &e.Quarter, model.PeriodYear: &e.Year,
		} {
			if period.Key(at) == period.Key(now.Time()) {
				*sum += points
			}
		}
		e.Total += points
	}
	return e
}

// RulesInForce returns the rule set in force where the caller belongs. It fails with ErrUnbound for who belongs
// nowhere yet.
func (l *Ledger) RulesInForce(ctx context.Context, who model.Actor) (*model.RuleSet, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	return l.Rules(ctx, who.Place.CommunityID)
}

// Rules returns the rule set in force in a community.
func (l *Ledger) Rules(ctx context.Context, community model.ID) (*model.RuleSet, error) {
	return l.rules.Get(ctx, rulesOn{community, l.now().Day()})
}

// RulesTx is Rules within the caller's transaction, which may hold locks: what is not in memory is read on its
// connection, and waits for nobody.
func (l *Ledger) RulesTx(ctx context.Context, tx *repository.Store, community model.ID) (*model.RuleSet, error) {
	today := rulesOn{community, l.now().Day()}
	if rules, known := l.rules.Remembered(today); known {
		return rules, nil
	}
	return tx.Points.Rules(ctx, today.community, today.day)
}

package audit

import (
	"context"
	"slices"

	"linbanglin/model"
	"linbanglin/repository"
)

// Kind says what is odd.
type Kind string

// The kinds of flag.
const (
	DeclaredShare   Kind = "declared_share"    // much of what was granted in all was entered by hand
	DeclaredByActor Kind = "declared_by_actor" // much of it by one person
	Overlap         Kind = "overlap"           // one member at two places at one time
	CircularPair    Kind = "circular_pair"     // two members who earn from each other
	MainSource      Kind = "main_source"       // a member who earns mostly from one person
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{DeclaredShare, DeclaredByActor, Overlap, CircularPair, MainSource}
}

// From when on something is flagged, and how much is told of it.
const (
	sharePercent  = 30  // entered by hand, more than that
	shareEntries  = 5   // and at least so many
	circularTimes = 3   // each of two from the other
	sourcePercent = 50  // of a member's points from one person, more than that
	sourceTimes   = 5   // and at least so often
	maxFlags      = 100 // of a kind
	maxRows       = 50  // of a flag
	maxDays       = 366
	defaultDays   = 30
)

// Row is a record that caused a flag.
type Row struct {
	Type model.RefType `json:"type"`
	ID   model.ID      `json:"id"`
}

// Figures are the numbers of a flag; which there are depends on its kind.
type Figures struct {
	Unit       string        `json:"unit,omitempty" doc:"points 或 minutes"`
	Entries    int64         `json:"entries,omitzero" doc:"笔数"`
	Amount     int64         `json:"amount,omitzero" doc:"这些记录的数量"`
	Total      int64         `json:"total,omitzero" doc:"同期总数"`
	Percent    int64         `json:"percent,omitzero" doc:"占比"`
	BackTimes  int64         `json:"back_times,omitzero" doc:"反方向的笔数"`
	BackAmount int64         `json:"back_amount,omitzero" doc:"反方向的数量"`
	From       model.Instant `json:"from,omitzero" doc:"重叠的起止"`
	To         model.Instant `json:"to,omitzero"`
}

// Flag (疑点) is something that an auditor should look at.
type Flag struct {
	Kind    Kind              `json:"kind"`
	Members []model.MemberRef `json:"members" doc:"相关人员，姓名隐去；管辖范围以外的人没有姓名和编号"`
	Figures Figures           `json:"figures"`
	Rows    []Row             `json:"rows" doc:"造成疑点的记录，至多 50 条"`

	ids []model.ID // of the members
}

// Report is the flags of a time.
type Report struct {
	From     model.Day `json:"from"`
	To       model.Day `json:"to"`
	Complete bool      `json:"complete" doc:"false：某一类疑点多于 100 条，请缩短日期范围"`
	Items    []*Flag   `json:"items"`
}

// Source reads when members served, in [from, to). Whatever proves or claims that somebody was somewhere is
// one: New takes those that others know of.
type Source func(ctx context.Context, view *repository.Store, members []model.ID, from, to model.Instant) ([]*model.Stay, error)

// Audit finds what looks odd.
type Audit struct {
	store   *repository.Store
	now     func() model.Instant
	sources []Source
}

// New returns the audit of a store, which knows of claims, check-ins and declarations, and of what more sources
// know.
func New(store *repository.Store, now func() model.Instant, more ...Source) *Audit {
	own := []Source{
		func(ctx context.Context, view *repository.Store, members []model.ID, from, to model.Instant) ([]*model.Stay, error) {
			return view.Requests.Stays(ctx, members, from, to)
		},
		func(ctx context.Context, view *repository.Store, members []model.ID, from, to model.Instant) ([]*model.Stay, error) {
			return view.Campaigns.Stays(ctx, members, from, to)
		},
		func(ctx context.Context, view *repository.Store, members []model.ID, from, to model.Instant) ([]*model.Stay, error) {
			return view.Declarations.Stays(ctx, members, from, to)
		},
	}
	return &Audit{store, now, append(own, more...)}
}

// Query asks for flags of services between two days, both included; zero is 30 days back, and today. No kind
// means all.
type Query struct {
	From, To model.Day
	Kinds    []Kind
}

// search is one look for flags, on a view of the database that does not change meanwhile.
type search struct {
	*repository.GrantQuery
	view    *repository.Store
	sources []Source
	partial bool // there was more than it looked at
}

// finder finds flags of some kinds, at most one more than maxFlags of each.
type finder struct {
	kinds []Kind
	find  func(*search, context.Context) ([]*Flag, error)
}

func finders() []finder {
	return []finder{
		{[]Kind{DeclaredShare, DeclaredByActor}, (*search).declared},
		{[]Kind{Overlap}, (*search).overlaps},
		{[]Kind{CircularPair, MainSource}, (*search).pairs},
	}
}

// Flags returns what looks odd about members within the caller's reach, and about pairs of which one is; the other
// has no name. It fails with ErrForbidden, and with
// ErrInvalid for a time that is over a year or ends before it begins.
func (a *Audit) Flags(ctx context.Context, who model.Actor, q Query) (*Report, error) {
	reach, err := who.Reach(model.OpReadFlags)
	if err != nil {
		return nil, err
	}
	report := &Report{Complete: true, Items: []*Flag{}}
	if report.From, report.To, err = q.days(a.now()); err != nil {
		return nil, err
	}
	err = a.store.Snapshot(ctx, func(view *repository.Store) error {
		s := &search{
			&repository.GrantQuery{Community: who.Place.CommunityID, Reach: reach, From: report.From, To: report.To}, view, a.sources, false,
		}
		for _, f := range finders() {
			if len(q.Kinds) > 0 && !slices.ContainsFunc(f.kinds, func(k Kind) bool { return slices.Contains(q.Kinds, k) }) {
				continue
			}
			flags, err := f.find(s, ctx)
			if err != nil {
				return err
			}
			report.add(flags, q.Kinds)
		}
		report.Complete = report.Complete && !s.partial
		return name(ctx, view, who, report.Items)
	})
	return report, err
}

// days returns the first and the last day that are asked for.
func (q Query) days(now model.Instant) (from, to model.Day, err error) {
	if from, to = q.From, q.To; to == 0 {
		to = now.Day()
	}
	back := func(days int) model.Day { return model.InstantOf(to.Start().Time().AddDate(0, 0, -days)).Day() }
	if from == 0 {
		from = back(defaultDays)
	}
	if from > to || from < back(maxDays) {
		return 0, 0, model.ErrInvalid.Saying("起止日期不正确，最长一年", "The dates are from and to, at most a year apart.")
	}
	return from, to, nil
}

// add adds flags of the kinds that are wanted, as many of each as are told.
func (r *Report) add(flags []*Flag, kinds []Kind) {
	told := map[Kind]int{}
	for _, f := range flags {
		if len(kinds) > 0 && !slices.Contains(kinds, f.Kind) {
			continue
		}
		if told[f.Kind] == maxFlags {
			r.Complete = false
			continue
		}
		told[f.Kind]++
		r.Items = append(r.Items, f)
	}
}

// name puts the members of flags there as others see them: nameless beyond the reader's reach.
func name(ctx context.Context, view *repository.Store, who model.Actor, flags []*Flag) error {
	var ids []model.ID
	for _, f := range flags {
		ids = append(ids, f.ids...)
	}
	members, err := view.Members.Some(ctx, ids)
	for _, f := range flags {
		f.Members = make([]model.MemberRef, len(f.ids))
		for i, id := range f.ids {
			if m := members[id]; m != nil && who.May(model.OpReadFlags, m.Place) == nil {
				f.Members[i] = model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}
			}
		}
	}
	return err
}

// transfers makes rows of transfers.
func transfers(ids ...model.ID) []Row {
	rows := make([]Row, len(ids))
	for i, id := range ids {
		rows[i] = Row{model.RefTransfer, id}
	}
	return rows
}

package market

import (
	"context"
	"strings"
	"sync/atomic"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
	"linbanglin/service/ledger"
)

// Market brings those who ask and those who help together.
type Market struct {
	store  *repository.Store
	ledger *ledger.Ledger
	now    func() model.Instant
	checks *content.Checks // nil without
	told   atomic.Int32    // the day on which this process told helpers of offers that end soon
	seen   seen

	reminded atomic.Int64 // the instant up to which this process reminded helpers of services
	adopted  atomic.Int64 // the instant at which this process looked for requests without a dispatch
	chased   atomic.Int32 // the day on which this process looked for disputes that nobody resolves
}

// New returns a market on the store.
func New(store *repository.Store, ledger *ledger.Ledger, now func() model.Instant) *Market {
	return &Market{store: store, ledger: ledger, now: now}
}

// maxWaiting is how many requests one person may have waiting at a time.
const maxWaiting = 20

var errTooManyWaiting = &model.Error{
	Kind: model.Conflict, Code: "request.too_many",
	Message: "您还有太多未完成的求助", English: "You have too many requests that are not over.",
}

// RequestInput is what someone asks for.
type RequestInput struct {
	Category    string
	Title       string
	Description string
	Urgency     model.Urgency // normal when empty
	StartsAt    model.Instant
	EndsAt      model.Instant
	Slots       int                 // 1 when 0
	Skills      []string            // that a helper must have
	Stairs      bool                // the helper has to climb some
	OnBehalfOf  model.ID            // zero: for oneself
	Consent     *model.ConsentGiven // of whom it is asked for
}

// Ask posts a request. It fails with ErrCategory, ErrPeriod, ErrInvalid, with ErrForbidden or ErrNotFound
// for someone on whose behalf the caller may not ask, with ErrConsentRequired when they have not agreed, with
// ErrContentRisky, and in conflict when too many requests wait.
func (m *Market) Ask(ctx context.Context, who model.Actor, in RequestInput) (*model.HelpRequest, error) {
	check, err := m.look(ctx, who, model.SubjectRequest, in)
	if err != nil {
		return repository.AnswerOr[*model.HelpRequest](ctx, m.store, err)
	}
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.HelpRequest, error) {
		request := in.request(who)
		request.ID = m.store.NewID()
		// The requester's row keeps two requests from counting at once.
		requester, err := tx.Members.Lock(ctx, request.RequesterID)
		if err != nil {
			return nil, err
		}
		if request.Place, err = mayAsk(ctx, tx, who, requester); err != nil {
			return nil, err
		}
		waiting, err := tx.Requests.CountWaiting(ctx, requester.ID)
		if err != nil {
			return nil, err
		}
		if waiting >= maxWaiting {
			return nil, errTooManyWaiting
		}
		if err := m.post(ctx, tx, request, check, false, m.now()); err != nil {
			return nil, err
		}
		if request.Proxied() {
			about := model.Consent{CommunityID: request.CommunityID, RequestID: request.ID, MemberID: requester.ID, RecordedBy: who.MemberID}
			if err := m.record(ctx, tx, in.Consent, about); err != nil {
				return nil, err
			}
		}
		return m.view(ctx, tx, who, request)
	})
}

// post opens a request and keeps it, unless it is for a moderator first: what people ask for and what a series makes go
// the same way. What a moderator has passed already is for none again.
func (m *Market) post(ctx context.Context, tx *repository.Store, r *model.HelpRequest, check *model.Check, passed bool, now model.Instant) error {
	if err := r.Open(now); err != nil {
		return err
	}
	hit, err := hits(ctx, tx, r.CommunityID, r.Title, r.Description)
	if err != nil {
		return err
	}
	if hit && !passed || check.Holds() {
		r.Withhold()
	}
	if err := tx.Requests.Create(ctx, r); err != nil {
		return err
	}
	if err := content.Keep(ctx, tx, check, r.ID); err != nil {
		return err
	}
	step, _, _ := r.Step(model.Stand{}, model.ActionAsk, r.CreatedBy, now)
	if err := tx.Requests.AddStep(ctx, step); err != nil {
		return err
	}
	return m.followDispatch(ctx, tx, r, now)
}

// request makes a request that has no place and no time yet.
func (in RequestInput) request(who model.Actor) *model.HelpRequest {
	r := &model.HelpRequest{
		RequesterID: who.MemberID, CreatedBy: who.MemberID, Category: in.Category, Title: strings.TrimSpace(in.Title),
		Description: strings.TrimSpace(in.Description), Urgency: in.Urgency, StartsAt: in.StartsAt, EndsAt: in.EndsAt, Slots: in.Slots,
		Skills: trimmed(in.Skills), Stairs: in.Stairs, Claims: []*model.Claim{},
	}
	if in.OnBehalfOf != 0 {
		r.RequesterID = in.OnBehalfOf
	}
	if r.Urgency == "" {
		r.Urgency = model.UrgencyNormal
	}
	if r.Slots == 0 {
		r.Slots = 1
	}
	return r
}

// Request returns one request as the caller may see it. It fails with ErrNotFound when the caller's roles
// do not reach it and the caller has no part in it.
func (m *Market) Request(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	r, err := m.store.Requests.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, r); err != nil {
		return nil, err
	}
	if r.Waits() && who.Bound() && !r.Involves(who.MemberID) {
		m.seen.look(who.MemberID, r.ID)
	}
	if r.MayConfirm(who.MemberID) {
		if err := m.showRecords(ctx, r); err != nil {
			return nil, err
		}
	}
	return m.view(ctx, m.store, who, r)
}

// showRecords shows who asked how the claims of those who help went.
func (m *Market) showRecords(ctx context.Context, r *model.HelpRequest) error {
	helpers := make([]model.ID, len(r.Claims))
	for i, c := range r.Claims {
		helpers[i] = c.HelperID
	}
	if len(helpers) == 0 {
		return nil
	}
	loads, err := m.store.Requests.Loads(ctx, helpers, m.now(), 0)
	for _, c := range r.Claims {
		record := loads[c.HelperID].Record()
		c.Record = &record
	}
	return err
}

func mayRead(who model.Actor, r *model.HelpRequest) error {
	if r.CommunityID != who.Place.CommunityID {
		return model.ErrNotFound
	}
	if r.Withheld && !r.Asks(who.MemberID) && who.May(model.OpModerate, r.Place) != nil {
		return model.ErrNotFound
	}
	if r.Involves(who.MemberID) {
		return nil
	}
	if err := who.May(model.OpReadRequests, r.Place); err != nil {
		return model.ErrNotFound
	}
	return nil
}

// Sort is the order of a list; repository has its values.
type Sort = repository.Sort

// Part says whose requests a list shows; repository has its values.
type Part = repository.Part

// RequestFilter narrows a list of requests.
type RequestFilter struct {
	Statuses   []model.RequestStatus
	Categories []string
	Urgencies  []model.Urgency
	Part       Part
	Sort       Sort
}

// Requests lists requests that the caller may see. Without states, a list of everybody's shows what waits for
// helpers, unless it is sorted by age: recommended is what one can still help with. It fails with ErrCursor.
func (m *Market) Requests(ctx context.Context, who model.Actor, f RequestFilter, page model.Page) (*model.List[*model.HelpRequest], error) {
	reach, err := who.Reach(model.OpReadRequests)
	if err != nil {
		return nil, err
	}
	if f.Sort == "" {
		f.Sort = repository.Recommended
	}
	if len(f.Statuses) == 0 && f.Part == repository.Everybodys && f.Sort != repository.Newest {
		f.Statuses = model.WaitingStatuses()
	}
	q := &repository.RequestQuery{
		Community: who.Place.CommunityID, Reach: reach, Member: who.MemberID, Part: f.Part,
		Statuses: f.Statuses, Categories: f.Categories, Urgencies: f.Urgencies, Sort: f.Sort, Limit: page.Size() + 1,
	}
	if q.Moderates, err = who.Reach(model.OpModerate); err != nil {
		q.Moderates = nil
	}
	name := listName(who, f)
	if q.After, err = model.DecodeCursor(name, page.Cursor, len(q.Key(&model.HelpRequest{}))); err != nil {
		return nil, err
	}
	rows, err := m.store.Requests.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := &model.List[*model.HelpRequest]{Items: []*model.HelpRequest{}}
	if len(rows) > page.Size() {
		rows = rows[:page.Size()]
		list.NextCursor = model.EncodeCursor(name, q.Key(rows[len(rows)-1])...)
	}
	if err := m.views(ctx, m.store, who, rows); err != nil {
		return nil, err
	}
	list.Items = append(list.Items, rows...)
	return list, nil
}

package market

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// Market brings those who ask and those who help together.
type Market struct {
	store  *repository.Store
	ledger *ledger.Ledger
	now    func() model.Instant
}

// New returns a market on the store.
func New(store *repository.Store, ledger *ledger.Ledger, now func() model.Instant) *Market {
	return &Market{store, ledger, now}
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
	Slots       int      // 1 when 0
	OnBehalfOf  model.ID // zero: for oneself
}

// Ask posts a request. It fails with ErrCategory, ErrPeriod, with ErrForbidden or ErrNotFound for someone
// on whose behalf the caller may not ask, and in conflict when too many requests wait.
func (m *Market) Ask(ctx context.Context, who model.Actor, in RequestInput) (*model.HelpRequest, error) {
	request, err := m.request(ctx, who, in)
	if err != nil {
		return nil, err
	}
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.HelpRequest, error) {
		// The requester's row keeps two requests from counting at once.
		if _, err := tx.Members.Lock(ctx, request.RequesterID); err != nil {
			return nil, err
		}
		waiting, err := tx.Requests.CountWaiting(ctx, request.RequesterID)
		if err != nil {
			return nil, err
		}
		if waiting >= maxWaiting {
			return nil, errTooManyWaiting
		}
		if err := tx.Requests.Create(ctx, request); err != nil {
			return nil, err
		}
		return view(ctx, tx, who, request)
	})
}

// request makes the row of a new request.
func (m *Market) request(ctx context.Context, who model.Actor, in RequestInput) (*model.HelpRequest, error) {
	place := who.Place
	r := &model.HelpRequest{
		RequesterID: who.MemberID, CreatedBy: who.MemberID, Category: in.Category, Title: strings.TrimSpace(in.Title),
		Description: strings.TrimSpace(in.Description), Urgency: in.Urgency, StartsAt: in.StartsAt, EndsAt: in.EndsAt, Slots: in.Slots,
		Claims: []*model.Claim{},
	}
	operation := model.OpPostRequest
	if in.OnBehalfOf != 0 && in.OnBehalfOf != who.MemberID {
		other, err := m.store.Members.Get(ctx, in.OnBehalfOf)
		if err != nil {
			return nil, err
		}
		operation, place, r.RequesterID = model.OpPostFor, other.Place, other.ID
	}
	if err := who.May(operation, place); err != nil {
		return nil, err
	}
	r.Place = place
	if r.Urgency == "" {
		r.Urgency = model.UrgencyNormal
	}
	if r.Slots == 0 {
		r.Slots = 1
	}
	if !model.KnownCategory(r.Category) {
		return nil, model.ErrCategory
	}
	if n := utf8.RuneCountInString(r.Title); n < 1 || n > 50 {
		return nil, model.ErrInvalid.Saying("标题应为 1 到 50 个字", "A title has 1 to 50 characters.")
	}
	r.ID = m.store.NewID()
	return r, r.Open(m.now())
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
	return view(ctx, m.store, who, r)
}

func mayRead(who model.Actor, r *model.HelpRequest) error {
	if r.CommunityID != who.Place.CommunityID {
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

// Requests lists requests that the caller may see. It fails with ErrCursor.
func (m *Market) Requests(ctx context.Context, who model.Actor, f RequestFilter, page model.Page) (*model.List[*model.HelpRequest], error) {
	reach, err := who.Reach(model.OpReadRequests)
	if err != nil {
		return nil, err
	}
	if f.Sort == "" {
		f.Sort = repository.Recommended
	}
	q := &repository.RequestQuery{
		Community: who.Place.CommunityID, Reach: reach, Member: who.MemberID, Part: f.Part,
		Statuses: f.Statuses, Categories: f.Categories, Urgencies: f.Urgencies, Sort: f.Sort, Limit: page.Size() + 1,
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
	if err := views(ctx, m.store, who, rows); err != nil {
		return nil, err
	}
	list.Items = append(list.Items, rows...)
	return list, nil
}

// change runs one step of a request's life under its lock.
func (m *Market) change(ctx context.Context, who model.Actor, id model.ID,
	step func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error,
) (*model.HelpRequest, error) {
	return repository.Once(ctx, m.store, m.now(), func(tx *repository.Store) (*model.HelpRequest, error) {
		r, err := tx.Requests.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := mayRead(who, r); err != nil {
			return nil, err
		}
		if err := step(tx, r, m.now()); err != nil {
			return nil, err
		}
		if err := tx.Requests.Update(ctx, r); err != nil {
			return nil, err
		}
		return view(ctx, tx, who, r)
	})
}

// Claim takes a slot for the caller; of many at once, as many win as there are slots. It fails with
// ErrOwnRequest, ErrAlreadyClaimed and ErrRequestState.
func (m *Market) Claim(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := who.May(model.OpClaimRequest, r.Place); err != nil {
			return err
		}
		claim, err := r.Claim(who, m.store.NewID(), now)
		if err != nil {
			return err
		}
		return tx.Requests.AddClaim(ctx, claim)
	})
}

// Unclaim gives the caller's slot back and opens the request again. It fails with ErrNotHelper and, once
// the work is finished, with ErrRequestState.
func (m *Market) Unclaim(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		claim, err := r.Unclaim(who.MemberID, reason, now)
		if err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, claim)
	})
}

// Start says that the caller has begun to help. It fails with ErrNotHelper and ErrRequestState.
func (m *Market) Start(ctx context.Context, who model.Actor, id model.ID) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		claim, err := r.Start(who.MemberID, now)
		if err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, claim)
	})
}

// Finish says that the caller has helped, for so many minutes. It fails with ErrNotHelper, and with
// ErrRequestState unless the work was started.
func (m *Market) Finish(ctx context.Context, who model.Actor, id model.ID, minutes int, note string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		claim, err := r.Finish(who.MemberID, minutes, note, now)
		if err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, claim)
	})
}

// Confirm accepts the finished work with a rating from 1 to 5, and credits its helpers: both happen or
// neither does. It fails with ErrForbidden unless the caller speaks for the requester, and with
// ErrRequestState unless the work is done.
func (m *Market) Confirm(ctx context.Context, who model.Actor, id model.ID, rating int, comment string) (*model.HelpRequest, error) {
	defer m.ledger.Nudge()
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if !r.MayConfirm(who.MemberID) {
			return model.ErrForbidden
		}
		return m.confirm(ctx, tx, r, who.MemberID, rating, comment, now)
	})
}

// Dispute says that the work is not as reported. It fails with ErrForbidden unless the caller speaks for
// the requester, and with ErrRequestState unless the work is done.
func (m *Market) Dispute(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(_ *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if !r.MayConfirm(who.MemberID) {
			return model.ErrForbidden
		}
		return r.Dispute(reason, now)
	})
}

// Resolve ends a dispute: with credit for the helpers, or without. It fails with ErrForbidden for a party
// to it, and with ErrRequestState unless the request is disputed.
func (m *Market) Resolve(ctx context.Context, who model.Actor, id model.ID, credit bool, reason string) (*model.HelpRequest, error) {
	defer m.ledger.Nudge()
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if err := who.May(model.OpManageRequest, r.Place); err != nil {
			return err
		}
		if r.Involves(who.MemberID) {
			return model.ErrForbidden
		}
		if r.Status != model.RequestDisputed {
			return model.ErrRequestState
		}
		r.Reason = reason
		if credit {
			return m.confirm(ctx, tx, r, who.MemberID, 0, "", now)
		}
		if err := r.Close(reason, now); err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, r.Claims...)
	})
}

// Cancel ends a request before it is done. It fails with ErrForbidden unless the caller speaks for the
// requester or manages requests there, and with ErrRequestState after that.
func (m *Market) Cancel(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.HelpRequest, error) {
	return m.change(ctx, who, id, func(tx *repository.Store, r *model.HelpRequest, now model.Instant) error {
		if who.MemberID != r.RequesterID && who.MemberID != r.CreatedBy {
			if err := who.May(model.OpManageRequest, r.Place); err != nil {
				return err
			}
		}
		if err := r.Cancel(reason, now); err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, r.Claims...)
	})
}

// confirm ends a request well and credits its helpers by the rules in force.
func (m *Market) confirm(ctx context.Context, tx *repository.Store, r *model.HelpRequest, by model.ID, rating int, comment string, now model.Instant) error {
	credited, err := r.Confirm(rating, comment, now)
	if err != nil {
		return err
	}
	if err := tx.Requests.UpdateClaims(ctx, credited...); err != nil {
		return err
	}
	postings, err := m.credits(ctx, tx, r, credited, by)
	if err != nil || len(postings) == 0 {
		return err
	}
	_, err = m.ledger.PostTx(ctx, tx, postings...)
	return err
}

// credits returns what the helpers of a confirmed request earn: points by the rule, and their minutes.
func (m *Market) credits(ctx context.Context, tx *repository.Store, r *model.HelpRequest, claims []*model.Claim, by model.ID) ([]ledger.Posting, error) {
	rules, err := m.ledger.Rules(ctx, r.CommunityID)
	if err != nil {
		return nil, err
	}
	task, err := rules.Find(model.RuleTaskDone)
	if err != nil {
		return nil, err
	}
	var postings []ledger.Posting
	for _, c := range claims {
		helper, err := tx.Members.Get(ctx, c.HelperID)
		if err != nil {
			return nil, err
		}
		p := ledger.Posting{
			Key: "confirm:" + c.ID.String(), Code: task.Code, RuleVersion: rules.Version, Class: task.Class,
			Debit: model.Pool(r.CommunityID, model.Points), Credit: model.Wallet(r.CommunityID, helper.ID, model.Points),
			Ref: model.RefRequest, RefID: r.ID, Member: helper, At: c.FinishedAt, Actor: by,
		}
		if task.Amount != nil && *task.Amount > 0 {
			p.Amount = *task.Amount
			postings = append(postings, p)
		}
		if c.Minutes > 0 {
			p.Key, p.Code, p.Amount = p.Key+":minutes", model.CodeMinutes, int64(c.Minutes)
			p.Debit, p.Credit = model.Pool(r.CommunityID, model.Minutes), model.Wallet(r.CommunityID, helper.ID, model.Minutes)
			postings = append(postings, p)
		}
	}
	return postings, nil
}

// sweepBatch is how many requests one sweep looks at.
const sweepBatch = 200

// Sweep moves the requests whose time has come: expired, escalated, or confirmed by silence. It reads the
// state, not a timer, so any number of processes may run it, at any time. It returns how many it moved.
func (m *Market) Sweep(ctx context.Context) (moved int, err error) {
	now := m.now()
	ids, err := m.store.Requests.Due(ctx, now, now.Add(-model.ConfirmAfter), now.Add(-model.RequestLife), sweepBatch)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		var did bool
		err := m.store.Tx(ctx, func(tx *repository.Store) (err error) {
			did, err = m.lapse(ctx, tx, id, now)
			return err
		})
		if err != nil {
			return moved, err
		}
		if did {
			moved++
		}
	}
	if moved > 0 {
		m.ledger.Nudge()
	}
	return moved, nil
}

func (m *Market) lapse(ctx context.Context, tx *repository.Store, id model.ID, now model.Instant) (bool, error) {
	r, err := tx.Requests.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	switch to := r.Due(now); to {
	case "":
		return false, nil // another process was faster
	case model.RequestConfirmed:
		err = m.confirm(ctx, tx, r, 0, 0, "", now)
	default:
		err = r.Lapse(to, now)
	}
	if err != nil {
		return false, err
	}
	return true, tx.Requests.Update(ctx, r)
}

// Week is the span in which an offer's weekly limit counts.
const week = 7 * 24 * time.Hour

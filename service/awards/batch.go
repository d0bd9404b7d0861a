package awards

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
)

// Awards makes batches and works on them.
type Awards struct {
	store  *repository.Store
	ledger *ledger.Ledger
	now    func() model.Instant
	nudged chan struct{}
}

// New returns the batches of a store. Run must be running for large ones to be done.
func New(store *repository.Store, ledger *ledger.Ledger, now func() model.Instant) *Awards {
	return &Awards{store, ledger, now, make(chan struct{}, 1)}
}

// Input is what an organizer gives to many.
type Input struct {
	Code      string // of the rule
	Campaign  model.ID
	Memo      string // for lines without one
	CapTotal  int64  // 0: none
	CapMember int64  // 0: none
	Lines     []Line
}

// Line is one award of a batch. Refused says why it cannot be one, as when a sheet names nobody.
type Line struct {
	Member  model.ID
	Amount  int64
	Memo    string
	Refused *model.Error
}

// inlineLines is how many lines are booked before the answer; more are a job to watch.
const inlineLines = 200

// Create makes a batch, and books a small one at once. The context's idempotency key makes it happen once. It
// fails with ErrKeyRequired, ErrForbidden, ErrBatchEmpty, ErrBatchLarge, ErrRule, and ErrNotFound for a campaign that is not
// there; what is wrong with a line is the outcome of that line.
func (a *Awards) Create(ctx context.Context, who model.Actor, in Input) (*model.Batch, error) {
	if model.IdempotencyOf(ctx) == nil {
		return nil, model.ErrKeyRequired
	}
	if err := a.acceptable(ctx, who, in); err != nil {
		return repository.AnswerOr[*model.Batch](ctx, a.store, err)
	}
	b, lines := a.batch(who, in)
	if len(lines) <= inlineLines {
		return a.atOnce(ctx, b, lines)
	}
	defer a.nudge()
	return repository.Once(ctx, a.store, a.now(), func(tx *repository.Store) (*model.Batch, error) {
		return b, tx.Batches.Create(ctx, b, lines)
	})
}

// atOnce makes a batch with all its lines booked.
func (a *Awards) atOnce(ctx context.Context, b *model.Batch, lines []*model.BatchLine) (*model.Batch, error) {
	defer a.ledger.Nudge()
	postings, err := a.postings(ctx, b, lines)
	if err != nil {
		return repository.AnswerOr[*model.Batch](ctx, a.store, err)
	}
	return repository.Once(ctx, a.store, a.now(), func(tx *repository.Store) (*model.Batch, error) {
		done := *b // the transaction may run twice
		booked, err := a.book(ctx, tx, &done, lines, postings)
		if err != nil {
			return nil, err
		}
		return shown(&done), tx.Batches.Create(ctx, &done, booked)
	})
}

// acceptable fails unless the batch as a whole may be made.
func (a *Awards) acceptable(ctx context.Context, who model.Actor, in Input) error {
	if _, err := who.Reach(model.OpAward); err != nil {
		return err
	}
	switch {
	case len(in.Lines) == 0:
		return model.ErrBatchEmpty
	case len(in.Lines) > model.MaxBatchLines:
		return model.ErrBatchLarge
	case slices.ContainsFunc(in.Lines, func(l Line) bool { return tooLong(l.Memo) }), tooLong(in.Memo):
		return model.ErrInvalid.Saying("说明不能超过 100 个字", "A memo has at most 100 characters.")
	case in.CapTotal < 0 || in.CapMember < 0:
		return model.ErrInvalid.Saying("上限不能为负", "A cap is not negative.")
	}
	rules, err := a.ledger.Rules(ctx, who.Place.CommunityID)
	if err != nil {
		return err
	}
	if _, err := rules.Find(in.Code); err != nil || in.Campaign == 0 {
		return err
	}
	campaign, err := a.store.Campaigns.Get(ctx, in.Campaign)
	if err == nil && campaign.CommunityID != who.Place.CommunityID {
		err = model.ErrNotFound
	}
	return err
}

func tooLong(memo string) bool { return utf8.RuneCountInString(memo) > maxMemo }

func (a *Awards) batch(who model.Actor, in Input) (*model.Batch, []*model.BatchLine) {
	text, _ := json.Marshal(in.Lines) // plain numbers and strings
	sum := sha256.Sum256(text)
	b := &model.Batch{
		ID: a.store.NewID(), CommunityID: who.Place.CommunityID, CampaignID: in.Campaign, Code: in.Code, Memo: in.Memo, InputSHA256: sum[:],
		CapTotal: in.CapTotal, CapMember: in.CapMember, Total: len(in.Lines), Status: model.BatchRunning, CreatedBy: who.MemberID, CreatedAt: a.now(),
	}
	lines := make([]*model.BatchLine, len(in.Lines))
	for i, l := range in.Lines {
		lines[i] = &model.BatchLine{BatchID: b.ID, LineNo: i + 1, MemberID: l.Member, Asked: l.Amount, Memo: l.Memo}
		if l.Memo == "" {
			lines[i].Memo = in.Memo
		}
		if l.Refused != nil {
			lines[i].Outcome = l.Refused.Code
		}
	}
	return b, lines
}

// Batch returns how far a batch is. It fails with ErrNotFound for someone else's that the caller may not read.
func (a *Awards) Batch(ctx context.Context, who model.Actor, id model.ID) (*model.Batch, error) {
	b, err := a.store.Batches.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if b.CreatedBy != who.MemberID && who.May(model.OpReadPoints, model.Place{CommunityID: b.CommunityID}) != nil {
		return nil, model.ErrNotFound
	}
	return shown(b), nil
}

func shown(b *model.Batch) *model.Batch {
	b.Percent = 100 * b.Done / max(1, b.Total)
	return b
}

// Batches lists the caller's batches, or those of the community for who may read all points, newest first.
// It fails with ErrCursor.
func (a *Awards) Batches(ctx context.Context, who model.Actor, page model.Page) (*model.List[*model.Batch], error) {
	author := who.MemberID
	if who.May(model.OpReadPoints, model.Place{CommunityID: who.Place.CommunityID}) == nil {
		author = 0
	}
	name := fmt.Sprintf("batches:%d", who.MemberID)
	after, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	before := model.ID(0)
	if after != nil {
		before = model.ID(after[0])
	}
	rows, err := a.store.Batches.List(ctx, who.Place.CommunityID, author, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Batch) int64 { return int64(last.ID) })
	for _, b := range list.Items {
		shown(b)
	}
	return list, nil
}

// Lines lists what became of the lines of a batch, in their order. It fails as Batch does, and with ErrCursor.
func (a *Awards) Lines(ctx context.Context, who model.Actor, id model.ID, page model.Page) (*model.List[*model.BatchLine], error) {
	if _, err := a.Batch(ctx, who, id); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("batch-lines:%d", id)
	key, err := model.DecodeCursor(name, page.Cursor, 1)
	if err != nil {
		return nil, err
	}
	after := 0
	if key != nil {
		after = int(key[0])
	}
	rows, err := a.store.Batches.Lines(ctx, id, after, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.BatchLine) int64 { return int64(last.LineNo) })
	return list, a.describe(ctx, who, list.Items)
}

// describe puts names and reasons on lines. Of who is beyond the reader's reach not even the name is told, whatever
// became of the line.
func (a *Awards) describe(ctx context.Context, who model.Actor, lines []*model.BatchLine) error {
	ids := make([]model.ID, len(lines))
	for i, l := range lines {
		ids[i] = l.MemberID
	}
	members, err := a.store.Members.Some(ctx, ids)
	for _, l := range lines {
		if m := members[l.MemberID]; m != nil && (who.May(model.OpAward, m.Place) == nil || who.May(model.OpReadPoints, m.Place) == nil) {
			l.Member = &model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}
		}
		l.Detail = detail(l.Outcome)
	}
	return err
}

// detail says in Chinese why a line was not granted.
func detail(outcome string) string {
	for _, e := range []*model.Error{
		model.ErrAmount, model.ErrForbidden, model.ErrSelfAward, model.ErrRule, model.ErrNotFound, model.ErrCampaignState, model.ErrCampaignScope,
		model.ErrBudget, model.ErrCapped, model.ErrPairCapped, model.ErrAllowance, model.ErrCampaignCap, model.ErrLineMember, model.ErrLineShared, model.ErrInternal,
	} {
		if e.Code == outcome {
			return e.Message
		}
	}
	return ""
}

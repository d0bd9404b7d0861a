package market

import (
	"context"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/notify"
)

// take runs one step of a locked request's life and writes down what it made of it.
func (m *Market) take(ctx context.Context, tx *repository.Store, r *model.HelpRequest, action model.Action, by model.ID, now model.Instant, step func() error) error {
	from := r.Stand()
	if err := step(); err != nil {
		return err
	}
	return m.written(r, from, action, by, now).write(ctx, tx)
}

// written is what a step made of a request, ready to be written.
type written struct {
	request        *model.HelpRequest
	step           *model.Step
	added, changed []*model.Claim
	misses         []*model.Miss
	by             model.ID
}

// written ends a step that began at a stand.
func (m *Market) written(r *model.HelpRequest, from model.Stand, action model.Action, by model.ID, now model.Instant) written {
	w := written{request: r, misses: r.Misses, by: by}
	w.step, w.added, w.changed = r.Step(from, action, by, now)
	for _, miss := range r.Misses {
		miss.ID = m.store.NewID()
	}
	r.Misses = nil
	return w
}

// write writes the step, and tells those whom it concerns.
func (w written) write(ctx context.Context, tx *repository.Store) error {
	if err := tx.Requests.Record(ctx, w.request, w.step, w.added, w.changed); err != nil {
		return err
	}
	notices := told(w)
	if len(w.misses) > 0 {
		if err := tx.Misses.Add(ctx, w.misses); err != nil {
			return err
		}
		warnings, err := warnings(ctx, tx, w.request, w.misses, w.step.At)
		if err != nil {
			return err
		}
		notices = append(notices, warnings...)
	}
	return notify.Tell(ctx, tx, notices...)
}

// together returns the step as a part of a job that is posted with others': the change of the request and its claims, and
// the rows that are written with those of the others. A step that found something broken is written alone.
func (m *Market) together(w written) (change func(context.Context, *repository.Store) error, rows func([]ledger.Result) ([]repository.Insertion, error)) {
	if len(w.misses) > 0 || len(w.added) > 0 {
		return w.write, nil
	}
	change = func(ctx context.Context, tx *repository.Store) error {
		if err := tx.Requests.Update(ctx, w.request); err != nil {
			return err
		}
		return tx.Requests.UpdateClaims(ctx, w.changed...)
	}
	rows = func([]ledger.Result) ([]repository.Insertion, error) {
		step, err := repository.StepRow(w.step)
		list := []repository.Insertion{step}
		for _, n := range told(w) {
			n.ID = m.store.NewID()
			list = append(list, repository.NoticeRow(n))
		}
		return list, err
	}
	return change, rows
}

// Steps returns the life of a request so far. It fails with ErrNotFound, and with ErrForbidden unless the caller has a
// part in it or manages requests there.
func (m *Market) Steps(ctx context.Context, who model.Actor, id model.ID) ([]*model.Step, error) {
	r, err := m.store.Requests.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := mayRead(who, r); err != nil {
		return nil, err
	}
	if !r.Trusts(who.MemberID) {
		if err := who.May(model.OpManageRequest, r.Place); err != nil {
			return nil, err
		}
	}
	steps, err := m.store.Requests.Steps(ctx, id)
	if err != nil {
		return nil, err
	}
	people := make([]model.ID, len(steps))
	for i, s := range steps {
		people[i] = s.ActorID
	}
	refs, err := m.store.Members.Refs(ctx, people)
	for _, s := range steps {
		s.Actor = refs[s.ActorID]
	}
	return steps, err
}

package privacy

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Leaving is what the closing of an account means, and where it stands.
type Leaving struct {
	Erasure    *model.Erasure    `json:"erasure,omitempty" doc:"最近一次申请"`
	Hindrances []model.Hindrance `json:"hindrances" doc:"要先办完的事项；没有才能注销"`
	Deleted    string            `json:"deleted"`
	Kept       []model.Kept      `json:"kept" doc:"注销后仍保留的记录及理由"`
}

// erased says what erasure takes away.
const erased = "姓名、昵称、手机、出生年份和月份、性别、特长、住址、微信身份、登录设备、绑定码、通知和消息、您写的文字、您上传的照片"

// Leaving tells what closing the account would take away and leave, what stands in the way, and where it stands.
func (p *Privacy) Leaving(ctx context.Context, who model.Actor) (*Leaving, error) {
	of, err := p.store.Personal.People(ctx, who.MemberID)
	if err != nil {
		return nil, err
	}
	l := &Leaving{Deleted: erased, Kept: []model.Kept{}}
	for _, kind := range repository.PersonalKinds() {
		if kind.Key != "" && kind.Fate.Keep != "" {
			l.Kept = append(l.Kept, model.Kept{What: kind.Title, Why: kind.Fate.Keep})
		}
	}
	if l.Hindrances, err = p.store.Personal.Hindrances(ctx, of, p.now()); err != nil {
		return nil, err
	}
	latest, err := p.store.Erasures.Latest(ctx, who.MemberID)
	if errors.Is(err, model.ErrNotFound) {
		return l, nil
	}
	l.Erasure = latest
	return l, err
}

// Erase (注销) asks for the caller's account to be closed when the time to think again is over. It fails with ErrErasureAsked
// when that was asked for, and with ErrErasureDuties, which names them, while there is something that others count on.
func (p *Privacy) Erase(ctx context.Context, who model.Actor) (*model.Erasure, error) {
	now := p.now()
	return repository.Once(ctx, p.store, now, func(tx *repository.Store) (*model.Erasure, error) {
		e := model.NewErasure(tx.NewID(), who, now)
		switch err := tx.Erasures.Add(ctx, e); {
		case errors.Is(err, model.ErrDuplicate):
			return nil, model.ErrErasureAsked
		case err != nil:
			return nil, err
		}
		if err := p.free(ctx, tx, who.MemberID); err != nil {
			return nil, err
		}
		return e, notify.Tell(ctx, tx, told(e, "asked", "已申请注销", "到期后账号将注销，个人信息将被删除；在 "+e.DueAt.Time().Format("1 月 2 日 15:04")+" 之前可以撤销。", now))
	})
}

// free fails with ErrErasureDuties, saying which, while a member has open duties.
func (p *Privacy) free(ctx context.Context, tx *repository.Store, member model.ID) error {
	of, err := tx.Personal.People(ctx, member)
	if err != nil {
		return err
	}
	found, err := tx.Personal.Hindrances(ctx, of, p.now())
	if err != nil || len(found) == 0 {
		return err
	}
	message := ""
	for _, h := range found {
		message += "；" + h.Text
	}
	return model.ErrErasureDuties.Saying("暂时不能注销"+message, model.ErrErasureDuties.English)
}

func told(e *model.Erasure, what, title, body string, now model.Instant) *model.Notice {
	return &model.Notice{
		CommunityID: e.CommunityID, MemberID: e.MemberID, Kind: model.NoticePrivacy, Title: title, Body: body, Key: fmt.Sprintf("erasure:%d:%s", e.ID, what), CreatedAt: now,
	}
}

// CancelErasure keeps the caller's account. It fails with ErrNotFound when nothing was asked for, and with ErrErasureState
// when it is too late, or was cancelled already.
func (p *Privacy) CancelErasure(ctx context.Context, who model.Actor) (*model.Erasure, error) {
	now := p.now()
	return repository.Once(ctx, p.store, now, func(tx *repository.Store) (*model.Erasure, error) {
		e, err := tx.Erasures.LockOpen(ctx, who.MemberID)
		if errors.Is(err, model.ErrNotFound) {
			if _, none := tx.Erasures.Latest(ctx, who.MemberID); none == nil {
				err = model.ErrErasureState
			}
		}
		if err == nil {
			err = e.Cancel(now)
		}
		if err != nil {
			return nil, err
		}
		return e, tx.Erasures.Update(ctx, e)
	})
}

// stay cancels the closing of a login's account, if that was asked for: it would be that of the person who the login is now.
func (p *Privacy) stay(ctx context.Context, tx *repository.Store, placeholder model.ID) error {
	e, err := tx.Erasures.LockOpen(ctx, placeholder)
	if errors.Is(err, model.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = e.Cancel(p.now())
	}
	if err != nil {
		return err
	}
	return tx.Erasures.Update(ctx, e)
}

// erasureBatch is how many accounts one round closes.
const erasureBatch = 10

// SweepErasures closes accounts whose time to think again is over, step by step, each in a transaction of its own. A step that
// is taken again changes nothing more, so what a crash left is begun anew, and any number of processes may run it. It returns
// how many were closed.
func (p *Privacy) SweepErasures(ctx context.Context) (closed int, err error) {
	members, err := p.store.Erasures.Due(ctx, p.now(), erasureBatch)
	failures := []error{err}
	for _, member := range members {
		done, more := false, true
		for step := 0; more && err == nil; step++ {
			done, more, err = p.eraseStep(ctx, member, step)
		}
		p.store.Members.Forget(member) // also after an error: the step may have been taken
		if done {
			closed++
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("erasure of %d: %w", member, err), p.tryLater(ctx, member))
			err = nil
		}
	}
	return closed, errors.Join(failures...)
}

// tryLater has one that failed wait some minutes, so that it keeps none of the others waiting.
func (p *Privacy) tryLater(ctx context.Context, member model.ID) error {
	return p.store.Tx(ctx, func(tx *repository.Store) error {
		e, err := tx.Erasures.LockOpen(ctx, member)
		if errors.Is(err, model.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		e.NextAt = p.now().Add(model.ErasureFailed)
		return tx.Erasures.Update(ctx, e)
	})
}

// eraseStep takes a step of closing an account, and reports whether it is closed now and whether another step follows. The
// first makes the member nobody and ends their logins; when their tokens are refused everywhere comes one for each kind of what
// is known of them; the last marks the account as closed.
func (p *Privacy) eraseStep(ctx context.Context, member model.ID, step int) (done, more bool, err error) {
	now, kinds := p.now(), repository.PersonalKinds()
	err = p.store.Tx(ctx, func(tx *repository.Store) error {
		done, more = false, false
		e, err := tx.Erasures.LockOpen(ctx, member)
		if errors.Is(err, model.ErrNotFound) {
			return nil // cancelled, or closed by another process
		}
		if err != nil || e.NextAt > now {
			return err
		}
		if step == 0 || e.Status == model.ErasureWaiting {
			more, err = p.begin(ctx, tx, e, now)
			return err
		}
		if step > len(kinds) {
			e.Finish(now)
			done = true
			return tx.Erasures.Update(ctx, e)
		}
		more = true
		of, err := tx.Personal.People(ctx, member)
		if err != nil {
			return err
		}
		return tx.Personal.Erase(ctx, kinds[step-1], of, now)
	})
	return done, more, err
}

// begin has the closing of an account begin, and reports whether the rest may follow now: not at once, and not while its owner
// has a duty that they took on since they asked, or by a token that was still trusted. Then it waits for another day, and who
// is somebody yet is told.
func (p *Privacy) begin(ctx context.Context, tx *repository.Store, e *model.Erasure, now model.Instant) (ready bool, err error) {
	held := p.free(ctx, tx, e.MemberID)
	running := e.Status == model.ErasureRunning
	switch {
	case held == nil && running:
		return true, nil
	case held == nil:
		e.Status, e.NextAt = model.ErasureRunning, now.Add(model.ErasureQuiet)
		return false, errors.Join(p.nobody(ctx, tx, e.MemberID, now), tx.Erasures.Update(ctx, e))
	case !errors.Is(held, model.ErrErasureDuties):
		return false, held
	}
	e.NextAt = now.Add(model.ErasureRetry)
	if err := tx.Erasures.Update(ctx, e); err != nil || running {
		return false, err
	}
	return false, notify.Tell(ctx, tx, told(e, "held", "注销暂缓", model.Reason(held).Message+"。办完后自动继续，也可以撤销注销。", now))
}

// nobody makes a member, and the logins that they were before they were bound, into tombstones, and ends all their sessions.
func (p *Privacy) nobody(ctx context.Context, tx *repository.Store, member model.ID, now model.Instant) error {
	of, err := tx.Personal.People(ctx, member)
	if err != nil {
		return err
	}
	for _, id := range of {
		m, err := tx.Members.Lock(ctx, id)
		if err != nil {
			return err
		}
		into := m.MergedInto
		m.Erase(now)
		if m.MergedInto = member; into != 0 && into != id { // so that the next step finds the logins again
			m.MergedInto = into
		}
		if err := tx.Personal.EraseMember(ctx, m); err != nil {
			return err
		}
		if err := tx.Sessions.EndAll(ctx, id, now); err != nil {
			return err
		}
	}
	return nil
}

package privacy

import (
	"context"
	"errors"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Export (导出个人信息) asks for a copy of all that is known of the caller, which a job makes. It fails with ErrExportRunning
// while another one is made, and with ErrExportsToday for a fourth one of a day.
func (p *Privacy) Export(ctx context.Context, who model.Actor) (*model.DataExport, error) {
	now := p.now()
	return repository.Once(ctx, p.store, now, func(tx *repository.Store) (*model.DataExport, error) {
		if _, err := tx.Members.Lock(ctx, who.MemberID); err != nil { // so that no two are counted at once
			return nil, err
		}
		n, err := tx.DataExports.CountSince(ctx, who.MemberID, now.Day().Start())
		if err != nil {
			return nil, err
		}
		e := &model.DataExport{
			ID: tx.NewID(), CommunityID: who.Place.CommunityID, MemberID: who.MemberID, Status: model.ExportMaking, CreatedAt: now,
		}
		err = tx.DataExports.Add(ctx, e)
		switch {
		case errors.Is(err, model.ErrDuplicate):
			return nil, model.ErrExportRunning
		case err == nil && n >= model.MaxExportsADay:
			return nil, model.ErrExportsToday
		}
		return e, err
	})
}

// exportsShown is how many exports a list has.
const exportsShown = 20

// Exports lists the caller's copies, the newest first, with links to those that are there.
func (p *Privacy) Exports(ctx context.Context, who model.Actor) ([]*model.DataExport, error) {
	rows, err := p.store.DataExports.Of(ctx, who.MemberID, exportsShown)
	for _, e := range rows {
		p.key.LinkExport(e, p.now())
	}
	return rows, err
}

// ExportOf returns a copy of the caller's, with a link if it is there. It fails with ErrNotFound, also for somebody else's.
func (p *Privacy) ExportOf(ctx context.Context, who model.Actor, id model.ID) (*model.DataExport, error) {
	e, err := p.store.DataExports.Get(ctx, who.MemberID, id)
	if err != nil {
		return nil, err
	}
	p.key.LinkExport(e, p.now())
	return e, nil
}

// Open returns the file of a copy of the caller's by a link to it. It fails with ErrNotFound, also for somebody else's, with
// ErrExportLink for a link that was not signed here or is too old, and with ErrExportExpired when the file is deleted.
func (p *Privacy) Open(ctx context.Context, who model.Actor, id model.ID, until int64, signature string) ([]byte, error) {
	e, err := p.store.DataExports.Get(ctx, who.MemberID, id)
	switch {
	case err != nil:
		return nil, err
	case e.Status == model.ExportExpired || e.Status == model.ExportReady && !e.There(p.now()):
		return nil, model.ErrExportExpired
	}
	if err := p.key.CheckExport(e, until, signature, p.now()); err != nil {
		return nil, err
	}
	if !e.There(p.now()) {
		return nil, model.ErrNotFound
	}
	sealed, err := p.blobs.Get(ctx, e.Key())
	if err != nil {
		return nil, err
	}
	return p.store.OpenFile(e.Key(), sealed)
}

// exportBatch is how many copies one round makes, and how many files it deletes.
const exportBatch = 20

// MakeExports makes the copies that were asked for, and deletes those that are too old. Any number of processes may run it;
// a copy whose maker died is made again. It returns how many were made.
func (p *Privacy) MakeExports(ctx context.Context) (made int, err error) {
	if p.blobs == nil {
		return 0, nil
	}
	ids, err := p.store.DataExports.Due(ctx, p.now(), exportBatch)
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, id := range ids {
		ok, err := p.makeExport(ctx, id)
		if ok {
			made++
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("export %d: %w", id, err))
		}
	}
	return made, errors.Join(append(failures, p.dropExports(ctx))...)
}

// makeExport makes one copy, unless somebody else does.
func (p *Privacy) makeExport(ctx context.Context, id model.ID) (bool, error) {
	e, err := p.takeExport(ctx, id)
	switch {
	case e == nil || err != nil:
		return false, err
	case e.Status == model.ExportFailed: // its file may be there, when all that failed was to say so
		return false, p.blobs.Delete(ctx, e.Key())
	}
	file, err := p.copyOf(ctx, e)
	if err == nil {
		err = p.blobs.Put(ctx, e.Key(), "application/octet-stream", p.store.SealFile(e.Key(), file))
	}
	if err != nil {
		return false, err // tried again when its lease is over
	}
	return true, p.finish(ctx, e, int64(len(file)))
}

// finish marks a copy whose file is there as made, or deletes the file when nobody is to have it any more.
func (p *Privacy) finish(ctx context.Context, e *model.DataExport, size int64) error {
	there, err := p.endExport(ctx, e, size)
	if err != nil || there {
		return err
	}
	return p.blobs.Delete(ctx, e.Key())
}

// takeExport takes a copy that nobody is making; one that failed too often is given up. It returns nil when somebody else
// has it.
func (p *Privacy) takeExport(ctx context.Context, id model.ID) (taken *model.DataExport, err error) {
	now := p.now()
	err = p.store.Tx(ctx, func(tx *repository.Store) error {
		taken = nil
		e, err := tx.DataExports.Lock(ctx, id)
		if err != nil || e.Status != model.ExportMaking || e.LeaseUntil > now {
			return err
		}
		taken, e.LeaseUntil = e, now.Add(model.ExportLease)
		if e.Attempts++; e.Attempts > model.MaxExportTries {
			e.End(model.ExportFailed, 0, now)
		}
		return tx.DataExports.Update(ctx, e)
	})
	return taken, err
}

// endExport marks a copy as made, and tells its owner. It reports whether there is one: not when it was given up, or its
// owner closed their account meanwhile; and when another process was faster.
func (p *Privacy) endExport(ctx context.Context, e *model.DataExport, size int64) (there bool, err error) {
	now := p.now()
	err = p.store.Tx(ctx, func(tx *repository.Store) error {
		there = false
		locked, err := tx.DataExports.Lock(ctx, e.ID)
		if err != nil {
			return err
		}
		if locked.Status != model.ExportMaking {
			there = locked.There(now)
			return nil
		}
		there = true
		locked.End(model.ExportReady, size, now)
		if err := tx.DataExports.Update(ctx, locked); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, &model.Notice{
			CommunityID: e.CommunityID, MemberID: e.MemberID, Kind: model.NoticePrivacy, Title: "个人信息副本已生成",
			Body: "请在 24 小时内下载，之后文件会删除。", Key: "data-export:" + e.ID.String(), CreatedAt: now,
		})
	})
	return there, err
}

// dropExports deletes the files of copies that are too old. The file goes first, so that none is left without a row.
func (p *Privacy) dropExports(ctx context.Context) error {
	old, err := p.store.DataExports.Expired(ctx, p.now(), exportBatch)
	failures := []error{err}
	for _, e := range old {
		if err := p.blobs.Delete(ctx, e.Key()); err != nil {
			failures = append(failures, fmt.Errorf("export %d: %w", e.ID, err))
			continue
		}
		failures = append(failures, p.store.Tx(ctx, func(tx *repository.Store) error {
			locked, err := tx.DataExports.Lock(ctx, e.ID)
			if err != nil {
				return err
			}
			locked.Status = model.ExportExpired
			return tx.DataExports.Update(ctx, locked)
		}))
	}
	return errors.Join(failures...)
}

package reception

import (
	"context"
	"fmt"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// Mediate puts on record what the parties of a visit agreed on. It fails with ErrNotFound unless the caller noted the
// visit, with ErrMediation unless it was for a mediation, with ErrDuplicate when it is on record, and with ErrInvalid.
func (r *Reception) Mediate(ctx context.Context, who model.Actor, visit model.ID, parties []*model.Party, agreement string, followUp model.Day) (*model.Mediation, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Mediation, error) {
		v, err := tx.ReceptionVisits.Lock(ctx, visit)
		switch {
		case err != nil:
			return nil, err
		case v.HostID != who.MemberID:
			return nil, model.ErrNotFound
		case v.Kind != model.ReceptionMediate:
			return nil, model.ErrMediation
		}
		m := &model.Mediation{
			ID: tx.NewID(), CommunityID: v.CommunityID, VisitID: visit, MediatorID: who.MemberID, Agreement: strings.TrimSpace(agreement),
			FollowUpDay: followUp, Outcome: model.MediationOpen, CreatedAt: r.now(), Parties: parties,
		}
		if err := m.Validate(r.now()); err != nil {
			return nil, err
		}
		if err := known(ctx, tx, m); err != nil {
			return nil, err
		}
		if err := tx.ReceptionVisits.AddMediation(ctx, m); err != nil {
			return nil, err
		}
		return m, viewMediations(ctx, tx, m)
	})
}

// known sees that parties who are members are people of the community.
func known(ctx context.Context, tx *repository.Store, m *model.Mediation) error {
	var ids []model.ID
	for i, p := range m.Parties {
		p.MediationID, p.PartyNo, p.Name = m.ID, i+1, strings.TrimSpace(p.Name)
		if p.MemberID != 0 {
			ids = append(ids, p.MemberID)
		}
	}
	found, err := tx.Members.Some(ctx, ids)
	for _, id := range ids {
		if p := found[id]; err == nil && (p == nil || p.CommunityID != m.CommunityID || p.MergedInto != 0) {
			return model.ErrInvalid.Saying("当事人里有不认识的居民", "There is nobody of this community with one of these ids.")
		}
	}
	return err
}

// readable lets the mediator, the parties, and who manages the room read what was agreed. For others it is not there.
func readable(who model.Actor, m *model.Mediation) error {
	if m.CommunityID != who.Place.CommunityID || !m.Involves(who.MemberID) && mayManage(who) != nil {
		return model.ErrNotFound
	}
	return nil
}

// Mediation returns one. It fails with ErrNotFound.
func (r *Reception) Mediation(ctx context.Context, who model.Actor, id model.ID) (*model.Mediation, error) {
	m, err := r.store.ReceptionVisits.Mediation(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := readable(who, m); err != nil {
		return nil, err
	}
	return m, viewMediations(ctx, r.store, m)
}

// Mediations lists those that involve the caller, or with all those of the room that the caller manages, newest first. It
// fails with ErrForbidden and ErrCursor.
func (r *Reception) Mediations(ctx context.Context, who model.Actor, all bool, page model.Page) (*model.List[*model.Mediation], error) {
	member := who.MemberID
	if all {
		if err := mayManage(who); err != nil {
			return nil, err
		}
		member = 0
	}
	name := fmt.Sprintf("mediations:%d:%d", who.Place.CommunityID, member)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.ReceptionVisits.Mediations(ctx, who.Place.CommunityID, member, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.Mediation) int64 { return int64(last.ID) })
	return list, viewMediations(ctx, r.store, list.Items...)
}

// FollowUp says whether an agreement was kept: its mediator does, or who manages the room. It fails with ErrNotFound, with
// ErrForbidden for a party, with ErrMediation, and ErrInvalid.
func (r *Reception) FollowUp(ctx context.Context, who model.Actor, id model.ID, outcome, note string) (*model.Mediation, error) {
	return repository.Once(ctx, r.store, r.now(), func(tx *repository.Store) (*model.Mediation, error) {
		m, err := tx.ReceptionVisits.LockMediation(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := readable(who, m); err != nil {
			return nil, err
		}
		if m.MediatorID != who.MemberID {
			if err := mayManage(who); err != nil {
				return nil, err
			}
		}
		if err := m.FollowUp(outcome, note, r.now()); err != nil {
			return nil, err
		}
		if err := tx.ReceptionVisits.FollowUp(ctx, m); err != nil {
			return nil, err
		}
		if err := tx.Care.Settle(ctx, model.CareFollowUp, m.ID, "已回访", r.now()); err != nil {
			return nil, err
		}
		return m, viewMediations(ctx, tx, m)
	})
}

// sweepBatch is how many mediations one sweep looks at.
const sweepBatch = 200

// Sweep makes a task of each mediation whose follow-up is due, once, and tells its mediator. Any number of processes may
// run it. It returns how many it made.
func (r *Reception) Sweep(ctx context.Context) (int, error) {
	ids, err := r.store.ReceptionVisits.DueMediations(ctx, r.now().Day(), sweepBatch)
	if err != nil {
		return 0, err
	}
	return r.store.Each(ctx, "follow up mediation", ids, func(tx *repository.Store, id model.ID) (bool, error) {
		m, err := tx.ReceptionVisits.LockMediation(ctx, id)
		if err != nil || m.Outcome != model.MediationOpen || m.AskedDay != 0 {
			return false, err
		}
		m.AskedDay = r.now().Day()
		if err := tx.ReceptionVisits.FollowUp(ctx, m); err != nil {
			return false, err
		}
		t := model.NewCareTask(tx.NewID(), model.Place{CommunityID: m.CommunityID}, model.CareFollowUp, m.ID, int64(m.FollowUpDay), r.now())
		if _, err := tx.Care.AddTask(ctx, t); err != nil {
			return false, err
		}
		return true, notify.Tell(ctx, tx, &model.Notice{
			CommunityID: m.CommunityID, MemberID: m.MediatorID, Kind: model.NoticeCareTask, Title: "调解回访", Body: "有一份调解协议到了回访日期",
			Ref: model.NoticeRef{Type: model.RefCareTask, ID: t.ID}, Key: "care:" + t.Key, CreatedAt: r.now(),
		})
	})
}

func viewMediations(ctx context.Context, s *repository.Store, mediations ...*model.Mediation) error {
	var people []model.ID
	for _, m := range mediations {
		people = append(people, m.MediatorID)
		for _, p := range m.Parties {
			people = append(people, p.MemberID)
		}
	}
	refs, err := s.Members.Refs(ctx, people)
	for _, m := range mediations {
		m.Mediator = refs[m.MediatorID]
		for _, p := range m.Parties {
			if ref, ok := refs[p.MemberID]; ok && p.Name == "" {
				p.Name = ref.DisplayName
			}
		}
	}
	return err
}

package privacy

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"linbanglin/model"
	"linbanglin/repository"
)

// Ward is a child, and how things stand with the consent of a guardian that it needs.
type Ward struct {
	Member   model.MemberRef  `json:"member"`
	Guardian *model.MemberRef `json:"guardian,omitempty" doc:"最近一次作为监护人同意或撤回的人；书面办理的是登记的网格员"`
	ConsentStanding
}

// Wards lists the children of an adult's household who need a guardian's consent; nobody without a policy.
func (p *Privacy) Wards(ctx context.Context, who model.Actor) ([]*Ward, error) {
	wards := []*Ward{}
	policy, err := p.store.Privacy.Newest(ctx)
	if err != nil || policy == nil {
		return wards, err
	}
	guardian, err := p.store.Members.Get(ctx, who.MemberID)
	if err != nil || guardian.HouseholdID == 0 {
		return wards, err
	}
	people, err := p.store.Register.PeopleOf(ctx, []model.ID{guardian.HouseholdID})
	if err != nil {
		return nil, err
	}
	info, err := model.PurposeGuardian.Info()
	if err != nil {
		return nil, err
	}
	children, ids := []*model.Member{}, []model.ID{}
	for _, m := range people[guardian.HouseholdID] {
		if m.WardOf(guardian, p.now().Time().Year()) == nil {
			children, ids = append(children, m), append(ids, m.ID)
		}
	}
	newest, err := p.store.Privacy.AgreementsTo(ctx, model.PurposeGuardian, ids)
	if err != nil {
		return nil, err
	}
	guardians, err := p.guardians(ctx, newest)
	for _, m := range children {
		wards = append(wards, &Ward{model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}, guardians[m.ID], *standing(policy, info, newest[m.ID], p.now())})
	}
	return wards, err
}

// guardians returns who spoke last for children, by child.
func (p *Privacy) guardians(ctx context.Context, newest map[model.ID]*model.Agreement) (map[model.ID]*model.MemberRef, error) {
	ids := make([]model.ID, 0, len(newest))
	for _, a := range newest {
		ids = append(ids, a.ActorID)
	}
	refs, err := p.store.Members.Refs(ctx, ids)
	of := make(map[model.ID]*model.MemberRef, len(newest))
	for child, a := range newest {
		if ref, known := refs[a.ActorID]; known {
			of[child] = &ref
		}
	}
	return of, err
}

// WardOf tells an officer how things stand with the consent for a child of their part of the tree, and who gave it, so that
// they can end one of who is no guardian. It fails with ErrForbidden outside the caller's subtree, with ErrNotChild and
// ErrNoPolicy.
func (p *Privacy) WardOf(ctx context.Context, who model.Actor, child model.ID) (*Ward, error) {
	m, err := p.store.Members.Get(ctx, child)
	if err == nil {
		err = who.May(model.OpNoteConsent, m.Place)
	}
	switch {
	case err != nil:
		return nil, err
	case m.MergedInto != 0:
		return nil, model.ErrNotFound
	case !m.Child(p.now().Time().Year()):
		return nil, model.ErrNotChild
	}
	policy, err := p.store.Privacy.Newest(ctx)
	if err == nil && policy == nil {
		err = model.ErrNoPolicy
	}
	if err != nil {
		return nil, err
	}
	info, err := model.PurposeGuardian.Info()
	if err != nil {
		return nil, err
	}
	newest, err := p.store.Privacy.AgreementsTo(ctx, model.PurposeGuardian, []model.ID{child})
	if err != nil {
		return nil, err
	}
	guardians, err := p.guardians(ctx, newest)
	if err == nil {
		err = p.noteRead(ctx, who, m)
	}
	if err != nil {
		return nil, err
	}
	return &Ward{model.MemberRef{ID: m.ID, DisplayName: m.DisplayName()}, guardians[child], *standing(policy, info, newest[child], p.now())}, nil
}

// noteRead keeps that an officer read who agreed for a child, at the child's home, or where else in the tree the child is.
func (p *Privacy) noteRead(ctx context.Context, who model.Actor, child *model.Member) error {
	place := cmp.Or(child.HouseholdID, child.UnitID, child.BuildingID, child.GridID, child.AreaID, child.CommunityID)
	read, err := model.NewRegisterRead(p.store.NewID(), who, place, model.ReadGuardian, "核对监护人同意", p.now())
	if err != nil {
		return err
	}
	return p.store.Tx(ctx, func(tx *repository.Store) error { return tx.Register.AddReads(ctx, read) })
}

// GiveForWard notes that the caller, as a guardian, agrees that a child of their household takes part, under the newest
// policy; again is as good as once. It fails with ErrNotWard for anybody else, with ErrGuardianAge, with ErrGuardianEnded, and as
// Give does.
func (p *Privacy) GiveForWard(ctx context.Context, who model.Actor, ward model.ID, version int32) (s *ConsentStanding, err error) {
	err = p.store.Tx(ctx, func(tx *repository.Store) error {
		if _, err := lockWard(ctx, tx, who, ward, p.now()); err != nil {
			return err
		}
		newest, err := tx.Privacy.AgreementsTo(ctx, model.PurposeGuardian, []model.ID{ward})
		if err == nil {
			err = newest[ward].ByHousehold()
		}
		if err != nil {
			return err
		}
		s, err = p.give(ctx, tx, &model.Agreement{
			MemberID: ward, Purpose: model.PurposeGuardian, Version: version, Agreer: model.AgreedByGuardian, ActorID: who.MemberID, Channel: model.AgreedOnline,
		})
		return err
	})
	return s, err
}

// WithdrawForWard takes a guardian's consent for a child of the caller's household back; again is as good as once. It fails
// as GiveForWard does.
func (p *Privacy) WithdrawForWard(ctx context.Context, who model.Actor, ward model.ID) error {
	defer p.known.Forget(struct{}{})
	return p.store.Tx(ctx, func(tx *repository.Store) error {
		m, err := lockWard(ctx, tx, who, ward, p.now())
		if err != nil {
			return err
		}
		return p.withdraw(ctx, tx, m, &model.Agreement{
			MemberID: ward, Purpose: model.PurposeGuardian, Agreer: model.AgreedByGuardian, ActorID: who.MemberID, Channel: model.AgreedOnline,
		})
	})
}

// lockWard locks a child of the caller's household. That somebody is not there is told as that they are no such child.
func lockWard(ctx context.Context, tx *repository.Store, who model.Actor, ward model.ID, now model.Instant) (*model.Member, error) {
	guardian, err := tx.Members.Get(ctx, who.MemberID)
	if err != nil {
		return nil, err
	}
	m, err := tx.Members.Lock(ctx, ward)
	if errors.Is(err, model.ErrNotFound) {
		return nil, model.ErrNotWard
	}
	if err != nil {
		return nil, err
	}
	return m, m.WardOf(guardian, now.Time().Year())
}

// NoteGuardian notes that an officer has a guardian's written consent for a child; the note says where the paper is. It
// fails with ErrForbidden outside the caller's subtree, with ErrNotChild, with ErrInvalid without a note, and as Give does.
func (p *Privacy) NoteGuardian(ctx context.Context, who model.Actor, child model.ID, version int32, note string) (*ConsentStanding, error) {
	return repository.Once(ctx, p.store, p.now(), func(tx *repository.Store) (*ConsentStanding, error) {
		m, a, err := p.noted(ctx, tx, who, child, note)
		if err != nil {
			return nil, err
		}
		a.Version = version
		s, err := p.give(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		return s, p.log(ctx, tx, who, m, model.AuthConsentNoted)
	})
}

// NoteGuardianWithdrawn notes that a guardian took a consent back in writing. It fails as NoteGuardian does.
func (p *Privacy) NoteGuardianWithdrawn(ctx context.Context, who model.Actor, child model.ID, note string) (*ConsentStanding, error) {
	defer p.known.Forget(struct{}{})
	return repository.Once(ctx, p.store, p.now(), func(tx *repository.Store) (*ConsentStanding, error) {
		m, a, err := p.noted(ctx, tx, who, child, note)
		if err != nil {
			return nil, err
		}
		if err := p.withdraw(ctx, tx, m, a); err != nil {
			return nil, err
		}
		if err := p.log(ctx, tx, who, m, model.AuthConsentEnded); err != nil {
			return nil, err
		}
		policy, err := tx.Privacy.Newest(ctx)
		if err != nil {
			return nil, err
		}
		info, err := a.Purpose.Info()
		if err != nil {
			return nil, err
		}
		newest, err := tx.Privacy.AgreementsTo(ctx, a.Purpose, []model.ID{m.ID})
		return standing(policy, info, newest[m.ID], p.now()), err
	})
}

// maxNote is how many characters a note has.
const maxNote = 200

// noted locks a child of the caller's part of the tree, and begins what an officer notes of its guardian.
func (p *Privacy) noted(ctx context.Context, tx *repository.Store, who model.Actor, child model.ID, note string) (*model.Member, *model.Agreement, error) {
	m, err := tx.Members.Lock(ctx, child)
	if err == nil {
		err = who.May(model.OpNoteConsent, m.Place)
	}
	note = strings.TrimSpace(note)
	switch n := utf8.RuneCountInString(note); {
	case err != nil:
		return nil, nil, err
	case m.MergedInto != 0:
		return nil, nil, model.ErrNotFound
	case !m.Child(p.now().Time().Year()):
		return nil, nil, model.ErrNotChild
	case n < 1 || n > maxNote:
		return nil, nil, model.ErrInvalid.Saying("请用 1 到 200 个字写明书面材料的情况和存放处", "The note says in 1 to 200 characters where the paper is kept.")
	}
	return m, &model.Agreement{
		MemberID: m.ID, Purpose: model.PurposeGuardian, Agreer: model.AgreedByOfficer, ActorID: who.MemberID, Channel: model.AgreedWritten, Note: note,
	}, nil
}

func (p *Privacy) log(ctx context.Context, tx *repository.Store, who model.Actor, m *model.Member, kind model.AuthKind) error {
	return tx.AuthEvents.Append(ctx, &model.AuthEvent{
		ID: tx.NewID(), Kind: kind, CommunityID: m.CommunityID, MemberID: m.ID, ActorID: who.MemberID, Origin: model.OriginOf(ctx), At: p.now(),
	})
}

package privacy

import (
	"context"
	"errors"

	"linbanglin/model"
	"linbanglin/repository"
)

// ConsentStanding is how things stand between a member and a purpose.
type ConsentStanding struct {
	model.PurposeInfo
	State         model.AgreementState `json:"state" enum:"none,given,outdated,withdrawn" doc:"outdated：政策内容已变，须重新同意"`
	Version       int32                `json:"version,omitempty" doc:"同意或撤回时的版本"`
	At            model.Instant        `json:"at,omitzero"`
	By            model.Agreer         `json:"by,omitempty" enum:"self,guardian,officer"`
	PolicyVersion int32                `json:"policy_version" doc:"现行版本，同意时填它"`
	Asked         bool                 `json:"asked" doc:"现在可以征求同意；拒绝后 30 天内不再征求"`
}

func standing(policy *model.PrivacyPolicy, info model.PurposeInfo, a *model.Agreement, now model.Instant) *ConsentStanding {
	s := &ConsentStanding{PurposeInfo: info, State: a.State(policy), PolicyVersion: policy.Version, Asked: a.Due(policy, now)}
	if a != nil {
		s.Version, s.At, s.By = a.Version, a.At, a.Agreer
	}
	return s
}

// Mine returns how things stand between a member and each purpose of the newest policy, nothing without one; that of
// guardians is for children only.
func (p *Privacy) Mine(ctx context.Context, member model.ID) ([]*ConsentStanding, error) {
	list := []*ConsentStanding{}
	policy, err := p.store.Privacy.Newest(ctx)
	if err != nil || policy == nil {
		return list, err
	}
	m, err := p.store.Members.Get(ctx, member)
	if err != nil {
		return nil, err
	}
	newest, err := p.store.Privacy.AgreementsOf(ctx, member)
	if err != nil {
		return nil, err
	}
	for _, info := range model.Purposes() {
		asked := policy.Of(info.Code) != nil
		if info.Code == model.PurposeGuardian {
			asked = m.Child(p.now().Time().Year())
		}
		if asked {
			list = append(list, standing(policy, info, newest[info.Code], p.now()))
		}
	}
	return list, nil
}

// Due returns what a member is to be asked about now.
func (p *Privacy) Due(ctx context.Context, member model.ID) ([]model.ConsentDue, error) {
	due := []model.ConsentDue{}
	k, err := p.known.Get(ctx, struct{}{})
	if err != nil || k.policy == nil {
		return due, err
	}
	mine, err := p.Mine(ctx, member)
	for _, s := range mine {
		if s.Asked {
			due = append(due, model.ConsentDue{PurposeInfo: s.PurposeInfo, Version: s.PolicyVersion})
		}
	}
	return due, err
}

// Give notes that the caller agrees to a purpose under the newest policy; again is as good as once. It fails with
// ErrPurposeUnknown, ErrGuardianOnly, ErrNoPolicy, ErrPolicyUnknown and ErrPolicyOld.
func (p *Privacy) Give(ctx context.Context, who model.Actor, purpose model.Purpose, version int32) (*ConsentStanding, error) {
	if err := own(purpose); err != nil {
		return nil, err
	}
	var s *ConsentStanding
	err := p.store.Tx(ctx, func(tx *repository.Store) error {
		if _, err := tx.Members.Lock(ctx, who.MemberID); err != nil {
			return err
		}
		var err error
		s, err = p.give(ctx, tx, &model.Agreement{
			MemberID: who.MemberID, Purpose: purpose, Version: version, Agreer: model.AgreedBySelf, ActorID: who.MemberID, Channel: model.AgreedOnline,
		})
		return err
	})
	return s, err
}

// own fails with ErrPurposeUnknown, and with ErrGuardianOnly for what nobody decides for themselves.
func own(purpose model.Purpose) error {
	_, err := purpose.Info()
	if purpose == model.PurposeGuardian {
		return model.ErrGuardianOnly
	}
	return err
}

// give adds a consent of a locked member, unless it says nothing new.
func (p *Privacy) give(ctx context.Context, tx *repository.Store, a *model.Agreement) (*ConsentStanding, error) {
	policy, err := tx.Privacy.Newest(ctx)
	if err != nil {
		return nil, err
	}
	info, err := a.Purpose.Info()
	switch {
	case err != nil:
		return nil, err
	case policy == nil:
		return nil, model.ErrNoPolicy
	case a.Version < 1 || a.Version > policy.Version:
		return nil, model.ErrPolicyUnknown
	case a.Version < policy.Version:
		return nil, model.ErrPolicyOld
	}
	if _, asked := policy.Needs(a.Purpose); !asked {
		return nil, model.ErrPurposeUnknown
	}
	a.Given = true
	now, _, err := p.add(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	return standing(policy, info, now, p.now()), nil
}

// add appends what a locked member says to a purpose, unless that says nothing new, and returns how things stand then, and
// whether a consent is lost: one that they gave here, or one that somebody may have of them on paper.
func (p *Privacy) add(ctx context.Context, tx *repository.Store, a *model.Agreement) (newest *model.Agreement, lost bool, err error) {
	had, err := tx.Privacy.AgreementsTo(ctx, a.Purpose, []model.ID{a.MemberID})
	if err != nil {
		return nil, false, err
	}
	before := had[a.MemberID]
	a.At = p.now()
	if !a.Follows(before) {
		return before, false, nil
	}
	return a, !a.Given, tx.Privacy.Add(ctx, a)
}

// Withdraw takes back the caller's consent to a purpose, or refuses it; again is as good as once. With that to the service
// go all others that they gave. It fails with ErrPurposeUnknown, ErrGuardianOnly and ErrNoPolicy.
func (p *Privacy) Withdraw(ctx context.Context, who model.Actor, purpose model.Purpose) error {
	if err := own(purpose); err != nil {
		return err
	}
	defer p.known.Forget(struct{}{})
	return p.store.Tx(ctx, func(tx *repository.Store) error {
		m, err := tx.Members.Lock(ctx, who.MemberID)
		if err != nil {
			return err
		}
		purposes := []model.Purpose{purpose}
		if purpose == model.PurposeService {
			given, err := tx.Privacy.AgreementsOf(ctx, m.ID)
			if err != nil {
				return err
			}
			for _, info := range model.Purposes() {
				if a := given[info.Code]; a != nil && a.Given && own(a.Purpose) == nil && a.Purpose != purpose {
					purposes = append(purposes, a.Purpose)
				}
			}
		}
		for _, purpose := range purposes {
			err := p.withdraw(ctx, tx, m, &model.Agreement{
				MemberID: m.ID, Purpose: purpose, Agreer: model.AgreedBySelf, ActorID: who.MemberID, Channel: model.AgreedOnline,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Revoked has what a member took back in WeChat's settings hold here, within the transaction that takes the word of it in. To
// agree again is for here. Without a policy nothing was asked. Whose transaction it is calls Reread after it.
func (p *Privacy) Revoked(ctx context.Context, tx *repository.Store, member model.ID, purpose model.Purpose) error {
	m, err := tx.Members.Lock(ctx, member)
	if err == nil {
		err = p.withdraw(ctx, tx, m, &model.Agreement{
			MemberID: member, Purpose: purpose, Agreer: model.AgreedBySelf, ActorID: member, Channel: model.AgreedWeChat,
		})
	}
	if errors.Is(err, model.ErrNoPolicy) {
		return nil
	}
	return err
}

// Reread makes what was taken back hold in this process at once.
func (p *Privacy) Reread() { p.known.Forget(struct{}{}) }

// withdraw appends that a locked member does not agree, unless that stands already, and does what follows from it.
func (p *Privacy) withdraw(ctx context.Context, tx *repository.Store, m *model.Member, a *model.Agreement) error {
	policy, err := tx.Privacy.Newest(ctx)
	switch {
	case err != nil:
		return err
	case policy == nil:
		return model.ErrNoPolicy
	}
	a.Version = policy.Version
	return p.end(ctx, tx, m, a)
}

// end appends that a locked member does not agree, and does what follows unless they had said so before.
func (p *Privacy) end(ctx context.Context, tx *repository.Store, m *model.Member, a *model.Agreement) error {
	_, lost, err := p.add(ctx, tx, a)
	if do := p.gone[a.Purpose]; err == nil && lost && do != nil {
		return do(ctx, tx, m)
	}
	return err
}

// Carry has what somebody agreed to before their login was bound hold for the person that it is bound to, and takes back that
// the login's account was to be closed, within the transaction of the binding, which has the person locked.
func (p *Privacy) Carry(ctx context.Context, tx *repository.Store, placeholder, person model.ID) error {
	if err := p.stay(ctx, tx, placeholder); err != nil {
		return err
	}
	said, err := tx.Privacy.AgreementsOf(ctx, placeholder)
	if err != nil {
		return err
	}
	m, err := tx.Members.Get(ctx, person)
	if err != nil {
		return err
	}
	for _, info := range model.Purposes() {
		a := said[info.Code]
		if a == nil {
			continue
		}
		a.MemberID, a.ActorID, a.Channel = person, person, model.AgreedBinding
		if a.Given {
			_, _, err = p.add(ctx, tx, a)
		} else {
			err = p.end(ctx, tx, m, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

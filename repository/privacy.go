package repository

import (
	"context"
	"errors"
	"slices"

	"linbanglin/model"
)

// Privacy holds the versions of the privacy policy and who agreed to what. Nothing in it is ever changed.
type Privacy struct{ conn }

// AddPolicy adds a version. It fails with ErrDuplicate when there is one with the number.
func (p Privacy) AddPolicy(ctx context.Context, policy *model.PrivacyPolicy) error {
	return p.to(ctx).Create(policy).Error
}

// Policy returns a version. It fails with ErrNotFound.
func (p Privacy) Policy(ctx context.Context, version int32) (*model.PrivacyPolicy, error) {
	policy := new(model.PrivacyPolicy)
	err := p.from(ctx).Where("version = ?", version).Take(policy).Error
	return policy, err
}

// Newest returns the newest version, nil when there is none.
func (p Privacy) Newest(ctx context.Context) (*model.PrivacyPolicy, error) {
	policy := new(model.PrivacyPolicy)
	err := p.from(ctx).Order("version DESC").Limit(1).Take(policy).Error
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil
	}
	return policy, err
}

// Add adds agreements, whose members are locked. It fails with ErrDuplicate when one has its number already.
func (p Privacy) Add(ctx context.Context, agreements ...*model.Agreement) error {
	return createAll(p.to(ctx), agreements)
}

// AgreementsOf returns the newest agreement of a member to each purpose that they ever answered.
func (p Privacy) AgreementsOf(ctx context.Context, member model.ID) (map[model.Purpose]*model.Agreement, error) {
	newest, err := p.agreementsOf(ctx, []model.ID{member})
	return newest[member], err
}

// SharedAgreementsOf does as AgreementsOf does: those who ask at the same time share a statement. It must not be called in
// a transaction.
func (p Privacy) SharedAgreementsOf(ctx context.Context, member model.ID) (map[model.Purpose]*model.Agreement, error) {
	newest, err := p.agreements.get(ctx, []model.ID{member})
	return newest[member], err
}

func (p Privacy) agreementsOf(ctx context.Context, members []model.ID) (map[model.ID]map[model.Purpose]*model.Agreement, error) {
	newest := make(map[model.ID]map[model.Purpose]*model.Agreement, len(members))
	for part := range slices.Chunk(members, rowsPerStatement) {
		var rows []*model.Agreement
		err := p.from(ctx).Table("privacy_agreement a").Where("a.member_id IN ?", part).
			Where("a.seq = (SELECT MAX(b.seq) FROM privacy_agreement b WHERE b.member_id = a.member_id AND b.purpose = a.purpose)").Find(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, a := range rows {
			if newest[a.MemberID] == nil {
				newest[a.MemberID] = map[model.Purpose]*model.Agreement{}
			}
			newest[a.MemberID][a.Purpose] = a
		}
	}
	return newest, nil
}

// AgreementsTo returns the newest agreement of each of some members to a purpose, for those who ever answered.
func (p Privacy) AgreementsTo(ctx context.Context, purpose model.Purpose, members []model.ID) (map[model.ID]*model.Agreement, error) {
	newest := map[model.ID]*model.Agreement{}
	if len(members) == 0 {
		return newest, nil
	}
	var rows []*model.Agreement
	err := p.from(ctx).Table("privacy_agreement a").Where("a.purpose = ? AND a.member_id IN ?", purpose, members).
		Where("a.seq = (SELECT MAX(b.seq) FROM privacy_agreement b WHERE b.member_id = a.member_id AND b.purpose = a.purpose)").Find(&rows).Error
	for _, a := range rows {
		newest[a.MemberID] = a
	}
	return newest, err
}

// Withdrawn returns what was taken back or refused since a time, member and purpose.
func (p Privacy) Withdrawn(ctx context.Context, since model.Instant) ([]*model.Agreement, error) {
	var rows []*model.Agreement
	err := p.from(ctx).Select("member_id", "purpose").Where("given = ? AND at >= ?", false, since).Find(&rows).Error
	return rows, err
}

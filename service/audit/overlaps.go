package audit

import (
	"cmp"
	"context"
	"slices"

	"linbanglin/model"
)

// membersAtOnce is how many members are looked at together.
const membersAtOnce = 500

// overlaps flags members who were at two places at one time.
func (s *search) overlaps(ctx context.Context) ([]*Flag, error) {
	var flags []*Flag
	for after := model.ID(0); len(flags) <= maxFlags; {
		members, err := s.view.Members.List(ctx, s.Community, "", after, s.Reach, membersAtOnce)
		if err != nil || len(members) == 0 {
			return flags, err
		}
		after = members[len(members)-1].ID
		ids := make([]model.ID, len(members))
		for i, m := range members {
			ids[i] = m.ID
		}
		var stays []*model.Stay
		for _, source := range s.sources {
			found, err := source(ctx, s.view, ids, s.From.Start(), s.To.End())
			if err != nil {
				return nil, err
			}
			stays = append(stays, found...)
		}
		flags = append(flags, contradictions(stays, maxFlags+1-len(flags))...)
	}
	return flags, nil
}

// contradictions makes a flag of every two stays of a member that cannot both be, at most limit.
func contradictions(stays []*model.Stay, limit int) (flags []*Flag) {
	slices.SortFunc(stays, func(a, b *model.Stay) int {
		return cmp.Or(cmp.Compare(a.MemberID, b.MemberID), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.ID, b.ID))
	})
	var going []*model.Stay // those before that had not ended when this one began
	for _, s := range stays {
		going = slices.DeleteFunc(going, func(o *model.Stay) bool { return o.MemberID != s.MemberID || o.To <= s.From })
		for _, o := range going {
			if !o.Contradicts(s) {
				continue
			}
			if len(flags) == limit {
				return flags
			}
			flags = append(flags, &Flag{
				Kind: Overlap, ids: []model.ID{s.MemberID}, Figures: Figures{From: s.From, To: min(s.To, o.To)},
				Rows: []Row{{s.Type, s.ID}, {o.Type, o.ID}},
			})
		}
		going = append(going, s)
	}
	return flags
}

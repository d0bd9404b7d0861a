package api_test

import (
	"fmt"
	"net/http"

	"linbanglin/internal/testworld"
	"linbanglin/model"
)

// proposalBody is a proposal of residents for a part of the tree.
const proposalBody = `{"kind":"survey","source":"residents","category":"events","title":"邻里节","description":"办在哪天","vote_by":"person",` +
	`"options":["周六","周日"],"unit_id":"%v"}`

// proposed makes a survey that is published in the grid, and may be discussed at once.
func (s *subtree) proposed() any {
	admin := s.Holder(model.RoleCommunityAdmin)
	id := s.made(admin, "/proposals", fmt.Sprintf(proposalBody, s.grid.ID)).ID
	s.want(s.call(admin, "POST", "/proposals/"+id+"/publish", ""), http.StatusOK, "")
	return id
}

// votingRule is a change of the rule of surveys, as it is now.
func (s *subtree) votingRule() string {
	admin := s.Holder(model.RoleCommunityAdmin)
	version := int64(0)
	for _, r := range s.rules(admin) {
		if r.Kind == string(model.KindSurvey) {
			version = r.Version
		}
	}
	return fmt.Sprintf(`{"quorum":{"num":0,"den":1,"over":false},"majority":{"num":0,"den":1,"over":false},"legal_basis":"没有法定效力","version":%d}`, version)
}

func (s *subtree) rules(who model.Actor) []*model.VotingRule {
	s.t.Helper()
	rules, err := s.store.Proposals.Rules(s.t.Context(), who.Place.CommunityID)
	if err != nil {
		s.t.Fatal(err)
	}
	return rules
}

// group makes a branch below the grid, as no office is held at a branch of the walk, with somebody new of it, and returns a
// group of theirs.
func (s *subtree) group() string {
	s.t.Helper()
	branch := &model.Node{ID: s.store.NewID(), Kind: model.KindBranch, ParentID: s.grid.ID, Name: fmt.Sprintf("支部%d", s.n), Place: s.grid.Place, CreatedAt: testworld.Now}
	branch.Settle()
	m := &model.Member{
		ID: s.store.NewID(), Place: branch.Place, Name: "党员", BirthYear: 1970, Skills: []string{}, RosterKey: fmt.Sprintf("party-%d", s.n), Version: 1,
		CreatedAt: testworld.Now, UpdatedAt: testworld.Now,
	}
	if err := s.store.Nodes.Create(s.t.Context(), branch); err != nil {
		s.t.Fatal(err)
	}
	if err := s.store.Members.Create(s.t.Context(), m); err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprintf(`{"branch_id":"%d","name":"家庭党小组","leader_id":"%d","member_ids":["%d"]}`, branch.ID, m.ID, m.ID)
}

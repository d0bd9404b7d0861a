package register_test

import (
	"testing"

	"linbanglin/model"
	"linbanglin/service/register"
)

func TestWhoAnswersForAHousehold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, door := t.Context(), d.Doors[0].ID
		helper, leader := d.Resident(3), d.Resident(4)
		team, err := d.AddTeam(ctx, d.worker, d.Grids[0].ID, model.TeamInput{Kind: model.TeamHelp, Name: "一网格户助服务队", Leader: leader.MemberID, Members: []model.ID{helper.MemberID}, Active: true})
		d.given(err)
		for _, c := range []struct {
			name string
			who  model.Actor
			in   register.ChargeInput
			want error
		}{
			{"nobody", d.worker, register.ChargeInput{}, model.ErrChargeMember},
			{"one of another community", d.worker, register.ChargeInput{Member: d.Others.Resident(0).MemberID}, model.ErrChargeMember},
			{"one of the household", d.worker, register.ChargeInput{Member: d.Resident(0).MemberID}, model.ErrChargeMember},
			{"one who is not in the team", d.worker, register.ChargeInput{Member: d.Resident(5).MemberID, Team: team.ID}, model.ErrChargeMember},
			{"no team", d.worker, register.ChargeInput{Member: helper.MemberID, Team: 7}, model.ErrChargeMember},
			{"instead of another", d.worker, register.ChargeInput{Member: helper.MemberID, Replaces: 9}, model.ErrStale},
			{"by a sibling", d.as(model.RoleGridWorker, d.Grids[1]), register.ChargeInput{Member: helper.MemberID}, model.ErrForbidden},
			{"by a resident", d.Resident(1), register.ChargeInput{Member: helper.MemberID}, model.ErrForbidden},
		} {
			_, err := d.Assign(ctx, c.who, door, c.in)
			wantErr(t, c.name, err, c.want)
		}
		first, err := d.Assign(ctx, d.worker, door, register.ChargeInput{Member: helper.MemberID})
		d.given(err)
		_, err = d.Assign(ctx, d.worker, door, register.ChargeInput{Team: team.ID})
		wantErr(t, "as if nobody did", err, model.ErrStale)
		second, err := d.Assign(ctx, d.worker, door, register.ChargeInput{Team: team.ID, Replaces: first.ID})
		d.given(err)
		if second.Member.ID != leader.MemberID || second.Team == nil || second.Team.Name != team.Name {
			t.Errorf("a team's household: got %+v", second)
		}
		history := all(t, func(p model.Page) (*model.List[*model.Charge], error) { return d.Charges(ctx, d.worker, door, p) })
		if len(history) != 2 || history[0].EndedAt != 0 || history[1].EndedAt == 0 || history[1].MemberID != helper.MemberID {
			t.Errorf("got %+v", history)
		}
		mine, err := d.Mine(ctx, leader, model.Page{})
		if err != nil || len(mine.Items) != 1 || mine.Items[0].Building.Name != "1幢" || mine.Items[0].HouseholdID != door {
			t.Errorf("got %+v, %v", mine, err)
		}
		if mine, err := d.Mine(ctx, helper, model.Page{}); err != nil || len(mine.Items) != 0 {
			t.Errorf("who answered before: got %+v, %v", mine, err)
		}
		list := func(f register.Filter) int {
			return len(all(t, func(p model.Page) (*model.List[*register.HouseholdLine], error) {
				return d.Households(ctx, d.worker, f, p)
			}))
		}
		if a, b, c, e := list(register.Filter{}), list(register.Filter{Unassigned: true}), list(register.Filter{Responsible: leader.MemberID}), list(register.Filter{Team: team.ID}); a != 6 || b != 5 || c != 1 || e != 1 {
			t.Errorf("%d households, %d of nobody, %d of the leader, %d of the team", a, b, c, e)
		}
		told, err := d.store.Notices.List(ctx, leader.MemberID, true, 0, 10)
		if err != nil || len(told) != 1 || told[0].Kind != model.NoticeCharge {
			t.Errorf("the leader is told %+v, %v", told, err)
		}
		wantErr(t, "released by a sibling", d.Release(ctx, d.as(model.RoleGridWorker, d.Grids[1]), door, second.ID), model.ErrForbidden)
		d.given(d.Release(ctx, d.worker, door, second.ID))
		wantErr(t, "released twice", d.Release(ctx, d.worker, door, second.ID), model.ErrStale)
	})
}

func TestTwoSetWhoAnswersAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		door := d.Doors[0].ID
		had := model.ID(0)
		for round := range 3 {
			won := make([]*model.Charge, 6)
			errs := race(len(won), func(i int) (err error) {
				won[i], err = d.Assign(t.Context(), d.worker, door, register.ChargeInput{Member: d.Resident(1 + i).MemberID, Replaces: had})
				return err
			})
			done := 0
			for i, err := range errs {
				if err == nil {
					done, had = done+1, won[i].ID
				} else {
					wantErr(t, "a loser", err, model.ErrStale)
				}
			}
			if done != 1 {
				t.Errorf("round %d: %d were assigned", round, done)
			}
		}
		history := all(t, func(p model.Page) (*model.List[*model.Charge], error) {
			return d.Charges(t.Context(), d.worker, door, p)
		})
		standing := 0
		for _, c := range history {
			if c.EndedAt == 0 {
				standing++
			}
		}
		if len(history) != 3 || standing != 1 {
			t.Errorf("%d charges, %d stand", len(history), standing)
		}
	})
}

func TestTeamsAreOfTheCommunity(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, leader, other := t.Context(), d.Resident(1).MemberID, d.Resident(2).MemberID
		in := model.TeamInput{Kind: model.TeamGovern, Name: "户治服务队", Leader: leader, Active: true}
		for name, c := range map[string]struct {
			who    model.Actor
			node   model.ID
			change func(in *model.TeamInput)
			want   error
		}{
			"of a stranger":      {d.worker, d.Grids[0].ID, func(in *model.TeamInput) { in.Members = []model.ID{d.Others.Resident(0).MemberID} }, model.ErrTeamMember},
			"without a leader":   {d.worker, d.Grids[0].ID, func(in *model.TeamInput) { in.Leader = 0 }, model.ErrTeamMember},
			"without a name":     {d.worker, d.Grids[0].ID, func(in *model.TeamInput) { in.Name = "" }, model.ErrInvalid},
			"for something else": {d.worker, d.Grids[0].ID, func(in *model.TeamInput) { in.Kind = "chess" }, model.ErrInvalid},
			"of a sibling grid":  {d.worker, d.Grids[1].ID, func(*model.TeamInput) {}, model.ErrForbidden},
			"by a resident":      {d.Resident(0), d.Grids[0].ID, func(*model.TeamInput) {}, model.ErrForbidden},
		} {
			bad := in
			c.change(&bad)
			_, err := d.AddTeam(ctx, c.who, c.node, bad)
			wantErr(t, name, err, c.want)
		}
		team, err := d.AddTeam(ctx, d.worker, d.Grids[0].ID, in)
		d.given(err)
		_, err = d.AddTeam(ctx, d.worker, d.Grids[0].ID, in)
		wantErr(t, "of a name that is taken", err, model.ErrDuplicate)
		in.Leader = other
		_, err = d.EditTeam(ctx, d.worker, team.ID, in, 7)
		wantErr(t, "of another version", err, model.ErrStale)
		team, err = d.EditTeam(ctx, d.worker, team.ID, in, team.Version)
		d.given(err)
		if team.Leader.ID != other || len(team.Members) != 1 {
			t.Errorf("got %+v", team)
		}
		if list, err := d.Teams(ctx, d.as(model.RoleGridWorker, d.Grids[1]), model.Page{}); err != nil || len(list.Items) != 0 {
			t.Errorf("a sibling sees %+v, %v", list, err)
		}
	})
}

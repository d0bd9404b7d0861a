package repository

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// teamMember is a row of team_member. Slot is 0 while they are in the team.
type teamMember struct {
	ID       model.ID
	TeamID   model.ID
	MemberID model.ID
	Slot     model.ID
	JoinedAt model.Instant
	LeftAt   model.Instant
}

// TableName implements gorm's Tabler.
func (teamMember) TableName() string { return "team_member" }

// AddTeams adds teams. It fails with ErrDuplicate when the community has one of a name already.
func (r Register) AddTeams(ctx context.Context, teams []*model.ServiceTeam) error {
	return createAll(r.to(ctx), teams)
}

// LockTeam returns one team and locks it until the transaction ends. It fails with ErrNotFound.
func (r Register) LockTeam(ctx context.Context, id model.ID) (*model.ServiceTeam, error) {
	team := new(model.ServiceTeam)
	err := r.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("id = ?", id).Take(team).Error
	return team, err
}

// UpdateTeam writes a locked team. It fails with ErrDuplicate when the community has another one of the name.
func (r Register) UpdateTeam(ctx context.Context, team *model.ServiceTeam) error {
	return r.to(ctx).Model(team).Select("kind", "name", "leader_id", "active", "version", "updated_at").Updates(team).Error
}

// Team returns one team. It fails with ErrNotFound.
func (r Register) Team(ctx context.Context, id model.ID) (*model.ServiceTeam, error) {
	team := new(model.ServiceTeam)
	err := r.from(ctx).Where("id = ?", id).Take(team).Error
	return team, err
}

// AllTeams returns every team of a community.
func (r Register) AllTeams(ctx context.Context, community model.ID) ([]*model.ServiceTeam, error) {
	var rows []*model.ServiceTeam
	err := r.from(ctx).Where("community_id = ?", community).Order("id").Find(&rows).Error
	return rows, err
}

// Teams returns teams within a reach after an id.
func (r Register) Teams(ctx context.Context, community model.ID, reach []model.Grant, after model.ID, limit int) ([]*model.ServiceTeam, error) {
	var rows []*model.ServiceTeam
	err := r.from(ctx).Where("community_id = ? AND id > ?", community, after).
		Where("node_id IN (?)", within(r.from(ctx).Model(&model.Node{}).Select("id"), community, reach)).
		Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// TeamsServing returns the active teams of some parts of the tree.
func (r Register) TeamsServing(ctx context.Context, nodes []model.ID) ([]*model.ServiceTeam, error) {
	var rows []*model.ServiceTeam
	err := r.from(ctx).Where("node_id IN ? AND active = 1", nodes).Order("id").Find(&rows).Error
	return rows, err
}

// TeamMembers returns who is in teams, by team.
func (r Register) TeamMembers(ctx context.Context, teams []model.ID) (map[model.ID][]model.ID, error) {
	found := make(map[model.ID][]model.ID, len(teams))
	for part := range slices.Chunk(teams, rowsPerStatement) {
		var rows []teamMember
		if err := r.from(ctx).Where("team_id IN ? AND slot = 0", part).Order("id").Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, m := range rows {
			found[m.TeamID] = append(found[m.TeamID], m.MemberID)
		}
	}
	return found, nil
}

// SetTeamMembers makes some people those of a locked team. NewID makes the ids of who joins.
func (r Register) SetTeamMembers(ctx context.Context, team model.ID, members []model.ID, newID func() model.ID, now model.Instant) error {
	byTeam, err := r.TeamMembers(ctx, []model.ID{team})
	if err != nil {
		return err
	}
	var joining []*teamMember
	for _, m := range members {
		if !slices.Contains(byTeam[team], m) {
			joining = append(joining, &teamMember{ID: newID(), TeamID: team, MemberID: m, JoinedAt: now})
		}
	}
	for _, m := range byTeam[team] {
		if slices.Contains(members, m) {
			continue
		}
		err := r.to(ctx).Exec("UPDATE team_member SET slot = id, left_at = ? WHERE team_id = ? AND member_id = ? AND slot = 0", now, team, m).Error
		if err != nil {
			return err
		}
	}
	return createAll(r.to(ctx), joining)
}

// AddCharges says who answers for households. It fails with ErrStale when somebody does already for one of them.
func (r Register) AddCharges(ctx context.Context, charges []*model.Charge) error {
	err := createAll(r.to(ctx), charges)
	if errors.Is(err, model.ErrDuplicate) {
		err = model.ErrStale
	}
	return err
}

// EndCharge writes that somebody does not answer for a household any more. It fails with ErrStale when they did not.
func (r Register) EndCharge(ctx context.Context, charge *model.Charge) error {
	update := r.to(ctx).Model(charge).Where("slot = 0").Select("slot", "ended_by", "ended_at").Updates(charge)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// Charges returns who answers for those households for which somebody does, by household.
func (r Register) Charges(ctx context.Context, households []model.ID) (map[model.ID]*model.Charge, error) {
	found := make(map[model.ID]*model.Charge, len(households))
	for part := range slices.Chunk(households, rowsPerStatement) {
		var rows []*model.Charge
		if err := r.from(ctx).Where("household_id IN ? AND slot = 0", part).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, c := range rows {
			found[c.HouseholdID] = c
		}
	}
	return found, nil
}

// StandingCharges returns who answers for households of a community.
func (r Register) StandingCharges(ctx context.Context, community model.ID) ([]*model.Charge, error) {
	var rows []*model.Charge
	err := r.from(ctx).Where("community_id = ? AND slot = 0", community).Find(&rows).Error
	return rows, err
}

// ChargeHistory returns who answered for a household before an id (0: the newest), newest first.
func (r Register) ChargeHistory(ctx context.Context, household, before model.ID, limit int) ([]*model.Charge, error) {
	var rows []*model.Charge
	err := r.from(ctx).Where("household_id = ? AND id < ?", household, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// ChargesOf returns for which households a member answers after an id of a charge.
func (r Register) ChargesOf(ctx context.Context, member, after model.ID, limit int) ([]*model.Charge, error) {
	var rows []*model.Charge
	err := r.from(ctx).Where("member_id = ? AND slot = 0 AND id > ?", member, after).Order("id").Limit(limit).Find(&rows).Error
	return rows, err
}

// CountCharges counts the households for which teams answer, by team.
func (r Register) CountCharges(ctx context.Context, teams []model.ID) (map[model.ID]int, error) {
	var rows []model.FlagCount
	err := r.from(ctx).Table("household_charge").Select("team_id AS node_id, COUNT(*) AS count").
		Where("team_id IN ? AND slot = 0", teams).Group("team_id").Scan(&rows).Error
	found := make(map[model.ID]int, len(rows))
	for _, c := range rows {
		found[c.NodeID] = c.Count
	}
	return found, err
}

// TeamNames returns the names of those teams that exist.
func (r Register) TeamNames(ctx context.Context, teams []model.ID) (map[model.ID]string, error) {
	names := make(map[model.ID]string, len(teams))
	if len(teams) == 0 {
		return names, nil
	}
	var rows []*model.ServiceTeam
	err := r.from(ctx).Select("id", "name").Where("id IN ?", teams).Find(&rows).Error
	for _, t := range rows {
		names[t.ID] = t.Name
	}
	return names, err
}

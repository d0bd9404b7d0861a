package account

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"linbanglin/model"
)

// demoApp stands where a mini-program's id would, for the demo's handles.
const demoApp = "demo"

// demoHandle returns the handle of a demo's code, such as demo:resident-1.
func demoHandle(code string) (string, bool) { return strings.CutPrefix(code, "demo:") }

// demoRole returns which people a handle counts, and how many of them there are.
func demoRole(name string) (role model.Role, most int) {
	switch name {
	case "resident":
		return model.RoleResident, 40
	case "party":
		return model.RolePartyMember, 20
	case "gridworker":
		return model.RoleGridWorker, 6
	case "organizer":
		return model.RoleOrganizer, 1
	case "admin":
		return model.RoleCommunityAdmin, 1
	case "street":
		return model.RoleStreetOfficer, 1
	case "auditor":
		return model.RoleAuditor, 1
	}
	return "", 0
}

// demoMember returns the member that a handle stands for: the n-th of their role, in the order of the
// roster, all of different households. It fails with ErrLoginCode for a handle that there is not.
func (a *Accounts) demoMember(ctx context.Context, handle string) (model.ID, error) {
	if known, err := a.store.Logins.Identity(ctx, demoApp, handle); err == nil {
		return known.MemberID, nil
	} else if !errors.Is(err, model.ErrNotFound) {
		return 0, err
	}
	name, number, _ := strings.Cut(handle, "-")
	role, most := demoRole(name)
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > most || number[0] == '0' {
		return 0, model.ErrLoginCode
	}
	people, err := a.demoPeople(ctx, role)
	if err != nil {
		return 0, err
	}
	if n > len(people) {
		return 0, model.ErrLoginCode
	}
	id := people[n-1]
	err = a.store.Logins.AddIdentity(ctx, &model.Identity{ID: a.store.NewID(), AppID: demoApp, OpenID: handle, MemberID: id, CreatedAt: a.now()})
	if errors.Is(err, model.ErrDuplicate) {
		err = nil
	}
	return id, err
}

// demoPeople lists adults whose highest role is the given one, one of each household. Residents are of
// households where nobody is more than that, so no two of the demo's people share a door.
func (a *Accounts) demoPeople(ctx context.Context, role model.Role) ([]model.ID, error) {
	communities, err := a.store.Nodes.Communities(ctx)
	if err != nil || len(communities) == 0 {
		return nil, err
	}
	members, err := a.store.Members.All(ctx, communities[0].ID)
	if err != nil {
		return nil, err
	}
	granted, err := a.store.Roles.All(ctx, communities[0].ID)
	if err != nil {
		return nil, err
	}
	roles := map[model.ID][]model.Role{}
	for _, g := range granted {
		roles[g.MemberID] = append(roles[g.MemberID], g.Role)
	}
	var people []model.ID
	homes := map[model.ID]bool{}
	if role == model.RoleResident {
		for _, m := range members {
			homes[m.HouseholdID] = homes[m.HouseholdID] || len(roles[m.ID]) > 1
		}
	}
	year := a.now().Time().Year()
	for _, m := range members {
		if homes[m.HouseholdID] || m.HouseholdID == 0 || !m.Adult(year) || !demoFits(role, roles[m.ID]) {
			continue
		}
		homes[m.HouseholdID] = true
		people = append(people, m.ID)
	}
	return people, nil
}

func demoFits(role model.Role, held []model.Role) bool {
	if !slices.Contains(held, role) {
		return false
	}
	allowed := []model.Role{model.RoleResident, model.RolePartyMember, role}
	if role == model.RoleResident {
		allowed = []model.Role{model.RoleResident}
	}
	return !slices.ContainsFunc(held, func(r model.Role) bool { return !slices.Contains(allowed, r) })
}

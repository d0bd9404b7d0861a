package register

import (
	"context"
	"fmt"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// maxExport is how many households one file has at most.
const maxExport = 50_000

// exportPage is how many are read at once.
const exportPage = 500

// sheet is what an export writes.
type sheet struct {
	watermark string
	colours   palette // that the reader may see somewhere
	lines     []*exported
	teams     []*model.ServiceTeam
}

// exported is a household of an export.
type exported struct {
	*HouseholdLine
	facts *model.Household
	flags map[string]bool // by scheme, those that the reader may see
}

// Export returns the register of a part of the tree as a workbook, with the flags that the caller may see, and with who made
// it when and for what on each sheet. It is noted, for the part and for each household with something sensitive. It fails with
// ErrNotFound, ErrForbidden, ErrPurpose and ErrInvalid.
func (r *Register) Export(ctx context.Context, who model.Actor, unit model.ID, purpose string) ([]byte, error) {
	if unit == 0 {
		unit = who.Place.CommunityID
	}
	n, err := part(ctx, r.store, who, model.OpExportRegister, unit)
	if err != nil {
		return nil, err
	}
	if _, err := model.NewRegisterRead(0, who, n.ID, model.ReadExport, purpose, r.now()); err != nil {
		return nil, err
	}
	s := &sheet{}
	if s.watermark, err = r.watermark(ctx, who, n, purpose); err != nil {
		return nil, err
	}
	if s.colours, err = colours(ctx, r.store, n.CommunityID); err != nil {
		return nil, err
	}
	reach := []model.Grant{{NodeID: n.ID, NodeKind: n.Kind}}
	sensitive, err := r.gather(ctx, who, s, reach)
	if err != nil {
		return nil, err
	}
	if s.teams, err = r.store.Register.Teams(ctx, n.CommunityID, reach, 0, maxPlaces); err != nil {
		return nil, err
	}
	if err := nameTeams(ctx, r.store, s.teams); err != nil {
		return nil, err
	}
	if err := r.noteAll(ctx, who, append(sensitive, n.ID), model.ReadExport, purpose); err != nil {
		return nil, err
	}
	return s.workbook()
}

// watermark says who made a file when, for what and of what.
func (r *Register) watermark(ctx context.Context, who model.Actor, n *model.Node, purpose string) (string, error) {
	refs, err := r.store.Members.Refs(ctx, []model.ID{who.MemberID})
	return fmt.Sprintf("%s（编号 %s）于 %s 导出 %s，用途：%s。内部资料，不得外传",
		refs[who.MemberID].DisplayName, who.MemberID, r.now().Time().Format("2006-01-02 15:04"), n.Name, strings.TrimSpace(purpose)), err
}

// gather reads the households of an export, and returns which of them have something sensitive in it.
func (r *Register) gather(ctx context.Context, who model.Actor, s *sheet, reach []model.Grant) (sensitive []model.ID, err error) {
	q := &repository.HomeQuery{Community: who.Place.CommunityID, Reach: reach, Now: r.now()}
	for after := model.ID(0); ; {
		nodes, err := r.store.Register.Homes(ctx, q, after, exportPage)
		if err != nil || len(nodes) == 0 {
			return sensitive, err
		}
		if len(s.lines)+len(nodes) > maxExport {
			return nil, model.ErrInvalid.Saying("一次最多导出 50000 户，请按网格导出", "At most 50,000 households are exported at once.")
		}
		after = nodes[len(nodes)-1].ID
		found, err := r.gatherPart(ctx, who, s, nodes)
		if err != nil {
			return nil, err
		}
		sensitive = append(sensitive, found...)
	}
}

func (r *Register) gatherPart(ctx context.Context, who model.Actor, s *sheet, nodes []*model.Node) (sensitive []model.ID, err error) {
	lines, err := r.lines(ctx, nodes)
	if err != nil {
		return nil, err
	}
	ids := make([]model.ID, len(nodes))
	for i, n := range nodes {
		ids[i] = n.ID
	}
	facts, err := r.store.Register.Facts(ctx, ids)
	if err != nil {
		return nil, err
	}
	flags, err := r.store.Register.FlagsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	byHome := map[model.ID][]*model.HouseholdFlag{}
	for _, f := range flags {
		byHome[f.HouseholdID] = append(byHome[f.HouseholdID], f)
	}
	for i, n := range nodes {
		line := &exported{lines[i], facts[n.ID], map[string]bool{}}
		high := false
		for _, f := range byHome[n.ID] {
			if scheme := s.colours.find(f.Scheme); f.Live(r.now()) && scheme != nil && scheme.VisibleTo(who, n.Place) {
				line.flags[f.Scheme], high = true, high || scheme.High()
			}
		}
		if high {
			sensitive = append(sensitive, n.ID)
		}
		s.lines = append(s.lines, line)
	}
	return sensitive, nil
}

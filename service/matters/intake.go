package matters

import (
	"context"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
)

// Report is what somebody brings before the community.
type Report struct {
	Category     string
	Audience     model.Audience // resident when empty
	Title        string
	Text         string
	NodeID       model.ID // where it is; zero: where the reporter lives
	OnBehalfOf   model.ID // zero: for oneself
	ByPhone      bool     // an officer took it on the phone
	Organisation model.ID // whose business the reporter thinks it is; zero: the directory's
	ContactName  string
	ContactPhone string
}

// Report takes a matter in and answers with all that the reporter has to know about it (一次性告知). It belongs to an officer
// from the first instant on (首问负责): who took it in for somebody, or else the worker of the grid. It fails with
// ErrMatterCategory and ErrMatterUnit for what is not in the directory, with ErrMatterPlace, with ErrForbidden or
// ErrNotFound for somebody whom the caller may not report for, with ErrMatterNoOfficer, and with ErrInvalid.
func (s *Matters) Report(ctx context.Context, who model.Actor, in Report) (*model.Matter, error) {
	return repository.Once(ctx, s.store, s.now(), func(tx *repository.Store) (*model.Matter, error) {
		m, err := s.intake(ctx, tx, who, in)
		if err != nil {
			return nil, err
		}
		steps := m.Steps
		if err := tx.Matters.Create(ctx, m); err != nil {
			return nil, err
		}
		for _, step := range steps {
			if err := tell(ctx, tx, m, step); err != nil {
				return nil, err
			}
		}
		parts, err := partsOf(ctx, tx, who, m)
		if err != nil {
			return nil, err
		}
		return m, view(ctx, tx, s.now(), parts, m)
	})
}

// intake makes the matter of a report.
func (s *Matters) intake(ctx context.Context, tx *repository.Store, who model.Actor, in Report) (*model.Matter, error) {
	now := s.now()
	reporter, channel, err := reporterOf(ctx, tx, who, in)
	if err != nil {
		return nil, err
	}
	m := &model.Matter{
		ID: tx.NewID(), ReporterID: reporter.ID, FiledBy: who.MemberID, Channel: channel, Audience: in.Audience, Category: in.Category,
		Title: strings.TrimSpace(in.Title), Text: strings.TrimSpace(in.Text), ContactName: strings.TrimSpace(in.ContactName),
	}
	if m.Audience == "" {
		m.Audience = model.AudienceResident
	}
	if m.ContactPhone, err = model.PhoneOf(in.ContactPhone); err != nil {
		return nil, err
	}
	if m.Place, err = placeOf(ctx, tx, reporter.Place, in.NodeID); err != nil {
		return nil, err
	}
	service, err := directed(ctx, tx, m, in.Organisation)
	if err != nil {
		return nil, err
	}
	m.OwnerID = who.MemberID
	if channel == model.IntakeApp || channel == model.IntakeHub {
		if m.OwnerID, err = officerFor(ctx, tx, model.TierGrid, m.Place, true, reporter.ID, who.MemberID); err != nil {
			return nil, err
		}
	}
	calendar, err := clock(ctx, tx, m.CommunityID, now)
	if err != nil {
		return nil, err
	}
	return m, m.Report(who.MemberID, service, calendar, now)
}

// reporterOf returns whose matter it is and how it came in. Beside the officers of their place, who lives in a hub
// household may report for the neighbours of its unit.
func reporterOf(ctx context.Context, tx *repository.Store, who model.Actor, in Report) (*model.Member, model.Intake, error) {
	if in.OnBehalfOf == 0 || in.OnBehalfOf == who.MemberID {
		return &model.Member{ID: who.MemberID, Place: who.Place}, model.IntakeApp, who.May(model.OpReportMatter, who.Place)
	}
	reporter, err := tx.Members.Get(ctx, in.OnBehalfOf)
	if err != nil {
		return nil, "", err
	}
	if reporter.MergedInto != 0 {
		return nil, "", model.ErrNotFound
	}
	refused := who.May(model.OpReportMatterFor, reporter.Place)
	switch {
	case refused == nil && in.ByPhone:
		return reporter, model.IntakePhone, nil
	case refused == nil:
		return reporter, model.IntakeGrid, nil
	case !who.Place.Neighbours(reporter.Place) || who.May(model.OpReportMatter, who.Place) != nil:
		return nil, "", refused
	}
	hub, err := tx.Nodes.Hub(ctx, who.Place.HouseholdID)
	if err == nil && !hub {
		err = refused
	}
	return reporter, model.IntakeHub, err
}

// placeOf returns where a matter is: nobody's door, ever.
func placeOf(ctx context.Context, tx *repository.Store, home model.Place, node model.ID) (model.Place, error) {
	place := home
	if node != 0 {
		n, err := tx.Nodes.Get(ctx, node)
		if err != nil {
			return place, err
		}
		if n.CommunityID != home.CommunityID || n.Kind == model.KindHousehold || n.Kind == model.KindBranch {
			return place, model.ErrMatterPlace
		}
		place = n.Place
	}
	place.HouseholdID, place.BranchID = 0, 0
	return place, nil
}

// directed finds the matter's category in the newest directory, and fails with ErrMatterUnit when it is for a unit that
// the directory does not name.
func directed(ctx context.Context, tx *repository.Store, m *model.Matter, organisation model.ID) (*model.Service, error) {
	version, err := tx.Catalogues.Latest(ctx, m.CommunityID)
	if err != nil {
		return nil, err
	}
	catalogue, err := tx.Catalogues.Get(ctx, m.CommunityID, version)
	if err != nil {
		return nil, err
	}
	m.CatalogueVersion = version
	if organisation != 0 {
		if err := catalogue.Names(organisation); err != nil {
			return nil, err
		}
	}
	return catalogue.Of(m.Category)
}

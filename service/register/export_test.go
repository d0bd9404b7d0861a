package register_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"linbanglin/model"
	"linbanglin/service/ledger"
	"linbanglin/service/market"
	"linbanglin/service/register"
)

func TestTheExportHasAWatermarkAndIsNoted(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		d.flagged(0, "blue")
		d.flagged(1, "red")
		_, err := d.Assign(ctx, d.admin, d.Doors[0].ID, register.ChargeInput{Member: d.Resident(4).MemberID})
		d.given(err)
		_, err = d.WriteFacts(ctx, d.admin, d.Doors[0].ID, model.HouseholdFacts{Kind: `=HYPERLINK("x")`}, 0)
		d.given(err)
		_, err = d.AddTeam(ctx, d.admin, d.Grids[0].ID, model.TeamInput{Kind: model.TeamHelp, Name: "户助一队", Leader: d.Resident(4).MemberID, Active: true})
		d.given(err)
		_, err = d.Export(ctx, d.admin, 0, " ")
		wantErr(t, "without a purpose", err, model.ErrPurpose)
		_, err = d.Export(ctx, d.worker, d.Grids[0].ID, "打印")
		wantErr(t, "by a grid worker", err, model.ErrForbidden)
		_, err = d.Export(ctx, d.as(model.RoleCommunityAdmin, d.Grids[1]), d.Grids[0].ID, "打印")
		wantErr(t, "of a sibling grid", err, model.ErrForbidden)
		content, err := d.Export(ctx, d.admin, d.Grids[0].ID, "季度核对")
		d.given(err)
		file, err := excelize.OpenReader(bytes.NewReader(content))
		d.given(err)
		defer func() { _ = file.Close() }()
		for _, sheet := range []string{"住户", "服务队"} {
			rows, err := file.GetRows(sheet)
			d.given(err)
			marked, err := file.GetHeaderFooter(sheet)
			d.given(err)
			if len(rows) < 3 || !strings.Contains(rows[0][0], "季度核对") || !strings.Contains(rows[0][0], d.admin.MemberID.String()) ||
				marked == nil || !strings.Contains(marked.OddHeader, "季度核对") || !strings.Contains(marked.OddFooter, "季度核对") {
				t.Errorf("%s has no watermark: %+v", sheet, rows)
			}
			for _, row := range rows[1:] {
				if !strings.Contains(row[len(row)-1], "季度核对") {
					t.Errorf("a row of %s has no watermark: %v", sheet, row)
				}
			}
		}
		rows, _ := file.GetRows("住户")
		if len(rows) != 8 || rows[2][6] != "困难户" || rows[2][7] == "" || rows[3][6] != "党员户" {
			t.Errorf("got %v", rows)
		}
		if formula, err := file.GetCellFormula("住户", "D3"); err != nil || formula != "" {
			t.Errorf("what a person wrote is a formula: %q, %v", formula, err)
		}
		reads := d.reads(ctx)
		if len(reads) != 2 || reads[0].What != model.ReadExport || reads[0].Purpose != "季度核对" {
			t.Errorf("%d reads, want one of the grid and one of the blue household", len(reads))
		}
	})
}

func TestHelpIsCountedPerHousehold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		now := func() model.Instant { return d.clock }
		l := ledger.New(d.store, now)
		m := market.New(d.store, l, now)
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		defer func() { stop(); d.given(<-done) }()
		asker, helper, mate := d.Resident(0), d.Resident(1), d.Housemate(1)
		for _, h := range []model.Actor{helper, mate} {
			r, err := m.Ask(ctx, asker, market.RequestInput{Category: "errand", Title: "取快递"})
			d.given(err)
			for _, step := range []func() (*model.HelpRequest, error){
				func() (*model.HelpRequest, error) { return m.Claim(ctx, h, r.ID) },
				func() (*model.HelpRequest, error) { return m.Start(ctx, h, r.ID) },
				func() (*model.HelpRequest, error) { return m.Finish(ctx, h, r.ID, 30, "") },
				func() (*model.HelpRequest, error) { return m.Confirm(ctx, asker, r.ID, market.Review{Rating: 5}) },
			} {
				_, err := step()
				d.given(err)
			}
		}
		gave, err := d.Help(ctx, mate, d.Doors[1].ID, 0)
		d.given(err)
		if gave.Given.Times != 2 || gave.Given.Minutes != 60 || gave.Given.Points == 0 || gave.Received.Times != 0 || len(gave.Members) != 2 || gave.Members[0].Given.Times != 1 {
			t.Errorf("got %+v", gave)
		}
		got, err := d.Help(ctx, d.worker, d.Doors[0].ID, 20261123)
		d.given(err)
		if got.Received != gave.Given || got.Given.Times != 0 {
			t.Errorf("received %+v, given %+v", got.Received, gave.Given)
		}
		_, err = d.Help(ctx, d.Resident(2), d.Doors[1].ID, 0)
		wantErr(t, "a neighbour", err, model.ErrForbidden)
		_, err = d.Help(ctx, d.as(model.RoleGridWorker, d.Grids[1]), d.Doors[1].ID, 0)
		wantErr(t, "a sibling", err, model.ErrForbidden)
	})
}

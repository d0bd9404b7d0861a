package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
)

func TestAFailureIsLoggedOnceUntilItChanges(t *testing.T) {
	var text bytes.Buffer
	tell := onChange(slog.New(slog.NewTextHandler(&text, nil)), "sweep")
	away, odd := errors.New("away"), errors.New("odd")
	for _, err := range []error{nil, away, away, away, odd, nil, nil, away} {
		tell(err)
	}
	var lines []string
	for _, line := range strings.Split(strings.TrimSpace(text.String()), "\n") {
		_, message, _ := strings.Cut(line, "msg=")
		lines = append(lines, message)
	}
	want := []string{
		`"job failed" job=sweep error=away`, `"job failed" job=sweep error=odd`, `"job works again" job=sweep`, `"job failed" job=sweep error=away`,
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestAJobIsTriedAgainAndEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	tries := 0
	every(ctx, time.Millisecond, slog.New(slog.DiscardHandler), "x", func(context.Context) error {
		if tries++; tries == 3 {
			stop()
		}
		return errors.New("away")
	})
	if tries != 3 {
		t.Errorf("%d tries", tries)
	}
}

func TestTheBacklogIsToldAsMetrics(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(newBacklog(store))
		err := store.Tx(t.Context(), func(tx *repository.Store) error {
			for id := range model.ID(2) {
				c := &model.Control{ID: id + 1, Kind: model.CampaignClosed, CampaignID: id + 1, Payload: []byte{}, CreatedAt: 1}
				if err := tx.Stream.AddControl(t.Context(), c); err != nil {
					return err
				}
			}
			return tx.Stream.MoveCursor(t.Context(), &model.Cursor{Name: "seal", Seq: 7, Hash: []byte{}, UpdatedAt: 1})
		})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		families, err := registry.Gather()
		for _, f := range families {
			got[f.GetName()] = f.GetMetric()[0].GetGauge().GetValue()
		}
		if err != nil || got["linbanglin_outbox_records"] != 2 || got["linbanglin_projection_lag_records"] != 7 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linbanglin/repository"
)

// every does a job now and then. Its failures are logged; the next time tries again.
func every(ctx context.Context, d time.Duration, log *slog.Logger, name string, job func(context.Context) error) {
	tell := onChange(log, name)
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		if err := job(ctx); ctx.Err() == nil {
			tell(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// onChange returns what logs how the rounds of a job end: a failure once and not at every try, and that the
// job works again. It is for one goroutine.
func onChange(log *slog.Logger, job string) func(error) {
	last := ""
	return func(err error) {
		message := ""
		if err != nil {
			message = err.Error()
		}
		switch {
		case message == last:
		case err != nil:
			log.Error("job failed", "job", job, "error", message)
		default:
			log.Info("job works again", "job", job)
		}
		last = message
	}
}

// backlog tells as metrics how much of the ledger is on its way to the boards. Without a database it tells
// nothing.
type backlog struct {
	store           *repository.Store
	waiting, behind *prometheus.Desc
}

func newBacklog(store *repository.Store) *backlog {
	return &backlog{
		store,
		prometheus.NewDesc("linbanglin_outbox_records", "Ledger records that have no place in the sealed stream yet.", nil, nil),
		prometheus.NewDesc("linbanglin_projection_lag_records", "Sealed records that the boards do not count yet.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (b *backlog) Describe(all chan<- *prometheus.Desc) { all <- b.waiting; all <- b.behind }

// backlogPatience is how long a scrape waits for the database.
const backlogPatience = 2 * time.Second

// Collect implements prometheus.Collector.
func (b *backlog) Collect(all chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), backlogPatience)
	defer cancel()
	waiting, behind, err := b.store.Stream.Backlog(ctx)
	if err != nil {
		return
	}
	all <- prometheus.MustNewConstMetric(b.waiting, prometheus.GaugeValue, float64(waiting))
	all <- prometheus.MustNewConstMetric(b.behind, prometheus.GaugeValue, float64(behind))
}

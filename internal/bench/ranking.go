package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// fewOffers is how many offers there are that many are compared with.
	fewOffers    = 5_000
	rankingConns = 8
	rankingName  = "ranking for one request, 8 connections"
)

// What is wanted of ranking among many offers.
const (
	maxRanking       = 50 * time.Millisecond // the slowest twentieth
	maxRankingGrowth = 2
)

// ranking is how long it takes to rank the offers for a request among few and among many.
type ranking struct {
	Residents int     `json:"residents"`
	Offers    int     `json:"offers"`
	Few       result  `json:"few"`
	Many      result  `json:"many"`
	Growth    float64 `json:"growth"` // of the slowest twentieth
	Reached   bool    `json:"reached"`
}

// rank measures ranking with few offers, and with as many as are asked for.
func (b *bench) rank(ctx context.Context, o options) (*ranking, error) {
	t, err := b.openTown(ctx)
	if err != nil {
		return nil, err
	}
	defer t.close()
	wanted, err := t.want(ctx)
	if err != nil {
		return nil, err
	}
	rank := []load{{rankingName, func(ctx context.Context) (result, error) { return b.rankings(ctx, wanted) }}}
	o.only = ""
	found := make([]result, 2)
	for i, offers := range []int{fewOffers, o.offers} {
		if err := t.offer(ctx, offers); err != nil {
			return nil, err
		}
		measured, err := measureAll(ctx, rank, o, fmt.Sprintf("at %d offers", offers))
		if err != nil {
			return nil, err
		}
		found[i] = measured[0]
	}
	r := &ranking{Residents: townResidents, Offers: o.offers, Few: found[0], Many: found[1]}
	r.Growth = float64(r.Many.P95) / float64(max(1, r.Few.P95))
	r.Reached = r.Many.P95 <= microsOf(maxRanking) && r.Growth < maxRankingGrowth
	return r, nil
}

// rankings ranks offers for one request after the other.
func (b *bench) rankings(ctx context.Context, wanted []string) (result, error) {
	conns, err := b.connect(rankingConns)
	if err != nil {
		return result{}, err
	}
	defer conns.close()
	return measure(ctx, rankingConns, b.d, func(_ context.Context, caller, n int) error {
		answer, err := conns[caller].do("GET", "/api/v1/requests/"+wanted[n%len(wanted)]+"/matches", b.organizer, "", "")
		if err == nil && len(answer) < len(`{"items":[{}]}`) {
			err = errors.New("nobody is proposed: " + string(answer))
		}
		return err
	})
}

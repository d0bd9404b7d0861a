package simulation

import (
	"time"

	"linbanglin/model"
	"linbanglin/service/matching/dispatch"
)

// The community. A grid (网格) usually has 300 to 500 households; a household
// has 2.62 people (seventh census, 2020). The rest is a walk-up estate of six floors, assumed.
const (
	householdSize      = 2.62
	householdsPerUnit  = 12
	unitsPerBuilding   = 4
	buildingsPerGrid   = 8
	gridsPerArea       = 2
	helperShare        = 0.15 // of residents offer help; near the nation's share of registered volunteers
	helperShareSpread  = 0.5  // of that share, between grids, either way: some have few helpers; assumed
	categoriesOffered  = 3.0  // by a helper, on average; assumed
	maxWeeklyLimit     = 3    // tasks a helper takes on in seven days, drawn from 1 to this; assumed
	requestsPerMonth   = 0.5  // of a household, in 30 days; assumed
	urgentShare        = 0.10 // of requests; assumed
	todayShare         = 0.40 // of requests; assumed
	falseShare         = 0.30 // of urgent calls nobody needs; 30.6 % in UnityPhilly (PMC7486335)
	calledOffAfterMean = 10 * time.Minute
)

// Acceptance, as logarithms of odds. Between members its 10th and 90th percentiles are 17 and 47 %, the
// range of studies (Khalemsky et al. 2023, JMIR mHealth 11:e41551); 28.7 % is the median of twelve systems
// (Scquizzato et al. 2020, Resuscitation 152:16-25). That nearness and time of day matter is known
// (Doryab et al., "If It's Convenient"); how much is assumed.
const (
	acceptanceMiddle   = -0.853 // 29.9 %
	acceptanceSpread   = 0.572
	categorySpread     = 0.4  // of a member's liking of each category
	dayPartSpread      = 0.4  // of a member's leisure in each part of the day
	nightAcceptance    = -0.7 // for everybody
	nearnessAcceptance = 0.3  // in one unit; falls by equal steps to the opposite in one community
)

// Answers. Who does not accept says so, or says nothing.
const (
	refusedShare = 0.4 // of those who do not accept refuse; assumed
	// An urgent notice rings. Half are out of the door within 1:45 by day and 2:22 at night
	// (Resuscitation 2025, 10.1016/j.resuscitation.2025.110772); the spread is assumed.
	urgentDelay      = 105 * time.Second
	urgentNightDelay = 142 * time.Second
	urgentSpread     = 0.6
	// Others are seen when the phone is looked at: two of three people answer a message within a few
	// minutes, 6 to 9 % after more than an hour (Pielot 2015, a survey of 2013). Who sleeps answers after seven.
	delay       = 6 * time.Minute
	delaySpread = 1.56
	wakes       = 7
	sleeps      = 22
)

// Silence. A notice may start a time in which a member answers nothing (Manshadi and Rodilitz 2022,
// Management Science, 10.1287/mnsc.2021.4220). How often and for how long is assumed.
const (
	silenceChance = 0.10
	silenceMean   = 7 * 24 * time.Hour
)

// asked is how many the policies of others ask at a time: seven, of van den Berg et al. 2026 (PLOS One,
// 10.1371/journal.pone.0343762).
const asked = 7

// begins is the first instant of every run: a Monday.
func begins() model.Instant { return model.Day(20260302).Start() }

// patience is how long a request may wait for a neighbour; for urgent and normal ones as in model.
func patience(p dispatch.Pace) time.Duration {
	switch p {
	case dispatch.Urgent:
		return 2 * time.Hour
	case dispatch.Today:
		return 6 * time.Hour
	default:
		return 24 * time.Hour
	}
}

// hourWeights says at which hours people ask: by day for what can wait, at any hour when urgent.
func hourWeights(p dispatch.Pace) (weights [24]float64) {
	for hour := range weights {
		switch {
		case p == dispatch.Urgent:
			weights[hour] = 1
		case hour >= 8 && hour < 12:
			weights[hour] = 1.5
		case hour >= 7 && hour < sleeps:
			weights[hour] = 1
		}
	}
	return weights
}

package simulation

import (
	"math/rand/v2"
	"time"

	"linbanglin/model"
)

// The streams that are drawn from a seed, so that a change of one leaves the others as they are.
const (
	streamTown uint64 = iota + 1
	streamTraits
	streamDemand
	streamAnswers
	streamTies
)

// stream returns the chance of one part of a run.
func stream(seed, part uint64) *rand.Rand { return rand.New(rand.NewPCG(mixed(seed, part), part)) } //nolint:gosec // to be repeated, not to be secret

// mixed makes one well spread number of two (the finish of SplitMix64).
func mixed(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// picked returns an index by weight.
func picked(r *rand.Rand, weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	left := r.Float64() * sum
	for i, w := range weights {
		if left -= w; left < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// exponential draws a duration with the mean.
func exponential(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64() * float64(mean))
}

// span is the time from one instant to another.
func span(from, to model.Instant) time.Duration { return time.Duration(to-from) * time.Microsecond }

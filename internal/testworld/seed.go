package testworld

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Seed returns the seed of what a test draws, and prints it: LBL_TEST_SEED if that is set and not zero, which plays a run
// again, else another one each time.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("LBL_TEST_SEED"); text != "" && text != "0" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("LBL_TEST_SEED is %q, wanted a number: %v", text, err)
		}
		seed = given
	}
	t.Logf("LBL_TEST_SEED=%d", seed)
	return seed
}

package privacy_test

import (
	"os"
	"testing"

	"linbanglin/internal/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

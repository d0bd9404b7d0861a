package repository_test

import (
	"math"
	"slices"
	"testing"

	"linbanglin/repository"
)

func TestNumbersAreWrittenIntoAStatement(t *testing.T) {
	text, args := repository.AppendTuple([]byte("VALUES "), nil, []any{int64(math.MinInt64), "a?'b", nil, []byte(nil), int32(7), true})
	text, args = repository.AppendTuple(append(text, ','), args, []any{int64(1), int64(-2)})
	if want := "VALUES (-9223372036854775808,?,NULL,?,?,?),(1,-2)"; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	if len(args) != 4 || args[0] != "a?'b" || !slices.Equal(args[1].([]byte), nil) || args[2] != int32(7) || args[3] != true {
		t.Errorf("got %v", args)
	}
}

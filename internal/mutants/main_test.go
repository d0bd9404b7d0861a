package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryMutantHasAPlace wants each line that is broken to be there, so that no mutant is forgotten when its file is rewritten.
func TestEveryMutantHasAPlace(t *testing.T) {
	for _, m := range mutants() {
		text, err := os.ReadFile(filepath.Join("..", "..", m.file))
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if n := strings.Count(string(text), m.before); n != 1 {
			t.Errorf("%s: %q stands %d times in %s", m.name, m.before, n, m.file)
		}
	}
}

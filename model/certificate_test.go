package model

import (
	"errors"
	"strings"
	"testing"
)

func TestCertificateNumbersFindSlips(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		number := NewCertificateNumber(2026)
		if len(number) != 20 || !strings.HasPrefix(number, "LBL-2026-") || seen[number] {
			t.Fatalf("got %s", number)
		}
		seen[number] = true
		for _, typed := range []string{number, strings.ToLower(number), strings.ReplaceAll(number, "-", ""), " " + strings.ReplaceAll(number, "-", " ") + " "} {
			if got, err := ParseCertificateNumber(typed); err != nil || got != number {
				t.Errorf("%q: got %q, %v", typed, got, err)
			}
		}
		for _, slip := range slips(number) {
			if got, err := ParseCertificateNumber(slip); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s is read as %s, a slip of %s", slip, got, number)
			}
		}
	}
	for _, bad := range []string{"", "LBL", "LBL-2026", strings.Repeat("-", 64), strings.Repeat("L", 1000), "XXX-2026-K7QM-3XWD-P", "LBL-2O26-K7QM-3XWD-P", "LBL-2026-K7QM-3XWD-积"} {
		if _, err := ParseCertificateNumber(bad); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q was read", bad)
		}
	}
}

// slips returns every number with one wrong character or with two neighbours that changed places.
func slips(number string) []string {
	var list []string
	for i := len("LBL-"); i < len(number); i++ {
		if number[i] == '-' {
			continue
		}
		for _, c := range "0123456789ABCDEFGHJKMNPQRSTUVWXYZ" {
			if byte(c) != number[i] {
				list = append(list, number[:i]+string(c)+number[i+1:])
			}
		}
		if i+1 < len(number) && number[i+1] != '-' && number[i+1] != number[i] {
			list = append(list, number[:i]+string(number[i+1])+string(number[i])+number[i+2:])
		}
	}
	return list
}

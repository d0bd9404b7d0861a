package repository_test

import (
	"strings"
	"testing"

	"linbanglin/repository"
)

const (
	firstKey  = "a:0101010101010101010101010101010101010101010101010101010101010101"
	secondKey = "b:0202020202020202020202020202020202020202020202020202020202020202"
)

func givenRing(t testing.TB, text string) *repository.Keyring {
	t.Helper()
	ring, err := repository.ParseKeyring(text)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestKeysThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "a", "a:", ":01", "a:01", strings.TrimPrefix(firstKey, "a:"), firstKey + ",", firstKey + "," + firstKey, "A" + firstKey[1:], "a b" + firstKey[1:],
		"abcdefghijklmnopq" + firstKey[1:], firstKey + "00", firstKey[:len(firstKey)-1] + "g",
	} {
		if ring, err := repository.ParseKeyring(text); err == nil {
			t.Errorf("%q gave %v", text, ring)
		}
	}
}

func TestWhatIsSealedIsOpenedByItsKeyInItsColumn(t *testing.T) {
	first, second, both := givenRing(t, firstKey), givenRing(t, secondKey), givenRing(t, secondKey+","+firstKey)
	for _, alike := range []bool{false, true} {
		for _, text := range []string{"1", "8619900000001", "高血压，每天吃药", strings.Repeat("长", 500), "enc1:a:xx", "\x00"} {
			sealed := first.Seal("t.c", text, alike)
			if len(text) > 4 && strings.Contains(sealed, text) || !strings.HasPrefix(sealed, "enc1:a:") {
				t.Errorf("%q is stored as %q", text, sealed)
			}
			for who, ring := range map[string]*repository.Keyring{"itself": first, "both": both} {
				if got, err := ring.Open("t.c", sealed); err != nil || got != text {
					t.Errorf("%s opened %q as %q, %v", who, text, got, err)
				}
			}
			if got, err := second.Open("t.c", sealed); err == nil {
				t.Errorf("another key opened it as %q", got)
			}
			if got, err := first.Open("t.d", sealed); err == nil {
				t.Errorf("in another column it opens as %q", got)
			}
			if again := first.Seal("t.c", text, alike); (again == sealed) != alike {
				t.Errorf("alike %t: sealed twice as %q and %q", alike, sealed, again)
			}
			if again := both.Seal("t.c", text, alike); again == sealed || !strings.HasPrefix(again, "enc1:b:") {
				t.Errorf("the first key does not seal: %q", again)
			}
			for i := len("enc1:a:"); i < len(sealed); i += 7 {
				other := byte('A')
				if sealed[i] == other {
					other = 'B'
				}
				if got, err := first.Open("t.c", sealed[:i]+string(other)+sealed[i+1:]); err == nil {
					t.Errorf("changed at %d it opens as %q", i, got)
				}
			}
		}
	}
	for _, stored := range []string{"", "8619900000001", "门牌"} {
		if got, err := first.Open("t.c", stored); err != nil || got != stored {
			t.Errorf("%q from before there were keys is read as %q, %v", stored, got, err)
		}
	}
	for _, stored := range []string{"enc1:", "enc1:a", "enc1:a:", "enc1:a:!!", "enc1:a:AAAA", "enc1:z:" + strings.Repeat("A", 60)} {
		if got, err := first.Open("t.c", stored); err == nil {
			t.Errorf("%q opens as %q", stored, got)
		}
	}
	if sealed := first.Seal("t.c", "", false); sealed != "" {
		t.Errorf("nothing is sealed as %q", sealed)
	}
}

func TestBlindIndexesTellKeysColumnsAndValuesApart(t *testing.T) {
	first, second := givenRing(t, firstKey), givenRing(t, secondKey)
	seen := map[string]bool{first.Blind("t.c", "1"): true}
	for _, other := range []string{first.Blind("t.c", "2"), first.Blind("t.d", "1"), second.Blind("t.c", "1")} {
		if seen[other] {
			t.Errorf("two have the index %s", other)
		}
		seen[other] = true
	}
	if !seen[first.Blind("t.c", "1")] || first.Blind("t.c", "") != "" {
		t.Error("an index is not always the same, or nothing has one")
	}
}

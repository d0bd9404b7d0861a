package proof

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"linbanglin/model"
)

// TestTreeIsThatOfRFC6962 uses the vectors of the Certificate Transparency reference implementation.
func TestTreeIsThatOfRFC6962(t *testing.T) {
	inputs := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	for n, want := range roots {
		var leaves []*Leaf
		for _, input := range inputs[:n] {
			content, err := hex.DecodeString(input)
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, &Leaf{Seal: content})
		}
		if got := Root(leaves).String(); got != want {
			t.Errorf("%d leaves: got %s, want %s", n, got, want)
		}
	}
}

// TestPathsLeadToTheRootFromTheirLeafOnly walks every leaf of every small tree, at every place.
func TestPathsLeadToTheRootFromTheirLeafOnly(t *testing.T) {
	for size := 1; size <= 17; size++ {
		var leaves []*Leaf
		for i := range size {
			leaves = append(leaves, &Leaf{Seal: bytes.Repeat([]byte{byte(i)}, 32), Lines: []model.Hex{bytes.Repeat([]byte{byte(200 + i)}, 32)}})
		}
		want := Root(leaves)
		for index := range size {
			path := Path(leaves, index)
			for place := range size {
				for other := range size {
					right := place == index && other == index
					if got := climb(leaves[other].hash(), int64(place), int64(size), path); bytes.Equal(got, want) != right {
						t.Errorf("leaf %d at %d of %d by the path of %d: %t", other, place, size, index, !right)
					}
				}
			}
			if climb(leaves[index].hash(), int64(index), int64(size), append(path, want)) != nil {
				t.Errorf("a longer path of %d in %d is taken", index, size)
			}
		}
	}
}

func TestKeysAreReadAndNeverShown(t *testing.T) {
	seed := strings.Repeat("9f", 32)
	signer, err := ParseSigner(" k1:" + seed + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParsePublic(signer.Public().String()); err != nil || again.ID != "k1" || !bytes.Equal(again.Key, signer.Public().Key) {
		t.Errorf("got %v, %v", again, err)
	}
	for _, bad := range []string{"", "k1", "k1:", ":" + seed, "k1:" + seed[2:], "k1:" + seed + "00", "k 1:" + seed, strings.Repeat("k", 33) + ":" + seed, "k1:" + seed[1:] + "x"} {
		if _, err := ParseSigner(bad); err == nil || strings.Contains(err.Error(), "9f9f") {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

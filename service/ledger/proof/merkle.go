package proof

import (
	"crypto/sha256"
	"math/bits"

	"linbanglin/model"
)

// Leaf is a place in the sealed stream: the hash of its seal, and those of the lines that its record made,
// in the order of their accounts.
type Leaf struct {
	Seal  model.Hex
	Lines []model.Hex
}

// hash is the RFC 6962 hash of a leaf. All parts have one length, so no two leaves share their bytes.
func (l *Leaf) hash() []byte {
	buf := append([]byte{0}, l.Seal...)
	for _, line := range l.Lines {
		buf = append(buf, line...)
	}
	sum := sha256.Sum256(buf)
	return sum[:]
}

func node(left, right []byte) []byte {
	buf := append([]byte{1}, left...)
	sum := sha256.Sum256(append(buf, right...))
	return sum[:]
}

func hashes(leaves []*Leaf) [][]byte {
	list := make([][]byte, len(leaves))
	for i, l := range leaves {
		list[i] = l.hash()
	}
	return list
}

// Root returns the Merkle tree hash of leaves.
func Root(leaves []*Leaf) model.Hex { return root(hashes(leaves)) }

func root(list [][]byte) []byte {
	switch len(list) {
	case 0:
		sum := sha256.Sum256(nil)
		return sum[:]
	case 1:
		return list[0]
	}
	k := split(len(list))
	return node(root(list[:k]), root(list[k:]))
}

// split is the greatest power of two below n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// Path returns the Merkle audit path of the leaf at a place, from the leaf up.
func Path(leaves []*Leaf, index int) []model.Hex { return path(hashes(leaves), index) }

func path(list [][]byte, index int) []model.Hex {
	if len(list) < 2 {
		return []model.Hex{}
	}
	k := split(len(list))
	if index < k {
		return append(path(list[:k], index), root(list[k:]))
	}
	return append(path(list[k:], index-k), root(list[:k]))
}

// climb returns the root that a path leads to from the leaf at a place among size leaves, and none when the
// path has another length than such a one.
func climb(leaf []byte, index, size int64, path []model.Hex) []byte {
	if size == 1 {
		if len(path) > 0 {
			return nil
		}
		return leaf
	}
	if len(path) == 0 {
		return nil
	}
	k, top := int64(split(int(size))), path[len(path)-1]
	below := path[:len(path)-1]
	if index < k {
		if left := climb(leaf, index, k, below); left != nil {
			return node(left, top)
		}
		return nil
	}
	if right := climb(leaf, index-k, size-k, below); right != nil {
		return node(top, right)
	}
	return nil
}

package proof_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linbanglin/model"
	"linbanglin/service/ledger/proof"
)

// book is a small ledger in memory: one wallet that transfers pay into, sealed and signed.
type book struct {
	transfers []*model.Transfer
	entries   []*model.Entry
	seals     []*model.Seal
	leaves    []*proof.Leaf
	anchor    *model.Anchor
	signer    *proof.Signer
}

const (
	pool   = model.ID(900)
	wallet = model.ID(901)
)

func givenSigner(t interface{ Fatal(...any) }, seed string) *proof.Signer {
	signer, err := proof.ParseSigner("k1:" + strings.Repeat(seed, 32))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// givenBook has n transfers of which the seals before from are under an earlier anchor.
func givenBook(signer *proof.Signer, n, from int) *book {
	b := &book{signer: signer}
	line, chain := []byte{}, []byte{}
	for i := range n {
		at := model.Instant(1_795_392_000_000_000 + i)
		t := &model.Transfer{
			ID: model.ID(5000 + i), CommunityID: 1, Measure: model.Points, Kind: model.KindPost, Code: "ADJUST", Class: model.Declared, DebitID: pool, CreditID: wallet,
			Amount: int64(i + 1), IdemKey: fmt.Sprint("k", i), IdemHash: []byte{}, MemberID: 77, BizDay: at.Day(), EffectiveAt: at, CreatedAt: at, Memo: "帮忙",
		}
		e := &model.Entry{AccountID: wallet, Seq: int64(i + 1), TransferID: t.ID, PostedDelta: t.Amount, PostedAfter: int64((i + 1) * (i + 2) / 2), BizDay: t.BizDay, CreatedAt: at}
		e.Hash = e.Link(line)
		s := &model.Seal{Seq: int64(i + 1), RecType: model.RecordTransfer, RecID: t.ID}
		s.Hash = s.Link(chain, t.Canonical())
		line, chain = e.Hash, s.Hash
		b.transfers, b.entries, b.seals = append(b.transfers, t), append(b.entries, e), append(b.seals, s)
		if i >= from {
			b.leaves = append(b.leaves, &proof.Leaf{Seal: s.Hash, Lines: []model.Hex{e.Hash}})
		}
	}
	b.anchor = &model.Anchor{FromSeq: int64(from + 1), Seq: int64(n), Hash: chain, Root: proof.Root(b.leaves), PreviousHash: model.Hex{}, MadeAt: 1_795_392_060_000_000}
	if from > 0 {
		b.anchor.PreviousHash = bytes.Repeat([]byte{7}, 32)
	}
	signer.Sign(b.anchor)
	return b
}

// prove returns the file that proves the i-th line.
func (b *book) prove(i int) *proof.Proof {
	previous, before := model.Hex{}, model.Hex{}
	if i > 0 {
		previous, before = b.entries[i-1].Hash, b.seals[i-1].Hash
	}
	index := i - int(b.anchor.FromSeq) + 1
	return &proof.Proof{
		Format: proof.Format, Entry: proof.EntryOf(b.entries[i], previous), Transfer: b.transfers[i].Canonical(),
		Seal:   proof.ProvenSeal{Seq: b.seals[i].Seq, PreviousHash: before, Hash: b.seals[i].Hash, Lines: b.leaves[index].Lines},
		Path:   proof.Path(b.leaves, index),
		Anchor: *b.anchor, PublicKey: b.signer.Public().Key,
	}
}

func file(t interface{ Fatal(...any) }, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// passes reports whether a file is taken for a proof.
func passes(text []byte, trust proof.Trust) bool {
	p, err := proof.Read(text)
	if err != nil {
		return false
	}
	_, err = p.Check(trust)
	return err == nil
}

func TestEveryLineIsProven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		from := rapid.IntRange(0, n-1).Draw(t, "from")
		b := givenBook(givenSigner(t, "ab"), n, from)
		i := rapid.IntRange(from, n-1).Draw(t, "i")
		p, err := proof.Read(file(t, b.prove(i)))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := p.Check(proof.Trust{Key: b.signer.Public(), Head: b.anchor})
		if err != nil || len(shown) != 7 {
			t.Fatalf("%d steps, %v", len(shown), err)
		}
	})
}

// TestNoByteOfAProofCanBeChanged changes one byte of the file at a time. A change may only pass when it changes
// nothing that the file says, which only spaces between its parts can.
func TestNoByteOfAProofCanBeChanged(t *testing.T) {
	b := givenBook(givenSigner(t, "ab"), 9, 2)
	text := file(t, b.prove(5))
	if !passes(text, proof.Trust{}) {
		t.Fatal("the proof itself does not pass")
	}
	for i := range text {
		for _, by := range []byte{1, 2, 4, 8, 16, 32, 64, 128, text[i] ^ ' ', text[i] ^ '0'} {
			if by == 0 {
				continue
			}
			changed := bytes.Clone(text)
			changed[i] ^= by
			if passes(changed, proof.Trust{}) {
				t.Errorf("byte %d from %q to %q passes: ...%s...", i, text[i], changed[i], changed[max(0, i-20):min(len(changed), i+20)])
			}
		}
		if passes(append(bytes.Clone(text[:i]), text[i+1:]...), proof.Trust{}) {
			t.Errorf("without byte %d it passes", i)
		}
	}
	if spaced, _ := json.MarshalIndent(b.prove(5), "", "  "); !passes(append(spaced, '\n'), proof.Trust{}) {
		t.Error("spaces between the parts are not passed over")
	}
}

// TestNoFieldOfAProofCanBeChanged puts another value into each field, and leaves each out.
func TestNoFieldOfAProofCanBeChanged(t *testing.T) {
	b := givenBook(givenSigner(t, "ab"), 9, 2)
	fields := 0
	var walk func(at string, node any, set func(any))
	check := func(what string, tree map[string]any) {
		if passes(file(t, tree), proof.Trust{}) {
			t.Errorf("%s passes", what)
		}
	}
	var tree map[string]any
	decode := json.NewDecoder(bytes.NewReader(file(t, b.prove(5))))
	decode.UseNumber()
	if err := decode.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	walk = func(at string, node any, set func(any)) {
		switch v := node.(type) {
		case map[string]any:
			for name, below := range v {
				walk(at+"."+name, below, func(x any) { v[name] = x })
				delete(v, name)
				check("without "+at+"."+name, tree)
				v[name] = below
			}
			return
		case []any:
			for i, below := range v {
				walk(fmt.Sprint(at, "[", i, "]"), below, func(x any) { v[i] = x })
			}
			set(v[:len(v)-1])
			check("cut "+at, tree)
			set(append(append([]any{}, v...), strings.Repeat("0", 64)))
			check("longer "+at, tree)
			set(v)
			return
		}
		fields++
		for _, other := range others(node) {
			set(other)
			check(fmt.Sprint(at, " = ", other), tree)
		}
		set(node)
	}
	walk("", tree, nil)
	if want := 27; fields < want {
		t.Errorf("only %d fields were changed", fields)
	}
}

// others returns values that a field does not have.
func others(v any) []any {
	switch v := v.(type) {
	case json.Number:
		n, _ := v.Int64()
		return []any{n + 1, n - 1, -n - 1, 0.5, "", nil}
	case string:
		if v == "" {
			return []any{strings.Repeat("ab", 32), nil}
		}
		last := "1"
		if strings.HasSuffix(v, last) {
			last = "2"
		}
		return []any{v[:len(v)-1] + last, v + v, "", nil, 1}
	}
	return []any{1, "x"}
}

// TestARecomputedForgeryNeedsTheKey has a forger who computes every hash anew, and so gets as far as what the
// signature covers and no further.
func TestARecomputedForgeryNeedsTheKey(t *testing.T) {
	b := givenBook(givenSigner(t, "ab"), 9, 2)
	another := givenSigner(t, "cd")
	for _, c := range []struct {
		name  string
		forge func(p *proof.Proof)
		step  string
		trust proof.Trust
	}{
		{"a balance", func(p *proof.Proof) {
			p.Entry.PostedAfter += 100
			rehash(p)
		}, "Merkle 路径", proof.Trust{}},
		{"an amount", func(p *proof.Proof) {
			transfer, _ := p.Record()
			transfer.Amount += 100
			p.Transfer, p.Entry.PostedDelta = transfer.Canonical(), transfer.Amount
			rehash(p)
			p.Seal.Hash = (&model.Seal{Seq: p.Seal.Seq, RecType: model.RecordTransfer, RecID: transfer.ID}).Link(p.Seal.PreviousHash, p.Transfer)
		}, "Merkle 路径", proof.Trust{}},
		{"an entry without its seal", func(p *proof.Proof) {
			p.Entry.PostedAfter += 100
			p.Entry.Hash = entryHash(p)
		}, "封存", proof.Trust{}},
		{"a held amount", func(p *proof.Proof) {
			p.Entry.HeldDelta = 1
			rehash(p)
		}, "分录与流水", proof.Trust{}},
		{"a root", func(p *proof.Proof) {
			p.Entry.PostedAfter += 100
			rehash(p)
			p.Anchor.Root = rootOf(p)
		}, "签名", proof.Trust{}},
		{"all of it, signed by another key", func(p *proof.Proof) {
			p.Entry.PostedAfter += 100
			rehash(p)
			p.Anchor.Root, p.PublicKey = rootOf(p), another.Public().Key
			another.Sign(&p.Anchor)
		}, "指定的公钥", proof.Trust{Key: b.signer.Public()}},
		{"all of it, when a head is held", func(p *proof.Proof) {
			p.Entry.PostedAfter += 100
			rehash(p)
			p.Anchor.Root, p.PublicKey = rootOf(p), another.Public().Key
			another.Sign(&p.Anchor)
		}, "指定的账本头", proof.Trust{Head: b.anchor}},
		{"a key with a name that steers the terminal", func(p *proof.Proof) {
			p.Anchor.KeyID = "\x1b[2J"
		}, "签名", proof.Trust{}},
		{"another place in the stream", func(p *proof.Proof) {
			p.Anchor.FromSeq, p.Anchor.Seq = 100, 200
		}, "Merkle 路径", proof.Trust{}},
	} {
		p := b.prove(5)
		p.Seal.Lines = append([]model.Hex{}, p.Seal.Lines...)
		c.forge(p)
		var failure *proof.Failure
		if _, err := p.Check(c.trust); !errors.As(err, &failure) || failure.Step != c.step {
			t.Errorf("%s: got %v, want it to fail at %s", c.name, err, c.step)
		}
	}
}

func entryHash(p *proof.Proof) model.Hex {
	e := p.Entry
	return (&model.Entry{
		AccountID: e.AccountID, Seq: e.Seq, TransferID: e.TransferID, PostedDelta: e.PostedDelta, HeldDelta: e.HeldDelta,
		PostedAfter: e.PostedAfter, HeldAfter: e.HeldAfter, BizDay: e.BizDay, CreatedAt: model.Instant(e.CreatedAt),
	}).Link(e.PreviousHash)
}

// rehash makes the entry's hash true again, and puts it under the seal.
func rehash(p *proof.Proof) {
	p.Entry.Hash = entryHash(p)
	p.Seal.Lines[0] = p.Entry.Hash
}

// rootOf returns the root that the proof's path leads to from its leaf.
func rootOf(p *proof.Proof) model.Hex {
	at := sha256.Sum256(append(append([]byte{0}, p.Seal.Hash...), p.Seal.Lines[0]...))
	size, index := p.Anchor.Seq-p.Anchor.FromSeq+1, p.Seal.Seq-p.Anchor.FromSeq
	for _, beside := range p.Path {
		for index%2 == 0 && index == size-1 { // it has nobody beside it on this level
			index, size = index/2, (size+1)/2
		}
		pair := append(append([]byte{1}, at[:]...), beside...)
		if index%2 == 1 {
			pair = append(append([]byte{1}, beside...), at[:]...)
		}
		at = sha256.Sum256(pair)
		index, size = index/2, (size+1)/2
	}
	return at[:]
}

func TestHeadsAreReadAloneAndFromAnAnswer(t *testing.T) {
	b := givenBook(givenSigner(t, "ab"), 3, 0)
	answer := map[string]any{"seq": 9, "hash": "00", "at": "2026-11-23T08:00:00+08:00", "signed": b.anchor}
	for name, text := range map[string][]byte{"alone": file(t, b.anchor), "answer": file(t, answer)} {
		if got, err := proof.ReadHead(text); err != nil || !bytes.Equal(got.Digest(), b.anchor.Digest()) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for _, bad := range []string{`{"seq":9,"hash":"00","at":"2026-11-23T08:00:00+08:00"}`, `{}`, `[]`, ``} {
		if _, err := proof.ReadHead([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestLinesMatchTheirTransfers holds what each kind of transfer may do to an account against what it may not.
func TestLinesMatchTheirTransfers(t *testing.T) {
	for _, c := range []struct {
		kind         model.TransferKind
		account      model.ID
		posted, held int64
		ok           bool
	}{
		{model.KindPost, wallet, 10, 0, true},
		{model.KindPost, pool, -10, 0, true},
		{model.KindPost, wallet, -10, 0, false},
		{model.KindPost, wallet, 0, 0, false},
		{model.KindPost, 902, 10, 0, false},
		{model.KindReverse, pool, -10, 0, true},
		{model.KindExpire, pool, -10, 0, true},
		{model.KindHold, pool, 0, 10, true},
		{model.KindHold, pool, -10, 0, false},
		{model.KindHold, wallet, 0, 0, false}, // a hold gives nobody a line
		{model.KindRelease, pool, 0, -10, true},
		{model.KindLapse, pool, 0, -11, false},
		{model.KindSettle, pool, -10, -10, true},
		{model.KindSettle, pool, -10, -15, true},
		{model.KindSettle, pool, -10, -9, false},
		{model.KindSettle, pool, -9, -10, false},
	} {
		transfer := &model.Transfer{ID: 5, Kind: c.kind, DebitID: pool, CreditID: wallet, Amount: 10, BizDay: 20261123, CreatedAt: 1, IdemHash: []byte{}}
		e := &model.Entry{AccountID: c.account, Seq: 1, TransferID: 5, PostedDelta: c.posted, HeldDelta: c.held, BizDay: 20261123, CreatedAt: 1}
		e.Hash = e.Link(nil)
		shown, err := (&proof.Proof{Entry: proof.EntryOf(e, nil), Transfer: transfer.Canonical()}).Check(proof.Trust{})
		if want := map[bool]int{true: 2, false: 1}[c.ok]; len(shown) != want || err == nil { // nothing is sealed here
			t.Errorf("%s on %d by %+d, %+d: %d steps, %v", c.kind, c.account, c.posted, c.held, len(shown), err)
		}
	}
}

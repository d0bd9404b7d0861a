package proof

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"

	"linbanglin/model"
)

// Trust is what the checker holds from elsewhere; nil parts are not held.
type Trust struct {
	Key  *Public       // that must have signed
	Head *model.Anchor // that must be the one
}

// Failure is the first step of a check that fails.
type Failure struct {
	Step   string
	Reason string
}

// Error implements error.
func (f *Failure) Error() string { return f.Step + "：" + f.Reason }

// step is one thing that a check shows.
type step struct {
	name string
	run  func() (shown, wrong string)
}

// Check goes from the line up to the signature and returns what it has shown, step by step, in Chinese. It
// fails with a *Failure at the first step that does not hold.
func (p *Proof) Check(trust Trust) (shown []string, err error) {
	steps := []step{
		{"分录的哈希", p.checkEntry},
		{"分录与流水", p.checkTransfer},
		{"封存", p.checkSeal},
		{"Merkle 路径", p.checkPath},
		{"签名", p.checkSignature},
	}
	if trust.Key != nil {
		steps = append(steps, step{"指定的公钥", func() (string, string) { return p.checkKey(trust.Key) }})
	}
	if trust.Head != nil {
		steps = append(steps, step{"指定的账本头", func() (string, string) { return p.checkHead(trust.Head) }})
	}
	for _, s := range steps {
		ok, wrong := s.run()
		if wrong != "" {
			return shown, &Failure{s.name, wrong}
		}
		shown = append(shown, s.name+"："+ok)
	}
	return shown, nil
}

// Record returns the transfer that the proof is about. It fails when the bytes are none.
func (p *Proof) Record() (*model.Transfer, error) { return model.ReadTransfer(p.Transfer) }

func (p *Proof) checkEntry() (string, string) {
	e := p.Entry.entry()
	if first := e.Seq == 1; e.Seq < 1 || first != (len(p.Entry.PreviousHash) == 0) {
		return "", "行号与上一行的哈希不相符"
	}
	if !bytes.Equal(e.Link(p.Entry.PreviousHash), e.Hash) {
		return "", "这一行的哈希不是由上一行和本行各项算得的，内容被改动过"
	}
	return fmt.Sprintf("第 %d 行（变动 %+d，余额 %d）由上一行的哈希和本行各项算得", e.Seq, e.PostedDelta, e.PostedAfter), ""
}

func (p *Proof) checkTransfer() (string, string) {
	e := &p.Entry
	t, err := p.Record()
	if err != nil {
		return "", "流水的字节读不懂"
	}
	if t.ID != e.TransferID || t.BizDay != e.BizDay || t.CreatedAt != model.Instant(e.CreatedAt) {
		return "", "分录不属于这笔流水"
	}
	debit, credit := t.Effect(t.Amount)
	want, held := debit, e.HeldDelta
	switch e.AccountID {
	case t.DebitID:
		if t.Kind == model.KindSettle && held < -t.Amount {
			held = -t.Amount // the whole hold ends, though it may have been for more than was taken
		}
	case t.CreditID:
		want = credit
	default:
		return "", "流水没有涉及这个账户"
	}
	if want != (model.Change{Posted: e.PostedDelta, Held: held}) || want == (model.Change{}) {
		return "", fmt.Sprintf("分录变动 %+d（占用 %+d），流水却是 %+d（%+d）", e.PostedDelta, e.HeldDelta, want.Posted, want.Held)
	}
	return fmt.Sprintf("变动与流水 %s 的金额、账户和日期相符", t.ID), ""
}

func (p *Proof) checkSeal() (string, string) {
	s := &model.Seal{Seq: p.Seal.Seq, RecType: model.RecordTransfer, RecID: p.Entry.TransferID}
	if first := s.Seq == 1; s.Seq < 1 || first != (len(p.Seal.PreviousHash) == 0) {
		return "", "序号与上一号的哈希不相符"
	}
	if !bytes.Equal(s.Link(p.Seal.PreviousHash, p.Transfer), p.Seal.Hash) {
		return "", "封存的哈希不是由上一号和这笔流水算得的，内容被改动过"
	}
	if !slices.ContainsFunc(p.Seal.Lines, func(line model.Hex) bool { return bytes.Equal(line, p.Entry.Hash) }) {
		return "", "封存的各行里没有这一行"
	}
	return fmt.Sprintf("流水是账本封存序列的第 %d 号", s.Seq), ""
}

func (p *Proof) checkPath() (string, string) {
	a, leaf := &p.Anchor, Leaf{p.Seal.Hash, p.Seal.Lines}
	if a.FromSeq < 1 || p.Seal.Seq < a.FromSeq || p.Seal.Seq > a.Seq {
		return "", fmt.Sprintf("签名的账本头只覆盖第 %d 到 %d 号", a.FromSeq, a.Seq)
	}
	for _, h := range slices.Concat([]model.Hex{leaf.Seal}, leaf.Lines, p.Path) {
		if len(h) != sha256.Size {
			return "", "哈希的长度不对"
		}
	}
	if !bytes.Equal(climb(leaf.hash(), p.Seal.Seq-a.FromSeq, a.Seq-a.FromSeq+1, p.Path), a.Root) {
		return "", "沿路径算不到账本头的根哈希"
	}
	return fmt.Sprintf("第 %d 号连同余额包含在第 %d 到 %d 号的账本头里", p.Seal.Seq, a.FromSeq, a.Seq), ""
}

func (p *Proof) checkSignature() (string, string) {
	key := &Public{p.Anchor.KeyID, p.PublicKey}
	if !keyID.MatchString(key.ID) || !key.Signed(&p.Anchor) {
		return "", "账本头的签名与公钥不相符"
	}
	return fmt.Sprintf("账本头由公钥 %s 于 %s 签名", p.Anchor.KeyID, p.Anchor.MadeAt), ""
}

func (p *Proof) checkKey(key *Public) (string, string) {
	if key.ID != p.Anchor.KeyID || !bytes.Equal(key.Key, p.PublicKey) {
		return "", "签名用的不是指定的公钥"
	}
	return "签名用的就是指定的公钥", ""
}

func (p *Proof) checkHead(head *model.Anchor) (string, string) {
	if !bytes.Equal(head.Digest(), p.Anchor.Digest()) {
		return "", fmt.Sprintf("证明用的账本头（第 %d 到 %d 号）不是指定的那一个（第 %d 到 %d 号）", p.Anchor.FromSeq, p.Anchor.Seq, head.FromSeq, head.Seq)
	}
	return "证明用的就是指定的账本头", ""
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"linbanglin/model"
	"linbanglin/service/ledger/proof"
)

type verifyProofCmd struct {
	Key  string `help:"社区公布的公钥，见 GET /ledger/keys" placeholder:"kid:hex"`
	Head string `help:"以前保存的账本头（GET /ledger/head 的回答），证明必须用的是这一个" placeholder:"FILE" type:"existingfile"`
	File string `arg:"" help:"证明文件（GET /points/entries/{seq}/proof 的回答）" type:"existingfile"`
}

// maxProof bounds what is read of a file.
const maxProof = 1 << 20

var errNotProven = errors.New("证明不成立")

// Run checks a proof without a database, tells what it showed, and fails at the first step that does not hold.
func (v verifyProofCmd) Run(out io.Writer) error {
	trust, err := v.trust()
	if err != nil {
		return err
	}
	content, err := readProof(v.File)
	if err != nil {
		return err
	}
	p, err := proof.Read(content)
	if err != nil {
		_, _ = fmt.Fprintln(out, "✗ 文件：不是账本写出的证明，或被改动过")
		return errors.Join(errNotProven, err)
	}
	shown, err := p.Check(trust)
	for _, s := range shown {
		_, _ = fmt.Fprintln(out, "✓", s)
	}
	if err != nil {
		_, _ = fmt.Fprintln(out, "✗", err)
		return errNotProven
	}
	return v.conclude(out, p)
}

func (v verifyProofCmd) trust() (trust proof.Trust, err error) {
	if v.Key != "" {
		if trust.Key, err = proof.ParsePublic(v.Key); err != nil {
			return trust, fmt.Errorf("--key: %w", err)
		}
	}
	if v.Head != "" {
		content, err := readProof(v.Head)
		if err != nil {
			return trust, err
		}
		if trust.Head, err = proof.ReadHead(content); err != nil {
			return trust, fmt.Errorf("--head: %w", err)
		}
	}
	return trust, nil
}

// conclude says what is proven, and what the reader still has to hold against another source. What persons
// wrote is quoted, because a file from anywhere must not steer the terminal.
func (v verifyProofCmd) conclude(out io.Writer, p *proof.Proof) error {
	t, err := p.Record()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "证明成立：%s 第 %d 行，%s，规则 %q，变动 %+d，余额 %d，居民编号 %s，说明 %q\n",
		map[model.Measure]string{model.Points: "积分", model.Minutes: "服务时长"}[t.Measure], p.Entry.Seq, t.CreatedAt, t.Code,
		p.Entry.PostedDelta, p.Entry.PostedAfter, t.MemberID, t.Memo)
	if v.Key == "" {
		_, _ = fmt.Fprintf(out, "注意：没有指定公钥。请确认社区公布的公钥是 %s，或加上 --key 再核对\n", &proof.Public{ID: p.Anchor.KeyID, Key: p.PublicKey})
	}
	return nil
}

func readProof(path string) (_ []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err := io.ReadAll(io.LimitReader(file, maxProof+1))
	if err == nil && len(content) > maxProof {
		err = errors.New("the file is too large for a proof")
	}
	return content, err
}

package ledger_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/ledger"
	"linbanglin/service/ledger/proof"
)

func givenSigner(t *testing.T, id string) *proof.Signer {
	t.Helper()
	signer, err := proof.ParseSigner(id + ":" + strings.Repeat("ab", 32))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// sign has the desk's heads signed, in anchors of at most span seals.
func (d *desk) sign(t *testing.T, span int64) {
	t.Helper()
	if err := d.SignWith(t.Context(), givenSigner(t, "k1")); err != nil {
		t.Fatal(err)
	}
	d.SetAnchorSpan(span)
}

// given awards n times and seals it.
func (d *desk) given(t *testing.T, n int) {
	t.Helper()
	admin := d.Holder(model.RoleCommunityAdmin)
	for range n {
		key := fmt.Sprint("given-", d.now.Add(1))
		if _, err := d.Award(keyed(t, admin, key, nil), admin, ledger.Award{Member: d.Resident(0).MemberID, Amount: 5, Code: model.RuleAdjust, Memo: "帮忙"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// wantAnchored makes what anchors are due, wants so many, and wants all of them to be right.
func (d *desk) wantAnchored(t *testing.T, want int) {
	t.Helper()
	if made, err := d.Anchor(t.Context()); err != nil || made != want {
		t.Errorf("%d anchors were made, want %d; %v", made, want, err)
	}
	d.wantAnchorsClean(t)
}

func (d *desk) wantAnchorsClean(t *testing.T) {
	t.Helper()
	c, err := d.CheckAnchors(t.Context(), ledger.VerifyOptions{}, givenSigner(t, "k1").Public())
	if err != nil || c.Total != 0 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func (d *desk) anchors(t *testing.T) []*model.Anchor {
	t.Helper()
	list, err := d.Anchors(t.Context(), model.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestAnchorsAreMadeEachHourOverWhatIsNew(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.given(t, 7)
		d.wantAnchored(t, 0) // without a key nothing is signed
		if head, err := d.Head(t.Context()); err != nil || head.Signed != nil || head.Seq != 7 {
			t.Errorf("got %+v, %v", head, err)
		}
		d.sign(t, 3)
		d.wantAnchored(t, 3)
		d.given(t, 1)
		d.wantAnchored(t, 0) // not yet due
		d.now.Add(time.Hour.Microseconds())
		d.wantAnchored(t, 1)
		d.now.Add(time.Hour.Microseconds())
		d.wantAnchored(t, 0) // nothing is new
		var from []int64
		for _, a := range d.anchors(t) {
			from = append(from, a.FromSeq, a.Seq)
		}
		if fmt.Sprint(from) != "[8 8 7 7 4 6 1 3]" {
			t.Errorf("got %v", from)
		}
		head, err := d.Head(t.Context())
		if err != nil || head.Signed == nil || head.Signed.Seq != 8 || !givenSigner(t, "k1").Public().Signed(head.Signed) {
			t.Errorf("got %+v, %v", head, err)
		}
		if keys, err := d.Keys(t.Context()); err != nil || len(keys) != 1 || keys[0].KeyID != "k1" || keys[0].PublicKey.String() != givenSigner(t, "k1").Public().Key.String() {
			t.Errorf("got %+v, %v", keys, err)
		}
		page, err := d.Anchors(t.Context(), model.Page{Limit: 3})
		if err != nil || len(page.Items) != 3 || page.NextCursor == "" {
			t.Fatalf("got %+v, %v", page, err)
		}
		rest, err := d.Anchors(t.Context(), model.Page{Cursor: page.NextCursor})
		if err != nil || len(rest.Items) != 1 || rest.Items[0].FromSeq != 1 || rest.NextCursor != "" {
			t.Errorf("got %+v, %v", rest, err)
		}
		if _, err := d.Anchors(t.Context(), model.Page{Cursor: "x"}); !errors.Is(err, model.ErrCursor) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAKeyNameStandsForOneKey(t *testing.T) {
	d := open(t, testdb.Open(t, testdb.SQLite))
	d.sign(t, 3)
	d.sign(t, 3) // at every start
	other, err := proof.ParseSigner("k1:" + strings.Repeat("cd", 32))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SignWith(t.Context(), other); err == nil || strings.Contains(err.Error(), "cdcd") {
		t.Errorf("got %v", err)
	}
	d.given(t, 2)
	d.wantAnchored(t, 1)
	second, err := proof.ParseSigner("k2:" + strings.Repeat("cd", 32))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SignWith(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	d.now.Add(time.Hour.Microseconds())
	d.given(t, 2)
	d.wantAnchored(t, 1)
	if a := d.anchors(t); len(a) != 2 || a[0].KeyID != "k2" || a[1].KeyID != "k1" {
		t.Errorf("got %+v", a)
	}
}

func TestProcessesThatSignAtOnceSignOnce(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := testdb.URL(t, engine)
			first := open(t, testdb.Connect(t, url))
			second := &desk{World: first.World, store: testdb.Connect(t, url)}
			second.now.Store(int64(testworld.Now))
			second.start(t, second.store)
			first.sign(t, 3)
			second.sign(t, 4) // as if one of them saw more
			first.given(t, 20)
			var made atomic.Int64
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() {
					n, err := []*desk{first, second}[i%2].Anchor(t.Context())
					if err != nil {
						t.Error(err)
					}
					made.Add(int64(n))
				})
			}
			all.Wait()
			first.now.Add(time.Hour.Microseconds())
			n, err := first.Anchor(t.Context()) // what was left by those that were overtaken
			if err != nil {
				t.Error(err)
			}
			list := first.anchors(t)
			if made.Add(int64(n)) != int64(len(list)) || list[0].Seq != 20 {
				t.Errorf("%d anchors were made and %d are there, up to %d", made.Load(), len(list), list[0].Seq)
			}
			first.wantAnchorsClean(t)
		})
	}
}

// TestAProcessThatDiesWhileSigningLeavesWholeAnchors ends the context at each point at which the job looks at
// the clock, and wants the next run to go on from there.
func TestAProcessThatDiesWhileSigningLeavesWholeAnchors(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.given(t, 9)
		for kill := range 5 {
			ctx, die := context.WithCancel(t.Context())
			looks := 0
			l := ledger.New(d.store, func() model.Instant {
				if looks++; looks > kill+1 { // the first is for the key
					die()
				}
				return model.Instant(d.now.Add(1))
			})
			if err := l.SignWith(t.Context(), givenSigner(t, "k1")); err != nil {
				t.Fatal(err)
			}
			l.SetAnchorSpan(2)
			_, _ = l.Anchor(ctx)
			die()
			d.wantAnchorsClean(t)
			d.now.Add(time.Hour.Microseconds())
		}
		d.sign(t, 2)
		if _, err := d.Anchor(t.Context()); err != nil {
			t.Error(err)
		}
		if list := d.anchors(t); len(list) != 5 || list[0].Seq != 9 {
			t.Errorf("%d anchors", len(list))
		}
		d.wantAnchorsClean(t)
	})
}

// TestCheckAnchorsFindsWhatAnIntruderChanges alters a database so that the anchors are all that can tell.
func TestCheckAnchorsFindsWhatAnIntruderChanges(t *testing.T) {
	url := testdb.URL(t, testdb.SQLite)
	d := open(t, testdb.Connect(t, url))
	d.sign(t, 3)
	d.given(t, 8)
	d.wantAnchored(t, 3)
	const noTail = "DELETE FROM point_seal WHERE seq > 6; UPDATE stream_cursor SET seq = 6, hash = (SELECT hash FROM point_seal WHERE seq = 6) WHERE name = 'seal'"
	for _, c := range []struct{ name, statement, says string }{
		{"a cut tail", noTail, "anchor 8: covers the stream up to 8, but the stream ends at 6"},
		{"the whole stream", "DELETE FROM point_seal", "covers the stream up to 3, but the stream ends at 0"},
		{"a lost seal", "DELETE FROM point_seal WHERE seq = 2", "seal 2 is missing"},
		{"a lost seal at the end of an anchor", "DELETE FROM point_seal WHERE seq = 3", "seal 3 is missing"},
		{"a seal", "UPDATE point_seal SET hash = X'00' WHERE seq = 2", "a seal or a line from 1 to 3 is not as it was signed"},
		{"a seal that ends an anchor", "UPDATE point_seal SET hash = X'00' WHERE seq = 3", "seal 3 has another hash than was signed"},
		{"a line", "UPDATE point_entry SET hash = X'00' WHERE seq = 2", "a seal or a line from 1 to 3 is not as it was signed"},
		{"a lost line", "DELETE FROM point_entry WHERE seq = 2", "a seal or a line from 1 to 3 is not as it was signed"},
		{"a signature", "UPDATE point_anchor SET signature = X'00' WHERE seq = 3", "anchor 3: the signature is not one of key k1"},
		{"a root", "UPDATE point_anchor SET root = X'00' WHERE seq = 3", "anchor 3: the signature is not one of key k1"},
		{"a time", "UPDATE point_anchor SET made_at = made_at - 1000000 WHERE seq = 6", "anchor 6: the signature is not one of key k1"},
		{"a lost anchor", "DELETE FROM point_anchor WHERE seq = 6", "anchor 8: begins at 7, but the one before ends at 3"},
		{"the first anchor lost", "DELETE FROM point_anchor WHERE seq = 3", "anchor 6: begins at 4, but the one before ends at 0"},
		{"a wide anchor", "UPDATE point_anchor SET from_seq = -100000 WHERE seq = 3", "covers more than"},
		{"a lost key", "DELETE FROM ledger_key", "its key k1 is not known"},
		{"a key", "UPDATE ledger_key SET public_key = X'00'", "another key under this name than the configuration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := copied(t, strings.TrimPrefix(url, "sqlite:"))
			for _, statement := range strings.Split(c.statement, "; ") {
				tamper(t, path, statement)
			}
			l := ledger.New(testdb.Connect(t, "sqlite:"+path), func() model.Instant { return testworld.Now })
			found, err := l.CheckAnchors(t.Context(), ledger.VerifyOptions{}, givenSigner(t, "k1").Public())
			if err != nil || !strings.Contains(strings.Join(found.Differences, "\n"), c.says) {
				t.Errorf("got %+v, %v, want it to say %q", found, err, c.says)
			}
		})
	}
}

// copied returns the path of a copy of a database.
func copied(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	to := filepath.Join(t.TempDir(), "copy.db")
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO ?", to); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestAnchorsBeforeACheckpointAreNotReadAgain changes a line that was verified, which the next run passes over, and a
// signature, which it does not.
func TestAnchorsBeforeACheckpointAreNotReadAgain(t *testing.T) {
	url := testdb.URL(t, testdb.SQLite)
	d := open(t, testdb.Connect(t, url))
	d.sign(t, 3)
	d.given(t, 8)
	d.wantAnchored(t, 3)
	path := strings.TrimPrefix(url, "sqlite:")
	tamper(t, path, "UPDATE point_entry SET hash = X'00' WHERE seq = 2")
	for seq, want := range map[int64]int64{2: 1, 3: 0, 8: 0} {
		if c, err := d.CheckAnchors(t.Context(), ledger.VerifyOptions{Since: &ledger.Checkpoint{Seq: seq}}, nil); err != nil || c.Total != want || c.Rows != 3 {
			t.Errorf("since %d: got %+v, %v", seq, c, err)
		}
	}
	tamper(t, path, "UPDATE point_anchor SET signature = X'00' WHERE seq = 3")
	if c, err := d.CheckAnchors(t.Context(), ledger.VerifyOptions{Since: &ledger.Checkpoint{Seq: 8}}, nil); err != nil || c.Total != 2 {
		t.Errorf("got %+v, %v", c, err) // it is not signed, and the next one does not follow from it
	}
}

// TestNothingIsSignedOverACutTail has the stream go on after its tail was cut: the same places, other seals.
func TestNothingIsSignedOverACutTail(t *testing.T) {
	url := testdb.URL(t, testdb.SQLite)
	d := open(t, testdb.Connect(t, url))
	d.sign(t, 100)
	d.given(t, 8)
	d.wantAnchored(t, 1)
	path := strings.TrimPrefix(url, "sqlite:")
	tamper(t, path, "DELETE FROM point_seal WHERE seq > 6")
	tamper(t, path, "UPDATE stream_cursor SET seq = 6, hash = (SELECT hash FROM point_seal WHERE seq = 6) WHERE name = 'seal'")
	d.now.Add(time.Hour.Microseconds())
	if made, err := d.Anchor(t.Context()); made != 0 || err == nil || !strings.Contains(err.Error(), "its tail was cut") {
		t.Errorf("%d anchors, %v", made, err)
	}
	d.given(t, 5)
	if made, err := d.Anchor(t.Context()); made != 0 || err == nil || !strings.Contains(err.Error(), "has another one there") {
		t.Errorf("%d anchors, %v", made, err)
	}
	if c, err := d.CheckAnchors(t.Context(), ledger.VerifyOptions{}, nil); err != nil || c.Total != 1 || !strings.Contains(c.Differences[0], "seal 8 has another hash") {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestEveryLineOfAHistoryIsProven(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		history(t, d)
		d.sign(t, 4)
		d.wantAnchored(t, 4)
		member := d.As(d.Members[0])
		statement, err := d.Statement(t.Context(), member, ledger.StatementQuery{Measure: model.Points}, model.Page{Limit: 100})
		if err != nil || len(statement.Items) < 12 {
			t.Fatalf("%d lines, %v", len(statement.Items), err)
		}
		for _, line := range statement.Items {
			made, err := d.Proof(t.Context(), member, ledger.StatementQuery{Measure: model.Points}, line.Seq)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(made)
			if err != nil {
				t.Fatal(err)
			}
			p, err := proof.Read(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Check(proof.Trust{Key: givenSigner(t, "k1").Public()}); err != nil || p.Entry.Hash.String() != line.Hash || p.Entry.PostedAfter != line.Balance || p.Entry.HeldAfter != line.Held {
				t.Errorf("line %d (%s): %v", line.Seq, line.Kind, err)
			}
		}
	})
}

func TestProofsWaitForTheSealAndTheSignature(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		// A ledger that does not run, so that nothing is sealed before the test says so.
		l := ledger.New(d.store, func() model.Instant { return testworld.Now })
		member := d.Members[0]
		err := d.store.Tx(t.Context(), func(tx *repository.Store) error {
			_, err := l.PostTx(t.Context(), tx, ledger.Posting{
				Key: "k", Debit: model.Pool(d.Community.ID, model.Points), Credit: model.Wallet(d.Community.ID, member.ID, model.Points), Amount: 5,
				Code: model.RuleAdjust, Class: model.Declared, Member: member,
			})
			if err != nil {
				return err
			}
			return tx.Stream.AddControl(t.Context(), &model.Control{ID: d.store.NewID(), Kind: model.CampaignClosed, CampaignID: 1, Payload: []byte{}, CreatedAt: 1})
		})
		if err != nil {
			t.Fatal(err)
		}
		points := ledger.StatementQuery{Measure: model.Points}
		prove := func(who model.Actor, q ledger.StatementQuery, seq int64, want error) {
			t.Helper()
			if _, err := l.Proof(t.Context(), who, q, seq); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		owner := d.As(member)
		prove(owner, points, 2, model.ErrNotFound)
		prove(owner, points, 0, model.ErrNotFound)
		prove(owner, points, -1, model.ErrNotFound)
		prove(owner, ledger.StatementQuery{Measure: model.Minutes}, 1, model.ErrNotFound)
		if err := l.SealAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		prove(owner, points, 1, model.ErrProofNotSigned)
		if err := l.SignWith(t.Context(), givenSigner(t, "k1")); err != nil {
			t.Fatal(err)
		}
		if made, err := l.Anchor(t.Context()); err != nil || made != 1 {
			t.Fatalf("%d, %v", made, err)
		}
		prove(owner, points, 1, nil)
		points.Member = member.ID
		prove(d.Holder(model.RoleAuditor), points, 1, nil)
		prove(d.Resident(1), points, 1, model.ErrForbidden)
		prove(d.Others.Holder(model.RoleAuditor), points, 1, model.ErrNotFound)
	})
}

func TestAProofOfWhatIsNotSealedSaysSo(t *testing.T) {
	store := testdb.Open(t, testdb.SQLite)
	w := testworld.New(t, store)
	l := ledger.New(store, func() model.Instant { return testworld.Now })
	member := w.Members[0]
	err := store.Tx(t.Context(), func(tx *repository.Store) error {
		_, err := l.PostTx(t.Context(), tx, ledger.Posting{
			Key: "k", Debit: model.Pool(w.Community.ID, model.Points), Credit: model.Wallet(w.Community.ID, member.ID, model.Points), Amount: 5, Code: model.RuleAdjust, Member: member,
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Proof(t.Context(), w.As(member), ledger.StatementQuery{Measure: model.Points}, 1); !errors.Is(err, model.ErrProofNotSealed) {
		t.Errorf("got %v", err)
	}
}

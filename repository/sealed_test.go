package repository_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
)

// TestEveryTagIsAColumnThatIsSealedAnew reads the tags in model: a column that nobody lists would keep its old key.
func TestEveryTagIsAColumnThatIsSealedAnew(t *testing.T) {
	sources, err := filepath.Glob("../model/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources", err)
	}
	tables, fields := map[string]string{}, map[string][]string{}
	for _, path := range sources {
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "TableName" {
					tables[n.Recv.List[0].Type.(*ast.Ident).Name] = strings.Trim(n.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit).Value, `"`)
				}
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						if f.Tag != nil && regexp.MustCompile(`serializer:(sealed|alike|door)\b`).MatchString(f.Tag.Value) {
							fields[n.Name.Name] = append(fields[n.Name.Name], f.Names[0].Name)
						}
					}
				}
			}
			return true
		})
	}
	want := []string{"idempotency.answer"} // sealed by hand
	for of, names := range fields {
		for _, name := range names {
			snake := strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(name, "${1}_${2}"))
			if of == "BellConsent" { // which is part of two
				want = append(want, "doorbell_home.consent_note", "doorbell_pair.consent_note")
				continue
			}
			want = append(want, tables[of]+"."+snake)
		}
	}
	got := repository.SealedColumns()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("sealed anew are\n%v, tagged are\n%v", got, want)
	}
}

func wantSealedBy(t *testing.T, store *repository.Store, key string) {
	t.Helper()
	stored, err := store.Stored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	values := 0
	for column, texts := range stored {
		for _, text := range texts {
			if values++; !strings.HasPrefix(text, "enc1:"+key+":") {
				t.Errorf("%s holds %q", column, text)
			}
		}
	}
	if values < 200 {
		t.Errorf("only %d values are sealed", values)
	}
}

func TestPhonesAndDoorsAreSealedAndFound(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		ctx, w := t.Context(), testworld.New(t, store)
		wantSealedBy(t, store, "d1")
		m := w.Members[0]
		for name, read := range map[string]func() (*model.Member, error){
			"get":   func() (*model.Member, error) { return store.Members.Get(ctx, m.ID) },
			"lock":  func() (*model.Member, error) { return store.Members.Lock(ctx, m.ID) },
			"known": func() (*model.Member, error) { return store.Members.Known(ctx, m.ID) },
			"phone": func() (*model.Member, error) {
				list, err := store.Members.OfPhone(ctx, m.Phone)
				if err != nil || len(list) != 1 {
					return nil, fmt.Errorf("found %d, %w", len(list), err)
				}
				return list[0], nil
			},
		} {
			if got, err := read(); err != nil || got.Phone != m.Phone || got.RosterKey != m.RosterKey || got.ID != m.ID {
				t.Errorf("%s: got %+v, %v", name, got, err)
			}
		}
		if list, err := store.Members.WithPhones(ctx, w.Community.ID, []string{m.Phone, w.Members[1].Phone, "8619999999999"}); err != nil || len(list) != 2 {
			t.Errorf("of three phones it found %v, %v", list, err)
		}
		door := w.Doors[0]
		if got, err := store.Nodes.Get(ctx, door.ID); err != nil || got.Name != door.Name {
			t.Errorf("a door is read as %+v, %v", got, err)
		}
		if names, err := store.Nodes.Names(ctx, []model.ID{door.ID, w.Community.ID}); err != nil || names[door.ID] != door.Name || names[w.Community.ID] != w.Community.Name {
			t.Errorf("names are %v, %v", names, err)
		}
		again := door
		if again.ID = store.NewID(); !errors.Is(store.Nodes.Create(ctx, &again), model.ErrDuplicate) {
			t.Error("a unit has two doors of one name")
		}
		twin := *m
		if twin.ID = store.NewID(); !errors.Is(store.Members.Create(ctx, &twin), model.ErrDuplicate) {
			t.Error("a roster has a person twice")
		}
	})
}

func TestWhatWasWrittenBeforeThereWereKeysIsReadAndSealed(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		ctx, w := t.Context(), testworld.New(t, store)
		m, door := w.Members[2], w.Doors[3]
		for _, err := range []error{
			store.WriteAsBefore(ctx, "member", "phone", m.Phone, int64(m.ID)), store.WriteAsBefore(ctx, "member", "roster_key", m.RosterKey, int64(m.ID)),
			store.WriteAsBefore(ctx, "node", "name", door.Name, int64(door.ID)),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		read := func() {
			t.Helper()
			list, err := store.Members.OfPhone(ctx, m.Phone)
			if err != nil || len(list) != 1 || list[0].ID != m.ID || list[0].Phone != m.Phone {
				t.Errorf("by the phone it found %+v, %v", list, err)
			}
			if got, err := store.Nodes.Get(ctx, door.ID); err != nil || got.Name != door.Name {
				t.Errorf("the door is %+v, %v", got, err)
			}
		}
		read()
		anew := map[string]int{}
		for range 2 { // the second time there is nothing to do
			if err := store.Reseal(ctx, func(column string, values int) { anew[column] += values }); err != nil {
				t.Fatal(err)
			}
		}
		if anew["member.phone"] != 1 || anew["member.roster_key"] != 1 || anew["node.name"] != 1 {
			t.Errorf("sealed anew were %v", anew)
		}
		wantSealedBy(t, store, "d1")
		read()
	})
}

// TestADoorThatIsThereTwiceIsNamedAndKeepsNothingWaiting has a process from before there were keys add doors again that it could
// not read.
func TestADoorThatIsThereTwiceIsNamedAndKeepsNothingWaiting(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		ctx, w := t.Context(), testworld.New(t, store)
		again, m := w.Doors[0], w.Members[2]
		again.ID, again.Name = store.NewID(), "999"
		if err := store.Nodes.Create(ctx, &again); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			store.WriteAsBefore(ctx, "node", "name", w.Doors[0].Name, int64(again.ID)), store.WriteAsBefore(ctx, "node", "name", w.Doors[5].Name, int64(w.Doors[5].ID)),
			store.WriteAsBefore(ctx, "member", "phone", m.Phone, int64(m.ID)),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		anew := map[string]int{}
		err := store.Reseal(ctx, func(column string, values int) { anew[column] = values })
		if !errors.Is(err, model.ErrDuplicate) || !strings.Contains(err.Error(), again.ID.String()) || anew["node.name"] != 1 || anew["member.phone"] != 1 || len(anew) != len(repository.SealedColumns()) {
			t.Errorf("sealed anew were %v, %v", anew, err)
		}
	})
}

// TestKeysRotateWhileEverybodyWrites has processes with the old and the new key first change phones and doors while
// another seals all anew, some of which end in the middle: every value is the last that was written, under the new key.
func TestKeysRotateWhileEverybodyWrites(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address, ctx := testdb.URL(t, engine), t.Context()
			process := func(keys string) *repository.Store {
				store, err := repository.Open(address, givenRing(t, keys))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = store.Close() })
				if _, err = store.Migrate(ctx); err == nil {
					err = store.Lease(ctx)
				}
				if err != nil {
					t.Fatal(err)
				}
				return store
			}
			old, next := process(firstKey+","+secondKey), process(secondKey+","+firstKey)
			w := testworld.New(t, old)
			wantSealedBy(t, old, "a")

			var stop atomic.Bool
			var writers sync.WaitGroup
			phones := make([]string, len(w.Members))
			for k := range 4 {
				writers.Go(func() {
					chance, store := rand.New(rand.NewPCG(7, uint64(k))), next
					if k < 2 {
						store = old // which restarts with the new key first later
					}
					for n := 0; !stop.Load(); n++ {
						i := chance.IntN(len(w.Members)/4)*4 + k
						phone := fmt.Sprintf("8619700%02d%04d", k, n)
						err := store.Tx(ctx, func(tx *repository.Store) error { // which comes again after a deadlock
							m, err := tx.Members.Get(ctx, w.Members[i].ID)
							if err != nil {
								return err
							}
							m.Phone, m.Version = phone, m.Version+1
							return tx.Members.UpdateRoster(ctx, m)
						})
						if err != nil {
							t.Error(err)
							return
						}
						phones[i] = phone
					}
				})
			}
			for round := 0; round < 10; round++ {
				life, kill := context.WithCancel(ctx)
				err := next.Reseal(life, func(column string, _ int) {
					if round < 3 && column == "member.phone" {
						kill() // in the middle, which loses nothing
					}
				})
				kill()
				if (err == nil) != (round >= 3) {
					t.Errorf("round %d: %v", round, err)
				}
			}
			stop.Store(true)
			writers.Wait()
			last := process(secondKey + "," + firstKey)
			if err := last.Reseal(ctx, func(string, int) {}); err != nil {
				t.Fatal(err)
			}
			if retired, err := last.RetireKeys(ctx, testworld.Now); err != nil || len(retired) != 0 {
				t.Errorf("retired are %v, %v", retired, err) // nobody admitted them
			}
			only := process(secondKey)
			wantSealedBy(t, only, "b")
			for i, m := range w.Members {
				want := m.Phone
				if phones[i] != "" {
					want = phones[i]
				}
				list, err := only.Members.OfPhone(ctx, want)
				if err != nil || len(list) != 1 || list[0].ID != m.ID || list[0].Phone != want || list[0].RosterKey != m.RosterKey {
					t.Errorf("%s is of %+v, %v", want, list, err)
				}
			}
		})
	}
}

func TestKeysAreAdmitted(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address, ctx := testdb.URL(t, engine), t.Context()
			admit := func(keys string) (*repository.Store, error) {
				var ring *repository.Keyring
				if keys != "" {
					ring = givenRing(t, keys)
				}
				store, err := repository.Open(address, ring)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = store.Close() })
				if _, err = store.Migrate(ctx); err == nil {
					err = store.Lease(ctx)
				}
				if err != nil {
					t.Fatal(err)
				}
				return store, store.AdmitKeys(ctx, testworld.Now)
			}
			impostor := "a:" + strings.TrimPrefix(secondKey, "b:")
			for _, step := range []struct {
				keys string
				good bool
			}{
				{"", false}, {firstKey, true}, {firstKey, true}, {impostor, false}, {secondKey, false}, {secondKey + "," + firstKey, true}, {firstKey, false}, {firstKey + "," + secondKey, true},
			} {
				store, err := admit(step.keys)
				if (err == nil) != step.good || err != nil && !errors.Is(err, model.ErrUnavailable) {
					t.Errorf("with %q: %v", step.keys, err)
				}
				_ = store.Close()
			}
			lives, err := admit(firstKey + "," + secondKey)
			store, wrong := admit(secondKey + "," + firstKey)
			if err = errors.Join(err, wrong); err != nil {
				t.Fatal(err)
			}
			testworld.New(t, store)
			if retired, err := store.RetireKeys(ctx, testworld.Now); err != nil || len(retired) != 0 {
				t.Errorf("while a process seals with it, retired are %v, %v", retired, err)
			}
			_ = lives.Close()
			if retired, err := store.RetireKeys(ctx, testworld.Now); err != nil || !slices.Equal(retired, []string{"a"}) {
				t.Errorf("retired are %v, %v", retired, err)
			}
			for keys, good := range map[string]bool{secondKey: true, secondKey + "," + firstKey: true, firstKey + "," + secondKey: false} {
				if _, err := admit(keys); (err == nil) != good {
					t.Errorf("after the first was retired, with %q: %v", keys, err)
				}
			}
		})
	}
}

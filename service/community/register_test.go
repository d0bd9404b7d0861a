package community_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
)

// codes lists the schemes of the flags that stand, and where they come from.
func (r *register) codes() (found []string) {
	for _, f := range r.flags {
		found = append(found, f.Scheme+" "+f.Source)
	}
	slices.Sort(found)
	return found
}

func TestARosterWritesFlags(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		head := []any{"楼栋", "单元", "房号", "标记"}
		first := imported(t, store, head, []any{"3幢", "1", "101", "低保、党员"}, []any{"3幢", "1", "102", "独居老人"}, []any{"3幢", "1", "103", ""})
		if first.Flags != (community.Tally{Created: 3}) {
			t.Errorf("got %+v", first.Flags)
		}
		r := readRegister(t, store)
		if got := r.codes(); len(got) != 3 || got[0] != "blue roster" || got[1] != "red roster" || !strings.HasPrefix(got[2], "word_") {
			t.Errorf("got %v", got)
		}
		schemes, err := store.Register.Schemes(t.Context(), r.id)
		if err != nil || len(schemes) != 4 || schemes[3].Name != "独居老人" || !schemes[3].High() {
			t.Errorf("an unknown word makes %+v, %v", schemes[len(schemes)-1], err)
		}
		byHand := *r.flags[0]
		byHand.ID, byHand.Scheme, byHand.Source = store.NewID(), "yellow", "走访"
		if err := store.Register.AddFlag(t.Context(), &byHand); err != nil {
			t.Fatal(err)
		}
		again := imported(t, store, head, []any{"3幢", "1", "101", "低保、党员"}, []any{"3幢", "1", "102", "独居老人"})
		if again.Changed() {
			t.Errorf("the same again: %+v", again)
		}
		less := imported(t, store, head, []any{"3幢", "1", "101", "党员"}, []any{"3幢", "1", "102", "无"})
		if less.Flags.Updated != 2 || less.Households.Updated != 2 {
			t.Errorf("less: %+v", less)
		}
		if got := readRegister(t, store).codes(); !slices.Equal(got, []string{"red roster", "yellow 走访"}) {
			t.Errorf("what people set is theirs: %v", got)
		}
	})
}

func TestOldFlagsBecomeRows(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		imported(t, store, []any{"楼栋", "单元"}, []any{"3幢", "2单元"})
		r := readRegister(t, store)
		unit := r.nodes["unit 2单元"]
		door := &model.Node{ID: store.NewID(), Kind: model.KindHousehold, ParentID: unit.ID, Name: "501", Place: unit.Place}
		door.Settle()
		if err := store.Nodes.Create(t.Context(), door); err != nil {
			t.Fatal(err)
		}
		old := &model.Household{NodeID: door.ID, Kind: "自住", Version: 1, OldFlags: []string{"低保"}, UpdatedAt: 1}
		if err := store.Nodes.SaveHouseholds(t.Context(), []*model.Household{old}); err != nil {
			t.Fatal(err)
		}
		towns := community.New(store, now)
		for _, want := range []int{1, 0} {
			if n, err := towns.AdoptFlags(t.Context()); n != want || err != nil {
				t.Errorf("%d communities, want %d: %v", n, want, err)
			}
		}
		if got := readRegister(t, store); !slices.Equal(got.codes(), []string{"blue roster"}) || len(got.homes[0].OldFlags) != 0 {
			t.Errorf("got %v, left %v", got.codes(), got.homes[0].OldFlags)
		}
	})
}

func TestARosterSaysWhoAnswers(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		head := []any{"楼栋", "单元", "房号", "姓名", "包保人", "服务队"}
		rows := func(keeper string) [][]any {
			return [][]any{
				head,
				{"3幢", "1", "101", "甲一", keeper, "户助一队"},
				{"3幢", "1", "102", "乙二", "", ""},
				{"3幢", "1", "103", "丙三", "", ""},
				{"3幢", "1", "104", "丁四", "没有人", ""},
				{"3幢", "1", "105", "戊五", "戊五", ""},
			}
		}
		first := imported(t, store, rows("乙二")...)
		if first.Charges.Created != 1 || first.Nobody != 2 {
			t.Errorf("got %+v", first)
		}
		if again := imported(t, store, rows("乙二")...); again.Changed() {
			t.Errorf("the same again: %+v", again)
		}
		if next := imported(t, store, rows("丙三")...); next.Charges.Updated != 1 {
			t.Errorf("another: %+v", next)
		}
		r := readRegister(t, store)
		charges, err := store.Register.ChargeHistory(t.Context(), r.nodes["household 101"].ID, 0, 10)
		teams, wrong := store.Register.AllTeams(t.Context(), r.id)
		if err != nil || wrong != nil || len(charges) != 2 || charges[0].MemberID != r.people["丙三"].ID || charges[1].EndedAt == 0 || len(teams) != 1 || charges[0].TeamID != teams[0].ID {
			t.Errorf("got %+v, %+v, %v, %v", charges, teams, err, wrong)
		}
		members, err := store.Register.TeamMembers(t.Context(), []model.ID{teams[0].ID})
		if want := []model.ID{r.people["乙二"].ID, r.people["丙三"].ID}; err != nil || !reflect.DeepEqual(members[teams[0].ID], want) {
			t.Errorf("in the team: %v, want %v, %v", members, want, err)
		}
	})
}

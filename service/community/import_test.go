package community_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/community"
	"linbanglin/service/community/roster"
)

const town = "安宁社区"

// givenBook reads one sheet of rows, as a community keeps them.
func givenBook(t *testing.T, rows ...[]any) *roster.Book {
	t.Helper()
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	for i, row := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := file.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	var content bytes.Buffer
	if err := file.Write(&content); err != nil {
		t.Fatal(err)
	}
	book, err := roster.Read(&content, roster.Options{Year: 2026})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// imported imports rows into the town.
func imported(t *testing.T, store *repository.Store, rows ...[]any) *community.Report {
	t.Helper()
	report, err := community.New(store, now).Import(t.Context(), town, givenBook(t, rows...))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// register is all that is known of the town: its people by name, its doors and its nodes.
type register struct {
	id      model.ID
	people  map[string]*model.Member
	homes   []*model.Household
	nodes   map[string]*model.Node // by kind and name
	flags   []*model.HouseholdFlag // that stand
	members int
}

func readRegister(t *testing.T, store *repository.Store) *register {
	t.Helper()
	found, err := store.Nodes.Communities(t.Context())
	if err != nil || len(found) != 1 {
		t.Fatalf("%d communities, %v", len(found), err)
	}
	r := &register{id: found[0].ID, people: map[string]*model.Member{}, nodes: map[string]*model.Node{}}
	members, err := store.Members.All(t.Context(), r.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		r.people[m.Name] = m
	}
	r.members = len(members)
	if r.homes, err = store.Nodes.Households(t.Context(), r.id); err != nil {
		t.Fatal(err)
	}
	if r.flags, err = store.Register.StandingFlags(t.Context(), r.id); err != nil {
		t.Fatal(err)
	}
	nodes, err := store.Nodes.All(t.Context(), r.id)
	for _, n := range nodes {
		r.nodes[string(n.Kind)+" "+n.Name] = n
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var fullHead = []any{"片区", "网格", "楼栋", "单元", "房号", "户别", "标记", "中心户", "姓名", "与户主关系", "手机号", "性别", "出生年月", "政治面貌", "党支部", "特长"}

func fullRow() []any {
	return []any{"东片区", "第1网格", "3幢", "2", "501", "自住", "低保", "是", "甲一", "户主", "19900000001", "女", "1958-03-02", "党员", "第一党支部", "理发、修表"}
}

func TestASecondFileTakesNothingAway(t *testing.T) {
	for name, rows := range map[string][][]any{
		"the same":         {fullHead, fullRow()},
		"without columns":  {{"姓名", "房屋信息"}, {"甲一", "3幢2单元501室"}},
		"with empty cells": {fullHead, {"", "", "3幢", "2", "501", "", "", "", "甲一", "", "", "", "", "", "", ""}},
		"with bad cells":   {fullHead, {"", "", "3幢", "2", "501", "", "", "", "甲一", "", "1.99E+10", "不男", "不详", "热心人", "", ""}},
		"an area alone":    {{"片区", "楼栋", "单元", "房号", "姓名"}, {"东片区", "3幢", "2", "501", "甲一"}},
		"a grid alone":     {{"网格", "楼栋", "单元", "房号", "姓名"}, {"一网格", "3幢", "2", "501", "甲一"}},
		"of the grids":     {{"网格", "网格员"}, {"1", "甲一"}},
	} {
		t.Run(name, func(t *testing.T) {
			testdb.Each(t, func(t *testing.T, store *repository.Store) {
				imported(t, store, fullHead, fullRow())
				before := readRegister(t, store)
				report := imported(t, store, rows...)
				after := readRegister(t, store)
				if report.Nodes.Created+report.Nodes.Updated+report.Households.Created+report.Households.Updated+report.Members.Created+report.Members.Updated != 0 {
					t.Errorf("got %+v", report)
				}
				if !reflect.DeepEqual(before, after) {
					t.Errorf("was %+v %+v\n is %+v %+v", before.people["甲一"], before.homes[0], after.people["甲一"], after.homes[0])
				}
			})
		})
	}
}

func TestWhatAFileSaysIsTaken(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		imported(t, store, fullHead, fullRow())
		row := []any{"东片区", "第1网格", "3幢", "2", "501", "出租", "无", "否", "甲一", "配偶", "19900000002", "男", "1959", "党员", "第二党支部", "无"}
		report := imported(t, store, fullHead, row)
		if report.Members.Updated != 1 || report.Households.Updated != 1 {
			t.Errorf("got %+v", report)
		}
		r := readRegister(t, store)
		m, home := r.people["甲一"], r.homes[0]
		if m.Phone != "8619900000002" || m.Gender != "男" || m.BirthYear != 1959 || m.Head || len(m.Skills) != 0 || m.BranchID != r.nodes["branch 第二党支部"].ID || m.Version != 2 {
			t.Errorf("got %+v", m)
		}
		if home.Kind != "出租" || home.Occupancy != model.OccupancyRented || len(r.flags) != 0 || home.Hub {
			t.Errorf("got %+v", home)
		}
	})
}

func TestWhatAMemberWroteStays(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		imported(t, store, fullHead, fullRow())
		m := readRegister(t, store).people["甲一"]
		m.Nickname, m.Skills, m.OwnSkills, m.Version = "小甲", []string{"陪诊"}, true, 2
		if err := store.Members.UpdateProfile(t.Context(), m, 1); err != nil {
			t.Fatal(err)
		}
		if report := imported(t, store, fullHead, fullRow()); report.Changed() {
			t.Errorf("the same again: %+v", report)
		}
		row := fullRow()
		row[10] = "19900000003"
		imported(t, store, fullHead, row)
		got := readRegister(t, store).people["甲一"]
		if got.Phone != "8619900000003" || got.Nickname != "小甲" || !slices.Equal(got.Skills, []string{"陪诊"}) || got.Version != 3 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestNobodyIsAnAdultByABadCell(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		head := []any{"房屋信息", "姓名", "出生年月"}
		for _, c := range []struct {
			cell  string
			adult bool
		}{{"", true}, {"不详", false}, {"", false}, {"1970", true}, {"不详", true}, {"2018", false}} {
			imported(t, store, head, []any{"3-2-501", "甲一", c.cell})
			if m := readRegister(t, store).people["甲一"]; m.Adult(2026) != c.adult {
				t.Errorf("after %q: born %d", c.cell, m.BirthYear)
			}
		}
	})
}

// TestAMonthOfBirthStaysUntilAnotherIsSaid imports files that say more and less of a birth; with another year the month goes.
func TestAMonthOfBirthStaysUntilAnotherIsSaid(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		head := []any{"房屋信息", "姓名", "出生年月"}
		for _, c := range []struct {
			cell                 string
			year, month, updated int
		}{{"1944", 1944, 0, 0}, {"1944-05", 1944, 5, 1}, {"1944", 1944, 5, 0}, {"", 1944, 5, 0}, {"1944年春", 1944, 5, 0}, {"1945年6月", 1945, 6, 1}, {"1946", 1946, 0, 1}, {"1946", 1946, 0, 0}} {
			report := imported(t, store, head, []any{"3-2-501", "甲一", c.cell})
			if m := readRegister(t, store).people["甲一"]; m.BirthYear != c.year || m.BirthMonth != c.month || report.Members.Updated != c.updated {
				t.Errorf("after %q: born %d-%d, %+v", c.cell, m.BirthYear, m.BirthMonth, report.Members)
			}
		}
	})
}

func TestARosterAndAMemberWriteAtOnce(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		imported(t, store, fullHead, fullRow())
		who := readRegister(t, store).people["甲一"].ID
		var all sync.WaitGroup
		written := 0
		all.Go(func() {
			for n := range 20 {
				err := store.Tx(t.Context(), func(tx *repository.Store) error {
					m, err := tx.Members.Lock(t.Context(), who)
					if err != nil {
						return err
					}
					m.Nickname, m.Version = fmt.Sprint(n), m.Version+1
					return tx.Members.UpdateProfile(t.Context(), m, m.Version-1)
				})
				if err != nil {
					t.Error(err)
				}
				written++
			}
		})
		for n := range 10 {
			row := fullRow()
			row[10] = fmt.Sprintf("1990000002%d", n)
			imported(t, store, fullHead, row)
			written++
		}
		all.Wait()
		if m := readRegister(t, store).people["甲一"]; m.Version != int64(1+written) || m.Nickname != "19" || m.Phone != "8619900000029" {
			t.Errorf("after %d writes: %+v", written, m)
		}
	})
}

func TestABuildingMoves(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		neighbour := fullRow()
		neighbour[4], neighbour[8], neighbour[10] = "502", "乙一", ""
		imported(t, store, fullHead, fullRow(), neighbour)
		before := readRegister(t, store)
		asked := func(status model.RequestStatus) *model.HelpRequest {
			r := &model.HelpRequest{ID: store.NewID(), Place: before.people["甲一"].Place, Category: "errand", Skills: []string{}, Status: status, Slots: 1, Version: 1}
			if err := store.Requests.Create(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			return r
		}
		open, over := asked(model.RequestOpen), asked(model.RequestConfirmed)
		offer := &model.HelpOffer{
			ID: store.NewID(), Place: before.people["甲一"].Place, Reach: model.KindCommunity, Status: model.OfferActive, Version: 1,
			Categories: []string{"errand"}, Availability: []model.Slot{}, Skills: []string{}, DaysOff: []model.DaysOff{},
		}
		if err := store.Offers.Create(t.Context(), offer); err != nil {
			t.Fatal(err)
		}
		moved := fullRow() // the neighbour is not in this file
		moved[0], moved[1] = "西片区", "第2网格"
		report := imported(t, store, fullHead, moved)
		if report.Nodes.Updated != 1 || report.Nodes.Created != 2 || report.Members.Created != 0 {
			t.Errorf("got %+v", report)
		}
		r := readRegister(t, store)
		area, grid := r.nodes["area 西片区"].ID, r.nodes["grid 第2网格"].ID
		if b := r.nodes["building 3幢"]; b.ParentID != grid || b.ID != before.nodes["building 3幢"].ID {
			t.Errorf("got %+v", b)
		}
		open, _ = store.Requests.Get(t.Context(), open.ID)
		offer, _ = store.Offers.Get(t.Context(), offer.ID)
		places := map[string]model.Place{"the request": open.Place, "the offer": offer.Place}
		for _, name := range []string{"甲一", "乙一"} {
			places[name] = r.people[name].Place
			if r.people[name].BranchID != before.people[name].BranchID {
				t.Errorf("%s changed branch", name)
			}
		}
		for _, name := range []string{"building 3幢", "unit 2单元", "household 501", "household 502"} {
			places[name] = r.nodes[name].Place
		}
		for name, p := range places {
			if p.AreaID != area || p.GridID != grid {
				t.Errorf("%s is at %+v, want area %d and grid %d", name, p, area, grid)
			}
		}
		if found, err := store.Offers.Candidates(t.Context(), model.Place{GridID: grid}, []string{"errand"}, 1); err != nil || len(found) != 1 {
			t.Errorf("%d offers are found in the new grid, %v", len(found), err)
		}
		if over, _ = store.Requests.Get(t.Context(), over.ID); over.Place != before.people["甲一"].Place {
			t.Errorf("the past moved: %+v", over.Place)
		}
		if again := imported(t, store, fullHead, moved); again.Changed() {
			t.Errorf("the same again: %+v", again)
		}
	})
}

func TestWhoMovesHouseStaysThePerson(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		imported(t, store, fullHead, fullRow())
		before := readRegister(t, store)
		row := fullRow()
		row[2], row[4] = "5幢", "101"
		report := imported(t, store, fullHead, row)
		r := readRegister(t, store)
		m := r.people["甲一"]
		if report.Members.Updated != 1 || r.members != 1 || m.ID != before.people["甲一"].ID || m.HouseholdID != r.nodes["household 101"].ID || m.BuildingID != r.nodes["building 5幢"].ID {
			t.Errorf("got %+v and %+v", report, m)
		}
		if again := imported(t, store, fullHead, row); again.Changed() {
			t.Errorf("the same again: %+v", again)
		}
		namesake := fullRow() // of another phone, at the old door
		namesake[10] = "19900000009"
		if report := imported(t, store, fullHead, namesake, row); report.Members != (community.Tally{Created: 1, Unchanged: 1}) {
			t.Errorf("someone else at the old door: %+v", report)
		}
	})
}

func TestARoleThatWasRevokedIsNotGrantedAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		row := fullRow()
		row[13] = "党员、组织者"
		imported(t, store, fullHead, row)
		r := readRegister(t, store)
		who := r.people["甲一"].ID
		if err := store.Roles.Revoke(t.Context(), who, model.RoleOrganizer, r.id, now()); err != nil {
			t.Fatal(err)
		}
		if report := imported(t, store, fullHead, row); report.Changed() {
			t.Errorf("got %+v", report)
		}
		if held, err := store.Roles.Of(t.Context(), who); err != nil || len(held) != 2 {
			t.Errorf("holds %+v, %v", held, err)
		}
	})
}

func TestAGridWorkerIsNoNamesake(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		head := []any{"网格", "房屋信息", "姓名", "手机号"}
		imported(t, store, head, []any{"第1网格", "3-2-501", "王芳", "19900000001"}, []any{"第1网格", "3-2-502", "李明", ""}, []any{"第1网格", "3-2-503", "赵伟", ""}, []any{"第1网格", "3-2-504", "赵伟", ""})
		for worker, phone := range map[string]string{"王芳": "19900000009", "李明": "19900000008", "赵伟": ""} {
			imported(t, store, []any{"网格", "网格员", "联系电话"}, []any{"第1网格", worker, phone})
		}
		r := readRegister(t, store)
		if r.members != 6 {
			t.Errorf("%d people", r.members)
		}
		workers, err := store.Members.List(t.Context(), r.id, model.RoleGridWorker, 0, []model.Grant{{NodeID: r.id, NodeKind: model.KindCommunity}}, 100)
		if err != nil || len(workers) != 3 {
			t.Fatalf("%d workers, %v", len(workers), err)
		}
		for _, m := range workers {
			if fromOutside := m.HouseholdID == 0; fromOutside != (m.Name != "李明") {
				t.Errorf("%s is a worker at door %d", m.Name, m.HouseholdID)
			}
		}
	})
}

func TestAPreviewIsWhatAnImportDoes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, store *repository.Store) {
		c, book := community.New(store, now), givenBook(t, fullHead, fullRow())
		empty, err := community.PreviewEmpty(town, book, now())
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := c.Preview(t.Context(), town, book)
		if err != nil || *fresh != *empty {
			t.Errorf("got %+v, %v, want %+v", fresh, err, empty)
		}
		if found, err := store.Nodes.Communities(t.Context()); err != nil || len(found) != 0 {
			t.Fatalf("a preview made %d communities, %v", len(found), err)
		}
		if done := imported(t, store, fullHead, fullRow()); *done != *fresh {
			t.Errorf("got %+v, want %+v", done, fresh)
		}
		row := fullRow()
		row[1], row[10] = "第2网格", "19900000004"
		before := readRegister(t, store)
		preview, err := c.Preview(t.Context(), town, givenBook(t, fullHead, row))
		if after := readRegister(t, store); err != nil || len(after.nodes) != len(before.nodes) || !reflect.DeepEqual(after.people, before.people) {
			t.Errorf("it changed something: %v", err)
		}
		if done := imported(t, store, fullHead, row); *done != *preview || done.Nodes.Updated != 1 || done.Members.Updated != 1 {
			t.Errorf("got %+v, want %+v", done, preview)
		}
		for _, name := range []string{"", "  ", string(make([]rune, 51))} {
			if _, err := c.Import(t.Context(), name, book); !errors.Is(err, model.ErrInvalid) {
				t.Errorf("a community named %q: %v", name, err)
			}
		}
	})
}

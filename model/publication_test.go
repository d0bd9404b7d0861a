package model

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func givenPublication() (*Publication, []*PublicationItem) {
	p := &Publication{
		ID: 5, Place: Place{CommunityID: 9, GridID: 3}, ScopeNodeID: 3, ScopeKind: KindGrid, Kind: PublishPoints, Title: "三季度积分",
		FromDay: 20260701, ToDay: 20260930, CreatedBy: 4,
	}
	if err := p.Open(0, monday); err != nil {
		panic(err)
	}
	items := []*PublicationItem{
		NewItem(&Member{ID: 1, Name: "张三丰", BirthYear: 1980}, monday.Day()),
		NewItem(&Member{ID: 2, Name: "李四", Anonymous: true}, monday.Day()),
		NewItem(&Member{ID: 3, Name: "王五", BirthYear: 2012}, monday.Day()),
	}
	for i, item := range items {
		item.Verified, item.Declared = Credit{int64(10 * (i + 1)), 30}, Credit{5, 60}
		item.DeclarationID, item.Code, item.RuleVersion, item.Description = ID(70+i), "ADJUST", 1, "打扫楼道"
		item.StartedAt, item.EndedAt = monday, monday+1
	}
	p.Freeze(items)
	return p, items
}

func TestItemsShowNoMoreThanTheyMay(t *testing.T) {
	p, items := givenPublication()
	if p.Listed != 2 || !p.Intact(items) {
		t.Errorf("%d listed, intact %t", p.Listed, p.Intact(items))
	}
	for i, want := range []struct {
		name   string
		listed bool
	}{{"张**", true}, {AnonymousName, true}, {"王*", false}} {
		if items[i].DisplayName != want.name || items[i].Listed != want.listed || items[i].ItemNo != i+1 {
			t.Errorf("got %+v, want %+v", items[i], want)
		}
	}
	if minor := items[2]; minor.Shows(1) || !minor.Shows(3) || !items[0].Shows(3) {
		t.Error("a minor is shown to others, or not to themself")
	}
}

// change sets every stored field below v in turn, and has f look at it.
func change(v reflect.Value, path string, f func(path string)) {
	for i := range v.NumField() {
		field, tag := v.Field(i), v.Type().Field(i).Tag.Get("gorm")
		name := path + v.Type().Field(i).Name
		if tag == "-" {
			continue
		}
		before := reflect.ValueOf(field.Interface())
		switch field.Kind() {
		case reflect.Struct:
			change(field, name+".", f)
			continue
		case reflect.Bool:
			field.SetBool(!field.Bool())
		case reflect.String:
			field.SetString(field.String() + "x")
		case reflect.Slice:
			continue
		default:
			field.SetInt(field.Int() + 1)
		}
		f(name)
		field.Set(before)
	}
}

func TestTheHashCoversEveryField(t *testing.T) {
	p, items := givenPublication()
	fields := 0
	for _, item := range items {
		change(reflect.ValueOf(item).Elem(), "", func(field string) {
			if fields++; p.Intact(items) {
				t.Errorf("item %d: %s is not covered", item.ItemNo, field)
			}
		})
	}
	if fields != 3*16 {
		t.Errorf("%d fields were changed", fields)
	}
	// What becomes of a publication, and what follows from its items and its scope, is not in the hash.
	free := []string{"Place.AreaID", "Place.GridID", "Place.BuildingID", "Place.UnitID", "Place.HouseholdID", "Place.BranchID", "Status", "Reason", "Listed", "Version", "CreatedAt", "UpdatedAt"}
	change(reflect.ValueOf(p).Elem(), "", func(field string) {
		if p.Intact(items) != slices.Contains(free, field) {
			t.Errorf("%s: intact is %t", field, p.Intact(items))
		}
	})
	if !p.Intact(items) {
		t.Fatal("the test changed the items")
	}
	for name, other := range map[string][]*PublicationItem{
		"another order": {items[1], items[0], items[2]}, "one less": items[:2], "one more": append(slices.Clone(items), items[2]), "none": nil,
	} {
		if p.Intact(other) {
			t.Errorf("%s has the same hash", name)
		}
	}
	items[0].Code, items[0].Description = "ADJUS", "T打扫楼道"
	if p.Intact(items) {
		t.Error("a letter moved from one text to the next")
	}
}

func TestPublicationStates(t *testing.T) {
	statuses := []PublicationStatus{PublicationOpen, PublicationFinal, PublicationWithdrawn}
	after := monday.Add(7 * 24 * time.Hour)
	for to, run := range map[PublicationStatus]func(*Publication) error{
		PublicationFinal:     func(p *Publication) error { return p.Finish(after) },
		PublicationWithdrawn: func(p *Publication) error { return p.Withdraw("有误", after) },
	} {
		for _, from := range statuses {
			p, _ := givenPublication()
			p.Status = from
			err := run(p)
			may := slices.Contains(PublicationTransitions()[from], to)
			if may && (err != nil || p.Status != to || p.Version != 2) || !may && (!errors.Is(err, ErrPublicationState) || p.Status != from) {
				t.Errorf("from %s to %s: %v", from, to, err)
			}
		}
	}
	for at, want := range map[Instant]struct{ due, accepts bool }{
		monday - 1: {false, false}, monday: {false, true}, after - 1: {false, true}, after: {true, false},
	} {
		p, _ := givenPublication()
		if p.Due(at) != want.due || (p.Accepts(at) == nil) != want.accepts || (p.Finish(at) == nil) != want.due {
			t.Errorf("at %s: due %t, accepts %v", at, p.Due(at), p.Accepts(at))
		}
		p.Status = PublicationWithdrawn
		if p.Due(at) || !errors.Is(p.Accepts(at), ErrAppealWindow) {
			t.Errorf("withdrawn, at %s: due %t, accepts %v", at, p.Due(at), p.Accepts(at))
		}
	}
	p, _ := givenPublication()
	if err := p.Withdraw(" ", after); !errors.Is(err, ErrInvalid) || p.Status != PublicationOpen {
		t.Errorf("withdrawn without a reason: %v", err)
	}
}

func TestPublicationsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Publication)
		days   int
		want   error
	}{
		"as it is":               {func(*Publication) {}, 7, nil},
		"three days":             {func(*Publication) {}, 3, nil},
		"two days":               {func(*Publication) {}, 2, ErrInvalid},
		"negative days":          {func(*Publication) {}, -7, ErrInvalid},
		"thirty days":            {func(*Publication) {}, 30, nil},
		"thirty-one days":        {func(*Publication) {}, 31, ErrInvalid},
		"no kind":                {func(p *Publication) { p.Kind = "fund" }, 7, ErrInvalid},
		"no title":               {func(p *Publication) { p.Title = " " }, 7, ErrInvalid},
		"a long title":           {func(p *Publication) { p.Title = strings.Repeat("长", 51) }, 7, ErrInvalid},
		"no period":              {func(p *Publication) { p.FromDay, p.ToDay = 0, 0 }, 7, ErrPeriod},
		"half a period":          {func(p *Publication) { p.FromDay = 0 }, 7, ErrPeriod},
		"a period backwards":     {func(p *Publication) { p.FromDay = 20261001 }, 7, ErrPeriod},
		"until today":            {func(p *Publication) { p.ToDay = 20261123 }, 7, nil},
		"until tomorrow":         {func(p *Publication) { p.ToDay = 20261124 }, 7, ErrPeriod},
		"366 days":               {func(p *Publication) { p.FromDay = 20250930 }, 7, nil},
		"367 days":               {func(p *Publication) { p.FromDay = 20250929 }, 7, ErrPeriod},
		"declarations":           {func(p *Publication) { p.Kind, p.FromDay, p.ToDay = PublishDeclarations, 0, 0 }, 7, nil},
		"declarations of a time": {func(p *Publication) { p.Kind = PublishDeclarations }, 7, ErrInvalid},
	} {
		p, _ := givenPublication()
		p.Status = ""
		c.change(p)
		if err := p.Open(c.days, monday); !errors.Is(err, c.want) || (err == nil) != (p.Status == PublicationOpen) {
			t.Errorf("%s: got %q, %v, want %v", name, p.Status, err, c.want)
		}
	}
}

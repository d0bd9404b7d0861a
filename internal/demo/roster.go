package demo

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/xuri/excelize/v2"
)

// CommunityName is the name of the demo's community.
const CommunityName = "祥和社区（演示）"

// The measures of the demo's community.
const (
	areas            = 6
	gridsPerArea     = 4
	buildings        = 60
	unitsPerBuilding = 2
	floors           = 5
	doorsPerFloor    = 2
	residents        = 3000
	partyMembers     = 310
)

// Facts is what a reader must find in the demo's roster.
type Facts struct {
	Areas, Grids, Buildings, Households, Residents, PartyMembers int
}

// Roster writes the demo's roster as xlsx and returns what is in it. It is the same at each call.
func Roster(w io.Writer) (Facts, error) {
	t := &town{random: rand.New(rand.NewPCG(20261123, 8)), file: excelize.NewFile()} //nolint:gosec // the same every time is the point
	defer func() { _ = t.file.Close() }()
	t.build()
	for _, write := range []func() error{t.writeBuildings, t.writeGrids, t.writeHouseholds, t.writePeople} {
		if err := write(); err != nil {
			return Facts{}, fmt.Errorf("write demo roster: %w", err)
		}
	}
	if err := t.file.DeleteSheet("Sheet1"); err != nil {
		return Facts{}, fmt.Errorf("write demo roster: %w", err)
	}
	if err := t.file.Write(w); err != nil {
		return Facts{}, fmt.Errorf("write demo roster: %w", err)
	}
	return Facts{areas, areas * gridsPerArea, buildings, len(t.homes), residents, partyMembers}, nil
}

// town is the demo's community while it is made.
type town struct {
	random *rand.Rand
	file   *excelize.File
	homes  []*home
	phones int
	party  int
	people int
}

type home struct {
	area, grid, building, unit, floor, door int
	people                                  []*person
}

type person struct {
	name, relation, gender, role, branch, skills string
	birth, month                                 int
	phone                                        string
}

const (
	surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
	given    = "安宁佳和欣悦明华建国秀英志强丽娟小红春燕海涛文博雨桐思远子涵晓东玉兰德福长顺"
)

func (t *town) name(taken map[string]bool) string {
	family, chars := []rune(surnames), []rune(given)
	for {
		n := string(family[t.random.IntN(len(family))]) + string(chars[t.random.IntN(len(chars))])
		if t.random.IntN(3) > 0 {
			n += string(chars[t.random.IntN(len(chars))])
		}
		if !taken[n] {
			taken[n] = true
			return n
		}
	}
}

func (t *town) phone() string {
	t.phones++
	return fmt.Sprintf("1990000%04d", t.phones)
}

// build makes every home and its people.
func (t *town) build() {
	for b := range buildings {
		grid := b * areas * gridsPerArea / buildings
		for unit := range unitsPerBuilding {
			for floor := range floors {
				for door := range doorsPerFloor {
					t.homes = append(t.homes, &home{area: grid / gridsPerArea, grid: grid, building: b + 1, unit: unit + 1, floor: floor + 1, door: door + 1})
				}
			}
		}
	}
	for i, h := range t.homes {
		t.settle(h, 2+i%2)
	}
	t.appoint()
}

// settle gives a home its people.
func (t *town) settle(h *home, n int) {
	relations := []string{"户主", "配偶", "子女", "父母"}
	skills := []string{"理发", "家电维修", "辅导作业", "法律咨询", "跑腿", "陪诊", "手机教学"}
	taken := map[string]bool{}
	for i := range n {
		p := &person{name: t.name(taken), relation: relations[i], gender: []string{"男", "女"}[t.random.IntN(2)], birth: 1936 + t.random.IntN(59)}
		p.month = 1 + (t.people*7+t.people/12)%12
		if i == 2 {
			p.birth = 2008 + t.random.IntN(14)
		} else if p.phone = t.phone(); t.random.IntN(6) == 0 {
			p.skills = skills[t.random.IntN(len(skills))]
		}
		h.people = append(h.people, p)
		t.people++
	}
}

// appoint gives the offices to heads of households, and makes every fourth other head a party member
// until there are enough.
func (t *town) appoint() {
	perGrid := map[int]int{}
	branch := func(h *home) string { return ordinal(h.area) + "党支部" }
	for i, h := range t.homes {
		p := h.people[0]
		perGrid[h.grid]++
		switch {
		case perGrid[h.grid] == 3:
			p.role = "网格员"
		case i%(len(t.homes)/areas) == 10:
			p.role, p.branch = "党员、支部书记", branch(h)
			t.party++
		case i == 105 || i == 705:
			p.role = "组织者"
		case i == 206:
			p.role = "社区管理员"
		case i == 307:
			p.role = "街道干部"
		case i == 408:
			p.role = "审计员"
		}
	}
	for round := 0; t.party < partyMembers; round++ {
		for i, h := range t.homes {
			if p := h.people[0]; t.party < partyMembers && p.role == "" && i%4 == round%4 && i%7 != 0 {
				p.role, p.branch = "党员", branch(h)
				t.party++
			}
		}
	}
}

func ordinal(n int) string { return "第" + string([]rune("一二三四五六")[n]) }

func gridName(n int) string { return fmt.Sprintf("第%d网格", n+1) }

func areaName(n int) string { return ordinal(n) + "片区" }

// sheet starts a sheet with a title row above its headers, as people make them.
func (t *town) sheet(name, title string, headers ...any) (row func(values ...any) (int, error), err error) {
	if _, err := t.file.NewSheet(name); err != nil {
		return nil, err
	}
	at := 0
	row = func(values ...any) (int, error) {
		at++
		cell, err := excelize.CoordinatesToCellName(1, at)
		if err != nil {
			return 0, err
		}
		return at, t.file.SetSheetRow(name, cell, &values)
	}
	if _, err := row(title); err != nil {
		return nil, err
	}
	if last, err := excelize.CoordinatesToCellName(len(headers), 1); err != nil || t.file.MergeCell(name, "A1", last) != nil {
		return nil, fmt.Errorf("merge the title of %s: %w", name, err)
	}
	_, err = row(headers...)
	return row, err
}

func (t *town) writeBuildings() error {
	row, err := t.sheet("楼栋", "祥和社区楼栋一览表", "责任区", "所属网格", "楼号", "单元数")
	if err != nil {
		return err
	}
	first := 3
	for b := range buildings {
		grid := b * areas * gridsPerArea / buildings
		area := areaName(grid / gridsPerArea)
		at, err := row(area, gridName(grid), fmt.Sprintf("%d号楼", b+1), unitsPerBuilding)
		if err != nil {
			return err
		}
		// The area's cells are one, merged down.
		if next := (b + 1) * areas * gridsPerArea / buildings; b+1 == buildings || next/gridsPerArea != grid/gridsPerArea {
			if err := t.file.MergeCell("楼栋", fmt.Sprint("A", first), fmt.Sprint("A", at)); err != nil {
				return err
			}
			first = at + 1
		}
	}
	return nil
}

func (t *town) writeGrids() error {
	row, err := t.sheet("网格", "网格员名册", "片区", "网格名称", "网格员", "联系电话")
	if err != nil {
		return err
	}
	for _, h := range t.homes {
		if p := h.people[0]; p.role == "网格员" {
			if _, err := row(areaName(h.area), gridName(h.grid), p.name, p.phone); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *town) writeHouseholds() error {
	row, err := t.sheet("住户", "住户台账（2026）", "幢", "单元", "室号", "户别", "标记", "党员中心户")
	if err != nil {
		return err
	}
	kinds, flags := []string{"自住", "自住", "自住", "出租", "空置"}, []string{"", "", "", "低保", "独居老人", ""}
	hubs := map[int]bool{}
	for i, h := range t.homes {
		hub := ""
		if strings.HasPrefix(h.people[0].role, "党员") && !hubs[h.grid] {
			hubs[h.grid], hub = true, "是"
		}
		_, err := row(fmt.Sprintf("%d幢", h.building), h.unit, fmt.Sprintf("%d%02d", h.floor, h.door), kinds[i%len(kinds)], flags[i%len(flags)], hub)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *town) writePeople() error {
	row, err := t.sheet("居民", "居民花名册 制表日期：2026年10月", "序号", "房屋信息", "名字", "与户主关系", "性别", "出生年月", "手机号码", "政治面貌", "所属支部", "特长")
	if err != nil {
		return err
	}
	number := 0
	for i, h := range t.homes {
		first := 0
		for k, p := range h.people {
			number++
			address := ""
			if k == 0 {
				address = h.address(i)
			}
			at, err := row(number, address, p.name, p.relation, p.gender, birthText(p, number), phoneText(p, number), p.role, p.branch, p.skills)
			if err != nil {
				return err
			}
			if k == 0 {
				first = at
			} else if k == len(h.people)-1 {
				if err := t.file.MergeCell("居民", fmt.Sprint("B", first), fmt.Sprint("B", at)); err != nil {
					return err
				}
			}
		}
	}
	return t.writeStrays(row)
}

// address writes a home as one of the ways in which people do.
func (h *home) address(i int) string {
	form := []string{"%d幢%d单元%d%02d室", "%d-%d-%d%02d", "%d栋%d单元%d%02d", "%d号楼%d单元%d%02d室"}[i%4]
	text := fmt.Sprintf(form, h.building, h.unit, h.floor, h.door)
	if i%50 == 7 {
		text = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r - '0' + '０'
			}
			return r
		}, text)
	}
	return text
}

// birthText writes a birth as one of the ways in which people do, and a few as nothing that can be read.
func birthText(p *person, number int) any {
	switch {
	case number%500 == 9:
		return "不详"
	case number%400 == 21:
		return 365*(p.birth-1900) + (p.birth-1900)/4 + 30*p.month - 10 // a date that lost its format
	case number%3 == 0:
		return fmt.Sprintf("%d-%02d-15", p.birth, p.month)
	case number%3 == 1:
		return fmt.Sprintf("%d年%d月", p.birth, p.month)
	}
	return p.birth
}

// phoneText writes a phone, sometimes in a way that has to be repaired, or cannot be.
func phoneText(p *person, number int) string {
	switch {
	case p.phone == "":
		return ""
	case number%450 == 31:
		return p.phone[:3] + "-" + p.phone[3:7] + "-" + p.phone[7:]
	case number%450 == 61:
		return p.phone[:1] + "." + p.phone[1:] + "E+10"
	case number%450 == 91:
		return "1.99E+10"
	case number%450 == 121:
		return " " + p.phone + " "
	}
	return p.phone
}

// writeStrays adds rows at the end as they gather in real rosters: people who are there already, and people
// of homes that do not exist.
func (t *town) writeStrays(row func(...any) (int, error)) error {
	for i := range 24 {
		h := t.homes[i*37]
		p := h.people[0]
		var err error
		switch i % 4 {
		case 0, 1:
			_, err = row("", h.address(i), p.name, "户主", p.gender, p.birth, p.phone, p.role, p.branch, "")
		case 2:
			_, err = row("", fmt.Sprintf("%d幢9单元101室", h.building), "甲某", "户主", "男", 1970, "", "", "", "")
		default:
			_, err = row("", "九十九号", "乙某", "户主", "女", 1971, "", "热心人", "", "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

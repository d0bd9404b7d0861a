package roster

import (
	"slices"
	"strconv"
	"strings"

	"linbanglin/model"
)

// doorOf reads the address of a row, from one cell or from several. A row of a person without any address
// belongs to the household above it.
func (b *reader) doorOf(l *line) (Door, bool) {
	if text := l.text[fieldAddress]; text != "" {
		d, ok := address(text)
		if !ok {
			b.bad(l, fieldAddress, "看不懂这个地址，应类似 3幢2单元501室")
			return Door{}, false
		}
		return d, b.exists(l, fieldAddress, d)
	}
	if l.text[fieldBuilding] == "" && l.text[fieldUnit] == "" && l.text[fieldDoor] == "" {
		if b.last == (Door{}) {
			b.bad(l, firstOf(l, fieldBuilding, fieldAddress), "缺少地址")
		}
		return b.last, b.last != (Door{})
	}
	return b.doorOfParts(l)
}

func firstOf(l *line, fields ...Field) Field {
	for _, f := range fields {
		if _, ok := l.at[f]; ok {
			return f
		}
	}
	return fields[0]
}

// fillDown completes a row that has a door and no building: it is in the building above, where the row above
// told one, and where it tells no unit in that unit.
func (b *reader) fillDown(l *line) {
	if l.text[fieldBuilding] != "" || l.text[fieldDoor] == "" || b.last == (Door{}) {
		return
	}
	if l.text[fieldBuilding] = b.last.Building; l.text[fieldUnit] == "" {
		l.text[fieldUnit] = b.last.Unit
	}
	b.issue(l, firstOf(l, fieldBuilding, fieldDoor), Fixed, "", "空白，已按上一行补为"+l.text[fieldBuilding]+l.text[fieldUnit])
}

func (b *reader) doorOfParts(l *line) (Door, bool) {
	if l.text[fieldBuilding] == "" && l.text[fieldUnit] == "" {
		if d, ok := address(l.text[fieldDoor]); ok {
			return d, b.exists(l, fieldDoor, d)
		}
	}
	b.fillDown(l)
	var d Door
	var ok bool
	if d.Building, ok = building(l.text[fieldBuilding]); !ok {
		b.bad(l, firstOf(l, fieldBuilding, fieldDoor), "看不出是哪一幢")
		return d, false
	}
	if d.Unit, ok = unit(l.text[fieldUnit]); !ok {
		if l.text[fieldUnit] != "" {
			b.bad(l, fieldUnit, "看不出是哪个单元")
			return d, false
		}
		d.Unit = "1单元"
	}
	if d.Number, ok = door(l.text[fieldDoor]); !ok {
		b.bad(l, fieldDoor, "看不出房号")
		return d, false
	}
	f := fieldUnit
	if _, has := l.at[fieldUnit]; !has {
		f = fieldBuilding
	}
	return d, b.exists(l, f, d)
}

// exists holds a door against the sheet that lists buildings and units, where there is one.
func (b *reader) exists(l *line, f Field, d Door) bool {
	h := b.buildings[d.Building]
	switch {
	case h == nil && b.listed:
		b.bad(l, firstOf(l, fieldBuilding, fieldAddress), "楼栋表中没有"+d.Building)
		return false
	case h == nil:
		h = b.needBuilding(d.Building)
	case b.listed && len(h.Units) > 0 && !slices.Contains(h.Units, d.Unit):
		b.bad(l, f, d.Building+"没有"+d.Unit)
		return false
	}
	return b.place(h, l)
}

// readHousehold reads a row of a household, or the household's part of a person's row.
func (b *reader) readHousehold(l *line) (Door, bool) {
	d, ok := b.doorOf(l)
	if !ok {
		b.last = Door{} // what follows without an address belongs to nobody above
		return d, false
	}
	b.last = d
	h := b.households[d]
	if h == nil {
		h = &Household{Door: d}
		b.households[d] = h
		b.book.Households = append(b.book.Households, h)
	}
	if kind := plain(l.text[fieldKind]); kind != "" {
		h.Kind = kind
	}
	h.Flags = union(h.Flags, several(l.text[fieldFlags]))
	if text := l.text[fieldHub]; text != "" {
		hub := yes(text) || h.Hub != nil && *h.Hub
		h.Hub = &hub
	}
	if keeper, ok := personName(l.text[fieldKeeper]); ok {
		h.Keeper = keeper
	} else if l.text[fieldKeeper] != "" {
		b.bad(l, fieldKeeper, "姓名中不能有数字和符号")
	}
	if team := plain(l.text[fieldTeam]); team != "" {
		h.Team = team
	}
	return d, true
}

// union adds what is not there yet. It is nil when both are.
func union[T comparable](all, more []T) []T {
	if all == nil {
		return more
	}
	for _, x := range more {
		if !slices.Contains(all, x) {
			all = append(all, x)
		}
	}
	return all
}

func (b *reader) readResident(l *line) {
	d, ok := b.readHousehold(l)
	text := l.own(fieldName)
	if text == "" {
		return // an empty home, or the rest of a merge
	}
	if !ok {
		return
	}
	name, ok := personName(text)
	if !ok {
		b.bad(l, fieldName, "姓名中不能有数字和符号")
		return
	}
	p := &Resident{Door: d, Name: name, Gender: b.genderOf(l), Branch: plain(l.text[fieldBranch]), Skills: several(l.text[fieldSkills])}
	p.Phone = b.phoneOf(l, fieldPhone)
	p.BirthYear = b.birthOf(l)
	p.BirthMonth = b.monthOf(l, p.BirthYear)
	p.Roles = b.rolesOf(l)
	if relation := plain(l.text[fieldRelation]); relation != "" {
		head := slices.Contains([]string{"户主", "本人"}, relation)
		p.Head = &head
	}
	b.addPerson(l, p)
}

// addPerson takes a person unless the roster has the person already.
func (b *reader) addPerson(l *line, p *Resident) {
	key := personKey{p.Door, p.Name}
	had := b.people[key]
	if had == nil && p.Phone != "" {
		had = b.byPhone[[2]string{p.Phone, p.Name}]
	}
	if had != nil {
		b.issue(l, fieldName, Fixed, l.text[fieldName], "同一人出现了两次，已合并")
		had.complete(p)
		return
	}
	b.people[key] = p
	if p.Phone != "" {
		b.byPhone[[2]string{p.Phone, p.Name}] = p
	}
	b.book.Residents = append(b.book.Residents, p)
}

// complete fills what is not known of a person from a second row about the same one.
func (p *Resident) complete(again *Resident) {
	if p.Phone == "" {
		p.Phone = again.Phone
	}
	if p.BirthYear <= 0 && again.BirthYear != 0 {
		p.BirthYear = again.BirthYear
	}
	if p.BirthMonth == 0 {
		p.BirthMonth = again.BirthMonth
	}
	if p.Branch == "" {
		p.Branch = again.Branch
	}
	if p.Gender == "" {
		p.Gender = again.Gender
	}
	if p.Head == nil {
		p.Head = again.Head
	}
	p.Skills, p.Roles = union(p.Skills, again.Skills), union(p.Roles, again.Roles)
}

func (b *reader) genderOf(l *line) string {
	switch text := strings.TrimSuffix(plain(l.text[fieldGender]), "性"); text {
	case "男", "女", "":
		return text
	}
	b.bad(l, fieldGender, "性别应为 男 或 女")
	return ""
}

// birthOf reads the year of birth from a date, an identity card number or an age, the first that can be read.
func (b *reader) birthOf(l *line) int {
	told := 0
	for _, read := range []func(*line) int{b.birthOfDate, b.birthOfIDCard, b.birthOfAge} {
		if year := read(l); year > 0 {
			return year
		} else if year != 0 {
			told = year
		}
	}
	return told
}

func (b *reader) birthOfDate(l *line) int {
	text := l.text[fieldBirth]
	if text == "" {
		return 0
	}
	year, reason, ok := birthYear(text, b.year)
	switch {
	case !ok:
		b.bad(l, fieldBirth, reason)
		return model.BirthUnreadable
	case reason != "" && !l.dated(fieldBirth):
		b.issue(l, fieldBirth, Fixed, text, reason)
	}
	return year
}

func (b *reader) birthOfIDCard(l *line) int {
	text := l.text[fieldIDCard]
	if text == "" {
		return 0
	}
	year, _, ok := idCardBirth(text, b.year)
	if !ok {
		b.issue(l, fieldIDCard, Bad, "（不显示）", "身份证号格式不正确")
		return model.BirthUnreadable
	}
	return year
}

func (b *reader) birthOfAge(l *line) int {
	text := l.text[fieldAge]
	if text == "" {
		return 0
	}
	age, err := strconv.Atoi(strings.TrimSuffix(plain(text), "岁"))
	if err != nil || age < 0 || age > 120 {
		b.bad(l, fieldAge, "年龄应为 0 到 120 的整数")
		return model.BirthUnreadable
	}
	return b.year - age
}

// monthOf reads the month of birth of who was born in a year, as far as that is known: from a column of its own, from the
// date, or from the identity card number, the first that has one.
func (b *reader) monthOf(l *line, year int) int {
	month, reason := birthMonth(l.text[fieldBirthMonth])
	if reason != "" {
		b.bad(l, fieldBirthMonth, reason)
	}
	if _, _, dated := birthYear(l.text[fieldBirth], b.year); dated && month == 0 {
		if month, reason = birthMonth(l.text[fieldBirth]); reason != "" {
			b.issue(l, fieldBirth, Fixed, l.text[fieldBirth], "只取了年份："+reason)
		}
	}
	if born, m, ok := idCardBirth(l.text[fieldIDCard], b.year); ok && month == 0 && (year <= 0 || born == year) {
		month = m
	}
	return month
}

// rolesOf reads what a person is; everybody is a resident.
func (b *reader) rolesOf(l *line) []model.Role {
	roles := []model.Role{model.RoleResident}
	for _, f := range []Field{fieldRole, fieldParty} {
		for _, w := range words(l.text[f]) {
			r, ok := role(w)
			if !ok {
				b.bad(l, f, "不认识的身份「"+w+"」")
				continue
			}
			roles = union(roles, []model.Role{r})
		}
	}
	return roles
}

package roster

import (
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// Field is what a column can hold. Its name is what --map takes.
type Field string

// The fields.
const (
	fieldArea        Field = "area"
	fieldGrid        Field = "grid"
	fieldBuilding    Field = "building"
	fieldUnit        Field = "unit"
	fieldUnits       Field = "units"
	fieldDoor        Field = "door"
	fieldAddress     Field = "address"
	fieldKind        Field = "kind"
	fieldFlags       Field = "flags"
	fieldHub         Field = "hub"
	fieldKeeper      Field = "keeper"
	fieldTeam        Field = "team"
	fieldName        Field = "name"
	fieldPhone       Field = "phone"
	fieldRole        Field = "role"
	fieldParty       Field = "party"
	fieldBranch      Field = "branch"
	fieldBirth       Field = "birth"
	fieldBirthMonth  Field = "birth_month"
	fieldAge         Field = "age"
	fieldIDCard      Field = "id_card"
	fieldGender      Field = "gender"
	fieldSkills      Field = "skills"
	fieldRelation    Field = "relation"
	fieldWorker      Field = "worker"
	fieldWorkerPhone Field = "worker_phone"
)

// synonym is a field with its Chinese label and the other names that rosters give it.
type synonym struct {
	field Field
	names []string
}

// synonyms returns the names of every field, the label first.
func synonyms() []synonym {
	return []synonym{
		{fieldArea, []string{"片区", "所属片区", "责任区", "小区片区"}},
		{fieldGrid, []string{"网格", "所属网格", "网格名称", "网格号", "网格编号"}},
		{fieldBuilding, []string{"楼栋", "幢", "栋", "楼号", "幢号", "栋号", "楼幢", "楼栋号", "楼", "座"}},
		{fieldUnit, []string{"单元", "单元号"}},
		{fieldUnits, []string{"单元数", "单元数量", "单元列表", "包含单元"}},
		{fieldDoor, []string{"房号", "室号", "门牌号", "门牌", "户号", "室", "房间号"}},
		{fieldAddress, []string{"房屋信息", "住址", "地址", "房屋地址", "家庭住址", "房屋", "详细地址"}},
		{fieldKind, []string{"户类型", "住户类型", "户别", "房屋性质", "住户性质", "居住类型"}},
		{fieldFlags, []string{"标记", "分色", "分类标记", "家庭标签", "标签", "旗帜"}},
		{fieldHub, []string{"中心户", "党员中心户", "是否中心户"}},
		{fieldKeeper, []string{"包保人", "包户人", "包保责任人", "联户人", "包保党员"}},
		{fieldTeam, []string{"服务队", "所属服务队", "户助服务队", "志愿服务队"}},
		{fieldName, []string{"姓名", "名字", "居民姓名", "成员姓名"}},
		{fieldPhone, []string{"手机号", "联系电话", "电话", "手机", "手机号码", "联系方式", "电话号码"}},
		{fieldRole, []string{"身份", "角色", "职务"}},
		{fieldParty, []string{"政治面貌", "是否党员"}},
		{fieldBranch, []string{"党支部", "所属支部", "支部", "所在支部", "所属党支部"}},
		{fieldBirth, []string{"出生年份", "出生日期", "出生年月", "生日", "出生"}},
		{fieldBirthMonth, []string{"出生月份", "出生月", "生日月份"}},
		{fieldAge, []string{"年龄", "岁数"}},
		{fieldIDCard, []string{"身份证号", "身份证", "身份证号码", "证件号码"}},
		{fieldGender, []string{"性别"}},
		{fieldSkills, []string{"特长", "技能", "专长", "服务特长", "能提供的服务"}},
		{fieldRelation, []string{"与户主关系", "关系", "户主关系", "家庭关系"}},
		{fieldWorker, []string{"网格员", "网格员姓名", "网格长", "负责人"}},
		{fieldWorkerPhone, []string{"网格员电话", "网格员手机", "网格员手机号", "负责人电话"}},
	}
}

// label returns the Chinese name of a field.
func (f Field) label() string {
	for _, s := range synonyms() {
		if s.field == f {
			return s.names[0]
		}
	}
	return string(f)
}

// known reports whether the field exists.
func (f Field) known() bool {
	return slices.ContainsFunc(synonyms(), func(s synonym) bool { return s.field == f })
}

// plain folds full-width characters and drops all white space.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(width.Fold.String(s), "\u00a0", " ")), "")
}

// plainHeader is plain without what people decorate headers with.
func plainHeader(s string) string {
	s = plain(s)
	if i := strings.IndexAny(s, "(（[【"); i > 0 {
		s = s[:i]
	}
	return strings.Trim(s, "*:：#·. ")
}

// fieldOf returns the field that a header names, by --map first.
func fieldOf(sheet, header string, mapped map[string]Field) Field {
	if f, ok := mapped[plain(sheet+"!"+header)]; ok {
		return f
	}
	if f, ok := mapped[plain(header)]; ok {
		return f
	}
	name := plainHeader(header)
	for _, s := range synonyms() {
		if slices.Contains(s.names, name) {
			return s.field
		}
	}
	return ""
}

// headerRows is how far down a header row is looked for.
const headerRows = 20

// findHeader returns the row, from 0, with the most cells that name a field, and its columns. A sheet
// without two of them has none: -1.
func findHeader(sheet string, rows [][]string, mapped map[string]Field) (int, []Column) {
	best, found := -1, []Column(nil)
	score := 1
	for i, row := range rows[:min(headerRows, len(rows))] {
		columns, fields := make([]Column, len(row)), map[Field]bool{}
		for c, text := range row {
			columns[c] = Column{strings.TrimSpace(text), fieldOf(sheet, strings.TrimSpace(text), mapped)}
			if columns[c].Field == fieldBirth && fields[fieldBirth] {
				columns[c].Field = fieldBirthMonth // as 出生年月 beside 出生年份
			}
			if f := columns[c].Field; f != "" && fields[f] {
				columns[c].Field = "" // the first of two wins
			} else if f != "" {
				fields[f] = true
			}
		}
		if len(fields) > score {
			best, found, score = i, columns, len(fields)
		}
	}
	return best, found
}

// The kinds of sheet.
const (
	kindBuildings  = "楼栋"
	kindGrids      = "网格"
	kindHouseholds = "住户"
	kindResidents  = "居民"
)

// sheetKind says what the rows of a sheet with these columns are.
func sheetKind(columns []Column) string {
	has := func(f Field) bool { return slices.ContainsFunc(columns, func(c Column) bool { return c.Field == f }) }
	located := has(fieldBuilding) || has(fieldAddress)
	switch {
	case has(fieldName) && (located || has(fieldDoor)):
		return kindResidents
	case located && (has(fieldDoor) || has(fieldAddress)):
		return kindHouseholds
	case has(fieldBuilding):
		return kindBuildings
	case has(fieldGrid):
		return kindGrids
	}
	return ""
}

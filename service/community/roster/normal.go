package roster

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/width"

	"linbanglin/model"
)

// These are read only.
var (
	buildingForm = regexp.MustCompile(`^(.*?)([0-9]+|[A-Z])(?:号楼|楼栋|幢|栋|楼|座|号|#)?$`)
	unitForm     = regexp.MustCompile(`^(?:第)?([0-9]+|[A-Z])(?:单元|门|#)?$`)
	doorForm     = regexp.MustCompile(`^([0-9]+[A-Z]?(?:-[0-9]+)?)(?:室|号|户|房)?$`)
	addressForm  = regexp.MustCompile(`^(.*?(?:[0-9]+|[A-Z]))(?:号楼|幢|栋|楼|座|号|#|-)(?:([0-9]+|[A-Z])(?:单元|门|-))?(?:[0-9]+(?:楼|层))?([0-9]+[A-Z]?(?:-[0-9]+)?)(?:室|号|户|房)?$`)
	mobileForm   = regexp.MustCompile(`^1[3-9][0-9]{9}$`)
	yearForm     = regexp.MustCompile(`^([0-9]{4})(?:[-./年]|$)`)
	yearAlone    = regexp.MustCompile(`^[0-9]{4}年?$`)
	monthForm    = regexp.MustCompile(`^(?:[0-9]{4}[-./年])?(0?[1-9]|1[0-2])(?:[^0-9]|$)`)
	lostZero     = regexp.MustCompile(`^[0-9]{4}\.1$`)
	compactDate  = regexp.MustCompile(`^([0-9]{4})(0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])?$`)
	idCardForm   = regexp.MustCompile(`^[0-9]{6}([0-9]{4})([0-9]{2})[0-9]{5}[0-9X]$`)
)

// upper is plain with capital letters and Chinese numerals as digits, for parts of an address.
func upper(s string) string { return digits(strings.ToUpper(plain(s))) }

// digits replaces Chinese numerals up to 九十九 by digits.
func digits(s string) string {
	const numerals = "零一二三四五六七八九"
	var out strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		value := func(j int) int {
			if j < 0 || j >= len(runes) {
				return -1
			}
			if at := strings.IndexRune(numerals, runes[j]); at >= 0 {
				return at / utf8.RuneLen('一')
			}
			return -1
		}
		switch {
		case runes[i] == '十':
			out.WriteString(strconv.Itoa(10 + max(value(i+1), 0)))
			if value(i+1) >= 0 {
				i++
			}
		case value(i) > 0 && i+1 < len(runes) && runes[i+1] == '十':
			tens := value(i) * 10
			i++
			if value(i+1) >= 0 {
				tens += value(i + 1)
				i++
			}
			out.WriteString(strconv.Itoa(tens))
		case value(i) >= 0:
			out.WriteString(strconv.Itoa(value(i)))
		default:
			out.WriteRune(runes[i])
		}
	}
	return out.String()
}

// NameKey returns what two spellings of an area, a grid or a branch have in common: 第一网格, 1号网格 and 1 are one.
func NameKey(name string) string {
	text := upper(name)
	if key := nameDecoration.Replace(text); key != "" {
		return key
	}
	return text
}

// nameDecoration is what people write or leave out. It is read only.
var nameDecoration = strings.NewReplacer("第", "", "号", "", "网格", "", "片区", "")

// trimZeros turns 03 into 3.
func trimZeros(number string) string {
	if t := strings.TrimLeft(number, "0"); t != "" {
		return t
	}
	return number
}

// building returns the one spelling of a building: 3栋, 3号楼, ３ 幢 and 三幢 are 3幢.
func building(s string) (string, bool) {
	m := buildingForm.FindStringSubmatch(upper(s))
	if m == nil {
		return "", false
	}
	return m[1] + trimZeros(m[2]) + "幢", true
}

// unit returns the one spelling of a unit: 2 and 二单元 are 2单元.
func unit(s string) (string, bool) {
	m := unitForm.FindStringSubmatch(upper(s))
	if m == nil {
		return "", false
	}
	return trimZeros(m[1]) + "单元", true
}

// door returns the one spelling of a door: 501室 is 501.
func door(s string) (string, bool) {
	m := doorForm.FindStringSubmatch(upper(strings.TrimSuffix(s, ".0")))
	if m == nil {
		return "", false
	}
	return trimZeros(m[1]), true
}

// address reads a whole address from one cell, such as 3幢2单元501室 or 3-2-501. A building without units
// has one.
func address(s string) (Door, bool) {
	m := addressForm.FindStringSubmatch(upper(s))
	if m == nil || strings.ContainsAny(m[1], "幢栋楼座") || strings.Contains(m[1], "单元") {
		return Door{}, false
	}
	b, ok := building(m[1])
	if m[2] == "" {
		m[2] = "1"
	}
	return Door{b, trimZeros(m[2]) + "单元", trimZeros(m[3])}, ok
}

// lostDigits is how a number ends that was kept in scientific notation.
const lostDigits = "0000000"

// phone returns a mobile number with the country code, and why a repair or a refusal was needed.
func phone(s string) (number, reason string, ok bool) {
	text := plain(s)
	if strings.ContainsAny(text, "eE") {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || value != math.Trunc(value) || !mobileForm.MatchString(strconv.FormatFloat(value, 'f', 0, 64)) {
			return "", "手机号变成了科学计数法，请改为文本格式重新填写", false
		}
		number = strconv.FormatFloat(value, 'f', 0, 64)
		if strings.HasSuffix(number, lostDigits) {
			return "", "手机号变成了科学计数法，后几位已经丢失，请重新填写", false
		}
		return "86" + number, "科学计数法已还原为手机号", true
	}
	bare := strings.NewReplacer("-", "", " ", "", "(", "", ")", "", ".0", "").Replace(text)
	bare = strings.TrimPrefix(strings.TrimPrefix(bare, "+"), "0086")
	if len(bare) == 13 {
		bare = strings.TrimPrefix(bare, "86")
	}
	switch {
	case strings.HasSuffix(bare, lostDigits):
		return "", "手机号的后几位已经丢失，请重新填写", false
	case !mobileForm.MatchString(bare):
		return "", "不是 11 位手机号", false
	case bare != s:
		return "86" + bare, "已去掉手机号中的空格、符号或全角字符", true
	}
	return "86" + bare, "", true
}

const (
	oldestYear = 1900
	// The serials of 1930 and 2030: below and above, a number is no date of Excel's.
	firstSerial, lastSerial = 3000, 60000
)

// birthYear reads a year, a date or a serial of Excel's.
func birthYear(s string, now int) (year int, reason string, ok bool) {
	text := upper(s)
	switch {
	case compactDate.MatchString(text):
		year, _ = strconv.Atoi(text[:4])
	case yearForm.MatchString(text):
		year, _ = strconv.Atoi(text[:4])
	default:
		date, ok := dateOfSerial(text)
		if !ok {
			return 0, "看不出是哪一年", false
		}
		year, reason = date.Year(), "Excel 日期序号已换算为年份"
	}
	if year < oldestYear || year > now {
		return 0, fmt.Sprintf("出生年份应在 %d 到 %d 之间", oldestYear, now), false
	}
	return year, reason, true
}

// dateOfSerial reads the day that a serial of Excel's is.
func dateOfSerial(text string) (time.Time, bool) {
	serial, err := strconv.ParseFloat(text, 64)
	if err != nil || serial < firstSerial || serial > lastSerial {
		return time.Time{}, false
	}
	date, err := excelize.ExcelDateToTime(serial, false)
	return date, err == nil
}

// birthMonth reads the month of a month alone, of a date or of a serial of Excel's: 0 with a reason when it cannot be read,
// and without one when there is none.
func birthMonth(s string) (month int, reason string) {
	text := upper(s)
	switch {
	case text == "" || yearAlone.MatchString(text):
		return 0, ""
	case lostZero.MatchString(text): // a number loses its last zero
		return 0, "分不清是 1 月还是 10 月，请写成 1944-01 或 1944-10"
	case compactDate.MatchString(text):
		month, _ = strconv.Atoi(text[4:6])
	case monthForm.MatchString(text):
		month, _ = strconv.Atoi(monthForm.FindStringSubmatch(text)[1])
	default:
		date, ok := dateOfSerial(text)
		if !ok {
			return 0, "看不出是几月"
		}
		month = int(date.Month())
	}
	return month, ""
}

// idCardBirth reads the year and the month of birth from an identity card number, which itself is kept nowhere.
func idCardBirth(s string, now int) (year, month int, ok bool) {
	m := idCardForm.FindStringSubmatch(strings.ToUpper(plain(s)))
	if m == nil {
		return 0, 0, false
	}
	year, _ = strconv.Atoi(m[1])
	month, _ = strconv.Atoi(m[2])
	if month > 12 {
		month = 0
	}
	return year, month, year >= oldestYear && year <= now
}

// several splits a cell that holds several things, of which 无 is none. It is nil for an empty cell.
func several(s string) []string {
	found := words(s)
	if len(found) == 0 {
		return nil
	}
	return slices.DeleteFunc(found, func(w string) bool { return slices.Contains([]string{"无", "没有", "否", "-", "--", "—"}, w) })
}

// words splits a cell that holds several things.
func words(s string) []string {
	parts := strings.FieldsFunc(width.Fold.String(s), func(r rune) bool { return strings.ContainsRune("、，,;；/|", r) || unicode.IsSpace(r) })
	for i, p := range parts {
		parts[i] = plain(p)
	}
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

// role returns the role that a word names; who holds none is a resident.
func role(word string) (model.Role, bool) {
	switch word {
	case "居民", "群众", "共青团员", "团员", "少先队员", "民主党派", "无党派", "无党派人士", "入党积极分子", "发展对象", "无", "否":
		return model.RoleResident, true
	case "党员", "中共党员", "预备党员", "中共预备党员", "是":
		return model.RolePartyMember, true
	case "网格员", "网格长":
		return model.RoleGridWorker, true
	case "组织者", "活动组织者":
		return model.RoleOrganizer, true
	case "支部书记", "书记", "党支部书记":
		return model.RoleSecretary, true
	case "社区管理员", "社区主任", "社区书记", "管理员":
		return model.RoleCommunityAdmin, true
	case "街道干部", "街道":
		return model.RoleStreetOfficer, true
	case "审计员", "审计":
		return model.RoleAuditor, true
	}
	return "", false
}

// yes reports whether a cell agrees.
func yes(s string) bool {
	return slices.Contains([]string{"是", "有", "√", "✓", "1", "Y", "YES", "中心户", "党员中心户"}, strings.ToUpper(plain(s)))
}

// personName reads a name. Digits and marks are none.
func personName(s string) (string, bool) {
	name := plain(s)
	n := utf8.RuneCountInString(name)
	if n < 1 || n > 30 {
		return "", false
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && r != '·' && r != '.' {
			return "", false
		}
	}
	return name, true
}

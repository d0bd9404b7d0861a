package wechat

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrField is a value that a field of a template does not take.
var ErrField = errors.New("the field does not take the value")

// limit is what a kind of field takes: so many characters, of a form. What is too long is cut where that leaves its
// meaning, and refused elsewhere.
type limit struct {
	most int
	form *regexp.Regexp // nil: anything
	cut  bool
}

const clock = `([01]?\d|2[0-3]):[0-5]\d`

const day = `\d{4}(年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2})`

// limits is the table of the official page, by the name that the key of a field begins with.
var limits = map[string]limit{
	"thing":            {20, nil, true},
	"number":           {32, regexp.MustCompile(`^-?\d+(\.\d+)?$`), false},
	"letter":           {32, regexp.MustCompile(`^[A-Za-z]+$`), false},
	"symbol":           {5, regexp.MustCompile(`^[^\p{L}\p{N}\s]+$`), false},
	"character_string": {32, regexp.MustCompile(`^[!-~ ]+$`), false},
	"time":             {40, regexp.MustCompile(`^(` + day + ` )?` + clock + `(~(` + day + ` )?` + clock + `)?$`), false},
	"date":             {40, regexp.MustCompile(`^` + day + `( ` + clock + `)?(~` + day + `( ` + clock + `)?)?$`), false},
	"amount":           {16, regexp.MustCompile(`^[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?$`), false},
	"phone_number":     {17, regexp.MustCompile(`^[0-9+() -]+$`), false},
	"car_number":       {8, regexp.MustCompile(`^\p{Han}?[0-9A-Z]+\p{Han}?$`), false},
	"name":             {20, nil, true}, // ten if one is Chinese
	"phrase":           {5, regexp.MustCompile(`^\p{Han}+$`), true},
	"enum":             {20, nil, false},
}

var keyForm = regexp.MustCompile(`^([a-z_]+?)(\d{1,3})$`)

// FieldKind returns the kind of a field by its key: thing of thing1. It fails with ErrField for a key that none has.
func FieldKind(key string) (string, error) {
	found := keyForm.FindStringSubmatch(key)
	if found == nil {
		return "", fmt.Errorf("%w: no key", ErrField)
	}
	if _, known := limits[found[1]]; !known {
		return "", fmt.Errorf("%w: no kind", ErrField)
	}
	return found[1], nil
}

// Fit makes a value one that the field of a key takes. It fails with ErrField when it cannot.
func Fit(key, value string) (string, error) {
	kind, err := FieldKind(key)
	if err != nil {
		return "", err
	}
	l := limits[kind]
	value = plain(value)
	most := l.most
	if kind == "name" && strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII }) {
		most /= 2
	}
	if l.cut {
		value = short(value, most, kind == "thing")
	}
	if value == "" || utf8.RuneCountInString(value) > most || l.form != nil && !l.form.MatchString(value) {
		return "", fmt.Errorf("%w: %s", ErrField, kind)
	}
	return value, nil
}

// plain puts a value on one line, without what cannot be seen.
func plain(value string) string {
	value = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, value)
	return strings.TrimSpace(value)
}

// short cuts a value to so many characters, and says so if there is room for it.
func short(value string, most int, dots bool) string {
	runes := []rune(value)
	if len(runes) <= most {
		return value
	}
	if dots {
		return string(runes[:most-1]) + "…"
	}
	return string(runes[:most])
}

package api_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"linbanglin/internal/testworld"
)

// values makes what schemas of the OpenAPI document describe: mostly what they allow, at times at its edges, at times what
// somebody sends who means harm.
type values struct {
	*rand.Rand
	schemas map[string]any // of the document, by name
	known   []string       // ids of things that there are
}

// schema is one of the document's.
type schema = map[string]any

// hostile are texts that have broken others.
func hostile() []string {
	return []string{
		"", " ", "%", "_", "%%%", "\\", "'", "\"", "' OR 1=1 --", "'; DROP TABLE member; --", "0", "-1", "null", "undefined", "NaN", "1e309",
		"9223372036854775807", "9223372036854775808", "18446744073709551616", "１２３", "../../etc/passwd", "..%2f..%2f", "%00", "a\x00b", "\u202egnp.exe", "\u200b", "\ufeff",
		"\u0430dmin", "Ⅷ", "ß", "İ", "ﷺ", "😀😀😀", "👨‍👩‍👧‍👦", "𠜎", "e\u0301", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "=cmd|' /C calc'!A0", "+1", "@SUM(1)",
		"2026-02-30", "2026-11-23T25:00:00+08:00", "0000-00-00", "9999-12-31T23:59:59Z", strings.Repeat("长", 300), strings.Repeat("x", 5000), "\r\nSet-Cookie: a=b", "[]", "{}",
	}
}

func (v *values) one(from ...any) any { return from[v.IntN(len(from))] }

// deref follows a reference within the document.
func (v *values) deref(s schema) schema {
	for {
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		s, _ = v.schemas[ref[strings.LastIndex(ref, "/")+1:]].(schema)
	}
}

// of makes a value of a schema.
func (v *values) of(s schema) any {
	s = v.deref(s)
	if v.IntN(60) == 0 {
		return v.one(v.one(nil, true, 0, -1, 1.5, "", "x", []any{}, schema{}), hostile()[v.IntN(len(hostile()))])
	}
	if choices, ok := s["enum"].([]any); ok {
		return v.one(choices...)
	}
	switch kind(s) {
	case "object":
		return v.object(s)
	case "array":
		return v.array(s)
	case "integer", "number":
		return v.number(s)
	case "boolean":
		return v.IntN(2) == 0
	case "string":
		return v.text(s)
	}
	return v.one(nil, 1, "x")
}

// kind returns the type of a schema; of one that may be null as well, the other.
func kind(s schema) string {
	switch t := s["type"].(type) {
	case string:
		return t
	case []any:
		for _, one := range t {
			if one != "null" {
				name, _ := one.(string)
				return name
			}
		}
	}
	return ""
}

func (v *values) object(s schema) any {
	made := schema{}
	required, _ := s["required"].([]any)
	properties, _ := s["properties"].(schema)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		of := properties[name]
		odds := 40
		if slices.Contains(required, any(name)) {
			odds = 98
		}
		if v.IntN(100) < odds {
			of, _ := of.(schema)
			made[name] = v.of(of)
		}
	}
	if v.IntN(50) == 0 {
		made["unknown"] = 1
	}
	return made
}

func (v *values) array(s schema) any {
	of, _ := s["items"].(schema)
	n := v.IntN(3)
	if most, ok := s["maxItems"].(float64); ok && v.IntN(30) == 0 {
		n = int(most) + v.IntN(2)
	}
	made := make([]any, min(n, 200))
	for i := range made {
		made[i] = v.of(of)
	}
	return made
}

func (v *values) number(s schema) any {
	least, bounded := s["minimum"].(float64)
	most, limited := s["maximum"].(float64)
	if !bounded {
		least = 0
	}
	if !limited {
		most = least + 100
	}
	return v.one(least, most, least-1, most+1, least+float64(v.IntN(int(min(most-least, 1e6))+1)), least+1, int64(1)<<53, 1)
}

// text makes a string: of a format, an id of something, or words as long as they may be.
func (v *values) text(s schema) any {
	at := testworld.Now.Add(time.Duration(v.IntN(200)-60) * time.Hour)
	switch s["format"] {
	case "date-time":
		return at.String()
	case "date":
		return at.Day().String()
	}
	most, bounded := s["maxLength"].(float64)
	if !bounded && s["pattern"] == nil { // an id: all that people write has a bound
		if v.IntN(20) == 0 {
			return hostile()[v.IntN(len(hostile()))]
		}
		return v.known[v.IntN(len(v.known))]
	}
	least, _ := s["minLength"].(float64)
	lengths := []any{least, most, most + 1, max(least-1, 0), min(least+5, most)}
	switch v.IntN(6) {
	case 0:
		return hostile()[v.IntN(len(hostile()))]
	case 1:
		length, _ := v.one(lengths...).(float64)
		return strings.Repeat("邻", int(min(length, 3000)))
	case 2:
		return v.one("errand", "lao", "09:00", "17:30", "FREQ=WEEKLY;COUNT=3", "CAMPAIGN", "ADJUST", "2026-11", "1")
	}
	return v.one("帮忙取快递", "合适", "已核实", "x")
}

// texts makes a value for a path or a query.
func (v *values) texts(s schema) string {
	switch made := v.of(s).(type) {
	case string:
		return made
	case nil:
		return ""
	default:
		text, err := json.Marshal(made)
		if err != nil {
			return "x"
		}
		return strings.Trim(string(text), "[]\"")
	}
}

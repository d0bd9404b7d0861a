package booklet

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"linbanglin/model"
	"linbanglin/service/ledger"
)

// unit is what an amount counts.
func unit(m model.Measure) string {
	if m == model.Minutes {
		return "分钟"
	}
	return "积分"
}

// title is what a statement is called.
func title(m model.Measure) string {
	if m == model.Minutes {
		return "服务时长手册"
	}
	return "服务积分手册"
}

// what says what a line was for: as the community's rules call it, else by what it did.
func what(b *ledger.Book, line *ledger.Line) string {
	if name := b.Codes[line.Code]; name != "" {
		return name
	}
	switch line.Kind {
	case model.KindPost:
		if line.Code == model.CodeDonate {
			return "捐回社区"
		}
		return "入账"
	case model.KindHold:
		return "预留"
	case model.KindSettle:
		return "支出"
	case model.KindRelease:
		return "退回预留"
	case model.KindLapse:
		return "预留到期退回"
	case model.KindReverse:
		return "冲正"
	case model.KindExpire:
		return "过期"
	}
	return line.Code
}

func class(c model.Class) string {
	switch c {
	case model.Verified:
		return "信用"
	case model.Declared:
		return "荣誉"
	}
	return ""
}

func source(s string) string {
	switch s {
	case model.RefRequest.String():
		return "邻里互助"
	case model.RefCampaign.String():
		return "社区活动"
	case model.RefDeclared.String():
		return "事后申报"
	case model.RefMatter.String():
		return "社情民意"
	}
	return "组织者核定"
}

// period says which days a statement takes.
func period(from, to model.Day) string {
	switch {
	case from == 0 && to == 0:
		return "全部"
	case from == 0:
		return "截至 " + to.String()
	case to == 0:
		return from.String() + " 起"
	}
	return from.String() + " 至 " + to.String()
}

func signed(n int64) string { return fmt.Sprintf("%+d", n) }

// hours says minutes as certificates do.
func hours(minutes int64) string {
	if minutes%60 == 0 {
		return fmt.Sprintf("%d 小时", minutes/60)
	}
	return fmt.Sprintf("%d 小时 %d 分", minutes/60, minutes%60)
}

func minute(at model.Instant) string { return at.Time().Format("2006-01-02 15:04") }

func date(at model.Instant) string { return at.Time().Format(time.DateOnly) }

// clean takes out what no page can show: control characters, and those that turn the direction of the text
// around them.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) && r != '\u3000' {
			return ' '
		}
		if unicode.Is(unicode.C, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
}

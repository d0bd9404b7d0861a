package model

import (
	"strings"
	"unicode"
)

// cashWord is a word for money or what is as good as money. In the phrases after it it means something else.
type cashWord struct {
	word     string
	innocent []string
}

// cashWords lists what the shop must not give. Words in Chinese are found anywhere, others as whole words.
func cashWords() []cashWord {
	return []cashWord{
		{"现金", []string{"实现金", "体现金", "出现金", "展现金", "呈现金", "发现金", "不兑换现金", "不可兑换现金", "不能兑换现金", "不找零现金"}},
		{"現金", nil},
		{"红包", []string{"红包装"}},
		{"紅包", []string{"紅包裝"}},
		{"人民币", nil},
		{"代金券", nil},
		{"代金卷", nil},
		{"现金券", nil},
		{"购物券", nil},
		{"购物卡", nil},
		{"消费券", nil},
		{"消费卡", nil},
		{"抵用券", nil},
		{"抵扣券", nil},
		{"提货券", nil},
		{"礼品卡", nil},
		{"礼金", nil},
		{"储值", nil},
		{"儲值", nil},
		{"充值", nil},
		{"话费", nil},
		{"加油卡", nil},
		{"超市卡", nil},
		{"京东卡", nil},
		{"预付卡", nil},
		{"转账", nil},
		{"转帐", nil},
		{"轉賬", nil},
		{"提现", nil},
		{"返现", nil},
		{"套现", nil},
		{"折现", nil},
		{"支付宝", nil},
		{"微信支付", nil},
		{"零钱", []string{"零钱包"}},
		{"彩票", nil},
		{"比特币", nil},
		{"数字货币", nil},
		{"cash", nil},
		{"voucher", nil},
		{"vouchers", nil},
		{"gift card", nil},
		{"gift cards", nil},
		{"giftcard", nil},
		{"giftcards", nil},
		{"prepaid card", nil},
		{"top-up", nil},
		{"bitcoin", nil},
	}
}

// cashIn returns the first word for money in a text, empty when there is none. Width, case, spaces and
// characters that nobody sees do not hide one.
func cashIn(text string) string {
	spaced := strings.Join(strings.Fields(narrow(text)), " ")
	dense := strings.ReplaceAll(spaced, " ", "")
	for _, c := range cashWords() {
		if c.word[0] < unicode.MaxASCII {
			if hasWord(spaced, c.word) {
				return c.word
			}
			continue
		}
		left := dense
		for _, phrase := range c.innocent {
			left = strings.ReplaceAll(left, phrase, " ")
		}
		if strings.Contains(left, c.word) {
			return c.word
		}
	}
	return ""
}

// narrow writes full-width letters, digits and spaces as ordinary ones, capitals small, and drops what
// cannot be seen.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// hasWord reports whether a word stands in a text with no letter before nor after it.
func hasWord(text, word string) bool {
	letter := func(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= 'a' && s[i] <= 'z' }
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start := from + i
		if !letter(text, start-1) && !letter(text, start+len(word)) {
			return true
		}
		from = start + 1
	}
}

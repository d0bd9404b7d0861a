package booklet_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// characters that the made-up font has: what the pages say, what the tests write, and nothing else.
const characters = " !\"#%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz{|}~" +
	"邻帮服务积分手册志愿时长证明信用荣誉余额祥和社区姓名期初末间共行打印事项类别变动说类哈希每等于上一加本由它之前的算得任何被改都会使不同" +
	"编号兹在参加累计其中小内容次数系统签到或双方确认后申报组织者核定只实际已冲正记录核验地址出具账第据来自平台单位盖章生效免费型及码负责人经办联系电话日期扫真伪" +
	"完成求助活动甲笑互里至截全部撤销再有效入支退回预留过□，。；：（）　"

// givenFont writes a TrueType font that has the characters, each as a square, and returns its path.
func givenFont(t *testing.T, name string, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	content := madeFont(text)
	if filepath.Ext(name) == ".ttc" {
		content = collectionOf(content)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type words struct{ b []byte }

func (w *words) u16(values ...int) *words {
	for _, v := range values {
		w.b = binary.BigEndian.AppendUint16(w.b, uint16(v))
	}
	return w
}

func (w *words) u32(values ...int) *words {
	for _, v := range values {
		w.b = binary.BigEndian.AppendUint32(w.b, uint32(v))
	}
	return w
}

func madeFont(text string) []byte {
	runes := []rune(text)
	slices.Sort(runes)
	runes = slices.Compact(runes)
	n := len(runes) + 1 // the first glyph stands for what is missing
	var glyph words
	glyph.u16(1, 100, 0, 900, 800, 3, 0) // one contour in a box, four points, no instructions
	glyph.b = append(glyph.b, 1, 1, 1, 1)
	glyph.u16(100, 800, 0, -800).u16(0, 0, 800, 0) // steps in x, then in y
	var glyf, loca, hmtx words
	for i := range n {
		width := 1000
		if i > 0 && runes[i-1] < 0x80 {
			width = 500
		}
		loca.u32(len(glyf.b))
		glyf.b = append(glyf.b, glyph.b...)
		for len(glyf.b)%4 != 0 {
			glyf.b = append(glyf.b, 0)
		}
		hmtx.u16(width, 100)
	}
	loca.u32(len(glyf.b))
	tables := map[string][]byte{
		"OS/2": (&words{}).u16(1, 1000, 400, 5, 0).u16(make([]int, 21)...).u16(int(runes[0]), int(runes[len(runes)-1]), 800, -200, 0, 800, 200).u32(0, 0).b,
		"cmap": madeCmap(runes), "glyf": glyf.b, "loca": loca.b, "hmtx": hmtx.b,
		"head": (&words{}).u32(0x00010000, 0x00010000, 0, 0x5f0f3cf5).u16(0, 1000).u32(0, 0, 0, 0).u16(100, 0, 900, 800, 0, 8, 2, 1, 0).b,
		"hhea": (&words{}).u32(0x00010000).u16(800, -200, 0, 1000, 0, 0, 900, 1, 0, 0, 0, 0, 0, 0, 0, n).b,
		"maxp": (&words{}).u32(0x00010000).u16(n, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0).b,
		"name": (&words{}).u16(0, 0, 6).b,
		"post": (&words{}).u32(0x00030000, 0, 0, 0, 0, 0, 0, 0).b,
	}
	return assembled(tables)
}

// madeCmap maps the characters, in order, to the glyphs 1, 2, and so on: a segment for each.
func madeCmap(runes []rune) []byte {
	segments := len(runes) + 1
	var table words
	table.u16(4, 16+8*segments, 0, 2*segments, 2, 0, 0)
	for _, r := range runes {
		table.u16(int(r))
	}
	table.u16(0xffff, 0)
	for _, r := range runes {
		table.u16(int(r))
	}
	table.u16(0xffff)
	for i, r := range runes {
		table.u16(i + 1 - int(r))
	}
	table.u16(1).u16(make([]int, segments)...)
	return append((&words{}).u16(0, 1, 3, 1).u32(12).b, table.b...)
}

func assembled(tables map[string][]byte) []byte {
	names := []string{}
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	var file, body words
	file.u32(0x00010000).u16(len(names), 128, 3, 16*len(names)-128)
	start := 12 + 16*len(names)
	for _, name := range names {
		file.b = append(file.b, name...)
		file.u32(0, start+len(body.b), len(tables[name]))
		body.b = append(body.b, tables[name]...)
		for len(body.b)%4 != 0 {
			body.b = append(body.b, 0)
		}
	}
	return append(file.b, body.b...)
}

// collectionOf puts a font into a collection of two faces that share its tables.
func collectionOf(font []byte) []byte {
	const head = 20
	file := append([]byte("ttcf"), (&words{}).u32(0x00010000, 2, head, head).b...)
	moved := slices.Clone(font)
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		at := moved[12+16*i+8:]
		binary.BigEndian.PutUint32(at, binary.BigEndian.Uint32(at)+head)
	}
	return append(file, moved...)
}

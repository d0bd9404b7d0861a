package simulation

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Wanted is one thing that our dispatch must reach, and whether it did.
type Wanted struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	Holds bool    `json:"holds"`
}

func (r *Report) of(policy string) Figures {
	return r.Policies[slices.IndexFunc(r.Policies, func(f Figures) bool { return f.Policy == policy })]
}

// How much better than alert-7, and how near to the oracle, ours must be in notices per fill.
const (
	ofAlert7 = 0.85
	ofOracle = 1.5
)

// wanted holds ours against the others.
func wanted(r *Report) []Wanted {
	ours, broadcast, alert7, oracle := r.of(Ours), r.of(Broadcast), r.of(Alert7), r.of(Oracle)
	most := func(name string, value, limit float64) Wanted { return Wanted{name, value, limit, value <= limit} }
	gini := math.Inf(1)
	for _, other := range []string{Broadcast, Nearest, Random, Alert7} {
		gini = min(gini, r.of(other).GiniPeople)
	}
	return []Wanted{
		{"成单率不低于 broadcast", ours.FillRate, broadcast.FillRate, ours.FillRate >= broadcast.FillRate},
		most("每单通知不超过 alert-7 的 0.85 倍", ours.NoticesPerFill, ofAlert7*alert7.NoticesPerFill),
		most("接单中位时间不晚于 alert-7（分钟）", ours.MedianMinutes, alert7.MedianMinutes),
		{"人员负担的 Gini 低于其他四种", ours.GiniPeople, gini, ours.GiniPeople < gini},
		most("每单通知不超过 oracle 的 1.5 倍", ours.NoticesPerFill, ofOracle*oracle.NoticesPerFill),
	}
}

// headings of the table; the field's own words stay as they are.
func headings() []string {
	return []string{"方式 policy", "成单率 fill", "个案 case", "过期", "中位 min", "p95 min", "通知/单", "多余接单", "陷入沉默", "Gini 人", "Gini 网格"}
}

func label(policy string) string {
	return map[string]string{
		Ours: "分波派单", Broadcast: "群发", Nearest: "就近七人", Random: "随机七人", Alert7: "七人补位", Oracle: "先知",
	}[policy] + " " + policy
}

func (f *Figures) row() []string {
	row := []string{label(f.Policy)}
	for _, c := range []struct {
		format string
		value  float64
	}{
		{"%.2f%%", 100 * f.FillRate},
		{"%.1f", f.Cases},
		{"%.1f", f.Expired},
		{"%.2f", f.MedianMinutes},
		{"%.1f", f.P95Minutes},
		{"%.2f", f.NoticesPerFill},
		{"%.0f", f.Redundant},
		{"%.0f", f.Silenced},
		{"%.3f", f.GiniPeople},
		{"%.3f", f.GiniGrids},
	} {
		row = append(row, fmt.Sprintf(c.format, c.value))
	}
	return row
}

// Print writes the report to be read, with its table in Markdown.
func (r *Report) Print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "居民 %d，户 %d，网格 %d，愿意帮忙的 %.0f 人；此前 %d 天只积累记录，随后 %d 天计入；种子 %s\n", r.Residents, r.Households,
		r.Grids, r.Helpers, r.History, r.Days, seeds(r.Seeds))
	fmt.Fprintf(&b, "求助 %.0f 件，其中误报 %.0f 件；成单率只算真正需要的\n\n", r.Policies[0].Requests, r.Policies[0].FalseAlarms)
	rows := [][]string{headings()}
	for _, f := range r.Policies {
		rows = append(rows, f.row())
	}
	table(&b, rows)
	b.WriteString("\n")
	for _, w := range r.Wanted {
		mark := "✓"
		if !w.Holds {
			mark = "✗"
		}
		fmt.Fprintf(&b, "%s %s：%.4g，界限 %.4g\n", mark, w.Name, w.Value, w.Limit)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func seeds(s []uint64) string {
	if len(s) == 1 {
		return fmt.Sprint(s[0])
	}
	return fmt.Sprintf("%d 至 %d（均值）", s[0], s[len(s)-1])
}

// table writes rows in columns that are as wide as their widest cell on a terminal.
func table(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	for i, row := range rows {
		for j, cell := range row {
			b.WriteString("| " + cell + strings.Repeat(" ", widths[j]-width(cell)+1))
		}
		b.WriteString("|\n")
		if i == 0 {
			for _, w := range widths {
				b.WriteString("| " + strings.Repeat("-", w) + " ")
			}
			b.WriteString("|\n")
		}
	}
}

// width is how many columns a terminal takes; Chinese characters take two.
func width(s string) (n int) {
	for _, c := range s {
		if n++; c >= 0x2e80 {
			n++
		}
	}
	return n
}

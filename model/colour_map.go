package model

// SmallCell is how many households a cell of the map has at least, for readers who may not know which ones they are.
const SmallCell = 5

// MapCell is how many households of a place have a flag; nil where that is hidden.
type MapCell struct {
	Scheme string `json:"scheme"`
	Count  *int   `json:"count" doc:"少于 5 户时为 null（本网格的网格员等除外）"`
}

// MapPlace is a building or a unit of the map.
type MapPlace struct {
	Node       NodeRef   `json:"place"`
	Building   NodeRef   `json:"building"`
	Grid       NodeRef   `json:"grid"`
	Households int       `json:"households"`
	Cells      []MapCell `json:"cells"`
}

// MapTotal sums up what is shown of a flag. What is hidden is not in it, so it tells nothing of that.
type MapTotal struct {
	Scheme string `json:"scheme"`
	Count  int    `json:"count" doc:"只含显示出来的单元格"`
	Hidden int    `json:"hidden" doc:"隐去的单元格数"`
}

// MapScheme is a line of the legend.
type MapScheme struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Colour string `json:"colour"`
}

// ColourMap (分色地图) shows how many households have which flag, and never which ones.
type ColourMap struct {
	By      string      `json:"by" enum:"building,unit"`
	Legend  []MapScheme `json:"legend"`
	Places  []*MapPlace `json:"places"`
	Totals  []MapTotal  `json:"totals"`
	AsOf    Instant     `json:"as_of"`
	Minimum int         `json:"minimum" doc:"对无权查看住户的人，显示的最小户数"`
}

// FlagCount is how many households of a place have a flag.
type FlagCount struct {
	NodeID ID
	Scheme string
	Count  int
}

// Fill gives the places of the map their cells and sums up what is shown. Exact says where the reader may know which
// households have a flag: there a cell is shown as it is, elsewhere only of a building, when it is of SmallCell households or
// more and, of what is sensitive, not of all there are: units beside their building would tell of each other.
func (m *ColourMap) Fill(schemes []*FlagScheme, counts []FlagCount, exact func(s *FlagScheme, place ID) bool) {
	count := make(map[FlagCount]int, len(counts))
	for _, c := range counts {
		count[FlagCount{NodeID: c.NodeID, Scheme: c.Scheme}] = c.Count
	}
	m.Minimum, m.Legend, m.Totals = SmallCell, []MapScheme{}, []MapTotal{}
	for _, s := range schemes {
		m.Legend = append(m.Legend, MapScheme{s.Code, s.Name, s.Colour})
		total := MapTotal{Scheme: s.Code}
		for _, p := range m.Places {
			cell, n := MapCell{Scheme: s.Code}, count[FlagCount{NodeID: p.Node.ID, Scheme: s.Code}]
			tellsOfAll := s.High() && n >= p.Households
			if exact(s, p.Node.ID) || m.By != string(KindUnit) && n >= SmallCell && !tellsOfAll {
				cell.Count = &n
				total.Count += n
			} else {
				total.Hidden++
			}
			p.Cells = append(p.Cells, cell)
		}
		m.Totals = append(m.Totals, total)
	}
}

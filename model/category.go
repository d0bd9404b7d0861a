package model

import "slices"

// Category is a kind of help, with what a request of it usually says.
type Category struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Template struct {
		Title   string `json:"title"`
		Hint    string `json:"hint" doc:"描述里最好写明的事"`
		Minutes int    `json:"minutes" doc:"通常需要的时间"`
	} `json:"template"`
	// Promised is within how many minutes a request is taken up, by its urgency: by then a neighbour has claimed it,
	// or an officer sees that nobody did.
	Promised map[Urgency]int `json:"promised_minutes"`
	// Near lists categories whose helpers can often do this one as well.
	Near []string `json:"-"`
}

// Categories returns the kinds of help, for requests and offers alike.
func Categories() []Category {
	promised := map[Urgency]int{}
	for _, u := range Urgencies() {
		promised[u] = int(u.patience().Minutes())
	}
	kinds := []struct {
		code, name, title, hint string
		minutes                 int
		near                    []string
	}{
		{"errand", "跑腿代办", "帮忙取快递", "在哪里取、几件、重不重", 20, []string{"shopping"}},
		{"shopping", "代购买菜", "帮忙买菜", "买什么、预算、送到哪个单元", 45, []string{"errand"}},
		{"escort", "陪诊就医", "陪我去医院", "哪家医院、几点、能不能走路", 180, []string{"companion"}},
		{"companion", "陪伴聊天", "陪老人聊聊天", "喜欢聊什么、什么时候方便", 60, []string{"escort", "elder_care"}},
		{"elder_care", "照看老人", "帮忙照看老人", "照看多久、要注意什么", 120, []string{"companion"}},
		{"child_care", "照看孩子", "帮忙接孩子", "孩子几岁、几点、在哪里接", 60, []string{"tutoring"}},
		{"tutoring", "辅导作业", "辅导孩子作业", "几年级、哪一科", 60, []string{"child_care"}},
		{"repair", "家电维修", "修一下水龙头", "什么坏了、有没有工具和配件", 60, []string{"moving"}},
		{"moving", "搬运整理", "帮忙抬家具", "搬什么、几楼、有没有电梯", 45, []string{"repair", "cleaning"}},
		{"cleaning", "打扫卫生", "帮忙打扫房间", "哪些地方、有没有工具", 90, []string{"moving"}},
		{"digital", "手机教学", "教我用手机", "想学什么、手机是什么牌子", 40, nil},
		{"pet_care", "照看宠物", "帮忙喂猫", "什么宠物、几天、怎么喂", 30, nil},
		{"haircut", "上门理发", "给老人理发", "能不能坐、有没有工具", 40, nil},
		{"legal", "法律咨询", "问一个法律问题", "大概是什么事，不要写证件号码", 40, nil},
		{"other", "其他", "请邻居帮个忙", "什么事、什么时候、需要几个人", 30, nil},
	}
	list := make([]Category, len(kinds))
	for i, k := range kinds {
		list[i] = Category{Code: k.code, Name: k.name, Promised: promised, Near: k.near}
		list[i].Template.Title, list[i].Template.Hint, list[i].Template.Minutes = k.title, k.hint, k.minutes
	}
	return list
}

// categories is read only.
var categories = Categories()

// KnownCategory reports whether code names a category.
func KnownCategory(code string) bool {
	return slices.ContainsFunc(categories, func(c Category) bool { return c.Code == code })
}

// NearCategory reports whether a helper for offered can often do wanted as well.
func NearCategory(wanted, offered string) bool {
	return slices.ContainsFunc(categories, func(c Category) bool {
		return c.Code == wanted && slices.Contains(c.Near, offered)
	})
}

// Suited returns the categories of offers whose helpers can often do the wanted one: itself, and those near.
func Suited(wanted string) []string {
	for _, c := range categories {
		if c.Code == wanted {
			return append([]string{c.Code}, c.Near...)
		}
	}
	return nil
}

// Served returns the categories of requests that a helper for the offered ones can often do.
func Served(offered []string) []string {
	var served []string
	for _, c := range categories {
		if slices.ContainsFunc(Suited(c.Code), func(s string) bool { return slices.Contains(offered, s) }) {
			served = append(served, c.Code)
		}
	}
	return served
}

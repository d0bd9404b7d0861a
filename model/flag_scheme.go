package model

import (
	"crypto/sha256"
	"encoding/hex"
)

// DefaultFlagSchemes returns the three colours that a new community starts with.
func DefaultFlagSchemes(community ID) []*FlagScheme {
	known := []Role{RoleGridWorker, RoleSecretary, RoleCommunityAdmin}
	return []*FlagScheme{
		{
			CommunityID: community, Code: "red", Name: "党员户", Colour: "red", Meaning: "有党员的家庭，亮身份须本户同意", IntervalDays: 90,
			Sensitivity: SensitivityNormal, Roles: known, Words: []string{"党员户", "党员", "党员家庭", "红", "红色", "红旗"},
			Checklist: []string{"了解生活近况", "征求对社区的意见", "介绍近期的志愿服务"}, Active: true, Sort: 1, Version: 1,
		},
		{
			CommunityID: community, Code: "blue", Name: "困难户", Colour: "blue", Meaning: "困难或低保家庭", IntervalDays: 30,
			Sensitivity: SensitivityHigh, Roles: []Role{RoleGridWorker, RoleCommunityAdmin}, Words: []string{"困难户", "困难", "低保户", "低保", "特困", "蓝", "蓝色", "蓝旗"},
			Checklist: []string{"了解生活和就医需要", "核对救助是否到位", "检查用电用气安全"}, RequiresConsent: true, Active: true, Sort: 2, Version: 1,
		},
		{
			CommunityID: community, Code: "yellow", Name: "出租户/空关户", Colour: "yellow", Meaning: "出租或空关的房屋", IntervalDays: 60,
			Sensitivity: SensitivityNormal, Roles: known, Words: []string{"出租户", "出租", "空关户", "空关", "空置", "黄", "黄色", "黄旗"},
			Checklist: []string{"核对居住人员", "检查消防和用电安全", "告知社区服务电话"}, Active: true, Sort: 3, Version: 1,
		},
	}
}

// SchemeOfWord returns the scheme that is made for a word of a roster that no scheme of the community means: nobody knows what
// it says of a household, so it is sensitive until the community has looked at it. The same word makes the same scheme.
func SchemeOfWord(community ID, word string) *FlagScheme {
	sum := sha256.Sum256([]byte(word))
	name := []rune(word)
	return &FlagScheme{
		CommunityID: community, Code: "word_" + hex.EncodeToString(sum[:4]), Name: string(name[:min(len(name), MaxSkill)]), Colour: "grey", Meaning: "花名册中的标记",
		Sensitivity: SensitivityHigh, Roles: []Role{RoleGridWorker, RoleCommunityAdmin}, Words: []string{word}, Checklist: []string{},
		Active: true, Sort: 100, Version: 1,
	}
}

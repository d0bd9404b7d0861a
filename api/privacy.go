package api

import (
	"context"
	"net/http"
	"strconv"

	"linbanglin/model"
	"linbanglin/service/privacy"
)

// Privacy registers the privacy policy, and what members agree to.
func Privacy(p *privacy.Privacy) Noun {
	return func(on *Operations) {
		policies(on, p)
		consents(on, p)
		guardians(on, p)
	}
}

// policies registers the versions of the policy.
func policies(on *Operations, p *privacy.Privacy) {
	get(on, "/privacy/policy", "get-privacy-policy", "privacy", "隐私政策（任何人可读，默认最新版）",
		func(ctx context.Context, _ model.Actor, in *struct {
			Version int32 `query:"version" minimum:"0" doc:"版本，不填为最新"`
		},
		) (*body[*model.PrivacyPolicy], error) {
			return answer(p.Policy(ctx, in.Version))
		}, public)
	post(on, "/privacy/policies", "publish-privacy-policy", "privacy", "发布新版隐私政策（街道）",
		func(ctx context.Context, who model.Actor, in *struct {
			Body struct {
				Text     string                `json:"text" minLength:"1" maxLength:"15000"`
				Purposes []*model.PurposeTerms `json:"purposes" minItems:"1" maxItems:"5"`
			}
		},
		) (*created[*model.PrivacyPolicy], error) {
			policy, err := p.PublishPolicy(ctx, who, in.Body.Text, in.Body.Purposes)
			if err != nil {
				return nil, err
			}
			return &created[*model.PrivacyPolicy]{basePath + "/privacy/policy?version=" + strconv.Itoa(int(policy.Version)), policy}, nil
		}, answers(http.StatusCreated), unasked, describes("对本系统的所有社区生效：此后每个人须同意新版才能继续办理。已发布的版本不能修改。"))
}

// ByPurpose names a purpose.
type ByPurpose struct {
	Purpose model.Purpose `path:"purpose" maxLength:"32" doc:"用途"`
}

// AgreeInput is what somebody agrees to.
type AgreeInput struct {
	Version int32 `json:"version" minimum:"1" doc:"读过的隐私政策版本，必须是最新版"`
}

// consents registers what the caller agrees to.
func consents(on *Operations, p *privacy.Privacy) {
	get(on, "/me/consents", "list-my-consents", "privacy", "我的同意：每个用途的状态",
		func(ctx context.Context, who model.Actor, _ *none) (*body[items[*privacy.ConsentStanding]], error) {
			rows, err := p.Mine(ctx, who.MemberID)
			return answer(items[*privacy.ConsentStanding]{rows}, err)
		}, unasked)
	put(on, "/me/consents/{purpose}", "give-consent", "privacy", "同意一个用途",
		func(ctx context.Context, who model.Actor, in *struct {
			ByPurpose
			Body AgreeInput
		},
		) (*body[*privacy.ConsentStanding], error) {
			return answer(p.Give(ctx, who, in.Purpose, in.Body.Version))
		}, unasked)
	del(on, "/me/consents/{purpose}", "withdraw-consent", "privacy", "撤回同意，或不同意",
		func(ctx context.Context, who model.Actor, in *ByPurpose) (*none, error) {
			return nil, p.Withdraw(ctx, who, in.Purpose)
		}, unasked, describes("立即生效。撤回 service 之后只能查看自己的资料、导出、注销和管理同意，其他用途一并撤回。"))
}

// guardians registers what guardians agree to for children.
func guardians(on *Operations, p *privacy.Privacy) {
	get(on, "/me/wards", "list-my-wards", "privacy", "同一户未满 14 周岁的孩子",
		func(ctx context.Context, who model.Actor, _ *none) (*body[items[*privacy.Ward]], error) {
			rows, err := p.Wards(ctx, who)
			return answer(items[*privacy.Ward]{rows}, err)
		}, unasked)
	post(on, "/me/wards/{id}/consent", "give-ward-consent", "privacy", "监护人同意孩子使用",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body AgreeInput
		},
		) (*body[*privacy.ConsentStanding], error) {
			return answer(p.GiveForWard(ctx, who, in.id(), in.Body.Version))
		}, unasked, keyless)
	del(on, "/me/wards/{id}/consent", "withdraw-ward-consent", "privacy", "监护人撤回同意",
		func(ctx context.Context, who model.Actor, in *ByID) (*none, error) {
			return nil, p.WithdrawForWard(ctx, who, in.id())
		}, unasked)
	get(on, "/members/{id}/guardian-consent", "get-guardian-consent", "privacy", "孩子的监护人同意：由谁作出（网格员）",
		func(ctx context.Context, who model.Actor, in *ByID) (*body[*privacy.Ward], error) {
			return answer(p.WardOf(ctx, who, in.id()))
		})
	post(on, "/members/{id}/guardian-consent", "note-guardian-consent", "privacy", "登记监护人的书面同意（网格员，留痕）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				AgreeInput
				Note string `json:"note" minLength:"1" maxLength:"200" doc:"书面材料的情况和存放处"`
			}
		},
		) (*body[*privacy.ConsentStanding], error) {
			return answer(p.NoteGuardian(ctx, who, in.id(), in.Body.Version, in.Body.Note))
		}, unasked)
	post(on, "/members/{id}/guardian-consent/withdraw", "note-guardian-withdrawal", "privacy", "登记监护人书面撤回同意（网格员，留痕）",
		func(ctx context.Context, who model.Actor, in *struct {
			ByID
			Body struct {
				Note string `json:"note" minLength:"1" maxLength:"200" doc:"书面材料的情况和存放处"`
			}
		},
		) (*body[*privacy.ConsentStanding], error) {
			return answer(p.NoteGuardianWithdrawn(ctx, who, in.id(), in.Body.Note))
		}, unasked)
}

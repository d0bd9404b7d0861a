package privacy_test

import (
	"strings"
	"testing"

	"linbanglin/model"
)

func TestPoliciesArePublishedByTheStreet(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		good := []*model.PurposeTerms{terms(model.PurposeService, "邻里互助")}
		without := func(change func(*model.PurposeTerms)) []*model.PurposeTerms {
			t := terms(model.PurposeService, "邻里互助")
			change(t)
			return []*model.PurposeTerms{t}
		}
		grid := o.Resident(3)
		grid.Grants = []model.Grant{{Role: model.RoleStreetOfficer, NodeID: o.Grids[0].ID, NodeKind: model.KindGrid}}
		for name, c := range map[string]struct {
			who   model.Actor
			text  string
			terms []*model.PurposeTerms
			want  error
		}{
			"by a resident":           {o.Resident(0), "全文", good, model.ErrForbidden},
			"by a community's admin":  {o.Holder(model.RoleCommunityAdmin), "全文", good, model.ErrForbidden},
			"for a grid":              {grid, "全文", good, model.ErrForbidden},
			"by nobody yet":           {model.Actor{MemberID: 42}, "全文", good, model.ErrUnbound},
			"without a text":          {o.street, " ", good, model.ErrInvalid},
			"with too much text":      {o.street, strings.Repeat("长", model.MaxPolicyText+1), good, model.ErrInvalid},
			"without terms":           {o.street, "全文", nil, model.ErrPolicyTerms},
			"without the service":     {o.street, "全文", []*model.PurposeTerms{terms(model.PurposeName, "公示")}, model.ErrPolicyTerms},
			"with a purpose twice":    {o.street, "全文", append(good, good...), model.ErrPolicyTerms},
			"for an unknown purpose":  {o.street, "全文", append(good, terms("advertising", "广告")), model.ErrPurposeUnknown},
			"without who":             {o.street, "全文", without(func(t *model.PurposeTerms) { t.Handler = " " }), model.ErrPolicyTerms},
			"without a contact":       {o.street, "全文", without(func(t *model.PurposeTerms) { t.Contact = "" }), model.ErrPolicyTerms},
			"without an aim":          {o.street, "全文", without(func(t *model.PurposeTerms) { t.Aim = "" }), model.ErrPolicyTerms},
			"without a method":        {o.street, "全文", without(func(t *model.PurposeTerms) { t.Method = "" }), model.ErrPolicyTerms},
			"without kinds":           {o.street, "全文", without(func(t *model.PurposeTerms) { t.Kinds = nil }), model.ErrPolicyTerms},
			"with an empty kind":      {o.street, "全文", without(func(t *model.PurposeTerms) { t.Kinds = []string{" "} }), model.ErrInvalid},
			"without a retention":     {o.street, "全文", without(func(t *model.PurposeTerms) { t.Retention = "" }), model.ErrPolicyTerms},
			"without rights":          {o.street, "全文", without(func(t *model.PurposeTerms) { t.Rights = "" }), model.ErrPolicyTerms},
			"with an empty recipient": {o.street, "全文", without(func(t *model.PurposeTerms) { t.Recipients = []string{""} }), model.ErrInvalid},
		} {
			_, err := o.PublishPolicy(ctx, c.who, c.text, c.terms)
			o.want(name, err, c.want)
		}
		_, err := o.Policy(ctx, 0)
		o.want("nothing was published", err, model.ErrNotFound)

		o.published()
		first, err := o.Policy(ctx, 0)
		o.given(err)
		o.published(model.PurposeName)
		for version, want := range map[int32]int32{0: 2, 1: 1, 2: 2} {
			if p, err := o.Policy(ctx, version); err != nil || p.Version != want || p.Of(model.PurposeService).Since != 1 {
				t.Errorf("version %d: %+v, %v", version, p, err)
			}
		}
		if again, err := o.Policy(ctx, 1); err != nil || again.Body != first.Body || len(again.Terms) != 1 {
			t.Errorf("the first version became %+v, %v", again, err)
		}
		_, err = o.Policy(ctx, 3)
		o.want("a version that is not there", err, model.ErrNotFound)
	})
}

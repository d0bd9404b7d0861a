package boards

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"linbanglin/model"
)

func TestAListingIsWrittenAsEncodingJSONDoes(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("张*邻居\"\\<>&\n\x00\x7f\u2028\u2029\ufffd")), 0, 6, -1),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) string { return string(b) }))
	id := rapid.Map(rapid.Int64Min(0), func(n int64) model.ID { return model.ID(n) })
	rank := rapid.Custom(func(t *rapid.T) *model.Rank {
		r := &model.Rank{Rank: rapid.Int64().Draw(t, "rank"), Points: rapid.Int64().Draw(t, "points")}
		if rapid.IntRange(0, 3).Draw(t, "team") > 0 {
			r.Member = &model.MemberRef{ID: id.Draw(t, "id"), DisplayName: text.Draw(t, "name")}
			return r
		}
		r.Team = &model.NodeRef{ID: id.Draw(t, "id"), Name: text.Draw(t, "name")}
		r.Members, r.PerHead = rapid.Int64Min(0).Draw(t, "members"), rapid.Float64Range(0, 1e6).Draw(t, "per head")
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		l := &Listing{
			Board: BoardRef{
				Kind: model.BoardMembers, Period: model.PeriodMonth, Key: text.Draw(t, "key"), Scope: model.KindGrid,
				ScopeID: id.Draw(t, "scope"), CampaignID: id.Draw(t, "campaign"),
			},
			AsOfSeq: rapid.Int64().Draw(t, "seq"), Source: text.Draw(t, "source"), Total: rapid.Int64().Draw(t, "total"),
			Items: rapid.SliceOfN(rank, 0, 4).Draw(t, "items"), NextCursor: text.Draw(t, "cursor"),
		}
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(l); err != nil {
			t.Fatal(err)
		}
		if got := append(l.AppendJSON([]byte{}), '\n'); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("got %s, want %s", got, want.Bytes())
		}
	})
}

package disclosure_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to do what an intruder with the file could

	"linbanglin/internal/testdb"
	"linbanglin/model"
	"linbanglin/service/disclosure"
)

// TestCheckFindsWhatWasNotPublished changes what was published behind everybody's back, one row at a time.
func TestCheckFindsWhatWasNotPublished(t *testing.T) {
	t.Parallel()
	url := testdb.URL(t, testdb.SQLite)
	h := givenHall(t, testdb.Connect(t, url))
	booked, work := h.published(t, h.Resident(0), h.Resident(1), h.Resident(2))
	h.wait(week)
	h.wantSwept(t, 3)
	earned, err := h.Publish(t.Context(), h.organizer, disclosure.Plan{
		Kind: model.PublishPoints, Scope: h.Areas[0].ID, Title: "十一月积分", From: 20261101, To: 20261130,
	})
	must(t, earned, err)
	withdrawn, _ := h.published(t, h.Resident(3))
	taken, err := h.Unpublish(t.Context(), h.organizer, withdrawn.ID, "重新公示")
	must(t, taken, err)
	if rows, differences, err := h.Check(t.Context()); rows != 7 || len(differences) > 0 || err != nil {
		t.Fatalf("as it was published: %d items, %q, %v", rows, differences, err)
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	change := func(statement string, id model.ID) {
		t.Helper()
		result, err := db.ExecContext(t.Context(), statement, id)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := result.RowsAffected(); n != 1 {
			t.Fatalf("%s changed %d rows", statement, n)
		}
	}
	for _, x := range []struct {
		table, there, back string
		where              string
		id                 model.ID
		names              string // beside the publication
	}{
		{"publication_item", "declared_points = declared_points + 1", "declared_points = declared_points - 1", "publication_id = ? AND item_no = 2", booked.ID, fmt.Sprintf("; item 2 is not what declaration %d says", work[1].ID)},
		{"publication_item", "description = 'x' || description", "description = substr(description, 2)", "publication_id = ? AND item_no = 3", booked.ID, fmt.Sprintf("; item 3 is not what declaration %d says", work[2].ID)},
		{"publication_item", "display_name = 'x' || display_name", "display_name = substr(display_name, 2)", "publication_id = ? AND item_no = 3", booked.ID, ""},
		{"publication_item", "item_no = 9", "item_no = 3", "publication_id = ? AND item_no IN (3, 9)", booked.ID, ""},
		{"publication_item", "publication_id = -publication_id", "publication_id = -publication_id", "abs(publication_id) = ? AND item_no = 1", booked.ID, " 2 items "},
		{"publication", "ends_at = ends_at - 1", "ends_at = ends_at + 1", "id = ?", booked.ID, ""},
		{"publication_item", "declared_points = declared_points + 1", "declared_points = declared_points - 1", "publication_id = ? AND item_no = 2", earned.ID, ""},
		{"publication_item", "member_id = member_id + 1", "member_id = member_id - 1", "publication_id = ?", withdrawn.ID, "; item 1 "},
	} {
		change("UPDATE "+x.table+" SET "+x.there+" WHERE "+x.where, x.id)
		_, differences, err := h.Check(t.Context())
		if err != nil || len(differences) != 1 || !strings.HasPrefix(differences[0], fmt.Sprintf("publication %d: ", x.id)) || !strings.Contains(differences[0], x.names) {
			t.Errorf("%s: got %q, %v", x.there, differences, err)
		}
		if blamed := strings.Count(strings.Join(differences, ""), "; item "); blamed != strings.Count(x.names, "; item ") {
			t.Errorf("%s: %q blames %d items", x.there, differences, blamed)
		}
		change("UPDATE "+x.table+" SET "+x.back+" WHERE "+x.where, x.id)
	}
	h.wantClean(t)
}

func TestCheckComesToEveryPublication(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.publishedMany(t, func(n int, p *model.Publication) []*model.PublicationItem {
			items := []*model.PublicationItem{{MemberID: h.Resident(0).MemberID}}
			p.Freeze(items)
			items[0].Listed = n%129 == 0 // the first and the last are not what was frozen
			return items
		})
		if rows, differences, err := h.Check(t.Context()); rows != 130 || len(differences) != 2 || err != nil {
			t.Errorf("%d items, %q, %v", rows, differences, err)
		}
	})
}

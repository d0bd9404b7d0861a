package privacy_test

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"linbanglin/internal/testdb"
	"linbanglin/internal/testworld"
	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/privacy"
)

// house is a community, and rows of every table that names people about two of them.
type house struct {
	*testworld.World
	t      *testing.T
	engine testdb.Engine
	store  *repository.Store
	db     *sql.DB
	rights *privacy.Privacy
	now    model.Instant
	tables map[string][]column
	n      int64
}

func eachHouse(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address := testdb.URL(t, engine)
			store := testdb.Connect(t, address)
			h := &house{World: testworld.New(t, store), t: t, engine: engine, store: store, db: raw(t, engine, address), now: testworld.Now, n: 1 << 40}
			h.tables = schema(t, engine, address)
			h.rights = privacy.New(store, func() model.Instant { return h.now })
			blobs, err := repository.OpenBlobs(t.Context(), "file://"+t.TempDir()+"?no_tmp_dir=true&metadata=skip")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = blobs.Close() })
			h.rights.KeepExports(blobs, model.LinkKey("key"))
			test(t, h)
		})
	}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// settled is what rows of a table need to be so that nobody waits for them, or to be found.
func settled() map[string]map[string]any {
	return map[string]map[string]any{
		"help_request": {"status": "closed"}, "help_series": {"status": "ended"}, "campaign": {"status": "settled"}, "matter": {"status": "closed", "evidence": "[]"},
		"household_charge": {"slot": 9}, "help_dispute": {"resolved_at": 1}, "proposal_task": {"done_at": 1}, "doorbell_alarm": {"status": "resolved"},
		"doorbell_home": {"active": 0}, "service_team": {"active": 0}, "team_member": {"slot": 0}, "board": {"kind": "member"},
		"point_account": {"owner_type": 2}, "role_grant": {"revoked_at": 0}, "data_export": {"status": "ready", "expires_at": int64(1) << 60}, "erasure": {"closed": 5, "next_at": 0, "due_at": 0},
	}
}

// row writes a row of a table whose texts all have a mark, with a member's id in some columns.
func (h *house) row(table, mark string, who model.ID, in ...string) {
	h.t.Helper()
	h.n++
	var names, marks []string
	var values []any
	for _, c := range h.tables[table] {
		var v any
		set, has := settled()[table][c.name]
		switch {
		case slices.Contains(in, c.name):
			v = int64(who)
		case has:
			v = set
		case c.kind == "BIGINT":
			v = h.n
		case strings.HasPrefix(c.kind, "VARCHAR("):
			var most int
			_, _ = fmt.Sscanf(c.kind, "VARCHAR(%d)", &most)
			v = shorten(fmt.Sprintf("%s%s%d", mark, c.name, h.n), most)
		case strings.Contains(c.kind, "TEXT"):
			v = fmt.Sprintf(`["%s"]`, mark)
		case strings.Contains(c.kind, "BLOB"), strings.Contains(c.kind, "BINARY"):
			v = []byte(fmt.Sprint(h.n))
		default:
			v = 1
		}
		names, marks, values = append(names, c.name), append(marks, "?"), append(values, v)
	}
	_, err := h.db.ExecContext(h.t.Context(), "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", values...)
	if err != nil {
		h.t.Fatalf("%s: %v", table, err)
	}
}

// shorten cuts a text to so many characters.
func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// fill gives a member a row of every kind.
func (h *house) fill(who *model.Member, mark string) {
	h.t.Helper()
	for _, k := range repository.PersonalKinds() {
		if slices.Contains([]string{"member", "auth_event", "family_group"}, k.Table) || len(k.Of) == 0 { // a group's leader has a duty
			continue
		}
		for _, c := range k.Of {
			wrote := mark
			if !ownTexts(k.Table, c) {
				wrote = "密他"
			}
			h.row(k.Table, wrote, who.ID, c)
		}
	}
	h.row("point_account", mark, who.ID, "owner_id")
	h.exec("UPDATE member SET name = ?, nickname = ?, birth_month = 7, gender = ?, skills = ? WHERE id = ?", mark+"名", mark+"昵", "女", `["`+mark+`"]`, who.ID)
}

// ownTexts reports whether the texts of a row are those of the member whom a column names, and go with them.
func ownTexts(table, column string) bool {
	return slices.ContainsFunc(repository.PersonalKinds(), func(k *repository.PersonalKind) bool {
		return k.Table == table && slices.Contains(k.Of, column) && k.Fate.Keep == ""
	})
}

func (h *house) exec(statement string, args ...any) {
	h.t.Helper()
	if _, err := h.db.ExecContext(h.t.Context(), statement, args...); err != nil {
		h.t.Fatal(err)
	}
}

// dump reads the whole database as text, a line for each row with its columns.
func (h *house) dump() map[string][]map[string]string {
	h.t.Helper()
	all := map[string][]map[string]string{}
	for table := range h.tables {
		all[table] = h.rows(table)
	}
	return all
}

// rows reads a table as text.
func (h *house) rows(table string) (all []map[string]string) {
	h.t.Helper()
	rows, err := h.db.QueryContext(h.t.Context(), "SELECT * FROM "+table)
	h.must(err)
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	h.must(err)
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		h.must(rows.Scan(into...))
		row := map[string]string{}
		for i, name := range names {
			row[name] = values[i].String
		}
		all = append(all, row)
	}
	h.must(rows.Err())
	return all
}

// of returns the rows of a dump in which a mark or an id is.
func of(dump map[string][]map[string]string, needles ...string) []string {
	var found []string
	for table, rows := range dump {
		for _, row := range rows {
			text := table
			for _, c := range slices.Sorted(maps.Keys(row)) {
				text += "|" + c + "=" + row[c]
			}
			for _, n := range needles {
				if strings.Contains(text, n) {
					found = append(found, text)
					break
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// copied has a copy of what is known of somebody made, and opens it.
func (h *house) copied(who model.Actor) (data map[string]any, book *excelize.File, text string) {
	h.t.Helper()
	e, err := h.rights.Export(h.t.Context(), who)
	h.must(err)
	if n, err := h.rights.MakeExports(h.t.Context()); err != nil || n != 1 {
		h.t.Fatalf("%d copies are made: %v", n, err)
	}
	file := h.open(who, e.ID)
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	h.must(err)
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		h.must(err)
		parts[f.Name], err = io.ReadAll(r)
		h.must(err)
	}
	h.must(json.Unmarshal(parts["data.json"], &data))
	book, err = excelize.OpenReader(bytes.NewReader(parts["data.xlsx"]))
	h.must(err)
	text = string(parts["data.json"])
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		h.must(err)
		text += fmt.Sprint(sheet, rows)
	}
	if !strings.Contains(string(parts["README.txt"]), "个人信息保护法") {
		h.t.Errorf("the readme is %q", parts["README.txt"])
	}
	return data, book, text
}

// open fetches a copy by the link that its owner is given.
func (h *house) open(who model.Actor, id model.ID) []byte {
	h.t.Helper()
	e, err := h.rights.ExportOf(h.t.Context(), who, id)
	h.must(err)
	until, signature := link(h.t, e.URL)
	file, err := h.rights.Open(h.t.Context(), who, id, until, signature)
	h.must(err)
	return file
}

// TestACopyHasWhatIsKnownOfItsOwnerAndNothingElse fills every table with rows of two people, and wants the texts of all kinds
// of one of them, and none of the other's.
func TestACopyHasWhatIsKnownOfItsOwnerAndNothingElse(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		one, other := h.Members[0], h.Members[2]
		h.fill(one, "密甲")
		h.fill(other, "密乙")
		h.exec("UPDATE wechat_identity SET open_id = ? WHERE member_id = ?", "oSECRETOPENID", one.ID)
		data, book, text := h.copied(h.Resident(0))
		if strings.Contains(text, "密乙") || strings.Contains(text, h.Members[2].ID.String()) || strings.Contains(text, "SECRETOPEN") {
			t.Errorf("a copy has what is not its owner's: %s", text)
		}
		kinds := data["kinds"].(map[string]any)
		for _, k := range repository.PersonalKinds() {
			if k.Key == "" {
				continue
			}
			kind, _ := kinds[k.Key].(map[string]any)
			rows, _ := kind["rows"].([]any)
			filled := len(k.Of) > 0 && k.Table != "auth_event" && k.Key != "former_roles" && k.Table != "family_group" && k.Key != "standings" // of a board that there is
			if kind == nil || kind["title"] != k.Title || filled && len(rows) == 0 {
				t.Errorf("the copy has %d rows of %s", len(rows), k.Key)
			}
			if len(rows) > 0 && !slices.Contains(book.GetSheetList(), k.Title) {
				t.Errorf("there is no sheet %s", k.Title)
			}
		}
		profile := fmt.Sprint(kinds["profile"])
		if !strings.Contains(profile, "密甲名") || !strings.Contains(profile, one.Phone) {
			t.Errorf("the profile is %s", profile)
		}
		if home := fmt.Sprint(kinds["home"]); !strings.Contains(home, "101") || !strings.Contains(home, "1幢") {
			t.Errorf("the home is %s", home)
		}
		if entries, err := book.GetRows("基本信息"); err != nil || len(entries) != 2 || entries[0][1] != "姓名" || entries[1][1] != "密甲名" ||
			entries[0][5] != "出生月份" || entries[1][5] != "7" {
			t.Errorf("the sheet has %v %v", entries, err)
		}
	})
}

// TestACopyHasNothingSensitiveOfHousemates flags a household and has it visited and looked at.
func TestACopyHasNothingSensitiveOfHousemates(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		one := h.Members[0]
		for _, scheme := range []string{"red", "blue"} {
			h.row("household_flag", "密旗", one.HouseholdID, "household_id")
			h.exec("UPDATE household_flag SET scheme = ?, community_id = ? WHERE scheme NOT IN ('red', 'blue')", scheme, int64(one.CommunityID))
		}
		h.exec("DELETE FROM flag_scheme")
		for scheme, sensitivity := range map[string]model.Sensitivity{"red": model.SensitivityNormal, "blue": model.SensitivityHigh} {
			h.row("flag_scheme", "密案", one.CommunityID, "community_id")
			h.exec("UPDATE flag_scheme SET code = ?, sensitivity = ? WHERE community_id = ? AND code NOT IN ('red', 'blue')", scheme, string(sensitivity), int64(one.CommunityID))
		}
		h.row("register_read", "密看", one.HouseholdID, "node_id")
		h.row("visit", "密访", one.ID, "volunteer_id")
		data, _, text := h.copied(h.Resident(0))
		flags := fmt.Sprint(data["kinds"].(map[string]any)["household_flags"])
		if !strings.Contains(flags, "red") || strings.Contains(flags, "blue") {
			t.Errorf("the flags are %s", flags)
		}
		for _, c := range []string{"密看purpose", "密访note"} {
			if strings.Contains(text, c) {
				t.Errorf("a copy has %s", c)
			}
		}
		if !strings.Contains(text, "密看what") {
			t.Errorf("a copy does not say what was looked at: %s", text)
		}
	})
}

// TestWordsOfReportersGo has somebody rate a matter of theirs and see to somebody else's, and a worker see to theirs.
func TestWordsOfReportersGo(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		one, other, worker := h.Members[0], h.Members[2], h.Holder(model.RoleGridWorker).MemberID
		step := func(mark string, reporter, actor model.ID) {
			h.row("matter", mark+"事", reporter, "reporter_id")
			id := h.n
			h.row("matter_step", mark, actor, "actor_id")
			h.exec("UPDATE matter_step SET matter_id = ? WHERE version = ?", id, h.n)
		}
		step("密自", one.ID, one.ID)
		step("密办", other.ID, one.ID)
		step("密员", one.ID, worker)
		data, _, _ := h.copied(h.Resident(0))
		if words := fmt.Sprint(data["kinds"].(map[string]any)["matter_words"]); !strings.Contains(words, "密自reason") || strings.Contains(words, "密办") || strings.Contains(words, "密员") {
			t.Errorf("the copy has %s", words)
		}
		for _, k := range repository.PersonalKinds() {
			if k.Table == "matter_step" {
				h.must(h.store.Personal.Erase(t.Context(), k, []model.ID{one.ID}, h.now))
			}
		}
		text := fmt.Sprint(h.rows("matter_step"))
		if strings.Contains(text, "密自reason") || !strings.Contains(text, model.ErasedText) || !strings.Contains(text, "密办reason") || !strings.Contains(text, "密员reason") {
			t.Errorf("the steps are %s", text)
		}
	})
}

// TestErasureLeavesNoTrace closes an account that has rows everywhere, after processes that died at each step, and wants
// no text of its owner's but those that stay for a reason, and nothing of anybody else's changed.
func TestErasureLeavesNoTrace(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		one, other := h.Members[0], h.Members[2]
		h.fill(one, "密甲")
		h.fill(other, "密乙")
		before := of(h.dump(), "密乙", other.ID.String())
		who := h.Resident(0)
		if _, err := h.rights.Erase(t.Context(), who); err != nil {
			t.Fatal(model.Reason(err).Message)
		}
		h.now = h.now.Add(model.ErasureWait)
		h.must(h.rights.Kill(t.Context(), one.ID, 1))
		h.now = h.now.Add(model.ErasureQuiet)
		steps := len(repository.PersonalKinds()) + 1
		for died := 1; died < steps; died += 1 + h.stride() {
			h.must(h.rights.Kill(t.Context(), one.ID, died))
			if e, err := h.store.Erasures.Latest(t.Context(), one.ID); err != nil || e.Status == model.ErasureDone {
				t.Fatalf("after %d steps it is %+v %v", died, e, err)
			}
		}
		if n, err := h.rights.SweepErasures(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d accounts are closed: %v", n, err)
		}
		if n, err := h.rights.SweepErasures(t.Context()); n != 0 || err != nil {
			t.Errorf("again, %d accounts are closed: %v", n, err)
		}
		dump := h.dump()
		for table, rows := range dump {
			for _, row := range rows {
				for c, text := range row {
					if strings.Contains(text, "密甲") && !h.stays(table, c) {
						t.Errorf("%s.%s is still %s", table, c, text)
					}
				}
			}
		}
		if after := of(dump, "密乙", other.ID.String()); !slices.Equal(before, after) {
			t.Errorf("rows of somebody else are changed: %d, %d before", len(after), len(before))
		}
		h.wantNobody(one)
	})
}

// TestAnErasureThatFailsWaits takes a table away from a step of it.
func TestAnErasureThatFailsWaits(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		_, err := h.rights.Erase(t.Context(), h.Resident(0))
		h.must(err)
		h.now = h.now.Add(model.ErasureWait)
		h.must(h.rights.Kill(t.Context(), h.Members[0].ID, 1))
		h.now = h.now.Add(model.ErasureQuiet)
		h.exec("ALTER TABLE message_quiet RENAME TO message_loud")
		if n, err := h.rights.SweepErasures(t.Context()); n != 0 || err == nil {
			t.Errorf("%d accounts are closed: %v", n, err)
		}
		h.exec("ALTER TABLE message_loud RENAME TO message_quiet")
		h.now = h.now.Add(model.ErasureFailed) - microsecond
		if n, err := h.rights.SweepErasures(t.Context()); n != 0 || err != nil {
			t.Errorf("too early, %d accounts are closed: %v", n, err)
		}
		h.now += microsecond
		if n, err := h.rights.SweepErasures(t.Context()); n != 1 || err != nil {
			t.Errorf("%d accounts are closed: %v", n, err)
		}
	})
}

// stride is how many steps lie between the deaths that a test tries: none on SQLite, some where they take long.
func (h *house) stride() int {
	if h.engine == testdb.MySQL {
		return 7
	}
	return 0
}

// stays reports whether a text of who closed their account may be there still: fixed words, what others wrote, or what is
// named in textsThatStay. Short columns are not for what people write.
func (h *house) stays(table, name string) bool {
	for _, c := range h.tables[table] {
		if c.name == name && strings.HasPrefix(c.kind, "VARCHAR(") && len(c.kind) < len("VARCHAR(100)") {
			return table != "member" && name != "contact_name" && name != "contact_phone"
		}
	}
	return slices.Contains(textsThatStay(), table+"."+name) && table != "member" || slices.Contains([]string{"certificate.number", "help_claim.comment"}, table+"."+name)
}

// wantNobody wants a member to be a tombstone that nothing finds.
func (h *house) wantNobody(was *model.Member) {
	h.t.Helper()
	m, err := h.store.Members.Get(h.t.Context(), was.ID)
	h.must(err)
	if !m.Erased() || m.Name != "" || m.Phone != "" || m.BirthYear != 0 || m.BirthMonth != 0 || m.Gender != "" || len(m.Skills) != 0 || m.DisplayName() != model.ErasedName ||
		m.HouseholdID != 0 || m.UnitID != 0 || m.BuildingID != 0 || m.CommunityID != was.CommunityID || m.GridID != was.GridID {
		h.t.Errorf("the tombstone is %+v", m)
	}
	refs, err := h.store.Members.BoardRefs(h.t.Context(), []model.ID{was.ID})
	if h.must(err); refs[was.ID].DisplayName != model.ErasedName {
		h.t.Errorf("boards show %+v", refs)
	}
	if roles, err := h.store.Roles.Of(h.t.Context(), was.ID); err != nil || len(roles) != 0 {
		h.t.Errorf("roles are left: %v %v", roles, err)
	}
}

const (
	microsecond = model.Instant(1)
	hour        = time.Hour
)

// link reads when a link ends, and its signature.
func link(t *testing.T, address string) (int64, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		t.Fatalf("the link is %q: %v", address, err)
	}
	until, err := strconv.ParseInt(u.Query().Get("expires"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return until, u.Query().Get("signature")
}

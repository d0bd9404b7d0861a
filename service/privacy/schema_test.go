package privacy_test

import (
	"database/sql"
	"net/url"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
	"linbanglin/repository"
)

// column is a column of the schema.
type column struct{ name, kind string }

// schema reads every table of a database with its columns.
func schema(t *testing.T, engine testdb.Engine, address string) map[string][]column {
	t.Helper()
	statement := "SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE()"
	if engine == testdb.SQLite {
		statement = "SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
	}
	rows, err := raw(t, engine, address).QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	tables := map[string][]column{}
	for rows.Next() {
		var table string
		var c column
		if err := rows.Scan(&table, &c.name, &c.kind); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(table, "goose") {
			if c.kind = strings.ToUpper(c.kind); strings.HasPrefix(c.kind, "BIGINT") {
				c.kind = "BIGINT"
			}
			tables[table] = append(tables[table], c)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// raw opens a test's database beside the store.
func raw(t *testing.T, engine testdb.Engine, address string) *sql.DB {
	t.Helper()
	driver, source := "sqlite", strings.TrimPrefix(address, "sqlite:")
	if engine == testdb.MySQL {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		driver, source = "mysql", u.User.Username()+":"+password+"@tcp("+u.Host+")"+u.Path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// mayNamePeople reports whether a column may hold a member's id, by how such columns are named here. What it does not hold
// is said in things.
func mayNamePeople(table string, c column) bool {
	if c.kind != "BIGINT" || slices.Contains(things(), c.name) || slices.Contains(things(), table+"."+c.name) {
		return false
	}
	return strings.HasSuffix(c.name, "_id") || strings.HasSuffix(c.name, "_by") || slices.Contains([]string{"merged_into", "owner_before", "owner_after"}, c.name)
}

// things lists columns of ids that are nobody's: of every table, or of one.
func things() []string {
	return strings.Fields("account_id alarm_id appeal_id area_id batch_id board_id branch_id building_id campaign_id certificate_id claim_id community_id credit_id debit_id " +
		"declaration_id device_id dispute_id drill_id errand_id family_id grid_id group_id hold_id household_id item_id matter_id mediation_id node_id notice_id offer_id " +
		"order_id organisation_id other_shift_id parent_id primary_id proposal_id publication_id rec_id ref_id replaces_id request_id reverses_id roster_id scope_node_id " +
		"series_id session_id settle_id shift_id team_id transfer_id undertaking_id unit_id visit_id " +
		"breach.subject_id content_check.subject_id content_hold.subject_id doorbell_alarm.arrive_by doorbell_home.check_in_by doorbell_setting.check_in_by " +
		"family_group.hub_id joint_undertaking.lead_id matter_whistle.report_by")
}

// Why rows that name somebody are not theirs to be copied, nor erased.
const (
	inOffice  = "who did something in an office, or wrote it down for somebody: the record is the community's or the other's, and has an id only"
	duty      = "a duty of an office; nobody closes their account while they hold it"
	ofNumbers = "numbers that the ledger counts with, derived from entries that are copied"
)

// exceptions lists columns that may name people, of every table or of one, whose rows are not theirs, and why.
func exceptions() map[string]string {
	all := map[string]string{
		"point_cap.other_id": ofNumbers, "point_transfer.counter_id": "the other side of a deal, whose own entries are copied to them",
		"proposal_elector.voter_id": "whose vote counts may be a household's; found by member_id",
		"point_account.owner_id":    "the owner may be a campaign; wallets are found by a condition",
		"appeal.member_id":          "who appealed against somebody's line is protected; the decision reaches them as a notice",
		"help_dispatch.owner_id":    duty, "help_dispatch.proposed_id": duty, "matter.owner_id": duty, "matter.proposed_id": duty, "matter.first_handler_id": inOffice,
		"help_dispute.mediator_id": inOffice, "reception_mediation.mediator_id": inOffice, "household_visit.visitor_id": inOffice, "register_read.reader_id": inOffice,
		"matter_step.owner_before": inOffice, "matter_step.owner_after": inOffice, "shop_order.clerk_id": inOffice, "appeal.publisher_id": inOffice,
	}
	for _, c := range strings.Fields("acked_by actor_id added_by adjudicated_by answered_by approved_by assigned_by callback_by called_by confirmed_by consent_by created_by decided_by " +
		"declared_by dispatched_by done_by ended_by extension_by filed_by finished_by first_acked_by granted_by issued_by locked_by made_by missed_by objected_by on_site_by planned_by " +
		"proposed_by published_by raised_by recorded_by refusal_by reported_by resolved_by reviewed_by revoked_by set_by started_by submitted_by taken_by updated_by verified_by") {
		all[c] = inOffice
	}
	return all
}

// onlyOffice lists the tables in which people appear as who did something in an office, and no other way. A new table is
// put here, or a kind is made of it.
func onlyOffice() []string {
	return strings.Fields("appeal_decision board_revision building_position calendar_day campaign campaign_fence campaign_series campaign_setting care_task certificate_revocation " +
		"doorbell_device doorbell_drill doorbell_setting help_dispatch help_step household_flag household_note household_visit joint_partner joint_undertaking matter_catalogue " +
		"matter_dispatch matter_whistle message_template moderation_list point_batch point_cap point_rule_set privacy_policy proposal_meeting publication reception_mediation " +
		"reception_roster reception_setting register_read shop_item shop_stock_move voting_rule")
}

// TestEveryTableThatNamesPeopleIsListed walks the schema: a column that may hold a member's id belongs to a kind of what is
// known of people, which says what of it they get and what erasure does with it, or has a reason why not.
func TestEveryTableThatNamesPeopleIsListed(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address := testdb.URL(t, engine)
			testdb.Connect(t, address)
			tables := schema(t, engine, address)
			if len(tables) < 100 {
				t.Fatalf("the schema has %d tables", len(tables))
			}
			listed := map[string][]string{} // columns by table
			for _, k := range repository.PersonalKinds() {
				listed[k.Table] = append(listed[k.Table], k.Of...)
			}
			for table, columns := range tables {
				wantListed(t, table, columns, listed)
			}
			for _, table := range onlyOffice() {
				if tables[table] == nil {
					t.Errorf("there is no table %s any more", table)
				}
			}
			wantColumns(t, tables)
		})
	}
}

func wantListed(t *testing.T, table string, columns []column, listed map[string][]string) {
	t.Helper()
	why, people := exceptions(), false
	for _, c := range columns {
		if !mayNamePeople(table, c) {
			continue
		}
		people = true
		if !slices.Contains(listed[table], c.name) && why[c.name] == "" && why[table+"."+c.name] == "" {
			t.Errorf("%s.%s may name somebody: say in repository.PersonalKinds what they get of it and what erasure does with it, or here why nothing", table, c.name)
		}
	}
	if _, known := listed[table]; people && !known && !slices.Contains(onlyOffice(), table) {
		t.Errorf("%s names people: say in repository.PersonalKinds what they get of it and what erasure does with it, or in onlyOffice that nothing", table)
	}
}

// wantColumns sees that kinds name columns that there are, and say what becomes of them.
func wantColumns(t *testing.T, tables map[string][]column) {
	t.Helper()
	keys := map[string]bool{}
	for _, k := range repository.PersonalKinds() {
		named := slices.Clone(k.Of)
		for c := range k.Fate.Set {
			named = append(named, c)
		}
		for _, c := range named {
			if !slices.ContainsFunc(tables[k.Table], func(had column) bool { return had.name == c }) {
				t.Errorf("%s has no column %s", k.Table, c)
			}
		}
		fates := 0
		for _, given := range []bool{k.Fate.Delete, k.Fate.Set != nil, k.Fate.Keep != ""} {
			if given {
				fates++
			}
		}
		if fates != 1 || (k.Key == "") != (k.Title == "") || (k.Key == "") != (len(k.Fields) == 0) || k.Key != "" && keys[k.Key] {
			t.Errorf("%s: not one fate, or a key, a title and fields that do not go together: %+v", k.Table, k)
		}
		keys[k.Key] = true
		names := map[string]bool{}
		for _, f := range k.Fields {
			if names[f.Name()] {
				t.Errorf("%s has two fields %s", k.Key, f.Name())
			}
			names[f.Name()] = true
		}
	}
}

// TestTextsOfPeopleAreDecided wants every text that somebody's rows have to be blanked at erasure or to be named here.
func TestTextsOfPeopleAreDecided(t *testing.T) {
	address := testdb.URL(t, testdb.SQLite)
	testdb.Connect(t, address)
	tables := schema(t, testdb.SQLite, address)
	gone, decided := map[string]bool{}, map[string]bool{}
	for _, k := range repository.PersonalKinds() {
		gone[k.Table] = gone[k.Table] || k.Fate.Delete
		for c := range k.Fate.Set {
			decided[k.Table+"."+c] = true
		}
	}
	for _, k := range repository.PersonalKinds() {
		if len(k.Of) == 0 || gone[k.Table] {
			continue
		}
		for _, c := range tables[k.Table] {
			free := c.kind == "TEXT" || strings.HasPrefix(c.kind, "VARCHAR(") && len(c.kind) >= len("VARCHAR(200)")
			if name := k.Table + "." + c.name; free && !decided[name] && !slices.Contains(textsThatStay(), name) {
				t.Errorf("%s may have what somebody wrote: say what erasure does with it", name)
			}
		}
	}
}

// textsThatStay lists texts in rows of people that erasure does not touch: fixed words, what an office wrote or decided, what
// is public or sealed.
func textsThatStay() []string {
	return strings.Fields("member.name member.skills " + // the tombstone is written by itself
		"auth_event.detail wechat_withdrawal.info help_ask.parts help_series.rule help_series.words help_offer.categories help_request.skills help_series.skills " +
		"campaign_signup.role certificate.services point_transfer.idem_key proposal.options proposal.rule proposal.tally " + // words of ours, or of a list
		"contact_reveal.purpose " + // until it is too old
		"point_transfer.memo point_batch_item.memo publication_item.display_name publication_item.description " + // sealed
		"help_dispute.resolution help_miss.decision shop_order.item_name service_team.name family_group.name pioneer_post.spot pioneer_post.title pioneer_post.basis " +
		"pioneer_post.decision joint_note.body reception_shift.why reception_visit.topic matter.pause_reason matter.legal_basis matter.result matter.evidence breach.decision " +
		"breach.review errand.papers errand_receipt.papers errand_receipt.counterpart errand_receipt.note " + // what an office wrote of its work
		"proposal.title proposal.description proposal.outcome proposal.reason proposal_comment.reason proposal_objection.answer proposal_task.title proposal_task.result") // public
}

package deliberation_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"

	"linbanglin/internal/testdb"
	"linbanglin/model"
)

// raw is a connection that sees the tables as who has the database does.
func raw(t *testing.T, engine testdb.Engine, address string) *sql.DB {
	t.Helper()
	name, source := "sqlite", strings.TrimPrefix(address, "sqlite:")
	if engine == testdb.MySQL {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		config := mysqldriver.NewConfig()
		config.Net, config.Addr, config.User, config.DBName = "tcp", u.Host, u.User.Username(), strings.TrimPrefix(u.Path, "/")
		config.Passwd, _ = u.User.Password()
		name, source = "mysql", config.FormatDSN()
	}
	db, err := sql.Open(name, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// query returns the rows of a query as texts, in the order in which the database has them.
func query(t *testing.T, db *sql.DB, statement string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for _, v := range values {
			line = append(line, v.String)
		}
		all = append(all, strings.Join(line, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// The columns of the two tables of a secret ballot. SQLite numbers rows besides.
var (
	rollColumns  = []string{"proposal_id", "voter_id", "voted_day"}
	paperColumns = []string{"proposal_id", "shard", "choice", "papers", "is_open"}
)

func tables(t *testing.T, db *sql.DB, engine testdb.Engine) []string {
	t.Helper()
	if engine == testdb.MySQL {
		return query(t, db, "SHOW TABLES")
	}
	return query(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
}

func columns(t *testing.T, db *sql.DB, engine testdb.Engine, table string) []string {
	t.Helper()
	if engine == testdb.MySQL {
		return query(t, db, "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position", table)
	}
	return query(t, db, "SELECT name FROM pragma_table_info(?) ORDER BY cid", table)
}

// TestABallotIsNotLinkable casts the same votes by other voters on two proposals, and wants every table to tell the same of
// both; and that no join of ballot_roll, where it stands who voted, and ballot_paper, where it stands what was voted, on any
// of their columns tells one voter from another.
func TestABallotIsNotLinkable(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			address := testdb.URL(t, engine)
			f := givenForum(t, testdb.Connect(t, address))
			db := raw(t, engine, address)
			one, other := f.voting(f.Grids[0], byPerson), f.discussedAtOnceBy(f.Grids[0])
			others := map[string][]string{}
			for _, table := range tables(t, db, engine) {
				if table != "ballot_roll" && table != "ballot_paper" {
					others[table] = query(t, db, "SELECT * FROM "+table)
				}
			}
			// Each has an idempotency key, which must not keep what they said.
			votes := []string{model.ChoiceFor, model.ChoiceAgainst, model.ChoiceFor, model.ChoiceAbstain, model.ChoiceAgainst, model.ChoiceFor}
			for i, choice := range votes {
				ctx := model.WithIdempotency(t.Context(), &model.Idempotency{Member: f.Resident(i).MemberID, Key: "vote", Replayed: func() {}})
				if err := errors.Join(f.Vote(ctx, f.Resident(i), one.ID, choice), f.Vote(ctx, f.Resident(i), other.ID, votes[len(votes)-1-i])); err != nil {
					t.Fatal(err)
				}
			}
			for table, before := range others {
				if after := query(t, db, "SELECT * FROM "+table); !slices.Equal(before, after) {
					t.Errorf("a vote changes %s", table)
				}
			}
			for table, known := range map[string][]string{"ballot_roll": rollColumns, "ballot_paper": paperColumns} {
				if got := columns(t, db, engine, table); !slices.Equal(got, known) {
					t.Fatalf("%s has columns %v that this test does not try", table, got)
				}
			}
			wantTheSame(t, db, engine, one.ID, other.ID)
			wantNoJoin(t, db, engine, one.ID)
			f.wait(2 * day)
			if got := f.read(f.admin, one.ID); got.Tally.Counts[model.ChoiceFor] != 3 || got.Tally.Counts[model.ChoiceAgainst] != 2 {
				t.Errorf("got %+v", got.Tally)
			}
			if left := query(t, db, "SELECT * FROM ballot_paper WHERE proposal_id = ?", one.ID); len(left) != 0 {
				t.Errorf("%d counters are left after the count", len(left))
			}
		})
	}
}

// discussedAtOnceBy opens the vote on another proposal of the same people.
func (f *forum) discussedAtOnceBy(scope model.Node) *model.Proposal {
	f.t.Helper()
	rules, err := f.Rules(f.t.Context(), f.admin)
	rule := *must(f.t, rules, err)[1]
	rule.PublicDays, rule.DiscussDays, rule.VoteHours = 0, 0, 0
	must(f.t, rule, only(f.SetRule(f.t.Context(), f.admin, rule)))
	p := f.discussedAtOnce(scope, byPerson)
	got, err := f.Open(f.t.Context(), f.admin, p.ID, f.until(2*day))
	return must(f.t, got, err)
}

// wantTheSame wants the tables to tell the same of two proposals, but for where the counters were chosen by chance.
func wantTheSame(t *testing.T, db *sql.DB, engine testdb.Engine, one, other model.ID) {
	t.Helper()
	dumps := []string{
		"SELECT voter_id, voted_day FROM ballot_roll WHERE proposal_id = ?", // in the order of the rows
		"SELECT choice, SUM(papers), MIN(is_open), COUNT(*) FROM ballot_paper WHERE proposal_id = ? GROUP BY choice ORDER BY choice",
		"SELECT shard, choice, is_open FROM ballot_paper WHERE proposal_id = ?",
	}
	if engine == testdb.SQLite {
		for _, table := range []string{"ballot_roll", "ballot_paper"} {
			dumps = append(dumps, "SELECT rowid - (SELECT MIN(rowid) FROM "+table+" x WHERE x.proposal_id = y.proposal_id) FROM "+table+" y WHERE proposal_id = ? ORDER BY rowid")
		}
		dumps = append(dumps, "SELECT voter_id, voted_day FROM ballot_roll WHERE proposal_id = ? ORDER BY rowid", "SELECT shard, choice FROM ballot_paper WHERE proposal_id = ? ORDER BY rowid")
	}
	for _, statement := range dumps {
		if a, b := query(t, db, statement, one), query(t, db, statement, other); !slices.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s tells two ballots apart:\n%v\n%v", statement, a, b)
		}
	}
}

// wantNoJoin wants every join of the two tables to give all voters the same.
func wantNoJoin(t *testing.T, db *sql.DB, engine testdb.Engine, proposal model.ID) {
	t.Helper()
	roll, papers := rollColumns, paperColumns
	if engine == testdb.SQLite {
		roll, papers = append(slices.Clone(roll), "rowid"), append(slices.Clone(papers), "rowid")
	}
	joined := 0
	for _, a := range append(slices.Clone(roll), "1") {
		for _, b := range append(slices.Clone(papers), "1") {
			left, right := "r."+a, "p."+b
			if a == "1" || b == "1" {
				left, right = "1", "1"
			}
			rows := query(t, db, "SELECT r.voter_id, p.choice, p.papers FROM ballot_roll r JOIN ballot_paper p ON "+left+" = "+right+
				" WHERE r.proposal_id = ? AND p.proposal_id = ? AND r.voted_day <> 0", proposal, proposal)
			byVoter := map[string][]string{}
			for _, row := range rows {
				voter, said, _ := strings.Cut(row, "|")
				byVoter[voter] = append(byVoter[voter], said)
			}
			if len(rows) > 0 && a != "rowid" && b != "rowid" {
				joined++
				wantEqual(t, fmt.Sprintf("a join by %s and %s", left, right), byVoter)
			}
			// Rows are numbered as they were at the opening, which the order of votes does not change: that both ballots
			// have the same numbers is seen beside.
		}
	}
	if joined == 0 {
		t.Error("no join gave anything, so that nothing was tried")
	}
}

func wantEqual(t *testing.T, what string, byVoter map[string][]string) {
	t.Helper()
	var first []string
	for voter, said := range byVoter {
		slices.Sort(said)
		if first == nil {
			first = said
		}
		if len(byVoter) != 6 || !slices.Equal(first, said) {
			t.Errorf("%s tells voter %s from others: %v, %v", what, voter, said, first)
		}
	}
}

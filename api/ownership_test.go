package api_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"linbanglin/internal/testdb"
)

// intruders names those to whom nothing of the table belongs, as the gallery knows them.
func intruders() map[callers]string {
	return map[callers]string{neighbour: "neighbour", villager: "villager", officer: "grid_worker outside", foreigner: "admin of another community"}
}

// linked is what who has its signed link may read, and nobody else.
const linked = "/photos/{id}"

// links says which thing has the signed link to what is read by one; a copy of one's data wants a login beside it.
func links() map[string]string {
	return map[string]string{linked: "photo link", "/me/data-exports/{id}/file": "copy link"}
}

// intrusion tries what is not the caller's.
type intrusion struct {
	*gallery
	rows    func() map[string][]string // of the database
	refused int
}

// TestNobodyReachesWhatIsNotTheirs calls every operation with an id in its path, for a thing in one grid, as a neighbour of
// that grid, a resident and the grid worker of the sibling grid, and the admin of another community. Unless the table says
// that it is open to them, they are refused, are told nothing, and nothing has changed; who may is not refused.
func TestNobodyReachesWhatIsNotTheirs(t *testing.T) {
	for _, engine := range []testdb.Engine{testdb.SQLite, testdb.MySQL} {
		t.Run(string(engine), func(t *testing.T) {
			i := givenIntrusion(t, engine)
			operations := i.withIDs()
			i.wantRows(operations)
			if engine == testdb.MySQL {
				operations = slices.DeleteFunc(operations, func(o string) bool { return len(o)%10 != 0 }) // about a tenth
			}
			for _, operation := range operations {
				i.try(operation, ownership()[operation])
			}
			if i.refused < 2*len(operations) {
				t.Errorf("only %d calls were refused", i.refused)
			}
			i.wantOwners(operations)
			t.Logf("%d operations, %d calls refused", len(operations), i.refused)
		})
	}
}

func givenIntrusion(t *testing.T, engine testdb.Engine) *intrusion {
	t.Helper()
	address := testdb.Address(t, engine)
	g := givenGallery(t, givenStallOn(t, testdb.Connect(t, address)))
	g.history()
	g.possessions()
	return &intrusion{gallery: g, rows: testdb.Rows(t, address)}
}

// withIDs returns the operations of the document that have a parameter in their path.
func (i *intrusion) withIDs() (operations []string) {
	i.t.Helper()
	for _, method := range []string{"get", "put", "post", "delete"} {
		for _, template := range i.documented(method) {
			if strings.Contains(template, "{") {
				operations = append(operations, strings.ToUpper(method)+" "+template)
			}
		}
	}
	return operations
}

// wantRows wants one row for each operation, and a reason for what is open.
func (i *intrusion) wantRows(operations []string) {
	i.t.Helper()
	for operation, row := range ownership() {
		if !slices.Contains(operations, operation) {
			i.t.Errorf("%s is no operation", operation)
		}
		if (row.open == nobody) != (row.why == "") {
			i.t.Errorf("%s is open to %b because of %q", operation, row.open, row.why)
		}
	}
	for _, operation := range operations {
		if _, known := ownership()[operation]; !known {
			i.t.Fatalf("whose things %s is about is not in the table", operation)
		}
	}
}

// path fills the ids of things into the path of an operation.
func (i *intrusion) path(template, things string) string {
	i.t.Helper()
	for _, name := range strings.Split(things, "/") {
		from, to := strings.Index(template, "{"), strings.Index(template, "}")
		id, known := i.ids[name]
		if from < 0 || !known || id == "" {
			i.t.Fatalf("%s of %s is not there", name, template)
		}
		template = template[:from] + id + template[to+1:]
	}
	return template
}

// try calls an operation as everybody to whom it is not open. What is open and only reads is read, for what it shows.
func (i *intrusion) try(operation string, row owned) {
	i.t.Helper()
	method, template, _ := strings.Cut(operation, " ")
	path, body := i.path(template, row.things), i.filled(row.body)
	if links()[template] != "" {
		path += "?expires=4102444800&signature=forged"
	}
	before := i.state()
	for _, caller := range slices.Sorted(maps.Keys(intruders())) {
		who := intruders()[caller]
		if row.open&caller != 0 {
			if method == http.MethodGet || caller == foreigner && !strings.HasPrefix(template, "/me/") { // whose own it is, which is not in the state
				i.ask(who, method, template, path, body)
			}
			continue
		}
		status, text := i.ask(who, method, template, path, body)
		i.wantRefused(operation+" by "+who, status, text)
		if caller == foreigner && row.open == nobody && strings.Contains(template, "{id}") && links()[template] == "" {
			i.wantSame(operation, body, text)
		}
	}
	if status, text := i.ask("stranger", method, template, path, body); template != linked && status != http.StatusUnauthorized {
		i.t.Errorf("%s without a login: %d %s", operation, status, text)
	}
	after := i.state()
	for table := range after {
		if !slices.Equal(before[table], after[table]) {
			i.t.Errorf("%s was refused and changed %s", operation, table)
		}
	}
}

// state is all that the database has, but what the other community has and what a server writes by itself.
func (i *intrusion) state() map[string][]string {
	all := i.rows()
	delete(all, "node_lease")
	other := "community_id=" + i.Others.Community.ID.String() + " "
	for table, rows := range all {
		all[table] = slices.DeleteFunc(rows, func(row string) bool { return strings.Contains(row, other) })
	}
	return all
}

// wantRefused wants 403 or 404, and a problem that has nothing but what every problem has.
func (i *intrusion) wantRefused(what string, status int, text string) {
	i.t.Helper()
	i.refused++
	problem := map[string]any{}
	if err := json.Unmarshal([]byte(text), &problem); err != nil || status != http.StatusForbidden && status != http.StatusNotFound {
		i.t.Errorf("%s: %d %s", what, status, text)
		return
	}
	for _, field := range []string{"type", "title", "status", "detail", "instance", "code", "request_id"} {
		delete(problem, field)
	}
	if len(problem) > 0 {
		i.t.Errorf("%s is told more: %s", what, text)
	}
}

// wantSame wants a thing of another community to be refused as one that is not there.
func (i *intrusion) wantSame(operation, body, text string) {
	i.t.Helper()
	method, template, _ := strings.Cut(operation, " ")
	path := template
	for strings.Contains(path, "{") {
		path = path[:strings.Index(path, "{")] + "1" + path[strings.Index(path, "}")+1:]
	}
	_, missing := i.ask(intruders()[foreigner], method, template, path, body)
	code := func(text string) string {
		var problem struct{ Code string }
		_ = json.Unmarshal([]byte(text), &problem)
		return problem.Code
	}
	if code(text) != code(missing) {
		i.t.Errorf("%s of another community is %q, and %q of what is nowhere", operation, code(text), code(missing))
	}
}

// wantOwners calls each operation as somebody who may, and wants them not to be refused: a thing that is not there would be
// refused everybody. The order is one in which what ends things is late.
func (i *intrusion) wantOwners(operations []string) {
	i.t.Helper()
	slices.SortFunc(operations, func(a, b string) int { return cmp.Or(cmp.Compare(lateness(a), lateness(b)), cmp.Compare(b, a)) })
	for _, operation := range operations {
		row := ownership()[operation]
		method, template, _ := strings.Cut(operation, " ")
		path := i.path(template, row.things)
		if link := links()[template]; link != "" {
			path = i.ids[link]
		}
		status, text := i.fetch(i.readers[row.by], method, path, i.filled(row.body))
		if status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound || status >= http.StatusInternalServerError {
			i.t.Errorf("%s by %s, whose it is: %d %s", operation, row.by, status, text)
		}
	}
}

// lateness orders operations such that what ends a thing comes after what else there is to do with it.
func lateness(operation string) int {
	method, template, _ := strings.Cut(operation, " ")
	verb := template[strings.LastIndex(template, "/")+1:]
	if slices.Contains([]string{"unclaim", "yield", "give-back", "cancel", "end", "lock", "withdraw", "merge"}, verb) {
		return 4
	}
	return slices.Index([]string{"GET", "POST", "PUT", "DELETE"}, method)
}

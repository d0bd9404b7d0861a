package model

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The people of these tests. The helper's and the others' households are not the requester's.
const (
	askerID  ID = 1
	posterID ID = 2
	helperID ID = 3
	secondID ID = 4
)

const monday = Instant(1_795_392_000_000_000) // 2026-11-23T08:00:00+08:00

func allStatuses() []RequestStatus {
	return []RequestStatus{
		RequestPending, RequestReturned, RequestOpen, RequestEscalated, RequestClaimed, RequestInProgress, RequestDone,
		RequestConfirmed, RequestDisputed, RequestClosed, RequestCancelled, RequestExpired,
	}
}

func neighbour(id ID) Actor {
	return Actor{MemberID: id, Place: Place{CommunityID: 9, HouseholdID: 100 + id}}
}

func givenRequest(t interface{ Fatal(args ...any) }, slots int) *HelpRequest {
	r := &HelpRequest{
		ID: 7, Place: Place{CommunityID: 9, HouseholdID: 101}, RequesterID: askerID, CreatedBy: posterID,
		Category: "errand", Title: "取快递", Urgency: UrgencyNormal, Slots: slots,
	}
	if err := r.Open(monday); err != nil {
		t.Fatal(err)
	}
	return r
}

// givenStatus returns a request of one slot in a state, with the claim that belongs to it.
func givenStatus(t *testing.T, status RequestStatus) *HelpRequest {
	t.Helper()
	r, one := givenRequest(t, 1), 1
	r.Status = status
	claim := &Claim{ID: 8, RequestID: r.ID, HelperID: helperID, Holding: &one, ClaimedAt: monday, Reported: 30, Minutes: 30}
	switch status {
	case RequestClaimed:
		claim.Status = ClaimActive
	case RequestInProgress:
		claim.Status = ClaimStarted
	case RequestDone, RequestDisputed:
		claim.Status, r.DoneAt = ClaimFinished, monday
	case RequestConfirmed:
		claim.Status, claim.Holding, claim.EndedAt = ClaimConfirmed, nil, monday
	case RequestClosed, RequestCancelled:
		claim.Status, claim.Holding = ClaimVoid, nil
	default:
		return r
	}
	r.Claims = []*Claim{claim}
	return r
}

func TestEveryMethodInEveryState(t *testing.T) {
	type outcome struct {
		status RequestStatus
		err    error
	}
	to := func(s RequestStatus) outcome { return outcome{status: s} }
	no := func(err error) outcome { return outcome{err: err} }
	for name, c := range map[string]struct {
		do        func(r *HelpRequest) error
		want      map[RequestStatus]outcome
		otherwise error
	}{
		"claim": {
			func(r *HelpRequest) error { _, err := r.Claim(neighbour(secondID), 9, monday); return err },
			map[RequestStatus]outcome{
				RequestOpen: to(RequestClaimed), RequestEscalated: to(RequestClaimed),
				RequestClaimed: no(ErrAlreadyClaimed), RequestInProgress: no(ErrAlreadyClaimed),
			},
			ErrRequestState,
		},
		"unclaim": {
			func(r *HelpRequest) error { _, err := r.Unclaim(helperID, "有事", monday); return err },
			map[RequestStatus]outcome{
				RequestClaimed: to(RequestOpen), RequestInProgress: to(RequestOpen),
				RequestPending: no(ErrNotHelper), RequestReturned: no(ErrNotHelper), RequestOpen: no(ErrNotHelper), RequestEscalated: no(ErrNotHelper), RequestExpired: no(ErrNotHelper),
			},
			ErrRequestState,
		},
		"start": {
			func(r *HelpRequest) error { _, err := r.Start(helperID, monday); return err },
			map[RequestStatus]outcome{
				RequestClaimed: to(RequestInProgress),
				RequestPending: no(ErrNotHelper), RequestReturned: no(ErrNotHelper), RequestOpen: no(ErrNotHelper), RequestEscalated: no(ErrNotHelper), RequestExpired: no(ErrNotHelper),
			},
			ErrRequestState,
		},
		"finish": {
			func(r *HelpRequest) error { _, err := r.Finish(helperID, 30, "", monday); return err },
			map[RequestStatus]outcome{
				RequestInProgress: to(RequestDone),
				RequestPending:    no(ErrNotHelper), RequestReturned: no(ErrNotHelper), RequestOpen: no(ErrNotHelper), RequestEscalated: no(ErrNotHelper), RequestExpired: no(ErrNotHelper),
			},
			ErrRequestState,
		},
		"confirm": {
			func(r *HelpRequest) error { return r.Confirm(5, "", nil, monday) },
			map[RequestStatus]outcome{RequestDone: to(RequestConfirmed), RequestDisputed: to(RequestConfirmed)},
			ErrRequestState,
		},
		"dispute": {
			func(r *HelpRequest) error { return r.Dispute("没有来", monday) },
			map[RequestStatus]outcome{RequestDone: to(RequestDisputed), RequestConfirmed: to(RequestDisputed)},
			ErrRequestState,
		},
		"close": {
			func(r *HelpRequest) error { return r.Close("核实", monday) },
			map[RequestStatus]outcome{RequestDisputed: to(RequestClosed)},
			ErrRequestState,
		},
		"cancel": {
			func(r *HelpRequest) error { return r.Cancel("不用了", monday) },
			map[RequestStatus]outcome{
				RequestPending: to(RequestCancelled), RequestReturned: to(RequestCancelled), RequestOpen: to(RequestCancelled), RequestEscalated: to(RequestCancelled),
				RequestClaimed: to(RequestCancelled), RequestInProgress: to(RequestCancelled),
			},
			ErrRequestState,
		},
		"expire": {
			func(r *HelpRequest) error { return r.Lapse(RequestExpired, monday) },
			map[RequestStatus]outcome{
				RequestOpen: to(RequestExpired), RequestEscalated: to(RequestExpired),
				RequestClaimed: to(RequestExpired), RequestInProgress: to(RequestExpired),
			},
			ErrRequestState,
		},
		"escalate": {
			func(r *HelpRequest) error { return r.Lapse(RequestEscalated, monday) },
			map[RequestStatus]outcome{RequestOpen: to(RequestEscalated), RequestClaimed: to(RequestEscalated), RequestInProgress: to(RequestEscalated)},
			ErrRequestState,
		},
		"open again": {
			func(r *HelpRequest) error { return r.Lapse(RequestOpen, monday) },
			map[RequestStatus]outcome{
				RequestPending: to(RequestOpen), RequestReturned: to(RequestOpen), RequestEscalated: to(RequestOpen), RequestClaimed: to(RequestOpen), RequestInProgress: to(RequestOpen),
			},
			ErrRequestState,
		},
	} {
		for _, from := range allStatuses() {
			want, listed := c.want[from]
			if !listed {
				want = no(c.otherwise)
			}
			r := givenStatus(t, from)
			before, claims := *r, len(r.Claims)
			err := c.do(r)
			switch {
			case !errors.Is(err, want.err):
				t.Errorf("%s when %s: got %v, want %v", name, from, err, want.err)
			case err != nil && (r.Status != from || r.Version != before.Version || len(r.Claims) != claims):
				t.Errorf("%s when %s: refused, but the request is now %s", name, from, r.Status)
			case err == nil && (r.Status != want.status || r.Version != before.Version+1):
				t.Errorf("%s when %s: got %s at version %d, want %s at %d", name, from, r.Status, r.Version, want.status, before.Version+1)
			case err == nil && !slices.Contains(RequestTransitions()[from], r.Status):
				t.Errorf("%s when %s: the table does not allow %s", name, from, r.Status)
			}
		}
	}
}

func TestTransitionTableIsClosedAndReachable(t *testing.T) {
	reached := map[RequestStatus]bool{RequestPending: true}
	for from, next := range RequestTransitions() {
		for _, to := range append([]RequestStatus{from}, next...) {
			if !slices.Contains(allStatuses(), to) {
				t.Errorf("%s is no state", to)
			}
		}
		for _, to := range next {
			reached[to] = true
		}
	}
	for _, s := range allStatuses() {
		if !reached[s] {
			t.Errorf("nothing leads to %s", s)
		}
	}
	for _, final := range []RequestStatus{RequestClosed, RequestCancelled, RequestExpired} {
		if len(RequestTransitions()[final]) > 0 {
			t.Errorf("something follows %s", final)
		}
	}
}

func TestClaimRules(t *testing.T) {
	taken := func(t *testing.T) *HelpRequest {
		r := givenRequest(t, 3)
		if _, err := r.Claim(neighbour(helperID), 1, monday); err != nil {
			t.Fatal(err)
		}
		return r
	}
	housemate := neighbour(50)
	housemate.Place.HouseholdID = 101
	homeless := Actor{MemberID: 60, Place: Place{CommunityID: 9}}
	for name, c := range map[string]struct {
		by   Actor
		when Instant
		want error
	}{
		"the requester":                  {neighbour(askerID), monday, ErrOwnRequest},
		"who posted it":                  {neighbour(posterID), monday, ErrOwnRequest},
		"the requester's household":      {housemate, monday, ErrOwnRequest},
		"the same helper twice":          {neighbour(helperID), monday, ErrAlreadyClaimed},
		"another":                        {neighbour(secondID), monday, nil},
		"someone without a door":         {homeless, monday, nil},
		"just before its end":            {neighbour(secondID), monday.Add(RequestLife - time.Second), nil},
		"after its end, not yet expired": {neighbour(secondID), monday.Add(RequestLife), ErrRequestState},
	} {
		if _, err := taken(t).Claim(c.by, 2, c.when); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	r := taken(t)
	if _, err := r.Start(helperID, monday); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by   ID
		want error
	}{{helperID, ErrAlreadyClaimed}, {secondID, nil}, {5, nil}, {6, ErrAlreadyClaimed}} {
		if _, err := r.Claim(neighbour(c.by), c.by, monday); !errors.Is(err, c.want) {
			t.Errorf("member %d, when one of three has begun: got %v, want %v", c.by, err, c.want)
		}
	}
	r = taken(t)
	r.HouseholdID = 0
	if _, err := r.Claim(homeless, 2, monday); err != nil {
		t.Errorf("two without a door share no household: %v", err)
	}
}

func TestSlotsFollowTheirClaims(t *testing.T) {
	type step struct {
		do   string
		by   ID
		want RequestStatus
	}
	for name, steps := range map[string][]step{
		"all the way": {
			{"claim", helperID, RequestOpen},
			{"claim", secondID, RequestClaimed},
			{"start", helperID, RequestInProgress},
			{"finish", helperID, RequestInProgress},
			{"start", secondID, RequestInProgress},
			{"finish", secondID, RequestDone},
		},
		"one comes, nobody else does":      {{"claim", helperID, RequestOpen}, {"start", helperID, RequestInProgress}, {"finish", helperID, RequestDone}},
		"a free slot goes to a late one":   {{"claim", helperID, RequestOpen}, {"start", helperID, RequestInProgress}, {"claim", secondID, RequestInProgress}, {"finish", helperID, RequestInProgress}, {"start", secondID, RequestInProgress}, {"finish", secondID, RequestDone}},
		"one works, the late one does not": {{"claim", helperID, RequestOpen}, {"start", helperID, RequestInProgress}, {"claim", secondID, RequestInProgress}, {"unclaim", helperID, RequestOpen}},
		"a free slot opens it again":       {{"claim", helperID, RequestOpen}, {"claim", secondID, RequestClaimed}, {"unclaim", helperID, RequestOpen}, {"claim", helperID, RequestClaimed}},
		"who began gives back":             {{"claim", helperID, RequestOpen}, {"claim", secondID, RequestClaimed}, {"start", helperID, RequestInProgress}, {"unclaim", helperID, RequestOpen}},
		"the last one out makes it done":   {{"claim", helperID, RequestOpen}, {"claim", secondID, RequestClaimed}, {"start", helperID, RequestInProgress}, {"finish", helperID, RequestInProgress}, {"unclaim", secondID, RequestDone}},
		"cancelled while one works":        {{"claim", helperID, RequestOpen}, {"start", helperID, RequestInProgress}, {"cancel", 0, RequestCancelled}},
		"cancelled after one has":          {{"claim", helperID, RequestOpen}, {"claim", secondID, RequestClaimed}, {"start", helperID, RequestInProgress}, {"finish", helperID, RequestInProgress}, {"cancel", 0, RequestDone}},
		"cancelled when all have claimed":  {{"claim", helperID, RequestOpen}, {"claim", secondID, RequestClaimed}, {"cancel", 0, RequestCancelled}},
	} {
		r := givenRequest(t, 2)
		for i, s := range steps {
			var err error
			switch s.do {
			case "claim":
				_, err = r.Claim(neighbour(s.by), ID(100+i), monday)
			case "unclaim":
				_, err = r.Unclaim(s.by, "有事", monday)
			case "start":
				_, err = r.Start(s.by, monday)
			case "finish":
				_, err = r.Finish(s.by, 30, "", monday)
			case "cancel":
				err = r.Cancel("不用了", monday)
			}
			if err != nil || r.Status != s.want {
				t.Fatalf("%s, step %d (%s): got %s, %v; want %s", name, i, s.do, r.Status, err, s.want)
			}
		}
		if final := len(RequestTransitions()[r.Status]) == 0; final && len(r.holding()) > 0 {
			t.Errorf("%s: over, and a slot is held", name)
		}
	}
}

func TestCancelKeepsFinishedWork(t *testing.T) {
	r := givenRequest(t, 2)
	for i, by := range []ID{helperID, secondID} {
		if _, err := r.Claim(neighbour(by), ID(20+i), monday); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Start(helperID, monday); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(helperID, 30, "", monday); err != nil {
		t.Fatal(err)
	}
	if err := r.Cancel("够了", monday); err != nil {
		t.Fatal(err)
	}
	err := r.Confirm(5, "", nil, monday)
	credited := r.in(ClaimConfirmed)
	if err != nil || len(credited) != 1 || credited[0].HelperID != helperID || r.Claims[1].Status != ClaimVoid {
		t.Errorf("credited %d, the other claim is %s; %v", len(credited), r.Claims[1].Status, err)
	}
}

func TestUnclaimAfterTheDeadlineGivesANewOneWithinItsLife(t *testing.T) {
	for name, c := range map[string]struct {
		ends, unclaimed time.Duration
		deadline        time.Duration
	}{
		"before the deadline it stays": {0, time.Hour, 24 * time.Hour},
		"a new one":                    {0, 30 * time.Hour, 54 * time.Hour},
		"not past its end":             {40 * time.Hour, 30 * time.Hour, 40 * time.Hour},
		"over already":                 {40 * time.Hour, 50 * time.Hour, 40 * time.Hour},
	} {
		r := givenRequest(t, 1)
		if c.ends != 0 {
			r.EndsAt = monday.Add(c.ends)
		}
		if _, err := r.Claim(neighbour(helperID), 20, monday); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Unclaim(helperID, "有事", monday.Add(c.unclaimed)); err != nil || r.Status != RequestOpen {
			t.Fatalf("%s: %s, %v", name, r.Status, err)
		}
		if r.DeadlineAt != monday.Add(c.deadline) {
			t.Errorf("%s: got %s, want %s", name, r.DeadlineAt, monday.Add(c.deadline))
		}
	}
}

func TestDue(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		given func(r *HelpRequest)
		after time.Duration
		want  RequestStatus
	}{
		"nothing yet":                    {func(*HelpRequest) {}, day - time.Second, ""},
		"nobody by the deadline":         {func(*HelpRequest) {}, day, RequestEscalated},
		"urgent escalates sooner":        {func(r *HelpRequest) { r.Urgency = UrgencyUrgent }, 2 * time.Hour, RequestEscalated},
		"low escalates later":            {func(r *HelpRequest) { r.Urgency = UrgencyLow }, 7*day - time.Second, ""},
		"wanted in three days":           {func(r *HelpRequest) { r.StartsAt = monday.Add(3 * day) }, 2 * day, ""},
		"wanted in three days, at last":  {func(r *HelpRequest) { r.StartsAt = monday.Add(3 * day) }, 3 * day, RequestEscalated},
		"wanted in forty days":           {func(r *HelpRequest) { r.StartsAt = monday.Add(40 * day) }, 40 * day, RequestEscalated},
		"wanted in forty days, long ago": {func(r *HelpRequest) { r.StartsAt = monday.Add(40 * day) }, 70 * day, RequestExpired},
		"over":                           {func(r *HelpRequest) { r.EndsAt = monday.Add(3 * time.Hour) }, 3 * time.Hour, RequestExpired},
		"lived long enough":              {func(*HelpRequest) {}, RequestLife, RequestExpired},
	} {
		r := givenRequest(t, 1)
		c.given(r)
		if err := r.Open(monday); err != nil {
			t.Fatal(err)
		}
		if got := r.Due(monday.Add(c.after)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	for _, s := range allStatuses() {
		r := givenStatus(t, s)
		want := map[RequestStatus]RequestStatus{
			RequestOpen: RequestExpired, RequestEscalated: RequestExpired, RequestClaimed: RequestExpired, RequestInProgress: RequestExpired,
			RequestDone: RequestConfirmed,
		}[s]
		if got := r.Due(monday.Add(RequestLife)); got != want {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
	}
	done := givenStatus(t, RequestDone)
	if got := done.Due(monday.Add(ConfirmAfter - time.Microsecond)); got != "" {
		t.Errorf("silence of less than %s: got %q", ConfirmAfter, got)
	}
}

// TestClaimsLapse takes a request of two slots so far, and has its helpers vanish.
func TestClaimsLapse(t *testing.T) {
	const half, hour, day = 30 * time.Minute, time.Hour, 24 * time.Hour
	type steps func(r *HelpRequest, at Instant) error
	claim := func(by ID) steps {
		return func(r *HelpRequest, at Instant) error { _, err := r.Claim(neighbour(by), 100+by, at); return err }
	}
	start := func(by ID) steps {
		return func(r *HelpRequest, at Instant) error { _, err := r.Start(by, at); return err }
	}
	finish := func(by ID) steps {
		return func(r *HelpRequest, at Instant) error { _, err := r.Finish(by, 30, "", at); return err }
	}
	for name, c := range map[string]struct {
		urgency Urgency
		ends    time.Duration // after which it ends, 0: no end
		steps   []steps       // one each half hour
		due     time.Duration // when it is due, and not a moment before
		want    RequestStatus
		lapsed  int
	}{
		"claimed, and it ends":              {UrgencyNormal, 5 * hour, []steps{claim(helperID), claim(secondID)}, 5*hour + day, RequestExpired, 2},
		"begun, and it ends":                {UrgencyNormal, 5 * hour, []steps{claim(helperID), start(helperID)}, 5*hour + day, RequestExpired, 1},
		"begun after it ended":              {UrgencyNormal, half + time.Second, []steps{claim(helperID), start(helperID)}, hour + day, RequestExpired, 1},
		"one has finished, the other began": {UrgencyNormal, 6 * hour, []steps{claim(helperID), claim(secondID), start(helperID), start(secondID), finish(helperID)}, 6*hour + day, RequestDone, 1},
		"partly claimed, and it ends":       {UrgencyNormal, 5 * hour, []steps{claim(helperID)}, 5*hour + day, RequestExpired, 1},
		"claimed without an end":            {UrgencyNormal, 0, []steps{claim(helperID), claim(secondID)}, hour + 3*day, RequestEscalated, 2},
		"urgent, claimed without an end":    {UrgencyUrgent, 0, []steps{claim(helperID), claim(secondID)}, hour + day, RequestEscalated, 2},
		"low, begun without an end":         {UrgencyLow, 0, []steps{claim(helperID), start(helperID)}, hour + 7*day, RequestEscalated, 1},
		"partly claimed without an end":     {UrgencyNormal, 0, []steps{claim(helperID)}, RequestLife + day, RequestExpired, 1},
	} {
		r := givenRequest(t, 2)
		if r.Urgency = c.urgency; c.ends > 0 {
			r.EndsAt = monday.Add(c.ends)
		}
		if err := r.Open(monday); err != nil {
			t.Fatal(err)
		}
		for i, step := range c.steps {
			if err := step(r, monday.Add(time.Duration(i+1)*half)); err != nil {
				t.Fatalf("%s: step %d: %v", name, i, err)
			}
		}
		due := monday.Add(c.due)
		if early := r.Due(due - 1); early != "" && r.Status != RequestOpen {
			t.Errorf("%s: %q a moment too early", name, early)
		}
		if got := r.Due(due); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
			continue
		}
		before := r.Status
		if err := r.Lapse(c.want, due); err != nil || !slices.Contains(RequestTransitions()[before], r.Status) {
			t.Errorf("%s: %s became %s, %v", name, before, r.Status, err)
		}
		lapsed := 0
		for _, claim := range r.Claims {
			if claim.Status == ClaimLapsed && claim.Holding == nil && claim.EndedAt == due {
				lapsed++
			}
		}
		if lapsed != c.lapsed || len(r.holding()) != len(r.Claims)-lapsed {
			t.Errorf("%s: %d claims lapsed, %d hold; want %d of %d", name, lapsed, len(r.holding()), c.lapsed, len(r.Claims))
		}
	}
}

func TestALapsedClaimOpensAgainBeforeTheDeadline(t *testing.T) {
	r := givenStatus(t, RequestClaimed)
	r.StartsAt = monday.Add(20 * 24 * time.Hour)
	r.DeadlineAt, r.UpdatedAt, r.EndsAt = r.StartsAt, monday, 0
	if got := r.Due(r.StartsAt); got != "" {
		t.Errorf("before the work was to begin: %q", got)
	}
	r.DeadlineAt = r.StartsAt.Add(10 * 24 * time.Hour) // after a claim was given back
	if got := r.Due(r.StartsAt.Add(3 * 24 * time.Hour)); got != RequestOpen {
		t.Errorf("before its deadline: %q", got)
	}
}

func TestMayConfirm(t *testing.T) {
	r := givenStatus(t, RequestDone)
	for who, want := range map[ID]bool{askerID: true, posterID: true, helperID: false, secondID: false} {
		if got := r.MayConfirm(who); got != want {
			t.Errorf("member %d: got %t", who, got)
		}
	}
	r.Claims[0].HelperID = posterID
	if r.MayConfirm(posterID) {
		t.Error("a helper may confirm their own work")
	}
}

func TestWhoIsInvolvedAndWhoReadsPrivateTexts(t *testing.T) {
	for claim, private := range map[ClaimStatus]bool{
		ClaimActive: true, ClaimStarted: true, ClaimFinished: true, ClaimConfirmed: true, ClaimVoid: true, ClaimWithdrawn: false, ClaimLapsed: false,
	} {
		r := givenStatus(t, RequestConfirmed)
		r.Claims[0].Status = claim
		for who, want := range map[ID][2]bool{askerID: {true, true}, posterID: {true, true}, helperID: {true, private}, secondID: {false, false}} {
			if got := [2]bool{r.Involves(who), r.Trusts(who)}; got != want {
				t.Errorf("member %d, with a claim that is %s: got %v, want %v", who, claim, got, want)
			}
		}
	}
}

func TestOpenRefusesWhatIsNotAcceptable(t *testing.T) {
	long := func(n int) string { return string(slices.Repeat([]rune{'邻'}, n)) }
	for name, c := range map[string]struct {
		change func(r *HelpRequest)
		want   error
	}{
		"as it is":              {func(*HelpRequest) {}, nil},
		"the longest texts":     {func(r *HelpRequest) { r.Title, r.Description = long(50), long(1000) }, nil},
		"unknown category":      {func(r *HelpRequest) { r.Category = "magic" }, ErrCategory},
		"no title":              {func(r *HelpRequest) { r.Title = "" }, ErrInvalid},
		"title too long":        {func(r *HelpRequest) { r.Title = long(51) }, ErrInvalid},
		"description too long":  {func(r *HelpRequest) { r.Description = long(1001) }, ErrInvalid},
		"unknown urgency":       {func(r *HelpRequest) { r.Urgency = "now" }, ErrInvalid},
		"no slot":               {func(r *HelpRequest) { r.Slots = 0 }, ErrInvalid},
		"too many slots":        {func(r *HelpRequest) { r.Slots = 21 }, ErrInvalid},
		"ends in the past":      {func(r *HelpRequest) { r.EndsAt = monday }, ErrPeriod},
		"ends before it starts": {func(r *HelpRequest) { r.StartsAt, r.EndsAt = monday.Add(2*time.Hour), monday.Add(time.Hour) }, ErrPeriod},
	} {
		r := givenRequest(t, 1)
		c.change(r)
		if err := r.Open(monday); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	r := givenStatus(t, RequestInProgress)
	for _, minutes := range []int{-1, 0, 1441} {
		if _, err := r.Finish(helperID, minutes, "", monday); !errors.Is(err, ErrInvalid) {
			t.Errorf("%d minutes: got %v", minutes, err)
		}
	}
	r = givenStatus(t, RequestDone)
	for _, rating := range []int{-1, 6} {
		if err := r.Confirm(rating, "", nil, monday); !errors.Is(err, ErrInvalid) {
			t.Errorf("rating %d: got %v", rating, err)
		}
	}
}

// TestWalksKeepTheInvariants does anything at any time in any order, and looks at the request after each step.
func TestWalksKeepTheInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := givenRequest(t, rapid.IntRange(1, 4).Draw(t, "slots"))
		if rapid.Bool().Draw(t, "has an end") {
			r.EndsAt = monday.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "ends")) * time.Hour)
			if err := r.Open(monday); err != nil {
				t.Fatal(err)
			}
		}
		now, next := monday, ID(1000)
		helper := rapid.SampledFrom([]ID{helperID, secondID, 5, 6, 7})
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "wait")) * time.Hour)
			before, by := *r, helper.Draw(t, "by")
			var err error
			switch rapid.IntRange(0, 15).Draw(t, "step") {
			case 0, 1:
				next++
				_, err = r.Claim(neighbour(by), next, now)
			case 2:
				_, err = r.Unclaim(by, "有事", now)
			case 3:
				_, err = r.Start(by, now)
			case 4:
				_, err = r.Finish(by, 10, "", now)
			case 5:
				err = r.Confirm(5, "", nil, now)
			case 6:
				err = r.Dispute("x", now)
			case 7:
				err = r.Cancel("x", now)
			case 8:
				if to := r.Due(now); to != "" && to != RequestConfirmed {
					err = r.Lapse(to, now)
				}
			case 9:
				_, err = r.StandIn(by, "有事", now)
			case 10:
				_, err = r.Keep(by, now)
			case 11:
				next++
				_, err = r.Wait(neighbour(by), next, now)
			case 12:
				next++
				_, err = r.TakeOver(neighbour(by), 0, next, now)
			case 13:
				_, err = r.Yield(by, now)
			case 14:
				if queue := r.Queue(now); len(queue) > 0 {
					err = r.Promote(queue[0], now)
				}
			case 15:
				switch due := r.DueClaim(now); {
				case due == nil:
				case r.TakenOver(due):
					err = r.TakenInSilence(due, now)
				default:
					err = r.GiveUp(due, now)
				}
			}
			wantInvariants(t, r, &before, err, now)
		}
	})
}

func wantInvariants(t *rapid.T, r, before *HelpRequest, err error, now Instant) {
	held, seen := r.holding(), map[ID]bool{}
	for _, c := range held {
		if seen[c.HelperID] {
			t.Fatalf("member %d holds two slots", c.HelperID)
		}
		seen[c.HelperID] = true
	}
	for _, c := range r.Claims {
		if (c.Holding != nil) != c.Status.Holds() || c.Status.queued() && seen[c.HelperID] {
			t.Fatalf("claim %d is %s, holds a slot: %t, and its helper has one: %t", c.ID, c.Status, c.Holding != nil, seen[c.HelperID])
		}
	}
	waits := slices.Contains([]RequestStatus{RequestClaimed, RequestInProgress, RequestDone}, r.Status)
	settled := r.Status == RequestDisputed || r.Status == RequestConfirmed
	moved := r.Version - before.Version
	switch {
	case len(held) > r.Slots:
		t.Fatalf("%d of %d slots are held", len(held), r.Slots)
	case len(RequestTransitions()[r.Status]) == 0 && len(held) > 0:
		t.Fatalf("%s, and %d slots are held", r.Status, len(held))
	case waits && len(held) == 0:
		t.Fatalf("%s, and nobody holds a slot", r.Status)
	case r.Status == RequestClaimed && r.free() != 0:
		t.Fatalf("claimed with %d of %d slots free", r.free(), r.Slots)
	case err != nil && (moved != 0 || r.Status != before.Status), moved < 0, moved > 1:
		t.Fatalf("%s became %s over %d versions, %v", before.Status, r.Status, moved, err)
	case err == nil && moved == 1 && r.Due(now.Add(2*RequestLife)) == "" && len(RequestTransitions()[r.Status]) > 0 && !settled:
		t.Fatalf("%s, and no time will ever move it", r.Status)
	case r.Due(now) == RequestExpired && r.Status == RequestOpen && r.DeadlineAt > now:
		t.Fatalf("over at %s, but its deadline is %s", now, r.DeadlineAt)
	case r.Status != before.Status && !slices.Contains(RequestTransitions()[before.Status], r.Status):
		t.Fatalf("%s became %s", before.Status, r.Status)
	}
}

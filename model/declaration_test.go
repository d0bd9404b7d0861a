package model

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// givenWork returns a declaration by 2 of what 1 did, in a state; 3 verified and 4 published it.
func givenWork(status DeclarationStatus) *Declaration {
	d := &Declaration{
		ID: 7, MemberID: 1, DeclaredBy: 2, Code: RuleAdjust, Credit: Credit{10, 60}, Description: "打扫楼道", Evidence: []string{"照片"},
		StartedAt: monday.Add(-3 * time.Hour), EndedAt: monday.Add(-time.Hour), Status: status, Version: 1,
	}
	if status == DeclarationVerified || status == DeclarationPublished || status == DeclarationBooked {
		d.VerifiedBy = 3
	}
	if status == DeclarationPublished || status == DeclarationBooked {
		d.PublishedBy, d.PublicationID = 4, 9
	}
	return d
}

func TestDeclarationStates(t *testing.T) {
	steps := map[string]struct {
		to   DeclarationStatus
		from []DeclarationStatus
		run  func(*Declaration) error
	}{
		"verify":    {DeclarationVerified, []DeclarationStatus{DeclarationDeclared}, func(d *Declaration) error { return d.Verify(3, monday) }},
		"refuse":    {DeclarationRefused, []DeclarationStatus{DeclarationDeclared, DeclarationVerified}, func(d *Declaration) error { return d.Refuse(3, "重复", monday) }},
		"withdraw":  {DeclarationWithdrawn, []DeclarationStatus{DeclarationDeclared, DeclarationVerified}, func(d *Declaration) error { return d.Withdraw(1, monday) }},
		"publish":   {DeclarationPublished, []DeclarationStatus{DeclarationVerified}, func(d *Declaration) error { return d.Publish(4, 9, monday) }},
		"unpublish": {DeclarationVerified, []DeclarationStatus{DeclarationPublished}, func(d *Declaration) error { return d.Unpublish(monday) }},
		"reject": {
			DeclarationRefused,
			[]DeclarationStatus{DeclarationDeclared, DeclarationVerified, DeclarationPublished},
			func(d *Declaration) error { return d.Reject("不属实", monday) },
		},
		"book": {DeclarationBooked, []DeclarationStatus{DeclarationPublished}, func(d *Declaration) error { return d.Book(d.Credit, "", 8, monday) }},
	}
	reached := map[[2]DeclarationStatus]bool{}
	for name, step := range steps {
		for _, from := range DeclarationStatuses() {
			d := givenWork(from)
			err := step.run(d)
			switch may := slices.Contains(step.from, from); {
			case may && (err != nil || d.Status != step.to || d.Version != 2 || d.UpdatedAt != monday):
				t.Errorf("%s when %s: got %+v, %v", name, from, d, err)
			case !may && (!errors.Is(err, ErrDeclarationState) || d.Status != from || d.Version != 1):
				t.Errorf("%s when %s: got %s, %v", name, from, d.Status, err)
			case may:
				reached[[2]DeclarationStatus{from, step.to}] = true
			}
		}
	}
	arrows := 0
	for from, next := range DeclarationTransitions() {
		for _, to := range next {
			if arrows++; !reached[[2]DeclarationStatus{from, to}] {
				t.Errorf("nothing leads from %s to %s", from, to)
			}
		}
	}
	if arrows != len(reached) || arrows != 9 {
		t.Errorf("the table has %d arrows, %d were walked", arrows, len(reached))
	}
}

// TestNobodyActsTwiceOnOneRecord tries every choice of four persons for the four parts.
func TestNobodyActsTwiceOnOneRecord(t *testing.T) {
	people := []ID{1, 2, 3, 4}
	allowed := 0
	for _, member := range people {
		for _, declarer := range people {
			for _, verifier := range people {
				for _, publisher := range people {
					d := givenWork(DeclarationDeclared)
					d.MemberID, d.DeclaredBy = member, declarer
					third := verifier != member && verifier != declarer
					if err := d.Verify(verifier, monday); (err == nil) != third || !third && !errors.Is(err, ErrOwnRecord) {
						t.Errorf("%d did it, %d declared it, %d verifies it: %v", member, declarer, verifier, err)
					}
					if err := d.Refuse(verifier, "", monday); third == errors.Is(err, ErrOwnRecord) {
						t.Errorf("%d did it, %d declared it, %d refuses it: %v", member, declarer, verifier, err)
					}
					if !third {
						continue
					}
					fourth := publisher != member && publisher != declarer && publisher != verifier
					if err := d.Publish(publisher, 9, monday); (err == nil) != fourth || !fourth && !errors.Is(err, ErrOwnRecord) {
						t.Errorf("%d did it, %d declared it, %d verified it, %d publishes it: %v", member, declarer, verifier, publisher, err)
					}
					if fourth {
						allowed++
					}
				}
			}
		}
	}
	// One's own: 4 x 3 x 2; for someone else: 4 x 3 x 2 x 1.
	if allowed != 48 {
		t.Errorf("%d choices are allowed, want 48", allowed)
	}
}

func TestOnlyThePartiesWithdraw(t *testing.T) {
	for by, want := range map[ID]error{1: nil, 2: nil, 3: ErrForbidden, 4: ErrForbidden} {
		if err := givenWork(DeclarationVerified).Withdraw(by, monday); !errors.Is(err, want) {
			t.Errorf("by %d: got %v, want %v", by, err, want)
		}
	}
}

func TestDeclarationsThatAreRefused(t *testing.T) {
	long := strings.Repeat("长", 301)
	for name, c := range map[string]struct {
		change func(*Declaration)
		want   error
	}{
		"as it is":               {func(*Declaration) {}, nil},
		"no points":              {func(d *Declaration) { d.Points = 0 }, ErrAmount},
		"negative points":        {func(d *Declaration) { d.Points = -1 }, ErrAmount},
		"huge points":            {func(d *Declaration) { d.Points = MaxAmount + 1 }, ErrAmount},
		"the most points":        {func(d *Declaration) { d.Points = MaxAmount }, nil},
		"no minutes":             {func(d *Declaration) { d.Minutes = 0 }, nil},
		"negative minutes":       {func(d *Declaration) { d.Minutes = -1 }, ErrInvalid},
		"as long as it took":     {func(d *Declaration) { d.Minutes = 120 }, nil},
		"longer than it took":    {func(d *Declaration) { d.Minutes = 121 }, ErrInvalid},
		"a day":                  {func(d *Declaration) { d.StartedAt, d.Minutes = monday.Add(-72*time.Hour), 1440 }, nil},
		"more than a day":        {func(d *Declaration) { d.StartedAt, d.Minutes = monday.Add(-72*time.Hour), 1441 }, ErrInvalid},
		"ends as it starts":      {func(d *Declaration) { d.EndedAt, d.Minutes = d.StartedAt, 0 }, ErrWorkTime},
		"ends before it starts":  {func(d *Declaration) { d.StartedAt, d.EndedAt = d.EndedAt, d.StartedAt }, ErrWorkTime},
		"ends now":               {func(d *Declaration) { d.EndedAt = monday }, nil},
		"ends later":             {func(d *Declaration) { d.EndedAt = monday + 1 }, ErrWorkTime},
		"366 days ago":           {func(d *Declaration) { d.StartedAt = monday.Add(-DeclarableFor) }, nil},
		"longer ago":             {func(d *Declaration) { d.StartedAt = monday.Add(-DeclarableFor) - 1 }, ErrWorkTime},
		"no description":         {func(d *Declaration) { d.Description = "  " }, ErrInvalid},
		"a long description":     {func(d *Declaration) { d.Description = long[:201*3] }, ErrInvalid},
		"no evidence":            {func(d *Declaration) { d.Evidence = nil }, ErrInvalid},
		"empty evidence":         {func(d *Declaration) { d.Evidence = []string{" "} }, ErrInvalid},
		"long evidence":          {func(d *Declaration) { d.Evidence = []string{long} }, ErrInvalid},
		"five pieces of it":      {func(d *Declaration) { d.Evidence = []string{"1", "2", "3", "4", "5"} }, nil},
		"six pieces of evidence": {func(d *Declaration) { d.Evidence = []string{"1", "2", "3", "4", "5", "6"} }, ErrInvalid},
	} {
		d := givenWork("")
		c.change(d)
		if err := d.Open(monday); !errors.Is(err, c.want) || (err == nil) != (d.Status == DeclarationDeclared) {
			t.Errorf("%s: got %s, %v, want %v", name, d.Status, err, c.want)
		}
	}
	ten, five := int64(10), int64(5)
	for name, c := range map[string]struct {
		rule Rule
		want error
	}{
		"free":          {Rule{Measure: Points}, nil},
		"fixed":         {Rule{Measure: Points, Amount: &ten}, nil},
		"fixed at less": {Rule{Measure: Points, Amount: &five}, ErrAmount},
		"minutes":       {Rule{Measure: Minutes}, ErrRule},
	} {
		d := givenWork(DeclarationDeclared)
		if err := d.Price(&c.rule, 3); !errors.Is(err, c.want) || (err == nil) != (d.RuleVersion == 3) {
			t.Errorf("%s: got version %d, %v", name, d.RuleVersion, err)
		}
	}
}

func TestRefusingNeedsAReason(t *testing.T) {
	for _, reason := range []string{"", "  ", strings.Repeat("长", 201)} {
		d := givenWork(DeclarationDeclared)
		if err := d.Refuse(3, reason, monday); !errors.Is(err, ErrInvalid) || d.Status != DeclarationDeclared {
			t.Errorf("%q: got %s, %v", reason, d.Status, err)
		}
	}
}

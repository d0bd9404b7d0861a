package model

import (
	"slices"
	"strings"
)

// AppealStatus is where an appeal stands.
type AppealStatus string

// The states of an appeal.
const (
	AppealOpen      AppealStatus = "open"      // waits for who handles it
	AppealResolved  AppealStatus = "resolved"  // a review may still be asked for, until it may not
	AppealReviewing AppealStatus = "reviewing" // waits for who reviews it
	AppealClosed    AppealStatus = "closed"
	AppealVoid      AppealStatus = "void" // the publication was withdrawn
)

// AppealStatuses lists every state.
func AppealStatuses() []AppealStatus {
	return []AppealStatus{AppealOpen, AppealResolved, AppealReviewing, AppealClosed, AppealVoid}
}

// AppealTransitions returns the one table of what may follow what. Who got all they asked for cannot ask
// for a review, so an appeal that is upheld is closed at once.
func AppealTransitions() map[AppealStatus][]AppealStatus {
	return map[AppealStatus][]AppealStatus{
		AppealOpen:      {AppealResolved, AppealClosed, AppealVoid},
		AppealResolved:  {AppealReviewing},
		AppealReviewing: {AppealClosed},
	}
}

// AppealDays is how many working days an answer takes at most, and how many there are to ask for a review.
const AppealDays = 5

// Result is what an appeal came to.
type Result string

// The results.
const (
	Upheld   Result = "upheld"   // 成立
	Partly   Result = "partly"   // 部分成立
	Rejected Result = "rejected" // 不成立
)

// Results lists every result.
func Results() []Result { return []Result{Upheld, Partly, Rejected} }

// Ruling is what a handler decides. Credit is for an appeal against a declaration that is partly right: with
// what it is booked. Reverses and Award are for one against published points: a transfer of the member that is
// taken back, and points that they are owed.
type Ruling struct {
	Result   Result
	Reason   string
	Credit   *Credit
	Reverses ID
	Award    int64
}

// Decision (处理结果) is a ruling that was made: the first, or the one of the review.
type Decision struct {
	AppealID  ID      `gorm:"primaryKey" json:"-"`
	Stage     int     `gorm:"primaryKey" json:"stage"` // 1, or 2 of the review
	Result    Result  `json:"result"`
	Reason    string  `json:"reason"`
	Credit    Credit  `gorm:"embedded" json:"credit,omitzero"` // of a declaration that is partly right
	Reverses  ID      `json:"reverse_transfer_id,omitzero"`
	Award     int64   `json:"award,omitzero"`
	DecidedBy ID      `json:"-"`
	DecidedAt Instant `json:"decided_at"`

	Decider MemberRef `gorm:"-" json:"decided_by"`
}

// TableName implements gorm's Tabler.
func (Decision) TableName() string { return "appeal_decision" }

// Appeal (申诉) is a neighbour's objection to one item of a publication. It carries the place of the member
// whom the item is about, and who scored the item, because none of them may decide.
type Appeal struct {
	ID            ID `json:"id"`
	Place         `gorm:"embedded"`
	PublicationID ID           `json:"publication_id"`
	ItemNo        int          `json:"item_no"`
	DeclarationID ID           `json:"declaration_id,omitzero"`
	MemberID      ID           `json:"-"` // whom the item is about
	PublisherID   ID           `json:"-"`
	DeclaredBy    ID           `json:"-"`
	VerifiedBy    ID           `json:"-"`
	AppellantID   ID           `json:"-"`
	Anonymous     bool         `json:"anonymous"` // the name is shown to nobody
	Reason        string       `json:"reason"`
	Evidence      []string     `gorm:"serializer:json" json:"evidence"`
	Status        AppealStatus `json:"status"`
	DueAt         Instant      `json:"due_at,omitzero"`       // by when it is to be answered
	ReviewUntil   Instant      `json:"review_until,omitzero"` // until when a review may be asked for
	ReviewReason  string       `json:"review_reason,omitempty"`
	Version       int64        `json:"version"`
	CreatedAt     Instant      `json:"created_at"`
	UpdatedAt     Instant      `json:"-"`

	Decisions []*Decision `gorm:"-" json:"decisions"`
	Appellant *MemberRef  `gorm:"-" json:"appellant,omitempty"`
	Mine      bool        `gorm:"-" json:"mine"`
	Overdue   bool        `gorm:"-" json:"overdue"`
}

// TableName implements gorm's Tabler.
func (Appeal) TableName() string { return "appeal" }

// Open makes an appeal that is to be answered by due. It fails with ErrInvalid.
func (a *Appeal) Open(now, due Instant) (err error) {
	if a.Reason, err = wantReason(a.Reason); err != nil {
		return err
	}
	for i, text := range a.Evidence {
		a.Evidence[i] = strings.TrimSpace(text)
	}
	if err := validEvidence(a.Evidence, 0); err != nil {
		return err
	}
	a.Status, a.DueAt, a.Version, a.CreatedAt, a.UpdatedAt = AppealOpen, due, 1, now, now
	return nil
}

// Scored reports whether the member had a part in how the item came to be.
func (a *Appeal) Scored(member ID) bool {
	return member == a.PublisherID || member == a.DeclaredBy || member == a.VerifiedBy
}

// Partial reports whether the member may not decide: who scored the item or decided before, the appellant,
// and whom the item is about.
func (a *Appeal) Partial(member ID) bool {
	return a.Scored(member) || member == a.AppellantID || member == a.MemberID ||
		slices.ContainsFunc(a.Decisions, func(d *Decision) bool { return d.DecidedBy == member })
}

// Waiting reports whether the appeal waits for a decision.
func (a *Appeal) Waiting() bool { return a.Status == AppealOpen || a.Status == AppealReviewing }

// Late reports whether the answer is overdue.
func (a *Appeal) Late(now Instant) bool { return a.Waiting() && now >= a.DueAt }

// Pending reports whether the result may still change; until then the item is not booked.
func (a *Appeal) Pending(now Instant) bool {
	return a.Waiting() || a.Status == AppealResolved && now < a.ReviewUntil
}

func (a *Appeal) move(to AppealStatus, now Instant) error {
	if !slices.Contains(AppealTransitions()[a.Status], to) {
		return ErrAppealState
	}
	a.Status, a.UpdatedAt, a.Version = to, now, a.Version+1
	return nil
}

// Resolve decides an open appeal; until reviewUntil a review may be asked for. Asked is what a declaration
// asked for, nil when the item is none. It fails with ErrOwnRecord, ErrAppealState, and with ErrInvalid for
// a ruling that does not fit.
func (a *Appeal) Resolve(by ID, r Ruling, asked *Credit, now, reviewUntil Instant) (*Decision, error) {
	next := AppealResolved
	if r.Result == Upheld {
		next, reviewUntil = AppealClosed, 0
	}
	decision, err := a.decide(AppealOpen, next, by, r, asked, now)
	if err == nil {
		a.ReviewUntil = reviewUntil
	}
	return decision, err
}

// Review decides an appeal for the second and last time. It fails as Resolve does.
func (a *Appeal) Review(by ID, r Ruling, asked *Credit, now Instant) (*Decision, error) {
	return a.decide(AppealReviewing, AppealClosed, by, r, asked, now)
}

func (a *Appeal) decide(from, to AppealStatus, by ID, r Ruling, asked *Credit, now Instant) (*Decision, error) {
	if a.Partial(by) {
		return nil, ErrOwnRecord
	}
	if a.Status != from {
		return nil, ErrAppealState
	}
	reason, err := wantReason(r.Reason)
	if err != nil {
		return nil, err
	}
	if err := r.fits(asked); err != nil {
		return nil, err
	}
	if err := a.move(to, now); err != nil {
		return nil, err
	}
	d := &Decision{
		AppealID: a.ID, Stage: len(a.Decisions) + 1, Result: r.Result, Reason: reason,
		Reverses: r.Reverses, Award: r.Award, DecidedBy: by, DecidedAt: now,
	}
	if r.Credit != nil {
		d.Credit = *r.Credit
	}
	a.DueAt, a.Decisions = 0, append(a.Decisions, d)
	return d, nil
}

// fits checks a ruling against what it is about. It fails with ErrInvalid and ErrAmount.
func (r Ruling) fits(asked *Credit) error {
	effects := r.Reverses != 0 || r.Award != 0
	switch {
	case !slices.Contains(Results(), r.Result):
		return ErrInvalid.Saying("结果只能是成立、部分成立或不成立", "The result is upheld, partly or rejected.")
	case asked != nil && effects:
		return ErrInvalid.Saying("申报的异议不能冲正或补发积分", "An appeal against a declaration neither reverses nor awards.")
	case r.Result == Rejected && effects:
		return ErrInvalid.Saying("不成立的异议不能冲正或补发积分", "An appeal that is rejected neither reverses nor awards.")
	case r.Award < 0 || r.Award > MaxAmount:
		return ErrAmount
	case (r.Credit != nil) != (asked != nil && r.Result == Partly):
		return ErrInvalid.Saying("申报的异议部分成立时，要写明核减后的积分和时长，其他情况不能写", "Points and minutes go with a declaration that is partly right, and with nothing else.")
	case r.Credit != nil && (!r.Credit.AtMost(*asked) || *r.Credit == *asked || *r.Credit == Credit{}):
		return ErrInvalid.Saying("核减后的积分和时长不能多于申报，也不能全部不变或全部为零", "What is granted is less than what was asked for, and more than nothing.")
	}
	return nil
}

// AskReview asks for the one review (复核), to be decided by due. It fails with ErrForbidden for anyone but the
// appellant, with ErrAppealState, ErrReviewWindow when it is too late, and with ErrInvalid without a reason.
func (a *Appeal) AskReview(by ID, reason string, now, due Instant) (err error) {
	switch {
	case by != a.AppellantID:
		return ErrForbidden
	case a.Status == AppealResolved && now >= a.ReviewUntil:
		return ErrReviewWindow
	}
	if reason, err = wantReason(reason); err != nil {
		return err
	}
	if err := a.move(AppealReviewing, now); err != nil {
		return err
	}
	a.ReviewReason, a.DueAt, a.ReviewUntil = reason, due, 0
	return nil
}

// Drop ends an appeal against a publication that is withdrawn. It fails with ErrAppealState once it was
// decided.
func (a *Appeal) Drop(now Instant) error {
	if err := a.move(AppealVoid, now); err != nil {
		return err
	}
	a.DueAt = 0
	return nil
}

// Granted returns what is left of what was asked for, once the appeals against it are settled: the least of
// what the last decisions grant, and why. Those that were upheld have ended the declaration already.
func Granted(asked Credit, appeals []*Appeal) (granted Credit, reason string) {
	granted = asked
	for _, a := range appeals {
		if len(a.Decisions) == 0 {
			continue
		}
		if last := a.Decisions[len(a.Decisions)-1]; last.Result == Partly {
			granted = Credit{min(granted.Points, last.Credit.Points), min(granted.Minutes, last.Credit.Minutes)}
			reason = last.Reason
		}
	}
	return granted, reason
}

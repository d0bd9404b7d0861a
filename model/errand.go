package model

import (
	"slices"
	"unicode/utf8"
)

// ErrandStatus is where an errand stands.
type ErrandStatus string

// The states.
const (
	ErrandOpen   ErrandStatus = "open"
	ErrandClosed ErrandStatus = "closed"
)

// ReceiptKind is what a receipt is for.
type ReceiptKind string

// The kinds of receipt: papers that the resident gave to the courier, that the courier handed in, got back and returned;
// money that the courier was given, paid to others against a voucher, and returned.
const (
	PapersReceived  ReceiptKind = "papers_received"
	PapersSubmitted ReceiptKind = "papers_submitted"
	PapersCollected ReceiptKind = "papers_collected"
	PapersReturned  ReceiptKind = "papers_returned"
	MoneyReceived   ReceiptKind = "money_received"
	MoneyPaid       ReceiptKind = "money_paid"
	MoneyReturned   ReceiptKind = "money_returned"
)

// ReceiptKinds lists every kind.
func ReceiptKinds() []ReceiptKind {
	return []ReceiptKind{PapersReceived, PapersSubmitted, PapersCollected, PapersReturned, MoneyReceived, MoneyPaid, MoneyReturned}
}

// Errand (无偿代办) is what an officer does for somebody with their papers. It never costs anything: there is no field to
// write a fee in.
type Errand struct {
	ID          ID           `json:"id"`
	CommunityID ID           `json:"-"`
	MatterID    ID           `json:"matter_id"`
	Papers      []string     `gorm:"serializer:json" json:"papers" doc:"材料清单"`
	CourierID   ID           `json:"-"`
	Status      ErrandStatus `json:"status" enum:"open,closed"`
	Version     int64        `json:"version"`
	CreatedAt   Instant      `json:"created_at"`
	ClosedAt    Instant      `json:"closed_at,omitzero"`

	Fee      int              `gorm:"-" json:"fee" doc:"代办费，恒为 0"`
	Courier  MemberRef        `gorm:"-" json:"courier"`
	Receipts []*ErrandReceipt `gorm:"-" json:"receipts"`
}

// TableName implements gorm's Tabler.
func (Errand) TableName() string { return "errand" }

// ErrandReceipt (交接凭据) is one hand-over of an errand. Rows are only ever added.
type ErrandReceipt struct {
	ErrandID    ID          `gorm:"primaryKey" json:"-"`
	Seq         int64       `gorm:"primaryKey" json:"seq"`
	Kind        ReceiptKind `json:"kind" enum:"papers_received,papers_submitted,papers_collected,papers_returned,money_received,money_paid,money_returned"`
	Papers      []string    `gorm:"serializer:json" json:"papers"`
	Cents       int64       `json:"cents" doc:"款项，单位分"`
	Counterpart string      `json:"counterpart" doc:"交给谁、向谁取"`
	Note        string      `json:"note"`
	ByID        ID          `json:"-"`
	At          Instant     `json:"at"`

	By MemberRef `gorm:"-" json:"by"`
}

// TableName implements gorm's Tabler.
func (ErrandReceipt) TableName() string { return "errand_receipt" }

// Bounds of errands.
const (
	maxPapers      = 20
	maxCents       = 10_000_000
	maxCounterpart = 50
)

// NewErrand begins an errand of a matter. It fails with ErrInvalid without papers.
func NewErrand(m *Matter, papers []string, courier ID, now Instant) (*Errand, error) {
	seen := map[string]bool{}
	for _, p := range papers {
		if !worded(p, maxCounterpart) || seen[p] {
			return nil, errPapers
		}
		seen[p] = true
	}
	if len(papers) == 0 || len(papers) > maxPapers {
		return nil, errPapers
	}
	return &Errand{
		MatterID: m.ID, CommunityID: m.CommunityID, Papers: papers, CourierID: courier, Status: ErrandOpen, Version: 1, CreatedAt: now, Receipts: []*ErrandReceipt{},
	}, nil
}

var errPapers = ErrInvalid.Saying("代办须列明 1 到 20 份不同的材料，每份不超过 50 个字", "An errand has 1 to 20 different papers of at most 50 characters.")

// Where a paper of an errand is.
const (
	withResident = "resident"
	withCourier  = "courier"
	withOffice   = "office"
)

// moves says from where to where a kind of receipt takes papers.
func (k ReceiptKind) moves() (from, to string) {
	switch k {
	case PapersReceived:
		return withResident, withCourier
	case PapersSubmitted:
		return withCourier, withOffice
	case PapersCollected:
		return withOffice, withCourier
	case PapersReturned:
		return withCourier, withResident
	}
	return "", ""
}

// held returns where each paper is and how much money the courier holds. An office may give out papers that nobody
// handed in: what the errand was for.
func (e *Errand) held() (papers map[string]string, cents int64) {
	papers = map[string]string{}
	for _, p := range e.Papers {
		papers[p] = withResident
	}
	for _, r := range e.Receipts {
		if _, to := r.Kind.moves(); to != "" {
			for _, p := range r.Papers {
				papers[p] = to
			}
		}
		switch r.Kind {
		case MoneyReceived:
			cents += r.Cents
		case MoneyPaid, MoneyReturned:
			cents -= r.Cents
		}
	}
	return papers, cents
}

// Hand adds a receipt. It fails with ErrErrandState when the errand is closed, with ErrErrandPaper when a paper is not
// where it is handed over from, with ErrErrandMoney, and with ErrInvalid.
func (e *Errand) Hand(r *ErrandReceipt) error {
	if e.Status != ErrandOpen {
		return ErrErrandState
	}
	if !slices.Contains(ReceiptKinds(), r.Kind) || utf8.RuneCountInString(r.Counterpart) > maxCounterpart || utf8.RuneCountInString(r.Note) > maxRemark {
		return ErrInvalid
	}
	places, cents := e.held()
	from, _ := r.Kind.moves()
	switch {
	case from == "" && (len(r.Papers) > 0 || r.Cents < 1 || r.Cents > maxCents):
		return ErrErrandMoney
	case from != "" && (r.Cents != 0 || len(r.Papers) == 0 || len(r.Papers) > maxPapers):
		return ErrErrandPaper
	case (r.Kind == MoneyPaid || r.Kind == MoneyReturned) && r.Cents > cents:
		return ErrErrandMoney
	}
	for _, p := range r.Papers {
		at, known := places[p]
		issued := r.Kind == PapersCollected && !known && worded(p, maxCounterpart)
		if at != from && !issued {
			return ErrErrandPaper
		}
	}
	e.Version++
	r.ErrandID, r.Seq = e.ID, e.Version-1
	if r.Papers == nil {
		r.Papers = []string{}
	}
	e.Receipts = append(e.Receipts, r)
	return nil
}

// Close ends the errand. It fails with ErrErrandOpen while the courier has papers or money of the
// resident's, and with ErrErrandState.
func (e *Errand) Close(now Instant) error {
	if e.Status != ErrandOpen {
		return ErrErrandState
	}
	papers, cents := e.held()
	for _, at := range papers {
		if at == withCourier {
			return ErrErrandOpen
		}
	}
	if cents != 0 {
		return ErrErrandOpen
	}
	e.Status, e.ClosedAt = ErrandClosed, now
	e.Version++
	return nil
}

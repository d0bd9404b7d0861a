package model

// Action names a step of a request's life.
type Action string

// The actions.
const (
	ActionAsk      Action = "ask"
	ActionApprove  Action = "approve" // a moderator let it pass
	ActionReturn   Action = "return"  // a moderator gave it back
	ActionEdit     Action = "edit"
	ActionClaim    Action = "claim"
	ActionWait     Action = "wait"
	ActionPromote  Action = "promote" // a free slot went to who waited for it
	ActionUnclaim  Action = "unclaim"
	ActionStandIn  Action = "stand_in"
	ActionKeep     Action = "keep"
	ActionTakeOver Action = "take_over"
	ActionYield    Action = "yield"
	ActionStart    Action = "start"
	ActionFinish   Action = "finish"
	ActionConfirm  Action = "confirm"
	ActionRate     Action = "rate"
	ActionDispute  Action = "dispute"
	ActionResolve  Action = "resolve"
	ActionCancel   Action = "cancel"
	ActionSilence  Action = "silence" // a takeover that nobody answered
	ActionGiveUp   Action = "give_up" // no stand-in was found, or the takeover came to nothing
	ActionLapse    Action = "lapse"   // time moved the request on
)

// Step (流转记录) is one step of a request's life as it happened: rows are only ever added, and read in the order of
// their versions they tell the whole life.
type Step struct {
	RequestID  ID            `json:"-"`
	Version    int64         `json:"version"` // of the request after the step
	Action     Action        `json:"action"`
	ActorID    ID            `json:"-"` // zero: time
	FromStatus RequestStatus `json:"from,omitempty"`
	ToStatus   RequestStatus `json:"to"`
	Claims     []ClaimStep   `gorm:"serializer:json" json:"claims"`
	At         Instant       `json:"at"`

	Actor MemberRef `gorm:"-" json:"actor,omitzero"`
}

// TableName implements gorm's Tabler.
func (Step) TableName() string { return "help_step" }

// ClaimStep is what a step made of one claim; From is empty for a new one.
type ClaimStep struct {
	ClaimID ID          `json:"claim_id"`
	From    ClaimStatus `json:"from,omitempty"`
	To      ClaimStatus `json:"to"`
}

// Stand is how a request and its claims stood at some moment.
type Stand struct {
	version int64
	status  RequestStatus
	claims  map[ID]Claim
}

// Stand returns how the request stands.
func (r *HelpRequest) Stand() Stand {
	s := Stand{r.Version, r.Status, make(map[ID]Claim, len(r.Claims))}
	for _, c := range r.Claims {
		s.claims[c.ID] = *c
	}
	return s
}

// Claim returns how a claim stood; one without a state when it was not there.
func (s Stand) Claim(id ID) Claim { return s.claims[id] }

// Step ends a step that began at a stand: the request is one version on. It returns what is to be written down.
func (r *HelpRequest) Step(from Stand, action Action, by ID, now Instant) (step *Step, added, changed []*Claim) {
	r.Version = from.version + 1
	step = &Step{RequestID: r.ID, Version: r.Version, Action: action, ActorID: by, FromStatus: from.status, ToStatus: r.Status, Claims: []ClaimStep{}, At: now}
	for _, c := range r.Claims {
		had, ok := from.claims[c.ID]
		switch {
		case !ok:
			added = append(added, c)
		case had.row() != c.row():
			changed = append(changed, c)
		default:
			continue
		}
		if had.Status != c.Status {
			step.Claims = append(step.Claims, ClaimStep{c.ID, had.Status, c.Status})
		}
	}
	return step, added, changed
}

// row is the claim as it is stored, to be compared.
func (c Claim) row() Claim {
	c.Holding, c.Helper, c.Record = nil, MemberRef{}, nil
	return c
}

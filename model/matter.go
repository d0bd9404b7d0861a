package model

import (
	"slices"
	"strings"
)

// MatterStatus is where a matter stands.
type MatterStatus string

// The states of a matter, in the order of an ordinary life.
const (
	MatterReported   MatterStatus = "reported"
	MatterRefusal    MatterStatus = "refusal"    // to be refused, waits for a leader (否定报备)
	MatterRefused    MatterStatus = "refused"    // a leader agreed
	MatterDuplicate  MatterStatus = "duplicate"  // follows its primary
	MatterRedirected MatterStatus = "redirected" // to another channel
	MatterAccepted   MatterStatus = "accepted"
	MatterDispatched MatterStatus = "dispatched" // to a unit
	MatterObjected   MatterStatus = "objected"   // the unit says that it is not its business (派单异议)
	MatterContacted  MatterStatus = "contacted"
	MatterHandling   MatterStatus = "handling"
	MatterExplaining MatterStatus = "explaining" // cannot be done for now, waits for a leader (否定报备)
	MatterDone       MatterStatus = "done"
	MatterExplained  MatterStatus = "explained"
	MatterCallback   MatterStatus = "callback" // the reporter was asked, or could not be reached
	MatterRated      MatterStatus = "rated"
	MatterClosed     MatterStatus = "closed"
	MatterWithdrawn  MatterStatus = "withdrawn"
)

// MatterStatuses lists every state.
func MatterStatuses() []MatterStatus {
	return []MatterStatus{
		MatterReported, MatterRefusal, MatterRefused, MatterDuplicate, MatterRedirected, MatterAccepted, MatterDispatched, MatterObjected, MatterContacted,
		MatterHandling, MatterExplaining, MatterDone, MatterExplained, MatterCallback, MatterRated, MatterClosed, MatterWithdrawn,
	}
}

// Open reports whether somebody has to do something about the matter itself.
func (s MatterStatus) Open() bool { return slices.Contains(OpenMatters(), s) }

// OpenMatters lists the states in which the clocks of a matter run.
func OpenMatters() []MatterStatus {
	return []MatterStatus{
		MatterReported, MatterRefusal, MatterAccepted, MatterDispatched, MatterObjected, MatterContacted, MatterHandling, MatterExplaining,
	}
}

// Answered reports whether the matter has a result.
func (s MatterStatus) Answered() bool {
	return slices.Contains([]MatterStatus{MatterDone, MatterExplained, MatterCallback, MatterRated, MatterClosed}, s)
}

// Ended reports whether nothing is done about the matter any more, unless it is opened again.
func (s MatterStatus) Ended() bool { return !s.Open() && (!s.Answered() || s == MatterClosed) }

// Audience (三类对象) is whose matter it is.
type Audience string

// The audiences.
const (
	AudienceResident Audience = "resident" // 居民
	AudienceMigrant  Audience = "migrant"  // 外来人员
	AudienceUnit     Audience = "unit"     // 驻区单位
)

// Intake is how a matter came in.
type Intake string

// The ways in.
const (
	IntakeApp   Intake = "app"   // by the reporter
	IntakeGrid  Intake = "grid"  // by a grid worker on their rounds
	IntakeHub   Intake = "hub"   // by a hub household (中心户)
	IntakePhone Intake = "phone" // by an officer on the phone
)

// Satisfaction (满意度) is how a reporter rates what became of a matter.
type Satisfaction string

// The ratings.
const (
	Satisfied          Satisfaction = "satisfied"
	BasicallySatisfied Satisfaction = "basically"
	Unsatisfied        Satisfaction = "unsatisfied"
)

// Satisfactions lists the ratings, the best first.
func Satisfactions() []Satisfaction {
	return []Satisfaction{Satisfied, BasicallySatisfied, Unsatisfied}
}

// Matter (社情民意) is something that a resident, a migrant or a unit brings before the community. From its intake on it
// has an owner at every instant.
type Matter struct {
	ID ID `json:"id"`

	Place      `gorm:"embedded"`
	ReporterID ID       `json:"-"`
	FiledBy    ID       `json:"-"` // differs from the reporter when brought in for somebody
	Channel    Intake   `json:"channel" enum:"app,grid,hub,phone"`
	Audience   Audience `json:"audience" enum:"resident,migrant,unit"`
	Category   string   `json:"category"`
	Title      string   `json:"title"`
	Text       string   `json:"text"`
	// The contact is who is to be called about it when that is not the reporter; the phone is revealed by a step only.
	ContactName  string `gorm:"serializer:sealed" json:"-"`
	ContactPhone string `gorm:"serializer:sealed" json:"-"`

	Status           MatterStatus `json:"status"`
	Tier             Tier         `json:"tier" enum:"grid,community,street"`
	TierSince        Instant      `json:"tier_since"`
	FirstHandlerID   ID           `json:"-"` // 首问负责人, fixed at intake
	OwnerID          ID           `json:"-"` // never zero
	OwnedAt          Instant      `json:"owned_at"`
	ProposedID       ID           `json:"-"` // who was asked to take it over
	OrganisationID   ID           `json:"-"` // that it is dispatched to
	TakenAt          Instant      `json:"-"` // when one of its officers accepted it
	CatalogueVersion int64        `json:"catalogue_version" doc:"受理时的服务目录版本"`

	ContactDueAt Instant `json:"contact_due_at,omitzero" doc:"首次联系时限"`
	DueAt        Instant `json:"due_at,omitzero" doc:"办理时限"`
	TierDueAt    Instant `json:"tier_due_at,omitzero" doc:"本层级时限，超过则上报"`
	PausedAt     Instant `json:"paused_at,omitzero"`
	PauseReason  string  `json:"pause_reason,omitempty"`
	PaperAsks    int     `json:"paper_asks" doc:"要求补充材料的次数；一次性告知之后再要求会被标记"`

	ExtensionBy ID      `json:"-"` // who asked for one that is not decided
	ExtensionTo Instant `json:"extension_until,omitzero" doc:"申请延期至"`
	RefusalBy   ID      `json:"-"` // who wants to refuse or to explain
	LegalBasis  string  `json:"legal_basis,omitempty" doc:"不予受理或暂不能办的依据"`

	ContactedAt Instant  `json:"contacted_at,omitzero"`
	DoneAt      Instant  `json:"done_at,omitzero"`
	FinishedBy  ID       `json:"-"`
	Result      string   `json:"result,omitempty"`
	Evidence    []string `gorm:"serializer:json" json:"evidence"`

	Callbacks    int          `json:"callbacks" doc:"回访次数"`
	AnsweredAt   Instant      `json:"answered_at,omitzero" doc:"回访答复或自行评价的时间"`
	Unreachable  bool         `json:"unreachable" doc:"三次回访均未联系上"`
	Resolved     bool         `json:"resolved"`
	Satisfaction Satisfaction `json:"satisfaction,omitempty" enum:"satisfied,basically,unsatisfied"`
	RatedAt      Instant      `json:"rated_at,omitzero"`
	Reopens      int          `json:"reopens"`
	FailedTries  int          `json:"failed_tries" doc:"在本层级未办成的次数"`
	PrimaryID    ID           `json:"primary_id,omitzero" doc:"合并到的主事项"`
	ClosedAt     Instant      `json:"closed_at,omitzero"`

	NextAt    Instant `json:"-"` // when the sweep is to look at it, zero for never
	Version   int64   `json:"version"`
	CreatedAt Instant `json:"created_at"`
	UpdatedAt Instant `json:"updated_at"`

	Steps []*MatterStep `gorm:"-" json:"-"` // taken and not written yet

	Overdue      bool       `gorm:"-" json:"overdue"`
	Reporter     MemberRef  `gorm:"-" json:"reporter,omitzero"`
	Owner        MemberRef  `gorm:"-" json:"owner" doc:"负责人"`
	FirstHandler MemberRef  `gorm:"-" json:"first_handler" doc:"首问负责人"`
	Proposed     *MemberRef `gorm:"-" json:"proposed,omitempty" doc:"拟移交给谁；对方接收之前仍由 owner 负责"`
	Organisation *NodeRef   `gorm:"-" json:"organisation,omitempty" doc:"承办单位"`
	Where        *NodeRef   `gorm:"-" json:"place,omitempty" doc:"事发地点，到楼栋为止"`
	Notice       *Service   `gorm:"-" json:"checklist,omitempty" doc:"一次性告知：材料、步骤、时限和承诺"`
	Whistles     []*Whistle `gorm:"-" json:"whistles,omitempty" doc:"吹哨报到"`
	Followers    int        `gorm:"-" json:"followers" doc:"合并到这一件的事项数"`
}

// TableName implements gorm's Tabler.
func (Matter) TableName() string { return "matter" }

// Part is what somebody has to do with a matter.
type Part string

// The parts.
const (
	PartReporter Part = "reporter" // or who brought it in for them
	PartFollower Part = "follower" // reporter of a duplicate
	PartOwner    Part = "owner"
	PartProposed Part = "proposed"
	PartUnit     Part = "unit"    // officer of the unit that it is dispatched to
	PartHandler  Part = "handler" // such an officer, once one of them has accepted it
	PartCoUnit   Part = "co_unit" // officer of a unit that was called
	PartOfficer  Part = "officer" // handles matters of the place
	PartLeader   Part = "leader"  // decides on what others ask for
	PartStreet   Part = "street"  // leads at the street
	PartReader   Part = "reader"  // may read what is of the place
)

// PartsOf returns what a member has to do with the matter by what is written on it.
func (m *Matter) PartsOf(member ID) []Part {
	var parts []Part
	for part, who := range map[Part][]ID{PartReporter: {m.ReporterID, m.FiledBy}, PartOwner: {m.OwnerID}, PartProposed: {m.ProposedID}} {
		if member != 0 && slices.Contains(who, member) {
			parts = append(parts, part)
		}
	}
	return parts
}

// Led fails with ErrForbidden for who does not lead at the matter's tier: at the street only the street does.
func (m *Matter) Led(parts []Part) error { return led(parts, m.Tier == TierStreet) }

// RefusalLed fails with ErrForbidden for who does not decide on refusals of the matter's tier: the community's own are for
// the street.
func (m *Matter) RefusalLed(parts []Part) error { return led(parts, m.Tier != TierGrid) }

func led(parts []Part, street bool) error {
	if street && !slices.Contains(parts, PartStreet) || !slices.Contains(parts, PartLeader) {
		return ErrForbidden
	}
	return nil
}

// Hides reports whether what is written on the matter waits for a leader, and is not for somebody with these parts.
func (m *Matter) Hides(parts []Part) bool {
	return (m.Status == MatterRefusal || m.Status == MatterExplaining) && !Inside(parts)
}

// Inside reports whether somebody with these parts works on the matter, or looks after those who do.
func Inside(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool { return p != PartReporter && p != PartFollower })
}

// MayShow fails unless somebody with these parts may add a photo of a kind to the matter: of what is wrong who may take it
// back, and of what was done who may finish it. It fails with ErrNotFound, ErrForbidden, with ErrInvalid for a kind that is
// none, and with ErrMatterState once the matter has ended.
func (m *Matter) MayShow(parts []Part, kind PhotoKind) error {
	action, ok := map[PhotoKind]MatterAction{PhotoOfReport: ActWithdraw, PhotoOfResult: ActFinish}[kind]
	if err := MayMatter(parts, action); ok && err != nil {
		return err
	}
	switch {
	case len(parts) == 0:
		return ErrNotFound
	case !ok:
		return errPhotoKind
	case m.Status.Ended():
		return ErrMatterState
	}
	return nil
}

var errPhotoKind = ErrInvalid.Saying("照片种类应为 report（反映的情况）或 result（办理结果）", "A photo's kind is report or result.")

var errContactPhone = ErrInvalid.Saying("联系电话应为 11 位手机号", "A contact's phone is a mobile number of 11 digits.")

// PhoneOf returns a mobile number as it is kept; empty stays empty. It fails with ErrInvalid.
func PhoneOf(text string) (string, error) {
	switch {
	case text == "":
		return "", nil
	case len(text) != 11 || text[0] != '1' || strings.Trim(text, "0123456789") != "":
		return "", errContactPhone
	}
	return "86" + text, nil
}

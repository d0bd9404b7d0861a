package model

import "slices"

// MatterAction names a step of a matter's life.
type MatterAction string

// The actions.
const (
	ActReport         MatterAction = "report"
	ActAccept         MatterAction = "accept"
	ActRefuse         MatterAction = "refuse"
	ActApproveRefusal MatterAction = "approve_refusal"
	ActDeclineRefusal MatterAction = "decline_refusal"
	ActRedirect       MatterAction = "redirect"
	ActMerge          MatterAction = "merge"
	ActDispatch       MatterAction = "dispatch"
	ActObject         MatterAction = "object"
	ActUphold         MatterAction = "uphold"   // the unit is right
	ActOverrule       MatterAction = "overrule" // it is the unit's business
	ActContact        MatterAction = "contact"
	ActStart          MatterAction = "start"
	ActPause          MatterAction = "pause"
	ActResume         MatterAction = "resume"
	ActExtend         MatterAction = "extend"
	ActGrantExtension MatterAction = "grant_extension"
	ActDenyExtension  MatterAction = "deny_extension"
	ActFinish         MatterAction = "finish"
	ActExplain        MatterAction = "explain"
	ActApproveExplain MatterAction = "approve_explain"
	ActDeclineExplain MatterAction = "decline_explain"
	ActMissCall       MatterAction = "miss_call" // nobody answered
	ActGiveUpCalling  MatterAction = "give_up_calling"
	ActCallback       MatterAction = "callback"
	ActRate           MatterAction = "rate"
	ActClose          MatterAction = "close"
	ActReopen         MatterAction = "reopen"
	ActHandover       MatterAction = "handover"
	ActTake           MatterAction = "take" // accepts a hand-over
	ActEscalate       MatterAction = "escalate"
	ActDescend        MatterAction = "descend"
	ActWhistle        MatterAction = "whistle"
	ActReportIn       MatterAction = "report_in"
	ActCoFinish       MatterAction = "co_finish" // the part of a unit that was called is done
	ActRateWhistle    MatterAction = "rate_whistle"
	ActErrand         MatterAction = "errand"
	ActReveal         MatterAction = "reveal" // the reporter's phone
	ActWithdraw       MatterAction = "withdraw"
)

// MatterTransitions returns the one table of what may be done in which state and where it leads. What is not in it is
// not allowed.
func MatterTransitions() map[MatterStatus]map[MatterAction]MatterStatus {
	table := map[MatterStatus]map[MatterAction]MatterStatus{
		MatterReported: {
			ActAccept: MatterAccepted, ActRefuse: MatterRefusal, ActRedirect: MatterRedirected, ActMerge: MatterDuplicate,
			ActFinish: MatterDone, ActWithdraw: MatterWithdrawn,
		},
		MatterRefusal:    {ActApproveRefusal: MatterRefused, ActDeclineRefusal: MatterReported, ActWithdraw: MatterWithdrawn},
		MatterAccepted:   {ActDispatch: MatterDispatched, ActContact: MatterContacted, ActMerge: MatterDuplicate, ActWithdraw: MatterWithdrawn},
		MatterDispatched: {ActDispatch: MatterDispatched, ActObject: MatterObjected, ActContact: MatterContacted, ActMerge: MatterDuplicate, ActWithdraw: MatterWithdrawn},
		MatterObjected:   {ActUphold: MatterAccepted, ActOverrule: MatterDispatched, ActWithdraw: MatterWithdrawn},
		MatterContacted:  {ActStart: MatterHandling, ActExplain: MatterExplaining, ActMerge: MatterDuplicate, ActWithdraw: MatterWithdrawn},
		MatterHandling:   {ActFinish: MatterDone, ActExplain: MatterExplaining, ActMerge: MatterDuplicate, ActWithdraw: MatterWithdrawn},
		MatterExplaining: {ActApproveExplain: MatterExplained, ActDeclineExplain: MatterHandling, ActWithdraw: MatterWithdrawn},
		MatterDone:       {ActMissCall: MatterDone, ActGiveUpCalling: MatterCallback, ActCallback: MatterCallback, ActRate: MatterRated},
		MatterExplained:  {ActMissCall: MatterExplained, ActGiveUpCalling: MatterCallback, ActCallback: MatterCallback, ActRate: MatterRated},
		MatterCallback:   {ActRate: MatterRated, ActReopen: MatterAccepted, ActClose: MatterClosed},
		MatterRated:      {ActReopen: MatterAccepted, ActClose: MatterClosed},
		MatterClosed:     {ActReopen: MatterAccepted},
	}
	stay := func(states []MatterStatus, actions ...MatterAction) {
		for _, s := range states {
			for _, a := range actions {
				table[s][a] = s
			}
		}
	}
	working := []MatterStatus{MatterAccepted, MatterDispatched, MatterContacted, MatterHandling}
	stay(OpenMatters(), ActHandover, ActTake, ActEscalate, ActReveal)
	stay(working, ActDescend) // what a leader of the tier is to decide stays there
	stay([]MatterStatus{MatterReported, MatterObjected}, ActDescend)
	stay(working, ActPause, ActResume, ActExtend, ActGrantExtension, ActDenyExtension, ActWhistle, ActReportIn, ActCoFinish, ActErrand)
	stay([]MatterStatus{MatterDone, MatterExplained, MatterCallback, MatterRated}, ActRateWhistle, ActReveal)
	stay([]MatterStatus{MatterClosed}, ActRateWhistle)
	return table
}

// MatterParts returns the one table of who may take which step.
func MatterParts() map[MatterAction][]Part {
	officers, handlers, leaders := []Part{PartOwner, PartOfficer}, []Part{PartOwner, PartHandler}, []Part{PartLeader}
	return map[MatterAction][]Part{
		ActAccept: officers, ActRefuse: officers, ActRedirect: officers, ActMerge: officers, ActDispatch: officers, ActClose: officers,
		ActApproveRefusal: leaders, ActDeclineRefusal: leaders, ActApproveExplain: leaders, ActDeclineExplain: leaders,
		ActUphold: leaders, ActOverrule: leaders, ActGrantExtension: leaders, ActDenyExtension: leaders, ActDescend: leaders, ActWhistle: leaders,
		ActObject: {PartUnit}, ActContact: handlers, ActStart: handlers, ActPause: handlers, ActResume: handlers, ActExtend: handlers,
		ActFinish: handlers, ActExplain: handlers, ActErrand: handlers,
		ActMissCall: {PartOfficer, PartLeader}, ActGiveUpCalling: {PartOfficer, PartLeader}, ActCallback: {PartOfficer, PartLeader},
		ActRate: {PartReporter}, ActWithdraw: {PartReporter}, ActReopen: {PartReporter, PartLeader},
		ActHandover: {PartOwner, PartLeader}, ActTake: {PartProposed, PartUnit}, ActEscalate: {PartOwner, PartUnit, PartOfficer, PartLeader},
		ActReportIn: {PartCoUnit}, ActCoFinish: {PartCoUnit}, ActRateWhistle: {PartOwner, PartCoUnit}, ActReveal: {PartOwner, PartUnit, PartOfficer},
	}
}

// Both tables are read only.
var (
	matterTransitions = MatterTransitions()
	matterParts       = MatterParts()
)

// MayMatter fails with ErrNotFound for who has nothing to do with a matter, and with ErrForbidden for who has, and may
// not take any of the steps.
func MayMatter(parts []Part, actions ...MatterAction) error {
	if len(parts) == 0 {
		return ErrNotFound
	}
	for _, a := range actions {
		if slices.ContainsFunc(matterParts[a], func(p Part) bool { return slices.Contains(parts, p) }) {
			return nil
		}
	}
	return ErrForbidden
}

// Next returns where an action leads. It fails with ErrMatterState when the table does not have it.
func (s MatterStatus) Next(action MatterAction) (MatterStatus, error) {
	to, ok := matterTransitions[s][action]
	if !ok {
		return "", ErrMatterState
	}
	return to, nil
}

package boards

import (
	"linbanglin/model"
)

// cell is a subject on a board.
type cell struct {
	board   model.BoardKey
	subject model.ID
}

// sum is what a run of the stream adds to a cell. Sum and maximum are commutative, so it does not matter
// where a run is cut.
type sum struct {
	points  int64
	reached int64 // place of the last gain; of the first entry when there is none
	gained  bool
	first   int64
	last    int64
	area    model.ID // where the subject was at the first entry
	grid    model.ID
	branch  model.ID
}

// tally adds up a run of the sealed stream by cell.
type tally struct {
	campaigns map[model.ID]*model.Campaign
	frozen    map[model.ID]int64 // place of a campaign's close, 0 or absent while open
	cells     map[cell]*sum
}

func newTally() *tally {
	return &tally{campaigns: map[model.ID]*model.Campaign{}, frozen: map[model.ID]int64{}, cells: map[cell]*sum{}}
}

// close has the campaign count nothing from the place on.
func (t *tally) close(campaign model.ID, seq int64) {
	if t.frozen[campaign] == 0 {
		t.frozen[campaign] = seq
	}
}

// add counts a sealed transfer on all boards that it belongs to.
func (t *tally) add(seq int64, x *model.Transfer) {
	if x.Measure != model.Points || x.Score == 0 {
		return
	}
	for _, period := range model.CalendarPeriods() {
		t.addTo(seq, x, model.BoardKey{CommunityID: x.CommunityID, Period: period, PeriodKey: period.Key(x.EffectiveAt.Time())})
	}
	t.addToCampaign(seq, x)
}

// addToCampaign counts a sealed transfer on the boards of its campaign.
func (t *tally) addToCampaign(seq int64, x *model.Transfer) {
	if t.counts(seq, x) {
		t.addTo(seq, x, model.BoardKey{CommunityID: x.CommunityID, CampaignID: x.CampaignID, Period: model.PeriodCampaign})
	}
}

// counts reports whether an entry counts for its campaign: sealed before the campaign closed, and done
// within its time.
func (t *tally) counts(seq int64, x *model.Transfer) bool {
	c := t.campaigns[x.CampaignID]
	frozen := t.frozen[x.CampaignID]
	return c != nil && (frozen == 0 || seq < frozen) && c.Within(x.EffectiveAt)
}

// addTo counts a transfer on the member board and on the boards of teams of one period.
func (t *tally) addTo(seq int64, x *model.Transfer, k model.BoardKey) {
	if x.Ranked == 1 {
		k.Kind, k.Scope = model.BoardMembers, model.KindCommunity
		t.bump(seq, x, cell{k, x.MemberID})
	}
	k.Kind = model.BoardTeams
	for _, team := range model.TeamKinds() {
		k.Scope = team
		if node := (model.Place{AreaID: x.AreaID, GridID: x.GridID, BranchID: x.BranchID}).At(team); node != 0 {
			t.bump(seq, x, cell{k, node})
		}
	}
}

func (t *tally) bump(seq int64, x *model.Transfer, c cell) {
	s := t.cells[c]
	if s == nil {
		s = &sum{first: seq, reached: seq, area: x.AreaID, grid: x.GridID, branch: x.BranchID}
		t.cells[c] = s
	}
	s.points += x.Score
	s.last = seq
	if x.Score > 0 {
		s.reached, s.gained = seq, true
	}
}

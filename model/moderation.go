package model

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ModerationList (审核词) is what a community's moderators look at before it is shown.
type ModerationList struct {
	CommunityID ID       `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Words       []string `gorm:"-" json:"words"`
	Version     int64    `json:"version" doc:"0 表示还没有设置过"`
	UpdatedBy   ID       `json:"-"`
	UpdatedAt   Instant  `json:"updated_at,omitzero"`
}

// TableName implements gorm's Tabler.
func (ModerationList) TableName() string { return "moderation_list" }

// The bounds of a list.
const (
	maxModerationWords = 500
	maxModerationWord  = 30 // characters
)

// Replace puts other words on the list; words that read alike are there once. It fails with ErrInvalid.
func (l *ModerationList) Replace(words []string, by ID, now Instant) error {
	kept, seen := []string{}, map[string]bool{}
	for _, w := range words {
		w = strings.TrimSpace(w)
		plain := fold(w).text
		if plain == "" || utf8.RuneCountInString(w) > maxModerationWord {
			return ErrInvalid.Saying("审核词应为 1 到 30 个字，不能只有空格或标点", "A word has 1 to 30 characters, and not blanks and punctuation alone.")
		}
		if !seen[plain] {
			seen[plain] = true
			kept = append(kept, w)
		}
	}
	if len(kept) > maxModerationWords {
		return ErrInvalid.Saying("审核词最多 500 个", "There are at most 500 words.")
	}
	l.Words, l.Version, l.UpdatedBy, l.UpdatedAt = kept, l.Version+1, by, now
	return nil
}

// Hit is a word of the list that stands in a field of what somebody wrote, from one character to before another.
type Hit struct {
	Word  string `json:"word"`
	Field string `json:"field" enum:"title,description"`
	From  int    `json:"from" doc:"从第几个字开始，0 起"`
	To    int    `json:"to" doc:"到第几个字之前"`
	Text  string `json:"text" doc:"原文"`
}

// Hits finds the words in a title and a description, each once a field. Letters count as the same in both cases and
// widths, and what is between letters and is none is passed over.
func (l *ModerationList) Hits(title, description string) []Hit {
	hits := []Hit{}
	if len(l.Words) == 0 {
		return hits
	}
	for _, field := range []struct{ name, text string }{{FieldTitle, title}, {FieldDescription, description}} {
		letters, runes := fold(field.text), []rune(field.text)
		for _, word := range l.Words {
			plain := fold(word).text
			at := strings.Index(letters.text, plain)
			if at < 0 {
				continue
			}
			first := utf8.RuneCountInString(letters.text[:at])
			from, to := letters.at[first], letters.at[first+utf8.RuneCountInString(plain)-1]+1
			hits = append(hits, Hit{word, field.name, from, to, string(runes[from:to])})
		}
	}
	return hits
}

// folded is a text's letters and digits, and which of its characters each was.
type folded struct {
	text string
	at   []int
}

// fold leaves of a text what a reader takes for the same: letters and digits, in one case and one width.
func fold(text string) folded {
	var letters strings.Builder
	var at []int
	n := 0
	for _, r := range text {
		if r >= '！' && r <= '～' { // the wide forms of ASCII
			r -= '！' - '!'
		}
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			letters.WriteRune(unicode.ToLower(r))
			at = append(at, n)
		}
		n++
	}
	return folded{letters.String(), at}
}

// The fields that something may be returned for.
const (
	FieldTitle       = "title"
	FieldDescription = "description"
	FieldOther       = "other"
)

// Review (审核) is something that waits for a moderator, with which words stand where in it.
type Review struct {
	Kind    string       `json:"kind" enum:"request,series,content"`
	Request *HelpRequest `json:"request,omitempty"`
	Series  *Series      `json:"series,omitempty"`
	Content *Held        `json:"content,omitempty"`
	Hits    []Hit        `json:"hits"`
}

// Key returns what reviews are sorted by: what was written first comes first.
func (r *Review) Key() ID {
	switch {
	case r.Series != nil:
		return r.Series.ID
	case r.Content != nil:
		return r.Content.ID
	}
	return r.Request.ID
}

// Asks reports whether the member asked for the request or posted it.
func (r *HelpRequest) Asks(member ID) bool { return member == r.RequesterID || member == r.CreatedBy }

// Withhold has a new request wait for a moderator; until then it is for its author and its requester alone.
func (r *HelpRequest) Withhold() { r.Status, r.Withheld = RequestPending, true }

// Judges fails with ErrForbidden unless the moderator has no part in the request: neither asked for it nor posted it,
// nor lives with who asked.
func (r *HelpRequest) Judges(moderator Actor) error {
	if r.Asks(moderator.MemberID) || r.HouseholdID != 0 && r.HouseholdID == moderator.Place.HouseholdID {
		return ErrForbidden
	}
	return nil
}

// Approve puts a request that waits for a moderator before the neighbours; its deadline counts from now. It fails with
// ErrRequestState when it does not wait, and with ErrPeriod when it is over.
func (r *HelpRequest) Approve(now Instant) error {
	if r.Status != RequestPending {
		return ErrRequestState
	}
	if r.end() <= now {
		return ErrPeriod.Saying("求助的时间已经过了，请退回修改", "The time of the request is over; please return it.")
	}
	r.Withheld, r.DeadlineAt = false, r.deadline(now)
	return r.move(RequestOpen, now)
}

// Return gives a request that waits for a moderator back to its author, saying what is to be changed, and why. It fails
// with ErrInvalid for a field that is none, and with ErrRequestState when it does not wait.
func (r *HelpRequest) Return(field, reason string, now Instant) error {
	if !returnable(field) {
		return ErrInvalid.Saying("请说明是标题、描述还是其他", "It is the title, the description or other.")
	}
	if r.Status != RequestPending {
		return ErrRequestState
	}
	if err := r.move(RequestReturned, now); err != nil {
		return err
	}
	r.ReturnedField, r.Reason = field, reason
	return nil
}

func returnable(field string) bool {
	return slices.Contains([]string{FieldTitle, FieldDescription, FieldOther}, field)
}

// Edit writes what another request asks on this one, which waits for a moderator again if something was hit, and is open
// else. It fails as Validate does, with ErrPeriod, and with ErrRequestState once somebody has claimed it or it is over.
func (r *HelpRequest) Edit(as *HelpRequest, hit bool, now Instant) error {
	hidden := r.Status == RequestPending || r.Status == RequestReturned
	if !hidden && (!r.Waits() || len(r.holding()) > 0) {
		return ErrRequestState
	}
	if err := as.Validate(); err != nil {
		return err
	}
	if !as.lies(now) {
		return ErrPeriod
	}
	recount := hidden || r.Urgency != as.Urgency || r.StartsAt != as.StartsAt || r.EndsAt != as.EndsAt
	r.Category, r.Title, r.Description, r.Urgency, r.Slots = as.Category, as.Title, as.Description, as.Urgency, as.Slots
	r.Skills, r.Stairs, r.StartsAt, r.EndsAt = as.Skills, as.Stairs, as.StartsAt, as.EndsAt
	r.Withheld, r.Reason, r.ReturnedField = hit, "", ""
	if err := r.void(func(c *Claim) bool { return c.Status.queued() }, now); err != nil { // they waited for something else
		return err
	}
	if recount {
		r.DeadlineAt = r.deadline(now)
	}
	to := RequestOpen
	switch {
	case hit:
		to = RequestPending
	case r.Status == RequestEscalated: // an officer has it already
		to = RequestEscalated
	}
	if to == r.Status {
		r.touch(now)
		return nil
	}
	return r.move(to, now)
}

// Withhold has a new series wait for a moderator.
func (s *Series) Withhold() { s.Status = SeriesPending }

// Judges fails with ErrForbidden as HelpRequest.Judges does.
func (s *Series) Judges(moderator Actor) error { return s.Request(0, s.StartsAt).Judges(moderator) }

// Approve lets a series that waits for a moderator make requests. It fails with ErrSeriesState when it does not wait.
func (s *Series) Approve(by ID, now Instant) error {
	if err := s.move(SeriesActive, now); err != nil {
		return err
	}
	s.ApprovedBy = by
	return nil
}

// Return ends a series that waits for a moderator, saying what is wrong, and why: its author begins another. It fails
// with ErrInvalid and ErrSeriesState.
func (s *Series) Return(field, reason string, now Instant) error {
	if !returnable(field) {
		return ErrInvalid.Saying("请说明是标题、描述还是其他", "It is the title, the description or other.")
	}
	if err := s.move(SeriesReturned, now); err != nil {
		return err
	}
	s.ReturnedField, s.Reason = field, reason
	return nil
}

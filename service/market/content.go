package market

import (
	"context"
	"slices"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
)

// CheckWith has what members write looked at before others see it. It is for before the first call.
func (m *Market) CheckWith(checks *content.Checks) {
	m.checks = checks
	checks.OnApproval(m.showOffer, model.SubjectOffer)
	checks.OnApproval(m.showComment, model.SubjectComment, model.SubjectCommentBack)
}

// look has what a request or a series says looked at, before the transaction that posts it. It fails as content.Text does.
func (m *Market) look(ctx context.Context, who model.Actor, subject model.Subject, in RequestInput) (*model.Check, error) {
	return m.checks.Text(ctx, who, subject, append([]string{in.Title, in.Description}, in.Skills...)...)
}

// heldTitle stands for the title of an offer that waits for a moderator.
const heldTitle = "（标题审核中）"

// lookAtOffer has what an offer says looked at, unless it says so already.
func (m *Market) lookAtOffer(ctx context.Context, who model.Actor, id model.ID, in OfferInput) (*model.Check, error) {
	if id != 0 && m.checks.On() {
		had, err := m.store.Offers.Get(ctx, id)
		if err != nil || had.MemberID != who.MemberID {
			return nil, err // and the transaction refuses it
		}
		if had.Title == strings.TrimSpace(in.Title) && slices.Equal(had.Skills, trimmed(in.Skills)) {
			return nil, nil
		}
	}
	return m.checks.Text(ctx, who, model.SubjectOffer, append([]string{in.Title}, in.Skills...)...)
}

// veil puts what an offer says before the moderators if they have to look at it first; the offer goes on without.
func veil(ctx context.Context, tx *repository.Store, check *model.Check, who model.Actor, o *model.HelpOffer) error {
	said := strings.Join(append([]string{strings.ReplaceAll(o.Title, "\n", " ")}, o.Skills...), "\n")
	if check.Holds() {
		o.Title, o.Skills = heldTitle, []string{}
	}
	return content.Hold(ctx, tx, check, who, o.ID, said)
}

// showOffer has an offer say what was approved.
func (m *Market) showOffer(ctx context.Context, tx *repository.Store, held *model.Held) error {
	o, err := tx.Offers.Lock(ctx, held.SubjectID)
	if err != nil {
		return err
	}
	lines := strings.Split(held.Body, "\n")
	o.Title, o.Skills, o.Version, o.UpdatedAt = lines[0], lines[1:], o.Version+1, m.now()
	return tx.Offers.Update(ctx, o)
}

// remark has a comment looked at. Shown is what of it goes with the rating at once.
func (m *Market) remark(ctx context.Context, who model.Actor, comment string) (check *model.Check, shown string, err error) {
	check, err = m.checks.Text(ctx, who, model.SubjectComment, comment)
	if check.Holds() {
		comment = ""
	}
	return check, comment, err
}

// holdComment puts a comment that somebody has just rated with before the moderators if they have to look at it first, for
// each claim that it is on.
func (m *Market) holdComment(ctx context.Context, tx *repository.Store, check *model.Check, who model.Actor, r *model.HelpRequest, comment string, now model.Instant) error {
	if check == nil {
		return nil
	}
	for _, c := range r.Claims {
		said := *check
		said.ID = tx.NewID()
		switch {
		case c.RatedAt == now && c.Rating != 0 && r.MayConfirm(who.MemberID):
		case c.BackAt == now && c.BackRating != 0 && c.HelperID == who.MemberID:
			said.Subject = model.SubjectCommentBack
		default:
			continue
		}
		if err := content.Hold(ctx, tx, &said, who, c.ID, comment); err != nil {
			return err
		}
	}
	return nil
}

// showComment has a rating say what was approved, unless it says something already.
func (m *Market) showComment(ctx context.Context, tx *repository.Store, held *model.Held) error {
	id, err := tx.Requests.OfClaim(ctx, held.SubjectID)
	if err != nil {
		return err
	}
	r, err := tx.Requests.Lock(ctx, id)
	if err != nil {
		return err
	}
	for _, c := range r.Claims {
		switch {
		case c.ID != held.SubjectID:
			continue
		case held.Subject == model.SubjectCommentBack && c.BackRating != 0 && c.BackText == "":
			c.BackText = held.Body
		case held.Subject == model.SubjectComment && c.Rating != 0 && c.Comment == "":
			c.Comment = held.Body
		}
		return tx.Requests.UpdateClaims(ctx, c)
	}
	return nil
}

package account

import (
	"context"
	"slices"
	"strings"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/content"
)

// CheckWith has nicknames and skills looked at before others see them. It is for before the first call.
func (a *Accounts) CheckWith(checks *content.Checks) {
	a.checks = checks
	checks.OnApproval(a.show, model.SubjectNickname, model.SubjectSkills)
}

// look has what is new of a profile looked at, each alone. It returns the change without what has to wait, and what writes
// down the rest within the transaction. It fails as content.Text does.
func (a *Accounts) look(ctx context.Context, who model.Actor, in ProfileInput) (ProfileInput, func(tx *repository.Store) error, error) {
	none := func(*repository.Store) error { return nil }
	if !a.checks.On() || !who.Bound() { // who is nobody yet is seen by nobody
		return in, none, nil
	}
	had, err := a.store.Members.Get(ctx, who.MemberID)
	if err != nil {
		return in, none, err
	}
	var name, skills *model.Check
	nickname, able := strings.TrimSpace(in.Nickname), strings.Join(in.Skills, "\n")
	if nickname != "" && nickname != had.Nickname {
		if name, err = a.checks.Text(ctx, who, model.SubjectNickname, nickname); err != nil {
			return in, none, err
		}
	}
	if in.Skills != nil && !slices.Equal(in.Skills, had.Skills) {
		if skills, err = a.checks.Text(ctx, who, model.SubjectSkills, able); err != nil {
			return in, none, err
		}
	}
	if name.Holds() {
		if err := new(model.Member).SetNickname(nickname); err != nil {
			return in, none, err
		}
		in.Nickname = ""
	}
	if skills.Holds() {
		in.Skills = nil
	}
	return in, func(tx *repository.Store) error {
		if err := content.Hold(ctx, tx, name, who, who.MemberID, nickname); err != nil {
			return err
		}
		return content.Hold(ctx, tx, skills, who, who.MemberID, able)
	}, nil
}

// show has a profile say what was approved.
func (a *Accounts) show(ctx context.Context, tx *repository.Store, held *model.Held) error {
	m, err := tx.Members.Lock(ctx, held.SubjectID)
	if err != nil {
		return err
	}
	if held.Subject == model.SubjectSkills {
		m.Skills, m.OwnSkills = strings.Split(held.Body, "\n"), true
	} else if err := m.SetNickname(held.Body); err != nil {
		return err
	}
	version := m.Version
	m.Version, m.UpdatedAt = version+1, a.now()
	return tx.Members.UpdateProfile(ctx, m, version)
}

package network

import (
	"context"
	"fmt"

	"linbanglin/model"
	"linbanglin/repository"
	"linbanglin/service/notify"
)

// NoticeJoint tells officers of an undertaking.
const NoticeJoint model.NoticeKind = "undertaking"

// Duty is what an organisation answers for.
type Duty struct {
	Organisation model.ID
	Duty         string
}

// JointInput is what organisations undertake together.
type JointInput struct {
	Kind        model.JointKind
	Way         string
	Title       string
	Description string
	Lead        Duty
	Partners    []Duty
	Campaign    model.ID // that it is, or goes with
	Due         model.Day
}

// Undertake proposes to organisations to do something together, by an officer of the lead or who manages organisations; all
// officers are told. A lead whose officer proposes has accepted. It fails with ErrUnbound, ErrNotOfficer, ErrNotFound and
// ErrInvalid.
func (n *Network) Undertake(ctx context.Context, who model.Actor, in JointInput) (*model.JointUndertaking, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	return repository.Once(ctx, n.store, n.now(), func(tx *repository.Store) (*model.JointUndertaking, error) {
		lead, err := ofCommunity(ctx, tx, who, in.Lead.Organisation)
		if err != nil {
			return nil, err
		}
		if err := actsFor(ctx, tx, who, lead); err != nil {
			return nil, err
		}
		u := &model.JointUndertaking{
			ID: n.store.NewID(), Place: lead.Place, NodeID: lead.NodeID, NodeKind: lead.NodeKind, Kind: in.Kind, Way: in.Way, Title: in.Title,
			Description: in.Description, LeadID: lead.ID, CampaignID: in.Campaign, DueDay: in.Due, CreatedBy: who.MemberID,
		}
		for _, d := range append([]Duty{in.Lead}, in.Partners...) {
			u.Partners = append(u.Partners, &model.JointPartner{OrganisationID: d.Organisation, Duty: d.Duty})
		}
		if err := u.Begin(n.now()); err != nil {
			return nil, err
		}
		if err := n.known(ctx, tx, who, u); err != nil {
			return nil, err
		}
		if err := n.leads(ctx, tx, who, u); err != nil {
			return nil, err
		}
		if err := tx.Joint.Create(ctx, u); err != nil {
			return nil, err
		}
		if err := n.tell(ctx, tx, u, "邀请共建", "请联络员答复是否接受："+u.Title); err != nil {
			return nil, err
		}
		return u, view(ctx, tx, u)
	})
}

// known fails with ErrNotFound unless the partners are bodies of the community that have not ended, and the campaign is one
// of the community's.
func (n *Network) known(ctx context.Context, tx *repository.Store, who model.Actor, u *model.JointUndertaking) error {
	ids := make([]model.ID, len(u.Partners))
	for i, p := range u.Partners {
		ids[i] = p.OrganisationID
	}
	found, err := tx.Organisations.Some(ctx, who.Place.CommunityID, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if o := found[id]; o == nil || !o.Active {
			return model.ErrNotFound
		}
	}
	if u.CampaignID == 0 {
		return nil
	}
	c, err := tx.Campaigns.Get(ctx, u.CampaignID)
	if err == nil && (c.CommunityID != u.CommunityID || c.Private()) {
		err = model.ErrNotFound
	}
	return err
}

// leads has the lead accept when one of its officers proposes.
func (n *Network) leads(ctx context.Context, tx *repository.Store, who model.Actor, u *model.JointUndertaking) error {
	officers, err := tx.Organisations.OfficersOf(ctx, []model.ID{u.LeadID})
	if err != nil {
		return err
	}
	for _, o := range officers {
		if o.MemberID == who.MemberID {
			u.Partners[0].Status, u.Partners[0].AnsweredBy, u.Partners[0].AnsweredAt = model.PartnerAccepted, who.MemberID, n.now()
		}
	}
	return nil
}

// tell tells the officers of all partners.
func (n *Network) tell(ctx context.Context, tx *repository.Store, u *model.JointUndertaking, title, text string) error {
	ids := make([]model.ID, len(u.Partners))
	for i, p := range u.Partners {
		ids[i] = p.OrganisationID
	}
	officers, err := tx.Organisations.OfficersOf(ctx, ids)
	if err != nil {
		return err
	}
	told, notices := map[model.ID]bool{}, []*model.Notice{}
	for _, o := range officers {
		if !told[o.MemberID] {
			told[o.MemberID] = true
			notices = append(notices, &model.Notice{
				CommunityID: u.CommunityID, MemberID: o.MemberID, Kind: NoticeJoint, Title: title, Body: text,
				Ref: model.NoticeRef{Type: model.RefJoint, ID: u.ID}, Key: fmt.Sprintf("undertaking:%d:%s", u.ID, u.Status), CreatedAt: n.now(),
			})
		}
	}
	return notify.Tell(ctx, tx, notices...)
}

// view completes undertakings with the names that they show.
func view(ctx context.Context, s *repository.Store, undertakings ...*model.JointUndertaking) error {
	if len(undertakings) == 0 {
		return nil
	}
	var ids []model.ID
	for _, u := range undertakings {
		for _, p := range u.Partners {
			ids = append(ids, p.OrganisationID)
		}
	}
	found, err := s.Organisations.Some(ctx, undertakings[0].CommunityID, ids)
	for _, u := range undertakings {
		for _, p := range u.Partners {
			if o := found[p.OrganisationID]; o != nil {
				p.Name = o.Name
			}
			p.Lead = p.OrganisationID == u.LeadID
		}
	}
	return err
}

// Undertakings lists what organisations of the caller's community do together, newest first; those with an organisation
// when it is given. It fails with ErrUnbound and ErrCursor.
func (n *Network) Undertakings(ctx context.Context, who model.Actor, organisation model.ID, page model.Page) (*model.List[*model.JointUndertaking], error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	name := fmt.Sprintf("undertakings:%d:%d", who.MemberID, organisation)
	before, err := page.After(name)
	if err != nil {
		return nil, err
	}
	rows, err := n.store.Joint.List(ctx, who.Place.CommunityID, organisation, before, page.Size()+1)
	if err != nil {
		return nil, err
	}
	list := model.PageOf(name, page, rows, func(last *model.JointUndertaking) int64 { return int64(last.ID) })
	return list, view(ctx, n.store, list.Items...)
}

// Undertaking returns one of the caller's community with its notes. It fails with ErrUnbound and ErrNotFound.
func (n *Network) Undertaking(ctx context.Context, who model.Actor, id model.ID) (*model.JointUndertaking, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	u, err := n.store.Joint.Get(ctx, id)
	if err == nil && u.CommunityID != who.Place.CommunityID {
		err = model.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if u.Notes, err = n.store.Joint.Notes(ctx, id); err != nil {
		return nil, err
	}
	return u, view(ctx, n.store, u)
}

// change makes a step of an undertaking under its lock, for who acts for an organisation; 0 is its lead.
func (n *Network) change(ctx context.Context, who model.Actor, id, organisation model.ID, step func(tx *repository.Store, u *model.JointUndertaking, of model.ID, now model.Instant) error) (*model.JointUndertaking, error) {
	if !who.Bound() {
		return nil, model.ErrUnbound
	}
	return repository.Once(ctx, n.store, n.now(), func(tx *repository.Store) (*model.JointUndertaking, error) {
		u, err := tx.Joint.Lock(ctx, id)
		if err != nil {
			return nil, err
		}
		of := organisation
		if of == 0 {
			of = u.LeadID
		}
		o, err := ofCommunity(ctx, tx, who, of)
		if err != nil {
			return nil, err
		}
		if err := actsFor(ctx, tx, who, o); err != nil {
			return nil, err
		}
		if err := step(tx, u, of, n.now()); err != nil {
			return nil, err
		}
		if err := tx.Joint.Update(ctx, u); err != nil {
			return nil, err
		}
		return u, view(ctx, tx, u)
	})
}

// Answer accepts or declines for an organisation. When all have answered everybody is told what comes of it. It fails with
// ErrNotOfficer, and as JointUndertaking.Answer does.
func (n *Network) Answer(ctx context.Context, who model.Actor, id, organisation model.ID, accept bool) (*model.JointUndertaking, error) {
	return n.change(ctx, who, id, organisation, func(tx *repository.Store, u *model.JointUndertaking, of model.ID, now model.Instant) error {
		if err := u.Answer(of, who.MemberID, accept, now); err != nil {
			return err
		}
		switch u.Status {
		case model.JointActive:
			return n.tell(ctx, tx, u, "共建开始", "各单位已答复，共建开始："+u.Title)
		case model.JointCancelled:
			return n.tell(ctx, tx, u, "共建取消", u.Result+"："+u.Title)
		}
		return nil
	})
}

// Note writes of an organisation's part. It fails with ErrNotOfficer, ErrInvalid, and as JointUndertaking.Takes does.
func (n *Network) Note(ctx context.Context, who model.Actor, id, organisation model.ID, text string) (*model.JointUndertaking, error) {
	return n.change(ctx, who, id, organisation, func(tx *repository.Store, u *model.JointUndertaking, of model.ID, now model.Instant) error {
		if _, err := u.Takes(of); err != nil {
			return err
		}
		note := &model.JointNote{ID: n.store.NewID(), UndertakingID: id, OrganisationID: of, MemberID: who.MemberID, Body: text, CreatedAt: now}
		if err := note.Validate(); err != nil {
			return err
		}
		return tx.Joint.AddNote(ctx, note)
	})
}

// Do says that an organisation has done its duty. It fails with ErrNotOfficer, and as JointUndertaking.Takes does.
func (n *Network) Do(ctx context.Context, who model.Actor, id, organisation model.ID) (*model.JointUndertaking, error) {
	return n.change(ctx, who, id, organisation, func(_ *repository.Store, u *model.JointUndertaking, of model.ID, now model.Instant) error {
		return u.Do(of, now)
	})
}

// Finish ends an undertaking with its result, for its lead. It fails with ErrNotOfficer, ErrInvalid, ErrDutiesOpen and
// ErrJointState.
func (n *Network) Finish(ctx context.Context, who model.Actor, id model.ID, result string) (*model.JointUndertaking, error) {
	return n.change(ctx, who, id, 0, func(_ *repository.Store, u *model.JointUndertaking, _ model.ID, now model.Instant) error {
		return u.Finish(result, now)
	})
}

// Cancel ends an undertaking before it is done, for its lead, with a reason. It fails with ErrNotOfficer, ErrInvalid and
// ErrJointState.
func (n *Network) Cancel(ctx context.Context, who model.Actor, id model.ID, reason string) (*model.JointUndertaking, error) {
	return n.change(ctx, who, id, 0, func(_ *repository.Store, u *model.JointUndertaking, _ model.ID, now model.Instant) error {
		return u.Cancel(reason, now)
	})
}

package notify

import (
	"context"
	"strings"

	"linbanglin/internal/wechat"
	"linbanglin/model"
	"linbanglin/repository"
)

// Templates returns the templates of the caller's community. It fails with ErrForbidden.
func (m *Messages) Templates(ctx context.Context, who model.Actor) ([]*model.MessageTemplate, error) {
	if err := who.May(model.OpSetMessages, model.Place{CommunityID: who.Place.CommunityID}); err != nil {
		return nil, err
	}
	rows, err := m.store.Messages.Templates(ctx, m.wechat.AppID(), []model.ID{who.Place.CommunityID})
	return append([]*model.MessageTemplate{}, rows...), err
}

// SetTemplate sets which template tells of a kind of notice in the caller's community, over the version that is given; one
// without a template's id has that kind sent no more. It fails with ErrForbidden, ErrMessageKind, with ErrMessageField for
// fields that could not be filled, and with ErrStale when it is at another version.
func (m *Messages) SetTemplate(ctx context.Context, who model.Actor, t *model.MessageTemplate) (*model.MessageTemplate, error) {
	if err := who.May(model.OpSetMessages, model.Place{CommunityID: who.Place.CommunityID}); err != nil {
		return nil, err
	}
	if t.Kind.Priority() == model.PriorityNone {
		return nil, model.ErrMessageKind
	}
	t.CommunityID, t.AppID, t.UpdatedBy, t.UpdatedAt = who.Place.CommunityID, m.wechat.AppID(), who.MemberID, m.now()
	if t.TemplateID == "" {
		t.Fields = map[string]string{}
		return t, m.store.Tx(ctx, func(tx *repository.Store) error { return tx.Messages.RemoveTemplate(ctx, t) })
	}
	if err := tryFields(t); err != nil {
		return nil, err
	}
	t.Version++
	err := m.store.Tx(ctx, func(tx *repository.Store) error { return tx.Messages.SetTemplate(ctx, t) })
	return t, err
}

// maxFields is how many fields a template has at most.
const maxFields = 10

// tryFields fails with ErrMessageField unless any notice can fill the fields of a template.
func tryFields(t *model.MessageTemplate) error {
	if len(t.Fields) == 0 || len(t.Fields) > maxFields {
		return model.ErrMessageField
	}
	// A title and a body have anything in them, so they are for fields that take anything.
	_, err := fill(t, &model.Notice{Title: "《A1》，……", Body: "《A1》，……", CreatedAt: t.UpdatedAt})
	return err
}

// fill makes the data of a message about a notice. It fails with ErrMessageField.
func fill(t *model.MessageTemplate, n *model.Notice) (map[string]string, error) {
	data := map[string]string{}
	for key, source := range t.Fields {
		value, literal := strings.CutPrefix(source, "=")
		if !literal {
			switch at := n.CreatedAt.Time(); source {
			case "title":
				value = n.Title
			case "body":
				value = n.Body
			case "time":
				value = at.Format("2006年1月2日 15:04")
			case "date":
				value = at.Format("2006年1月2日")
			default:
				return nil, model.ErrMessageField.Saying("模板字段 "+key+" 应取自 title、body、time、date，或 = 加固定文字", "The field "+key+" takes title, body, time, date, or = and a text.")
			}
		}
		fitting, err := wechat.Fit(key, value)
		if err != nil {
			return nil, model.ErrMessageField.Saying("模板字段 "+key+" 不接受这样的内容", "The field "+key+" does not take this.")
		}
		data[key] = fitting
	}
	return data, nil
}

// reserve is how many consents a kind leaves for what matters more and goes by the same template.
func reserve(templates []*model.MessageTemplate, t *model.MessageTemplate) int64 {
	more := map[model.Priority]bool{}
	for _, other := range templates {
		if other.CommunityID == t.CommunityID && other.TemplateID == t.TemplateID && other.Kind.Priority() < t.Kind.Priority() {
			more[other.Kind.Priority()] = true
		}
	}
	return int64(len(more))
}

// templateOf returns the template of a kind in a community, nil without one.
func templateOf(templates []*model.MessageTemplate, community model.ID, kind model.NoticeKind) *model.MessageTemplate {
	for _, t := range templates {
		if t.CommunityID == community && t.Kind == kind {
			return t
		}
	}
	return nil
}

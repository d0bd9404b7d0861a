package care

import (
	"context"
	"errors"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// Call is what a channel is given: who is called to what. Its id stays the same when it is sent again, so that who
// receives it knows.
type Call struct {
	ID      model.ID      `json:"id"`
	AlarmID model.ID      `json:"alarm_id"`
	Step    int           `json:"step"`
	Drill   bool          `json:"drill"`
	To      CallTo        `json:"to"`
	Title   string        `json:"title"`
	Text    string        `json:"text"`
	At      model.Instant `json:"at"`
}

// CallTo is who is called.
type CallTo struct {
	MemberID model.ID `json:"member_id,omitzero"` // none for the duty phone
	Phone    string   `json:"phone,omitempty"`
}

const (
	// deliveryBatch is how many deliveries one round sends, all at once.
	deliveryBatch = 32
	// sendTime is how long one may take; it ends well before its lease does.
	sendTime = 4 * time.Second
)

// sending is a delivery and what is sent for it.
type sending struct {
	*model.Delivery
	call *Call
	fail string // why it cannot be sent at all
}

// Deliver sends what is due by the channels outside of this program. What is to be sent was committed before; how it went
// is written afterwards, so one that was sent is not sent again, unless this process ends in between. It returns how many
// it tried.
func (c *Care) Deliver(ctx context.Context) (tried int, err error) {
	if c.channels.WeChat == nil && c.channels.Webhook == nil {
		return 0, nil
	}
	claim := c.store.NewID()
	now := c.now()
	due, err := c.store.Alarms.DueDeliveries(ctx, now, deliveryBatch)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var rows []*model.Delivery
	err = c.store.Tx(ctx, func(tx *repository.Store) (err error) {
		rows, err = tx.Alarms.ClaimDeliveries(ctx, due, claim, now, now.Add(model.DeliveryLease))
		return err
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ctx = context.WithoutCancel(ctx) // a process that ends well leaves nothing half done
	batch, err := c.calls(ctx, rows)
	if err != nil {
		return 0, err
	}
	sent := make(chan *model.Delivery, len(batch))
	for _, s := range batch {
		go func() {
			c.send(ctx, s)
			sent <- s.Delivery
		}()
	}
	for tried < len(batch) {
		group := []*model.Delivery{<-sent}
		for more := true; more; {
			select {
			case d := <-sent:
				group = append(group, d)
			default:
				more = false
			}
		}
		tried += len(group)
		err = errors.Join(err, c.note(ctx, claim, group))
	}
	return tried, err
}

// note writes how attempts went, those that ended together in one transaction.
func (c *Care) note(ctx context.Context, claim model.ID, group []*model.Delivery) error {
	return c.store.Tx(ctx, func(tx *repository.Store) error {
		for _, d := range group {
			if err := tx.Alarms.UpdateDelivery(ctx, claim, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// send makes one attempt.
func (c *Care) send(ctx context.Context, s *sending) {
	if s.fail != "" {
		s.Attempts = model.MaxAttempts - 1 // there is no use in another
		s.Tried(s.fail, c.now())
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	send := c.channels.Webhook
	if s.Channel == model.ChannelWeChat {
		send = c.channels.WeChat
	}
	failure := ""
	if send == nil {
		failure = "not configured"
	} else if err := send(ctx, s.call); err != nil {
		failure = shortened(err.Error())
	}
	s.Tried(failure, c.now())
}

// maxAnswer is how many bytes of a failure are kept.
const maxAnswer = 100

func shortened(text string) string {
	if len(text) > maxAnswer {
		text = text[:maxAnswer]
	}
	return text
}

// calls makes what is sent for deliveries.
func (c *Care) calls(ctx context.Context, rows []*model.Delivery) ([]*sending, error) {
	var ids, people []model.ID
	for _, d := range rows {
		ids, people = append(ids, d.AlarmID), append(people, d.RecipientID)
	}
	alarms, err := c.store.Alarms.ByIDs(ctx, unique(ids))
	if err != nil {
		return nil, err
	}
	members, err := c.store.Members.Some(ctx, unique(people))
	if err != nil {
		return nil, err
	}
	batch := make([]*sending, len(rows))
	for i, d := range rows {
		a := alarms[d.AlarmID]
		title, text, err := c.words(ctx, c.store, a)
		if err != nil {
			return nil, err
		}
		s := &sending{d, &Call{ID: d.ID, AlarmID: a.ID, Step: d.StepNo, Drill: a.Drill(), Title: title, Text: text, At: a.RaisedAt}, ""}
		if s.call.To, err = c.to(ctx, a, members[d.RecipientID]); err != nil {
			return nil, err
		}
		switch {
		case !a.Open():
			s.fail = "over" // nobody is called to what somebody has seen to
		case d.Channel == model.ChannelWebhook && s.call.To.Phone == "":
			s.fail = "no phone"
		}
		batch[i] = s
	}
	return batch, nil
}

// to returns who is called: a member, or nobody for the duty phone of the community.
func (c *Care) to(ctx context.Context, a *model.Alarm, m *model.Member) (CallTo, error) {
	if m == nil {
		s, err := c.store.Doorbells.Settings(ctx, a.CommunityID)
		if err != nil {
			return CallTo{}, err
		}
		return CallTo{Phone: s.DutyPhone}, nil
	}
	to := CallTo{MemberID: m.ID}
	if m.Phone != "" {
		to.Phone = "+" + m.Phone
	}
	return to, nil
}

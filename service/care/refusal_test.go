package care_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"linbanglin/model"
	"linbanglin/service/care"
)

func TestWhatADeviceDidNotSignIsNotHeard(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		admin := h.Holder(model.RoleCommunityAdmin)
		home := h.givenHome(t, h.Resident(0))
		b := h.givenButton(t, home)
		press := func(change func(m *care.Message)) error {
			m := h.message(b, alertPath)
			change(m)
			_, err := h.PressDevice(t.Context(), m, 0)
			return err
		}
		for name, c := range map[string]struct {
			change func(m *care.Message)
			want   error
		}{
			"another body":      {func(m *care.Message) { m.Body = []byte(`{"battery":1}`) }, model.ErrDeviceUnknown},
			"another path":      {func(m *care.Message) { m.Path = "/api/v1/doorbell/heartbeats" }, model.ErrDeviceUnknown},
			"another method":    {func(m *care.Message) { m.Method = http.MethodPut }, model.ErrDeviceUnknown},
			"a later counter":   {func(m *care.Message) { m.Counter += 5 }, model.ErrDeviceUnknown},
			"an unknown device": {func(m *care.Message) { m.Device++ }, model.ErrDeviceUnknown},
			"no signature":      {func(m *care.Message) { m.Signature = "" }, model.ErrDeviceUnknown},
			"an old clock":      {func(m *care.Message) { m.Sent -= 600; m.Signature = m.Sign(b.key) }, model.ErrDeviceClock},
			"an early clock":    {func(m *care.Message) { m.Sent += 600; m.Signature = m.Sign(b.key) }, model.ErrDeviceClock},
			"counter zero":      {func(m *care.Message) { m.Counter = 0; m.Signature = m.Sign(b.key) }, model.ErrDeviceReplay},
		} {
			if err := press(c.change); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		list, err := h.Alarms(t.Context(), admin, true, nil, model.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("%d alarms were raised; %v", len(list.Items), err)
		}
		if _, err := h.RotateKey(t.Context(), admin, b.id); err != nil {
			t.Fatal(err)
		}
		if err := press(func(*care.Message) {}); !errors.Is(err, model.ErrDeviceUnknown) {
			t.Errorf("by the old key: %v", err)
		}
		if err := h.RevokeDevice(t.Context(), admin, b.id); err != nil {
			t.Fatal(err)
		}
		if err := h.RevokeDevice(t.Context(), admin, b.id); !errors.Is(err, model.ErrDeviceState) {
			t.Errorf("revoked twice: %v", err)
		}
		if _, err := h.RotateKey(t.Context(), admin, b.id); !errors.Is(err, model.ErrDeviceState) {
			t.Errorf("a revoked device has another key: %v", err)
		}
	})
}

func TestBadInputChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		ctx, admin, worker := t.Context(), h.Holder(model.RoleCommunityAdmin), h.Holder(model.RoleGridWorker)
		home := h.givenHome(t, h.Resident(0))
		far := h.givenHome(t, h.Resident(8)) // in the second grid
		p := h.givenPair(t, home, h.Resident(1), model.PairPrimary)
		a := h.givenAlarm(t, h.givenButton(t, home))
		propose := func(who model.Actor, home *model.BellHome, volunteer model.ID, given *model.ConsentGiven) error {
			_, err := h.Propose(ctx, who, home.HouseholdID, volunteer, model.PairBackup, given)
			return err
		}
		settings := func(change func(s *model.BellSettings)) error {
			s := model.DefaultBellSettings(0)
			change(s)
			_, err := h.Set(ctx, admin, s)
			return err
		}
		for name, c := range map[string]struct{ got, want error }{
			"no consent to enrol":      {second(h.Enrol(ctx, admin, h.Resident(4).MemberID, nil)), model.ErrBellConsent},
			"another grid's elder":     {second(h.Enrol(ctx, worker, h.Resident(9).MemberID, agreed)), model.ErrForbidden},
			"another community's":      {second(h.Enrol(ctx, admin, h.Others.Resident(0).MemberID, agreed)), model.ErrNotFound},
			"no consent to pair":       {propose(admin, home, h.Resident(2).MemberID, nil), model.ErrBellConsent},
			"one's own home":           {propose(admin, home, h.Housemate(0).MemberID, agreed), model.ErrPairOwn},
			"paired already":           {propose(admin, home, h.Resident(1).MemberID, agreed), model.ErrDuplicate},
			"of another community":     {propose(admin, home, h.Others.Resident(0).MemberID, agreed), model.ErrNotFound},
			"another grid's home":      {propose(worker, far, h.Resident(2).MemberID, agreed), model.ErrNotFound},
			"answered for another":     {second(h.AnswerPair(ctx, h.Resident(2), p.ID, true)), model.ErrNotFound},
			"answered twice":           {second(h.AnswerPair(ctx, h.Resident(1), p.ID, true)), model.ErrPairState},
			"not called":               {second(h.Ack(ctx, h.Resident(5), a.ID)), model.ErrNotFound},
			"the elder on their way":   {second(h.Ack(ctx, h.Resident(0), a.ID)), model.ErrForbidden},
			"real without a word":      {second(h.Resolve(ctx, h.Resident(1), a.ID, model.OutcomeReal, "")), model.ErrInvalid},
			"a door for a stranger":    {second(h.Door(ctx, h.Resident(5), a.ID)), model.ErrNotFound},
			"another grid's alarm":     {second(h.Alarm(ctx, h.Resident(9), a.ID)), model.ErrNotFound},
			"steps that do not begin":  {settings(func(s *model.BellSettings) { s.Steps[0].AfterSeconds = 5 }), model.ErrCascadeSteps},
			"steps out of order":       {settings(func(s *model.BellSettings) { s.Steps[2].AfterSeconds = 10 }), model.ErrCascadeSteps},
			"a step to nobody":         {settings(func(s *model.BellSettings) { s.Steps[1].Targets = nil }), model.ErrCascadeSteps},
			"a phone that is none":     {settings(func(s *model.BellSettings) { s.DutyPhone = "居委会" }), model.ErrInvalid},
			"settings of the worker's": {second(h.Set(ctx, worker, model.DefaultBellSettings(0))), model.ErrForbidden},
			"switched off in an alarm": {second(h.EditHome(ctx, admin, home.HouseholdID, false, "", home.Version)), model.ErrAlarmState},
			"a check-in by a stranger": {second(h.CheckIn(ctx, h.Resident(5), home.HouseholdID)), model.ErrNotFound},
			"a drill of nothing":       {second(h.StartDrill(ctx, admin, h.Grids[3].ID)), model.ErrDrillEmpty},
		} {
			if !errors.Is(c.got, c.want) {
				t.Errorf("%s: got %v, want %v", name, c.got, c.want)
			}
		}
		got, err := h.Home(ctx, admin, home.HouseholdID)
		if err != nil || len(got.Pairs) != 1 || !got.Active || h.status(t, a.ID) != model.AlarmRinging {
			t.Errorf("the home is %+v; %v", got, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestADoorIsToldToWhoIsCalledWhileItRings(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		h.givenPair(t, home, h.Resident(1), model.PairPrimary)
		a := h.givenAlarm(t, h.givenButton(t, home))
		for range 25 { // more than one is told on another day
			if door, err := h.Door(t.Context(), h.Resident(1), a.ID); err != nil || door.Door == "" || door.Building == "" {
				t.Fatalf("got %+v, %v", door, err)
			}
		}
		told, err := h.store.Contacts.OfSubject(t.Context(), h.Resident(0).MemberID, 0, 100)
		if err != nil || len(told) != 25 || told[0].Ref.ID != a.ID || told[0].ReaderID != h.Resident(1).MemberID {
			t.Errorf("%d reveals are noted; %v", len(told), err)
		}
		if _, err := h.Resolve(t.Context(), h.Resident(0), a.ID, model.OutcomeFalse, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Door(t.Context(), h.Resident(1), a.ID); !errors.Is(err, model.ErrAlarmState) {
			t.Errorf("after it is over: %v", err)
		}
		for who, shown := range map[*model.Actor]bool{new(h.Resident(1)): false, new(h.Holder(model.RoleGridWorker)): true} {
			if a, err := h.Alarm(t.Context(), *who, a.ID); err != nil || (a.Elder.ID != 0) != shown || (a.Unit.ID != 0) != shown {
				t.Errorf("after it is over %d is shown %+v, %v", who.MemberID, a, err)
			}
		}
		notices, err := h.store.Notices.List(t.Context(), h.Resident(1).MemberID, false, 0, 5)
		if err != nil || len(notices) == 0 || notices[0].Kind != model.NoticeAlarmMet {
			t.Errorf("who was called is told %+v; %v", notices, err)
		}
	})
}

func TestDeliveriesAreTriedAgainAndNotTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *house) {
		home := h.givenHome(t, h.Resident(0))
		h.givenPair(t, home, h.Resident(1), model.PairPrimary)
		h.fail = errors.New("gateway: status 500")
		a := h.givenAlarm(t, h.givenButton(t, home))
		deliver := func(ctx context.Context) {
			if _, err := h.Deliver(ctx); err != nil {
				t.Fatal(err)
			}
		}
		deliver(t.Context())
		h.fail = nil
		deliver(t.Context()) // not yet
		h.wait(3 * time.Second)
		deliver(t.Context())
		h.wait(time.Minute)
		deliver(t.Context())
		if len(h.calls) != 2 || h.calls[0].ID != h.calls[1].ID || h.calls[0].To.Phone == "" {
			t.Errorf("%d calls were made: %+v", len(h.calls), h.calls)
		}
		rows, err := h.store.Alarms.Deliveries(t.Context(), a.ID)
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d deliveries, %v", len(rows), err)
		}
		for _, d := range rows {
			want := map[model.Channel]model.DeliveryStatus{
				model.ChannelInbox: model.DeliverySent, model.ChannelWeChat: model.DeliveryNotConfigured, model.ChannelWebhook: model.DeliverySent,
			}[d.Channel]
			if d.Status != want {
				t.Errorf("%s is %s, want %s", d.Channel, d.Status, want)
			}
		}
	})
}

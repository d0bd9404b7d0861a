package care

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"linbanglin/model"
	"linbanglin/repository"
)

// Issued is a device with its key, which is told this once.
type Issued struct {
	*model.BellDevice
	Key string `json:"key" doc:"HMAC-SHA256 密钥（64 位十六进制），只显示这一次"`
}

// keyBytes is how long a device's key is.
const keyBytes = 32

// newKey returns a fresh key.
func newKey() []byte {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	return key
}

// AddDevice registers a device in a home and tells its key. It fails with ErrForbidden, ErrNotFound, ErrBellHome, and
// ErrInvalid.
func (c *Care) AddDevice(ctx context.Context, who model.Actor, home model.ID, name string) (*Issued, error) {
	var issued *Issued
	err := c.store.Tx(ctx, func(tx *repository.Store) error {
		h, err := c.lockManaged(ctx, tx, who, home)
		if err != nil {
			return err
		}
		had, err := tx.Doorbells.Devices(ctx, []model.ID{home})
		switch {
		case err != nil:
			return err
		case len(slices.DeleteFunc(had, func(d *model.BellDevice) bool { return d.RevokedAt != 0 })) >= model.MaxDevices:
			return model.ErrInvalid.Saying("这户登记的设备已满", "The home has enough devices.")
		}
		key := newKey()
		d, err := model.NewBellDevice(tx.NewID(), h, name, key, who.MemberID, c.now())
		if err != nil {
			return err
		}
		issued = &Issued{d, hex.EncodeToString(key)}
		return tx.Doorbells.AddDevice(ctx, d)
	})
	return issued, err
}

// lockManaged locks a home that the staff of its place manage: keys are not for those who live there.
func (c *Care) lockManaged(ctx context.Context, tx *repository.Store, who model.Actor, home model.ID) (*model.BellHome, error) {
	h, err := tx.Doorbells.LockHome(ctx, home)
	if err != nil {
		return nil, err
	}
	if err := mayManage(who, h); err != nil {
		return nil, err
	}
	if err := who.May(model.OpManageBell, h.Place()); err != nil {
		return nil, err
	}
	if !h.Active {
		return nil, model.ErrBellHome
	}
	return h, nil
}

// device changes one device of a home that the caller manages.
func (c *Care) device(ctx context.Context, who model.Actor, id model.ID, step func(tx *repository.Store, d *model.BellDevice) error) error {
	return c.store.Tx(ctx, func(tx *repository.Store) error {
		d, err := tx.Doorbells.Device(ctx, id)
		if err != nil {
			return err
		}
		if _, err := c.lockManaged(ctx, tx, who, d.HouseholdID); err != nil && !errors.Is(err, model.ErrBellHome) {
			return err
		}
		return step(tx, d)
	})
}

// RotateKey gives a device another key and tells it; the one before is worth nothing. It fails with ErrForbidden,
// ErrNotFound, and with ErrDeviceState for a device that is revoked.
func (c *Care) RotateKey(ctx context.Context, who model.Actor, id model.ID) (*Issued, error) {
	var issued *Issued
	err := c.device(ctx, who, id, func(tx *repository.Store, d *model.BellDevice) error {
		key := newKey()
		issued = &Issued{d, hex.EncodeToString(key)}
		return tx.Doorbells.Rotate(ctx, id, key)
	})
	return issued, err
}

// RevokeDevice ends a device: nothing that it signs is heard any more, and nobody need look after it. It fails as
// RotateKey does.
func (c *Care) RevokeDevice(ctx context.Context, who model.Actor, id model.ID) error {
	return c.device(ctx, who, id, func(tx *repository.Store, _ *model.BellDevice) error {
		if err := tx.Doorbells.Revoke(ctx, id, c.now()); err != nil {
			return err
		}
		for _, kind := range []model.CareTaskKind{model.CareSilent, model.CareBattery} {
			if err := tx.Care.Settle(ctx, kind, id, "设备已停用", c.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Message is what a device sends, and how it was signed.
type Message struct {
	Method    string
	Path      string
	Device    model.ID
	Counter   int64
	Sent      int64 // seconds since the Unix epoch
	Body      []byte
	Signature string // hexadecimal
}

// signed returns what the signature of a message is over.
func (m *Message) signed() []byte {
	head := []string{m.Method, m.Path, m.Device.String(), strconv.FormatInt(m.Counter, 10), strconv.FormatInt(m.Sent, 10), ""}
	return append([]byte(strings.Join(head, "|")), m.Body...)
}

// Sign returns the signature of a message by a key, in hexadecimal.
func (m *Message) Sign(key []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(m.signed())
	return hex.EncodeToString(mac.Sum(nil))
}

// clockWindow is how far the clock of a device may be off.
const clockWindow = 5 * time.Minute

// heard checks who signed a message, which changes nothing. It fails with ErrDeviceUnknown, and with ErrDeviceClock.
func (c *Care) heard(ctx context.Context, m *Message) (*model.BellDevice, error) {
	d, err := c.store.Doorbells.Device(ctx, m.Device)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return nil, model.ErrDeviceUnknown
	case err != nil:
		return nil, err
	case d.RevokedAt != 0 || len(d.Secret) != keyBytes || !hmac.Equal([]byte(m.Sign(d.Secret)), []byte(strings.ToLower(m.Signature))):
		return nil, model.ErrDeviceUnknown
	}
	now := c.now()
	if sent := model.InstantOf(time.Unix(m.Sent, 0)); sent < now.Add(-clockWindow) || sent > now.Add(clockWindow) {
		return nil, model.ErrDeviceClock
	}
	return d, nil
}

// hear takes a message of a device into the caller's transaction, and returns its home under lock. It fails with
// ErrDeviceReplay when a message with its counter was heard before, and with ErrDeviceUnknown when the key by which it
// was checked was changed meanwhile.
func (c *Care) hear(ctx context.Context, tx *repository.Store, m *Message, checked *model.BellDevice, battery int) (*model.BellDevice, *model.BellHome, error) {
	h, err := tx.Doorbells.LockHome(ctx, checked.HouseholdID)
	if err != nil {
		return nil, nil, err
	}
	d, err := tx.Doorbells.Device(ctx, m.Device)
	switch {
	case err != nil:
		return nil, nil, err
	case d.RevokedAt != 0 || !hmac.Equal(d.Secret, checked.Secret):
		return nil, nil, model.ErrDeviceUnknown
	}
	silent := d.SilentNoted != 0 && d.SilentNoted == d.LastSeenAt
	wasLow := d.LowSince != 0
	d.Heard(battery, c.now())
	if err := tx.Doorbells.Hear(ctx, d, m.Counter); err != nil {
		return nil, nil, err
	}
	if silent {
		err = tx.Care.Settle(ctx, model.CareSilent, d.ID, "设备恢复联系", c.now())
	}
	if err == nil && wasLow && d.LowSince == 0 {
		err = tx.Care.Settle(ctx, model.CareBattery, d.ID, "电量已恢复", c.now())
	}
	return d, h, err
}

// Beat is what a device is told when it was heard.
type Beat struct {
	At      model.Instant `json:"at"`
	AlarmID model.ID      `json:"open_alarm_id,omitzero" doc:"这户正在报警"`
}

// Heartbeat notes that a device is there, and its battery; with well it is the elder's word for the day (平安签到). It
// fails as PressDevice does.
func (c *Care) Heartbeat(ctx context.Context, m *Message, battery int, well bool) (*Beat, error) {
	checked, err := c.heard(ctx, m)
	if err != nil {
		return nil, err
	}
	var beat *Beat
	err = c.store.Tx(ctx, func(tx *repository.Store) error {
		_, h, err := c.hear(ctx, tx, m, checked, battery)
		if err != nil {
			return err
		}
		beat = &Beat{c.now(), h.AlarmID}
		if !well {
			return nil
		}
		return c.checkIn(ctx, tx, h, bySelfDevice, 0)
	})
	return beat, err
}

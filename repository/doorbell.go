package repository

import (
	"context"
	"errors"

	"gorm.io/gorm/clause"

	"linbanglin/model"
)

// Doorbells holds the homes that have a doorbell, their devices and their pairs.
type Doorbells struct{ conn }

// Settings returns what a community chose, the defaults when it chose nothing.
func (d Doorbells) Settings(ctx context.Context, community model.ID) (*model.BellSettings, error) {
	var rows []*model.BellSettings
	err := d.from(ctx).Where("community_id = ?", community).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return model.DefaultBellSettings(community), err
	}
	return rows[0], nil
}

// SaveSettings writes what a community chooses. It fails with ErrStale unless the row is at the version before.
func (d Doorbells) SaveSettings(ctx context.Context, s *model.BellSettings) error {
	if s.Version == 1 {
		err := d.to(ctx).Create(s).Error
		if errors.Is(err, model.ErrDuplicate) {
			return model.ErrStale
		}
		return err
	}
	update := d.to(ctx).Model(s).Where("version = ?", s.Version-1).
		Select("steps", "arrive_minutes", "check_in_by", "duty_phone", "version", "updated_by", "updated_at").Updates(s)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrStale
	}
	return update.Error
}

// AddHome adds a home. It fails with ErrDuplicate when it has a doorbell.
func (d Doorbells) AddHome(ctx context.Context, h *model.BellHome) error {
	return d.to(ctx).Create(h).Error
}

// Home returns one home. It fails with ErrNotFound.
func (d Doorbells) Home(ctx context.Context, household model.ID) (*model.BellHome, error) {
	h := new(model.BellHome)
	err := d.from(ctx).Where("household_id = ?", household).Take(h).Error
	return h, err
}

// LockHome returns one home and locks it until the transaction ends. It fails with ErrNotFound.
func (d Doorbells) LockHome(ctx context.Context, household model.ID) (*model.BellHome, error) {
	h := new(model.BellHome)
	err := d.to(ctx).Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).Where("household_id = ?", household).Take(h).Error
	return h, err
}

// UpdateHome writes the state of a locked home.
func (d Doorbells) UpdateHome(ctx context.Context, h *model.BellHome) error {
	return d.to(ctx).Model(h).Select("active", "check_in_by", "looked_day", "alarm_id", "version").Updates(h).Error
}

// Homes returns homes after one, within a reach.
func (d Doorbells) Homes(ctx context.Context, community model.ID, reach []model.Grant, after model.ID, limit int) ([]*model.BellHome, error) {
	var rows []*model.BellHome
	err := within(d.from(ctx), community, reach).Where("household_id > ?", after).Order("household_id").Limit(limit).Find(&rows).Error
	return rows, err
}

// ActiveHomes returns the homes within a part of the tree whose doorbell is on, at most so many.
func (d Doorbells) ActiveHomes(ctx context.Context, community model.ID, part model.Grant, limit int) ([]*model.BellHome, error) {
	var rows []*model.BellHome
	err := within(d.from(ctx), community, []model.Grant{part}).Where("active = ?", true).Order("household_id").Limit(limit).Find(&rows).Error
	return rows, err
}

// HomesByID returns those of the homes that there are, by household.
func (d Doorbells) HomesByID(ctx context.Context, households []model.ID) (map[model.ID]*model.BellHome, error) {
	found := map[model.ID]*model.BellHome{}
	if len(households) == 0 {
		return found, nil
	}
	var rows []*model.BellHome
	err := d.from(ctx).Where("household_id IN ?", households).Find(&rows).Error
	for _, r := range rows {
		found[r.HouseholdID] = r
	}
	return found, err
}

// HomesToLookAt returns homes whose elder is to be well by now, and at which nobody has looked today.
func (d Doorbells) HomesToLookAt(ctx context.Context, today model.Day, minutes, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := d.from(ctx).Raw("SELECT household_id FROM doorbell_home WHERE active = 1 AND looked_day < ? AND check_in_by > 0 AND check_in_by <= ? "+
		"ORDER BY household_id LIMIT ?", today, minutes, limit).Scan(&ids).Error
	return ids, err
}

// AddDevice adds a device with its key. Keys are written here and by Rotate, and read by Device, and nowhere else.
func (d Doorbells) AddDevice(ctx context.Context, device *model.BellDevice) error {
	return d.to(ctx).Create(device).Error
}

// Device returns one device with its key. It fails with ErrNotFound.
func (d Doorbells) Device(ctx context.Context, id model.ID) (*model.BellDevice, error) {
	device := new(model.BellDevice)
	err := d.from(ctx).Where("id = ?", id).Take(device).Error
	return device, err
}

// Rotate gives a device another key, and starts its counter anew. It fails with ErrDeviceState when it is revoked.
func (d Doorbells) Rotate(ctx context.Context, id model.ID, secret []byte) error {
	update := d.to(ctx).Exec("UPDATE doorbell_device SET secret = ?, counter = 0 WHERE id = ? AND revoked_at = 0", secret, id)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrDeviceState
	}
	return update.Error
}

// Revoke ends a device. It fails with ErrDeviceState when it is revoked.
func (d Doorbells) Revoke(ctx context.Context, id model.ID, now model.Instant) error {
	update := d.to(ctx).Exec("UPDATE doorbell_device SET revoked_at = ?, secret = ? WHERE id = ? AND revoked_at = 0", now, []byte{}, id)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrDeviceState
	}
	return update.Error
}

// Hear takes a message of a device if its counter is above all before and its key is the one by which it was checked,
// and writes what the device told. It fails with ErrDeviceReplay otherwise.
func (d Doorbells) Hear(ctx context.Context, device *model.BellDevice, counter int64) error {
	update := d.to(ctx).Exec("UPDATE doorbell_device SET counter = ?, battery = ?, low_since = ?, last_seen_at = ? "+
		"WHERE id = ? AND counter < ? AND revoked_at = 0 AND secret = ?",
		counter, device.Battery, device.LowSince, device.LastSeenAt, device.ID, counter, device.Secret)
	if update.Error == nil && update.RowsAffected == 0 {
		return model.ErrDeviceReplay
	}
	return update.Error
}

// Devices returns the devices of homes, without their keys.
func (d Doorbells) Devices(ctx context.Context, households []model.ID) ([]*model.BellDevice, error) {
	var rows []*model.BellDevice
	if len(households) == 0 {
		return rows, nil
	}
	err := d.from(ctx).Omit("secret").Where("household_id IN ?", households).Order("id").Find(&rows).Error
	return rows, err
}

// UnnotedDevices returns devices that were silent since a time, or whose battery is low, for which that was not noted.
func (d Doorbells) UnnotedDevices(ctx context.Context, silentSince model.Instant, limit int) ([]model.ID, error) {
	var ids []model.ID
	err := d.from(ctx).Raw("SELECT id FROM doorbell_device WHERE revoked_at = 0 AND last_seen_at > 0 AND last_seen_at <= ? AND silent_noted <> last_seen_at "+
		"UNION SELECT id FROM doorbell_device WHERE revoked_at = 0 AND low_since > 0 AND low_noted <> low_since LIMIT ?", silentSince, limit).Scan(&ids).Error
	return ids, err
}

// NoteDevice notes that a silence and a low battery were seen, unless the device was heard of meanwhile.
func (d Doorbells) NoteDevice(ctx context.Context, device *model.BellDevice) (bool, error) {
	update := d.to(ctx).Exec("UPDATE doorbell_device SET silent_noted = ?, low_noted = ? WHERE id = ? AND last_seen_at = ? AND low_since = ?",
		device.SilentNoted, device.LowNoted, device.ID, device.LastSeenAt, device.LowSince)
	return update.RowsAffected > 0, update.Error
}

// AddPair adds a pair. It fails with ErrDuplicate when the volunteer is proposed or active there.
func (d Doorbells) AddPair(ctx context.Context, p *model.BellPair) error {
	return d.to(ctx).Create(p).Error
}

// Pair returns one pair. It fails with ErrNotFound.
func (d Doorbells) Pair(ctx context.Context, id model.ID) (*model.BellPair, error) {
	p := new(model.BellPair)
	err := d.from(ctx).Where("id = ?", id).Take(p).Error
	return p, err
}

// UpdatePair writes the state of a pair whose home is locked.
func (d Doorbells) UpdatePair(ctx context.Context, p *model.BellPair) error {
	return d.to(ctx).Model(p).Select("status", "closed", "answered_at", "ended_at", "ended_by", "reason").Updates(p).Error
}

// Pairs returns the pairs of homes that are proposed or active, in their order.
func (d Doorbells) Pairs(ctx context.Context, households ...model.ID) ([]*model.BellPair, error) {
	var rows []*model.BellPair
	if len(households) == 0 {
		return rows, nil
	}
	err := d.from(ctx).Where("household_id IN ? AND closed = 0", households).Order("household_id, position, id").Find(&rows).Error
	return rows, err
}

// PairsOf returns pairs of a volunteer before an id (0: the newest), newest first.
func (d Doorbells) PairsOf(ctx context.Context, volunteer, before model.ID, limit int) ([]*model.BellPair, error) {
	var rows []*model.BellPair
	err := d.from(ctx).Where("volunteer_id = ? AND id < ?", volunteer, newestBelow(before)).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// CarersNear returns who offered to care for others and lives in a building, those of the unit first, but for those of
// the household itself.
func (d Doorbells) CarersNear(ctx context.Context, p model.Place, categories []string, limit int) ([]model.ID, error) {
	if p.BuildingID == 0 {
		return nil, nil
	}
	var ids []model.ID
	err := d.from(ctx).Raw("SELECT o.member_id FROM help_offer_category c JOIN help_offer o ON o.id = c.offer_id "+
		"WHERE c.building_id = ? AND c.category IN ? AND o.status = 'active' AND o.household_id <> ? "+
		"GROUP BY o.member_id ORDER BY MAX(CASE WHEN o.unit_id = ? THEN 1 ELSE 0 END) DESC, o.member_id LIMIT ?",
		p.BuildingID, categories, p.HouseholdID, p.UnitID, limit).Scan(&ids).Error
	return ids, err
}

// HubsNear returns who lives in hub households (党员中心户) of a building, those of the unit first.
func (d Doorbells) HubsNear(ctx context.Context, p model.Place, limit int) ([]model.ID, error) {
	if p.BuildingID == 0 {
		return nil, nil
	}
	var ids []model.ID
	err := d.from(ctx).Raw("SELECT m.id FROM member m JOIN household h ON h.node_id = m.household_id "+
		"WHERE m.grid_id = ? AND m.building_id = ? AND m.merged_into = 0 AND h.hub = 1 AND m.household_id <> ? "+
		"ORDER BY CASE WHEN m.unit_id = ? THEN 0 ELSE 1 END, m.head DESC, m.id LIMIT ?",
		p.GridID, p.BuildingID, p.HouseholdID, p.UnitID, limit).Scan(&ids).Error
	return ids, err
}

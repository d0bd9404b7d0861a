-- +goose Up
-- What a community chose for its doorbells. A community without a row has the defaults.
CREATE TABLE doorbell_setting (
  community_id BIGINT NOT NULL PRIMARY KEY,
  steps VARCHAR(2000) NOT NULL,
  arrive_minutes INT NOT NULL,
  check_in_by INT NOT NULL,
  duty_phone VARCHAR(20) NOT NULL,
  version BIGINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A home with a doorbell, who it is for, and how they agreed. The row orders all that is done about the home.
CREATE TABLE doorbell_home (
  household_id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  elder_id BIGINT NOT NULL,
  active SMALLINT NOT NULL,
  check_in_by INT NOT NULL,
  looked_day INT NOT NULL,
  alarm_id BIGINT NOT NULL,
  consent_method VARCHAR(16) NOT NULL,
  consent_note VARCHAR(800) NOT NULL,
  consent_by BIGINT NOT NULL,
  consent_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_doorbell_home_list ON doorbell_home (community_id, household_id);
CREATE INDEX ix_doorbell_home_look ON doorbell_home (active, looked_day, check_in_by);
CREATE INDEX ix_doorbell_home_elder ON doorbell_home (elder_id);

-- A button or a sensor in a home. The highest counter that was heard, and what was last known.
CREATE TABLE doorbell_device (
  id BIGINT NOT NULL PRIMARY KEY,
  household_id BIGINT NOT NULL,
  community_id BIGINT NOT NULL,
  name VARCHAR(200) NOT NULL,
  secret VARBINARY(255) NOT NULL,
  counter BIGINT NOT NULL,
  battery INT NOT NULL,
  low_since BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  silent_noted BIGINT NOT NULL,
  low_noted BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_doorbell_device_home ON doorbell_device (household_id, id);
CREATE INDEX ix_doorbell_device_seen ON doorbell_device (revoked_at, last_seen_at);
CREATE INDEX ix_doorbell_device_low ON doorbell_device (revoked_at, low_since);

-- Volunteers paired with a home. Closed is zero while a pair is proposed or active, and its id afterwards.
CREATE TABLE doorbell_pair (
  id BIGINT NOT NULL PRIMARY KEY,
  household_id BIGINT NOT NULL,
  community_id BIGINT NOT NULL,
  volunteer_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  position INT NOT NULL,
  status VARCHAR(16) NOT NULL,
  closed BIGINT NOT NULL,
  consent_method VARCHAR(16) NOT NULL,
  consent_note VARCHAR(800) NOT NULL,
  proposed_by BIGINT NOT NULL,
  proposed_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  ended_by BIGINT NOT NULL,
  reason VARCHAR(800) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_doorbell_pair ON doorbell_pair (household_id, volunteer_id, closed);
CREATE INDEX ix_doorbell_pair_volunteer ON doorbell_pair (volunteer_id, id);

-- An alarm and what became of it.
CREATE TABLE doorbell_alarm (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  elder_id BIGINT NOT NULL,
  source VARCHAR(16) NOT NULL,
  device_id BIGINT NOT NULL,
  raised_by BIGINT NOT NULL,
  drill_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  outcome VARCHAR(16) NOT NULL,
  presses INT NOT NULL,
  lapses INT NOT NULL,
  raised_at BIGINT NOT NULL,
  pressed_at BIGINT NOT NULL,
  first_acked_at BIGINT NOT NULL,
  first_acked_by BIGINT NOT NULL,
  acked_at BIGINT NOT NULL,
  acked_by BIGINT NOT NULL,
  arrive_by BIGINT NOT NULL,
  on_site_at BIGINT NOT NULL,
  on_site_by BIGINT NOT NULL,
  resolved_at BIGINT NOT NULL,
  resolved_by BIGINT NOT NULL,
  note VARCHAR(2000) NOT NULL,
  version BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_doorbell_alarm_list ON doorbell_alarm (community_id, id);
CREATE INDEX ix_doorbell_alarm_grid ON doorbell_alarm (grid_id, id);
CREATE INDEX ix_doorbell_alarm_home ON doorbell_alarm (household_id, id);
CREATE INDEX ix_doorbell_alarm_drill ON doorbell_alarm (drill_id, id);

-- When whom an alarm goes to next. One process does a step, the one that changes its state.
CREATE TABLE doorbell_step (
  alarm_id BIGINT NOT NULL,
  step_no INT NOT NULL,
  targets VARCHAR(200) NOT NULL,
  state VARCHAR(8) NOT NULL,
  due_at BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  told INT NOT NULL,
  PRIMARY KEY (alarm_id, step_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_doorbell_step_due ON doorbell_step (state, due_at);

-- Who was told of an alarm at a step, and by which channel.
CREATE TABLE doorbell_delivery (
  id BIGINT NOT NULL PRIMARY KEY,
  alarm_id BIGINT NOT NULL,
  step_no INT NOT NULL,
  recipient_id BIGINT NOT NULL,
  channel VARCHAR(16) NOT NULL,
  status VARCHAR(16) NOT NULL,
  attempts INT NOT NULL,
  next_at BIGINT NOT NULL,
  claim BIGINT NOT NULL,
  answer VARCHAR(400) NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_doorbell_delivery ON doorbell_delivery (alarm_id, step_no, recipient_id, channel);
CREATE INDEX ix_doorbell_delivery_due ON doorbell_delivery (status, next_at);
CREATE INDEX ix_doorbell_delivery_member ON doorbell_delivery (recipient_id, alarm_id);

-- A test ring of all doorbells of a part of the tree.
CREATE TABLE doorbell_drill (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  scope_node_id BIGINT NOT NULL,
  rung INT NOT NULL,
  skipped INT NOT NULL,
  started_by BIGINT NOT NULL,
  started_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_doorbell_drill_list ON doorbell_drill (community_id, id);

-- Who is well on a day, by whose word.
CREATE TABLE doorbell_check_in (
  household_id BIGINT NOT NULL,
  check_day INT NOT NULL,
  source VARCHAR(16) NOT NULL,
  member_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (household_id, check_day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Something to look after, made once for each cause.
CREATE TABLE care_task (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  ref_id BIGINT NOT NULL,
  task_key VARCHAR(80) NOT NULL,
  status VARCHAR(8) NOT NULL,
  note VARCHAR(800) NOT NULL,
  done_by BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_care_task ON care_task (task_key);
CREATE INDEX ix_care_task_list ON care_task (community_id, status, id);
CREATE INDEX ix_care_task_ref ON care_task (ref_id, kind, status);

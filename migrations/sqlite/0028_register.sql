-- +goose Up
-- What a community marks households for (分色), by rows that it edits.
CREATE TABLE flag_scheme (
  community_id BIGINT NOT NULL,
  code VARCHAR(16) NOT NULL,
  name VARCHAR(120) NOT NULL,
  colour VARCHAR(16) NOT NULL,
  meaning VARCHAR(800) NOT NULL,
  interval_days INT NOT NULL,
  sensitivity VARCHAR(8) NOT NULL,
  roles TEXT NOT NULL,
  words TEXT NOT NULL,
  checklist TEXT NOT NULL,
  requires_consent SMALLINT NOT NULL,
  active SMALLINT NOT NULL,
  sort INT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (community_id, code)
);

-- A flag of a household, from when it was set until it was renewed or cleared. The slot is 0 while it stands and the
-- row's own id afterwards, so that a household has a flag once.
CREATE TABLE household_flag (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  scheme VARCHAR(16) NOT NULL,
  slot BIGINT NOT NULL,
  source VARCHAR(240) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  consent VARCHAR(16) NOT NULL,
  consent_note VARCHAR(800) NOT NULL,
  renews BIGINT NOT NULL,
  since BIGINT NOT NULL,
  set_by BIGINT NOT NULL,
  set_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  told_at BIGINT NOT NULL,
  ending VARCHAR(16) NOT NULL,
  ended_by BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  end_reason VARCHAR(800) NOT NULL
);
CREATE UNIQUE INDEX uk_household_flag ON household_flag (household_id, scheme, slot);
CREATE INDEX ix_household_flag_scheme ON household_flag (community_id, scheme, slot, expires_at);
CREATE INDEX ix_household_flag_review ON household_flag (slot, told_at, expires_at);

-- What staff know of a household beyond its kind, and how often that was changed.
ALTER TABLE household ADD COLUMN occupancy VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE household ADD COLUMN no_needs SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE household ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- What a household needs, and what those who serve it should know.
CREATE TABLE household_note (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  body VARCHAR(2000) NOT NULL,
  closed_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX ix_household_note ON household_note (household_id, id);

-- Visits to households. Rows are only ever inserted.
CREATE TABLE household_visit (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  visitor_id BIGINT NOT NULL,
  visited_at BIGINT NOT NULL,
  outcome VARCHAR(16) NOT NULL,
  checklist TEXT NOT NULL,
  note VARCHAR(2000) NOT NULL,
  next_need VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX ix_household_visit ON household_visit (household_id, outcome, visited_at);
CREATE INDEX ix_household_visit_community ON household_visit (community_id, outcome, household_id, visited_at);

-- Service teams, for a part of the tree.
CREATE TABLE service_team (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  name VARCHAR(120) NOT NULL,
  leader_id BIGINT NOT NULL,
  active SMALLINT NOT NULL,
  version BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_service_team ON service_team (community_id, name);

-- Who is in a team. The slot is 0 while they are, and the row's own id afterwards.
CREATE TABLE team_member (
  id BIGINT NOT NULL PRIMARY KEY,
  team_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  joined_at BIGINT NOT NULL,
  left_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_team_member ON team_member (team_id, member_id, slot);

-- Who answers for a household (包保到户). The slot is 0 while they do, and the row's own id afterwards, so that a household
-- has one at a time.
CREATE TABLE household_charge (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  team_id BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  since BIGINT NOT NULL,
  assigned_by BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  ended_by BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_household_charge ON household_charge (household_id, slot);
CREATE INDEX ix_household_charge_member ON household_charge (member_id, slot, household_id);

-- Who read what is sensitive of which place, for what, and when. Rows are only ever inserted.
CREATE TABLE register_read (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  reader_id BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  what VARCHAR(32) NOT NULL,
  purpose VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX ix_register_read ON register_read (community_id, id);
CREATE INDEX ix_register_read_node ON register_read (node_id, id);
CREATE INDEX ix_register_read_reader ON register_read (reader_id, id);

-- The communities that are there begin with what a new one begins with.
INSERT INTO flag_scheme SELECT id, 'red', '党员户', 'red', '有党员的家庭，亮身份须本户同意', 90, 'normal', '["grid_worker","branch_secretary","community_admin"]', '["党员户","党员","党员家庭","红","红色","红旗"]', '["了解生活近况","征求对社区的意见","介绍近期的志愿服务"]', 0, 1, 1, 1 FROM node WHERE kind = 'community';
INSERT INTO flag_scheme SELECT id, 'blue', '困难户', 'blue', '困难或低保家庭', 30, 'high', '["grid_worker","community_admin"]', '["困难户","困难","低保户","低保","特困","蓝","蓝色","蓝旗"]', '["了解生活和就医需要","核对救助是否到位","检查用电用气安全"]', 1, 1, 2, 1 FROM node WHERE kind = 'community';
INSERT INTO flag_scheme SELECT id, 'yellow', '出租户/空关户', 'yellow', '出租或空关的房屋', 60, 'normal', '["grid_worker","branch_secretary","community_admin"]', '["出租户","出租","空关户","空关","空置","黄","黄色","黄旗"]', '["核对居住人员","检查消防和用电安全","告知社区服务电话"]', 0, 1, 3, 1 FROM node WHERE kind = 'community';

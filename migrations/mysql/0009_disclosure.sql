-- +goose Up
CREATE TABLE declaration (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  member_id BIGINT NOT NULL,
  declared_by BIGINT NOT NULL,
  verified_by BIGINT NOT NULL,
  published_by BIGINT NOT NULL,
  publication_id BIGINT NOT NULL,
  code VARCHAR(24) NOT NULL,
  rule_version INT NOT NULL,
  points BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  description VARCHAR(800) NOT NULL,
  evidence TEXT NOT NULL,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  booked_points BIGINT NOT NULL,
  booked_minutes BIGINT NOT NULL,
  transfer_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_declaration_list ON declaration (community_id, status, id);
CREATE INDEX ix_declaration_member ON declaration (member_id, id);
CREATE INDEX ix_declaration_declarer ON declaration (declared_by, id);
CREATE INDEX ix_declaration_publication ON declaration (publication_id, status, id);

-- A publication carries the place of its scope.
CREATE TABLE publication (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  scope_node_id BIGINT NOT NULL,
  scope_kind VARCHAR(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  title VARCHAR(200) NOT NULL,
  from_day INT NOT NULL,
  to_day INT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  listed INT NOT NULL,
  snapshot VARBINARY(32) NOT NULL,
  created_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_publication_list ON publication (community_id, id);
CREATE INDEX ix_publication_due ON publication (status, ends_at);
-- Items are only ever inserted: the snapshot's hash is over them.
CREATE TABLE publication_item (
  publication_id BIGINT NOT NULL,
  item_no INT NOT NULL,
  member_id BIGINT NOT NULL,
  declaration_id BIGINT NOT NULL,
  display_name VARCHAR(100) NOT NULL,
  anonymous SMALLINT NOT NULL,
  listed SMALLINT NOT NULL,
  code VARCHAR(24) NOT NULL,
  rule_version INT NOT NULL,
  verified_points BIGINT NOT NULL,
  verified_minutes BIGINT NOT NULL,
  declared_points BIGINT NOT NULL,
  declared_minutes BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  description VARCHAR(800) NOT NULL,
  PRIMARY KEY (publication_id, item_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE appeal (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  publication_id BIGINT NOT NULL,
  item_no INT NOT NULL,
  declaration_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  publisher_id BIGINT NOT NULL,
  declared_by BIGINT NOT NULL,
  verified_by BIGINT NOT NULL,
  appellant_id BIGINT NOT NULL,
  anonymous SMALLINT NOT NULL,
  reason VARCHAR(800) NOT NULL,
  evidence TEXT NOT NULL,
  status VARCHAR(16) NOT NULL,
  due_at BIGINT NOT NULL,
  review_until BIGINT NOT NULL,
  review_reason VARCHAR(800) NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- One appeal a person against an item.
CREATE UNIQUE INDEX uk_appeal ON appeal (publication_id, item_no, appellant_id);
CREATE INDEX ix_appeal_list ON appeal (community_id, id);
CREATE INDEX ix_appeal_due ON appeal (community_id, status, due_at);
CREATE TABLE appeal_decision (
  appeal_id BIGINT NOT NULL,
  stage SMALLINT NOT NULL,
  result VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  points BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  reverses BIGINT NOT NULL,
  award BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  PRIMARY KEY (appeal_id, stage)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a community says about days, beside the official calendar.
CREATE TABLE calendar_day (
  community_id BIGINT NOT NULL,
  cal_day INT NOT NULL,
  working SMALLINT NOT NULL,
  note VARCHAR(200) NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (community_id, cal_day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was earned in a period, by member. New rows come at the end of it, so posting stays cheap.
CREATE INDEX ix_point_transfer_day ON point_transfer (community_id, biz_day, member_id);

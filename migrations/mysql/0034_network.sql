-- +goose Up
-- What organisations undertake together (五联), each with its duty.
CREATE TABLE joint_undertaking (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  node_id BIGINT NOT NULL,
  node_kind VARCHAR(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  way VARCHAR(32) NOT NULL,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  lead_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  due_day INT NOT NULL,
  status VARCHAR(16) NOT NULL,
  result VARCHAR(800) NOT NULL,
  created_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_joint_list ON joint_undertaking (community_id, id);
CREATE TABLE joint_partner (
  undertaking_id BIGINT NOT NULL,
  organisation_id BIGINT NOT NULL,
  duty VARCHAR(800) NOT NULL,
  status VARCHAR(16) NOT NULL,
  answered_by BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  PRIMARY KEY (undertaking_id, organisation_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_joint_partner ON joint_partner (organisation_id, undertaking_id);
CREATE TABLE joint_note (
  id BIGINT NOT NULL PRIMARY KEY,
  undertaking_id BIGINT NOT NULL,
  organisation_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  body VARCHAR(2000) NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_joint_note ON joint_note (undertaking_id, id);

-- Family groups (家庭党小组) of branches, a member is of one at most.
CREATE TABLE family_group (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  name VARCHAR(200) NOT NULL,
  hub_id BIGINT NOT NULL,
  leader_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_family_group ON family_group (branch_id, name);
CREATE INDEX ix_family_group_community ON family_group (community_id, id);
CREATE TABLE family_group_member (
  member_id BIGINT NOT NULL PRIMARY KEY,
  group_id BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_family_group_member ON family_group_member (group_id);

-- Service centre, good-neighbour points (睦邻点) and other places, positions in millionths of a degree.
CREATE TABLE service_point (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  node_id BIGINT NOT NULL,
  node_kind VARCHAR(16) NOT NULL,
  kind VARCHAR(24) NOT NULL,
  name VARCHAR(200) NOT NULL,
  address VARCHAR(400) NOT NULL,
  services TEXT NOT NULL,
  hours TEXT NOT NULL,
  open_holidays SMALLINT NOT NULL,
  located SMALLINT NOT NULL,
  lat BIGINT NOT NULL,
  lng BIGINT NOT NULL,
  active SMALLINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_service_point ON service_point (community_id, name);
CREATE TABLE building_position (
  node_id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  lat BIGINT NOT NULL,
  lng BIGINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Up
-- The tree: every node carries its ancestors, one column a level.
CREATE TABLE node (
  id BIGINT NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,
  parent_id BIGINT NOT NULL,
  name VARCHAR(100) NOT NULL,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_node_name ON node (parent_id, kind, name);
CREATE INDEX ix_node_community ON node (community_id, kind, id);

CREATE TABLE household (
  node_id BIGINT NOT NULL PRIMARY KEY,
  kind VARCHAR(32) NOT NULL,
  flags TEXT NOT NULL,
  hub SMALLINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE member (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  name VARCHAR(100) NOT NULL,
  nickname VARCHAR(40) NOT NULL,
  phone VARCHAR(20) NOT NULL,
  birth_year INT NOT NULL,
  gender VARCHAR(8) NOT NULL,
  skills TEXT NOT NULL,
  head SMALLINT NOT NULL,
  anonymous SMALLINT NOT NULL,
  roster_key VARCHAR(64) NOT NULL,
  merged_into BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_member_roster ON member (community_id, roster_key);
CREATE INDEX ix_member_phone ON member (phone, community_id);
CREATE INDEX ix_member_area ON member (area_id);
CREATE INDEX ix_member_grid ON member (grid_id);
CREATE INDEX ix_member_branch ON member (branch_id);
CREATE INDEX ix_member_household ON member (household_id);

-- Roles are granted and revoked, never edited.
CREATE TABLE role_grant (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  role VARCHAR(24) NOT NULL,
  node_id BIGINT NOT NULL,
  node_kind VARCHAR(16) NOT NULL,
  granted_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_role_grant ON role_grant (member_id, role, node_id, revoked_at);

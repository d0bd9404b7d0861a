-- +goose Up
-- Bodies that act in a community (一心四翼), and who acts for each.
CREATE TABLE organisation (
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
  kind VARCHAR(32) NOT NULL,
  name VARCHAR(200) NOT NULL,
  duties VARCHAR(2000) NOT NULL,
  work_phone VARCHAR(20) NOT NULL,
  active SMALLINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_organisation_name ON organisation (community_id, name);

CREATE TABLE organisation_officer (
  organisation_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  added_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (organisation_id, member_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_officer_member ON organisation_officer (member_id);

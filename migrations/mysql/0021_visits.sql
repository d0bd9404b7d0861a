-- +goose Up
-- Who is visited in a campaign, and by whom. A volunteer is 0 until one is assigned.
CREATE TABLE visit (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  campaign_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  volunteer_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  note VARCHAR(800) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  version BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  assigned_at BIGINT NOT NULL,
  done_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_visit_member ON visit (campaign_id, member_id);
CREATE INDEX ix_visit_list ON visit (campaign_id, status, id);
CREATE INDEX ix_visit_volunteer ON visit (volunteer_id, status, id);

-- Who gave which visit back, and does not get it again.
CREATE TABLE visit_return (
  visit_id BIGINT NOT NULL,
  volunteer_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  reason VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (visit_id, volunteer_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_visit_return_campaign ON visit_return (campaign_id);

-- +goose Up
-- Admin roles that one person proposes to give or to take, until another decides.
CREATE TABLE role_proposal (
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
  member_id BIGINT NOT NULL,
  role VARCHAR(32) NOT NULL,
  action VARCHAR(16) NOT NULL,
  reason VARCHAR(200) NOT NULL,
  status VARCHAR(16) NOT NULL,
  proposed_by BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  decision VARCHAR(200) NOT NULL,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_role_proposal ON role_proposal (member_id, role, node_id, action, decided_at);
CREATE INDEX ix_role_proposal_community ON role_proposal (community_id, status, id);
CREATE INDEX ix_role_proposal_expires ON role_proposal (status, expires_at);

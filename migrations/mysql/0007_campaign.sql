-- +goose Up
CREATE TABLE theme (
  community_id BIGINT NOT NULL,
  code VARCHAR(16) NOT NULL,
  name VARCHAR(100) NOT NULL,
  origin VARCHAR(16) NOT NULL,
  content VARCHAR(800) NOT NULL,
  sort INT NOT NULL,
  PRIMARY KEY (community_id, code)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE campaign (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  scope_node_id BIGINT NOT NULL,
  scope_kind VARCHAR(16) NOT NULL,
  theme VARCHAR(16) NOT NULL,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  budget BIGINT NOT NULL,
  capacity INT NOT NULL,
  rules TEXT NOT NULL,
  status VARCHAR(16) NOT NULL,
  secret VARBINARY(32) NOT NULL,
  created_by BIGINT NOT NULL,
  digest VARBINARY(32) NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_campaign_list ON campaign (community_id, id);
CREATE TABLE campaign_signup (
  campaign_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, member_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE campaign_checkin (
  campaign_id BIGINT NOT NULL,
  session INT NOT NULL,
  member_id BIGINT NOT NULL,
  checked_in_at BIGINT NOT NULL,
  checked_out_at BIGINT NOT NULL,
  points BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, session, member_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

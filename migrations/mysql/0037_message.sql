-- +goose Up
-- Notices of a kind that goes out as a message too, until somebody has looked whether this one does.
ALTER TABLE notice ADD COLUMN to_send SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX ix_notice_to_send ON notice (to_send, id);

-- Which template of the mini-program tells of a kind of notice in a community, and what goes into its fields.
CREATE TABLE message_template (
  community_id BIGINT NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  kind VARCHAR(24) NOT NULL,
  template_id VARCHAR(64) NOT NULL,
  page VARCHAR(200) NOT NULL,
  fields TEXT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (community_id, app_id, kind)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- How often a member has allowed a template, as the client says and as WeChat says, and how often that was used.
CREATE TABLE message_stock (
  member_id BIGINT NOT NULL,
  template_id VARCHAR(64) NOT NULL,
  reported BIGINT NOT NULL,
  pushed BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  refused_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (member_id, template_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- When a member wants no messages.
CREATE TABLE message_quiet (
  member_id BIGINT NOT NULL PRIMARY KEY,
  quiet_from VARCHAR(5) NOT NULL,
  quiet_to VARCHAR(5) NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Messages on their way: whoever takes the lease sends it.
CREATE TABLE message (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  notice_id BIGINT NOT NULL,
  kind VARCHAR(24) NOT NULL,
  priority INT NOT NULL,
  template_id VARCHAR(64) NOT NULL,
  status VARCHAR(16) NOT NULL,
  attempts INT NOT NULL,
  spent SMALLINT NOT NULL,
  due_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  code INT NOT NULL,
  failure VARCHAR(40) NOT NULL,
  sent_id VARCHAR(40) NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_message_notice ON message (notice_id);
CREATE INDEX ix_message_due ON message (status, due_at);
CREATE INDEX ix_message_list ON message (community_id, status, id);
CREATE INDEX ix_message_sent ON message (sent_id);

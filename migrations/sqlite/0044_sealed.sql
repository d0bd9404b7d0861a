-- +goose Up
-- What is sealed is longer than what it says, which matters where a column has a width.
ALTER TABLE member ADD COLUMN phone_index VARCHAR(64) NOT NULL DEFAULT '';
CREATE INDEX ix_member_phone_index ON member (phone_index, community_id);

-- The keys that something was sealed with: their names, and by what they are known again.
CREATE TABLE data_key (
  name VARCHAR(16) NOT NULL PRIMARY KEY,
  fingerprint VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL
);

-- By which key a process seals.
ALTER TABLE node_lease ADD COLUMN data_key VARCHAR(16) NOT NULL DEFAULT '';

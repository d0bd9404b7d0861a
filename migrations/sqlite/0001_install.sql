-- +goose Up
-- Node numbers of id generators, one lease per running process.
CREATE TABLE node_lease (
  node BIGINT NOT NULL PRIMARY KEY,
  holder VARCHAR(64) NOT NULL,
  expires_at BIGINT NOT NULL
);

-- Answers of requests that carried an Idempotency-Key, written with their effect.
CREATE TABLE idempotency (
  member_id BIGINT NOT NULL,
  idem_key VARCHAR(80) NOT NULL,
  hash BLOB NOT NULL,
  answer MEDIUMTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (member_id, idem_key)
);
CREATE INDEX ix_idempotency_created ON idempotency (created_at);

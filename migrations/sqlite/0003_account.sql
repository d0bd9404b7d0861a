-- +goose Up
CREATE TABLE wechat_identity (
  id BIGINT NOT NULL PRIMARY KEY,
  app_id VARCHAR(64) NOT NULL,
  open_id VARCHAR(128) NOT NULL,
  union_id VARCHAR(128) NOT NULL,
  member_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_wechat_open ON wechat_identity (app_id, open_id);
CREATE INDEX ix_wechat_member ON wechat_identity (member_id);

CREATE TABLE refresh_token (
  id BIGINT NOT NULL PRIMARY KEY,
  family_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  hash BLOB NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_refresh_hash ON refresh_token (hash);
CREATE INDEX ix_refresh_family ON refresh_token (family_id);
CREATE INDEX ix_refresh_expires ON refresh_token (expires_at);

CREATE TABLE bind_code (
  hash BLOB NOT NULL PRIMARY KEY,
  member_id BIGINT NOT NULL,
  issued_by BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

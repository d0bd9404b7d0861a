-- +goose Up
-- Signed heads (签名的账本头). The table of 0006 was never written to.
DROP TABLE point_anchor;
CREATE TABLE point_anchor (
  seq BIGINT NOT NULL PRIMARY KEY,
  from_seq BIGINT NOT NULL,
  hash VARBINARY(32) NOT NULL,
  root VARBINARY(32) NOT NULL,
  previous_hash VARBINARY(32) NOT NULL,
  made_at BIGINT NOT NULL,
  key_id VARCHAR(32) NOT NULL,
  signature VARBINARY(64) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- What makes two processes that sign at once sign one head.
CREATE UNIQUE INDEX uk_point_anchor_from ON point_anchor (from_seq);
CREATE TABLE ledger_key (
  key_id VARCHAR(32) NOT NULL PRIMARY KEY,
  public_key VARBINARY(32) NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Service certificates (志愿服务时长证明). Rows are only ever inserted.
CREATE TABLE certificate (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  number VARCHAR(24) NOT NULL,
  from_day INT NOT NULL,
  to_day INT NOT NULL,
  verified_minutes BIGINT NOT NULL,
  declared_minutes BIGINT NOT NULL,
  services TEXT NOT NULL,
  head_seq BIGINT NOT NULL,
  head_hash VARBINARY(32) NOT NULL,
  issued_by BIGINT NOT NULL,
  issued_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_certificate_number ON certificate (number);
CREATE INDEX ix_certificate_member ON certificate (member_id, id);
CREATE TABLE certificate_revocation (
  certificate_id BIGINT NOT NULL PRIMARY KEY,
  reason VARCHAR(400) NOT NULL,
  revoked_by BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

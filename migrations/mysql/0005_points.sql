-- +goose Up
CREATE TABLE point_account (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  measure SMALLINT NOT NULL,
  owner_type SMALLINT NOT NULL,
  owner_id BIGINT NOT NULL,
  kind SMALLINT NOT NULL,
  shard SMALLINT NOT NULL DEFAULT 0,
  tracked SMALLINT NOT NULL DEFAULT 1,
  posted BIGINT NOT NULL DEFAULT 0,
  held BIGINT NOT NULL DEFAULT 0,
  floor_amt BIGINT NOT NULL DEFAULT 0,
  last_seq BIGINT NOT NULL DEFAULT 0,
  head_hash VARBINARY(32) NOT NULL,
  status SMALLINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_point_account_owner ON point_account (community_id, measure, owner_type, owner_id, kind, shard);

CREATE TABLE point_transfer (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  measure SMALLINT NOT NULL,
  kind SMALLINT NOT NULL,
  code VARCHAR(24) NOT NULL,
  rule_version INT NOT NULL,
  class SMALLINT NOT NULL,
  debit_id BIGINT NOT NULL,
  credit_id BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  hold_id BIGINT NULL,
  reverses_id BIGINT NULL,
  idem_key VARCHAR(128) NOT NULL,
  idem_hash VARBINARY(32) NOT NULL,
  batch_id BIGINT NULL,
  ref_type SMALLINT NOT NULL,
  ref_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  score BIGINT NOT NULL,
  ranked SMALLINT NOT NULL,
  biz_day INT NOT NULL,
  effective_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  actor_id BIGINT NOT NULL,
  memo VARCHAR(255) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_point_transfer_idem ON point_transfer (idem_key);
CREATE UNIQUE INDEX uk_point_transfer_hold ON point_transfer (hold_id);
CREATE UNIQUE INDEX uk_point_transfer_reverses ON point_transfer (reverses_id);

CREATE TABLE point_entry (
  account_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  transfer_id BIGINT NOT NULL,
  posted_delta BIGINT NOT NULL,
  held_delta BIGINT NOT NULL,
  posted_after BIGINT NOT NULL,
  held_after BIGINT NOT NULL,
  biz_day INT NOT NULL,
  created_at BIGINT NOT NULL,
  hash VARBINARY(32) NOT NULL,
  PRIMARY KEY (account_id, seq)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_point_entry_transfer ON point_entry (transfer_id, account_id);

-- Indexes of derivable facts, used by holds, expiry and caps.
CREATE TABLE point_hold_open (
  hold_id BIGINT NOT NULL PRIMARY KEY,
  account_id BIGINT NOT NULL,
  amount BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_point_hold_expires ON point_hold_open (expires_at, hold_id);
CREATE TABLE point_lot (
  account_id BIGINT NOT NULL,
  expires_day INT NOT NULL,
  remaining BIGINT NOT NULL,
  held BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, expires_day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_point_lot_expires ON point_lot (expires_day, account_id);
CREATE TABLE point_lot_move (
  transfer_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  expires_day INT NOT NULL,
  d_remaining BIGINT NOT NULL,
  d_held BIGINT NOT NULL,
  PRIMARY KEY (transfer_id, account_id, expires_day)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE point_cap (
  account_id BIGINT NOT NULL,
  rule_code VARCHAR(24) NOT NULL,
  bucket INT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (account_id, rule_code, bucket)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE point_batch (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  input_sha256 VARBINARY(32) NOT NULL,
  cap_total BIGINT NOT NULL,
  cap_member BIGINT NOT NULL,
  used BIGINT NOT NULL DEFAULT 0,
  status SMALLINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE point_batch_item (
  batch_id BIGINT NOT NULL,
  line_no INT NOT NULL,
  member_id BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  granted BIGINT NOT NULL DEFAULT 0,
  outcome SMALLINT NOT NULL DEFAULT 0,
  transfer_id BIGINT NULL,
  PRIMARY KEY (batch_id, line_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE point_rule (
  community_id BIGINT NOT NULL,
  version INT NOT NULL,
  code VARCHAR(24) NOT NULL,
  name VARCHAR(100) NOT NULL,
  measure SMALLINT NOT NULL,
  amount BIGINT NULL,
  class SMALLINT NOT NULL,
  caps TEXT NOT NULL,
  PRIMARY KEY (community_id, version, code)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE point_rule_set (
  community_id BIGINT NOT NULL,
  version INT NOT NULL,
  status VARCHAR(16) NOT NULL,
  effective_day INT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (community_id, version)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

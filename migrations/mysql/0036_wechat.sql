-- +goose Up
-- The access token of a mini-program, sealed, which processes share: whoever takes the lease at a version renews it.
CREATE TABLE wechat_token (
  app_id VARCHAR(64) NOT NULL PRIMARY KEY,
  sealed VARBINARY(2048) NOT NULL,
  refresh_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  forced_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  version BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Pushes that were taken in, by the digest of what they say: the same is taken in once.
CREATE TABLE wechat_push (
  digest VARBINARY(32) NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_wechat_push_age ON wechat_push (created_at);

-- That a WeChat user took back what the mini-program may know of them.
CREATE TABLE wechat_withdrawal (
  id BIGINT NOT NULL PRIMARY KEY,
  app_id VARCHAR(64) NOT NULL,
  member_id BIGINT NOT NULL,
  info VARCHAR(200) NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_wechat_withdrawal_member ON wechat_withdrawal (member_id);

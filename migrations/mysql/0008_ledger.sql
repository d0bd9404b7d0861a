-- +goose Up
-- Who was helped, so that pairs can be seen and capped.
ALTER TABLE point_transfer ADD COLUMN counter_id BIGINT NOT NULL DEFAULT 0;

ALTER TABLE point_rule_set ADD COLUMN retired_day INT NOT NULL DEFAULT 0;
ALTER TABLE point_rule_set ADD COLUMN valid_months INT NOT NULL DEFAULT 0;

-- A lot is the sum of its moves and is stored nowhere else. Neither table was ever written.
DROP TABLE point_lot;
DROP TABLE point_lot_move;
CREATE TABLE point_lot_move (
  account_id BIGINT NOT NULL,
  expires_day INT NOT NULL,
  transfer_id BIGINT NOT NULL,
  d_remaining BIGINT NOT NULL,
  d_held BIGINT NOT NULL,
  PRIMARY KEY (account_id, expires_day, transfer_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_point_lot_move_transfer ON point_lot_move (transfer_id);
-- What members had before there were lots does not expire, and transfer 0 stands for all that came before.
INSERT INTO point_lot_move (account_id, expires_day, transfer_id, d_remaining, d_held)
  SELECT id, 99991231, 0, posted, 0 FROM point_account WHERE owner_type = 2 AND measure = 1 AND posted <> 0;

-- What was granted of a cap: by day, ISO week or year (period), with one other (the campaign, or the account
-- of the other of a pair). The table was never written.
DROP TABLE point_cap;
CREATE TABLE point_cap (
  account_id BIGINT NOT NULL,
  rule_code VARCHAR(24) NOT NULL,
  period INT NOT NULL,
  other_id BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (account_id, rule_code, period, other_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Up
-- Pioneer lists (先锋岗) of quarters as they were frozen: of a whole board, node 0, and of each part that somebody was ranked in.
CREATE TABLE pioneer_list (
  board_id BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  percent INT NOT NULL,
  total BIGINT NOT NULL,
  as_of_seq BIGINT NOT NULL,
  digest VARBINARY(32) NOT NULL,
  frozen_at BIGINT NOT NULL,
  PRIMARY KEY (board_id, node_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE pioneer (
  board_id BIGINT NOT NULL,
  node_id BIGINT NOT NULL,
  rank_no INT NOT NULL,
  subject_id BIGINT NOT NULL,
  points BIGINT NOT NULL,
  PRIMARY KEY (board_id, node_id, rank_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_pioneer_subject ON pioneer (subject_id);

-- +goose Up
-- Committed records on their way into the one dense, hash-chained sequence.
CREATE TABLE point_outbox (
  rec_type SMALLINT NOT NULL,
  rec_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (rec_id, rec_type)
);
CREATE TABLE point_control (
  id BIGINT NOT NULL PRIMARY KEY,
  kind SMALLINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  payload BLOB NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_point_control ON point_control (kind, campaign_id);
CREATE TABLE point_seal (
  seq BIGINT NOT NULL PRIMARY KEY,
  rec_type SMALLINT NOT NULL,
  rec_id BIGINT NOT NULL,
  hash BLOB NOT NULL
);
CREATE UNIQUE INDEX uk_point_seal_record ON point_seal (rec_type, rec_id);
CREATE TABLE stream_cursor (
  name VARCHAR(48) NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash BLOB NOT NULL,
  updated_at BIGINT NOT NULL
);
INSERT INTO stream_cursor (name, seq, hash, updated_at) VALUES ('seal', 0, X'', 0);
INSERT INTO stream_cursor (name, seq, hash, updated_at) VALUES ('proj', 0, X'', 0);
CREATE TABLE point_anchor (
  seq BIGINT NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  key_id VARCHAR(32) NOT NULL,
  sig BLOB NOT NULL,
  published VARCHAR(255) NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE board (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  kind VARCHAR(8) NOT NULL,
  scope VARCHAR(16) NOT NULL,
  period VARCHAR(10) NOT NULL,
  period_key INT NOT NULL,
  grp VARCHAR(24) NOT NULL,
  base_seq BIGINT NOT NULL,
  frozen_seq BIGINT NOT NULL,
  settled_at BIGINT NOT NULL,
  digest BLOB NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_board ON board (community_id, campaign_id, kind, scope, period, period_key);
CREATE TABLE board_score (
  board_id BIGINT NOT NULL,
  subject_id BIGINT NOT NULL,
  grp VARCHAR(24) NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  points BIGINT NOT NULL,
  reached_seq BIGINT NOT NULL,
  rank_key BIGINT NOT NULL,
  upd_seq BIGINT NOT NULL,
  PRIMARY KEY (board_id, subject_id)
);
CREATE INDEX ix_board_score_rank ON board_score (board_id, rank_key);
CREATE INDEX ix_board_score_area ON board_score (board_id, area_id, rank_key);
CREATE INDEX ix_board_score_grid ON board_score (board_id, grid_id, rank_key);
CREATE INDEX ix_board_score_branch ON board_score (board_id, branch_id, rank_key);
CREATE INDEX ix_board_score_upd ON board_score (grp, upd_seq);
CREATE TABLE board_standing (
  board_id BIGINT NOT NULL,
  rank_no INT NOT NULL,
  subject_id BIGINT NOT NULL,
  points BIGINT NOT NULL,
  reached_seq BIGINT NOT NULL,
  PRIMARY KEY (board_id, rank_no)
);
CREATE UNIQUE INDEX uk_board_standing_subject ON board_standing (board_id, subject_id);

-- +goose Up
-- Revisions of settled standings. The first standings are in board_standing, and stay.
CREATE TABLE board_revision (
  campaign_id BIGINT NOT NULL,
  revision SMALLINT NOT NULL,
  as_of_seq BIGINT NOT NULL,
  digest BLOB NOT NULL,
  reason VARCHAR(255) NOT NULL,
  made_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, revision)
);
CREATE TABLE board_revised (
  board_id BIGINT NOT NULL,
  revision SMALLINT NOT NULL,
  subject_id BIGINT NOT NULL,
  grp VARCHAR(24) NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  points BIGINT NOT NULL,
  reached_seq BIGINT NOT NULL,
  rank_key BIGINT NOT NULL,
  upd_seq BIGINT NOT NULL,
  PRIMARY KEY (board_id, revision, subject_id)
);
CREATE INDEX ix_board_revised_rank ON board_revised (board_id, revision, rank_key);
CREATE INDEX ix_point_transfer_campaign ON point_transfer (campaign_id, id);
-- How many members of a board have so many points, so that ranks need no count of the whole board. The row of board 0
-- has up to which place in the stream the rows are. They are made anew when that is not where the scores are.
CREATE TABLE board_level (
  board_id BIGINT NOT NULL,
  points BIGINT NOT NULL,
  members BIGINT NOT NULL,
  PRIMARY KEY (board_id, points)
);
INSERT INTO board_level (board_id, points, members) VALUES (0, 0, -1);

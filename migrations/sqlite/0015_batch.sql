-- +goose Up
-- Batches of awards. The tables were never written.
DROP TABLE point_batch;
DROP TABLE point_batch_item;
CREATE TABLE point_batch (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  code VARCHAR(24) NOT NULL,
  memo VARCHAR(255) NOT NULL,
  input_sha256 BLOB NOT NULL,
  cap_total BIGINT NOT NULL,
  cap_member BIGINT NOT NULL,
  total INT NOT NULL,
  done INT NOT NULL,
  failed INT NOT NULL,
  granted BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL
);
CREATE INDEX ix_point_batch_status ON point_batch (status, id);
CREATE INDEX ix_point_batch_author ON point_batch (created_by, id);
CREATE TABLE point_batch_item (
  batch_id BIGINT NOT NULL,
  line_no INT NOT NULL,
  member_id BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  memo VARCHAR(255) NOT NULL,
  granted BIGINT NOT NULL,
  outcome VARCHAR(40) NOT NULL,
  transfer_id BIGINT NOT NULL,
  PRIMARY KEY (batch_id, line_no)
);
CREATE INDEX ix_point_batch_item_member ON point_batch_item (batch_id, member_id);

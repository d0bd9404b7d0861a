-- +goose Up
-- Photos of a campaign: the file is kept elsewhere, and is there before its row. The same upload is one row.
CREATE TABLE campaign_photo (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  source_sha256 VARBINARY(32) NOT NULL,
  sha256 VARBINARY(32) NOT NULL,
  size BIGINT NOT NULL,
  width INT NOT NULL,
  height INT NOT NULL,
  status VARCHAR(16) NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_campaign_photo ON campaign_photo (campaign_id, source_sha256);
CREATE INDEX ix_campaign_photo_list ON campaign_photo (campaign_id, id);
CREATE INDEX ix_campaign_photo_dropped ON campaign_photo (status, updated_at);

-- What a campaign's day has ended with: the marks are there once, whoever makes them.
CREATE TABLE honour (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  place INT NOT NULL,
  points BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_honour ON honour (campaign_id, kind, member_id);
CREATE INDEX ix_honour_member ON honour (member_id, id);
CREATE TABLE campaign_thanks (
  campaign_id BIGINT NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The campaign whose result is published, 0 for any other publication.
ALTER TABLE publication ADD COLUMN campaign_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ix_publication_campaign ON publication (campaign_id);

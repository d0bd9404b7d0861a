-- +goose Up
-- Photos of matters, beside those of campaigns: one of the two ids is 0. The same upload is one row of each.
ALTER TABLE campaign_photo ADD COLUMN matter_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign_photo ADD COLUMN kind VARCHAR(8) NOT NULL DEFAULT '';
CREATE UNIQUE INDEX uk_photo ON campaign_photo (matter_id, campaign_id, source_sha256);
DROP INDEX uk_campaign_photo;

-- +goose Up
-- Where a campaign takes place, in millionths of a degree, without a row it has no fence.
CREATE TABLE campaign_fence (
  campaign_id BIGINT NOT NULL PRIMARY KEY,
  lat BIGINT NOT NULL,
  lng BIGINT NOT NULL,
  radius_m INT NOT NULL,
  required SMALLINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Of where a member was only on which side of the fence is kept.
ALTER TABLE campaign_checkin ADD COLUMN fence VARCHAR(8) NOT NULL DEFAULT 'unknown';
ALTER TABLE campaign_checkin ADD COLUMN class SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE campaign_checkin ADD COLUMN recorded_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign_checkin ADD COLUMN reason VARCHAR(800) NOT NULL DEFAULT '';
ALTER TABLE campaign_checkin ADD COLUMN forgotten SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX ix_campaign_checkin_open ON campaign_checkin (checked_out_at, campaign_id);

-- Who was turned away at the door, once for each reason.
CREATE TABLE campaign_refusal (
  id BIGINT NOT NULL PRIMARY KEY,
  campaign_id BIGINT NOT NULL,
  session INT NOT NULL,
  member_id BIGINT NOT NULL,
  reason VARCHAR(48) NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_campaign_refusal ON campaign_refusal (campaign_id, session, member_id, reason);
CREATE INDEX ix_campaign_refusal_list ON campaign_refusal (campaign_id, id);

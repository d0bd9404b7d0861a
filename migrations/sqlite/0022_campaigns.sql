-- +goose Up
-- Themes have a checklist, and may be hidden.
ALTER TABLE theme ADD COLUMN checklist VARCHAR(8000) NOT NULL DEFAULT '[]';
ALTER TABLE theme ADD COLUMN active SMALLINT NOT NULL DEFAULT 1;
UPDATE theme SET checklist = '["生日祝福","长寿面","送福字","合影"]' WHERE code = 'shou' AND origin = 'seed';
UPDATE theme SET checklist = '["探望独居老人","电话问候","理发","手机教学"]' WHERE code = 'lao' AND origin = 'seed';
UPDATE theme SET checklist = '["走访困难家庭","认领微心愿"]' WHERE code = 'kun' AND origin = 'proposed';
UPDATE theme SET checklist = '["代办跑腿","康复器具借用","上报障碍"]' WHERE code = 'can' AND origin = 'proposed';
UPDATE theme SET checklist = '["课业辅导","赠书","暑期课堂"]' WHERE code = 'xue' AND origin = 'proposed';
UPDATE theme SET checklist = '["义诊","陪诊","代取药"]' WHERE code = 'yi' AND origin = 'proposed';
UPDATE theme SET checklist = '["课后托管","关爱儿童"]' WHERE code = 'you' AND origin = 'proposed';
UPDATE theme SET checklist = '["招聘信息","技能培训"]' WHERE code = 'ye' AND origin = 'proposed';
UPDATE theme SET checklist = '["慰问退役军人","慰问军属"]' WHERE code = 'jun' AND origin = 'proposed';
UPDATE theme SET checklist = '["燃气用电检查","巡逻","反诈宣传"]' WHERE code = 'an' AND origin = 'proposed';

-- What a community chose for its campaigns. A community without a row has the defaults.
CREATE TABLE campaign_setting (
  community_id BIGINT NOT NULL PRIMARY KEY,
  review SMALLINT NOT NULL,
  version BIGINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- A campaign's review, its plan (model.CampaignPlan, none for those that were planned before), and the series it is of.
ALTER TABLE campaign ADD COLUMN plan TEXT;
ALTER TABLE campaign ADD COLUMN reason VARCHAR(800) NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN planned_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN submitted_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN approved_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN series_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ix_campaign_theme ON campaign (community_id, theme);

-- Sign-ups are by session, and seq is the order in which they were made. Those of before are of the first session.
ALTER TABLE campaign_signup RENAME TO campaign_signup_before;
CREATE TABLE campaign_signup (
  campaign_id BIGINT NOT NULL,
  session INT NOT NULL,
  member_id BIGINT NOT NULL,
  role VARCHAR(100) NOT NULL,
  status VARCHAR(16) NOT NULL,
  seq BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  accepted_at BIGINT NOT NULL,
  guardian VARCHAR(100) NOT NULL,
  guardian_at BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, session, member_id)
);
CREATE INDEX ix_signup_order ON campaign_signup (campaign_id, session, seq);
INSERT INTO campaign_signup (campaign_id, session, member_id, role, status, seq, created_at, accepted_at, guardian, guardian_at)
  SELECT campaign_id, 1, member_id, '', status, 0, created_at, 0, '', 0 FROM campaign_signup_before;
DROP TABLE campaign_signup_before;

-- What members did at a campaign beside being there.
CREATE TABLE campaign_item (
  id BIGINT NOT NULL PRIMARY KEY,
  campaign_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  item VARCHAR(16) NOT NULL,
  times INT NOT NULL,
  points BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX ix_campaign_item ON campaign_item (campaign_id, member_id);

-- A campaign that comes again by a rule, and each time that it falls.
CREATE TABLE campaign_series (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  scope_node_id BIGINT NOT NULL,
  scope_kind VARCHAR(16) NOT NULL,
  template TEXT NOT NULL,
  rule VARCHAR(200) NOT NULL,
  words VARCHAR(400) NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  auto_publish SMALLINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  version BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX ix_campaign_series_list ON campaign_series (community_id, id);
CREATE TABLE campaign_series_instance (
  series_id BIGINT NOT NULL,
  starts_at BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  campaign_id BIGINT NOT NULL,
  PRIMARY KEY (series_id, starts_at)
);
CREATE INDEX ix_campaign_instance_due ON campaign_series_instance (status, starts_at);

-- +goose Up
-- What people may ask of those who keep data about them (个人信息保护法 44 to 50): copies, erasure, answers, and what was
-- forgotten because its time was over.

-- A copy of one's own data. Closed is 0 while it is being made, so that a member has one such at most.
CREATE TABLE data_export (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  closed BIGINT NOT NULL,
  size BIGINT NOT NULL,
  attempts INT NOT NULL,
  lease_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  ready_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_data_export ON data_export (member_id, closed);
CREATE INDEX ix_data_export_due ON data_export (status, lease_until);
CREATE INDEX ix_data_export_expires ON data_export (status, expires_at);

-- Closing an account. Closed is 0 while it waits or goes on.
CREATE TABLE erasure (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  closed BIGINT NOT NULL,
  asked_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_erasure ON erasure (member_id, closed);
CREATE INDEX ix_erasure_due ON erasure (closed, next_at);

CREATE TABLE rights_request (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  body VARCHAR(4000) NOT NULL,
  status VARCHAR(16) NOT NULL,
  due_at BIGINT NOT NULL,
  answer VARCHAR(4000) NOT NULL,
  answered_by BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX ix_rights_request_list ON rights_request (community_id, status, id);
CREATE INDEX ix_rights_request_member ON rights_request (member_id, id);

-- When a rule of retention ran last, and what it forgot then and in all.
CREATE TABLE retention_run (
  rule VARCHAR(40) NOT NULL PRIMARY KEY,
  ran_at BIGINT NOT NULL,
  forgotten BIGINT NOT NULL,
  total BIGINT NOT NULL
);

-- What is too old is found by its time, doors of what is over by there being one still.
CREATE INDEX ix_request_door ON help_request (status, household_id);
CREATE INDEX ix_matter_door ON matter (status, household_id);
CREATE INDEX ix_contact_reveal_age ON contact_reveal (created_at);
CREATE INDEX ix_register_read_age ON register_read (created_at);
CREATE INDEX ix_notice_read ON notice (read_at);
CREATE INDEX ix_doorbell_delivery_age ON doorbell_delivery (created_at);

-- What is theirs is found by who somebody is: logins before they were bound, and what is copied or erased.
CREATE INDEX ix_member_merged ON member (merged_into);
CREATE INDEX ix_message_member ON message (member_id);
CREATE INDEX ix_content_check_member ON content_check (member_id);
CREATE INDEX ix_bind_code_member ON bind_code (member_id);
CREATE INDEX ix_campaign_signup_member ON campaign_signup (member_id);
CREATE INDEX ix_doorbell_alarm_elder ON doorbell_alarm (elder_id);
CREATE INDEX ix_publication_item_member ON publication_item (member_id);

-- Duties, which are counted whenever somebody looks at closing their account.
CREATE INDEX ix_campaign_creator ON campaign (created_by);
CREATE INDEX ix_service_team_leader ON service_team (leader_id);
CREATE INDEX ix_family_group_leader ON family_group (leader_id);
CREATE INDEX ix_proposal_task_owner ON proposal_task (owner_id);
CREATE INDEX ix_errand_courier ON errand (courier_id);
CREATE INDEX ix_appeal_appellant ON appeal (appellant_id);

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
CREATE INDEX ix_message_age ON message (status, updated_at);
CREATE INDEX ix_doorbell_delivery_age ON doorbell_delivery (created_at);

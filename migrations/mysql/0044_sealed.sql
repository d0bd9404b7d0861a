-- +goose Up
-- What is sealed is longer than what it says, which matters where a column has a width.
ALTER TABLE node MODIFY COLUMN name VARCHAR(255) NOT NULL;
ALTER TABLE member MODIFY COLUMN phone VARCHAR(255) NOT NULL;
ALTER TABLE member MODIFY COLUMN roster_key VARCHAR(255) NOT NULL;
ALTER TABLE member ADD COLUMN phone_index VARCHAR(64) NOT NULL DEFAULT '';
CREATE INDEX ix_member_phone_index ON member (phone_index, community_id);
ALTER TABLE household_note MODIFY COLUMN body TEXT NOT NULL;
ALTER TABLE household_flag MODIFY COLUMN reason TEXT NOT NULL;
ALTER TABLE household_flag MODIFY COLUMN consent_note TEXT NOT NULL;
ALTER TABLE household_flag MODIFY COLUMN end_reason TEXT NOT NULL;
ALTER TABLE household_visit MODIFY COLUMN note TEXT NOT NULL;
ALTER TABLE household_visit MODIFY COLUMN next_need TEXT NOT NULL;
ALTER TABLE visit MODIFY COLUMN note TEXT NOT NULL;
ALTER TABLE visit MODIFY COLUMN reason TEXT NOT NULL;
ALTER TABLE doorbell_home MODIFY COLUMN consent_note TEXT NOT NULL;
ALTER TABLE doorbell_pair MODIFY COLUMN consent_note TEXT NOT NULL;
ALTER TABLE doorbell_pair MODIFY COLUMN reason TEXT NOT NULL;
ALTER TABLE doorbell_alarm MODIFY COLUMN note TEXT NOT NULL;
ALTER TABLE care_task MODIFY COLUMN note TEXT NOT NULL;
ALTER TABLE matter MODIFY COLUMN contact_name VARCHAR(400) NOT NULL;
ALTER TABLE matter MODIFY COLUMN contact_phone VARCHAR(255) NOT NULL;

-- The keys that something was sealed with: their names, and by what they are known again.
CREATE TABLE data_key (
  name VARCHAR(16) NOT NULL PRIMARY KEY,
  fingerprint VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- By which key a process seals.
ALTER TABLE node_lease ADD COLUMN data_key VARCHAR(16) NOT NULL DEFAULT '';

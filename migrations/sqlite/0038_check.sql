-- +goose Up
-- Verdicts on what members write and show, without the text itself. A picture waits for its verdict by its trace.
CREATE TABLE content_check (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  subject VARCHAR(16) NOT NULL,
  subject_id BIGINT NOT NULL,
  suggest VARCHAR(8) NOT NULL,
  label INT NOT NULL,
  source VARCHAR(12) NOT NULL,
  trace_id VARCHAR(80) NOT NULL,
  attempts INT NOT NULL,
  lease_until BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL
);
CREATE INDEX ix_check_subject ON content_check (subject, subject_id);
CREATE INDEX ix_check_trace ON content_check (trace_id);
CREATE INDEX ix_check_waiting ON content_check (suggest, due_at);

-- What waits for a moderator and has no state of its own to wait in: what it says is shown once it is approved.
CREATE TABLE content_hold (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  subject VARCHAR(16) NOT NULL,
  subject_id BIGINT NOT NULL,
  body TEXT NOT NULL,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  decided_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL
);
CREATE INDEX ix_hold_list ON content_hold (community_id, status, id);
CREATE INDEX ix_hold_subject ON content_hold (subject, subject_id);

-- Whether a photo may be seen: empty is what was there before photos were checked, and may.
ALTER TABLE campaign_photo ADD COLUMN checked VARCHAR(8) NOT NULL DEFAULT '';

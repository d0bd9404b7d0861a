-- +goose Up
-- Promises about matters that were not kept (违诺): once for each matter and kind, and for each call of a unit.
CREATE TABLE breach (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  matter_id BIGINT NOT NULL,
  kind VARCHAR(20) NOT NULL,
  subject_id BIGINT NOT NULL,
  tier VARCHAR(16) NOT NULL,
  accountable_id BIGINT NOT NULL,
  promised_at BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  explanation VARCHAR(2000) NOT NULL,
  explained_at BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decision VARCHAR(2000) NOT NULL,
  decided_at BIGINT NOT NULL,
  appeal VARCHAR(2000) NOT NULL,
  appealed_at BIGINT NOT NULL,
  reviewed_by BIGINT NOT NULL,
  review VARCHAR(2000) NOT NULL,
  reviewed_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_breach ON breach (matter_id, kind, subject_id);
CREATE INDEX ix_breach_community ON breach (community_id, id);
CREATE INDEX ix_breach_accountable ON breach (accountable_id, id);

-- What the search for breaches and the rates read.
CREATE INDEX ix_matter_due ON matter (status, due_at);
CREATE INDEX ix_matter_contact_due ON matter (status, contact_due_at);
CREATE INDEX ix_matter_closed ON matter (community_id, closed_at);
CREATE INDEX ix_whistle_report ON matter_whistle (reported_at, report_by);
CREATE INDEX ix_errand_start ON errand (status, created_at);

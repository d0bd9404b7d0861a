-- +goose Up
-- Matters (社情民意): what people bring before the community. A matter has an owner at every instant.
CREATE TABLE matter (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  reporter_id BIGINT NOT NULL,
  filed_by BIGINT NOT NULL,
  channel VARCHAR(16) NOT NULL,
  audience VARCHAR(16) NOT NULL,
  category VARCHAR(96) NOT NULL,
  title VARCHAR(200) NOT NULL,
  text TEXT NOT NULL,
  contact_name VARCHAR(80) NOT NULL,
  contact_phone VARCHAR(20) NOT NULL,
  status VARCHAR(16) NOT NULL,
  tier VARCHAR(16) NOT NULL,
  tier_since BIGINT NOT NULL,
  first_handler_id BIGINT NOT NULL,
  owner_id BIGINT NOT NULL,
  owned_at BIGINT NOT NULL,
  proposed_id BIGINT NOT NULL,
  organisation_id BIGINT NOT NULL,
  taken_at BIGINT NOT NULL,
  catalogue_version BIGINT NOT NULL,
  contact_due_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  tier_due_at BIGINT NOT NULL,
  paused_at BIGINT NOT NULL,
  pause_reason VARCHAR(2000) NOT NULL,
  paper_asks INT NOT NULL,
  extension_by BIGINT NOT NULL,
  extension_to BIGINT NOT NULL,
  refusal_by BIGINT NOT NULL,
  legal_basis VARCHAR(1200) NOT NULL,
  contacted_at BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  finished_by BIGINT NOT NULL,
  result VARCHAR(2000) NOT NULL,
  evidence TEXT NOT NULL,
  callbacks INT NOT NULL,
  answered_at BIGINT NOT NULL,
  unreachable SMALLINT NOT NULL,
  resolved SMALLINT NOT NULL,
  satisfaction VARCHAR(16) NOT NULL,
  rated_at BIGINT NOT NULL,
  reopens INT NOT NULL,
  failed_tries INT NOT NULL,
  primary_id BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_matter_community ON matter (community_id, status, id);
CREATE INDEX ix_matter_grid ON matter (grid_id, id);
CREATE INDEX ix_matter_reporter ON matter (reporter_id, id);
CREATE INDEX ix_matter_filer ON matter (filed_by, id);
CREATE INDEX ix_matter_owner ON matter (owner_id, status, id);
CREATE INDEX ix_matter_organisation ON matter (organisation_id, id);
CREATE INDEX ix_matter_primary ON matter (primary_id);
CREATE INDEX ix_matter_next ON matter (next_at);

-- A step of a matter's life, by the version that it made: rows are only ever added.
CREATE TABLE matter_step (
  matter_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  action VARCHAR(20) NOT NULL,
  actor_id BIGINT NOT NULL,
  from_status VARCHAR(16) NOT NULL,
  to_status VARCHAR(16) NOT NULL,
  owner_before BIGINT NOT NULL,
  owner_after BIGINT NOT NULL,
  tier_before VARCHAR(16) NOT NULL,
  tier_after VARCHAR(16) NOT NULL,
  reason VARCHAR(2000) NOT NULL,
  data TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (matter_id, version)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A matter on its way to a unit, and what became of that.
CREATE TABLE matter_dispatch (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  matter_id BIGINT NOT NULL,
  organisation_id BIGINT NOT NULL,
  dispatched_by BIGINT NOT NULL,
  dispatched_at BIGINT NOT NULL,
  contact_due_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  taken_by BIGINT NOT NULL,
  taken_at BIGINT NOT NULL,
  contacted_at BIGINT NOT NULL,
  objection VARCHAR(2000) NOT NULL,
  objected_by BIGINT NOT NULL,
  objected_at BIGINT NOT NULL,
  outcome VARCHAR(16) NOT NULL,
  adjudicated_by BIGINT NOT NULL,
  adjudicated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_dispatch_matter ON matter_dispatch (matter_id, id);
CREATE INDEX ix_dispatch_organisation ON matter_dispatch (organisation_id, id);

-- A unit that was called to a matter (吹哨报到), and how both sides rate each other.
CREATE TABLE matter_whistle (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  matter_id BIGINT NOT NULL,
  organisation_id BIGINT NOT NULL,
  task VARCHAR(2000) NOT NULL,
  called_by BIGINT NOT NULL,
  called_at BIGINT NOT NULL,
  report_by BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  reported_by BIGINT NOT NULL,
  reported_at BIGINT NOT NULL,
  late SMALLINT NOT NULL,
  finished_at BIGINT NOT NULL,
  result VARCHAR(2000) NOT NULL,
  unit_rating SMALLINT NOT NULL,
  lead_rating SMALLINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_whistle_organisation ON matter_whistle (matter_id, organisation_id);
CREATE INDEX ix_whistle_organisation ON matter_whistle (organisation_id, matter_id);

-- +goose Up
-- Claims that are left to a stand-in, taken over or waited for, what was reported beside what was confirmed, and ratings both ways.
ALTER TABLE help_claim ADD COLUMN replaces_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_claim ADD COLUMN reported INT NOT NULL DEFAULT 0;
ALTER TABLE help_claim ADD COLUMN rated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_claim ADD COLUMN back_rating SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE help_claim ADD COLUMN back_text VARCHAR(800) NOT NULL DEFAULT '';
ALTER TABLE help_claim ADD COLUMN back_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_claim ADD COLUMN kept_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_claim ADD COLUMN left_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_claim ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ix_claim_due ON help_claim (status, due_at);
CREATE INDEX ix_request_starts ON help_request (starts_at, status);

-- A step of a request's life, by the version that it made: rows are only ever added.
CREATE TABLE help_step (
  request_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  action VARCHAR(16) NOT NULL,
  actor_id BIGINT NOT NULL,
  from_status VARCHAR(16) NOT NULL,
  to_status VARCHAR(16) NOT NULL,
  claims TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (request_id, version)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A claim that was broken, one at most for each claim.
CREATE TABLE help_miss (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  request_id BIGINT NOT NULL,
  claim_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  status VARCHAR(16) NOT NULL,
  excuse VARCHAR(800) NOT NULL,
  decision VARCHAR(800) NOT NULL,
  decided_by BIGINT NOT NULL,
  at BIGINT NOT NULL,
  pleaded_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_miss_claim ON help_miss (claim_id);
CREATE INDEX ix_miss_member ON help_miss (member_id, at);
CREATE INDEX ix_miss_pleaded ON help_miss (community_id, status, id);

-- A request has one dispute at most.
CREATE TABLE help_dispute (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  request_id BIGINT NOT NULL,
  opened_by BIGINT NOT NULL,
  reason VARCHAR(800) NOT NULL,
  mediator_id BIGINT NOT NULL,
  outcome VARCHAR(16) NOT NULL,
  resolution VARCHAR(800) NOT NULL,
  resolved_by BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  resolved_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_dispute_request ON help_dispute (request_id);
CREATE INDEX ix_dispute_mediator ON help_dispute (mediator_id, outcome, id);
CREATE INDEX ix_dispute_open ON help_dispute (community_id, outcome, id);

CREATE TABLE help_evidence (
  id BIGINT NOT NULL PRIMARY KEY,
  dispute_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  text VARCHAR(2000) NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_evidence_dispute ON help_evidence (dispute_id, id);

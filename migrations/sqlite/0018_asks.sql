-- +goose Up
-- Where the dispatch of a request stands, and which officer owns the request as a case (0: none).
CREATE TABLE help_dispatch (
  request_id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  pace VARCHAR(8) NOT NULL,
  status VARCHAR(8) NOT NULL,
  level VARCHAR(16) NOT NULL,
  wave INT NOT NULL,
  next_at BIGINT NOT NULL,
  owner_id BIGINT NOT NULL,
  owned_at BIGINT NOT NULL,
  proposed_id BIGINT NOT NULL,
  note VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX ix_dispatch_due ON help_dispatch (status, next_at);
CREATE INDEX ix_dispatch_owner ON help_dispatch (owner_id, status);
CREATE INDEX ix_dispatch_proposed ON help_dispatch (proposed_id, status);
CREATE INDEX ix_dispatch_cases ON help_dispatch (community_id, status, request_id);

-- Whom a request was brought to, with what put them in their place, and what they said.
CREATE TABLE help_ask (
  id BIGINT NOT NULL PRIMARY KEY,
  request_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  offer_id BIGINT NOT NULL,
  community_id BIGINT NOT NULL,
  wave INT NOT NULL,
  level VARCHAR(16) NOT NULL,
  category VARCHAR(24) NOT NULL,
  day_part VARCHAR(12) NOT NULL,
  score DOUBLE NOT NULL,
  parts VARCHAR(400) NOT NULL,
  notices INT NOT NULL,
  answer VARCHAR(8) NOT NULL,
  sent_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_ask_member ON help_ask (request_id, member_id);
CREATE INDEX ix_ask_history ON help_ask (member_id, sent_at);

-- What became of the asks of a member, by category and part of the day. The row of neither tells when they were asked
-- and answered last, and how many asks got no answer since.
CREATE TABLE help_ask_tally (
  member_id BIGINT NOT NULL,
  category VARCHAR(24) NOT NULL,
  day_part VARCHAR(12) NOT NULL,
  asked INT NOT NULL,
  accepted INT NOT NULL,
  ignored INT NOT NULL,
  asked_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  PRIMARY KEY (member_id, category, day_part)
);

-- Officers are looked up by their community and role.
CREATE INDEX ix_role_grant_office ON role_grant (community_id, role);

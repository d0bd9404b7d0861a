-- +goose Up
CREATE TABLE help_request (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  requester_id BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  category VARCHAR(24) NOT NULL,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  urgency VARCHAR(8) NOT NULL,
  status VARCHAR(16) NOT NULL,
  slots INT NOT NULL,
  reason VARCHAR(800) NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  deadline_at BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_request_list ON help_request (community_id, status, id);
CREATE INDEX ix_request_soon ON help_request (community_id, deadline_at, id);
CREATE INDEX ix_request_requester ON help_request (requester_id, id);
CREATE INDEX ix_request_due ON help_request (status, deadline_at);
CREATE INDEX ix_request_done ON help_request (status, done_at);

-- holding is 1 while the claim fills a slot, else NULL: one such claim per helper and request.
CREATE TABLE help_claim (
  id BIGINT NOT NULL PRIMARY KEY,
  request_id BIGINT NOT NULL,
  helper_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  holding SMALLINT NULL,
  minutes INT NOT NULL,
  note VARCHAR(800) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  rating SMALLINT NOT NULL,
  comment VARCHAR(800) NOT NULL,
  claimed_at BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_claim_holding ON help_claim (request_id, helper_id, holding);
CREATE INDEX ix_claim_helper ON help_claim (helper_id, holding, claimed_at);

CREATE TABLE help_offer (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  member_id BIGINT NOT NULL,
  categories TEXT NOT NULL,
  title VARCHAR(200) NOT NULL,
  availability TEXT NOT NULL,
  reach VARCHAR(16) NOT NULL,
  weekly_limit INT NOT NULL,
  status VARCHAR(16) NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_offer_list ON help_offer (community_id, status, id);
CREATE INDEX ix_offer_member ON help_offer (member_id, id);

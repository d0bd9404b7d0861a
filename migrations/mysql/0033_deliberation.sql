-- +goose Up
-- How a community decides, a kind without a row by the default.
CREATE TABLE voting_rule (
  community_id BIGINT NOT NULL,
  rule_kind VARCHAR(24) NOT NULL,
  quorum VARCHAR(100) NOT NULL,
  majority VARCHAR(100) NOT NULL,
  of_due SMALLINT NOT NULL,
  seconders INT NOT NULL,
  public_days INT NOT NULL,
  discuss_days INT NOT NULL,
  vote_hours INT NOT NULL,
  legal_basis VARCHAR(2000) NOT NULL,
  version BIGINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (community_id, rule_kind)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE proposal (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  scope_node_id BIGINT NOT NULL,
  scope_kind VARCHAR(16) NOT NULL,
  kind VARCHAR(24) NOT NULL,
  source VARCHAR(16) NOT NULL,
  category VARCHAR(24) NOT NULL,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  vote_by VARCHAR(16) NOT NULL,
  four_stages SMALLINT NOT NULL,
  options TEXT,
  rule TEXT,
  tally TEXT,
  outcome TEXT,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  seconders INT NOT NULL,
  electorate INT NOT NULL,
  published_at BIGINT NOT NULL,
  discussed_at BIGINT NOT NULL,
  opens_at BIGINT NOT NULL,
  closes_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  objections_until BIGINT NOT NULL,
  told_opening BIGINT NOT NULL,
  told_result BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_proposal_list ON proposal (community_id, id);
CREATE INDEX ix_proposal_due ON proposal (status, closes_at);
CREATE INDEX ix_proposal_told ON proposal (told_result, status);

CREATE TABLE proposal_seconder (
  proposal_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, member_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who may cast which vote, as it was when the vote opened. The voter is a household or a person.
CREATE TABLE proposal_elector (
  proposal_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  voter_id BIGINT NOT NULL,
  PRIMARY KEY (proposal_id, member_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The secret ballot. The roll says that a voter voted and on which day, the papers how many said what. All rows of a
-- decision are there from its opening and are updated in place, so that no order of rows tells one vote from another.
CREATE TABLE ballot_roll (
  proposal_id BIGINT NOT NULL,
  voter_id BIGINT NOT NULL,
  voted_day INT NOT NULL,
  PRIMARY KEY (proposal_id, voter_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE ballot_paper (
  proposal_id BIGINT NOT NULL,
  shard SMALLINT NOT NULL,
  choice VARCHAR(8) NOT NULL,
  papers BIGINT NOT NULL,
  is_open SMALLINT NOT NULL,
  PRIMARY KEY (proposal_id, shard, choice)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE proposal_meeting (
  id BIGINT NOT NULL PRIMARY KEY,
  proposal_id BIGINT NOT NULL,
  stage VARCHAR(24) NOT NULL,
  held_on INT NOT NULL,
  due_count INT NOT NULL,
  present_count INT NOT NULL,
  votes_for INT NOT NULL,
  votes_against INT NOT NULL,
  abstained INT NOT NULL,
  minutes TEXT NOT NULL,
  quorum SMALLINT NOT NULL,
  passed SMALLINT NOT NULL,
  legal_basis VARCHAR(2000) NOT NULL,
  recorded_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_proposal_meeting ON proposal_meeting (proposal_id, id);

CREATE TABLE proposal_comment (
  id BIGINT NOT NULL PRIMARY KEY,
  proposal_id BIGINT NOT NULL,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  member_id BIGINT NOT NULL,
  body VARCHAR(2000) NOT NULL,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  decided_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_proposal_comment ON proposal_comment (proposal_id, id);
CREATE INDEX ix_proposal_comment_held ON proposal_comment (community_id, status, id);

CREATE TABLE proposal_objection (
  id BIGINT NOT NULL PRIMARY KEY,
  proposal_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  reason VARCHAR(800) NOT NULL,
  status VARCHAR(16) NOT NULL,
  answer VARCHAR(800) NOT NULL,
  answered_by BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_proposal_objection ON proposal_objection (proposal_id, member_id);

CREATE TABLE proposal_task (
  id BIGINT NOT NULL PRIMARY KEY,
  proposal_id BIGINT NOT NULL,
  title VARCHAR(200) NOT NULL,
  owner_id BIGINT NOT NULL,
  due_day INT NOT NULL,
  result VARCHAR(800) NOT NULL,
  done_by BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_proposal_task ON proposal_task (proposal_id, id);

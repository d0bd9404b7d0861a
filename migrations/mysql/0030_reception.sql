-- +goose Up
-- What a community chose for its reception room. A community without a row has the defaults.
CREATE TABLE reception_setting (
  community_id BIGINT NOT NULL PRIMARY KEY,
  hosts_a_day INT NOT NULL,
  opens INT NOT NULL,
  closes INT NOT NULL,
  holidays SMALLINT NOT NULL,
  min_age INT NOT NULL,
  no_show_minutes INT NOT NULL,
  version BIGINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who is ready to be on duty. Base is what others had served when somebody came new.
CREATE TABLE reception_host (
  member_id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  rest_weekdays VARCHAR(40) NOT NULL,
  days_off VARCHAR(2000) NOT NULL,
  base INT NOT NULL,
  confirmed_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_reception_host ON reception_host (community_id, status, member_id);

CREATE TABLE reception_roster (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  from_day INT NOT NULL,
  to_day INT NOT NULL,
  status VARCHAR(16) NOT NULL,
  gaps VARCHAR(8000) NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  published_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_reception_roster ON reception_roster (community_id, id);

-- Nobody is on duty twice a day, and a place of a day is taken once.
CREATE TABLE reception_shift (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  roster_id BIGINT NOT NULL,
  duty_day INT NOT NULL,
  slot INT NOT NULL,
  member_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  why VARCHAR(400) NOT NULL,
  missed_by BIGINT NOT NULL,
  checked_in_at BIGINT NOT NULL,
  checked_out_at BIGINT NOT NULL,
  version BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_reception_shift_slot ON reception_shift (community_id, duty_day, slot);
CREATE UNIQUE INDEX uk_reception_shift_member ON reception_shift (community_id, duty_day, member_id);
CREATE INDEX ix_reception_shift_member ON reception_shift (member_id, duty_day);
CREATE INDEX ix_reception_shift_roster ON reception_shift (roster_id);

CREATE TABLE reception_swap (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  shift_id BIGINT NOT NULL,
  other_shift_id BIGINT NOT NULL,
  from_id BIGINT NOT NULL,
  to_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  created_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_reception_swap_from ON reception_swap (from_id, id);
CREATE INDEX ix_reception_swap_to ON reception_swap (to_id, id);

-- Who came to the room, for what, and what came of it.
CREATE TABLE reception_visit (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  shift_id BIGINT NOT NULL,
  host_id BIGINT NOT NULL,
  visit_day INT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  audience VARCHAR(16) NOT NULL,
  outcome VARCHAR(16) NOT NULL,
  topic VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL,
  solved_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_reception_visit_day ON reception_visit (community_id, visit_day, kind);
CREATE INDEX ix_reception_visit_host ON reception_visit (host_id, id);

-- What was agreed in a dispute. It is for the mediator, the parties and the community's administrators.
CREATE TABLE reception_mediation (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  visit_id BIGINT NOT NULL,
  mediator_id BIGINT NOT NULL,
  agreement TEXT NOT NULL,
  follow_up_day INT NOT NULL,
  asked_day INT NOT NULL,
  outcome VARCHAR(16) NOT NULL,
  note VARCHAR(2000) NOT NULL,
  followed_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_reception_mediation ON reception_mediation (visit_id);
CREATE INDEX ix_reception_mediation_due ON reception_mediation (outcome, follow_up_day);
CREATE INDEX ix_reception_mediation_list ON reception_mediation (community_id, id);
CREATE TABLE reception_party (
  mediation_id BIGINT NOT NULL,
  party_no INT NOT NULL,
  member_id BIGINT NOT NULL,
  name VARCHAR(200) NOT NULL,
  PRIMARY KEY (mediation_id, party_no)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_reception_party ON reception_party (member_id, mediation_id);

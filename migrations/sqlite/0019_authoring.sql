-- +goose Up
-- Where a request comes from, whether the content check holds it back, and the call to the helped person that stands for
-- a confirmation.
ALTER TABLE help_request ADD COLUMN series_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_request ADD COLUMN withheld SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE help_request ADD COLUMN returned_field VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE help_request ADD COLUMN callback_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_request ADD COLUMN callback_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_request ADD COLUMN callback_note VARCHAR(800) NOT NULL DEFAULT '';
ALTER TABLE help_request ADD COLUMN callback_asked_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ix_request_callback ON help_request (status, callback_asked_at, done_at);

-- The place on the board: the smaller, the earlier. It is what model.HelpRequest.BoardKey says, without views.
ALTER TABLE help_request ADD COLUMN views BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_request ADD COLUMN board_at BIGINT NOT NULL DEFAULT 0;
UPDATE help_request SET board_at =
  CASE WHEN starts_at - 172800000000 > created_at THEN starts_at - 172800000000 ELSE created_at END
  + CASE urgency WHEN 'urgent' THEN -259200000000 WHEN 'low' THEN 172800000000 ELSE 0 END
  + 43200000000 * (SELECT COUNT(*) FROM help_claim WHERE help_claim.request_id = help_request.id AND help_claim.holding = 1);
CREATE INDEX ix_request_board ON help_request (community_id, status, board_at, id);

-- A request that comes again by a rule, and each time that it falls.
CREATE TABLE help_series (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  requester_id BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  category VARCHAR(24) NOT NULL,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  urgency VARCHAR(8) NOT NULL,
  slots INT NOT NULL,
  skills VARCHAR(1000) NOT NULL,
  stairs SMALLINT NOT NULL,
  starts_at BIGINT NOT NULL,
  minutes INT NOT NULL,
  rule VARCHAR(200) NOT NULL,
  words VARCHAR(400) NOT NULL,
  ends_at BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  returned_field VARCHAR(16) NOT NULL,
  approved_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX ix_series_list ON help_series (community_id, status, id);
CREATE INDEX ix_series_requester ON help_series (requester_id, id);
CREATE INDEX ix_series_author ON help_series (created_by, id);
CREATE TABLE help_series_instance (
  series_id BIGINT NOT NULL,
  starts_at BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  request_id BIGINT NOT NULL,
  PRIMARY KEY (series_id, starts_at)
);
CREATE INDEX ix_series_instance_due ON help_series_instance (status, starts_at);

-- That somebody agreed to be asked for, of a request or of a series.
CREATE TABLE help_consent (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  request_id BIGINT NOT NULL,
  series_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  recorded_by BIGINT NOT NULL,
  method VARCHAR(16) NOT NULL,
  note VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX ix_consent_request ON help_consent (request_id);
CREATE INDEX ix_consent_series ON help_consent (series_id);

-- What a community's moderators look at before it is shown, and how often that list was changed.
CREATE TABLE moderation_list (
  community_id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  updated_by BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE TABLE moderation_word (
  community_id BIGINT NOT NULL,
  seq INT NOT NULL,
  word VARCHAR(120) NOT NULL,
  PRIMARY KEY (community_id, seq)
);

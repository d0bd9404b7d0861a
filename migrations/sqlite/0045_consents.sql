-- +goose Up
-- What the installation does with personal information (隐私政策), by version. Rows are only ever inserted.
CREATE TABLE privacy_policy (
  version INT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL,
  terms MEDIUMTEXT NOT NULL,
  published_at BIGINT NOT NULL,
  published_by BIGINT NOT NULL
);

-- Who agreed to which purpose under which version, or took that back. Rows are only ever inserted, and the highest number of a
-- member and a purpose says how things stand.
CREATE TABLE privacy_agreement (
  member_id BIGINT NOT NULL,
  purpose VARCHAR(32) NOT NULL,
  seq BIGINT NOT NULL,
  version INT NOT NULL,
  given SMALLINT NOT NULL,
  agreer VARCHAR(16) NOT NULL,
  actor_id BIGINT NOT NULL,
  channel VARCHAR(16) NOT NULL,
  note VARCHAR(800) NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (member_id, purpose, seq)
);
CREATE INDEX ix_privacy_agreement_withdrawn ON privacy_agreement (given, at);

-- +goose Up
-- Who was told whose phone or door, for what, and when. Rows are only ever inserted.
CREATE TABLE contact_reveal (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  reader_id BIGINT NOT NULL,
  subject_id BIGINT NOT NULL,
  what VARCHAR(16) NOT NULL,
  ref_type SMALLINT NOT NULL,
  ref_id BIGINT NOT NULL,
  purpose VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX ix_reveal_reader ON contact_reveal (reader_id, created_at);
CREATE INDEX ix_reveal_subject ON contact_reveal (subject_id, id);
CREATE INDEX ix_reveal_ref ON contact_reveal (ref_id, ref_type, id);

-- +goose Up
-- Who logged in and is bound to nobody belongs to no community.
UPDATE member SET community_id = 0 WHERE roster_key LIKE 'login:%';

-- Whether a member wrote the skills, which a roster then leaves alone.
ALTER TABLE member ADD COLUMN own_skills SMALLINT NOT NULL DEFAULT 0;

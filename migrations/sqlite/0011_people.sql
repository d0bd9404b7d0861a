-- +goose Up
-- Who logged in and is bound to nobody belongs to no community.
UPDATE member SET community_id = 0 WHERE roster_key LIKE 'login:%';

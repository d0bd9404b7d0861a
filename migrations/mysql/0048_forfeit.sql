-- +goose Up
-- Whether who was given points by a rule for a matter keeps them when a promise about that was broken.
ALTER TABLE point_rule ADD COLUMN kept_on_breach SMALLINT NOT NULL DEFAULT 0;

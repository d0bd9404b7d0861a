-- +goose Up
-- Whether who was given points by a rule for a matter keeps them when a promise about that was broken.
ALTER TABLE point_rule ADD COLUMN kept_on_breach SMALLINT NOT NULL DEFAULT 0;

-- The breaches against which nobody appealed in time.
CREATE INDEX ix_breach_decided ON breach (status, decided_at);

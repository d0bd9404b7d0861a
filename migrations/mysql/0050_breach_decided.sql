-- +goose Up
-- The breaches against which nobody appealed in time.
CREATE INDEX ix_breach_decided ON breach (status, decided_at);

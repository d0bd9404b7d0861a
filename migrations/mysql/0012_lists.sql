-- +goose Up
-- What a sweep asks of requests that somebody works on.
CREATE INDEX ix_request_step ON help_request (status, updated_at);

-- +goose Up
-- A draft is edited: its revision tells a stale write from a fresh one.
ALTER TABLE point_rule_set ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE point_rule_set ADD COLUMN note VARCHAR(800) NOT NULL DEFAULT '';

-- What a community booked, in the order of its booking. The last two are what sums over a time ask for.
CREATE INDEX ix_point_transfer_time ON point_transfer (community_id, created_at, id, measure, score);
-- Where a person was.
CREATE INDEX ix_checkin_member ON campaign_checkin (member_id, checked_in_at);

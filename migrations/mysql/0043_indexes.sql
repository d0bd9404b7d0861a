-- +goose Up
-- What lists and counts look for: matters of a whole community, and those that wait for somebody to take them over.
CREATE INDEX ix_matter_list ON matter (community_id, id);
CREATE INDEX ix_matter_proposed ON matter (proposed_id, id);

-- Alarms of a period, for figures and statistics.
CREATE INDEX ix_doorbell_alarm_raised ON doorbell_alarm (community_id, raised_at);

-- The teams of a part of the tree, the households of a team, and those of a community for which somebody answers.
CREATE INDEX ix_service_team_node ON service_team (node_id);
CREATE INDEX ix_household_charge_team ON household_charge (team_id, slot);
CREATE INDEX ix_household_charge_standing ON household_charge (community_id, slot, household_id);

-- Messages that ended long ago, which are removed.
CREATE INDEX ix_message_ended ON message (status, updated_at);

-- The calls of a matter that nobody answered. Those of matters that have ended are not read any more.
CREATE INDEX ix_whistle_unanswered ON matter_whistle (matter_id, reported_at, report_by);

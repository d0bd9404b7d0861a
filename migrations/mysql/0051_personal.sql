-- +goose Up
-- Builds of 0046 and of this migration made the same by other names (ix_member_merged ...), so a database may have these, those or both;
-- no statement names an index. Names that were not used before can be added to each of them.
-- What is theirs is found by who somebody is: logins before they were bound, and what is copied or erased.
CREATE INDEX ix_own_member ON member (merged_into);
CREATE INDEX ix_own_message ON message (member_id);
CREATE INDEX ix_own_content_check ON content_check (member_id);
CREATE INDEX ix_own_bind_code ON bind_code (member_id);
CREATE INDEX ix_own_campaign_signup ON campaign_signup (member_id);
CREATE INDEX ix_own_doorbell_alarm ON doorbell_alarm (elder_id);
CREATE INDEX ix_own_publication_item ON publication_item (member_id);

-- Duties, which are counted whenever somebody looks at closing their account.
CREATE INDEX ix_duty_campaign ON campaign (created_by);
CREATE INDEX ix_duty_service_team ON service_team (leader_id);
CREATE INDEX ix_duty_family_group ON family_group (leader_id);
CREATE INDEX ix_duty_proposal_task ON proposal_task (owner_id);
CREATE INDEX ix_duty_errand ON errand (courier_id);
CREATE INDEX ix_duty_appeal ON appeal (appellant_id);

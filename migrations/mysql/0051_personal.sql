-- +goose Up
-- What is theirs is found by who somebody is: logins before they were bound, and what is copied or erased.
CREATE INDEX ix_member_merged ON member (merged_into);
CREATE INDEX ix_message_member ON message (member_id);
CREATE INDEX ix_content_check_member ON content_check (member_id);
CREATE INDEX ix_bind_code_member ON bind_code (member_id);
CREATE INDEX ix_campaign_signup_member ON campaign_signup (member_id);
CREATE INDEX ix_doorbell_alarm_elder ON doorbell_alarm (elder_id);
CREATE INDEX ix_publication_item_member ON publication_item (member_id);

-- Duties, which are counted whenever somebody looks at closing their account.
CREATE INDEX ix_campaign_creator ON campaign (created_by);
CREATE INDEX ix_service_team_leader ON service_team (leader_id);
CREATE INDEX ix_family_group_leader ON family_group (leader_id);
CREATE INDEX ix_proposal_task_owner ON proposal_task (owner_id);
CREATE INDEX ix_errand_courier ON errand (courier_id);
CREATE INDEX ix_appeal_appellant ON appeal (appellant_id);

-- Another index of messages has the same columns.
DROP INDEX ix_message_age ON message;

-- +goose Up
-- What a sweep asks of requests that somebody works on.
CREATE INDEX ix_request_step ON help_request (status, updated_at);
-- Revocation of all logins of a member, and the removal of codes that ended.
CREATE INDEX ix_refresh_member ON refresh_token (member_id);
CREATE INDEX ix_bind_expires ON bind_code (expires_at);
-- The groups of boards that are copied, the boards of a group, and those of a campaign.
CREATE INDEX ix_board_open ON board (kind, settled_at, grp);
CREATE INDEX ix_board_group ON board (grp);
CREATE INDEX ix_board_campaign ON board (campaign_id);

-- +goose Up
-- How many people each team had when a campaign was settled, by which its points per head are told from then on.
CREATE TABLE campaign_head (
  campaign_id BIGINT NOT NULL,
  heads_of VARCHAR(16) NOT NULL,
  node_id BIGINT NOT NULL,
  heads BIGINT NOT NULL,
  PRIMARY KEY (campaign_id, heads_of, node_id)
);

-- Visits that were not made are nobody's any more once their campaign is over.
UPDATE visit SET volunteer_id = 0, status = 'planned', assigned_at = 0, version = version + 1
  WHERE status = 'assigned' AND campaign_id IN (SELECT id FROM campaign WHERE status NOT IN ('draft', 'review', 'published'));

-- +goose Up
-- How far an offer goes and whose it is stands beside its categories, so that offers are found without a look at each.
-- Rows without it are of an older program: they go everywhere until somebody looks.
ALTER TABLE help_offer_category ADD COLUMN reach VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE help_offer_category ADD COLUMN household_id BIGINT NOT NULL DEFAULT 0;
UPDATE help_offer_category SET reach = COALESCE((SELECT o.reach FROM help_offer o WHERE o.id = help_offer_category.offer_id), ''),
  household_id = COALESCE((SELECT o.household_id FROM help_offer o WHERE o.id = help_offer_category.offer_id), 0);
-- What helpers have taken on is counted without a look at their claims.
CREATE INDEX ix_claim_load ON help_claim (helper_id, claimed_at, status, holding);

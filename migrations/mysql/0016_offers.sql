-- +goose Up
-- What a helper can do and wishes, when they are away, and how long an offer lives. An offer from before has no end.
ALTER TABLE help_offer ADD COLUMN skills VARCHAR(1000) NOT NULL DEFAULT '[]';
ALTER TABLE help_offer ADD COLUMN days_off VARCHAR(2000) NOT NULL DEFAULT '[]';
ALTER TABLE help_offer ADD COLUMN quiet VARCHAR(60) NOT NULL DEFAULT '{}';
ALTER TABLE help_offer ADD COLUMN wishes VARCHAR(200) NOT NULL DEFAULT '{}';
ALTER TABLE help_offer ADD COLUMN resumes_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE help_offer ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ix_offer_expires ON help_offer (status, expires_at);
CREATE INDEX ix_offer_resumes ON help_offer (status, resumes_at);

-- What a request needs of a helper.
ALTER TABLE help_request ADD COLUMN skills VARCHAR(1000) NOT NULL DEFAULT '[]';
ALTER TABLE help_request ADD COLUMN stairs SMALLINT NOT NULL DEFAULT 0;

-- An offer that is not closed, once for each of its categories, so that it is found from near to far.
CREATE TABLE help_offer_category (
  offer_id BIGINT NOT NULL,
  category VARCHAR(24) NOT NULL,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  PRIMARY KEY (offer_id, category)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_offer_category_community ON help_offer_category (community_id, category, offer_id);
CREATE INDEX ix_offer_category_area ON help_offer_category (area_id, category, offer_id);
CREATE INDEX ix_offer_category_grid ON help_offer_category (grid_id, category, offer_id);
CREATE INDEX ix_offer_category_building ON help_offer_category (building_id, category, offer_id);
CREATE INDEX ix_offer_category_unit ON help_offer_category (unit_id, category, offer_id);
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'errand', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"errand"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'shopping', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"shopping"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'escort', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"escort"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'companion', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"companion"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'elder_care', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"elder_care"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'child_care', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"child_care"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'tutoring', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"tutoring"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'repair', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"repair"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'moving', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"moving"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'cleaning', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"cleaning"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'digital', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"digital"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'pet_care', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"pet_care"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'haircut', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"haircut"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'legal', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"legal"%';
INSERT INTO help_offer_category (offer_id, category, community_id, area_id, grid_id, building_id, unit_id)
  SELECT id, 'other', community_id, area_id, grid_id, building_id, unit_id FROM help_offer WHERE status <> 'closed' AND categories LIKE '%"other"%';

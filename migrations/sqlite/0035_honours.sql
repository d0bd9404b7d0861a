-- +goose Up
-- Pioneer posts (两学一做先锋岗): who holds one, for what, proposed by one and approved by another.
CREATE TABLE pioneer_post (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL DEFAULT 0,
  grid_id BIGINT NOT NULL DEFAULT 0,
  building_id BIGINT NOT NULL DEFAULT 0,
  unit_id BIGINT NOT NULL DEFAULT 0,
  household_id BIGINT NOT NULL DEFAULT 0,
  branch_id BIGINT NOT NULL DEFAULT 0,
  node_id BIGINT NOT NULL,
  node_kind VARCHAR(16) NOT NULL,
  spot VARCHAR(200) NOT NULL,
  title VARCHAR(200) NOT NULL,
  holder_id BIGINT NOT NULL,
  from_day INT NOT NULL,
  to_day INT NOT NULL,
  reason VARCHAR(2000) NOT NULL,
  basis VARCHAR(800) NOT NULL,
  status VARCHAR(16) NOT NULL,
  decision VARCHAR(800) NOT NULL,
  proposed_by BIGINT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX ix_pioneer_post_list ON pioneer_post (community_id, id);
CREATE INDEX ix_pioneer_post_holder ON pioneer_post (holder_id, id);

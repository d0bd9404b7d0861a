-- +goose Up
-- The service catalogue (服务目录), version by version: the directory of matters and what is promised about them.
CREATE TABLE matter_catalogue (
  community_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  note VARCHAR(800) NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (community_id, version)
);

CREATE TABLE matter_service (
  community_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  category VARCHAR(96) NOT NULL,
  name VARCHAR(120) NOT NULL,
  organisation_id BIGINT NOT NULL,
  tier VARCHAR(16) NOT NULL,
  limits TEXT NOT NULL,
  papers TEXT NOT NULL,
  steps TEXT NOT NULL,
  promise VARCHAR(800) NOT NULL,
  community_primary SMALLINT NOT NULL,
  seq INT NOT NULL,
  PRIMARY KEY (community_id, version, category)
);

-- An errand done for somebody without a fee (无偿代办): its papers, a receipt for each time they change hands, and money
-- that was shown and returned. There is no column for a fee.
CREATE TABLE errand (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  matter_id BIGINT NOT NULL,
  papers TEXT NOT NULL,
  courier_id BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX uk_errand_matter ON errand (matter_id);

CREATE TABLE errand_receipt (
  errand_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  papers TEXT NOT NULL,
  cents BIGINT NOT NULL,
  counterpart VARCHAR(200) NOT NULL,
  note VARCHAR(800) NOT NULL,
  by_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (errand_id, seq)
);

-- +goose Up
CREATE TABLE shop_item (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  scope_node_id BIGINT NOT NULL,
  scope_kind VARCHAR(16) NOT NULL,
  name VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  category VARCHAR(16) NOT NULL,
  points BIGINT NOT NULL,
  monthly_limit INT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  donor VARCHAR(200) NOT NULL,
  status VARCHAR(16) NOT NULL,
  stock BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  moves BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_shop_item_list ON shop_item (community_id, status, id);
CREATE TABLE shop_stock_move (
  item_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  community_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  quantity BIGINT NOT NULL,
  stock_after BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  donor VARCHAR(200) NOT NULL,
  reason VARCHAR(800) NOT NULL,
  actor_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (item_id, seq)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE INDEX ix_shop_stock_move_time ON shop_stock_move (community_id, created_at);
CREATE TABLE shop_order (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  area_id BIGINT NOT NULL,
  grid_id BIGINT NOT NULL,
  building_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  household_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  item_id BIGINT NOT NULL,
  item_name VARCHAR(200) NOT NULL,
  buyer_id BIGINT NOT NULL,
  quantity INT NOT NULL,
  points BIGINT NOT NULL,
  status VARCHAR(16) NOT NULL,
  month INT NOT NULL,
  secret VARBINARY(32) NOT NULL,
  code_hash VARBINARY(32) NOT NULL,
  hold_id BIGINT NOT NULL,
  settle_id BIGINT NOT NULL,
  clerk_id BIGINT NOT NULL,
  reason VARCHAR(800) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  picked_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  refunded_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_shop_order_code ON shop_order (community_id, code_hash);
CREATE INDEX ix_shop_order_buyer ON shop_order (buyer_id, id);
CREATE INDEX ix_shop_order_limit ON shop_order (item_id, buyer_id, month);
CREATE INDEX ix_shop_order_due ON shop_order (status, expires_at);
CREATE INDEX ix_shop_order_list ON shop_order (community_id, status, id);
CREATE INDEX ix_shop_order_picked ON shop_order (community_id, picked_at);
CREATE INDEX ix_shop_order_refunded ON shop_order (community_id, refunded_at);
CREATE TABLE notice (
  id BIGINT NOT NULL PRIMARY KEY,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  kind VARCHAR(24) NOT NULL,
  title VARCHAR(200) NOT NULL,
  body TEXT NOT NULL,
  ref_type SMALLINT NOT NULL,
  ref_id BIGINT NOT NULL,
  notice_key VARCHAR(80) NOT NULL,
  created_at BIGINT NOT NULL,
  read_at BIGINT NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE UNIQUE INDEX uk_notice_key ON notice (member_id, notice_key);
CREATE INDEX ix_notice_member ON notice (member_id, id);
CREATE INDEX ix_notice_unread ON notice (member_id, read_at, id);
